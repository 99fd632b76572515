"""Which intent an utterance means: nearest phrases by fuzzy tokens, n-grams and sorted words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from rapidfuzz.distance import Indel
from rapidfuzz.process import cdist

from intents.encoders import Encoder
from intents.phrasebook import PhraseBook, Words
from intents.similarity import Floats, GramIndex, TokenIndex
from intents.softmax import fit, softmax
from intents.text import is_filler
from intents.understanding import Outcome

__all__ = ["Candidate", "IntentMatcher", "Match"]

BLEND: Final = (0.4, 0.4, 0.2)
"""Weights of token alignment, n-gram cosine and sorted-word ratio; they sum to 1."""

BEST: Final = 4
"""An intent's nearness is the mean of so many of its best phrases, and its best phrase, equally."""

LAYER: Final = 0.5
"""How much of an intent's score is its probability by the layer; the rest is its nearness."""

# Found by benchmarks/intent_thresholds.py: phrases cross-validated in five folds, and lines that
# the coach knows nothing of. Change BLEND, BEST, LAYER, SYNONYM or NGRAMS, and run it again.
ACCEPT: Final = 0.62
"""Score from which an intent is acted on: one stray line in two hundred reaches it."""

CONFIRM: Final = 0.42
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
    which every intent uses says nothing. A softmax layer over the similarities to all phrases
    weighs which of them tell intents apart.
    """

    def __init__(
        self,
        phrases: Mapping[str, Sequence[str]],
        synonyms: Sequence[Sequence[str]] = (),
        concepts: PhraseBook | None = None,
        *,
        encoder: Encoder | None = None,
        layer: Floats | None = None,
    ) -> None:
        """Build the index.

        `phrases` maps each intent to its phrases, `synonyms` lists groups of words, and each label
        of `concepts` that is found in a text counts as one more word of it. `encoder` adds what
        words mean to what they look like. `layer` holds the softmax layer's weights, shape
        (phrases, intents), where they were fitted before; else they are fitted now, which takes
        about a second for 1,500 phrases.
        """
        self._concepts = concepts or PhraseBook({})
        self._encoder = encoder
        self._intents = tuple(phrases)
        owned = [(i, text) for i, texts in enumerate(phrases.values()) for text in texts]
        self._phrases = tuple(text for _, text in owned)
        self._owner = np.array([i for i, _ in owned], dtype=np.intp)
        first = np.searchsorted(self._owner, np.arange(len(self._intents)))
        words = [_words(text) for text in self._phrases]
        self._exact = {" ".join(w): n for n, w in enumerate(words)}
        marked = [self._marked(w) for w in words]
        self._tokens = TokenIndex(marked, self._owner, len(self._intents), synonyms)
        self._grams = GramIndex([" ".join(w) for w in words])
        self._sorted = [" ".join(sorted(w)) for w in words]
        self._share = np.float32(encoder.share if encoder else 0)
        nothing = np.empty((len(self._phrases), 0), dtype=np.float32)
        self._vectors = encoder.encode(self._phrases) if encoder else nothing
        self._width = max(BEST, *(len(texts) for texts in phrases.values()))
        counts = np.diff(np.append(first, len(owned)))
        self._slots = first[:, None] + np.arange(self._width)[None, :]
        self._missing = np.arange(self._width)[None, :] >= counts[:, None]
        self._slots[self._missing] = 0
        self.layer = self._fitted() if layer is None else layer

    def match(self, text: str, limit: int = 3) -> Match:
        """Return the nearest `limit` intents and whether to accept, confirm or reject the first."""
        words = _words(text)[:_MOST_WORDS]
        if not words:
            return Match(Outcome.REJECT, ())
        similarities = self._similarities(words, self._vector(text))
        table = similarities[self._slots]
        table[self._missing] = 0.0
        best = np.partition(table, self._width - BEST, axis=1)[:, -BEST:]
        nearness = (best.mean(axis=1) + best.max(axis=1)) / 2
        scores = (1 - LAYER) * nearness + LAYER * softmax(similarities @ self.layer)
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

    def similarities(self, text: str) -> Floats:
        """Return the similarity of a text to every phrase, from 0 to 1, in the order of phrases."""
        return self._similarities(_words(text)[:_MOST_WORDS], self._vector(text))

    def _vector(self, text: str) -> Floats:
        """Return what the encoder makes of a text: nothing, of length 0, where there is none."""
        if self._encoder is None:
            return np.empty(0, dtype=np.float32)
        vector: Floats = self._encoder.encode([text])[0]
        return vector

    def _similarities(self, words: Sequence[str], vector: Floats) -> Floats:
        scores: Floats = BLEND[0] * self._tokens.coverage(self._marked(words))
        scores += BLEND[1] * self._grams.cosine(" ".join(words))
        (ratio,) = cdist(
            [" ".join(sorted(words))], self._sorted, scorer=Indel.normalized_similarity
        )
        scores += BLEND[2] * ratio
        if self._share:
            scores = (1 - self._share) * scores + self._share * (self._vectors @ vector)
        return scores

    def _fitted(self) -> Floats:
        """Return the weights of the softmax layer."""
        similarity = np.empty((len(self._phrases), len(self._phrases)), dtype=np.float32)
        for row, text, vector in zip(similarity, self._phrases, self._vectors, strict=True):
            row[:] = self._similarities(_words(text)[:_MOST_WORDS], vector)
        similarity += similarity.T.copy()
        similarity /= 2
        return fit(similarity, self._owner, len(self._intents))

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
