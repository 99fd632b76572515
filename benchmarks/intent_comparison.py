"""How our intent matcher compares with others on a public set of queries, all in one run.

Run: python benchmarks/intents.py [--suite clinc150|banking77|snips] [--shots 10|full]
     [--data DIR] [--out DIR] [--quick] [--json]

Accuracy is over queries of a known intent, without rejection; AUROC tells those from the
out-of-scope queries of CLINC150 by the score alone. With ten phrases an intent, rates are the means
of several draws. Times are of one query after the other, each asked once; an encoder is loaded
before its matcher is built. hassil matches word for word: its accuracy is its recall. --out writes
two pictures. Most peers are in the extra `compare`; which are not installed is said.
"""

import argparse
import dataclasses
import json
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from benchmarks.intent_peers import Answer, Peer, gather
from intents.errors import IntentsError
from intents.evaluate import DRAWS, auroc
from intents.suites import SUITES, Suite, draw, read_suite

ROOT: Final = Path(__file__).parent.parent
QUICK: Final = 300
WARM: Final = 50
"""Phrases that are asked before the first query, and not timed."""

WIDTH: Final = 26  # of a peer's name in the table
PICTURES: Final = ("intents_accuracy_latency.svg", "intents_accepted.svg")

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


class PictureError(IntentsError):
    """The pictures cannot be drawn or written."""

    code = "intents-picture"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a peer answered, all draws one after the other.

    `known` and `stray` are the scores of queries of an intent and of none, from 0 to 1; `right` is
    whether an intent was found, and `acted` and `acted_stray` whether the peer's own thresholds
    accept it, where it has some.
    """

    known: Floats
    right: Flags
    stray: Floats
    acted: Flags | None
    acted_stray: Flags | None


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured of a peer: rates from 0 to 1, milliseconds of a query, seconds of a build.

    `queries` are those of a known intent in each draw. What is accepted is None without thresholds.
    """

    name: str
    queries: int
    accuracy: float
    auroc: float
    p50_ms: float
    p99_ms: float
    build_s: float
    accepted_right: float | None
    accepted_wrong: float | None
    stray_accepted: float | None


def thinned(suite: Suite, most: int | None) -> Suite:
    """Return a set with at most so many queries of each kind, drawn by a fixed seed."""
    if most is None:
        return suite
    dice = random.Random(0)
    return dataclasses.replace(
        suite,
        test=tuple(dice.sample(suite.test, min(most, len(suite.test)))),
        stray=tuple(dice.sample(suite.stray, min(most, len(suite.stray)))),
    )


def measure(peer: Peer, suite: Suite, shots: int | None, draws: int) -> tuple[Figures, Asked]:
    """Return the figures of a peer on a set, and what it answered."""
    suite = thinned(suite, peer.most)
    known: list[Answer] = []
    stray: list[Answer] = []
    built: list[float] = []
    aurocs: list[float] = []
    taken: list[float] = []
    for seed in range(draws):
        phrases = draw(suite, shots, seed)
        began = time.perf_counter()
        ask = peer.build(phrases)
        built.append(time.perf_counter() - began)
        for texts in list(phrases.values())[:WARM]:
            ask(texts[0])
        found = []
        for text in (*(text for text, _ in suite.test), *suite.stray):
            began = time.perf_counter()
            found.append(ask(text))
            taken.append((time.perf_counter() - began) * 1000)
        known += found[: len(suite.test)]
        stray += found[len(suite.test) :]
        scores = np.array([answer.score for answer in found])
        aurocs.append(auroc(scores[: len(suite.test)], scores[len(suite.test) :]))
    wanted = [intent for _, intent in suite.test] * draws
    asked = Asked(
        np.array([answer.score for answer in known]),
        np.array([a.intent == intent for a, intent in zip(known, wanted, strict=True)]),
        np.array([answer.score for answer in stray]),
        _acted(known),
        _acted(stray),
    )
    acted, acted_stray = asked.acted, asked.acted_stray
    figures = Figures(
        peer.name,
        len(suite.test),
        _rounded(asked.right.mean()),
        _rounded(np.mean(aurocs)),
        _rounded(np.percentile(taken, 50)),
        _rounded(np.percentile(taken, 99)),
        _rounded(np.mean(built)),
        None if acted is None else _rounded((acted & asked.right).mean()),
        None if acted is None else _rounded((acted & ~asked.right).mean()),
        None if acted_stray is None else _rounded(acted_stray.mean()),
    )
    return figures, asked


