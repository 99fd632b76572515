"""Which intent an utterance means: nearest phrases by fuzzy tokens, n-grams and sorted words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from rapidfuzz.distance import Indel
from rapidfuzz.process import cdist

from intents.corpus import DEFAULT_LOCALE, load_corpus, load_table
from intents.phrasebook import PhraseBook, Words
from intents.similarity import Floats, GramIndex, TokenIndex
from intents.text import is_filler
from intents.understanding import Outcome

__all__ = ["Candidate", "IntentMatcher", "Match", "load_concepts", "load_matcher"]

BLEND: Final = (0.7, 0.2, 0.1)
"""Weights of token alignment, n-gram cosine and sorted-word ratio; they sum to 1."""

RATIO_OF: Final = 100
"""The sorted-word ratio is taken of so many of the likeliest phrases; the others go without."""

BEST: Final = 4
"""An intent's score is the mean of so many of its best phrases, and its best phrase, equally."""

# Found by benchmarks/intent_thresholds.py: phrases cross-validated in five folds, and lines that
# the coach knows nothing of. Change BLEND, BEST, SYNONYM or NGRAMS, and run it again.
ACCEPT: Final = 0.46
"""Score from which an intent is acted on: one stray line in two hundred reaches it."""

CONFIRM: Final = 0.38
"""Score from which an intent is worth asking about; nine stray lines in ten stay below."""

MARGIN: Final = 0.05
"""Lead over the second intent below which even a good score is asked about, not acted on."""

_MOST_WORDS: Final = 40


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
    """Finds the intent whose phrases are nearest to an utterance.

    A word's weight is the logarithm of (intents + 1) / (intents that use it), so that a word
    which every intent uses says nothing.
    """

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
        self._owner = np.array([i for i, _ in owned], dtype=np.intp)
        self._first = np.searchsorted(self._owner, np.arange(len(self._intents)))
        words = [_words(text) for text in self._phrases]
        self._exact = {" ".join(w): n for n, w in enumerate(words)}
        marked = [self._marked(w) for w in words]
        self._tokens = TokenIndex(marked, self._owner, len(self._intents), synonyms)
        self._grams = GramIndex([" ".join(w) for w in words])
        self._sorted = [" ".join(sorted(w)) for w in words]
        self._width = max(BEST, *(len(texts) for texts in phrases.values()))
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
        most = min(RATIO_OF, len(scores))
        chosen = np.argpartition(scores, -most)[-most:]
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


def load_concepts(locale: str) -> PhraseBook:
    """Return what a language lists as concepts: who does what to whom, and the kind of sentence."""
    table = load_table(locale, "concepts")
    return PhraseBook(table["concepts"], table["lists"], table["classes"], shared=True)


def load_matcher(locale: str = DEFAULT_LOCALE) -> IntentMatcher:
    """Return a matcher over a language's phrases, with its synonyms and concepts."""
    synonyms = load_table(locale, "synonyms")["synonyms"]
    return IntentMatcher(load_corpus(locale).phrases, synonyms, load_concepts(locale))
