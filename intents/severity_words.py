"""Words that tell how bad a pain is: "mild", "through the roof", "hardly notice it"."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from intents.phrasebook import Mark, PhraseBook
from intents.text import is_filler

__all__ = ["Severity", "SeverityWords"]

_WHOLE: Final = 0.8
_WORD: Final = 0.7
_DENIED: Final = 0.5
_REACH: Final = 9
"""Words before a describing word in which its subject is looked for."""


@dataclass(frozen=True, slots=True)
class Severity:
    """How bad it is said to be, and where (end excluded); `number` where a number says so."""

    value: float
    confidence: float
    start: int
    end: int
    number: bool = False


class SeverityWords:
    """Finds the words that tell how bad it is, where they are about a pain."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        lists, classes = table["lists"], table["classes"]
        phrases = {str(label): forms for label, forms in table["phrases"].items()}
        self._book = PhraseBook(phrases, lists, classes, shared=True)
        whole = {str(label): forms for label, forms in table["whole"].items()}
        self._alone = PhraseBook(whole, lists, classes)
        self._denials = PhraseBook({"denial": table["denials"]})
        self._subjects = PhraseBook({"pain": table["subjects"]}, lists, classes)
        self._questions = PhraseBook(
            {"asks": table["questions"], "says": table["not_questions"]}, lists, classes
        )
        self._answers = PhraseBook({"answer": table["answers"]}, lists, classes)
        self._revising = frozenset(tuple(str(phrase).split()) for phrase in table["revising"])
        self._denied = float(table["denied"])
        self._words = {
            name: frozenset(table[name])
            for name in "leads tails follows describes copulas pronouns clauses".split(" ")
        }

    def whole(self, words: Sequence[str]) -> Severity | None:
        """Return the value of words that are all that was said, but for small talk around them.

        None for "no thanks", which tells nothing.
        """
        count = len(words)
        for start in range(count):
            for mark in reversed(self._alone.all_at(words, start)):
                if all(is_filler(w) or w in self._words["tails"] for w in words[mark.end :]):
                    if mark.label == "else":
                        return None
                    return Severity(float(mark.label), _WHOLE, start, mark.end)
            if not (is_filler(words[start]) or words[start] in self._words["leads"]):
                break
        return None

    def asks(self, words: Sequence[str]) -> bool:
        """Return whether the words begin as a question."""
        mark = self._questions.at(words, 0)
        return mark is not None and mark.label == "asks"

    def covered(self, words: Sequence[str]) -> set[int]:
        """Return the places of all words that tell how bad it is."""
        marks = (mark for mark in self._book.scan(words) if mark.label != "else")
        return {i for mark in marks for i in range(mark.start, mark.end)}

    def answers(self, words: Sequence[str], found: Sequence[Severity]) -> list[Severity]:
        """Return the values that follow a question: "is ten the worst then it's a six"."""
        mark = next(iter(self._answers.scan(words)), None)
        return [] if mark is None else [one for one in found if one.start >= mark.end]

    def revises(self, gap: Sequence[str]) -> bool:
        """Return whether words between two values say that the second is meant instead."""
        return tuple(word for word in gap if not is_filler(word)) in self._revising

    def denies(self, words: Sequence[str], place: int) -> bool:
        """Return whether a denial begins at a place: "not terrible"."""
        return self._denials.at(words, place) is not None

    def is_else(self, words: Sequence[str], start: int, end: int) -> bool:
        """Return whether a value begins, or is followed by, words that make it something else."""
        marks = (mark for i in (start, end) for mark in self._book.all_at(words, i))
        return any(mark.label == "else" for mark in marks)

    def found(self, words: Sequence[str], numbers: Iterable[Severity]) -> list[Severity]:
        """Return the values said in words, outside the places of the numbers."""
        numbers = tuple(numbers)
        taken = {i for number in numbers for i in range(number.start, number.end)}
        starts = {number.start for number in numbers}
        found = []
        ends = {number.end for number in numbers}
        for mark in self._book.scan(words):
            ends.add(mark.end)
            if mark.label == "else" or not taken.isdisjoint(range(mark.start, mark.end)):
                continue
            if not self._is_of_pain(words, mark, starts, ends):
                continue
            value, sure = float(mark.label), _WORD
            if self._denials.before(words, mark.start):
                if value <= self._denied:
                    continue
                value, sure = self._denied, _DENIED
            found.append(Severity(value, sure, mark.start, mark.end))
        return found

    def _is_of_pain(
        self, words: Sequence[str], mark: Mark, starts: Container[int], ends: Container[int]
    ) -> bool:
        """Return whether a describing word is said of a pain, not of the weather.

        `starts` are those of the numbers ("awful nine"), `ends` those of the numbers and of the
        describing words so far ("was moderate is severe now").
        """
        after = words[mark.end : mark.end + 1] if mark.end not in starts else ()
        if after and not (after[0] in self._words["follows"] or self._describes(after[0])):
            return False
        first = max(0, mark.start - _REACH)
        left = list(words[first : mark.start])
        for place in range(len(left) - 1, -1, -1):
            if left[place] in self._words["clauses"]:
                left = left[place + 1 :]
                break
        copulas = [i for i, word in enumerate(left) if word in self._words["copulas"]]
        if not copulas:
            return True
        subject = left[: copulas[-1]]
        if (
            not subject
            or mark.start - len(left) + len(subject) in ends
            or subject[-1] in self._words["pronouns"]
            or self._subjects.labels_in(subject)
        ):
            return True
        return all(is_filler(w) or w in self._words["leads"] for w in subject)

    def _describes(self, word: str) -> bool:
        return word in self._words["describes"]
