"""Public sets of labelled queries, read from a folder of the user's: they are not in the package.

CLINC150 (Larson 2019, CC BY 3.0), BANKING77 (Casanueva 2020, CC BY 4.0), Snips 2017 (CC0).
"""

import csv
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from intents.errors import IntentsError

__all__ = ["SUITES", "Suite", "SuiteError", "draw", "read_suite"]

SUITES: Final = ("clinc150", "banking77", "snips")

_CLINC: Final = "clinc150_full.json"
_SNIPS: Final = "snips_{part}_{intent}.json"


class SuiteError(IntentsError):
    """The files of a set are not there or cannot be read, or hold too few phrases."""

    code = "intents-suite"


@dataclass(frozen=True, slots=True)
class Suite:
    """Queries with their intents to learn from and to test on, and queries of no intent.

    `stray` are the out-of-scope test queries of CLINC150, for every set: none of the others has
    any of its own.
    """

    name: str
    train: tuple[tuple[str, str], ...]
    test: tuple[tuple[str, str], ...]
    stray: tuple[str, ...]


def read_suite(name: str, folder: Path, part: str = "test") -> Suite:
    """Return a set; `part` "val" gives CLINC150's validation queries in place of its test.

    Raises SuiteError.
    """
    try:
        clinc = json.loads((folder / _CLINC).read_text(encoding="utf-8"))
        stray = tuple(text for text, _ in clinc[f"oos_{part}"])
        if name == "clinc150":
            return Suite(name, _pairs(clinc["train"]), _pairs(clinc[part]), stray)
        if name == "banking77":
            return Suite(
                name,
                tuple(_banking(folder / "banking77_train.csv")),
                tuple(_banking(folder / "banking77_test.csv")),
                stray,
            )
        if name == "snips":
            return Suite(
                name, tuple(_snips(folder, "train")), tuple(_snips(folder, "validate")), stray
            )
    except (OSError, ValueError, KeyError) as error:
        raise SuiteError(
            f"The set {name} cannot be read from {folder}: {error}",
            "Name the folder that holds its files with --data.",
        ) from error
    raise SuiteError(f"There is no set {name!r}.", f"Choose from {', '.join(SUITES)}.")


def draw(suite: Suite, shots: int | None, seed: int) -> dict[str, list[str]]:
    """Return intent → phrases: `shots` of each, drawn by a seed, or all where it is None.

    Raises SuiteError where an intent has fewer.
    """
    owned: dict[str, list[str]] = {}
    for text, intent in suite.train:
        owned.setdefault(intent, []).append(text)
    if shots is None:
        return owned
    short = [intent for intent, texts in owned.items() if len(texts) < shots]
    if short:
        raise SuiteError(
            f"{suite.name} has fewer than {shots} phrases for {short[0]}.", "Ask for all of them."
        )
    dice = random.Random(seed)
    return {intent: dice.sample(owned[intent], shots) for intent in sorted(owned)}


def _pairs(rows: list[list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((text, intent) for text, intent in rows)


def _banking(path: Path) -> Iterator[tuple[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield row["text"], row["category"]


def _snips(folder: Path, part: str) -> Iterator[tuple[str, str]]:
    paths = sorted(folder.glob(_SNIPS.format(part=part, intent="*")))
    if not paths:
        raise OSError(f"no {_SNIPS.format(part=part, intent='*')}")
    for path in paths:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8", errors="replace"))
        for intent, rows in data.items():
            for row in rows:
                yield "".join(chunk["text"] for chunk in row["data"]), intent
