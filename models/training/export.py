"""Export: a trained network becomes the acoustic part of a Vosk model folder.

Weights are plain arrays, named and shaped as `models.training.weights` says. The file holds them in
two bytes a number, so that training can go on from it: the log prior stands apart from the output's
bias, in the field that Kaldi has for it, already scaled.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.errors import BacktalkError
from models.graph.phones import SILENCE, Place, outputs, phone_id
from models.training.layout import BYPASS, DIM, FIRST_OFFSETS, Layout
from models.training.nnet3 import (
    Component,
    Nnet3Model,
    Value,
    write_nnet3,
)
from models.training.packed import Packed
from models.training.transitions import transition_model
from models.training.weights import Array, Weights, check_weights

# The share of the log prior that is taken from the scores.
PRIOR_SCALE: Final = 0.5

# How Vosk computes features: what the network was trained on.
FEATURES: Final[Mapping[str, str]] = {
    "use-energy": "false",
    "num-mel-bins": str(DIM),
    "num-ceps": str(DIM),
    "low-freq": "20",
    "high-freq": "7600",
    "allow-upsample": "true",
    "allow-downsample": "true",
}

# Silence, between words and inside one: a word may be held open while nobody speaks any more.
_SILENCES: Final = f"{phone_id(SILENCE, Place.NONWORD)}:{phone_id(SILENCE, Place.INTERNAL)}"

# How Vosk decodes.
DECODING: Final[Mapping[str, str]] = {
    "min-active": "200",
    "max-active": "3000",
    "beam": "11.0",
    "lattice-beam": "4.0",
    "acoustic-scale": "0.7",
    "frame-subsampling-factor": "3",
    "endpoint.silence-phones": _SILENCES,
    "endpoint.rule2.min-trailing-silence": "0.5",
    "endpoint.rule3.min-trailing-silence": "0.75",
    "endpoint.rule4.min-trailing-silence": "1.0",
}

_EPSILON: Final = np.float32(1e-3)
_NONE: Final = np.zeros(0, np.float32)
# Kaldi keeps sums and divides them by this count.
_SEEN: Final = np.float64(65536)


Fields = dict[str, tuple[Value, ...]]

# What Kaldi would train with; decoding does not read it.
_TRAINABLE: Final[Fields] = {
    "MaxChange": (np.float32(0.75),),
    "L2Regularize": (np.float32(1e-3),),
    "LearningRate": (np.float32(1e-4),),
}


class ExportError(BacktalkError):
    """The network cannot be exported, or the folder cannot be written."""

    code = "training-export"


def export_acoustic(
    folder: Path,
    layout: Layout,
    weights: Weights,
    log_prior: NDArray[np.float32],
    prior_scale: float = PRIOR_SCALE,
    decoding: Mapping[str, str] = DECODING,
) -> None:
    """Write `am/final.mdl`, `conf/mfcc.conf` and `conf/model.conf` of a Vosk model.

    `log_prior` (outputs,) is that of `models.training.prior`.

    Raises `Nnet3Error` where the weights are not those of the layout, `ExportError` where the
    prior does not fit or the folder cannot be written.
    """
    model = nnet3_of(layout, weights, log_prior, prior_scale)
    try:
        for name in ("am", "conf"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        write_nnet3(model, folder / "am" / "final.mdl")
        (folder / "conf" / "mfcc.conf").write_text(_options(FEATURES), encoding="utf-8")
        (folder / "conf" / "model.conf").write_text(_options(decoding), encoding="utf-8")
    except OSError as error:
        raise ExportError(
            f"The model cannot be written to {folder}: {error.strerror}.",
            "Choose a folder on a disk with 20 MB of room, where you may write.",
        ) from error


def nnet3_of(
    layout: Layout,
    weights: Weights,
    log_prior: NDArray[np.float32] | None = None,
    prior_scale: float = PRIOR_SCALE,
) -> Nnet3Model:
    """Return the network as a Kaldi model; with no `log_prior`, its scores stay as they are."""
    check_weights(layout, weights)
    priors = _NONE
    if log_prior is not None:
        if log_prior.shape != (layout.outputs,) or not np.isfinite(log_prior).all():
            raise ExportError(
                f"The prior has the shape {log_prior.shape} or holds values that are no numbers; "
                f"the network has {layout.outputs} outputs.",
                "Compute the prior with this network.",
            )
        priors = np.exp(prior_scale * log_prior.astype(np.float64)).astype(np.float32)
    chain = _Chain()
    _build(chain, layout, weights)
    return Nnet3Model(
        transitions=transition_model(outputs()),
        config=chain.config(),
        components=tuple(chain.components),
        left_context=layout.left,
        right_context=layout.right,
        priors=priors,
    )


class _Chain:
    """Components in the order in which each reads the one before it."""

    def __init__(self) -> None:
        self.components: list[Component] = []
        self._lines = [f"input-node name=input dim={DIM}"]
        self.last = "input"

    def add(self, name: str, kind: str, source: str, fields: Fields) -> None:
        """Add a component that reads the descriptor `source`."""
        self.components.append(Component(name, kind, fields))
        self._lines.append(f"component-node name={name} component={name} input={source}")
        self.last = name

    def config(self) -> tuple[str, ...]:
        return (*self._lines, f"output-node name=output input={self.last} objective=linear")

    def affine(self, name: str, weights: Weights, key: str, source: str = "") -> None:
        self.add(
            name,
            "NaturalGradientAffineComponent",
            source or self.last,
            {
                **_TRAINABLE,
                "LinearParams": (Packed.of(weights[f"{key}.weight"]),),
                "BiasParams": (weights[f"{key}.bias"],),
                "RankIn": (np.int32(20),),
                "RankOut": (np.int32(80),),
                "UpdatePeriod": (np.int32(4),),
                "NumSamplesHistory": (np.float32(2000),),
                "Alpha": (np.float32(4),),
            },
        )

    def linear(self, name: str, weights: Weights, key: str) -> None:
        self.add(
            name,
            "LinearComponent",
            self.last,
            {
                **_TRAINABLE,
                "Params": (Packed.of(weights[f"{key}.weight"]),),
                "OrthonormalConstraint": (np.float32(-1),),
                "UseNaturalGradient": (True,),
                "RankInOut": (np.int32(20), np.int32(32)),
                "Alpha": (np.float32(4),),
                "NumSamplesHistory": (np.float32(2000),),
                "UpdatePeriod": (np.int32(4),),
            },
        )

    def tdnn(
        self, name: str, weight: Array, bias: Array, offsets: tuple[int, ...], ranks: int
    ) -> None:
        # A bottleneck has no bias, and is kept close to orthonormal where Kaldi trains it.
        orthonormal = np.float32(0 if bias.size else -1)
        self.add(
            name,
            "TdnnComponent",
            self.last,
            {
                **_TRAINABLE,
                "TimeOffsets": (offsets,),
                "LinearParams": (Packed.of(weight),),
                "BiasParams": (bias,),
                "OrthonormalConstraint": (orthonormal,),
                "UseNaturalGradient": (True,),
                "NumSamplesHistory": (np.float32(2000),),
                "AlphaInOut": (np.float32(4), np.float32(4)),
                "RankInOut": (np.int32(20), np.int32(ranks)),
            },
        )

    def relu(self, name: str, size: int) -> None:
        fields: Fields = {"Dim": (np.int32(size),)}
        fields |= {"ValueAvg": (_NONE,), "DerivAvg": (_NONE,), "Count": (np.float64(0),)}
        fields |= {"OderivRms": (_NONE,), "OderivCount": (np.float64(0),)}
        fields |= {name: (np.float64(0),) for name in ("NumDimsSelfRepaired", "NumDimsProcessed")}
        fields["SelfRepairScale"] = (np.float32(1e-5),)
        self.add(name, "RectifiedLinearComponent", self.last, fields)

    def norm(self, name: str, weights: Weights, key: str) -> None:
        mean = weights[f"{key}.mean"]
        self.add(
            name,
            "BatchNormComponent",
            self.last,
            {
                "Dim": (np.int32(mean.size),),
                "BlockDim": (np.int32(mean.size),),
                "Epsilon": (_EPSILON,),
                "TargetRms": (np.float32(1),),
                "TestMode": (False,),
                "Count": (_SEEN,),
                "StatsMean": (mean,),
                "StatsVar": (weights[f"{key}.variance"],),
            },
        )

    def bypass(self, name: str, before: str, size: int) -> None:
        fields: Fields = {"Dim": (np.int32(size),), "BackpropScale": (np.float32(1),)}
        self.add(name, "NoOpComponent", f"Sum(Scale({BYPASS}, {before}), {self.last})", fields)


def _build(chain: _Chain, layout: Layout, weights: Weights) -> None:
    """Add the components from the input to the output, named as in Alpha Cephei's models."""
    spliced = ", ".join(f"Offset(input, {o})" if o else "input" for o in FIRST_OFFSETS)
    chain.affine("tdnn1.affine", weights, "first", f"Append({spliced})")
    chain.relu("tdnn1.relu", layout.hidden)
    chain.norm("tdnn1.batchnorm", weights, "first_norm")
    for index, layer in enumerate(layout.layers):
        name, key, before = f"tdnnf{index + 2}", f"layers.{index}", chain.last
        chain.tdnn(f"{name}.linear", weights[f"{key}.linear.weight"], _NONE, layer.linear, 32)
        weight, bias = weights[f"{key}.affine.weight"], weights[f"{key}.affine.bias"]
        chain.tdnn(f"{name}.affine", weight, bias, layer.affine, 80)
        chain.relu(f"{name}.relu", layout.hidden)
        chain.norm(f"{name}.batchnorm", weights, f"{key}.norm")
        chain.bypass(f"{name}.noop", before, layout.hidden)
    chain.linear("prefinal-l", weights, "prefinal_linear")
    chain.affine("prefinal.affine", weights, "prefinal_affine")
    chain.relu("prefinal.relu", layout.hidden)
    chain.norm("prefinal.batchnorm1", weights, "prefinal_norm1")
    chain.linear("prefinal.linear", weights, "prefinal_small")
    chain.norm("prefinal.batchnorm2", weights, "prefinal_norm2")
    chain.affine("output.affine", weights, "output")


def _options(options: Mapping[str, str]) -> str:
    return "".join(f"--{name}={value}\n" for name, value in options.items())
