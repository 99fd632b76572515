"""Turns scripts, questions and topics into speech, with the numbers of the person's country."""

import re
from collections.abc import Iterable

from skill.content.types import Content, Country
from skill.session import Session, Status
from skill.speech import Pace, Segment, SegmentKind
from skill.turn import Decision, Expect, ExpectKind

_DIGITS = re.compile(r"<([^>]*)>")
_SIGNS_SAID = 2
"""How many signs one sentence names: two keep it within 20 words (clinical.md 2.6)."""


class Words:
    """Speaks from one content."""

    def __init__(self, content: Content) -> None:
        self._content = content

    def say(
        self, key: str, session: Session, *, pace: Pace = Pace.NORMAL, **values: object
    ) -> tuple[Segment, ...]:
        """Return the script `key` as speech, its placeholders filled."""
        return self.lines(self._content.scripts[key], session, pace=pace, **values)

    def lines(
        self,
        lines: Iterable[str],
        session: Session,
        *,
        pace: Pace = Pace.NORMAL,
        **values: object,
    ) -> tuple[Segment, ...]:
        """Return sentences as speech, their placeholders filled."""
        country = self.country(session)
        filled = {
            "number": country.emergency,
            "urgent_line": country.urgent,
            "crisis_line": country.crisis,
            **values,
        }
        return tuple(s for line in lines for s in _segments(line.format(**filled), pace))

    def extras(self, key: str, session: Session, pace: Pace = Pace.NORMAL) -> tuple[Segment, ...]:
        """Return the sentences that the case's flags add to an outcome."""
        if session.case is None:
            return ()
        yes = session.case.flags(Status.YES)
        lines = [s for e in self._content.extras[key] if yes.intersection(e.flags) for s in e.say]
        return self.lines(lines, session, pace=pace)

    def yes_no(self, flag: str | None = None, yes_means: str = "yes") -> Expect:
        """Return what a closed question expects; without a flag it is an offer."""
        phrases = self.phrases("answers_question" if flag else "answers_offer")
        return Expect(ExpectKind.YES_NO, flag, yes_means, phrases)

    def phrases(self, key: str) -> tuple[str, ...]:
        """Return the answers that the script `key` invites."""
        return self._content.scripts[key]

    def country(self, session: Session) -> Country:
        """Return the country whose numbers apply; its words name no number while it is unknown."""
        return self._content.countries.get(session.region or "", self._content.countries["not_set"])

    def read_country(self, text: str) -> str | None:
        """Return the id of the country named in `text` (normalised words), or None."""
        words = f" {text} "
        named = [
            (len(name), country.id)
            for country in self._content.countries.values()
            for name in country.names
            if f" {name} " in words
        ]
        return max(named)[1] if named else None

    def signs(self, flags: Iterable[str]) -> str:
        """Return the first few flags as words, most pressing first."""
        order = list(self._content.flags)
        ranks = {"emergency": 0, "urgent": 1, "professional": 2, "context": 3}
        known = [f for f in flags if f in self._content.flags]
        known.sort(key=lambda f: (ranks[self._content.flags[f].alone], order.index(f)))
        return ", and ".join(self._content.flags[f].heard for f in known[:_SIGNS_SAID])

    def reason(self, session: Session, decision: Decision) -> str:
        """Return the one-line reason to tell whoever answers: what was heard, in words."""
        return self.signs(decision.flags) or (session.case.complaint if session.case else "")


def _segments(sentence: str, pace: Pace) -> Iterable[Segment]:
    parts = _DIGITS.split(sentence)
    for index, part in enumerate(parts):
        if text := part.strip():
            yield Segment(SegmentKind.DIGITS if index % 2 else SegmentKind.TEXT, text, pace=pace)
