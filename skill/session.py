"""A session: plain data that can be stored, replayed and moved between machines."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Literal

from skill.codec import decode, encode
from skill.errors import SessionVersionError
from skill.speech import Segment
from skill.triage.rules import Facts
from skill.turn import Expect, Level

SCHEMA_VERSION = 1


class Source(StrEnum):
    """How a fact came to be known."""

    VOLUNTEERED = "volunteered"
    ASKED = "asked"


class Status(StrEnum):
    """What is known of a flag. UNHEARD is a question left unanswered after two tries."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"
    UNHEARD = "unheard"
    LONG_STANDING = "long_standing"


@dataclass(frozen=True, slots=True)
class Fact:
    """One flag with its status, how it came, in which words, how surely (0 to 1) and when."""

    flag: str
    status: Status
    source: Source
    words: str
    confidence: float
    at: float


@dataclass(frozen=True, slots=True)
class Case:
    """One person and one complaint (clinical.md 2.3).

    `person` is None for the speaker. `place` is a part of the body; `purpose` says what the
    questions are for. `pending` are flags to ask first. `level` is the highest level spoken,
    and `spoken_flags` what it rested on. `unheard_questions` counts questions missed at least
    once. `misheard` keeps facts that were taken out again.
    """

    number: int = 1
    person: str | None = None
    sex: str | None = None
    age: int | None = None
    place: str | None = None
    purpose: Literal["complaint", "exercise"] = "complaint"
    complaint: str = ""
    facts: tuple[Fact, ...] = ()
    misheard: tuple[Fact, ...] = ()
    pending: tuple[str, ...] = ()
    mentioned: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    intake: tuple[str, ...] = ()
    total: int = 0
    level: Level | None = None
    spoken_flags: tuple[str, ...] = ()
    spoken_rules: tuple[str, ...] = ()
    unheard_questions: int = 0
    speech_checked: bool = False

    def status(self, flag: str) -> Status | None:
        """Return what is known of `flag`, or None."""
        return next((f.status for f in self.facts if f.flag == flag), None)

    def with_fact(self, fact: Fact) -> "Case":
        """Return the case with `fact`: a yes is never overwritten, anything else is replaced."""
        if self.status(fact.flag) is Status.YES and fact.status is not Status.YES:
            return self
        facts = (*(f for f in self.facts if f.flag != fact.flag), fact)
        pending = tuple(p for p in self.pending if p != fact.flag)
        return replace(self, facts=facts, pending=pending)

    def without(self, flag: str, *, misheard: bool = False) -> "Case":
        """Return the case without the fact about `flag`, kept in the log if it was misheard."""
        gone = tuple(f for f in self.facts if f.flag == flag)
        return replace(
            self,
            facts=tuple(f for f in self.facts if f.flag != flag),
            misheard=(*self.misheard, *gone) if misheard else self.misheard,
        )

    def flags(self, status: Status) -> frozenset[str]:
        """Return the flags that have `status`."""
        return frozenset(f.flag for f in self.facts if f.status is status)

    def to_facts(self) -> Facts:
        """Return what the decision table needs."""
        return Facts(
            yes=self.flags(Status.YES),
            unsure=self.flags(Status.UNSURE),
            unheard=self.flags(Status.UNHEARD),
            long_standing=self.flags(Status.LONG_STANDING),
            age=self.age,
        )


class Ask(StrEnum):
    """What the open question of an interview is."""

    PLACE = "place"
    ONSET = "onset"
    AGE = "age"
    FLAG = "flag"
    CHECK = "check"
    LONG_STANDING = "long_standing"
    SPEECH = "speech"
    MISHEARD = "misheard"
    FLOOR = "floor"


@dataclass(frozen=True, slots=True)
class Interview:
    """The red-flag questions: what is open now, and how often it was missed in a row."""

    ask: Ask = Ask.PLACE
    flag: str | None = None
    part: int = 0
    misses: int = 0
    keys_offered: bool = False
    kind: Literal["interview"] = "interview"


@dataclass(frozen=True, slots=True)
class Reading:
    """An exercise being read step by step; `step` -1 is the set-up."""

    exercise: str
    step: int = -1
    kind: Literal["reading"] = "reading"


@dataclass(frozen=True, slots=True)
class Offer:
    """A yes/no offer: the check, an exercise, or the intent that was half understood."""

    what: Literal["check", "exercise", "intent"]
    intent: str | None = None
    misses: int = 0
    kind: Literal["offer"] = "offer"


@dataclass(frozen=True, slots=True)
class Emergency:
    """An emergency message was given and stands. `ask` is what is open: the country or a phone."""

    ask: Literal["none", "country", "phone"] = "none"
    kind: Literal["emergency"] = "emergency"


@dataclass(frozen=True, slots=True)
class Crisis:
    """The crisis script was given; nothing else is offered until the person asks for it."""

    ask: Literal["none", "country"] = "none"
    kind: Literal["crisis"] = "crisis"


@dataclass(frozen=True, slots=True)
class Country:
    """The country is being asked for, so that the numbers can be said."""

    misses: int = 0
    kind: Literal["country"] = "country"


Activity = Interview | Reading | Offer | Emergency | Crisis | Country


@dataclass(frozen=True, slots=True)
class Last:
    """The last reply, for "say that again"."""

    speech: tuple[Segment, ...] = ()
    expect: Expect = field(default_factory=Expect)
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """Everything the coach remembers of one conversation.

    `content_version` is the content it began with. `region` is the country whose numbers apply.
    `activities` is a stack, the open one last. `slow` asks for slow speech throughout.
    """

    id: str
    content_version: str = ""
    locale: str = "en_US"
    region: str | None = None
    introduced: bool = False
    slow: bool = False
    case: Case | None = None
    cases: int = 0
    activities: tuple[Activity, ...] = ()
    last: Last = field(default_factory=Last)
    misses: int = 0
    turns: int = 0
    forgotten: bool = False
    version: int = SCHEMA_VERSION

    @property
    def activity(self) -> Activity | None:
        """The open activity, if any."""
        return self.activities[-1] if self.activities else None

    def push(self, activity: Activity) -> "Session":
        """Return the session with `activity` opened on top."""
        return replace(self, activities=(*self.activities, activity))

    def swap(self, *activities: Activity) -> "Session":
        """Return the session with the open activity replaced (by none, one or more)."""
        return replace(self, activities=(*self.activities[:-1], *activities))

    def only(self, *activities: Activity) -> "Session":
        """Return the session with every activity ended but these."""
        return replace(self, activities=activities)

    def to_json(self) -> dict[str, Any]:
        """Return the session as plain JSON data."""
        data: dict[str, Any] = encode(self)
        return data

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Session":
        """Return the session that `to_json` gave.

        Raises:
            SessionVersionError: another schema version wrote it, or it is not a session at all.
        """
        version = data.get("version") if isinstance(data, dict) else None
        if version != SCHEMA_VERSION:
            raise SessionVersionError(
                f"The session has schema version {version}; this program reads {SCHEMA_VERSION}",
                "Start a new session, or use the program that wrote it.",
            )
        try:
            return decode(cls, data)
        except (ValueError, TypeError) as error:
            raise SessionVersionError(
                f"The stored session is damaged: {error}", "Start a new session."
            ) from error
