"""How like two utterances are: words weighted and fuzzy to a letter, and character n-grams."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import Indel
from rapidfuzz.process import cdist

__all__ = ["Floats", "GramIndex", "Indexes", "TokenIndex", "gram_buckets"]

Floats = npt.NDArray[np.float32]
Indexes = npt.NDArray[np.intp]

MIN_TOKEN: Final = 0.8
"""Indel similarity from which two words count as one misspelt; below it they share nothing."""

SYNONYM: Final = 0.9
"""Similarity of two words that a language lists as synonyms."""

NGRAMS: Final = (2, 5)
"""Shortest and longest character n-gram; they span words, so that order counts."""

_CACHED_TOKENS: Final = 1024
# Hashing of n-grams: 2 to the 18th buckets, filled by the top bits of a multiplicative hash.
_BUCKETS: Final = 1 << 18
_SHIFT: Final = np.uint64(64 - 18)
_MULTIPLIER: Final = np.uint64(0x100000001B3)
_MIXER: Final = np.uint64(0x9E3779B97F4A7C15)
_BREAK: Final = ord("\n")


@dataclass(frozen=True, slots=True)
class _Near:
    """The tokens like a word, best first, its weight, and its gain for every phrase it is in."""

    tokens: tuple[tuple[int, float], ...]
    weight: float
    phrases: Indexes
    gains: Floats


class TokenIndex:
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
        self._postings = [np.array(p, dtype=np.intp) for p in postings]
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
        self._near: dict[str, _Near] = {}

    def coverage(self, words: Sequence[str]) -> Floats:
        """Return how much of the words each phrase covers, and they of it, averaged."""
        of_query = np.zeros(len(self._totals), dtype=np.float32)
        of_phrase = np.zeros(len(self._totals), dtype=np.float32)
        taken: dict[int, float] = {}
        total = 0.0
        for word in dict.fromkeys(words):
            near = self._neighbours(word)
            total += near.weight
            of_query[near.phrases] += near.gains
            for token, similarity in near.tokens:
                taken[token] = max(similarity, taken.get(token, 0.0))
        for token, similarity in taken.items():
            of_phrase[self._postings[token]] += float(self._weights[token]) * similarity
        of_query /= max(total, 1e-6)
        of_phrase /= np.maximum(self._totals, 1e-6)
        covered: Floats = 2 * of_query * of_phrase / np.maximum(of_query + of_phrase, 1e-6)
        return covered

    def _neighbours(self, word: str) -> _Near:
        """Return the tokens of the vocabulary like a word, and what it gives to each phrase."""
        found = self._near.get(word)
        if found is None:
            if len(self._near) >= _CACHED_TOKENS:
                self._near.clear()
            found = self._near[word] = self._look_up(word)
        return found

    def _look_up(self, word: str) -> _Near:
        similar: dict[int, float] = {}
        if word.startswith("#"):
            if word in self._ids:
                similar[self._ids[word]] = 1.0
        else:
            row = cdist(
                [word],
                self._vocabulary,
                scorer=Indel.normalized_similarity,
                score_cutoff=MIN_TOKEN,
            )[0]
            similar = {int(i): float(row[i]) ** 2 for i in np.flatnonzero(row)}
            for token in self._synonyms.get(word, ()):
                similar[token] = max(SYNONYM, similar.get(token, 0.0))
        tokens = tuple(sorted(similar.items(), key=lambda item: (-item[1], item[0])))
        weight = float(self._weights[tokens[0][0]]) if tokens else self._unknown
        gains: dict[int, float] = {}
        for token, similarity in tokens:  # the best first: a phrase keeps its best
            for phrase in self._postings[token]:
                gains.setdefault(int(phrase), weight * similarity)
        phrases = np.fromiter(gains, dtype=np.intp, count=len(gains))
        values = np.fromiter(gains.values(), dtype=np.float32, count=len(gains))
        return _Near(tokens, weight, phrases, values)


class GramIndex:
    """TF-IDF cosine over character n-grams, which are hashed into buckets."""

    def __init__(self, texts: Sequence[str]) -> None:
        rows, grams, counts = _gram_counts(texts)
        frequency = np.bincount(grams, minlength=_BUCKETS)
        self._idf = np.log((1 + len(texts)) / (1 + frequency)) + 1
        weights = (1 + np.log(counts)) * self._idf[grams]
        norms = np.sqrt(np.bincount(rows, weights=weights**2, minlength=len(texts)))
        order = np.argsort(grams, kind="stable")
        self._rows = rows[order]
        self._weights = (weights / norms[rows])[order]
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


def gram_buckets(text: str) -> Indexes:
    """Return the bucket of every distinct character n-gram of a text, below 2 to the 18th."""
    return _gram_counts([text])[1]


def _gram_counts(texts: Sequence[str]) -> tuple[Indexes, Indexes, npt.NDArray[np.float64]]:
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
    return rows.astype(np.intp), grams.astype(np.intp), counts.astype(np.float64)
