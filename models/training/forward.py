"""What a Kaldi nnet3 model computes, in plain numpy: slow, and the measure for what is fast.

It follows the file's own config lines and components, so it shares no code with the network that is
trained or with the export. Every node is computed for every frame of 10 ms; a model whose scores
come every third frame is given by every third row.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.training.layout import SUBSAMPLING
from models.training.nnet3 import Component, Nnet3Error, Nnet3Model

Array = NDArray[np.float32]

_NODE: Final = re.compile(r"component-node name=(\S+) component=(\S+) input=(.+)")
_OUTPUT: Final = re.compile(r"output-node name=(\S+) input=(\S+)")
_TOKEN: Final = re.compile(r"[^\s(),]+|[(),]")


def scores(model: Nnet3Model, features: Array) -> Array:
    """Return (frames / 3, outputs): the scores of features (frames, 40), less the log priors.

    The first and the last frame are repeated as far as the context reaches, as in decoding.
    """
    padded = np.pad(features, ((model.left_context, model.right_context), (0, 0)), mode="edge")
    outputs = node_values(model, {"input": padded}, "output")[::SUBSAMPLING]
    if model.priors.size:
        outputs = outputs - np.log(model.priors)
    return outputs.astype(np.float32)


def node_values(model: Nnet3Model, inputs: Mapping[str, Array], name: str) -> Array:
    """Return (frames, size): all values of a node that the inputs (frames, size) suffice for.

    An input that is asked for with `ReplaceIndex(..., t, 0)` (an i-vector) has one row.

    Raises `Nnet3Error` for a node, descriptor or component of a kind that is not known here.
    """
    return _Evaluation(model, inputs).node(name).values


@dataclass(frozen=True, slots=True)
class _Track:
    """The values of a node at each frame from `start` on."""

    start: int
    values: Array

    @property
    def end(self) -> int:
        return self.start + len(self.values)

    def between(self, start: int, end: int) -> Array:
        return self.values[start - self.start : end - self.start]


class _Evaluation:
    def __init__(self, model: Nnet3Model, inputs: Mapping[str, Array]) -> None:
        self._model = model
        self._done = {name: _Track(0, values) for name, values in inputs.items()}
        lines = "\n".join(model.config)
        self._sources = {name: (part, source) for name, part, source in _NODE.findall(lines)}
        self._outputs = dict(_OUTPUT.findall(lines))

    def node(self, name: str) -> _Track:
        if name in self._outputs and name not in self._sources:
            return self.node(self._outputs[name])
        if name not in self._done:
            if name not in self._sources:
                raise Nnet3Error(f"The network has no node {name}.", "Name one of its nodes.")
            component, source = self._sources[name]
            given = self._descriptor(_TOKEN.findall(source))
            self._done[name] = _apply(self._model.component(component), given)
        return self._done[name]

    def _descriptor(self, tokens: list[str]) -> _Track:
        """Evaluate a descriptor such as Append(Offset(input, -1), input), taking its tokens."""
        head = tokens.pop(0)
        if not tokens or tokens[0] != "(":
            return self.node(head)
        tokens.pop(0)
        if head == "Scale":
            factor = float(tokens.pop(0))
            tokens.pop(0)
            inner = self._descriptor(tokens)
            result = _Track(inner.start, inner.values * np.float32(factor))
        elif head == "Offset":
            inner = self._descriptor(tokens)
            tokens.pop(0)
            result = _Track(inner.start - int(tokens.pop(0)), inner.values)
        elif head == "ReplaceIndex":
            inner = self._descriptor(tokens)
            del tokens[:4]
            longest = max(track.end for track in self._done.values())
            result = _Track(0, np.repeat(inner.values, longest, axis=0))
        elif head in ("Append", "Sum"):
            tracks = [self._descriptor(tokens)]
            while tokens[0] == ",":
                tokens.pop(0)
                tracks.append(self._descriptor(tokens))
            result = _joined(tracks, head)
        else:
            raise Nnet3Error(
                f"The descriptor {head} is not known here.", "Use a TDNN-F model of Vosk's form."
            )
        tokens.pop(0)
        return result


def _joined(tracks: list[_Track], how: str) -> _Track:
    start, end = max(track.start for track in tracks), min(track.end for track in tracks)
    parts = [track.between(start, end) for track in tracks]
    return _Track(start, np.concatenate(parts, axis=1) if how == "Append" else np.sum(parts, 0))


def _apply(component: Component, given: _Track) -> _Track:
    if component.kind == "TdnnComponent":
        return _tdnn(component, given)
    if component.kind not in _KINDS:
        raise Nnet3Error(
            f"A {component.kind} is not known here.", "Use a TDNN-F model of Vosk's form."
        )
    return _Track(given.start, _KINDS[component.kind](component, given.values))


def _tdnn(component: Component, given: _Track) -> _Track:
    offsets = component.offsets()
    shifted = [_Track(given.start - offset, given.values) for offset in offsets]
    joined = _joined(shifted, "Append")
    values = joined.values @ component.array("LinearParams").T
    bias = component.array("BiasParams")
    return _Track(joined.start, values + bias if bias.size else values)


def _affine(component: Component, x: Array) -> Array:
    return x @ component.array("LinearParams").T + component.array("BiasParams")


def _linear(component: Component, x: Array) -> Array:
    return x @ component.array("Params").T


def _relu(_: Component, x: Array) -> Array:
    return np.maximum(x, np.float32(0))


def _norm(component: Component, x: Array) -> Array:
    variance = component.array("StatsVar") + np.float32(component.number("Epsilon"))
    scale = np.float32(component.number("TargetRms")) / np.sqrt(variance)
    normal: Array = (x - component.array("StatsMean")) * scale
    return normal


def _same(_: Component, x: Array) -> Array:
    return x


_KINDS: Final[dict[str, Callable[[Component, Array], Array]]] = {
    "NaturalGradientAffineComponent": _affine,
    "AffineComponent": _affine,
    "FixedAffineComponent": _affine,
    "LinearComponent": _linear,
    "RectifiedLinearComponent": _relu,
    "BatchNormComponent": _norm,
    "NoOpComponent": _same,
    "GeneralDropoutComponent": _same,
}
