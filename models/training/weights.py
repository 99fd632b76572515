"""A network's weights as plain arrays, and how they are taken from a model of Kaldi's nnet3.

The arrays are named as in `TdnnF.state_dict()`, all float32:

    first.weight (hidden, 120)   first.bias   first_norm.mean   first_norm.variance
    layers.N.linear.weight (bottleneck, hidden * offsets)
    layers.N.affine.weight (hidden, bottleneck * offsets)   layers.N.affine.bias
    layers.N.norm.mean   layers.N.norm.variance
    prefinal_linear.weight (bottleneck, hidden)
    prefinal_affine.weight (hidden, bottleneck)   prefinal_affine.bias
    prefinal_norm1.mean   prefinal_norm1.variance
    prefinal_small.weight (prefinal, hidden)   prefinal_norm2.mean   prefinal_norm2.variance
    output.weight (outputs, prefinal)   output.bias

N counts the factored layers from 0. Where a layer sees several offsets, the columns of the first
stand before those of the second, as in Kaldi.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.training.layout import DIM, FIRST_OFFSETS, Layer, Layout
from models.training.nnet3 import Component, Nnet3Error, Nnet3Model

Array = NDArray[np.float32]
Weights = Mapping[str, Array]

# What depends on the outputs, and starts afresh where it does not fit.
_UPPER: Final = ("prefinal_small.", "prefinal_norm2.", "output.")


def shapes(layout: Layout) -> dict[str, tuple[int, ...]]:
    """Return the name and the shape of every array of a network."""
    hidden, narrow = layout.hidden, layout.bottleneck
    found: dict[str, tuple[int, ...]] = {
        "first.weight": (hidden, len(FIRST_OFFSETS) * DIM),
        "first.bias": (hidden,),
        **_norm_shapes("first_norm", hidden),
    }
    for index, layer in enumerate(layout.layers):
        found[f"layers.{index}.linear.weight"] = (narrow, hidden * len(layer.linear))
        found[f"layers.{index}.affine.weight"] = (hidden, narrow * len(layer.affine))
        found[f"layers.{index}.affine.bias"] = (hidden,)
        found |= _norm_shapes(f"layers.{index}.norm", hidden)
    return found | {
        "prefinal_linear.weight": (narrow, hidden),
        "prefinal_affine.weight": (hidden, narrow),
        "prefinal_affine.bias": (hidden,),
        **_norm_shapes("prefinal_norm1", hidden),
        "prefinal_small.weight": (layout.prefinal, hidden),
        **_norm_shapes("prefinal_norm2", layout.prefinal),
        "output.weight": (layout.outputs, layout.prefinal),
        "output.bias": (layout.outputs,),
    }


def _norm_shapes(name: str, size: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.mean": (size,), f"{name}.variance": (size,)}


def fresh_weights(layout: Layout, seed: int) -> dict[str, Array]:
    """Return weights to train from nothing: uniform, as wide as the inputs allow; norms at rest."""
    rng = np.random.default_rng(seed)
    found: dict[str, Array] = {}
    fan_in = 1
    for name, shape in shapes(layout).items():
        if name.endswith(".mean"):
            found[name] = np.zeros(shape, np.float32)
        elif name.endswith(".variance"):
            found[name] = np.ones(shape, np.float32)
        else:
            fan_in = shape[1] if len(shape) == 2 else fan_in
            found[name] = rng.uniform(-1, 1, shape).astype(np.float32) / np.float32(fan_in**0.5)
    return found


def weights_of(model: Nnet3Model) -> tuple[Layout, dict[str, Array]]:
    """Return the layout and the weights of a TDNN-F model that follows Alpha Cephei's small ones.

    Of a model with i-vectors, the part that reads them is left out: they are centred on zero. Its
    fixed transform (`lda`) is made one with the first layer. A second output is left out.

    Raises `Nnet3Error` where the model has another form.
    """
    found = _first(model)
    layers: list[Layer] = []
    while model.has(f"tdnnf{len(layers) + 2}.linear"):
        name, key = f"tdnnf{len(layers) + 2}", f"layers.{len(layers)}"
        linear, affine = model.component(f"{name}.linear"), model.component(f"{name}.affine")
        layers.append(Layer(linear.offsets(), affine.offsets()))
        found[f"{key}.linear.weight"] = linear.array("LinearParams")
        found |= _affine(f"{key}.affine", affine)
        found |= _norm(f"{key}.norm", model.component(f"{name}.batchnorm"))
    prefinal = "prefinal-chain" if model.has("prefinal-chain.affine") else "prefinal"
    found["prefinal_linear.weight"] = model.component("prefinal-l").array("Params")
    found |= _affine("prefinal_affine", model.component(f"{prefinal}.affine"))
    found |= _norm("prefinal_norm1", model.component(f"{prefinal}.batchnorm1"))
    found["prefinal_small.weight"] = model.component(f"{prefinal}.linear").array("Params")
    found |= _norm("prefinal_norm2", model.component(f"{prefinal}.batchnorm2"))
    found |= _affine("output", model.component("output.affine"))
    narrow, hidden = found["prefinal_linear.weight"].shape
    outputs, small = found["output.weight"].shape
    layout = Layout(tuple(layers), hidden, narrow, small, outputs)
    check_weights(layout, found)
    return layout, found


def check_weights(layout: Layout, weights: Weights) -> None:
    """Raise `Nnet3Error` unless the weights are those of the layout and are finite numbers."""
    wanted = shapes(layout)
    for name in sorted(wanted.keys() ^ weights.keys()):
        what = "lack" if name in wanted else "have a needless"
        raise Nnet3Error(f"The weights {what} {name}.", "Use the layout that they were made with.")
    for name, shape in wanted.items():
        if weights[name].shape != shape:
            raise Nnet3Error(
                f"{name} has the shape {weights[name].shape}, where the layout has {shape}.",
                "Use the layout that the weights were made with.",
            )
        if not np.isfinite(weights[name]).all():
            raise Nnet3Error(
                f"{name} holds values that are no numbers.",
                "Training went astray: go on from an earlier checkpoint at a lower rate.",
            )


def fitted(weights: Weights, source: Layout, target: Layout, seed: int) -> dict[str, Array]:
    """Return weights for `target`, taken from those of `source`, to go on training from.

    Where a layer of the target sees fewer offsets, the weights of one that it lacks are dropped.
    The layers nearest the output start afresh (drawn with `seed`) where their sizes differ.

    Raises `Nnet3Error` where the layers below differ in size or see other moments.
    """
    check_weights(source, weights)
    if len(source.layers) != len(target.layers):
        raise Nnet3Error(
            f"The base has {len(source.layers)} factored layers, where {len(target.layers)} "
            "are wanted.",
            "Choose a layout with as many layers as the base.",
        )
    found = fresh_weights(target, seed)
    reused = dict(weights)
    for index, (old, new) in enumerate(zip(source.layers, target.layers, strict=True)):
        for part in ("linear", "affine"):
            key = f"layers.{index}.{part}.weight"
            before, after = getattr(old, part), getattr(new, part)
            reused[key] = _at_offsets(weights[key], before, after, key)
    for name, array in found.items():
        if reused[name].shape == array.shape:
            found[name] = reused[name].copy()
        elif not name.startswith(_UPPER):
            raise Nnet3Error(
                f"{name} of the base has the shape {reused[name].shape}, not {array.shape}.",
                "Choose a layout with the sizes of the base, or train from nothing.",
            )
    return found


def _at_offsets(weight: Array, before: tuple[int, ...], after: tuple[int, ...], name: str) -> Array:
    if not set(after) <= set(before):
        raise Nnet3Error(
            f"{name} of the base sees the offsets {before}, where {after} are wanted.",
            "Choose offsets that the base has.",
        )
    parts = dict(zip(before, np.split(weight, len(before), axis=1), strict=True))
    return np.concatenate([parts[offset] for offset in after], axis=1)


def _first(model: Nnet3Model) -> dict[str, Array]:
    affine = model.component("tdnn1.affine")
    weight, bias = affine.array("LinearParams"), affine.array("BiasParams")
    if model.has("lda"):
        transform = model.component("lda")
        bias = weight @ transform.array("BiasParams") + bias
        weight = weight @ transform.array("LinearParams")
    weight = np.ascontiguousarray(weight[:, : len(FIRST_OFFSETS) * DIM])
    found = {"first.weight": weight, "first.bias": bias}
    return found | _norm("first_norm", model.component("tdnn1.batchnorm"))


def _affine(key: str, component: Component) -> dict[str, Array]:
    return {
        f"{key}.weight": component.array("LinearParams"),
        f"{key}.bias": component.array("BiasParams"),
    }


def _norm(key: str, component: Component) -> dict[str, Array]:
    return {
        f"{key}.mean": component.array("StatsMean"),
        f"{key}.variance": component.array("StatsVar"),
    }
