"""Ages as they are said: "i'm forty two", "my daughter's four", "in my early sixties"."""

import functools
from collections.abc import Mapping, Sequence
from typing import Any, Final

from intents.corpus import DEFAULT_LOCALE, load_table
from intents.decades import DecadeReader
from intents.numbers import Number, NumberReader, number_reader
from intents.phrasebook import Mark, PhraseBook, Reading, Words
from intents.text import is_filler

__all__ = ["OLDEST", "YOUNGEST_SPEAKER", "AgeReader", "read_age"]

OLDEST: Final = 120
"""Years; nobody has been older."""

YOUNGEST_SPEAKER: Final = 4
"""Years; "i'm two" or "i'm one" from a speaker is something else."""

_GROWN: Final = 16  # years; a smaller number without "i'm" or "years old" is likely a count
_SAID: Final = 0.95  # "forty two years old"
_PLAIN: Final = 0.85  # "i'm forty two"
_NEARLY: Final = 0.75
_LOOSE: Final = 0.7  # "ninety and proud", "thirty something"
_DIGITS: Final = 0.6  # the confidence of a number read digit by digit
_HALF: Final = 5  # years: "thirty something" is taken as the middle
_HEDGES: Final = 4  # phrases between "i'm" and the number
_LONGEST_HEDGE: Final = 7  # words
_NEAR: Final = 7  # words before a number in which the thing is looked for whose age it is
_FRAMES: Final = frozenset({"self", "other", "turned", "stated", "short"})


