"""Yes, no or not sure: the literal answer to a closed question, read with care.

A sentence is cut into clauses at "but", "actually" and their like; each clause is read by the
labelled phrases in it (`locale/.../answers.yaml`), and the clauses are joined so that a doubt is
kept: a yes is never read as a no because a later word sounded reassuring.
"""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from intents.clauses import FEW_OTHERS, SILENT, Clause, cut, spoken_answer, tone_of
from intents.corpus import DEFAULT_LOCALE, load_table
from intents.phrasebook import Mark, PhraseBook, Words
from intents.text import is_filler
from intents.understanding import Answer

__all__ = ["AnswerReader", "AnswerReading", "read_answer"]

YES, NO, UNSURE = Answer.YES, Answer.NO, Answer.UNSURE

# Confidence: what was said, from plain to pieced together.
_TRAILING: Final = 0.7  # "... no" at the end of a longer clause
_IMPLIED: Final = 0.8  # "all good", "a bit": no yes or no in it
_TAKEN_BACK: Final = 0.65  # "yes wait no"
_CAUTIOUS: Final = 0.6  # the words pull both ways and the safer one was taken

# A phrase that implies an answer counts only in a short clause: "a bit of a cough last year when
# we were away" is no answer. Words of no meaning are not counted.
_MOST_OTHERS: Final = {
    "unsure": 6,
    "fine": 4,
    "abnormal": 5,
    "partial": 6,
    "past": 8,
    "both": 3,
    "one": 3,
}
_GONE: Final = frozenset({"past", "not_now"})


@dataclass(frozen=True, slots=True)
class AnswerReading:
    """The answer, or None where there is none; `span` counts words of `intents.text.tokens`."""

    answer: Answer | None = None
    confidence: float = 0.0
    span: tuple[int, int] = (0, 0)


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
        telling = [m for m in marks if m.label not in SILENT]
        if not telling or telling[0].label in ("question", "tag"):
            return AnswerReading()
        if any(m.label == "misheard" for m in telling):
            return AnswerReading()
        if {m.label for m in telling} <= {"know", "no"} and telling[0].label == "know":
            return AnswerReading(NO, _CAUTIOUS, words.span(telling[0].start, telling[-1].end))
        clauses = list(cut(marks))
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


def _read_clause(clause: Clause, words: tuple[str, ...], yes_means: str | None) -> _Verdict:
    """Return what one clause says."""
    labels = clause.labels
    if "unsure" in labels:
        first = clause.telling[0].label == "unsure"
        return (
            _Verdict(UNSURE, 0.9) if first or clause.others <= _MOST_OTHERS["unsure"] else _NOTHING
        )
    tone = tone_of(clause, words)
    polar, sure = spoken_answer(clause)
    if polar is UNSURE:
        return _Verdict(UNSURE, _CAUTIOUS)
    if polar is not None:
        return _spoken(polar, sure, clause, tone, yes_means)
    return _implied(clause, tone, yes_means)


def _spoken(
    answer: Answer, sure: float, clause: Clause, tone: frozenset[str], yes_means: str | None
) -> _Verdict:
    """Return a spoken yes or no, or UNSURE where the rest of the clause pulls the other way."""
    labels = clause.labels
    doubt = {"partial", *_GONE} & labels or ("abnormal" in tone)
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


def _implied(clause: Clause, tone: frozenset[str], yes_means: str | None) -> _Verdict:
    """Return what a clause without a yes or no implies: "all good", "a bit", "i couldn't"."""
    labels, others = clause.labels, clause.others
    first, second, *_ = (*(m.label for m in clause.telling), "", "")
    if "reported" in labels:
        return _NOTHING
    if "cannot" in labels and first == "cannot":
        # To "is it hard to feel it?", "i can't" is a yes or a no: only the question knows.
        if yes_means == "yes":
            return _Verdict(UNSURE, _CAUTIOUS)
        return _Verdict(NO, 0.9) if yes_means == "no" or not others else _NOTHING
    if "abnormal" in tone and "fine" in tone:
        return _Verdict(UNSURE, _CAUTIOUS)
    if "not_now" in labels and yes_means is None:
        return _Verdict(NO, _IMPLIED) if not others else _NOTHING
    if yes_means is not None and _GONE & labels and others <= _MOST_OTHERS["past"]:
        return _Verdict(UNSURE, _CAUTIOUS)
    if "abnormal" in tone and others <= _MOST_OTHERS["abnormal"]:
        answer = {"yes": YES, "no": NO}.get(yes_means or "")
        return _Verdict(answer, _IMPLIED) if answer else _NOTHING
    some = first == "partial" or (first in ("aux_yes", "can") and second == "partial")
    if some and others <= _MOST_OTHERS["partial"]:
        return _Verdict(UNSURE if yes_means == "no" else YES, _IMPLIED)
    if "fine" in tone and others <= _MOST_OTHERS["fine"]:
        answer = {"yes": NO, "no": YES}.get(yes_means or "")
        return _Verdict(answer, _IMPLIED) if answer else _NOTHING
    if first == "can" and others <= FEW_OTHERS:
        return _Verdict(UNSURE, _CAUTIOUS) if yes_means == "yes" else _Verdict(YES, 0.9)
    if first == "both" and others <= _MOST_OTHERS["both"]:
        return _Verdict(YES, _IMPLIED)
    if first == "one" and others <= _MOST_OTHERS["one"]:
        return _Verdict(UNSURE if yes_means == "no" else YES, _IMPLIED)
    if first == "consent" or (first == "agree" and yes_means is None):
        return _Verdict(YES, _IMPLIED) if others <= FEW_OTHERS else _NOTHING
    return _NOTHING


def _join(old: _Verdict, clause: Clause, new: _Verdict, yes_means: str | None) -> _Verdict:
    """Return what two clauses say together. A doubt stays; only a correction takes back."""
    if not clause.opener:
        return new
    if new.answer is None:
        if old.answer is None or clause.opener != "contrast" or not clause.others:
            return old
        # "no but it ..." with words that this reader does not know: somebody should ask again.
        risky = YES if yes_means == "no" else NO
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
