"""Which intent an utterance means: nearest phrases by fuzzy tokens, n-grams and sorted words."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import Indel
from rapidfuzz.process import cdist

from intents.corpus import DEFAULT_LOCALE, load_corpus, load_table
from intents.phrasebook import PhraseBook, Words
from intents.text import is_filler
from intents.understanding import Outcome

__all__ = ["Candidate", "IntentMatcher", "Match", "load_matcher"]

Floats = npt.NDArray[np.float32]
Indexes = npt.NDArray[np.int32]

MIN_TOKEN: Final = 0.8
"""Indel similarity from which two words count as one misspelt; below it they share nothing."""

SYNONYM: Final = 0.8
"""Similarity of two words that a language lists as synonyms."""

BLEND: Final = (0.6, 0.3, 0.1)
"""Weights of token alignment, n-gram cosine and sorted-word ratio; they sum to 1."""

RATIO_OF: Final = 100
"""The sorted-word ratio is taken of so many of the likeliest phrases; the others go without."""

BEST: Final = 3
"""An intent's score is the mean of so many of its best phrases, and its best phrase, equally."""

NGRAMS: Final = (2, 5)
"""Shortest and longest character n-gram; they span words, so that order counts."""

ACCEPT: Final = 0.6
CONFIRM: Final = 0.45
MARGIN: Final = 0.04

_MOST_WORDS: Final = 40
_CACHED_TOKENS: Final = 4096
# Hashing of n-grams: 2 to the 18th buckets, filled by the top bits of a multiplicative hash.
_BUCKETS: Final = 1 << 18
_SHIFT: Final = np.uint64(64 - 18)
_MULTIPLIER: Final = np.uint64(0x100000001B3)
_MIXER: Final = np.uint64(0x9E3779B97F4A7C15)
_BREAK: Final = ord("\n")


@dataclass(frozen=True, slots=True)
class Candidate:
    """An intent with its score from 0 to 1 and the phrase that is nearest."""

    intent: str
    score: float
    phrase: str


@dataclass(frozen=True, slots=True)
class Match:
    """The nearest intents, best first, and how far the best can be trusted."""

    outcome: Outcome
    candidates: tuple[Candidate, ...]


class IntentMatcher:
    """Finds the intent whose phrases are nearest to an utterance."""

    def __init__(
        self,
        phrases: Mapping[str, Sequence[str]],
        synonyms: Sequence[Sequence[str]] = (),
        concepts: PhraseBook | None = None,
    ) -> None:
        """Build the index.

        `phrases` maps each intent to its phrases, `synonyms` lists groups of words, and each label
        of `concepts` that is found in a text counts as one more word of it.
        """
        self._concepts = concepts or PhraseBook({})
        self._intents = tuple(phrases)
        owned = [(i, text) for i, texts in enumerate(phrases.values()) for text in texts]
        self._phrases = tuple(text for _, text in owned)
        self._owner = np.array([i for i, _ in owned], dtype=np.int32)
        self._first = np.searchsorted(self._owner, np.arange(len(self._intents)))
        words = [_words(text) for text in self._phrases]
        self._exact = {" ".join(w): n for n, w in enumerate(words)}
        marked = [self._marked(w) for w in words]
        self._tokens = _TokenIndex(marked, self._owner, len(self._intents), synonyms)
        self._grams = _GramIndex([" ".join(w) for w in words])
        self._sorted = [" ".join(sorted(w)) for w in words]
        self._width = max(len(texts) for texts in phrases.values())
        counts = np.diff(np.append(self._first, len(owned)))
        self._slots = self._first[:, None] + np.arange(self._width)[None, :]
        self._missing = np.arange(self._width)[None, :] >= counts[:, None]
        self._slots[self._missing] = 0

    def match(self, text: str, limit: int = 3) -> Match:
        """Return the nearest `limit` intents and whether to accept, confirm or reject the first."""
        words = _words(text)[:_MOST_WORDS]
        if not words:
            return Match(Outcome.REJECT, ())
        phrase_scores = self.phrase_scores(words)
        table = phrase_scores[self._slots]
        table[self._missing] = 0.0
        best = np.partition(table, self._width - BEST, axis=1)[:, -BEST:]
        scores = (best.mean(axis=1) + best.max(axis=1)) / 2
        exact = self._exact.get(" ".join(words))
        if exact is not None:
            scores[self._owner[exact]] = 1.0
        order = np.argsort(-scores, kind="stable")[:limit]
        candidates = tuple(
            Candidate(
                self._intents[i],
                round(min(1.0, max(0.0, float(scores[i]))), 4),
                self._phrases[self._slots[i][int(table[i].argmax())]],
            )
            for i in order
        )
        return Match(_outcome(candidates), candidates)

    def phrase_scores(self, words: Sequence[str]) -> Floats:
        """Return the similarity of words to every phrase, from 0 to 1, in the order of phrases."""
        aligned = self._tokens.coverage(self._marked(words))
        cosine = self._grams.cosine(" ".join(words))
        scores: Floats = BLEND[0] * aligned + BLEND[1] * cosine
        likely = np.argpartition(scores, -RATIO_OF)[-RATIO_OF:] if len(scores) > RATIO_OF else None
        chosen = np.arange(len(scores)) if likely is None else likely
        ratio = cdist(
            [" ".join(sorted(words))],
            [self._sorted[i] for i in chosen],
            scorer=Indel.normalized_similarity,
        )
        scores[chosen] += BLEND[2] * ratio[0]
        return scores

    def _marked(self, words: Sequence[str]) -> tuple[str, ...]:
        """Return words and the concepts in them, each written so that no word can be it."""
        return (*words, *(f"#{label}" for label in sorted(self._concepts.labels_in(words))))


