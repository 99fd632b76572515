"""The two pictures of the model card: errors against noise, and how far confidences hold."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from matplotlib import rc_context
from matplotlib.figure import Figure

from models.training.reliability import Reliability

_SIZE: Final = (6.4, 3.6)  # inches
# Colours that stay apart for people who see red and green alike (Okabe and Ito).
_COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
_STYLES: Final = {"white": "-", "babble": "--"}
CHART: Final[dict[str, Any]] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "backtalk",
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
}
"""How every chart of the project is drawn: text stays text, the same figures give the same file."""

# A range of confidences with fewer words shows chance and not the model.
_LEAST: Final = 20
CLEAN_AT: Final = 27.0  # where clean speech stands on the axis, beyond 20 dB


def plot_noise(
    noise: Mapping[str, Mapping[str, Any]], titles: Mapping[str, str], file: Path
) -> None:
    """Draw the word error rate of each set against the ratio of speech to noise in dB."""
    with rc_context(CHART):
        figure = Figure(figsize=_SIZE, layout="constrained")
        axes = figure.subplots()
        ticks: set[float] = set()
        for colour, (name, kinds) in zip(_COLOURS, noise.items(), strict=False):
            for kind, style in _STYLES.items():
                steps = sorted((float(decibels), rate) for decibels, rate in kinds[kind].items())
                x = [CLEAN_AT, *(decibels for decibels, _ in reversed(steps))]
                y = [100 * kinds["clean"], *(100 * rate for _, rate in reversed(steps))]
                label = f"{titles.get(name, name)}: {kind}"
                axes.plot(x, y, style, color=colour, marker="o", markersize=3.5, label=label)
                ticks.update(x)
        places = sorted(ticks, reverse=True)
        axes.set_xticks(places, ["clean" if x == CLEAN_AT else f"{x:g}" for x in places])
        axes.invert_xaxis()
        axes.set_ylim(0, 100)
        axes.set_xlabel("speech above noise, dB")
        axes.set_ylabel("words wrong, %")
        axes.legend(frameon=False, loc="upper left", fontsize=9)
        _save(figure, file)


def plot_reliability(curves: Mapping[str, Reliability], file: Path) -> None:
    """Draw the share of words that is right against their confidence, a curve for each title."""
    with rc_context(CHART):
        figure = Figure(figsize=_SIZE, layout="constrained")
        axes = figure.subplots()
        axes.plot([0, 100], [0, 100], color="#888888", linewidth=1, label="as it should be")
        for colour, (title, curve) in zip(_COLOURS, curves.items(), strict=False):
            bins = [b for b in curve.bins if b.count >= _LEAST]
            x = [100 * b.confidence for b in bins]
            y = [100 * b.right for b in bins]
            axes.plot(x, y, color=colour, linewidth=1.2, label=title)
            sizes = [8 + 120 * b.count / curve.count for b in bins]
            axes.scatter(x, y, sizes, color=colour, linewidths=0)
        axes.set_xlim(0, 103)
        axes.set_ylim(0, 103)
        axes.set_xlabel("confidence, %")
        axes.set_ylabel("right, %")
        axes.legend(frameon=False, loc="upper left", fontsize=9)
        _save(figure, file)


def _save(figure: Figure, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
