"""Whatever question is open, put again: after a digression, a silence or a control."""

from skill.dialog.exercise import Reader
from skill.dialog.outcomes import Outcomes
from skill.dialog.tools import FREE, Result, Tools, before
from skill.dialog.triage import Triage
from skill.session import Country, Crisis, Emergency, Interview, Offer, Reading, Session
from skill.speech import Pace, Segment
from skill.turn import Expect, Reply


class Prompts:
    """Puts the open question of any activity."""

    def __init__(self, tools: Tools, outcomes: Outcomes, triage: Triage, reader: Reader) -> None:
        self._content = tools.content
        self._words = tools.words
        self._outcomes = outcomes
        self._triage = triage
        self._reader = reader

    def resume(self, session: Session) -> Result:
        """Put whatever is open again, or wait for anything."""
        match session.activity:
            case Interview():
                return self._triage.pose(session)
            case Reading():
                return self._reader.read(session)
            case Offer(what="intent", intent=intent):
                title = self._content.topics[(intent or "").removeprefix("topic.")].title
                return self._put(session, "confirm_intent", self._words.yes_no(), title=title)
            case Offer(what=what):
                key = "offer_check" if what == "check" else "offer_exercise"
                return self._put(session, key, self._words.yes_no())
            case Country():
                return self._put(session, "which_country", self._outcomes.country_expect())
            case Emergency(ask="country") | Crisis(ask="country"):
                return self._alarm(session, "which_country", self._outcomes.country_expect())
            case Emergency(ask="phone"):
                return self._alarm(session, "phone_check", self._words.yes_no())
            case Emergency():
                return self._alarm(session, "emergency_stands", FREE)
            case Crisis():
                return self._alarm(session, "crisis_stays", FREE)
            case None:
                return session, Reply((), FREE)

    def back(self, session: Session, speech: tuple[Segment, ...]) -> Result:
        """Say `speech`, then take up the open question again, saying so."""
        return before(speech + self._words.say("back_to_question", session), self.resume(session))

    def offer_check(self, session: Session) -> Result:
        """Ask whether anything hurts now, which a yes turns into the interview."""
        return self.resume(session.only(Offer("check")))

    def _put(self, session: Session, key: str, expect: Expect, *, title: str = "") -> Result:
        speech = self._words.say(key, session, title=title)
        return session, Reply(speech, expect, reprompt=speech)

    def _alarm(self, session: Session, key: str, expect: Expect) -> Result:
        speech = self._words.say(key, session, pace=Pace.SLOW)
        return session, Reply(speech, expect, urgent=True)
