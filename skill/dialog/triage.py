"""The interview: from one answer to the next question, and what follows an answer not heard."""

from dataclasses import replace
from typing import Final

from skill.dialog import facts
from skill.dialog.answers import MIN_HEARD, Verdict, read_flag_answer
from skill.dialog.exercise import Reader
from skill.dialog.outcomes import Outcomes
from skill.dialog.questions import VAGUE_PLACES, Questions
from skill.dialog.tools import Heard, Result, Tools, before
from skill.session import Ask, Case, Fact, Interview, Offer, Session, Source, Status
from skill.speech import Segment
from skill.triage.facts import MAX_AGE
from skill.turn import Level, Reply

_STATUS: Final = {
    Verdict.PRESENT: Status.YES,
    Verdict.ABSENT: Status.NO,
    Verdict.UNSURE: Status.UNSURE,
}


class Triage:
    """Runs the interview of clinical.md section 2."""

    def __init__(self, tools: Tools, outcomes: Outcomes, reader: Reader) -> None:
        self._tools = tools
        self._words = tools.words
        self._outcomes = outcomes
        self._reader = reader
        self.questions = Questions(tools, outcomes)

    def open(self, session: Session, case: Case) -> Result:
        """Begin (or take up) the interview of `case`, saying back what was volunteered."""
        session = facts.counted(session, case)
        yes = case.flags(Status.YES)
        speech: tuple[Segment, ...] = ()
        if yes:
            speech += self._words.say("heard_signs", session, heard=self._words.signs(yes))
        speech += self._words.say("start_proxy" if case.person else "start_interview", session)
        return self.advance(session.only(Interview()), speech)

    def advance(self, session: Session, speech: tuple[Segment, ...] = ()) -> Result:
        """Go on to the next open question, or speak the outcome; `speech` is said first."""
        case = session.case or Case()
        decision = self._outcomes.decision(case)
        if decision.level is Level.EMERGENCY:
            return self._outcomes.speak(session, case)
        if (intake := self.questions.next_intake(case)) is not None:
            case = replace(case, intake=(*case.intake, intake.value))
            return self.pose(replace(session, case=case).swap(Interview(intake)), speech)
        flag = self.questions.next_flag(case)
        if flag is None:
            if case.purpose == "exercise" and decision.level is Level.SELFCARE:
                return before(speech, self._reader.begin(session))
            return before(speech, self._outcomes.speak(session, case))
        lead = self.questions.lead_in(session, case, flag)
        total = case.total or self.questions.remaining(case)
        case = replace(case, asked=(*case.asked, flag), total=total)
        return self.pose(replace(session, case=case).swap(Interview(Ask.FLAG, flag)), speech + lead)

    def pose(self, session: Session, speech: tuple[Segment, ...] = ()) -> Result:
        """Put the open question (again)."""
        question, expect = self.questions.current(session)
        return session, Reply(speech + question, expect, reprompt=question)

    def count_left(self, session: Session) -> int:
        """Return how many questions are left, the open one included."""
        case = session.case or Case()
        return self.questions.remaining(case)

    def takes_anything(self, session: Session) -> bool:
        """Tell whether the open question takes any words as its answer: how it began."""
        return isinstance(session.activity, Interview) and session.activity.ask is Ask.ONSET

    # -- answers -------------------------------------------------------------------------------

    def answered(self, session: Session, heard: Heard) -> Result | None:
        """Take `heard` as the answer to the open question; None where it is no answer to it."""
        interview = session.activity
        assert isinstance(interview, Interview)
        case = session.case or Case()
        values = heard.meaning.values
        match interview.ask:
            case Ask.PLACE:
                if values.region is None or values.region in VAGUE_PLACES:
                    return None
                return self.advance(replace(session, case=replace(case, place=values.region)))
            case Ask.ONSET:
                return self.advance(session)
            case Ask.AGE:
                age = values.number if values.age is None else values.age
                if age is None or not 0 <= age <= MAX_AGE or heard.confidence < MIN_HEARD:
                    return None
                return self.advance(replace(session, case=replace(case, age=int(age))))
            case _:
                return self._flag_answered(session, interview, case, heard)

    def _flag_answered(
        self, session: Session, interview: Interview, case: Case, heard: Heard
    ) -> Result | None:
        _, expect = self.questions.current(session)
        flag = expect.flag or ""
        answer = read_flag_answer(heard, flag, expect.yes_means)
        match answer.verdict:
            case Verdict.UNCLEAR:
                return None
            case Verdict.ABSENT if self._has_more_parts(interview):
                part = interview.part + 1
                return self.pose(session.swap(replace(interview, part=part, misses=0)))
            case verdict if interview.ask is Ask.MISHEARD:
                return self._misheard_answered(session, case, flag, verdict, heard)
            case Verdict.ABSENT if interview.ask is Ask.SPEECH:
                return self.advance(session)  # speech alone does not clear the whole question
            case Verdict.ABSENT if interview.ask is Ask.FLOOR:
                return self._get_up(session, case.with_fact(facts.answered(flag, Status.NO, heard)))
            case verdict if interview.ask is Ask.LONG_STANDING:
                old = verdict is Verdict.ABSENT
                status = Status.LONG_STANDING if old else Status.YES
                return self._note(session, case.without(flag), flag, status, heard)
            case Verdict.PRESENT if answer.old and flag in self._tools.content.groups["NERVE"]:
                return self.pose(session.swap(Interview(Ask.LONG_STANDING, flag)))
            case Verdict.UNSURE if self._has_check(interview):
                return self.pose(session.swap(Interview(Ask.CHECK, flag)))
            case verdict:
                speech: tuple[Segment, ...] = ()
                if answer.contradiction:
                    sign = self._tools.content.flags[flag].heard
                    speech = self._words.say("contradiction", session, heard=sign)
                return self._note(session, case, flag, _STATUS[verdict], heard, speech)

    def _note(
        self,
        session: Session,
        case: Case,
        flag: str,
        status: Status,
        heard: Heard,
        speech: tuple[Segment, ...] = (),
    ) -> Result:
        case = case.with_fact(facts.answered(flag, status, heard))
        return self.advance(replace(session, case=case), speech)

    def _get_up(self, session: Session, case: Case) -> Result:
        """Nobody fell: say how to get up from the floor, and offer the questions."""
        topic = self._tools.content.topics["stuck_floor"]
        session = replace(session, case=case).only(Offer("check"))
        speech = self._words.lines(topic.answer, session)
        offer = self._words.say("offer_check", session)
        return session, Reply(speech + offer, self._words.yes_no(), reprompt=offer)

    # -- misses (clinical.md 2.3) --------------------------------------------------------------

    def missed(self, session: Session, *, silence: bool, at: float) -> Result:
        """Handle an answer that was not heard or not understood."""
        interview = session.activity
        assert isinstance(interview, Interview)
        case = session.case or Case()
        if interview.ask in (Ask.PLACE, Ask.ONSET, Ask.AGE):
            return self._intake_missed(session, interview, case)
        misses = interview.misses + 1
        if misses == 1:
            case = replace(case, unheard_questions=case.unheard_questions + 1)
            offer = silence or case.unheard_questions > 1
            return self._ask_again(replace(session, case=case), interview, misses, offer_keys=offer)
        if self._checks_speech(case, interview):
            case = replace(case, speech_checked=True)
            return self.pose(replace(session, case=case).swap(Interview(Ask.SPEECH, "STROKE_FACE")))
        if not silence and not interview.keys_offered:
            return self._ask_again(session, interview, misses, offer_keys=True)
        return self._unheard(session, interview, case, silence=silence, at=at)

    def _ask_again(
        self, session: Session, interview: Interview, misses: int, *, offer_keys: bool
    ) -> Result:
        speech = self._words.say("reask", session)
        if offer_keys:
            speech += self._words.say("keys", session)
        again = replace(interview, misses=misses, keys_offered=interview.keys_offered or offer_keys)
        return self.pose(session.swap(again), speech)

    def _intake_missed(self, session: Session, interview: Interview, case: Case) -> Result:
        if interview.ask is not Ask.ONSET and interview.misses == 0:
            return self.pose(session.swap(replace(interview, misses=1)))
        if interview.ask is Ask.AGE:
            case = replace(case, pending=("CHILD", *case.pending))
        return self.advance(replace(session, case=case))

    def _checks_speech(self, case: Case, interview: Interview) -> bool:
        """On the neck route two unheard answers may be slurred speech: ask about that first."""
        neck = self._outcomes.route(case) == "neck" or case.status("NECK_TRIGGER") is Status.YES
        return neck and not case.speech_checked and interview.ask is not Ask.SPEECH

    def _unheard(
        self, session: Session, interview: Interview, case: Case, *, silence: bool, at: float
    ) -> Result:
        flag = interview.flag or ""
        match interview.ask:
            case Ask.MISHEARD:
                return self._stands(session, case)
            case Ask.LONG_STANDING:
                status, case = Status.YES, case.without(flag)
            case Ask.CHECK:
                status = Status.UNSURE
            case _:
                status = Status.UNHEARD
        case = case.with_fact(Fact(flag, status, Source.ASKED, "", 0.0, at))
        session = replace(session, case=case)
        ends = self._outcomes.decision(case).level.rank >= Level.URGENT.rank
        if status is not Status.UNHEARD or not ends:
            return self.advance(session)
        speech: tuple[Segment, ...] = ()
        if silence:
            signs = self._tools.content.routes[self._outcomes.route(case)].signs
            speech = self._words.say("silence_list", session, signs=signs)
        return before(speech, self._outcomes.speak(session, case))

    # -- corrections ---------------------------------------------------------------------------

    def misheard(self, session: Session) -> Result:
        """Take "you misheard me": ask once more about the sign the last message rests on (2.3)."""
        case = session.case
        if case is None or not case.facts:
            return self._nothing_misheard(session)
        if case.level is not None and case.spoken_flags:
            return self._ask_misheard(session, case, case.spoken_flags)
        return self._ask_misheard(session, case, (case.facts[-1].flag,))

    def go_back(self, session: Session) -> Result:
        """Put the question before the open one again; its answer is taken anew."""
        interview = session.activity
        assert isinstance(interview, Interview)
        case = session.case or Case()
        earlier = [flag for flag in case.asked if flag != interview.flag]
        if not earlier:
            return self.pose(session)
        flag = earlier[-1]
        others = tuple(f for f in case.asked if f != flag)
        case = replace(case.without(flag), asked=(*others, flag))
        return self.pose(replace(session, case=case).swap(Interview(Ask.FLAG, flag)))

    def _ask_misheard(self, session: Session, case: Case, flags: tuple[str, ...]) -> Result:
        askable = [f for f in flags if self._tools.content.flags[f].ask]
        if not askable:
            return self._stands(session, case)
        sign = self._tools.content.flags[askable[0]].heard
        speech = self._words.say("misheard", session, heard=sign)
        return self.pose(session.only(Interview(Ask.MISHEARD, askable[0])), speech)

    def _misheard_answered(
        self, session: Session, case: Case, flag: str, verdict: Verdict, heard: Heard
    ) -> Result:
        if verdict is not Verdict.ABSENT:
            return self._stands(session, case)
        given = case.level
        case = replace(case.without(flag, misheard=True), level=None)
        case = case.with_fact(facts.answered(flag, Status.NO, heard))
        speech = self._words.say("misheard_cleared", session)
        left = self._tools.table.decide(case.to_facts())
        if given is not None and left.level is given and left.flags:
            case = replace(case, level=given, spoken_flags=left.flags, spoken_rules=left.rules)
            session = replace(session, case=case)
            return before(speech, self._ask_misheard(session, case, left.flags))
        return self.advance(replace(session, case=case), speech)

    def _nothing_misheard(self, session: Session) -> Result:
        speech = self._words.say("nothing_misheard", session)
        if isinstance(session.activity, Interview):
            return self.pose(session, speech)
        return session, Reply(speech)

    def _stands(self, session: Session, case: Case) -> Result:
        if case.level is None:
            return self.advance(session.only(Interview()))
        speech = self._words.say("misheard_stands", session)
        return before(speech, self._outcomes.speak(session, case))

    # -- parts ---------------------------------------------------------------------------------

    def _has_check(self, interview: Interview) -> bool:
        flag = self._tools.content.flags[interview.flag or ""]
        return interview.ask is Ask.FLAG and flag.check is not None

    def _has_more_parts(self, interview: Interview) -> bool:
        if interview.ask not in (Ask.FLAG, Ask.MISHEARD):
            return False
        return interview.part + 1 < len(self._tools.content.flags[interview.flag or ""].ask)
