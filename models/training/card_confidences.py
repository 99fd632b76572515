"""The part of the model card that tells how far confidences hold, and whether a mapping helps."""

from collections.abc import Mapping
from typing import Final

from models.training.card_tables import REJECTS, Measured, is_dev, percent, table
from models.training.reliability import Pair, Reliability, fit_mapping, mapped, reliability

PEOPLE: Final = "words, people"
VOICES: Final = "words, synthetic voices"
ANSWERS: Final = "answers in a grammar"
OTHER_TALK: Final = "other talk in a grammar"


def confidence_groups(measured: Measured) -> dict[str, list[Pair]]:
    """Return all confidences, by what they are of; a group with none is left out."""
    return _groups(measured, list(measured["confidences"]))


def reliabilities(curves: Mapping[str, Reliability]) -> str:
    """Return how far each group's confidences hold."""
    rows = [
        (
            name,
            f"{curve.count:,}",
            *map(percent, (curve.confidence, curve.right, curve.error, curve.separation)),
        )
        for name, curve in curves.items()
    ]
    head = ("confidence of", "count", "mean, %", "right, %", "error, %", "separation, %")
    return table(head, rows)


def mapping_text(measured: Measured) -> str:
    """Return the mapping that would set word confidences right, and whether it does.

    It is fitted on the development sets, each with the same weight, because one that is fitted on
    hard speech alone makes the skill's own language look worse than it is. It is scored on tests.
    """
    opened = [name for name in measured["confidences"] if name in measured["figures"]["sets"]]
    dev = [_pairs(measured, name) for name in opened if is_dev(name)]
    tests = _groups(measured, [name for name in opened if not is_dev(name)])
    if not any(dev) or not tests:
        return "No mapping was fitted: that takes the development sets and the test sets."
    least = min(len(pairs) for pairs in dev if pairs)
    mapping = fit_mapping(
        pairs[index * len(pairs) // least] for pairs in dev if pairs for index in range(least)
    )
    knots = ", ".join(f"{x:.2f} → {y:.2f}" for x, y in mapping.knots)
    changes = {
        name: (reliability(pairs).error, reliability(mapped(pairs, mapping)).error)
        for name, pairs in tests.items()
    }
    told = ", ".join(
        f"{name} from {percent(before)} to {percent(after)} %"
        for name, (before, after) in changes.items()
    )
    better = all(after < before for before, after in changes.values())
    return (
        f"A monotone mapping, by isotonic regression on the development sets ({knots}), takes the "
        f"error on the test sets of {told}: "
        f"{'it helps' if better else 'it does not help everywhere'}."
    )


def _groups(measured: Measured, names: list[str]) -> dict[str, list[Pair]]:
    groups: dict[str, list[Pair]] = {PEOPLE: [], VOICES: [], ANSWERS: [], OTHER_TALK: []}
    for name in names:
        if name == REJECTS:
            group = OTHER_TALK
        elif name in measured["figures"]["grammar"]:
            group = ANSWERS
        else:
            group = PEOPLE if measured["titles"][name].startswith("people") else VOICES
        groups[group] += _pairs(measured, name)
    return {name: pairs for name, pairs in groups.items() if pairs}


def _pairs(measured: Measured, name: str) -> list[Pair]:
    return [(float(confidence), bool(right)) for confidence, right in measured["confidences"][name]]
