"""The clauses of an answer: what separates them, what is said in each, and in which tone."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from intents.phrasebook import Mark
from intents.understanding import Answer

__all__ = ["FEW_OTHERS", "SILENT", "Clause", "cut", "spoken_answer", "tone_of"]

SILENT: Final = frozenset({"empty", "filler"})
"""Labels of words that say nothing."""

FEW_OTHERS: Final = 3
"""Words without a label that may stand beside an answer before it counts as a long one."""

# Confidence that a yes or no in a clause is the answer.
_ALONE: Final = 0.98
_WITH_A_FEW: Final = 0.9
_WITH_MANY: Final = 0.85  # "no it came on slowly over a week"
_TRAILING: Final = 0.7  # "... no" at the end of a clause
_TORN: Final = 0.6  # a yes and a no

_BREAKS: Final = frozenset({"correction", "pause", "contrast"})
_NEGATION_REACH: Final = 3  # words between "not" and what it denies
_NEGATORS: Final = frozenset({"not", "never", "nothing", "without", "nor"})
_OPPOSITE: Final = {"fine": "abnormal", "abnormal": "fine"}


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
        """How many words have no label."""
        return sum(m.label == "other" for m in self.marks)

    @property
    def telling(self) -> tuple[Mark, ...]:
        """The marks that say something."""
        return tuple(m for m in self.marks if m.label not in SILENT)


def cut(marks: tuple[Mark, ...]) -> Iterator[Clause]:
    """Cut marks into clauses. A break at the very beginning opens the first clause silently."""
    opener = ""
    current: list[Mark] = []
    for mark in marks:
        if mark.label in _BREAKS:
            if any(m.label not in SILENT for m in current) or opener:
                yield Clause(tuple(current), opener)
                opener = mark.label
            current = []
        else:
            current.append(mark)
    yield Clause(tuple(current), opener)


def spoken_answer(clause: Clause) -> tuple[Answer | None, float]:
    """Return the yes or no that is spoken in a clause, and how sure it is one.

    It must open or close the clause: "i said to my friend no way we can go" holds none. A yes and
    a no together are UNSURE.
    """
    telling = clause.telling
    spoken = [_spoken_polarity(telling, i) for i in range(len(telling))]
    edges = [spoken[0], spoken[-1]] if spoken else []
    if spoken and telling[-1].label == "tag" and len(spoken) > 1:
        edges[1] = spoken[-2]
    said = {p for p in edges if p is not None}
    if not said:
        return None, 0.0
    if len({p for p in spoken if p is not None}) > 1:
        return Answer.UNSURE, _TORN
    answer = said.pop()
    if edges[0] is None:
        reported = "reported" in clause.labels
        return (None, 0.0) if reported else (answer, _TRAILING)
    if set(spoken) == {answer}:
        return answer, _ALONE
    return answer, _WITH_MANY if clause.others > FEW_OTHERS else _WITH_A_FEW


def _spoken_polarity(telling: tuple[Mark, ...], place: int) -> Answer | None:
    """Return the polarity of one mark. "i do" is one only where no other word follows."""
    label = telling[place].label
    if label in ("yes", "no"):
        return Answer(label)
    if label in ("aux_yes", "aux_no"):
        following = telling[place + 1].label if place + 1 < len(telling) else ""
        return None if following == "other" else Answer(label.removeprefix("aux_"))
    return None


def tone_of(clause: Clause, words: tuple[str, ...]) -> frozenset[str]:
    """Return "fine" and "abnormal" as the clause means them, negation counted."""
    found = set()
    for mark in clause.marks:
        if mark.label not in ("fine", "abnormal"):
            continue
        begin = clause.marks[0].start
        reach = words[max(begin, mark.start - _NEGATION_REACH) : mark.start]
        denied = bool(_NEGATORS & set(reach))
        if mark.label == "abnormal" and reach[-1:] == ("no",):
            denied = True  # "no numbness"; but "no, fine" denies nothing
        found.add(_OPPOSITE[mark.label] if denied else mark.label)
    return frozenset(found)
