"""Numbers as they are said: "forty two", "a couple", "four and a half", "six or seven"."""

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from intents.corpus import DEFAULT_LOCALE, load_table
from intents.phrasebook import Reading
from intents.text import is_filler, tokens

__all__ = ["Number", "NumberWords", "number_words", "read_number"]

# How far each way of saying a number can be trusted to be the one that was meant.
_EXACT: Final = 0.95
_SPELLED: Final = 0.6  # "nine one one", read digit by digit
_RANGE: Final = 0.7
_ABOUT: Final = 0.6  # "a few"
_PRONOUN: Final = 0.6  # "one" among other words
_SOUND_ALIKE: Final = 0.5

_FIGURES = re.compile(r"[0-9]{1,15}(\.[0-9]{1,6})?")


@dataclass(frozen=True, slots=True)
class Number:
    """A number found among words: its value, how far to trust it, its place (end excluded)."""

    value: float
    confidence: float
    start: int
    end: int


class NumberWords:
    """The number words of a language, and the grammar that joins them."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self._units: dict[str, int] = table["units"]
        self._teens: dict[str, int] = table["teens"]
        self._tens: dict[str, int] = table["tens"]
        self._scales: dict[str, int] = table["scales"]
        self._fractions: dict[str, float] = table["fractions"]
        self._quantities: dict[str, int] = table["quantities"]
        self._counts: dict[str, int] = table["counts"]
        self._nothing = frozenset(table["nothing"])
        self._point = frozenset(table["point"])
        self._joining = frozenset(table["joining"])
        self._articles = frozenset(table["articles"])
        self._between = frozenset(table["between"])
        self._sound_alikes: dict[str, int] = table["sound_alikes"]
        self._one_follows = frozenset(table["one_follows"])
        self._one_precedes = frozenset(table["one_precedes"])

    def at(self, words: Sequence[str], start: int) -> Number | None:
        """Return the number that begins at one place, ranges included, if any."""
        first = self._single(words, start) if start < len(words) else None
        if first is None:
            return None
        second = self._range_end(words, first)
        if second is None:
            return first
        middle = (first.value + second.value) / 2
        return Number(middle, min(_RANGE, first.confidence), start, second.end)

    def scan(self, words: Sequence[str]) -> tuple[Number, ...]:
        """Return the numbers found from left to right."""
        found: list[Number] = []
        place = 0
        while place < len(words):
            number = self.at(words, place)
            if number is None:
                place += 1
            else:
                found.append(number)
                place = number.end
        return tuple(found)

    def only(self, words: Sequence[str]) -> Number | None:
        """Return the number that all the words together are, sound-alikes included, if any."""
        kept = [i for i, word in enumerate(words) if not is_filler(word)]
        if not kept:
            return None
        start, end = kept[0], kept[-1] + 1
        text = " ".join(words[i] for i in kept)
        if text in self._nothing:
            return Number(0.0, _RANGE, start, end)
        if text in self._sound_alikes:
            return Number(float(self._sound_alikes[text]), _SOUND_ALIKE, start, end)
        number = self.at(words, start)
        return number if number is not None and number.end == end else None

    def _single(self, words: Sequence[str], start: int) -> Number | None:
        spelled = self._digits_spelled(words, start)
        if spelled is not None:
            return spelled
        pair = " ".join(words[start : start + 2])
        if " " in pair and pair in self._fractions:
            return Number(self._fractions[pair], _EXACT, start, start + 2)
        whole = self._whole(words, start)
        if whole is None:
            return self._quantity(words, start)
        value, end = whole
        if words[start] == "one" and end == start + 1 and self._is_pronoun(words, start):
            return None
        confidence = _EXACT
        if words[start] == "one" and end == start + 1 and len(words) > end:
            confidence = _PRONOUN
        if end < len(words) and words[end] in self._point:
            decimals, after = self._decimals(words, end + 1)
            if decimals:
                return Number(float(f"{value:.0f}.{decimals}"), confidence, start, after)
        fraction = self._fraction(words, end)
        if fraction is not None:
            return Number(value + fraction[0], _EXACT, start, fraction[1])
        return Number(value, confidence, start, end)

    def _whole(self, words: Sequence[str], start: int) -> tuple[float, int] | None:
        """Return a whole number (or one in figures) and where it ends."""
        word = words[start]
        if word[0].isdecimal():
            value = _figures(word)
            return None if value is None else (value, start + 1)
        total, group, place, seen = 0, 0, start, False
        after = words[start + 1] if start + 1 < len(words) else ""
        if word in self._articles and after in self._scales:
            group, place, seen = 1, start + 1, True
        last = ""
        while place < len(words):
            word = words[place]
            if word in self._joining and last == "scale" and self._is_small(words, place + 1):
                place += 1
                continue
            if word in self._tens and last in ("", "scale"):
                group, last = group + self._tens[word], "tens"
            elif word in self._teens and last in ("", "scale"):
                group, last = group + self._teens[word], "teens"
            elif word in self._units and last in ("", "scale", "tens"):
                group, last = group + self._units[word], "units"
            elif word in self._scales:
                scale = self._scales[word]
                if scale == 100:
                    group = max(group, 1) * 100
                else:
                    total, group = total + max(group, 1) * scale, 0
                last = "scale"
            else:
                break
            place, seen = place + 1, True
        return (float(total + group), place) if seen and place > start else None

    def _is_small(self, words: Sequence[str], place: int) -> bool:
        """Return whether a number under one hundred begins at a place."""
        return place < len(words) and (
            words[place] in self._tens or words[place] in self._teens or words[place] in self._units
        )

    def _quantity(self, words: Sequence[str], start: int) -> Number | None:
        place = start + (words[start] in self._articles)
        if place >= len(words):
            return None
        word = words[place]
        if word in self._counts and place == start:
            return Number(float(self._counts[word]), _EXACT, start, place + 1)
        if word in self._quantities:
            exact = word not in ("few", "several", "score")
            value = self._quantities[word]
            return Number(float(value), _EXACT if exact else _ABOUT, start, place + 1)
        if word in self._point:
            decimals, after = self._decimals(words, place + 1)
            return Number(float(f"0.{decimals}"), _EXACT, start, after) if decimals else None
        fraction = self._fractions.get(word)
        if fraction is None or word == "third":
            return None
        after = place + 1
        dozen = words[after : after + 2]
        if len(dozen) == 2 and dozen[0] in self._articles and dozen[1] in self._quantities:
            return Number(fraction * self._quantities[dozen[1]], _EXACT, start, after + 2)
        return Number(fraction, _EXACT, start, after)

    def _fraction(self, words: Sequence[str], place: int) -> tuple[float, int] | None:
        """Return "and a half" and where it ends."""
        if words[place : place + 1] and words[place] in self._joining:
            for length in (2, 1):
                part = list(words[place + 1 : place + 1 + length])
                if part and part[0] in self._articles:
                    part = part[1:]
                if part and " ".join(part) in self._fractions:
                    return self._fractions[" ".join(part)], place + 1 + length
        return None

    def _decimals(self, words: Sequence[str], place: int) -> tuple[str, int]:
        """Return the digits after the point, as a string, and where they end."""
        digits = ""
        while place < len(words) and (words[place] in self._units or words[place].isdecimal()):
            digits += str(self._units.get(words[place], words[place]))
            place += 1
        return (digits, place) if digits.isascii() else ("", place)

    def _digits_spelled(self, words: Sequence[str], start: int) -> Number | None:
        """Return single digits in a row as one number; "three four" is a range."""
        if words[start] == "one" and self._is_pronoun(words, start):
            return None  # "my little one two days ago"
        place = start
        digits: list[int] = []
        while place < len(words) and words[place] in self._units:
            digits.append(self._units[words[place]])
            place += 1
        following = words[place] if place < len(words) else ""
        if len(digits) < 2 or following in self._scales or len(digits) > 15:
            return None
        if len(digits) == 2 and digits[1] == digits[0] + 1:
            return Number(sum(digits) / 2, _SPELLED, start, place)
        return Number(float("".join(map(str, digits))), _SPELLED, start, place)

    def _range_end(self, words: Sequence[str], first: Number) -> Number | None:
        """Return the upper end of "six or seven" or "(between) six and seven"."""
        place = first.end
        if place + 1 >= len(words):
            return None
        joined = words[place] in self._between
        if not joined and words[place] in self._joining and first.start > 0:
            joined = words[first.start - 1] == "between"
        second = self._single(words, place + 1) if joined else None
        return second if second is not None and second.value > first.value else None

    def _is_pronoun(self, words: Sequence[str], place: int) -> bool:
        before = words[place - 1] if place else ""
        after = words[place + 1] if place + 1 < len(words) else ""
        return before in self._one_follows or after in self._one_precedes


def _figures(word: str) -> float | None:
    """Return a number written in figures; None where letters follow or it is absurdly long."""
    return float(word) if _FIGURES.fullmatch(word) else None


@functools.cache
def number_words(locale: str = DEFAULT_LOCALE) -> NumberWords:
    """Return the number words of a language."""
    return NumberWords(load_table(locale, "numbers"))


def read_number(text: str, locale: str = DEFAULT_LOCALE) -> Reading[float] | None:
    """Return the first number in a text, or None: "about forty two" → 42.0.

    A range gives its middle ("six or seven" → 6.5), "a few" gives 3 with less confidence, and a
    sound-alike ("for") counts only where nothing else was said.
    """
    words = tokens(text)
    reader = number_words(locale)
    number = reader.only(words) or next(iter(reader.scan(words)), None)
    if number is None:
        return None
    return Reading(number.value, number.confidence, (number.start, number.end))
