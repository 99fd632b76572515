"""The clauses of an answer: what separates them, what is said in each, and in which tone."""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import Final

from intents.phrasebook import Mark
from intents.understanding import Answer

__all__ = [
    "AUXILIARIES",
    "FEW_OTHERS",
    "SILENT",
    "UNTOLD",
    "Clause",
    "cut",
    "denied",
    "says_none",
    "spoken_answer",
    "tone_of",
]

SILENT: Final = frozenset({"empty", "filler", "compare", "sadly", "turn"})
"""Labels of words that say nothing."""

UNTOLD: Final = frozenset(
    {
        "other",
        "adverb",
        "would",
        "hurdle",
        "bare_not",
        "not_that",
        "likened",
        "ref",
        "faculty",
        "decline",
        "kin",
        "part",
        "hurts",
        "ails",
    }
)
"""Labels of words that are no answer by themselves and count as words without a label."""

AUXILIARIES: Final = {"aux_yes": Answer.YES, "aux_be": Answer.YES, "aux_no": Answer.NO}
"""Labels of "i do" and its like, and what they answer where nothing follows."""

FEW_OTHERS: Final = 3
"""Words without a label that may stand beside an answer before it counts as a long one."""

# Confidence that a yes or no in a clause is the answer.
_ALONE: Final = 0.98
_WITH_A_FEW: Final = 0.9
_WITH_MANY: Final = 0.85  # "no it came on slowly over a week"
_TRAILING: Final = 0.7  # "... no" at the end of a clause
_TORN: Final = 0.6  # a yes and a no
_TAKEN_BACK: Final = 0.65  # "no well yes"

_BREAKS: Final = frozenset({"correction", "pause", "contrast", "and", "reason", "if", "counter"})
_CONDITIONS: Final = frozenset({"if", "counter"})
_COMPARING: Final = frozenset({"compare", "likened", "question"})  # "the same as it was"
_NEGATION_REACH: Final = 5  # words between "not" and what it denies
_NEGATORS: Final = frozenset({"not", "never", "nothing", "without", "nor", "none", "neither"})
_STATEMENT: Final = 4  # words from which a "no" may be half of one: "i do not think it is"
_STATED: Final = frozenset({"fine", "abnormal", "eased"})
_DEGREES: Final = frozenset({"partial", "plenty"})  # "it was a bit numb"
# A "not" within these is spent: "not properly, i had to push" denies no pushing.
_SPENT: Final = SILENT | {"fine", "abnormal"}
_NOUN: Final = 2  # words in a noun that "no" can stand before
_OPPOSITE: Final = {"fine": "abnormal", "abnormal": "fine"}
_TONES: Final = {"fine": "fine", "i_am_fine": "fine", "abnormal": "abnormal"}
# "i do" before one of these is half of a statement, which is read by its other half.
_COMPLEMENTS: Final = frozenset(
    {
        "unsure",
        "almost",
        "fine",
        "abnormal",
        "sign",
        "did",
        "can",
        "cannot",
        "any",
        "eased",
        "posture",
        *UNTOLD,
    }
)


@dataclass(frozen=True, slots=True)
class Clause:
    """The marks between two breaks, the words without a label, and the break before."""

    marks: tuple[Mark, ...]
    opener: str = ""

    @property
    def labels(self) -> frozenset[str]:
        """The labels in the clause."""
        return frozenset(m.label for m in self.marks)

    @property
    def others(self) -> int:
        """How many words have no label, or only that of a place or a time."""
        return sum(m.label in UNTOLD for m in self.marks)

    @property
    def telling(self) -> tuple[Mark, ...]:
        """The marks that say something."""
        return tuple(m for m in self.marks if m.label not in SILENT)

    @property
    def close(self) -> frozenset[str]:
        """The labels up to the first word without one: what stands next to the first words."""
        found = set()
        for mark in self.marks:
            if mark.label in UNTOLD:
                break
            found.add(mark.label)
        return frozenset(found)


def cut(
    marks: tuple[Mark, ...], words: tuple[str, ...], subjects: Container[str]
) -> Iterator[Clause]:
    """Cut marks into clauses. A break at the very beginning opens the first clause silently.

    A condition is a clause of its own, opened by "if" and with that mark in it. It ends where its
    second subject begins ("if i lean forward | it eases"), or at a yes or no; "then" opens what
    follows.
    """
    opener = ""
    current: list[Mark] = []
    found = 0
    for mark in marks:
        if mark.label in _BREAKS:
            conditional = mark.label in _CONDITIONS
            told = opener or any(m.label not in SILENT for m in current)
            if told:
                yield Clause(tuple(current), opener)
            if told or conditional:
                opener = "if" if conditional else mark.label
            current = [mark] if conditional else []
            found = int(mark.end - mark.start > 1)
            continue
        if opener == "if":
            starts = words[mark.start] in subjects
            if mark.label in ("yes", "no") or (starts and found):
                yield Clause(tuple(current), opener)
                opener, current = "then", []
            found += starts
        current.append(mark)
    yield Clause(tuple(current), opener)


