"""Numbers as they are said: the one that is meant, without idioms and what is taken back."""

import functools
from collections.abc import Mapping, Sequence
from typing import Any, Final

from intents.corpus import DEFAULT_LOCALE, load_table
from intents.corrections import Corrections
from intents.figures import Figures
from intents.number_words import Number, NumberWords, number_words
from intents.phrasebook import Mark, PhraseBook, Reading, Words

__all__ = [
    "Number",
    "NumberReader",
    "NumberWords",
    "number_reader",
    "number_words",
    "read_number",
]

_NONE_DONE: Final = 0.8  # "I didn't do any"


class NumberReader:
    """Finds the numbers that are meant as numbers."""

    def __init__(self, table: Mapping[str, Any], grammar: NumberWords) -> None:
        self.grammar = grammar
        """The number words alone."""
        self.corrections = Corrections(table)
        """What tells a number taken back from the one meant."""
        self._figures = Figures(table)
        self._book = PhraseBook(table["phrases"], table["lists"], table["classes"])

    def words(self, text: str) -> Words:
        """Return the words of a text with typed numbers taken apart ("5-6" → "5 to 6")."""
        return self._figures.words(text)

    def found(self, words: Sequence[str]) -> tuple[Number, ...]:
        """Return the numbers from left to right, idioms left out ("forty winks")."""
        found: list[Number] = []
        place = 0
        while place < len(words):
            mark = self._book.at(words, place)
            if mark is not None and mark.label == "zero":
                found.append(Number(0.0, _NONE_DONE, place, mark.end))
            number = self.grammar.at(words, place) if mark is None else None
            if number is None:
                place = place + 1 if mark is None else mark.end
                continue
            mark = self._idiom_across(words, number)
            if mark is None:
                found.append(number)
            place = number.end if mark is None else mark.end
        return tuple(found)

    def _idiom_across(self, words: Sequence[str], number: Number) -> Mark | None:
        """Return an idiom that begins inside a number: "a half marathon"."""
        places = range(number.start + 1, number.end)
        begins = (i for i in places if not self.grammar.is_small(words[i - 1]))
        inside = (self._book.at(words, i) for i in begins)
        return next((mark for mark in inside if mark and mark.end > number.end), None)

    def read(self, text: str) -> Reading[float] | None:
        """Return the first number in a text that is not taken back, or None."""
        words = self.words(text)
        number = self.grammar.only(words.words)
        if number is None:
            found = self.found(words.words)
            if not found:
                return None
            number = found[self.corrections.final(words.words, found)[0]]
        return Reading(number.value, number.confidence, words.span(number.start, number.end))


@functools.cache
def number_reader(locale: str = DEFAULT_LOCALE) -> NumberReader:
    """Return the reader of numbers of a language."""
    return NumberReader(load_table(locale, "numbers"), number_words(locale))


def read_number(text: str, locale: str = DEFAULT_LOCALE) -> Reading[float] | None:
    """Return the number meant in a text, the first of several, or None: "about forty two" → 42.0.

    A range gives its middle ("six or seven" → 6.5), "a few" gives 3 with less confidence, and a
    sound-alike ("for") counts only where nothing else was said. What is taken back is passed over
    ("six no sorry seven" → 7), and idioms have no number ("forty winks").
    """
    return number_reader(locale).read(text)
