"""What every handler of the dialogue works with, built once from the content."""

from dataclasses import dataclass, replace
from typing import Protocol

from intents.understanding import Answer, Outcome, Understanding
from skill.content.types import Content
from skill.dialog.words import Words
from skill.session import Session
from skill.speech import Segment
from skill.triage.routes import Router
from skill.triage.rules import DecisionTable
from skill.turn import Expect, ExpectKind, Reply

Result = tuple[Session, Reply]
"""What a handler returns: the session after the turn, and what to say."""


class Understands(Protocol):
    """What the coach needs from the understanding (`intents.Understander`)."""

    def understand(self, text: str, *, yes_means: str | None = None) -> Understanding:
        """Return what `text` means; `yes_means` as in `Expect`, while a question is open."""
        ...


@dataclass(frozen=True, slots=True)
class Tools:
    """The content and what is built from it."""

    content: Content
    table: DecisionTable
    router: Router
    words: Words

    @classmethod
    def of(cls, content: Content) -> "Tools":
        """Return the tools for `content`."""
        table = DecisionTable(content)
        return cls(content, table, Router(content, table), Words(content))


@dataclass(frozen=True, slots=True)
class Heard:
    """One utterance as the dialogue sees it: its meaning, how surely it was heard, and when.

    `confidence` is the recogniser's (1.0 where it was typed). `disputed` is set where another
    alternative of the recogniser gives the opposite answer.
    """

    meaning: Understanding
    confidence: float
    at: float
    disputed: bool = False

    @property
    def text(self) -> str:
        """The words."""
        return self.meaning.text

    @property
    def answer(self) -> Answer | None:
        """The literal yes, no or not sure, unless the alternatives dispute it."""
        return None if self.disputed else self.meaning.values.answer


def accepted(heard: Heard) -> str | None:
    """Return the intent where it was understood for sure."""
    return heard.meaning.intent if heard.meaning.outcome is Outcome.ACCEPT else None


FREE = Expect(ExpectKind.FREE)


def before(speech: tuple[Segment, ...], result: Result) -> Result:
    """Return `result` with `speech` said first."""
    session, reply = result
    return session, replace(reply, speech=speech + reply.speech)
