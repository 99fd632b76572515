"""What a choice comes to: options named one after another, taken back, left out or refused."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

__all__ = ["TELLING", "Event", "select"]

TELLING: Final = frozenset(
    {"name", "any", "all", "both", "none", "other", "besides", "except", "neither"}
)
"""The labels of events that choose or refuse something."""

_SCOPES: Final = frozenset({"not", "skip", "except", "besides"})
_REFUSALS: Final = frozenset({"none", "neither"})
_WHOLE: Final = frozenset({"any", "all", "both"})


@dataclass(frozen=True, slots=True)
class Event:
    """Words that bear on a choice: what they do, and their place (end excluded).

    `options` are the indices of a "name"; the number of the options stands for one off their end.
    """

    label: str
    start: int
    end: int
    options: frozenset[int] = frozenset()
    score: float = 0.95


@dataclass(slots=True)
class _Tally:
    """What has been chosen and refused so far."""

    count: int
    chosen: list[frozenset[int]] = field(default_factory=list)
    denied: set[int] = field(default_factory=set)
    base: str = ""  # "any", "all", "both" or "none"
    scope: str = ""  # what the next option is under
    previous: str = ""
    end: int = 0  # where the event before ended
    replaces: bool = False


def select(events: Sequence[Event], count: int) -> tuple[int, ...] | None:
    """Return the indices that the events choose among `count` options, or None for no choice."""
    if _is_doubtful(events):
        return None
    tally = _Tally(count)
    for event in events:
        _take(tally, event)
        if event.label != "vague":
            tally.previous, tally.end = event.label, event.end
    return _outcome(tally)


def _is_doubtful(events: Sequence[Event]) -> bool:
    """Return whether a "no" at the beginning may refuse what follows it: "no ice"."""
    if [event.label for event in events] != ["correct", "name"]:
        return False
    refusal, name = events
    return refusal.start == 0 and refusal.end == 1 and name.start == 1


def _take(tally: _Tally, event: Event) -> None:
    """Take one event into the tally."""
    label = event.label
    if label == "name":
        _take_name(tally, event)
    elif label in _SCOPES:
        if label == "except" and not tally.chosen:
            tally.base = tally.base or "all"
        tally.scope = label
    elif label == "break":
        tally.scope = ""
    elif label == "correct":
        tally.replaces = bool(tally.chosen or tally.base)
        tally.scope = ""
    elif label in _REFUSALS:
        tally.base = "none"
    elif label in _WHOLE:
        _take_whole(tally, label)


def _take_name(tally: _Tally, event: Event) -> None:
    options = event.options
    gap = event.start - tally.end
    if (tally.previous == "none" and gap == 0) or (tally.previous == "neither" and gap <= 1):
        tally.base, tally.scope = "", "not"  # "neither of the last two", "neither the bridge nor"
    if tally.scope in ("not", "skip", "except"):
        if tally.previous == "name" and tally.scope != "except":
            tally.scope = ""  # "not the bridge the squat"
        else:
            tally.denied |= options
            return
    if tally.replaces:
        if tally.chosen:
            tally.chosen.pop()
        tally.base = ""
        tally.replaces = False
    tally.chosen.append(options)
    tally.denied -= options


def _take_whole(tally: _Tally, label: str) -> None:
    if tally.scope == "skip" or (tally.scope == "not" and label == "any"):
        tally.base = "none"
    elif tally.scope == "not":
        tally.base = "unclear"  # "not both": which?
    else:
        tally.base = label
        if tally.replaces:
            tally.chosen.clear()
    tally.replaces = False


def _outcome(tally: _Tally) -> tuple[int, ...] | None:
    """Return what the tally comes to."""
    every = frozenset(range(tally.count))
    named = frozenset[int]().union(*tally.chosen)
    if not named <= every or not tally.denied <= every:
        return None  # a place off the end of the list
    if named and not (tally.base == "all" and not tally.denied):
        kept = named - tally.denied
        return tuple(sorted(kept)) if kept else None
    if tally.base == "none":
        return ()
    if tally.base == "unclear":
        return None
    if tally.base == "both" and tally.count > 2:
        return None
    left = every - tally.denied
    if tally.base:
        return tuple(sorted(left))
    if not tally.denied:
        return None
    return tuple(sorted(left)) if len(left) <= 1 else None
