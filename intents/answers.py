"""Yes, no or not sure: the literal answer to a closed question, read with care.

A sentence is cut into clauses at "but", "actually" and their like; each clause is read by the
labelled phrases in it (`locale/.../answers.yaml`), and the clauses are joined so that a doubt is
kept: a yes is never read as a no because a later word sounded reassuring.
"""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from intents.corpus import DEFAULT_LOCALE, load_table
from intents.phrasebook import Mark, PhraseBook, Words
from intents.text import is_filler
from intents.understanding import Answer

__all__ = ["AnswerReader", "AnswerReading", "read_answer"]

YES, NO, UNSURE = Answer.YES, Answer.NO, Answer.UNSURE

# Confidence: what was said, from plain to pieced together.
_PLAIN: Final = 0.98
_WITH_WORDS: Final = 0.85  # "no it came on slowly"
_TRAILING: Final = 0.7  # "... no" at the end of a longer clause
_IMPLIED: Final = 0.8  # "all good", "a bit": no yes or no in it
_TAKEN_BACK: Final = 0.65  # "yes wait no"
_CAUTIOUS: Final = 0.6  # the words pull both ways and the safer one was taken

# A phrase that implies an answer counts only in a short clause: "a bit of a cough last year when
# we were away" is no answer. Words of no meaning are not counted.
_MOST_OTHERS: Final = {"fine": 4, "abnormal": 5, "partial": 6, "past": 8, "both": 3, "one": 3}
_FEW_OTHERS: Final = 3
_NEGATION_REACH: Final = 3  # words between "not" and what it denies
_NEGATORS: Final = frozenset({"not", "never", "nothing", "without", "nor"})
_OPPOSITE: Final = {"fine": "abnormal", "abnormal": "fine"}
_SILENT: Final = frozenset({"empty", "filler"})
_BREAKS: Final = frozenset({"correction", "pause", "contrast"})


@dataclass(frozen=True, slots=True)
class AnswerReading:
    """The answer, or None where there is none; `span` counts words of `intents.text.tokens`."""

    answer: Answer | None = None
    confidence: float = 0.0
    span: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class _Clause:
    """The marks between two breaks, the words without a label, and the break before."""

    marks: tuple[Mark, ...]
    opener: str = ""

    @property
    def labels(self) -> frozenset[str]:
        return frozenset(m.label for m in self.marks)

    @property
    def others(self) -> int:
        return sum(m.label == "other" for m in self.marks)

    @property
    def telling(self) -> tuple[Mark, ...]:
        return tuple(m for m in self.marks if m.label not in _SILENT)


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What a clause says: an answer or None, how sure, and whether "yes" or "no" was spoken."""

    answer: Answer | None = None
    confidence: float = 0.0
    spoken: bool = False


_NOTHING: Final = _Verdict()


class AnswerReader:
    """Reads answers in one language."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self._book = PhraseBook(table["labels"], table["lists"], table["classes"])

    def read(self, text: str, yes_means: str | None = None) -> AnswerReading:
        """Return the answer in a text; `yes_means` is that of the question that was asked."""
        words = Words.of(text)
        marks = tuple(self._marks(words.words))
        telling = [m for m in marks if m.label not in _SILENT]
        if not telling or telling[0].label in ("question", "tag"):
            return AnswerReading()
        if {m.label for m in telling} <= {"know", "no"} and telling[0].label == "know":
            return AnswerReading(NO, _CAUTIOUS, words.span(telling[0].start, telling[-1].end))
        clauses = list(_clauses(marks))
        if clauses[-1].opener == "pause" and not clauses[-1].telling:
            return AnswerReading()  # "no wait": more is coming
        verdict = _NOTHING
        for clause in clauses:
            verdict = _join(
                verdict, clause, _read_clause(clause, words.words, yes_means), yes_means
            )
        if verdict.answer is None:
            return AnswerReading()
        span = words.span(telling[0].start, telling[-1].end)
        return AnswerReading(verdict.answer, round(verdict.confidence, 2), span)

    def _marks(self, words: tuple[str, ...]) -> Iterator[Mark]:
        """Return a label for every word: its phrase's, "filler" or "other"."""
        place = 0
        while place < len(words):
            mark = self._book.at(words, place)
            if mark is None:
                label = "filler" if is_filler(words[place]) else "other"
                mark = Mark(label, place, place + 1)
            yield mark
            place = mark.end


def _clauses(marks: tuple[Mark, ...]) -> Iterator[_Clause]:
    """Cut marks into clauses. A break at the very beginning opens the first clause silently."""
    opener = ""
    current: list[Mark] = []
    for mark in marks:
        if mark.label in _BREAKS:
            if any(m.label not in _SILENT for m in current) or opener:
                yield _Clause(tuple(current), opener)
                opener = mark.label
            current = []
        else:
            current.append(mark)
    yield _Clause(tuple(current), opener)


def _read_clause(clause: _Clause, words: tuple[str, ...], yes_means: str | None) -> _Verdict:
    """Return what one clause says."""
    labels = clause.labels
    if "unsure" in labels:
        return _Verdict(UNSURE, 0.9)
    tone = _tone(clause, words)
    polar, sure = _polar(clause)
    if polar is UNSURE:
        return _Verdict(UNSURE, _CAUTIOUS)
    if polar is not None:
        return _spoken(polar, sure, clause, tone, yes_means)
    return _implied(clause, tone, yes_means)


def _polar(clause: _Clause) -> tuple[Answer | None, float]:
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
        return UNSURE, _CAUTIOUS
    answer = said.pop()
    if edges[0] is None:
        reported = "reported" in clause.labels
        return (None, 0.0) if reported else (answer, _TRAILING)
    if clause.others == 0:
        return answer, _PLAIN
    return answer, _WITH_WORDS if clause.others > _FEW_OTHERS else 0.9


