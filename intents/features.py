"""What a linear model sees of an utterance: its words, word pairs, letters and ideas, hashed."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final
from zlib import crc32

import numpy as np
import numpy.typing as npt

from intents.negation import Scopes
from intents.patterns import Chart
from intents.similarity import gram_buckets

__all__ = ["BUCKETS", "Features", "Floats", "features", "ideas", "word_bucket"]

Floats = npt.NDArray[np.float32]
Indexes = npt.NDArray[np.intp]

BUCKETS: Final = 1 << 15
"""Places for features; two that share one are rare enough not to matter."""

# How much each kind of feature weighs: words, pairs of words, letters, ideas.
_WEIGHTS: Final = (0.25, 0.15, 0.3, 0.3)
_PATTERN = "="  # what the name of a rule's own pattern begins with


class Features:
    """The features of one utterance: kinds of features, each with its buckets."""

    __slots__ = ("kinds",)

    def __init__(self, kinds: Sequence[Indexes]) -> None:
        self.kinds = tuple(kinds)

    def weighted(self, rarity: Floats) -> tuple[Indexes, Floats]:
        """Return the buckets and the weight of each, given how rare each bucket is."""
        weights = []
        for kind, share in zip(self.kinds, _WEIGHTS, strict=True):
            rare = rarity[kind]
            length = np.sqrt(float((rare**2).sum()) or 1.0)
            weights.append(rare * np.float32(np.sqrt(share) / length))
        return np.concatenate(self.kinds), np.concatenate(weights)


def features(chart: Chart, scopes: Scopes) -> Features:
    """Return the features of an utterance whose ideas have been found."""
    words = [piece for piece, filler in zip(chart.pieces, chart.fillers, strict=True) if not filler]
    edged = ["^", *words, "$"]
    return Features(
        (
            _hashed(words, "w"),
            _hashed((f"{a} {b}" for a, b in pairwise(edged)), "p"),
            np.unique(gram_buckets(" ".join(chart.pieces)) & (BUCKETS - 1)).astype(np.intp),
            _hashed(ideas(chart, scopes), "i"),
        )
    )


def ideas(chart: Chart, scopes: Scopes) -> set[str]:
    """Return the concepts of the lexicon in an utterance, the denied ones marked."""
    return {
        f"not {concept}" if scopes.denies(span) else concept
        for concept, spans in chart.spans.items()
        if concept[0] != _PATTERN
        for span in spans
    }


def word_bucket(word: str) -> int:
    """Return the bucket of a word."""
    return crc32(f"w{word}".encode()) & (BUCKETS - 1)


def _hashed(tokens: Iterable[str], kind: str) -> Indexes:
    found = {crc32(f"{kind}{token}".encode()) & (BUCKETS - 1) for token in tokens}
    return np.fromiter(sorted(found), dtype=np.intp, count=len(found))
