"""What a person asks for when no question is open: topics, checks, exercises, refusals."""

from dataclasses import replace
from typing import Final

from intents.understanding import OTHER, Outcome, Polarity
from skill.dialog import facts
from skill.dialog.controls import Controls
from skill.dialog.exercise import Reader
from skill.dialog.outcomes import FLOOR
from skill.dialog.prompts import Prompts
from skill.dialog.tools import FREE, Heard, Result, Tools, accepted, before
from skill.dialog.triage import Triage
from skill.session import Ask, Case, Interview, Offer, Session
from skill.speech import Segment
from skill.turn import Level, Reply

TOPIC: Final = "topic."
CRACK_HOW: Final = "crack_how"

_PAINKILLERS: Final = "topic.painkiller"
_STUCK: Final = "topic.stuck_floor"
_PROTECTIVE: Final = ("complaint", CRACK_HOW)
"""Intents acted on even when half understood: the questions and the refusal only protect."""

_NOT_REPORTS: Final = (CRACK_HOW, _STUCK, "misheard", "start_over")
"""Intents that come before the signs in the same words."""


class Requests:
    """Acts on intents."""

    def __init__(
        self, tools: Tools, triage: Triage, reader: Reader, controls: Controls, prompts: Prompts
    ) -> None:
        self._content = tools.content
        self._words = tools.words
        self._triage = triage
        self._reader = reader
        self._controls = controls
        self._prompts = prompts

    def handle(self, session: Session, heard: Heard) -> Result:
        """Act on the words: a report of the body first, then the intent, then the question why."""
        intent, outcome = heard.meaning.intent, heard.meaning.outcome
        if outcome is not Outcome.REJECT:
            session = replace(session, misses=0)
        if self.concerns_health(heard):
            return self._complaint(session, heard)
        protects = outcome is Outcome.CONFIRM and intent in _PROTECTIVE
        if intent is not None and (outcome is Outcome.ACCEPT or protects):
            return self.act(session, intent, heard)
        half_understood = intent is not None and outcome is Outcome.CONFIRM
        if half_understood and (intent or "").removeprefix(TOPIC) in self._content.topics:
            return self._prompts.resume(session.only(Offer("intent", intent)))
        return self._no_match(session, heard)

    def act(self, session: Session, intent: str, heard: Heard) -> Result:
        """Do what the accepted `intent` asks."""
        if self._controls.handles(intent):
            return self._controls.handle(session, intent)
        if intent == CRACK_HOW:
            speech = self._words.say("refuse_crack", session)
            if heard.meaning.values.region is not None or session.case is not None:
                return before(speech, self._complaint(session, heard))
            return before(speech, self._prompts.offer_check(session))
        if intent == "complaint":
            return self._complaint(session, heard)
        if intent == "exercise_request":
            return self._exercise(session, heard)
        if intent == _STUCK:
            return self._stuck(session, heard)
        if intent.removeprefix(TOPIC) in self._content.topics:
            return self._topic(session, intent)
        return self._no_match(session, heard)

    def concerns_health(self, heard: Heard) -> bool:
        """Tell whether the words report something of the body, so that the questions come first."""
        intent = accepted(heard)
        reports = any(
            f.polarity is not Polarity.NO and f.flag not in self._content.background
            for f in heard.meaning.symptoms
        )
        return (reports or intent == "complaint") and intent not in _NOT_REPORTS

    def topic_speech(self, session: Session, intent: str) -> tuple[Segment, ...]:
        """Return the spoken answer of the topic that `intent` names."""
        topic = self._content.topics.get(intent.removeprefix(TOPIC))
        return self._words.lines(topic.answer, session) if topic else ()

    def _complaint(self, session: Session, heard: Heard) -> Result:
        person = heard.meaning.person
        case = session.case
        if case is None or (_is_another(case, person) and case.asked):
            case = facts.new_case(session, heard)
        case = facts.volunteer(self._content, replace(case, purpose="complaint"), heard)
        return self._triage.open(session, case)

    def _exercise(self, session: Session, heard: Heard) -> Result:
        case = session.case
        if case is not None and case.level is not None:
            return self._reader.begin(session)
        case = case or facts.new_case(session, heard)
        case = facts.volunteer(self._content, replace(case, purpose="exercise"), heard)
        return self._triage.open(session, case)

    def _stuck(self, session: Session, heard: Heard) -> Result:
        case = session.case or facts.new_case(session, heard)
        case = replace(case, mentioned=_with(case.mentioned, FLOOR))
        session = facts.counted(session, case)
        if case.status("TRAUMA_BIG") is not None:
            return self._topic(session, _STUCK)
        return self._triage.pose(session.only(Interview(Ask.FLOOR, "TRAUMA_BIG")))

    def _topic(self, session: Session, intent: str) -> Result:
        topic = self._content.topics[intent.removeprefix(TOPIC)]
        case = session.case
        if case is not None and intent == _PAINKILLERS:
            case = replace(case, mentioned=_with(case.mentioned, "painkillers"))
            session = replace(session, case=case)
        speech = self.topic_speech(session, intent)
        level = case.level if case is not None else None
        if topic.offer == "check" and level is None:
            return before(speech, self._prompts.offer_check(session))
        if topic.offer == "exercise" and level in (None, Level.SELFCARE):
            return before(speech, self._prompts.resume(session.only(Offer("exercise"))))
        return session.only(), Reply(speech, FREE)

    def _no_match(self, session: Session, heard: Heard) -> Result:
        """Not understood: ask whether anything hurts; twice, and the questions decide."""
        speech = self._words.say("no_match", session)
        if session.misses:
            return before(speech, self._complaint(replace(session, misses=0), heard))
        return before(speech, self._prompts.offer_check(replace(session, misses=1)))


def _is_another(case: Case, person: str | None) -> bool:
    """Tell whether the words are about somebody else; "he" is whom the case is about already."""
    if person == OTHER and case.person is not None:
        return False
    return person is not None and person != case.person


def _with(subjects: tuple[str, ...], subject: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*subjects, subject)))
