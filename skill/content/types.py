"""The shapes of the content: flags, rules, routes, scripts, numbers, topics and exercises."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Condition = str | Mapping[str, Any]
"""A condition of the decision table, as written in `rules.yaml` (its head explains the forms)."""


@dataclass(frozen=True, slots=True)
class Check:
    """The one-word check asked once after "not sure"; `yes_means` as in `Expect`."""

    ask: str
    yes_means: str


@dataclass(frozen=True, slots=True)
class Flag:
    """A red flag (clinical.md section 1).

    `alone` is the level that a yes gives by itself: "emergency", "urgent", "professional" or
    "context" (none). `ask` is the question in parts, asked one at a time: a yes to any is the flag.
    """

    id: str
    group: str
    alone: str
    ask: tuple[str, ...]
    heard: str
    personal: bool
    check: Check | None
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of the decision table (clinical.md 2.2)."""

    id: str
    level: str
    why: str
    when: Condition


@dataclass(frozen=True, slots=True)
class Route:
    """An interview: the questions in their order, and the signs to watch for, in words.

    `first` names those that come before any follow-up question.
    """

    id: str
    first: tuple[str, ...]
    ask: tuple[str, ...]
    signs: str


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Questions asked next when something is known (clinical.md 2.1)."""

    ask: tuple[str, ...]
    after: tuple[str, ...] = ()
    place: tuple[str, ...] = ()
    mentioned: str | None = None
    at_end: bool = False
    age_from: int | None = None
    age_below: int | None = None
    sex: str | None = None


@dataclass(frozen=True, slots=True)
class Extra:
    """Sentences added to an outcome where any of the flags is a yes."""

    flags: tuple[str, ...]
    say: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Country:
    """A country's numbers; `<...>` inside them is read digit by digit."""

    id: str
    title: str
    names: tuple[str, ...]
    emergency: str
    urgent: str
    crisis: str


@dataclass(frozen=True, slots=True)
class Topic:
    """A question people ask, with a short spoken answer. `offer` is check, exercise or none."""

    id: str
    number: int
    title: str
    answer: tuple[str, ...]
    more: tuple[str, ...]
    sources: tuple[str, ...]
    related: tuple[str, ...]
    offer: str


@dataclass(frozen=True, slots=True)
class Adaptation:
    """What to say to a person with a flag or condition before the exercise."""

    condition: str
    say: str


@dataclass(frozen=True, slots=True)
class Exercise:
    """An exercise of clinical.md section 4, cue by cue."""

    id: str
    name: str
    regions: tuple[str, ...]
    setup: tuple[str, ...]
    steps: tuple[str, ...]
    dose: str
    range: str
    breath: str
    bars: tuple[str, ...]
    adapt: tuple[Adaptation, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Content:
    """Everything the coach knows, read-only. `version` is a hash of the files it came from."""

    locale: str
    version: str
    flags: Mapping[str, Flag]
    groups: Mapping[str, tuple[str, ...]]
    rules: tuple[Rule, ...]
    routes: Mapping[str, Route]
    places: Mapping[str, str]
    follow_ups: tuple[FollowUp, ...]
    exercise_adapts: tuple[str, ...]
    exercise_order: tuple[str, ...]
    background: tuple[str, ...]
    adults_only: tuple[str, ...]
    countries: Mapping[str, Country]
    scripts: Mapping[str, tuple[str, ...]]
    extras: Mapping[str, tuple[Extra, ...]]
    topics: Mapping[str, Topic]
    exercises: Mapping[str, Exercise]
