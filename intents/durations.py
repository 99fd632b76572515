"""How long, as it is said: "three weeks", "since Tuesday", "a year and a half", "for ages"."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from intents.corpus import DEFAULT_LOCALE, load_table
from intents.duration_context import DurationContext
from intents.numbers import Number, NumberReader, number_reader
from intents.phrasebook import PhraseBook, Reading, Words

__all__ = ["DurationReader", "read_duration"]

_EXACT: Final = 0.95
_ABOUT: Final = 0.8  # where the number itself is loose: "a few weeks", "six or seven weeks"
_BARE: Final = 0.6  # "for weeks"
_NUMBER_WORDS: Final = 6  # the most words of a number before its unit


@dataclass(frozen=True, slots=True)
class _Found:
    """A length of time in days, and its place among the words; `unit` is 0 for phrases."""

    days: float
    confidence: float
    start: int
    end: int
    unit: float = 0.0


class DurationReader:
    """Finds how long something has lasted or how long ago it began, in days."""

    def __init__(self, table: Mapping[str, Any], numbers: NumberReader) -> None:
        self._numbers = numbers
        self._context = DurationContext(table)
        self._units: dict[str, float] = table["units"]
        self._plurals: dict[str, str] = table["plurals"]
        self._words = {
            name: frozenset(table[name])
            for name in (
                "articles between frequency idle_units idle_before bare_before bare_after bare_ago "
                "parts_of_day day_units day_before adjectives one joining vague of short bare_not"
            ).split(" ")
        }
        self._extras = {tuple(k.split(" ")): float(v) for k, v in table["extras"].items()}
        self._bare_count: int = table["bare_count"]
        self._phrases: list[Mapping[str, Any]] = table["phrases"]
        forms = {str(i): p["forms"] for i, p in enumerate(table["phrases"])}
        self._book = PhraseBook(forms, table["lists"], table["classes"])

    def read(self, text: str) -> Reading[float] | None:
        """Return the surest duration in a text, the first of equals, or None."""
        words = self._numbers.words(text)
        found = self._counted(words) + self._bare(words.words) + self._whole_phrases(words.words)
        found.sort(key=lambda f: f.start)
        final = self._numbers.corrections.final(words.words, found)
        best: tuple[float, float, int] | None = None
        chosen: _Found | None = None
        for i, one in enumerate(found):
            weight = self._context.weight(words.words, one.start, one.end)
            if weight is None:
                continue
            rank = (weight + one.confidence, one.confidence, -one.start)
            if best is None or rank > best:
                best, chosen = rank, found[final[i]]
        if chosen is None:
            return None
        span = words.span(chosen.start, chosen.end)
        return Reading(chosen.days, chosen.confidence, span)

    def _counted(self, words: Words) -> list[_Found]:
        """Return durations with a number or an article: "three weeks", "an hour and a half"."""
        found: list[_Found] = []
        for place, word in enumerate(words.words):
            unit = self._units.get(self._plurals.get(word, word))
            if unit is None:
                continue
            counted = self._count(words.words, place)
            if counted is None:
                continue
            end = place + 1
            for words_after, more in self._extras.items():
                if words.words[end : end + len(words_after)] == words_after:
                    days, end = counted.days + more, end + len(words_after)
                    counted = replace(counted, days=days)
                    break
            one = replace(counted, days=counted.days * unit, end=end, unit=unit)
            last = found[-1] if found else None
            if last is not None and self._continues(words.words, last, one):
                found[-1] = replace(last, days=last.days + one.days, end=end, unit=unit)
            else:
                found.append(one)
        return found

    def _continues(self, words: Sequence[str], last: _Found, one: _Found) -> bool:
        """Return whether two lengths of time are one: "two years and three months"."""
        between = words[last.end : one.start]
        joined = not between or (len(between) == 1 and between[0] in self._words["joining"])
        return joined and one.unit < last.unit

    def _count(self, words: Sequence[str], place: int) -> _Found | None:
        """Return how many of the unit at a place, as days of 1, with a place and a confidence."""
        start = place
        while start > 0 and words[start - 1] in self._words["between"]:
            start -= 1
        for first in range(max(0, start - _NUMBER_WORDS), start):
            number = self._numbers.grammar.at(words, first)
            if number is None and words[first] in self._words["one"] and first == start - 1:
                return self._one(words, first, place)
            if number is None or not start - 2 <= number.end <= start:
                continue
            between = words[number.end : start]
            if between and between[-1] in self._words["articles"]:
                if number.value >= 1:
                    return None  # "two a day"; but "half an hour"
                if between[0] not in self._words["of"] and len(between) > 1:
                    continue
            elif between:
                continue
            if self._precedes(words, first, "frequency") or self._describes(words, number, place):
                return None
            loose = number.end - number.start > 1 and number.confidence < _EXACT
            vague = words[number.end - 1] in self._words["vague"]
            return _Found(number.value, _ABOUT if loose or vague else _EXACT, first, place + 1)
        if start > 0 and words[start - 1] in self._words["articles"]:
            return self._one(words, start - 1, place)
        begins = self._context.begins(words, place) and words[place] not in self._plurals
        if begins and any(words[place + 1 : place + 1 + len(e)] == e for e in self._extras):
            return _Found(1.0, _ABOUT, place, place + 1)  # "year and a half"
        return None

    def _one(self, words: Sequence[str], start: int, place: int) -> _Found | None:
        """Return one of the unit: "a week", "an hour", "one day"."""
        idle = words[place] in self._words["idle_units"]
        if idle and self._precedes(words, start, "idle_before"):
            return None
        if self._is_rate(words, start) or self._precedes(words, start, "frequency"):
            return None
        if words[place] in self._words["parts_of_day"]:
            return None  # "of a morning", "a night out"
        if words[place] in self._words["day_units"] and not self._is_told(words, start, place):
            return None
        return _Found(1.0, _EXACT, start, place + 1)

    def _is_told(self, words: Sequence[str], start: int, place: int) -> bool:
        """Return whether "a day" or "one day" is how long, not "one day i bent over"."""
        for begin in (start, self._context.lead(words, start)):
            if self._precedes(words, begin, "day_before"):
                return True
        last = words[start] not in self._words["one"] or place + 1 == len(words)
        return last and self._context.begins(words, start)

    def _is_rate(self, words: Sequence[str], start: int) -> bool:
        """Return whether "a week" at a place tells how often: "five days a week"."""
        if start == 0 or words[start] in self._words["one"]:
            return False
        before = words[max(0, start - _NUMBER_WORDS) : start]
        counted = any(n.end == len(before) - 1 for n in self._numbers.grammar.scan(before))
        return counted or before[-1] in self._plurals

    def _describes(self, words: Sequence[str], number: Number, place: int) -> bool:
        """Return whether a length of time only describes what follows: "a ten minute walk"."""
        if number.value <= 1 or words[place] in self._plurals or place + 1 >= len(words):
            return False
        short = words[place] in self._words["short"]
        return not short and words[place + 1] not in self._words["adjectives"]

    def _whole_phrases(self, words: Sequence[str]) -> list[_Found]:
        found = []
        for mark in self._book.scan(words):
            phrase = self._phrases[int(mark.label)]
            if self._is_placed(words, mark.start, phrase.get("needs")):
                sure = float(phrase["confidence"])
                found.append(_Found(float(phrase["days"]), sure, mark.start, mark.end))
        return found

    def _is_placed(self, words: Sequence[str], start: int, needs: str | None) -> bool:
        """Return whether a phrase stands where it tells how long something has lasted."""
        if needs is None:
            return True
        begins = needs == "onset" and self._context.begins(words, start)
        return begins or self._context.has(words, start, needs)

    def _bare(self, words: Sequence[str]) -> list[_Found]:
        """Return plurals without a number: "for weeks", "years ago"; alone they count too."""
        found = []
        for place, word in enumerate(words):
            if word not in self._plurals or self._precedes(words, place, "bare_not"):
                continue
            told = self._precedes(words, place, "bare_before")
            told = told or self._follows(words, place + 1, "bare_ago")
            last = place + 1 == len(words) or self._follows(words, place + 1, "bare_after")
            if told or (last and self._context.begins(words, place)):
                days = self._bare_count * self._units[self._plurals[word]]
                found.append(_Found(days, _BARE, place, place + 1))
        return found

    def _precedes(self, words: Sequence[str], place: int, name: str) -> bool:
        return place > 0 and words[place - 1] in self._words[name]

    def _follows(self, words: Sequence[str], place: int, name: str) -> bool:
        return place < len(words) and words[place] in self._words[name]


@functools.cache
def _reader(locale: str) -> DurationReader:
    return DurationReader(load_table(locale, "durations"), number_reader(locale))


def read_duration(text: str, locale: str = DEFAULT_LOCALE) -> Reading[float] | None:
    """Return how long a text says something has lasted, or how long ago it began, in days.

    No clock is read: "since Tuesday" gives the middle of a week. "For weeks" gives the least it
    can mean, two. How often ("twice a day"), how old ("four years old"), what is to come ("in two
    weeks") and how long something else takes ("I sit for nine hours") are no durations.
    """
    return _reader(locale).read(text)
