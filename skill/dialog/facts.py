"""What an utterance adds to a case: volunteered signs, and the values beside them."""

from dataclasses import replace
from typing import Final

from intents.understanding import Finding, Polarity
from skill.content.types import Content
from skill.dialog.answers import MIN_HEARD
from skill.dialog.tools import Heard
from skill.session import Case, Fact, Session, Source, Status

MIN_SPOTTED: Final = 0.6
"""Confidence of the spotter from which a volunteered yes is a fact; below it the flag is asked."""

MIN_DENIED: Final = 0.75
"""The same for a volunteered no, which skips a question and so must be surer."""


def volunteer(content: Content, case: Case, heard: Heard, *, skip: str | None = None) -> Case:
    """Return the case with what the utterance volunteers, save about the flag `skip`.

    What is spotted or heard too unsurely is not noted but put first among the questions.
    """
    for finding in heard.meaning.symptoms:
        flag = content.flags.get(finding.flag)
        if flag is None or flag.id == skip:
            continue
        status = _status(finding, heard)
        if status is not None:
            fact = Fact(
                finding.flag,
                status,
                Source.VOLUNTEERED,
                finding.evidence,
                min(finding.confidence, heard.confidence),
                heard.at,
            )
            case = case.with_fact(fact)
        elif finding.polarity is not Polarity.NO and flag.ask and not case.status(flag.id):
            case = replace(case, pending=tuple(dict.fromkeys((*case.pending, finding.flag))))
    return _with_values(case, heard)


def answered(flag: str, status: Status, heard: Heard) -> Fact:
    """Return the fact that the answer `heard` to a question about `flag` gives."""
    confidence = min(heard.confidence, heard.meaning.values.answer_confidence or 1.0)
    return Fact(flag, status, Source.ASKED, heard.text, confidence, heard.at)


def new_case(session: Session, heard: Heard) -> Case:
    """Return a case for the person the words are about."""
    return Case(
        number=session.cases + 1,
        person=heard.meaning.person,
        sex=heard.meaning.sex,
        complaint=heard.text,
    )


def counted(session: Session, case: Case) -> Session:
    """Return the session with `case` open and counted among its cases."""
    return replace(session, case=case, cases=max(session.cases, case.number))


def _status(finding: Finding, heard: Heard) -> Status | None:
    """Return the status a finding is sure enough for, or None: then it is asked about."""
    if heard.confidence < MIN_HEARD:
        return None
    if finding.polarity is Polarity.NO:
        return Status.NO if finding.confidence >= MIN_DENIED else None
    if finding.polarity is Polarity.UNSURE or "long_standing" in finding.scopes:
        return None
    return Status.YES if finding.confidence >= MIN_SPOTTED else None


def _with_values(case: Case, heard: Heard) -> Case:
    values = heard.meaning.values
    return replace(
        case,
        age=values.age if case.age is None else case.age,
        place=values.region if case.place is None else case.place,
        sex=heard.meaning.sex if case.sex is None else case.sex,
    )
