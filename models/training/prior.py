"""How often the network hears each phone: its prior, part of which is taken from its scores.

A CTC network gives the blank nearly everywhere; taking a part of the log prior away lets the graph
hear the phones between.
"""

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.errors import BacktalkError

# A phone that is never heard would otherwise win every frame once its prior is taken away.
_RAREST: Final = 1e-6


class PriorError(BacktalkError):
    """There is nothing to count the phones in."""

    code = "training-prior"


def log_prior(scores: Iterable[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Return (outputs,): the natural logarithm of the network's mean posterior.

    `scores` are the network's outputs before any softmax, (frames, outputs) for each clip.

    Raises `PriorError` where there is no frame, or where a score is no number.
    """
    total: NDArray[np.float64] | None = None
    frames = 0
    for clip in scores:
        shifted = clip.astype(np.float64) - clip.max(axis=1, keepdims=True, initial=-np.inf)
        posterior = np.exp(shifted)
        posterior /= posterior.sum(axis=1, keepdims=True)
        total = posterior.sum(axis=0) + (0 if total is None else total)
        frames += len(clip)
    if total is None or not frames:
        raise PriorError("There are no frames to count the phones in.", "Give it clips of speech.")
    if not np.isfinite(total).all():
        raise PriorError(
            "The network's scores are no numbers.", "Go on from an earlier checkpoint."
        )
    prior = np.maximum(total / frames, _RAREST)
    found: NDArray[np.float32] = np.log(prior / prior.sum()).astype(np.float32)
    return found
