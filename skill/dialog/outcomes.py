"""The dispositions spoken: emergency, urgent, professional, self-care, crisis (clinical.md 2.5)."""

from dataclasses import replace

from skill.dialog.tools import FREE, Result, Tools
from skill.session import Case, Country, Crisis, Emergency, Offer, Session, Status
from skill.speech import Pace, Segment, plain
from skill.turn import Card, Decision, Expect, ExpectKind, Level, Reply

FLOOR = "floor"
"""The subject in `Case.mentioned` that says the person is stuck on the floor."""

_NECK_PLACES = ("neck", "shoulder", "arm", "hand")


class Outcomes:
    """Speaks decisions, and keeps the highest level given in the case."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._words = tools.words

    def speak(self, session: Session, case: Case) -> Result:
        """Speak the decision of `case`, never below a level already given."""
        decision = self.decision(case)
        case = replace(
            case,
            level=decision.level,
            spoken_flags=decision.flags,
            spoken_rules=decision.rules,
        )
        session = replace(session, case=case)
        match decision.level:
            case Level.EMERGENCY:
                return self._emergency(session, decision)
            case Level.URGENT:
                return self._urgent(session, case, decision)
            case Level.PROFESSIONAL:
                speech = self._words.say(
                    "professional", session, reason=self._words.reason(session, decision)
                )
                return self._done(session.only(), speech, FREE, decision)
            case Level.SELFCARE:
                return self._selfcare(session, case, decision)

    def decision(self, case: Case) -> Decision:
        """Return the decision of the case: the table's, or what was spoken where that is higher."""
        decision = self._tools.table.decide(case.to_facts())
        if case.level is not None and case.level.rank > decision.level.rank:
            return Decision(case.level, case.spoken_rules, case.spoken_flags)
        return decision

    def repeat_emergency(self, session: Session, case: Case) -> tuple[Segment, ...]:
        """Return the emergency message again, for the country as it is now known."""
        return self._emergency_speech(session, self.decision(case))

    def crisis(self, session: Session) -> Result:
        """Speak the crisis script and nothing else."""
        speech = self._words.say("crisis", session, pace=Pace.SLOW)
        ask, expect = "none", FREE
        if session.region is None:
            speech += self._words.say("which_country", session, pace=Pace.SLOW)
            ask, expect = "country", self.country_expect()
        case = session.case or Case(number=session.cases + 1)
        facts = ("SELF_HARM",)
        decision = Decision(Level.EMERGENCY, ("R01",), facts)
        session = replace(
            session,
            cases=max(session.cases, case.number),
            case=replace(case, level=Level.EMERGENCY, spoken_flags=facts, spoken_rules=("R01",)),
        ).only(Crisis("country" if ask == "country" else "none"))
        return session, _reply(speech, expect, decision, urgent=True)

    def country_expect(self) -> Expect:
        """Return what is expected when the country is asked for."""
        names = tuple(c.names[0] for c in self._tools.content.countries.values() if c.names)
        return Expect(ExpectKind.REGION, phrases=names)

    def leaving(self, session: Session) -> tuple[Segment, ...]:
        """Return the closing sentence for a person who leaves half way."""
        return self._words.say("leaving", session)

    def route(self, case: Case) -> str:
        """Return the route of the case: by what happened, then by the place."""
        if case.purpose == "exercise":
            return "exercise"
        if case.status("POST_CRACK") is Status.YES:
            return "after_crack"
        return self._tools.content.places.get(case.place or "", "elsewhere")

    def _emergency(self, session: Session, decision: Decision) -> Result:
        speech = self._emergency_speech(session, decision)
        if session.case is not None and FLOOR in session.case.mentioned:
            speech += self._words.say("phone_check", session, pace=Pace.SLOW)
            return self._done(
                session.only(Emergency("phone")), speech, self._words.yes_no(), decision
            )
        if session.region is None:
            speech += self._words.say("which_country", session, pace=Pace.SLOW)
            return self._done(
                session.only(Emergency("country")), speech, self.country_expect(), decision
            )
        return self._done(session.only(Emergency()), speech, FREE, decision)

    def _emergency_speech(self, session: Session, decision: Decision) -> tuple[Segment, ...]:
        signs = self._words.signs(decision.flags)
        return (
            self._words.say("heard_signs", session, pace=Pace.SLOW, heard=signs)
            + self._words.say("emergency", session, pace=Pace.SLOW, reason=signs)
            + self._words.extras("emergency_extra", session, Pace.SLOW)
            + self._words.say("emergency_repeat", session, pace=Pace.SLOW)
        )

    def _urgent(self, session: Session, case: Case, decision: Decision) -> Result:
        signs = self._tools.content.routes[self.route(case)].signs
        unheard = decision.rules == ("R18",) and not case.flags(Status.UNSURE)
        key = "unheard" if unheard else "urgent"
        reason = self._words.reason(session, decision)
        speech = self._words.say(key, session, signs=signs, reason=reason)
        if session.region is None:
            speech += self._words.say("which_country", session)
            return self._done(session.only(Country()), speech, self.country_expect(), decision)
        return self._done(session.only(), speech, FREE, decision)

    def _selfcare(self, session: Session, case: Case, decision: Decision) -> Result:
        neck = case.place in _NECK_PLACES
        speech = self._words.say("selfcare_neck" if neck else "selfcare", session)
        speech += self._words.extras("selfcare_extra", session)
        if case.status("NECK_TRIGGER") is Status.YES:
            return self._done(session.only(), speech, FREE, decision)
        speech += self._words.say("offer_exercise", session)
        return self._done(session.only(Offer("exercise")), speech, self._words.yes_no(), decision)

    def _done(
        self, session: Session, speech: tuple[Segment, ...], expect: Expect, decision: Decision
    ) -> Result:
        urgent = decision.level is Level.EMERGENCY
        return session, _reply(speech, expect, decision, urgent=urgent)


def _reply(
    speech: tuple[Segment, ...], expect: Expect, decision: Decision, *, urgent: bool
) -> Reply:
    return Reply(
        speech=speech,
        expect=expect,
        reprompt=(),
        card=Card(title="Backtalk", text=plain(speech)),
        urgent=urgent,
        decision=decision,
    )
