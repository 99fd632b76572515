"""Chooses a safe exercise and reads it aloud, one step a turn."""

from dataclasses import replace

from skill.content.types import Exercise
from skill.dialog.tools import FREE, Result, Tools, before
from skill.session import Case, Reading, Session, Status
from skill.speech import Segment
from skill.turn import Expect, ExpectKind, Level, Reply

_NEAR = {"neck": "neck", "upper_back": "upper_back"}
_ALSO = {"PREGNANT": "later_pregnancy"}
"""Conditions assumed with a flag, since nobody has asked how far along the pregnancy is."""


class Reader:
    """Reads exercises of the content."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._words = tools.words

    def begin(self, session: Session) -> Result:
        """Begin the first exercise that suits the case, or say that there is none."""
        case = session.case or Case()
        if case.level is not None and case.level is not Level.SELFCARE:
            return session, Reply(self._words.say("refuse_exercise", session), FREE)
        exercise = self.choose(case)
        if exercise is None:
            return session.only(), Reply(self._words.say("no_exercise", session), FREE)
        conditions = _conditions(case)
        session = session.only(Reading(exercise.id))
        adapted = [a.say for a in exercise.adapt if a.condition in conditions]
        speech = self._words.say("exercise_intro", session, name=exercise.name)
        speech += self._words.lines(adapted, session)
        return before(speech, self.read(session))

    def choose(self, case: Case) -> Exercise | None:
        """Return the first exercise for the place that no flag of the case bars, or None."""
        near = _NEAR.get(case.place or "", "low_back")
        conditions = _conditions(case)
        content = self._tools.content
        for name in dict.fromkeys((*content.exercise_order, *content.exercises)):
            exercise = content.exercises[name]
            if near in exercise.regions and not conditions.intersection(exercise.bars):
                return exercise
        return None

    def read(self, session: Session) -> Result:
        """Read the step that is open."""
        reading, exercise = self._open(session)
        if reading.step < 0:
            lines = self._words.lines(exercise.setup, session)
            return self._said(session, lines + self._words.say("exercise_ready", session))
        if reading.step < len(exercise.steps):
            return self._said(session, self._words.lines((exercise.steps[reading.step],), session))
        speech = self._words.say("exercise_done", session, dose=exercise.dose)
        speech += self._words.lines((exercise.breath,), session)
        return session.only(), Reply(speech, FREE)

    def move(self, session: Session, steps: int) -> Result:
        """Go on (1) or back (-1) and read."""
        reading, exercise = self._open(session)
        step = max(-1, min(reading.step + steps, len(exercise.steps)))
        return self.read(session.swap(replace(reading, step=step)))

    def _open(self, session: Session) -> tuple[Reading, Exercise]:
        reading = session.activity
        assert isinstance(reading, Reading)
        return reading, self._tools.content.exercises[reading.exercise]

    def _said(self, session: Session, speech: tuple[Segment, ...]) -> Result:
        expect = Expect(ExpectKind.FREE, phrases=self._words.phrases("answers_exercise"))
        return session, Reply(speech, expect)


def _conditions(case: Case) -> frozenset[str]:
    yes = case.flags(Status.YES) | case.flags(Status.UNSURE)
    return yes | {_ALSO[f] for f in yes if f in _ALSO}
