"""Maps what was heard to the open red-flag question: present, absent, unsure or unclear."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from intents.understanding import Answer, Finding, Polarity
from skill.dialog.tools import Heard

MIN_HEARD: Final = 0.5
"""Recogniser confidence below which an answer to a red-flag question counts as unanswered (2.3)."""

MIN_ANSWER: Final = 0.5
"""Confidence of the answer reader below which its reading counts as unclear."""

SPOKEN: Final = 0.85
"""Confidence of the answer reader from which a yes was said and not only implied ("it is weak")."""

OLD_DAYS: Final = 180
"""A sign said to have lasted this many days or more is asked about once: is it new or worse?"""


class Verdict(StrEnum):
    """What an answer says about the flag, after the question's `yes_means` is applied."""

    PRESENT = "present"
    ABSENT = "absent"
    UNSURE = "unsure"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class FlagAnswer:
    """The verdict, whether the words contradict themselves, and whether the sign is old."""

    verdict: Verdict
    contradiction: bool = False
    old: bool = False


def read_flag_answer(heard: Heard, flag: str, yes_means: str) -> FlagAnswer:
    """Return what `heard` says about `flag`, asked with `yes_means`.

    A spotted yes wins over a literal no (contradiction, clinical.md 2.3); a literal yes beside a
    spotted no is unclear. Low confidence of the recogniser is unclear whatever was heard.
    """
    if heard.confidence < MIN_HEARD:
        return FlagAnswer(Verdict.UNCLEAR)
    literal = _literal(heard, flag, yes_means)
    own = next((f for f in heard.meaning.symptoms if f.flag == flag), None)
    old = _is_old(heard, own)
    if own is None:
        return FlagAnswer(literal, old=old)
    if own.polarity is Polarity.YES:
        return FlagAnswer(Verdict.PRESENT, contradiction=literal is Verdict.ABSENT, old=old)
    if own.polarity is Polarity.NO:
        agrees = literal in (Verdict.ABSENT, Verdict.UNCLEAR)
        return FlagAnswer(Verdict.ABSENT if agrees else Verdict.UNCLEAR)
    if literal is Verdict.PRESENT:
        return FlagAnswer(Verdict.PRESENT, old=old)
    return FlagAnswer(Verdict.UNSURE)


def _literal(heard: Heard, flag: str, yes_means: str) -> Verdict:
    answer, confidence = heard.answer, heard.meaning.values.answer_confidence
    if answer is None or confidence < MIN_ANSWER:
        return Verdict.UNCLEAR
    if answer is Answer.UNSURE:
        return Verdict.UNSURE
    if answer.value != yes_means:
        return Verdict.ABSENT
    # "My arm has gone weak" implies a yes, but to another question than the open one.
    elsewhere = any(f.flag != flag and f.polarity is Polarity.YES for f in heard.meaning.symptoms)
    return Verdict.UNCLEAR if elsewhere and confidence < SPOKEN else Verdict.PRESENT


def _is_old(heard: Heard, own: Finding | None) -> bool:
    days = heard.meaning.values.duration
    scopes = own.scopes if own is not None else ()
    return "long_standing" in scopes or (days is not None and days >= OLD_DAYS)