def spoken_answer(clause: Clause) -> tuple[Answer | None, float]:
    """Return the yes or no that is spoken in a clause, and how sure it is one.

    It must open or close the clause: "i said to my friend no way we can go" holds none. A yes and
    a no together are UNSURE.
    """
    telling = clause.telling
    spoken = [_spoken_polarity(clause, telling, i) for i in range(len(telling))]
    if "pretend" in clause.labels:
        return _undenied(telling, spoken)
    if not any(spoken):
        return None, 0.0
    if telling[0].label in ("yes", "no"):
        spoken = _answers_only(clause, telling, spoken)
    last = -2 if telling[-1].label in ("tag", "adverb") and len(spoken) > 1 else -1
    edges = {spoken[0], spoken[last]}
    edges.update(p for p, m in zip(spoken, telling, strict=True) if m.label in AUXILIARIES)
    said = edges - {None}
    if not said:
        return None, 0.0
    if len(set(spoken) - {None}) > 1:
        turned = _turned(clause, spoken)
        return (turned, _TAKEN_BACK) if turned else (Answer.UNSURE, _TORN)
    answer = said.pop()
    if spoken[0] is None:
        return answer, _TRAILING
    if set(spoken) == {answer}:
        return answer, _ALONE
    return answer, _WITH_MANY if clause.others > FEW_OTHERS else _WITH_A_FEW


def _answers_only(
    clause: Clause, telling: tuple[Mark, ...], spoken: list[Answer | None]
) -> list[Answer | None]:
    """Return the answers without an opposite "i have" that a tale follows: "no i've always ..."."""
    untold = max((m.start for m in clause.marks if m.label in UNTOLD), default=-1)
    return [
        None if m.label in AUXILIARIES and p is not spoken[0] and m.start < untold else p
        for p, m in zip(spoken, telling, strict=True)
    ]


def _turned(clause: Clause, spoken: list[Answer | None]) -> Answer | None:
    """Return the last answer where a "well" takes back the one before: "no well yes"."""
    last = max(i for i, p in enumerate(spoken) if p)
    before = clause.marks.index(clause.telling[last]) - 1
    turns = before > 0 and clause.marks[before].label == "turn"
    return spoken[last] if turns else None


def _undenied(
    telling: tuple[Mark, ...], spoken: list[Answer | None]
) -> tuple[Answer | None, float]:
    """Return the answer after words that deny a saying: "i can't pretend i haven't" is a yes."""
    place = next(i for i, m in enumerate(telling) if m.label == "pretend")
    first = next((p for p in spoken[place + 1 :] if p), None)
    if first is None:
        return next((p for p in spoken[:place] if p), None), _TRAILING
    return (Answer.NO if first is Answer.YES else Answer.YES), _TRAILING


def _spoken_polarity(clause: Clause, telling: tuple[Mark, ...], place: int) -> Answer | None:
    """Return the polarity of one mark. "i do" is one only where no statement follows or compares.

    "It is in my foot" answers and "i was at work" tells something else, so a place or a time may
    follow some verbs only.
    """
    label = telling[place].label
    after = [m.label for m in telling[place + 1 :]]
    following = after[0] if after else ""
    if label in ("yes", "no"):
        stated = telling[place].end - telling[place].start >= _STATEMENT
        return None if stated and following in _STATED else Answer(label)
    if label not in AUXILIARIES:
        return None
    before = clause.marks.index(telling[place]) - 1
    if before >= 0 and clause.marks[before].label in _COMPARING:
        return None
    if following == "adverb":
        return None if label == "aux_be" else AUXILIARIES[label]
    if following in _COMPLEMENTS or (following in _DEGREES and _STATED.intersection(after[1:2])):
        return None
    return AUXILIARIES[label]


def tone_of(clause: Clause, words: tuple[str, ...]) -> frozenset[str]:
    """Return "fine" and "abnormal" as the clause means them, negation counted."""
    found = set()
    for mark in clause.marks:
        tone = _TONES.get(mark.label)
        if tone is None:
            continue
        turned = denied(clause, mark, words)
        noun = _short(mark) and words[mark.start] not in _NEGATORS
        if tone == "abnormal" and words[mark.start - 1 : mark.start] == ("no",) and noun:
            turned = True  # "no numbness"; but "no, fine" denies nothing
        found.add(_OPPOSITE[tone] if turned else tone)
    return frozenset(found)


def _short(mark: Mark) -> bool:
    """Return whether a mark can be a noun after "no": "numbness", but not "i had to push"."""
    return mark.end - mark.start <= _NOUN


def says_none(clause: Clause, words: tuple[str, ...]) -> bool:
    """Return whether "fine" is said by what there is not: "nothing odd", "no trouble"."""
    return any(m.label == "fine" and words[m.start] in _NEGATORS | {"no"} for m in clause.marks)


def denied(
    clause: Clause, mark: Mark, words: tuple[str, ...], reach: int = _NEGATION_REACH
) -> bool:
    """Return whether a "not" or "never" of the clause is among the `reach` words before a mark."""
    begin = mark.start - reach
    return any(
        m.label not in _SPENT
        and (m.label != "no" or m.end - m.start >= _STATEMENT)
        and not _NEGATORS.isdisjoint(words[max(m.start, begin) : m.end])
        for m in clause.marks
        if begin < m.end <= mark.start
    )