def _acted(answers: Sequence[Answer]) -> Flags | None:
    if any(answer.accepted is None for answer in answers):
        return None
    return np.array([bool(answer.accepted) for answer in answers])


def _rounded(value: float | np.floating) -> float:
    return round(float(value), 4)


def table(rows: Sequence[Figures]) -> str:
    """Return the figures as lines of text, the most accurate first."""
    lines = [
        f"{'':{WIDTH}} {'queries':>7} {'accuracy':>8} {'AUROC':>6} {'p50 ms':>7} {'p99 ms':>7}"
        f" {'build s':>7}"
    ]
    for row in sorted(rows, key=lambda row: -row.accuracy):
        lines.append(
            f"{row.name:{WIDTH}} {row.queries:7} {100 * row.accuracy:7.1f}% {row.auroc:6.3f}"
            f" {row.p50_ms:7.2f} {row.p99_ms:7.2f} {row.build_s:7.2f}"
        )
    return "\n".join(lines)


def draw_pictures(measured: Sequence[tuple[Figures, Asked]], title: str, folder: Path) -> None:
    """Write the two pictures. Raises PictureError."""
    try:
        from benchmarks.intent_plots import Point, Sweep, plot_accepted, plot_latency
    except ImportError as error:
        raise PictureError(
            f"The pictures need matplotlib ({error}).", "pip install 'backtalk[compare]'"
        ) from error
    points = [Point(f.name, f.p50_ms, f.accuracy) for f, _ in measured]
    sweeps = []
    for figures, asked in measured:
        levels = np.unique(np.concatenate((asked.known, asked.stray)))[::-1]
        own = (figures.accepted_right, figures.accepted_wrong, figures.stray_accepted)
        sweeps.append(
            Sweep(
                figures.name,
                _reached(asked.known, asked.right, levels),
                _reached(asked.known, ~asked.right, levels),
                _reached(asked.stray, np.ones(len(asked.stray), dtype=np.bool_), levels),
                None if None in own else own,
            )
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        plot_latency(points, title, folder / PICTURES[0])
        plot_accepted(sweeps, title, folder / PICTURES[1])
    except OSError as error:
        raise PictureError(
            f"{folder} cannot be written ({error.strerror}).", "Name another folder with --out."
        ) from error


def _reached(scores: Floats, counted: Flags, levels: Floats) -> Floats:
    """Return for each level the share of all scores that are counted and not below it."""
    ordered = np.sort(scores[counted])
    shares: Floats = (len(ordered) - np.searchsorted(ordered, levels, "left")) / len(scores)
    return shares


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--suite", choices=SUITES, default="clinc150")
    parser.add_argument("--shots", choices=("10", "full"), default="10")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "benchmarks")
    parser.add_argument("--out", type=Path, help="a folder for the two pictures")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} queries, one draw")
    parser.add_argument("--json", action="store_true", help="nothing but one JSON object")
    given = parser.parse_args(arguments)
    shots = None if given.shots == "full" else int(given.shots)
    draws = 1 if given.quick or shots is None else DRAWS
    measured = []
    try:
        suite = thinned(read_suite(given.suite, given.data), QUICK if given.quick else None)
        peers, skipped = gather()
        for peer in peers:
            if not given.json:
                print(f"{peer.name} ...", file=sys.stderr)
            measured.append(measure(peer, suite, shots, draws))
        title = f"{given.suite}, {given.shots} phrases an intent"
        if given.out:
            draw_pictures(measured, title, given.out)
    except IntentsError as error:
        print(f"{error}\n{error.hint}", file=sys.stderr)
        return error.exit_code
    rows = [figures for figures, _ in measured]
    if not given.json:
        print(f"{title}; queries {len(suite.test)}, stray {len(suite.stray)}, draws {draws}")
        print(table(rows))
        for peer in peers:
            if peer.most is not None and peer.most < len(suite.test):
                print(f"{peer.name}: a sample of {peer.most} queries of each kind, as it is slow")
        for name, reason in skipped.items():
            print(f"{name}: left out, {reason}")
    head = {"suite": given.suite, "shots": given.shots, "draws": draws, "skipped": skipped}
    print(json.dumps({**head, "rows": [dataclasses.asdict(row) for row in rows]}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
