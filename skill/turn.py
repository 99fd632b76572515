"""The two types that every door shares: a `Turn` goes into the coach, a `Reply` comes out."""

from dataclasses import dataclass
from enum import StrEnum

from intents.understanding import Understanding
from skill.speech import Pace, Segment, SegmentKind

__all__ = [
    "Card",
    "Decision",
    "Expect",
    "ExpectKind",
    "Heard",
    "Level",
    "Pace",
    "Reply",
    "Segment",
    "SegmentKind",
    "Turn",
    "TurnKind",
]


class TurnKind(StrEnum):
    """What the user did. END is the session closed from outside (a device went away)."""

    LAUNCH = "launch"
    SPEECH = "speech"
    INTENT = "intent"
    SILENCE = "silence"
    TIMER = "timer"
    STOP = "stop"
    END = "end"


class Level(StrEnum):
    """The disposition, from least to most pressing."""

    SELFCARE = "selfcare"
    PROFESSIONAL = "professional"
    URGENT = "urgent"
    EMERGENCY = "emergency"

    @property
    def rank(self) -> int:
        """0 for selfcare to 3 for emergency."""
        return _RANKS[self.value]


_RANKS = {"selfcare": 0, "professional": 1, "urgent": 2, "emergency": 3}


@dataclass(frozen=True, slots=True)
class Heard:
    """One alternative of what was said; confidence from 0 to 1 (1.0 where it was typed)."""

    text: str
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Turn:
    """One act of the user.

    `heard` lists alternatives, best first. `intent` is set where a platform has already parsed
    one. `region` is the country whose numbers apply ("uk", "us", ...). `at` is the time it
    happened, in seconds since the epoch, handed in because the coach reads no clock.
    """

    kind: TurnKind
    heard: tuple[Heard, ...] = ()
    intent: str | None = None
    locale: str = "en_US"
    region: str | None = None
    at: float = 0.0
    request_id: str = ""

    @classmethod
    def said(cls, text: str, confidence: float = 1.0, *, at: float = 0.0) -> "Turn":
        """Return a SPEECH turn with one alternative."""
        return cls(TurnKind.SPEECH, (Heard(text, confidence),), at=at)


class ExpectKind(StrEnum):
    """What kind of answer is expected back. REGION asks for the country, CHOICE for a place."""

    NONE = "none"
    YES_NO = "yes_no"
    CHOICE = "choice"
    NUMBER = "number"
    AGE = "age"
    REGION = "region"
    DURATION = "duration"
    FREE = "free"


@dataclass(frozen=True, slots=True)
class Expect:
    """What the coach waits for.

    `flag` is the red flag asked about, and `yes_means` is "yes" where a yes means that the flag
    is present, "no" where a yes means that all is well. `phrases` are answers the user is
    invited to give, so that a recogniser can be biased and a platform can set slots.
    """

    kind: ExpectKind = ExpectKind.NONE
    flag: str | None = None
    yes_means: str = "yes"
    phrases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """A disposition that was spoken: its level, the rules that gave it and the flags behind it."""

    level: Level
    rules: tuple[str, ...]
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """The same message for a screen."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What to do next: speak, then wait for what `expect` names.

    `urgent` marks an emergency or crisis message, which yields to stop words only. `decision` is
    set on the turn that speaks an outcome. `understanding` is what the turn was taken to mean,
    for logs and screens.
    """

    speech: tuple[Segment, ...]
    expect: Expect = Expect()
    reprompt: tuple[Segment, ...] = ()
    card: Card | None = None
    ended: bool = False
    urgent: bool = False
    decision: Decision | None = None
    understanding: Understanding | None = None
