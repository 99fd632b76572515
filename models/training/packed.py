"""Kaldi's compressed matrix of two bytes a number (compressed-matrix.h, the format `CM2`)."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

_CODES: Final = 65_535


@dataclass(frozen=True, slots=True)
class Packed:
    """A matrix of two bytes a number, `lowest + code / 65535 * span`: half the size of floats."""

    lowest: np.float32
    span: np.float32
    codes: NDArray[np.uint16]

    @classmethod
    def of(cls, matrix: NDArray[np.float32]) -> Self:
        """Pack a matrix; what is lost is less than a hundred-thousandth of its span."""
        lowest = matrix.min()
        span = np.float32(matrix.max() - lowest)
        share = (matrix - lowest).astype(np.float64) / max(span, np.finfo(np.float32).tiny)
        return cls(lowest, span, np.round(share * _CODES).astype("<u2"))

    def unpacked(self) -> NDArray[np.float32]:
        """Return the matrix as Kaldi unpacks it."""
        step = np.float32(self.span * np.float32(1 / _CODES))
        return (self.lowest + step * self.codes.astype(np.float32)).astype(np.float32)