def _spoken_polarity(telling: tuple[Mark, ...], place: int) -> Answer | None:
    """Return the polarity of one mark. "i do" is one only where no other word follows."""
    label = telling[place].label
    if label in ("yes", "no"):
        return Answer(label)
    if label in ("aux_yes", "aux_no"):
        following = telling[place + 1].label if place + 1 < len(telling) else ""
        return None if following == "other" else Answer(label.removeprefix("aux_"))
    return None


def _tone(clause: _Clause, words: tuple[str, ...]) -> frozenset[str]:
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


def _spoken(
    answer: Answer, sure: float, clause: _Clause, tone: frozenset[str], yes_means: str | None
) -> _Verdict:
    """Return a spoken yes or no, or UNSURE where the rest of the clause pulls the other way."""
    labels = clause.labels
    doubt = {"partial", "past"} & labels or ("abnormal" in tone)
    if yes_means == "no":
        if answer is YES:
            against = doubt or "cannot" in labels
        else:
            against = "fine" in tone or "can" in labels
    elif answer is YES:
        against = "fine" in tone and yes_means == "yes"
    else:
        against = doubt or "cannot" in labels
        if yes_means is None:
            against = "abnormal" in tone
    if against:
        return _Verdict(UNSURE, _CAUTIOUS, True)
    return _Verdict(answer, sure, True)


def _implied(clause: _Clause, tone: frozenset[str], yes_means: str | None) -> _Verdict:
    """Return what a clause without a yes or no implies: "all good", "a bit", "i couldn't"."""
    labels, others = clause.labels, clause.others
    first = clause.telling[0].label if clause.telling else ""
    if "reported" in labels:
        return _NOTHING
    if "cannot" in labels and first == "cannot":
        # To "is it hard to feel it?", "i can't" is a yes or a no: only the question knows.
        return _Verdict(UNSURE, _CAUTIOUS) if yes_means == "yes" else _Verdict(NO, 0.9)
    if "abnormal" in tone and "fine" in tone:
        return _Verdict(UNSURE, _CAUTIOUS)
    if "past" in labels and others <= _MOST_OTHERS["past"]:
        return _Verdict(NO if yes_means is None else UNSURE, _CAUTIOUS)
    if "abnormal" in tone and others <= _MOST_OTHERS["abnormal"]:
        answer = {"yes": YES, "no": NO}.get(yes_means or "")
        return _Verdict(answer, _IMPLIED) if answer else _NOTHING
    some = "partial" in labels and first in ("partial", "aux_yes", "can")
    if some and others <= _MOST_OTHERS["partial"]:
        return _Verdict(UNSURE if yes_means == "no" else YES, _IMPLIED)
    if "fine" in tone and others <= _MOST_OTHERS["fine"]:
        answer = {"yes": NO, "no": YES}.get(yes_means or "")
        return _Verdict(answer, _IMPLIED) if answer else _NOTHING
    if first == "can" and others <= _FEW_OTHERS:
        return _Verdict(UNSURE, _CAUTIOUS) if yes_means == "yes" else _Verdict(YES, 0.9)
    if first == "both" and others <= _MOST_OTHERS["both"]:
        return _Verdict(YES, _IMPLIED)
    if first == "one" and others <= _MOST_OTHERS["one"]:
        return _Verdict(UNSURE if yes_means == "no" else YES, _IMPLIED)
    if first == "consent" or (first == "agree" and yes_means is None):
        return _Verdict(YES, _IMPLIED) if others <= _FEW_OTHERS else _NOTHING
    return _NOTHING


def _join(old: _Verdict, clause: _Clause, new: _Verdict, yes_means: str | None) -> _Verdict:
    """Return what two clauses say together. A doubt stays; only a correction takes back."""
    if not clause.opener:
        return new
    if new.answer is None:
        if old.answer is None or clause.opener != "contrast" or not clause.others:
            return old
        # "no but it ..." with words that this reader does not know: somebody should ask again.
        risky = NO if yes_means == "yes" else YES
        return _Verdict(UNSURE, _CAUTIOUS, old.spoken) if old.answer is risky else old
    if old.answer is None:
        return _Verdict(new.answer, min(new.confidence, _TRAILING), new.spoken)
    if clause.opener in ("correction", "pause"):
        taken_back = new.answer is not old.answer
        return _Verdict(new.answer, min(new.confidence, _TAKEN_BACK if taken_back else 1.0), True)
    if new.answer is old.answer:
        return old
    flagged = YES if yes_means != "no" else NO
    if old.answer is flagged and old.spoken and not (new.spoken and new.answer is not UNSURE):
        return _Verdict(flagged, _CAUTIOUS, True)  # "yes but not now"
    if new.answer is flagged and old.answer is not flagged:
        return _Verdict(flagged, _CAUTIOUS, True)  # "no but a bit"
    return _Verdict(UNSURE, _CAUTIOUS, True)


@functools.cache
def _reader(locale: str) -> AnswerReader:
    return AnswerReader(load_table(locale, "answers"))


def read_answer(
    text: str, yes_means: str | None = None, locale: str = DEFAULT_LOCALE
) -> AnswerReading:
    """Return the literal answer to a closed question: yes, no, unsure, or None for no answer.

    `yes_means` is the question's: "yes" where a yes means that a sign is present, "no" where it
    means that all is well, None for an offer. It decides what "fine" or "i couldn't" says; the
    answer stays literal. Doubtful answers are UNSURE, with a confidence under 0.7.
    """
    return _reader(locale).read(text, yes_means)
