"""The coach: one turn in, one reply out, in the order of work of clinical.md section 2.1."""

from dataclasses import replace
from typing import Final

from intents.understanding import Answer, Outcome, Polarity, Understanding
from skill.content.types import Content
from skill.dialog import facts
from skill.dialog.activities import Activities
from skill.dialog.controls import Controls
from skill.dialog.exercise import Reader
from skill.dialog.outcomes import Outcomes
from skill.dialog.prompts import Prompts
from skill.dialog.requests import Requests
from skill.dialog.tools import FREE, Heard, Result, Tools, Understands
from skill.dialog.triage import Triage
from skill.session import Crisis, Emergency, Interview, Last, Session, Status
from skill.speech import Pace, Segment
from skill.turn import Level, Reply, Turn, TurnKind

_SPOKEN_ANSWERS: Final = {"yes": Answer.YES, "no": Answer.NO, "not_sure": Answer.UNSURE}
"""Intents by which a platform hands over an answer that it has already parsed."""

_DISPUTE_MARGIN: Final = 0.15
"""Two alternatives of the recogniser this close in confidence dispute an answer."""


class Coach:
    """Answers turns. Built once; `step` is pure: no clock, no I/O, no state of its own."""

    def __init__(self, content: Content, understanding: Understands) -> None:
        self.content = content
        self._understanding = understanding
        tools = self._tools = Tools.of(content)
        outcomes = self._outcomes = Outcomes(tools)
        reader = Reader(tools)
        triage = Triage(tools, outcomes, reader)
        prompts = self._prompts = Prompts(tools, outcomes, triage, reader)
        controls = self._controls = Controls(tools, outcomes, triage, prompts)
        requests = self._requests = Requests(tools, triage, reader, controls, prompts)
        self._activities = Activities(tools, outcomes, triage, reader, controls, prompts, requests)

    def step(self, session: Session, turn: Turn) -> Result:
        """Return the session after `turn`, and the reply to it.

        Never raises for any turn. The same session and turn always give the same result.
        """
        session = replace(
            session,
            turns=session.turns + 1,
            region=turn.region if turn.region in self.content.countries else session.region,
            content_version=session.content_version or self.content.version,
        )
        heard = self._hear(session, turn)
        session, reply = self._dispatch(session, turn, heard)
        if not session.introduced and turn.kind is not TurnKind.END:
            session = replace(session, introduced=True)
            reply = replace(reply, speech=self._introduction(session, reply) + reply.speech)
        if session.slow:
            reply = replace(reply, speech=_slowed(reply.speech), reprompt=_slowed(reply.reprompt))
        if reply.speech and not session.forgotten:
            session = replace(session, last=Last(reply.speech, reply.expect, reply.urgent))
        return session, replace(reply, understanding=heard.meaning if heard else None)

    # -- hearing -------------------------------------------------------------------------------

    def _hear(self, session: Session, turn: Turn) -> Heard | None:
        """Return what the turn's words mean, or None where it has none."""
        if turn.kind is TurnKind.INTENT and turn.intent is not None:
            return self._given_intent(turn, turn.intent)
        alternatives = [h for h in turn.heard if h.text.strip()]
        if turn.kind not in (TurnKind.SPEECH, TurnKind.INTENT) or not alternatives:
            return None
        expect = session.last.expect
        yes_means = expect.yes_means if expect.flag is not None else None
        best = alternatives[0]
        meaning = self._understanding.understand(best.text, yes_means=yes_means)
        disputed = False
        for other in alternatives[1:]:
            if best.confidence - other.confidence > _DISPUTE_MARGIN:
                continue
            second = self._understanding.understand(other.text, yes_means=yes_means)
            disputed |= {second.values.answer, meaning.values.answer} == {Answer.YES, Answer.NO}
            meaning = _with_doubts(meaning, second)
        return Heard(meaning, best.confidence, turn.at, disputed)

    def _given_intent(self, turn: Turn, intent: str) -> Heard:
        """Return a platform's parsed intent or answer, with any words beside it."""
        text = turn.heard[0].text if turn.heard else ""
        meaning = self._understanding.understand(text) if text.strip() else Understanding(text)
        if (answer := _SPOKEN_ANSWERS.get(intent)) is not None:
            values = replace(meaning.values, answer=answer, answer_confidence=1.0)
            meaning = replace(meaning, intent=None, outcome=Outcome.REJECT, values=values)
        else:
            meaning = replace(meaning, intent=intent, score=1.0, outcome=Outcome.ACCEPT)
        return Heard(meaning, turn.heard[0].confidence if turn.heard else 1.0, turn.at)

    # -- order of work -------------------------------------------------------------------------

    def _dispatch(self, session: Session, turn: Turn, heard: Heard | None) -> Result:
        match turn.kind:
            case TurnKind.END:
                return session, Reply((), ended=True)
            case TurnKind.STOP:
                return self._controls.stop(session)
            case TurnKind.TIMER:
                return session, Reply((), session.last.expect)
            case TurnKind.LAUNCH if session.activity is None:
                key = "welcome_back" if session.introduced else "opening"
                return session, Reply(self._tools.words.say(key, session), FREE)
            case TurnKind.LAUNCH:
                return self._prompts.resume(session)
        if heard is None:
            return self._activities.silence(session, turn.at)
        if any(f.flag == "SELF_HARM" and not _is_no(f.polarity) for f in heard.meaning.symptoms):
            return self._outcomes.crisis(session)  # never asked about, so unsure counts too
        session, noted, interrupted = self._gate(session, heard)
        if interrupted is not None:
            return interrupted
        taken = self._activities.take(session, heard, noted)
        return taken if taken is not None else self._requests.handle(session, heard)

    def _gate(
        self, session: Session, heard: Heard
    ) -> tuple[Session, frozenset[str], Result | None]:
        """Note what the words volunteer; interrupt where that makes an emergency (2.1, step 0).

        Returns the session, the flags that are newly a yes, and the interruption if there is one.
        """
        skip = session.last.expect.flag if isinstance(session.activity, Interview) else None
        spotted = [f for f in heard.meaning.symptoms if f.flag != skip]
        if not spotted or (session.case is None and all(_is_no(f.polarity) for f in spotted)):
            return session, frozenset(), None
        case = session.case or facts.new_case(session, heard)
        known = case.flags(Status.YES)
        case = facts.volunteer(self.content, case, heard, skip=skip)
        session = facts.counted(session, case)
        level = self._tools.table.level(case.to_facts())
        new = case.flags(Status.YES) - known
        alarmed = isinstance(session.activity, Emergency | Crisis) and new <= {*case.spoken_flags}
        if level is Level.EMERGENCY and not alarmed and (new or case.level is not level):
            return session, new, self._outcomes.speak(session, case)
        return session, new, None

    def _introduction(self, session: Session, reply: Reply) -> tuple[Segment, ...]:
        """Return the first-use line, which never delays an emergency message."""
        return () if reply.urgent else self._tools.words.say("first_use", session)


def _is_no(polarity: Polarity) -> bool:
    return polarity is Polarity.NO


def _slowed(speech: tuple[Segment, ...]) -> tuple[Segment, ...]:
    return tuple(replace(s, pace=Pace.SLOW) for s in speech)


def _with_doubts(meaning: Understanding, other: Understanding) -> Understanding:
    """Return `meaning` with the signs that only another alternative holds, as unsure."""
    known = {f.flag for f in meaning.symptoms}
    doubts = tuple(
        replace(f, polarity=Polarity.UNSURE)
        for f in other.symptoms
        if f.flag not in known and f.polarity is not Polarity.NO
    )
    return replace(meaning, symptoms=meaning.symptoms + doubts)
