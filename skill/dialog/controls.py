"""What a person can say at any moment: repeat, help, stop, start again, and small talk."""

from collections.abc import Callable
from dataclasses import replace

from skill.dialog.outcomes import Outcomes
from skill.dialog.prompts import Prompts
from skill.dialog.tools import FREE, Result, Tools, before
from skill.dialog.triage import Triage
from skill.session import Case, Country, Crisis, Emergency, Interview, Last, Offer, Reading, Session
from skill.speech import Pace, Segment
from skill.turn import Reply


class Controls:
    """Answers the control intents."""

    def __init__(self, tools: Tools, outcomes: Outcomes, triage: Triage, prompts: Prompts) -> None:
        self._words = tools.words
        self._outcomes = outcomes
        self._triage = triage
        self._resume = prompts.resume
        self._handlers: dict[str, Callable[[Session], Result]] = {
            "repeat": self._repeat,
            "stop": self.stop,
            "help": self._then_resume("help"),
            "goodbye": self._goodbye,
            "start_over": self._start_over,
            "misheard": self._triage.misheard,
            "why": self._why,
            "how_many": self._how_many,
            "go_back": self._go_back,
            "slower": self._slower,
            "faster": self._faster,
            "thanks": self._then_resume("thanks"),
            "greeting": self._then_resume("greeting"),
            "who_are_you": self._then_resume("who_are_you"),
            "emergency_number": self._number,
            "what_to_tell": self._what_to_tell,
            "no_phone": self._then_resume("no_phone"),
            "forget_me": self._forget,
        }

    def handles(self, intent: str) -> bool:
        """Tell whether `intent` is a control."""
        return intent in self._handlers

    def handle(self, session: Session, intent: str) -> Result:
        """Answer the control `intent`."""
        return self._handlers[intent](session)

    def stop(self, session: Session) -> Result:
        """Stop what is going on; half way through the questions, say what to watch for."""
        match session.activity:
            case Interview():
                return session.only(), Reply(self._outcomes.leaving(session), ended=True)
            case Emergency():
                session = session.only(Emergency())
                return session, Reply(self._words.say("emergency_stop", session), FREE, urgent=True)
            case Crisis():
                return self._resume(session)
            case Reading() | Offer():
                return session.only(), Reply(self._words.say("exercise_stopped", session), FREE)
            case _:
                return session.only(), Reply(self._words.say("goodbye", session), ended=True)

    def _goodbye(self, session: Session) -> Result:
        speech: tuple[Segment, ...] = ()
        match session.activity:
            case Interview():
                speech = self._outcomes.leaving(session)
            case Emergency():
                speech = self._words.say("emergency_stands", session)
            case Crisis():
                speech = self._words.say("crisis_stays", session, pace=Pace.SLOW)
            case _:
                speech = self._words.say("goodbye", session)
        return session.only(), Reply(speech, ended=True)

    def _repeat(self, session: Session) -> Result:
        case = session.case
        if isinstance(session.activity, Emergency) and case is not None:
            speech = self._outcomes.repeat_emergency(session, case)
            return session, Reply(speech, session.last.expect, urgent=True)
        if not session.last.speech:
            return session, Reply(self._words.say("nothing_to_repeat", session), FREE)
        return session, Reply(session.last.speech, session.last.expect, urgent=session.last.urgent)

    def _start_over(self, session: Session) -> Result:
        session = replace(session.only(), case=None, misses=0, last=Last())
        return session, Reply(self._words.say("new_case", session), FREE)

    def _why(self, session: Session) -> Result:
        if not isinstance(session.activity, Interview):
            return self._resume(session)
        return before(self._words.say("why", session), self._resume(session))

    def _how_many(self, session: Session) -> Result:
        if not isinstance(session.activity, Interview):
            return self._resume(session)
        count = self._triage.count_left(session)
        return before(self._words.say("remaining", session, count=count), self._resume(session))

    def _go_back(self, session: Session) -> Result:
        if isinstance(session.activity, Interview):
            return self._triage.go_back(session)
        return self._repeat(session)

    def _slower(self, session: Session) -> Result:
        session = replace(session, slow=True)
        return before(self._words.say("slower", session), self._resume(session))

    def _faster(self, session: Session) -> Result:
        session = replace(session, slow=False)
        return before(self._words.say("faster", session), self._resume(session))

    def _number(self, session: Session) -> Result:
        speech = self._words.say("emergency_number", session)
        if session.region is None:
            match session.activity:
                case Emergency():
                    session = session.only(Emergency("country"))
                case Crisis():
                    session = session.only(Crisis("country"))
                case _:
                    session = session.push(Country())
        return before(speech, self._resume(session))

    def _what_to_tell(self, session: Session) -> Result:
        case = session.case or Case()
        reason = self._words.reason(session, self._outcomes.decision(case))
        if not reason:
            return self._resume(session)
        return before(
            self._words.say("what_to_tell", session, reason=reason), self._resume(session)
        )

    def _forget(self, session: Session) -> Result:
        session = Session(
            id=session.id,
            content_version=session.content_version,
            locale=session.locale,
            introduced=session.introduced,
            forgotten=True,
        )
        return session, Reply(self._words.say("forgotten", session), ended=True)

    def _then_resume(self, key: str) -> Callable[[Session], Result]:
        return lambda session: before(self._words.say(key, session), self._resume(session))
