"""A softmax layer over similarities: multinomial logistic regression in the space of a kernel.

The logits of a query are its similarities to every phrase times `weights`. Conjugate gradients in
that space need one matrix product a step, and none to find the step's length, as logits are linear
along a direction (Polak and Ribière's update; Zhu and Hastie 2005 for the model).
"""

from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["fit", "softmax"]

Floats = npt.NDArray[np.float32]

RIDGE: Final = 0.003
"""Weight of the penalty, from validation queries of CLINC150: ten times as much is worse."""

STEPS: Final = 25
"""Steps of conjugate gradients; the choices of the layer change no more after twenty."""

_LINE_STEPS: Final = 4
_NEAR_ENOUGH: Final = 0.02  # of the step's length
_FLAT: Final = 1e-6  # of the squared slope, for each phrase


def softmax(logits: Floats) -> Floats:
    """Return the probabilities of each row, which sum to 1."""
    raised: Floats = np.exp(logits - logits.max(axis=-1, keepdims=True))
    raised /= raised.sum(axis=-1, keepdims=True)
    return raised


def fit(
    similarity: Floats,
    owner: npt.NDArray[np.intp],
    classes: int,
    ridge: float = RIDGE,
    steps: int = STEPS,
) -> Floats:
    """Return the weights, shape (phrases, classes).

    `similarity` is symmetric, shape (phrases, phrases), and need not be quite positive definite;
    `owner` gives each phrase its class.
    """
    wanted = np.zeros((len(owner), classes), dtype=np.float32)
    wanted[np.arange(len(owner)), owner] = 1
    weights = np.zeros_like(wanted)
    logits = np.zeros_like(wanted)
    direction = moved = np.zeros_like(wanted)
    before, slope_before = wanted, 1.0
    for step in range(steps):
        gradient = softmax(logits) - wanted + ridge * weights
        risen = similarity @ gradient
        slope = float((gradient * risen).sum())
        if slope < _FLAT * len(owner):
            break
        kept = max(0.0, float(((gradient - before) * risen).sum()) / slope_before) if step else 0.0
        direction = kept * direction - gradient
        moved = kept * moved - risen
        length = _length(logits, moved, wanted, direction, weights, ridge)
        weights += length * direction
        logits += length * moved
        before, slope_before = gradient, slope
    return weights


def _length(
    logits: Floats,
    moved: Floats,
    wanted: Floats,
    direction: Floats,
    weights: Floats,
    ridge: float,
) -> float:
    """Return how far to go in a direction that moves the logits by `moved`, by Newton's method."""
    linear = float((weights * moved).sum())
    square = float((direction * moved).sum())
    length = 0.0
    for _ in range(_LINE_STEPS):
        chances = softmax(logits + np.float32(length) * moved)
        mean = (chances * moved).sum(axis=1)
        first = float(((chances - wanted) * moved).sum()) + ridge * (linear + length * square)
        second = float((chances * moved**2).sum() - (mean**2).sum()) + ridge * square
        if second <= 0:
            break
        change = -first / second
        length = max(length + change, length / 4)
        if abs(change) < _NEAR_ENOUGH * length:
            break
    return length
