"""Ages as they are said: "i'm forty two", "my daughter's four", "in my early sixties"."""

import functools
import re
from collections.abc import Mapping
from typing import Any, Final

from intents.corpus import DEFAULT_LOCALE, load_table
from intents.numbers import Number, NumberWords, number_words
from intents.phrasebook import PhraseBook, Reading, Words

__all__ = ["OLDEST", "YOUNGEST_SPEAKER", "AgeReader", "read_age"]

OLDEST: Final = 120
"""Years; nobody has been older."""

YOUNGEST_SPEAKER: Final = 4
"""Years; "i'm two" or "i'm one" from a speaker is something else."""

_SAID: Final = 0.95  # "forty two years old"
_PLAIN: Final = 0.85  # "i'm forty two"
_NEARLY: Final = 0.75
_DECADE: Final = 0.7
# Years into a decade: "in my sixties" is taken as the middle.
_PART: Final = {"early": 2, "middle": 5, "late": 8}
_FIGURES = re.compile(r"([1-9]0)s")


class AgeReader:
    """Finds the age that somebody is said to be now."""

    def __init__(self, table: Mapping[str, Any], numbers: NumberWords) -> None:
        self._book = PhraseBook(table["labels"], table["lists"])
        self._decades: dict[str, int] = table["decades"]
        self._numbers = numbers

    def read(self, text: str) -> Reading[int] | None:
        """Return the first age in a text, in whole years, or None."""
        words = Words.of(text)
        for number in self._numbers.scan(words.words):
            reading = self._explicit(words, number)
            if reading is not None:
                return reading
        return self._decade(words)

    def _explicit(self, words: Words, number: Number) -> Reading[int] | None:
        before = self._book.before(words.words, number.start)
        after = self._book.after(words.words, number.end)
        if not 0 <= number.value <= OLDEST or before & {"past", "thing"}:
            return None
        span = words.span(number.start, number.end)
        years = int(number.value)
        if after & {"years", "months", "weeks"}:
            end = max(m.end for m in self._book.all_at(words.words, number.end))
            if "thing" in self._book.after(words.words, end):
                return None
            span = words.span(number.start, end)
            if "years" in after:
                return Reading(years - bool(before & {"short", "nearly"}), _SAID, span)
            return Reading(years // 12 if "months" in after else 0, _SAID, span)
        if "bare_months" in after:
            pregnant = "pregnant" in self._book.after(words.words, number.end + 1)
            child = "other" in before and not pregnant
            return Reading(years // 12, _PLAIN, span) if child else None
        if "unit" in after or self._numbers.at(words.words, number.end):
            return None
        if "short" in before:
            return Reading(max(years - 1, 0), _NEARLY, span)
        if "self" in before and years < YOUNGEST_SPEAKER:
            return None
        if before & {"self", "other", "stated"}:
            return Reading(years, _SAID if "stated" in before else _PLAIN, span)
        return None

    def _decade(self, words: Words) -> Reading[int] | None:
        for place, word in enumerate(words.words):
            figures = _FIGURES.fullmatch(word)
            decade = int(figures[1]) if figures else self._decades.get(word)
            if decade is None:
                continue
            labels = self._book.before(words.words, place)
            part = next((p for p in _PART if p in labels), None)
            start = place - (part is not None)
            if "decade" in self._book.before(words.words, start):
                years = decade + _PART[part or "middle"]
                return Reading(years, _DECADE, words.span(start, place + 1))
        return None


@functools.cache
def _reader(locale: str) -> AgeReader:
    return AgeReader(load_table(locale, "ages"), number_words(locale))


def read_age(text: str, locale: str = DEFAULT_LOCALE) -> Reading[int] | None:
    """Return the age that a text states in so many words, in whole years, or None.

    A bare number is no age ("forty two"), nor is an age of long ago ("when i was twenty").
    "Nearly seventy" gives 69, "in my sixties" gives 65.
    """
    return _reader(locale).read(text)