class _TokenIndex:
    """Two-way coverage of weighted words, fuzzy to a letter."""

    def __init__(
        self,
        phrases: Sequence[Sequence[str]],
        owner: Indexes,
        intents: int,
        synonyms: Sequence[Sequence[str]],
    ) -> None:
        self._vocabulary = sorted({word for words in phrases for word in words})
        self._ids = {word: i for i, word in enumerate(self._vocabulary)}
        owners: list[set[int]] = [set() for _ in self._vocabulary]
        postings: list[list[int]] = [[] for _ in self._vocabulary]
        for number, words in enumerate(phrases):
            for word in dict.fromkeys(words):
                owners[self._ids[word]].add(int(owner[number]))
                postings[self._ids[word]].append(number)
        self._weights = np.array(
            [math.log((intents + 1) / len(o)) for o in owners], dtype=np.float32
        )
        self._postings = [np.array(p, dtype=np.int32) for p in postings]
        self._unknown = math.log(intents + 1)
        self._totals = np.array(
            [sum(float(self._weights[self._ids[w]]) for w in set(words)) for words in phrases],
            dtype=np.float32,
        )
        self._synonyms: dict[str, list[int]] = {}
        for group in synonyms:
            for word in group:
                others = [self._ids[w] for w in group if w != word and w in self._ids]
                self._synonyms.setdefault(word, []).extend(others)
        self._near: dict[str, tuple[tuple[int, float], ...]] = {}

    def coverage(self, words: Sequence[str]) -> Floats:
        """Return how much of the words each phrase covers, and they of it, averaged."""
        of_query = np.zeros(len(self._totals), dtype=np.float32)
        of_phrase = np.zeros(len(self._totals), dtype=np.float32)
        taken: dict[int, float] = {}
        total = 0.0
        for word in dict.fromkeys(words):
            near = self._neighbours(word)
            weight = float(self._weights[near[0][0]]) if near else self._unknown
            total += weight
            best: Floats | None = None
            for token, similarity in near:
                taken[token] = max(similarity, taken.get(token, 0.0))
                if best is None:
                    best = np.zeros(len(self._totals), dtype=np.float32)
                numbers = self._postings[token]
                best[numbers] = np.maximum(best[numbers], similarity)
            if best is not None:
                of_query += weight * best
        for token, similarity in taken.items():
            of_phrase[self._postings[token]] += float(self._weights[token]) * similarity
        of_query /= max(total, 1e-6)
        of_phrase /= np.maximum(self._totals, 1e-6)
        covered: Floats = np.sqrt(of_query * of_phrase)
        return covered

    def _neighbours(self, word: str) -> tuple[tuple[int, float], ...]:
        """Return the tokens of the vocabulary like a word with their similarity, best first."""
        found = self._near.get(word)
        if found is None and word.startswith("#"):
            found = ((self._ids[word], 1.0),) if word in self._ids else ()
        elif found is None:
            row = cdist(
                [word],
                self._vocabulary,
                scorer=Indel.normalized_similarity,
                score_cutoff=MIN_TOKEN,
            )[0]
            similar = {int(i): float(row[i]) ** 2 for i in np.flatnonzero(row)}
            for token in self._synonyms.get(word, ()):
                similar[token] = max(SYNONYM, similar.get(token, 0.0))
            found = tuple(sorted(similar.items(), key=lambda item: (-item[1], item[0])))
            if len(self._near) >= _CACHED_TOKENS:
                self._near.clear()
            self._near[word] = found
        return found


