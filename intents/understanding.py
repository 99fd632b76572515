"""What an utterance was understood to mean: the one type that leaves this package."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

OTHER: Final = "other"
"""The `person` no nearer word is said for: an uncle, a neighbour, a patient, "he" or "she"."""


class Outcome(StrEnum):
    """How far the intent can be trusted."""

    ACCEPT = "accept"
    CONFIRM = "confirm"
    REJECT = "reject"


class Polarity(StrEnum):
    """Whether a red flag was affirmed, denied or left open."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


class Answer(StrEnum):
    """The literal answer to a closed question, before the question's `yes_means` is applied."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Finding:
    """One red flag spotted in an utterance.

    `evidence` is the words that made it, `confidence` runs from 0 to 1, and `scopes` names what
    changed its polarity or strength: "negated", "unsure", "past", "long_standing".
    """

    flag: str
    polarity: Polarity
    evidence: str
    confidence: float
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Values:
    """What the readers found.

    `duration` is in days, `severity` how bad a pain is from 0 to 10, `region` a part of the body.
    """

    age: int | None = None
    number: float | None = None
    duration: float | None = None
    severity: float | None = None
    region: str | None = None
    side: str | None = None
    answer: Answer | None = None
    answer_confidence: float = 0.0


@dataclass(frozen=True, slots=True)
class Understanding:
    """An utterance with its intent, its red flags and its values.

    `score` is 0 to 1 and belongs to `intent`, which is None where nothing came near. `person` is
    who the words are about when that is not the speaker ("wife", "daughter", OTHER), and `sex` is
    "f" or "m" where the words say it of the person concerned.
    """

    text: str
    intent: str | None = None
    score: float = 0.0
    outcome: Outcome = Outcome.REJECT
    symptoms: tuple[Finding, ...] = ()
    values: Values = field(default_factory=Values)
    person: str | None = None
    sex: str | None = None
