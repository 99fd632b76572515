"""The shape of the acoustic network: its sizes, and which moments each layer sees.

Offsets are in frames of 10 ms; scores come every third frame.
"""

from dataclasses import dataclass
from typing import Final

DIM: Final = 40
SUBSAMPLING: Final = 3
# How much of a layer's input is added to its output.
BYPASS: Final = 0.66
FIRST_OFFSETS: Final = (-1, 0, 1)


@dataclass(frozen=True, slots=True)
class Layer:
    """A factored layer's offsets in frames of 10 ms, each (earlier, later), or a single 0."""

    linear: tuple[int, ...]
    affine: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """The sizes of a network. The first layer sees offsets -1, 0 and 1; `layers` follow.

    Scores are computed for every third frame from the first layer on whose offsets are zero or
    multiples of three, with all layers above it the same.
    """

    layers: tuple[Layer, ...]
    hidden: int = 768
    bottleneck: int = 64
    prefinal: int = 128
    outputs: int = 41

    @property
    def left(self) -> int:
        """Frames of the past that a score depends on."""
        return 1 - sum(min(layer.linear) + min(layer.affine) for layer in self.layers)

    @property
    def right(self) -> int:
        """Frames of the future that a score depends on, and waits for."""
        return 1 + sum(max(layer.linear) + max(layer.affine) for layer in self.layers)

    @property
    def dense(self) -> int:
        """How many of the first layers are computed for every frame of 10 ms."""
        for index in range(len(self.layers)):
            above = self.layers[index:]
            if all(o % SUBSAMPLING == 0 for k in above for o in k.linear + k.affine):
                return index
        return len(self.layers)


_FINE: Final = Layer((-1, 0), (0, 1))
_WIDE: Final = Layer((-3, 0), (0, 3))
_PAST: Final = Layer((-3, 0), (0,))


def layout(causal: int = 0) -> Layout:
    """Return the bundled model's layout; the last `causal` layers look at no later frame."""
    if not 0 <= causal <= 10:
        raise ValueError("Of the ten upper layers, 0 to 10 can be causal.")
    wide = (_WIDE,) * (10 - causal) + (_PAST,) * causal
    return Layout((_FINE,) * 3 + (Layer((0,), (0,)),) + wide)
