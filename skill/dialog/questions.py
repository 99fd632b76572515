"""The open question of the interview: which it is, how it is put, and what leads into it."""

from typing import Final

from skill.content.types import Content
from skill.dialog.outcomes import Outcomes
from skill.dialog.tools import FREE, Tools
from skill.session import Ask, Case, Interview, Session
from skill.speech import Segment
from skill.triage.routes import Situation
from skill.turn import Expect, ExpectKind, Level

_ONSET: Final = ("POST_CRACK", "NECK_TRIGGER", "SMALL_FALL", "TRAUMA_BIG", "SUDDEN_SEVERE")
_HALFWAY_FROM: Final = 8
"""Questions from which an interview is long enough to say that half of it is done."""

VAGUE_PLACES: Final = ("back",)
"""Parts of the body that do not decide the route: the place is asked for once."""


class Questions:
    """Words the questions of one content."""

    def __init__(self, tools: Tools, outcomes: Outcomes) -> None:
        self._content: Content = tools.content
        self._words = tools.words
        self._router = tools.router
        self._outcomes = outcomes

    def current(self, session: Session) -> tuple[tuple[Segment, ...], Expect]:
        """Return the open question of the interview on top, and what it expects."""
        interview = session.activity
        assert isinstance(interview, Interview)
        match interview.ask:
            case Ask.PLACE:
                key = "ask_place_again" if interview.misses else "ask_place"
                places = self._words.phrases("answers_place")
                return self._words.say(key, session), Expect(ExpectKind.CHOICE, phrases=places)
            case Ask.ONSET:
                return self._words.say("ask_onset", session), FREE
            case Ask.AGE:
                proxy = session.case is not None and session.case.person is not None
                key = "ask_age_proxy" if proxy else "ask_age"
                key = "ask_age_again" if interview.misses else key
                return self._words.say(key, session), Expect(ExpectKind.AGE)
            case Ask.SPEECH:
                return self._words.say("speech_check", session), self._words.yes_no("STROKE_FACE")
            case Ask.LONG_STANDING:
                return self._words.say("long_standing", session), self._words.yes_no(interview.flag)
        flag = self._content.flags[interview.flag or ""]
        if interview.ask is Ask.CHECK and flag.check is not None:
            speech = self._words.lines((flag.check.ask,), session)
            return speech, self._words.yes_no(flag.id, flag.check.yes_means)
        part = flag.ask[min(interview.part, len(flag.ask) - 1)]
        return self._words.lines((part,), session), self._words.yes_no(flag.id)

    def next_intake(self, case: Case) -> Ask | None:
        """Return what must be known before the route: age, place, how it began."""
        if case.age is None and Ask.AGE.value not in case.intake:
            return Ask.AGE
        if case.purpose == "exercise":
            return None
        vague = case.place is None or case.place in VAGUE_PLACES
        if vague and Ask.PLACE.value not in case.intake:
            return Ask.PLACE
        if Ask.ONSET.value not in case.intake and not any(case.status(f) for f in _ONSET):
            return Ask.ONSET
        return None

    def next_flag(self, case: Case) -> str | None:
        """Return the flag to ask about now, or None when the interview is complete."""
        return self._router.next_flag(self._situation(case))

    def remaining(self, case: Case) -> int:
        """Return how many questions are left if every answer is a no."""
        return self._router.remaining(self._situation(case))

    def lead_in(self, session: Session, case: Case, flag: str) -> tuple[Segment, ...]:
        """Return what is said before the first question, half way, and before personal ones."""
        speech: tuple[Segment, ...] = ()
        left = self.remaining(case)
        if not case.asked:
            if left > 1:
                speech += self._words.say("question_count", session, count=left)
            speech += self._words.say("choices", session)
        elif case.total >= _HALFWAY_FROM and left == case.total // 2:
            clear = self._outcomes.decision(case).level is Level.SELFCARE
            speech += self._words.say("halfway_clear" if clear else "halfway", session)
        previous = self._content.flags.get(case.asked[-1]) if case.asked else None
        if self._content.flags[flag].personal and not (previous and previous.personal):
            speech += self._words.say("personal", session)
        return speech

    def _situation(self, case: Case) -> Situation:
        return Situation(
            route=self._outcomes.route(case),
            facts=case.to_facts(),
            known=frozenset(f.flag for f in case.facts),
            pending=case.pending,
            place=case.place,
            mentioned=frozenset(case.mentioned),
            sex=case.sex,
        )
