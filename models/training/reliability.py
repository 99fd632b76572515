"""How far confidences can be trusted: what share of words is right at each confidence.

A pair is a confidence from 0 to 1 and whether the word (or, in a grammar, the answer) was right.
The measures are those of Guo et al., "On calibration of modern neural networks" (2017).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Pair = tuple[float, bool]

BINS: Final = 10
# A knot of the mapping needs about this many words, or its height is chance.
KNOT_WORDS: Final = 50
_KNOTS: Final = 8


@dataclass(frozen=True, slots=True)
class Bin:
    """The words of one range of confidences: how many, their mean confidence, the share right."""

    count: int
    confidence: float
    right: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """The reliability curve of many confidences, and what it comes to.

    `error` is the expected calibration error: how far, on average, a confidence is from the share
    that is right. `separation` is the chance that a right word has a higher confidence than a
    wrong one (the area under the ROC curve): 0.5 tells nothing, 1 everything.
    """

    bins: tuple[Bin, ...]
    count: int
    confidence: float
    right: float
    error: float
    separation: float


@dataclass(frozen=True, slots=True)
class Mapping:
    """A monotone mapping from a confidence to the chance of being right: straight between knots."""

    knots: tuple[tuple[float, float], ...]

    def __call__(self, confidence: float) -> float:
        """Return the chance of being right; beyond the knots, that of the nearest one."""
        x, y = zip(*self.knots, strict=True)
        return float(np.interp(confidence, x, y))


def reliability(pairs: Iterable[Pair], bins: int = BINS) -> Reliability:
    """Measure confidences in `bins` ranges of the same width; raises ValueError for no pairs."""
    confidence, right = _arrays(pairs)
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    found = []
    error = 0.0
    for index in range(bins):
        inside = place == index
        count = int(inside.sum())
        if count:
            mean, share = float(confidence[inside].mean()), float(right[inside].mean())
            found.append(Bin(count, mean, share))
            error += abs(mean - share) * count / len(right)
    return Reliability(
        tuple(found),
        len(right),
        float(confidence.mean()),
        float(right.mean()),
        error,
        _separation(confidence, right),
    )


def fit_mapping(pairs: Iterable[Pair]) -> Mapping:
    """Return the monotone mapping that brings confidences closest to what was right.

    Isotonic regression (pool adjacent violators) over groups of like confidence, drawn as a line
    through few knots. Raises ValueError for no pairs.
    """
    confidence, right = _arrays(pairs)
    order = np.argsort(confidence, kind="stable")
    confidence, right = confidence[order], right[order]
    groups = max(1, min(_KNOTS, len(right) // KNOT_WORDS))
    # Equal confidences belong together: the 1.0 of many words is one value.
    edges = np.unique(
        np.searchsorted(confidence, np.quantile(confidence, np.arange(groups) / groups))
    )
    blocks: list[list[float]] = []  # count, sum of confidences, sum of right
    for start, end in zip(edges, [*edges[1:], len(right)], strict=True):
        piece = slice(int(start), int(end))
        blocks.append(
            [float(end - start), float(confidence[piece].sum()), float(right[piece].sum())]
        )
        while len(blocks) > 1 and blocks[-2][2] / blocks[-2][0] > blocks[-1][2] / blocks[-1][0]:
            last = blocks.pop()
            blocks[-1] = [a + b for a, b in zip(blocks[-1], last, strict=True)]
    return Mapping(tuple((round(c / n, 3), round(r / n, 3)) for n, c, r in blocks))


def mapped(pairs: Iterable[Pair], mapping: Mapping) -> list[Pair]:
    """Return the pairs with their confidences mapped."""
    return [(mapping(confidence), right) for confidence, right in pairs]


def _arrays(pairs: Iterable[Pair]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    listed: Sequence[Pair] = list(pairs)
    if not listed:
        raise ValueError("no confidences to measure")
    confidence = np.array([pair[0] for pair in listed], np.float64)
    return confidence, np.array([pair[1] for pair in listed], np.float64)


def _separation(confidence: NDArray[np.float64], right: NDArray[np.float64]) -> float:
    """Return the area under the ROC curve by ranks; 0.5 where all are right or all are wrong."""
    good = int(right.sum())
    bad = len(right) - good
    if not good or not bad:
        return 0.5
    values, inverse, counts = np.unique(confidence, return_inverse=True, return_counts=True)
    assert len(values) == len(counts)
    middle = np.cumsum(counts) - (counts - 1) / 2  # ties share the mean of their ranks
    ranks = middle[inverse]
    return float((ranks[right > 0].sum() - good * (good + 1) / 2) / (good * bad))
