"""One number in words: "forty two", "a couple", "four and a half", "a couple of hundred"."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["Cardinals", "Number"]

# How far each way of saying a number can be trusted to be the one that was meant.
_EXACT: Final = 0.95
_SPELLED: Final = 0.6  # "nine one one", read digit by digit
_ABOUT: Final = 0.6  # "a few"
_DOZEN: Final = 12  # from here on "and a half" is half of the whole: "a dozen and a half"
_PRONOUN: Final = 0.6  # "one" among other words

_FIGURES = re.compile(r"[0-9]{1,15}(\.[0-9]{1,6})?")


@dataclass(frozen=True, slots=True)
class Number:
    """A number found among words: its value, how far to trust it, its place (end excluded)."""

    value: float
    confidence: float
    start: int
    end: int


class Cardinals:
    """The number words of a language, and the grammar that joins them to one number."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self._units: dict[str, int] = table["units"]
        self._teens: dict[str, int] = table["teens"]
        self._tens: dict[str, int] = table["tens"]
        self._scales: dict[str, int] = table["scales"]
        self._fractions: dict[str, float] = table["fractions"]
        self._quantities: dict[str, int] = table["quantities"]
        self._counts: dict[str, int] = table["counts"]
        self._point = frozenset(table["point"])
        self._multiples: dict[str, int] = {**table["multiples"], **self._scales}
        self._oh = frozenset(table["oh"])
        self._of = frozenset(table["of"])
        self._loose = frozenset(table["loose"])
        self._ordinals = frozenset(table["ordinals"])
        self._one_follows = frozenset(table["one_follows"])
        self._one_precedes = frozenset(table["one_precedes"])
        lists = ("units", "teens", "tens", "scales", "fractions", "quantities", "counts")
        begins = {word for name in (*lists, "point", "articles") for word in table[name]}
        self.joining = frozenset(table["joining"])
        """Words that join the parts of a number ("and")."""
        self.articles = frozenset(table["articles"])
        """Words that may stand before a number word ("a couple")."""
        self.singular = frozenset(table["singular"])
        """Units whose number is not joined to the one before it ("two thirty second holds")."""
        self.sides = frozenset(table["sides"])
        """Words that open a range ("between")."""
        self.denying = frozenset(table["denying"])
        """Words that deny a number ("not")."""
        self._begins = frozenset(word.split(" ")[0] for word in begins)
        self._determiners = frozenset(table["determiners"])
        self._intensifiers = frozenset(table["intensifiers"])
        self._only = frozenset(table["only"])
        self._counting = frozenset(table["counting"])

    def single(self, words: Sequence[str], start: int) -> Number | None:
        """Return the number that begins at one place, if any; ranges are not joined."""
        word = words[start]
        if word not in self._begins and not word[0].isdecimal():
            return None
        spelled = self._digits_spelled(words, start)
        if spelled is not None:
            return spelled
        pair = " ".join(words[start : start + 2])
        if " " in pair and pair in self._fractions:
            return Number(self._fractions[pair], _EXACT, start, start + 2)
        whole = self._whole(words, start)
        if whole is None:
            return self._multiplied(words, self._quantity(words, start))
        value, end = whole
        if words[start] == "one" and end == start + 1 and self._is_pronoun(words, start):
            return None
        confidence = _EXACT
        if words[start] == "one" and end == start + 1 and len(words) > end:
            confidence = _PRONOUN
        if end < len(words) and words[end] in self._point:
            decimals, after = self._decimals(words, end + 1)
            if decimals:
                number = Number(float(f"{value:.0f}.{decimals}"), confidence, start, after)
                return self._multiplied(words, number)
        fraction = self._fraction(words, end)
        if fraction is not None:
            number = Number(value + fraction[0], _EXACT, start, fraction[1])
            return self._multiplied(words, number)
        return self._multiplied(words, Number(value, confidence, start, end))

    def _multiplied(self, words: Sequence[str], number: Number | None) -> Number | None:
        """Return a number with what multiplies it: "two dozen", "a couple of hundred"."""
        if number is None or words[number.end - 1] in self._multiples:
            return number
        place = number.end
        if words[place : place + 1] and words[place] in self._of:
            place += 1
        article = number.value < 1 and words[place : place + 1] and words[place] in self.articles
        place += bool(article)
        by = self._multiples.get(words[place]) if place < len(words) else None
        if by is None or (number.value < 1 and not article):
            return number
        return Number(number.value * by, number.confidence, number.start, place + 1)

    def _whole(self, words: Sequence[str], start: int) -> tuple[float, int] | None:
        """Return a whole number (or one in figures) and where it ends."""
        word = words[start]
        if word[0].isdecimal():
            value = _figures(word)
            return None if value is None else (value, start + 1)
        total, group, place, seen = 0, 0, start, False
        after = words[start + 1] if start + 1 < len(words) else ""
        if word in self.articles and after in self._scales:
            group, place, seen = 1, start + 1, True
        last = ""
        while place < len(words):
            word = words[place]
            if word in self.joining and last == "scale" and self._joins(words, start, place):
                place += 1
                continue
            if word in self._tens and last in ("", "scale"):
                group, last = group + self._tens[word], "tens"
            elif last == "units" and place == start + 1 and self._is_hundreds(words, start):
                group = group * 100 + self._tens.get(word, self._teens.get(word, 0))
                last = "tens" if word in self._tens else "teens"
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

    def _joins(self, words: Sequence[str], start: int, place: int) -> bool:
        """Return whether "and" at a place joins a number under one hundred to what goes before.

        Not in "between a hundred and two hundred".
        """
        if start and words[start - 1] in self.sides:
            return False
        following = words[place + 1 : place + 3]
        if not following or not self.is_small(following[0]):
            return False
        return self._scales.get(following[-1]) != 100

    def is_small(self, word: str) -> bool:
        """Return whether a word is a number under one hundred."""
        return word in self._tens or word in self._teens or word in self._units

    def _is_hundreds(self, words: Sequence[str], start: int) -> bool:
        """Return whether two words are a number such as "one twenty" (120).

        Not "two thirty second holds", "nine ten", nor "five eleven", which is a height.
        """
        first, second = self._units[words[start]], words[start + 1]
        after = words[start + 2] if start + 2 < len(words) else ""
        if first == 0 or after in self.singular:
            return False
        return second in self._tens or (second in self._teens and first <= 2)

    def _quantity(self, words: Sequence[str], start: int) -> Number | None:
        place = start + (words[start] in self.articles)
        if place >= len(words):
            return None
        word = words[place]
        if word in self._counts and place == start:
            return Number(float(self._counts[word]), _EXACT, start, place + 1)
        if word in self._quantities:
            exact = word not in self._loose
            value, end = float(self._quantities[word]), place + 1
            part = self._fraction(words, end) if value >= _DOZEN else None
            if part is not None:
                value, end = value * (1 + part[0]), part[1]
            return Number(value, _EXACT if exact else _ABOUT, start, end)
        if word in self._point:
            decimals, after = self._decimals(words, place + 1)
            return Number(float(f"0.{decimals}"), _EXACT, start, after) if decimals else None
        fraction = self._fractions.get(word)
        if fraction is None or word in self._ordinals:
            return None
        return Number(fraction, _EXACT, start, place + 1)

    def _fraction(self, words: Sequence[str], place: int) -> tuple[float, int] | None:
        """Return "and a half" and where it ends."""
        if words[place : place + 1] and words[place] in self.joining:
            for length in (2, 1):
                part = list(words[place + 1 : place + 1 + length])
                if len(part) < length:
                    continue
                if part[0] in self.articles:
                    part = part[1:]
                if part and " ".join(part) in self._fractions:
                    return self._fractions[" ".join(part)], place + 1 + length
        return None

    def _decimals(self, words: Sequence[str], place: int) -> tuple[str, int]:
        """Return the digits after the point, as a string, and where they end."""
        digits = ""
        while place < len(words):
            word = words[place]
            if word in self._oh and self._is_digit(words, place + 1):
                word = "0"
            if not (word in self._units or word.isdecimal()):
                break
            digits += str(self._units.get(word, word))
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
            if place < len(words) and words[place] in self._oh and self._is_digit(words, place + 1):
                digits.append(0)
                place += 1
        following = words[place] if place < len(words) else ""
        if len(digits) < 2 or following in self._scales or len(digits) > 15:
            return None
        if start and words[start - 1] in self.denying:
            return None  # "not seven eight"
        if len(digits) == 2 and digits[1] == digits[0] + 1:
            return Number(sum(digits) / 2, _SPELLED, start, place)
        return Number(float("".join(map(str, digits))), _SPELLED, start, place)

    def _is_digit(self, words: Sequence[str], place: int) -> bool:
        return place < len(words) and words[place] in self._units

    def _is_pronoun(self, words: Sequence[str], place: int) -> bool:
        before = words[place - 1] if place else ""
        after = words[place + 1] if place + 1 < len(words) else ""
        if before in self._determiners and words[max(0, place - 2)] in self._only:
            return False  # "just the one"
        if before in self._one_follows or after in self._one_precedes:
            return True
        # "the weaker one", "a really sore one"; but "a solid one".
        if place < 2 or before in self._counting or self.is_small(before):
            return False
        first = place - 3 if place > 2 and words[place - 2] in self._intensifiers else place - 2
        return words[first] in self._determiners


def _figures(word: str) -> float | None:
    """Return a number written in figures; None where letters follow or it is absurdly long."""
    return float(word) if _FIGURES.fullmatch(word) else None
