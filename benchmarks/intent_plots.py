"""The pictures of the intent comparison: accuracy against time, and what a threshold accepts."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FormatStrFormatter

from models.training.plots import CHART

__all__ = ["Point", "Sweep", "plot_accepted", "plot_latency"]

_SIZE: Final = (7.2, 4.2)  # inches
_WIDE: Final = (9.6, 4.2)
# Colours that stay apart for people who see red and green alike (Okabe and Ito).
_COLOURS: Final = {"backtalk": "#0072B2", "rapidfuzz": "#D55E00", "tf-idf": "#009E73"}
_OTHER: Final = "#CC79A7"
_STYLES: Final = ("-", "--", ":", "-.", (0, (1, 3)), (0, (6, 1)))
_LABEL: Final = (1.0, 5.0)  # decades and hundredths that a name covers
_STEPS: Final = 200  # of a curve: more cannot be seen

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Point:
    """A peer's median time of a query in milliseconds and its accuracy from 0 to 1."""

    name: str
    milliseconds: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Sweep:
    """What a peer accepts as the threshold falls, as shares from 0 to 1.

    `right` and `wrong` are of the queries of an intent, `stray` of those of none; `own` is these
    three at the thresholds that the peer comes with.
    """

    name: str
    right: Floats
    wrong: Floats
    stray: Floats
    own: tuple[float | None, ...] | None


def plot_latency(points: Sequence[Point], title: str, file: Path) -> None:
    """Draw accuracy against the median time of a query."""
    with rc_context(CHART):
        figure = Figure(figsize=_SIZE, layout="constrained")
        axes = figure.subplots()
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(FormatStrFormatter("%g"))
        taken: list[tuple[float, float]] = []
        for point in sorted(points, key=lambda point: -point.accuracy):
            colour, height = _colour(point.name), 100 * point.accuracy
            axes.scatter(point.milliseconds, height, 36, color=colour, linewidths=0)
            decade = math.log10(point.milliseconds)
            beside = [y for x, y in taken if abs(x - decade) < _LABEL[0]]
            while any(abs(y - height) < _LABEL[1] for y in beside):
                height -= 1
            taken.append((decade, height))
            axes.text(point.milliseconds * 1.08, height, point.name, color=colour, va="center")
        axes.set_ylim(-5, 100)
        axes.margins(x=0.3)
        axes.set_xlabel("median time of a query, ms")
        axes.set_ylabel("accuracy, %")
        axes.set_title(title)
        _save(figure, file)


def plot_accepted(sweeps: Sequence[Sweep], title: str, file: Path) -> None:
    """Draw what is accepted rightly against what is accepted wrongly, and against stray queries."""
    with rc_context(CHART):
        figure = Figure(figsize=_WIDE, layout="constrained")
        wrong, stray = figure.subplots(1, 2, sharey=True)
        order: dict[str, int] = {}
        for sweep in sweeps:
            colour = _colour(sweep.name)
            style = _STYLES[order.setdefault(colour, 0) % len(_STYLES)]
            order[colour] += 1
            _curve(wrong, sweep, sweep.wrong, style)
            _curve(stray, sweep, sweep.stray, style)
            if sweep.own is not None:
                right, at_wrong, at_stray = (100 * (share or 0.0) for share in sweep.own)
                wrong.scatter(at_wrong, right, 30, color=colour, zorder=3)
                stray.scatter(at_stray, right, 30, color=colour, zorder=3)
        wrong.set_ylim(0, 100)
        wrong.set_ylabel("accepted and right, % of queries of an intent")
        wrong.set_xlabel("accepted and wrong, % of queries of an intent")
        stray.set_xlabel("accepted, % of stray queries")
        wrong.set_title(title, loc="left")
        stray.set_title("dots: our own thresholds", loc="left")
        handles, labels = wrong.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside right upper", frameon=False, fontsize=9)
        _save(figure, file)


def _curve(axes: Axes, sweep: Sweep, across: Floats, style: Any) -> None:
    places = np.linspace(0, len(across) - 1, min(_STEPS, len(across))).round().astype(int)
    x, y = 100 * across[places], 100 * sweep.right[places]
    axes.plot([0, *x], [0, *y], linestyle=style, color=_colour(sweep.name), label=sweep.name)


def _colour(name: str) -> str:
    return next((colour for head, colour in _COLOURS.items() if name.startswith(head)), _OTHER)


def _save(figure: Figure, file: Path) -> None:
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
