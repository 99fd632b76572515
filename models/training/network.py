"""The acoustic network: a factored time-delay network (TDNN-F) trained with CTC.

After Povey et al., "Semi-orthogonal low-rank matrix factorization for deep neural networks" (2018),
in the layout of Alpha Cephei's small models (`layout`), so that training can start from one.
Features come in every 10 ms and scores go out every 30 ms.
"""

from collections.abc import Iterator
from typing import Final

import torch
from torch import Tensor, nn

from models.training.layout import BYPASS, DIM, FIRST_OFFSETS, SUBSAMPLING, Layer, Layout

_EPSILON: Final = 1e-3


class Norm(nn.Module):
    """Batch normalisation with no scale or offset, as Kaldi's BatchNormComponent.

    Where `frozen`, the statistics it was given stay as they are, also in training.
    """

    mean: Tensor
    variance: Tensor

    def __init__(self, size: int) -> None:
        super().__init__()
        self.frozen = False
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("variance", torch.ones(size))

    def forward(self, x: Tensor) -> Tensor:
        """Normalise the last axis of a tensor."""
        scale = torch.rsqrt(self.variance + _EPSILON)
        if self.frozen or not self.training:
            return (x - self.mean) * scale
        flat = x.reshape(-1, x.shape[-1])
        y = nn.functional.batch_norm(
            flat, self.mean, self.variance, training=True, momentum=0.02, eps=_EPSILON
        )
        return y.view(x.shape)


def spliced(x: Tensor, offsets: tuple[int, ...], stride: int) -> Tensor:
    """Set the moments at two offsets side by side: (batch, time, n) gives (batch, less, 2 n)."""
    if len(offsets) == 1:
        return x
    gap = (offsets[1] - offsets[0]) // stride
    return torch.cat((x[:, :-gap], x[:, gap:]), -1)


class FactoredLayer(nn.Module):
    """A TDNN-F layer: splice, down to the bottleneck, splice, up, ReLU, normalise, bypass."""

    def __init__(self, shape: Layer, size: int, bottleneck: int, stride: int) -> None:
        super().__init__()
        self.shape, self.stride, self.bottleneck = shape, stride, bottleneck
        self.linear = nn.Linear(size * len(shape.linear), bottleneck, bias=False)
        self.affine = nn.Linear(bottleneck * len(shape.affine), size)
        self.norm = Norm(size)

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, time, size) to the same, shorter by the layer's context."""
        low = self._narrow(x)
        y = torch.relu(self.affine(spliced(low, self.shape.affine, self.stride)))
        y = self.norm(y)
        first = -self.shape.linear[0] // self.stride
        return torch.add(y, x[:, first : first + y.shape[1]], alpha=BYPASS)

    def _narrow(self, x: Tensor) -> Tensor:
        """The bottleneck's values; one wide product serves both offsets of the splice."""
        if len(self.shape.linear) == 1:
            return nn.functional.linear(x, self.linear.weight)
        size = x.shape[-1]
        weight = torch.cat((self.linear.weight[:, :size], self.linear.weight[:, size:]))
        both = nn.functional.linear(x, weight)
        gap = (self.shape.linear[1] - self.shape.linear[0]) // self.stride
        return both[:, :-gap, : self.bottleneck] + both[:, gap:, self.bottleneck :]


class TdnnF(nn.Module):
    """The whole network: (batch, frames, 40) to scores (batch, frames / 3, outputs).

    The input is padded by `layout.left` frames before and `layout.right` after.
    """

    def __init__(self, shape: Layout) -> None:
        super().__init__()
        self.layout = shape
        self._dense_learns = True
        self.first = nn.Linear(len(FIRST_OFFSETS) * DIM, shape.hidden)
        self.first_norm = Norm(shape.hidden)
        self.layers = nn.ModuleList(
            FactoredLayer(
                layer, shape.hidden, shape.bottleneck, 1 if i < shape.dense else SUBSAMPLING
            )
            for i, layer in enumerate(shape.layers)
        )
        self.prefinal_linear = nn.Linear(shape.hidden, shape.bottleneck, bias=False)
        self.prefinal_affine = nn.Linear(shape.bottleneck, shape.hidden)
        self.prefinal_norm1 = Norm(shape.hidden)
        self.prefinal_small = nn.Linear(shape.hidden, shape.prefinal, bias=False)
        self.prefinal_norm2 = Norm(shape.prefinal)
        self.output = nn.Linear(shape.prefinal, shape.outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Return scores before any softmax."""
        with torch.set_grad_enabled(self._dense_learns and torch.is_grad_enabled()):
            x = torch.cat((x[:, :-2], x[:, 1:-1], x[:, 2:]), -1)
            x = self.first_norm(torch.relu(self.first(x)))
            for layer in self.layers[: self.layout.dense]:
                x = layer(x)
        x = x[:, ::SUBSAMPLING].contiguous()
        for layer in self.layers[self.layout.dense :]:
            x = layer(x)
        x = self.prefinal_norm1(torch.relu(self.prefinal_affine(self.prefinal_linear(x))))
        return self.output(self.prefinal_norm2(self.prefinal_small(x)))

    def learn_dense(self, learns: bool) -> None:
        """Let the layers at 100 Hz learn, or only compute, which spares a third of a step."""
        self._dense_learns = learns

    def norms(self) -> Iterator[Norm]:
        """Yield every normalisation, from the input to the output."""
        for module in self.modules():
            if isinstance(module, Norm):
                yield module
