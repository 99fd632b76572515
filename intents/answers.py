"""Yes, no or not sure: the literal answer to a closed question, read with care.

A sentence is cut into clauses at "but", "actually" and their like (`intents.clauses`); each is read
by the labelled phrases in it (`locale/.../answers.yaml`, `intents.verdicts`), and the clauses are
joined here so that a doubt is kept: a yes is never read as a no because a later word sounded
reassuring.
"""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from intents.clauses import SILENT, Clause, cut
from intents.corpus import DEFAULT_LOCALE, load_table
from intents.phrasebook import Mark, PhraseBook, Words
from intents.text import is_filler
from intents.understanding import Answer
from intents.verdicts import CAUTIOUS, NOTHING, TOLD, Verdict, counterfactual, read_clause

__all__ = ["AnswerReader", "AnswerReading", "read_answer"]

YES, NO, UNSURE = Answer.YES, Answer.NO, Answer.UNSURE

_TRAILING: Final = 0.7  # an answer that follows words of no answer
_TAKEN_BACK: Final = 0.65  # "yes wait no"
_ASKING: Final = frozenset({"question", "tag"})
_BESIDE: Final = frozenset({"kin", "decline"})
_SOFT: Final = frozenset({"and", "then"})


@dataclass(frozen=True, slots=True)
class AnswerReading:
    """The answer, or None where there is none; `span` counts words of `intents.text.tokens`."""

    answer: Answer | None = None
    confidence: float = 0.0
    span: tuple[int, int] = (0, 0)


class AnswerReader:
    """Reads answers in one language."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self._book = PhraseBook(table["labels"], table["lists"], table["classes"])
        self._subjects = frozenset(table["classes"]["subject"])
        self._dropped = frozenset(table["dropped"])
        self._pairs = {tuple(a.split()): tuple(b.split()) for a, b in table["pairs"].items()}

    def read(self, text: str, yes_means: str | None = None) -> AnswerReading:
        """Return the answer in a text; `yes_means` is that of the question that was asked."""
        words = self._kept(Words.of(text))
        marks = tuple(self._marks(words.words))
        telling = [m for m in marks if m.label not in SILENT]
        sad = next((m for m in marks if m.label == "sadly"), None)
        if sad and not telling:
            answer = YES if yes_means == "yes" else UNSURE
            return AnswerReading(answer, CAUTIOUS, words.span(sad.start, sad.end))
        if telling and telling[0].label in _ASKING and _answers_itself(telling):
            telling = telling[-2:]
            marks = tuple(m for m in marks if m.start >= telling[0].start)
        if not telling or telling[0].label in _ASKING:
            return AnswerReading()
        if any(m.label == "misheard" for m in telling):
            return AnswerReading()
        if {m.label for m in telling} <= {"know", "no"} and telling[0].label == "know":
            return AnswerReading(NO, CAUTIOUS, words.span(telling[0].start, telling[-1].end))
        clauses = list(cut(marks, words.words, self._subjects))
        if clauses[-1].opener == "pause" and not clauses[-1].telling:
            return AnswerReading()  # "no wait": more is coming
        verdict = NOTHING
        for place, clause in enumerate(clauses):
            if clause.opener == "if":
                beside = (*clauses[max(0, place - 1) : place], *clauses[place + 1 : place + 2])
                would = any("would" in c.labels for c in beside)
                new = counterfactual(clause, words.words, yes_means) if would else NOTHING
            else:
                new = read_clause(clause, words.words, yes_means)
            verdict = _join(verdict, clause, new, yes_means)
        if verdict.answer is None:
            return AnswerReading()
        span = words.span(telling[0].start, telling[-1].end)
        return AnswerReading(verdict.answer, round(verdict.confidence, 2), span)

    def _kept(self, words: Words) -> Words:
        """Return the words that tell something, with "it's been" as "it has been"."""
        kept = [p for p in zip(words.words, words.origin, strict=True) if p[0] not in self._dropped]
        told = [word for word, _ in kept]
        for place in range(len(told) - 1):
            if pair := self._pairs.get((told[place], told[place + 1])):
                told[place : place + 2] = pair
        return Words(tuple(told), tuple(origin for _, origin in kept))

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


def _answers_itself(telling: list[Mark]) -> bool:
    """Return whether a question ends in a doubled answer: "what me no never"."""
    last = {m.label.removeprefix("aux_") for m in telling[-2:]}
    return len(telling) > 2 and last in ({"yes"}, {"no"})


def _join(old: Verdict, clause: Clause, new: Verdict, yes_means: str | None) -> Verdict:
    """Return what two clauses say together. A doubt stays; only a correction takes back."""
    opener = clause.opener
    if not opener or (old.answer is None and opener in _SOFT):
        return new
    if opener in ("if", "reason") and old.answer is not None:
        return old
    flagged = NO if yes_means == "no" else YES
    if new.answer is None:
        if opener != "contrast" or old.answer is None or _beside_the_point(clause):
            return old
        # "no but it ..." with words that this reader does not know: somebody should ask again.
        return old if old.answer is flagged else Verdict(UNSURE, CAUTIOUS, old.spoken)
    if old.answer is None or (old.faint and new.spoken):
        return Verdict(new.answer, min(new.confidence, _TRAILING), new.spoken)
    if opener in ("correction", "pause"):
        taken_back = new.answer is not old.answer
        return Verdict(new.answer, min(new.confidence, _TAKEN_BACK if taken_back else 1.0), True)
    if new.answer is old.answer:
        return old
    if old.answer is flagged and old.spoken and not (new.spoken and new.answer is not UNSURE):
        return Verdict(flagged, CAUTIOUS, True)  # "yes but not now"
    if opener in _SOFT:
        return _add(old, new)
    if new.answer is flagged and (new.spoken or new.confidence > CAUTIOUS):
        return Verdict(flagged, CAUTIOUS, True)  # "no but a bit"
    return Verdict(UNSURE, CAUTIOUS, True)


def _add(old: Verdict, new: Verdict) -> Verdict:
    """Return what "... and ..." says where its halves differ."""
    if old.spoken and not new.spoken and (new.answer is UNSURE or new.confidence <= TOLD):
        return old  # "no and i'm not sure why you ask", "no and it came on slowly"
    return Verdict(UNSURE, CAUTIOUS, True)


def _beside_the_point(clause: Clause) -> bool:
    """Return whether a clause adds nothing: "no but my sister did", "yes but
    please don't make me hop"."""
    return not clause.others or not clause.labels.isdisjoint(_BESIDE)


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