class _GramIndex:
    """TF-IDF cosine over character n-grams, which are hashed into buckets."""

    def __init__(self, texts: Sequence[str]) -> None:
        rows, grams, counts = _gram_counts(texts)
        frequency = np.bincount(grams, minlength=_BUCKETS)
        self._idf = (np.log((1 + len(texts)) / (1 + frequency)) + 1).astype(np.float32)
        weights = (1 + np.log(counts)) * self._idf[grams]
        norms = np.sqrt(np.bincount(rows, weights=weights**2, minlength=len(texts)))
        order = np.argsort(grams, kind="stable")
        self._rows = rows[order]
        self._weights = (weights / norms[rows])[order].astype(np.float32)
        self._starts = np.concatenate(([0], np.cumsum(frequency)))
        self._size = len(texts)

    def cosine(self, text: str) -> Floats:
        """Return the cosine of a text with every text of the index."""
        _, grams, counts = _gram_counts([text])
        weights = (1 + np.log(counts)) * self._idf[grams]
        begins, lengths = self._starts[grams], self._starts[grams + 1] - self._starts[grams]
        ends = np.cumsum(lengths)
        places = np.arange(int(lengths.sum())) + np.repeat(begins - (ends - lengths), lengths)
        values = self._weights[places] * np.repeat(weights, lengths)
        sums = np.bincount(self._rows[places], weights=values, minlength=self._size)
        cosines: Floats = (sums / math.sqrt(float((weights**2).sum()) or 1.0)).astype(np.float32)
        return cosines


def _gram_counts(texts: Sequence[str]) -> tuple[Indexes, Indexes, Floats]:
    """Return text number, bucket and count of every distinct n-gram of every text."""
    joined = "".join(f" {text} \n" for text in texts)
    codes = np.frombuffer(joined.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    breaks = np.cumsum(codes == _BREAK)
    keys = []
    hashed = codes.copy()
    for size in range(2, NGRAMS[1] + 1):
        hashed = hashed[:-1] * _MULTIPLIER + codes[size - 1 :]
        if size >= NGRAMS[0]:
            within = (breaks[: len(hashed)] == breaks[size - 1 :]) & (
                codes[: len(hashed)] != _BREAK
            )
            buckets = (hashed[within] * _MIXER) >> _SHIFT
            numbers = breaks[: len(hashed)][within].astype(np.uint64)
            keys.append(numbers * _BUCKETS + buckets)
    unique, counts = np.unique(np.concatenate(keys), return_counts=True)
    rows, grams = np.divmod(unique, np.uint64(_BUCKETS))
    return rows.astype(np.int32), grams.astype(np.int32), counts.astype(np.float32)


def _words(text: str) -> tuple[str, ...]:
    """Return the words that matching works on: contractions undone, hesitations left out."""
    return tuple(word for word in Words.of(text).words if not is_filler(word))


def _outcome(candidates: tuple[Candidate, ...]) -> Outcome:
    best = candidates[0]
    second = candidates[1].score if len(candidates) > 1 else 0.0
    if best.score < CONFIRM:
        return Outcome.REJECT
    if best.score < ACCEPT or best.score - second < MARGIN:
        return Outcome.CONFIRM
    return Outcome.ACCEPT


def load_matcher(locale: str = DEFAULT_LOCALE) -> IntentMatcher:
    """Return a matcher over a language's phrases, with its synonyms and concepts."""
    synonyms = load_table(locale, "synonyms")["synonyms"]
    table = load_table(locale, "concepts")
    concepts = PhraseBook(table["concepts"], table["lists"], table["classes"], shared=True)
    return IntentMatcher(load_corpus(locale).phrases, synonyms, concepts)
