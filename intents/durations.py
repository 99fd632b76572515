"""How long, as it is said: "three weeks", "since Tuesday", "a year and a half", "for ages"."""

import functools
from collections.abc import Mapping, Sequence
from typing import Any, Final

from intents.corpus import DEFAULT_LOCALE, load_table
from intents.numbers import NumberWords, number_words
from intents.phrasebook import PhraseBook, Reading, Words

__all__ = ["DurationReader", "read_duration"]

_EXACT: Final = 0.95
_ABOUT: Final = 0.8  # where the number itself is loose: "a few weeks", "six or seven weeks"
_BARE: Final = 0.6  # "for weeks"


class DurationReader:
    """Finds how long something has lasted or how long ago it began, in days."""

    def __init__(self, table: Mapping[str, Any], numbers: NumberWords) -> None:
        self._numbers = numbers
        self._units: dict[str, float] = table["units"]
        self._plurals: dict[str, str] = table["plurals"]
        self._words = {
            name: frozenset(table[name])
            for name in (
                "articles between frequency not_after idle_units idle_before bare_before bare_after"
            ).split(" ")
        }
        self._extras = {tuple(k.split(" ")): float(v) for k, v in table["extras"].items()}
        self._bare_count: int = table["bare_count"]
        self._phrases = [(float(p["days"]), float(p["confidence"])) for p in table["phrases"]]
        forms = {str(i): p["forms"] for i, p in enumerate(table["phrases"])}
        self._book = PhraseBook(forms, table["lists"])

    def read(self, text: str) -> Reading[float] | None:
        """Return the surest duration in a text, the first of equals, or None."""
        words = Words.of(text)
        found = self._counted(words) + self._whole_phrases(words) + self._bare(words)
        return max(found, key=lambda r: (r.confidence, -r.span[0]), default=None)

    def _counted(self, words: Words) -> list[Reading[float]]:
        """Return durations with a number or an article: "three weeks", "an hour and a half"."""
        found = []
        for place in range(len(words.words)):
            unit = self._unit(words.words, place)
            if unit is None or self._follows(words.words, place + 1, "not_after"):
                continue
            counted = self._count(words.words, place)
            if counted is None:
                continue
            count, start, confidence = counted
            end = place + 1
            for words_after, more in self._extras.items():
                if words.words[end : end + len(words_after)] == words_after:
                    count, end = count + more, end + len(words_after)
                    break
            span = words.span(start, end)
            found.append(Reading(count * unit, confidence, span))
        return found

    def _count(self, words: Sequence[str], place: int) -> tuple[float, int, float] | None:
        """Return how many of the unit at a place, where the number begins, and how sure it is."""
        start = place
        while start > 0 and words[start - 1] in self._words["between"]:
            start -= 1
        for first in range(max(0, start - 6), start):
            number = self._numbers.at(words, first)
            if number is not None and number.end >= start - 1 and number.end <= start:
                article = number.end == start - 1
                if article and words[start - 1] not in self._words["articles"]:
                    continue
                if article and number.value != 0.5:  # "two a day"; but "half an hour"
                    return None
                if self._precedes(words, first, "frequency"):
                    return None
                loose = number.end - number.start > 1 and number.confidence < _EXACT
                few = words[number.end - 1] in ("few", "several")
                return number.value, first, _ABOUT if loose or few else _EXACT
        if start > 0 and words[start - 1] in self._words["articles"]:
            idle = words[place] in self._words["idle_units"]
            if idle and self._precedes(words, start - 1, "idle_before"):
                return None
            if self._precedes(words, start - 1, "frequency"):
                return None
            return 1.0, start - 1, _EXACT
        return None

    def _whole_phrases(self, words: Words) -> list[Reading[float]]:
        found = []
        for mark in self._book.scan(words.words):
            days, confidence = self._phrases[int(mark.label)]
            found.append(Reading(days, confidence, words.span(mark.start, mark.end)))
        return found

    def _bare(self, words: Words) -> list[Reading[float]]:
        """Return plurals without a number: "for weeks", "years ago"; alone they count too."""
        found = []
        for place, word in enumerate(words.words):
            if word not in self._plurals:
                continue
            alone = len(words.words) == 1
            before = self._precedes(words.words, place, "bare_before")
            if alone or before or self._follows(words.words, place + 1, "bare_after"):
                days = self._bare_count * self._units[self._plurals[word]]
                found.append(Reading(days, _BARE, words.span(place, place + 1)))
        return found

    def _unit(self, words: Sequence[str], place: int) -> float | None:
        word = words[place]
        return self._units.get(self._plurals.get(word, word))

    def _precedes(self, words: Sequence[str], place: int, name: str) -> bool:
        return place > 0 and words[place - 1] in self._words[name]

    def _follows(self, words: Sequence[str], place: int, name: str) -> bool:
        return place < len(words) and words[place] in self._words[name]


@functools.cache
def _reader(locale: str) -> DurationReader:
    return DurationReader(load_table(locale, "durations"), number_words(locale))


def read_duration(text: str, locale: str = DEFAULT_LOCALE) -> Reading[float] | None:
    """Return how long a text says something has lasted, or how long ago it began, in days.

    No clock is read: "since Tuesday" gives the middle of a week. "For weeks" gives the least it
    can mean, two. How often ("twice a day") and how old ("four years old") are no durations.
    """
    return _reader(locale).read(text)