class AgeReader:
    """Finds the age that somebody is said to be now."""

    def __init__(self, table: Mapping[str, Any], numbers: NumberReader) -> None:
        lists, classes = table["lists"], table["classes"]
        self._before = PhraseBook(table["before"], lists, classes, shared=True)
        self._after = PhraseBook(table["after"], lists, classes, shared=True)
        self._beside = PhraseBook(table["beside"], lists, classes, shared=True)
        self._whole = PhraseBook(table["whole"], lists, classes)
        self._hedges = PhraseBook(table["hedges"], shared=True)
        self._copulas = frozenset(table["copulas"])
        self._leads = frozenset(table["leads"])
        self._no_plurals = frozenset(table["no_plurals"])
        self._decades = DecadeReader(table)
        self._numbers = numbers

    def read(self, text: str) -> Reading[int] | None:
        """Return the first age in a text, in whole years, or None."""
        words = self._numbers.words(text)
        found = self._numbers.found(words.words)
        final = self._numbers.corrections.final(words.words, found)
        for i, number in enumerate(found):
            reading = self._explicit(words, number)
            if reading is not None:
                meant = found[final[i]]
                if meant is number or not 0 <= meant.value <= OLDEST:
                    return reading
                again = self._explicit(words, meant)
                span = words.span(meant.start, meant.end)
                return again or Reading(int(meant.value), reading.confidence, span)
        return self._in_words(words) or self._decade(words, found)

    def _explicit(self, words: Words, number: Number) -> Reading[int] | None:
        """Return the age that a number is, if it is one."""
        starts, less = self._lead(words.words, number.start)
        before = {label for p in starts for label in self._before.before(words.words, p)}
        if any(self._named(words.words, p) for p in starts):
            before.add("other")
        after = self._after.after(words.words, number.end)
        end = self._end(words.words, number.end, ("years", "months", "weeks"))
        value = number.value
        if "big" in before and "oh" in after and value < 10:
            value, before = value * 10, before | {"turned"}
        if not 0 <= value <= OLDEST or "like" in before:
            return None
        if "not" in before:
            before.add("self" if "soon" in after else "past")
        if "past" in before and not ("lately" in before and after & {"gone", "soon"}):
            return None
        last = end if end > number.end else len(words.words)
        if self._of_a_thing(words.words, number.start, before, last):
            return None
        if before & {"lately", "turned"} and after & {"gone", "soon"}:
            before.add("turned")
        elif "soon" in after and "gone" not in after:
            less = max(less, 1)
        years = int(value)
        span = words.span(number.start, end)
        if after & {"years", "months", "weeks"}:
            if "years" in after:
                less = max(less, int("short" in before))
                return Reading(max(years - less, 0), _SAID, span)
            return Reading(years // 12 if "months" in after else 0, _SAID, span)
        if after & {"bare_months", "bare_weeks", "bare_years"}:
            return self._bare_unit(words, number, before, after)
        if "something" in after and years % 10 == 0 and years > 10:
            if "unit" in self._after.after(words.words, number.end + 1):
                return None
            return Reading(years + _HALF, _LOOSE, words.span(number.start, number.end + 1))
        if "age_after" in after and years >= YOUNGEST_SPEAKER:
            return Reading(years - less, _SAID, span)
        if "unit" in after or "olds" in after or self._counts(words.words, number, before):
            return None
        if "odd" in after:
            if "unit" in self._after.after(words.words, number.end + 1):
                return None
            years += _HALF if years % 10 == 0 and before & _FRAMES else 0
        if before & _FRAMES:
            if "self" in before and years < YOUNGEST_SPEAKER:
                return None
            less = max(less, int("short" in before))
            sure = _SAID if "stated" in before else _NEARLY if less else _PLAIN
            return Reading(max(years - less, 0), sure, span)
        if years >= _GROWN and self._stands_alone(
            words.words, starts[-1], number, before, after, less
        ):
            return Reading(years - less, _LOOSE, span)
        return None

    def _lead(self, words: Sequence[str], place: int) -> tuple[list[int], int]:
        """Return where the number and each hedge before it begin, and the years they take off."""
        starts, less = [place], 0
        while len(starts) <= _HEDGES:
            mark = self._hedged(words, starts[-1])
            if mark is None:
                break
            starts.append(mark.start)
            less = max(less, {"nearly": 1, "twice": 2}.get(mark.label, 0))
        return starts, less

    def _hedged(self, words: Sequence[str], end: int) -> Mark | None:
        """Return the longest hedge that ends at a place."""
        for start in range(max(0, end - _LONGEST_HEDGE), end):
            for mark in self._hedges.all_at(words, start):
                if mark.end == end:
                    return mark
        return None

    def _named(self, words: Sequence[str], place: int) -> bool:
        """Return whether a person's name and "is" end at a place: "our jack is"."""
        if place < 3 or words[place - 1] not in self._copulas:
            return False
        return "namer" in self._before.before(words, place - 2)

    def _end(self, words: Sequence[str], place: int, labels: tuple[str, ...]) -> int:
        marks = self._after.all_at(words, place)
        return max((m.end for m in marks if m.label in labels), default=place)

    def _of_a_thing(self, words: Sequence[str], start: int, before: set[str], end: int) -> bool:
        """Return whether an age is that of a thing: "my mattress must be ten years old"."""
        if "it" in before or "thing" in self._beside.after(words, end):
            return True
        for place in range(start - 1, max(-1, start - 1 - _NEAR), -1):
            labels = self._beside.after(words, place)
            if "being" in labels:
                return False
            if "thing" in labels:
                return True
        return False

    def _bare_unit(
        self, words: Words, number: Number, before: set[str], after: frozenset[str]
    ) -> Reading[int] | None:
        """Return an age such as "she's eighteen months", "he is forty years"."""
        following = self._after.after(words.words, number.end + 1)
        span = words.span(number.start, number.end + 1)
        last = number.end + 1 >= len(words.words)
        if "bare_years" in after:
            said = before & {"self", "other", "stated"} and (last or "ends" in following)
            return Reading(int(number.value), _PLAIN, span) if said else None
        if "other" not in before or "pregnant" in following:
            return None
        if "bare_months" in after:
            return Reading(int(number.value) // 12, _PLAIN, span)
        return Reading(0, _PLAIN, span) if words.words[number.start - 2] in self._leads else None

    def _counts(self, words: Sequence[str], number: Number, before: set[str]) -> bool:
        """Return whether a number counts what follows: "i'm eight stretches in"."""
        if number.confidence <= _DIGITS and number.value >= 10:
            return True  # "i'm six three", a height
        following = self._numbers.grammar.at(words, number.end)
        if following is not None:
            return number.value < _GROWN or "unit" not in self._after.after(words, following.end)
        if "self" not in before or number.end >= len(words):
            return False
        word = words[number.end]
        plural = word.endswith("s") and not word.endswith("ss") and len(word) > len("his")
        return plural and word not in self._no_plurals

    def _stands_alone(
        self,
        words: Sequence[str],
        start: int,
        number: Number,
        before: set[str],
        after: frozenset[str],
        less: int,
    ) -> bool:
        """Return whether a number without "i'm" is an age all the same: "ninety and proud"."""
        if "grown" in before:
            return True
        if "exact" in after and self._before.labels_in(words[:start]) & {"self", "other"}:
            return True
        if "at" in before and "asking" in after:
            return True
        first = all(is_filler(word) or word in self._leads for word in words[:start])
        return first and (less > 0 or "tail" in after)

    def _in_words(self, words: Words) -> Reading[int] | None:
        """Return an age without a number: "a newborn", "a year old"."""
        for mark in self._whole.scan(words.words):
            years = {"newborn": 0, "zero_years": 0, "one_year": 1}.get(mark.label)
            if years is None or self._of_a_thing(words.words, mark.start, set(), mark.end):
                continue
            of_somebody = self._beside.labels_in(words.words[: mark.start]) & {"being"}
            if mark.label == "newborn" or of_somebody:
                return Reading(years, _PLAIN, words.span(mark.start, mark.end))
        return None

    def _decade(self, words: Words, found: Sequence[Number]) -> Reading[int] | None:
        """Return an age of which the ten years are said, or the number of it that follows."""
        decade = self._decades.read(words)
        if decade is None:
            return None
        for number in found:
            within = decade[1] <= number.value < decade[1] + 10
            if within and "unit" not in self._after.after(words.words, number.end):
                return Reading(int(number.value), _LOOSE, words.span(number.start, number.end))
        return decade[0]


@functools.cache
def _reader(locale: str) -> AgeReader:
    return AgeReader(load_table(locale, "ages"), number_reader(locale))


def read_age(text: str, locale: str = DEFAULT_LOCALE) -> Reading[int] | None:
    """Return the age that a text states in so many words, in whole years, or None.

    A bare number is no age ("forty two"), nor is an age of long ago ("when i was twenty"), at a
    death or of a thing. "Nearly seventy" gives 69, "in my sixties" gives 65.
    """
    return _reader(locale).read(text)
