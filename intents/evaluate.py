"""How well the intent matcher does on a public set of queries.

Run: python -m intents.evaluate --suite clinc150 --shots 10 --data DIR [--encoder semantic] [--json]

With ten phrases an intent the figures are the means of five draws; nothing is chosen on test
queries. Accuracy is over queries of a known intent, without rejection; AUROC tells known queries
from the out-of-scope ones of CLINC150 by the score alone.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from intents.encoders import ENCODERS, Encoder, load_encoder
from intents.errors import IntentsError
from intents.matcher import IntentMatcher, Match
from intents.suites import SUITES, Suite, draw, read_suite
from intents.understanding import Outcome

__all__ = ["Figures", "auroc", "evaluate", "main"]

DRAWS: Final = 5
TIMED: Final = 500
"""Queries whose time is taken, one after the other, after as many to warm up."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured: rates from 0 to 1, times of one query in milliseconds."""

    accuracy: float
    draws: tuple[float, ...]
    auroc: float
    accepted_right: float
    accepted_wrong: float
    stray_accepted: float
    build_s: float
    p50_ms: float
    p99_ms: float


def evaluate(suite: Suite, shots: int | None, encoder: Encoder | None = None) -> Figures:
    """Return the figures of a set, with so many phrases an intent or all of them (None)."""
    rows = []
    for seed in range(1 if shots is None else DRAWS):
        phrases = draw(suite, shots, seed)
        began = time.perf_counter()
        matcher = IntentMatcher(phrases, encoder=encoder)
        built = time.perf_counter() - began
        found = [matcher.match(text) for text, _ in suite.test]
        stray = [matcher.match(text) for text in suite.stray]
        right = np.array(
            [
                bool(match.candidates) and match.candidates[0].intent == intent
                for match, (_, intent) in zip(found, suite.test, strict=True)
            ]
        )
        accepted = np.array([match.outcome is Outcome.ACCEPT for match in found])
        strays = np.array([match.outcome is Outcome.ACCEPT for match in stray])
        rows.append(
            (
                right.mean(),
                auroc(_scores(found), _scores(stray)),
                (accepted & right).mean(),
                (accepted & ~right).mean(),
                strays.mean(),
                built,
                *_times(matcher, [text for text, _ in suite.test[:TIMED]]),
            )
        )
    means = np.mean(rows, axis=0)
    return Figures(
        round(float(means[0]), 4),
        tuple(round(float(row[0]), 4) for row in rows),
        *(round(float(mean), 4) for mean in means[1:]),
    )


def auroc(known: npt.NDArray[np.float64], stray: npt.NDArray[np.float64]) -> float:
    """Return how likely a known query's score is above a stray one's, ties counted as half."""
    if not len(known) or not len(stray):
        raise IntentsError("AUROC needs queries of both kinds.")
    above = known[:, None] > stray[None, :]
    equal = known[:, None] == stray[None, :]
    return float(above.mean() + equal.mean() / 2)


def _scores(matches: Sequence[Match]) -> npt.NDArray[np.float64]:
    return np.array([match.candidates[0].score if match.candidates else 0.0 for match in matches])


def _times(matcher: IntentMatcher, queries: Sequence[str]) -> tuple[float, float]:
    taken = []
    for measured in (False, True):
        for query in queries:
            began = time.perf_counter()
            matcher.match(query)
            if measured:
                taken.append((time.perf_counter() - began) * 1000)
    return float(np.percentile(taken, 50)), float(np.percentile(taken, 99))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m intents.evaluate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--suite", choices=SUITES, default="clinc150")
    parser.add_argument("--shots", choices=("10", "full"), default="10")
    parser.add_argument("--data", type=Path, default=Path("../shared/benchmarks"))
    parser.add_argument("--encoder", choices=tuple(ENCODERS), help="an optional extra")
    parser.add_argument("--json", action="store_true", help="nothing but one JSON object")
    given = parser.parse_args(arguments)
    try:
        suite = read_suite(given.suite, given.data)
        encoder = load_encoder(given.encoder) if given.encoder else None
        if not given.json:
            print(
                f"{given.suite}, {given.shots} phrases an intent, {len(suite.test)} queries"
                f" and {len(suite.stray)} stray ones; this takes a minute or two, with all"
                " phrases five."
            )
        shots = None if given.shots == "full" else int(given.shots)
        figures = evaluate(suite, shots, encoder)
    except IntentsError as error:
        print(f"{error}\n{error.hint}", file=sys.stderr)
        return error.exit_code
    row = {name: getattr(figures, name) for name in Figures.__slots__}
    if not given.json:
        for name, value in row.items():
            print(f"{name:16} {value}")
    head = {"suite": given.suite, "shots": given.shots, "encoder": given.encoder or "none"}
    print(json.dumps({**head, **row}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
