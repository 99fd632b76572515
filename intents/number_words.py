"""Number words in a row: single numbers, and ranges such as "six or seven", "ten fifteen"."""

import functools
from collections.abc import Mapping, Sequence
from typing import Any, Final

from intents.cardinals import Cardinals, Number
from intents.corpus import DEFAULT_LOCALE, load_table
from intents.text import is_filler

__all__ = ["Number", "NumberWords", "number_words"]

_RANGE: Final = 0.7
_SOUND_ALIKE: Final = 0.5


class NumberWords(Cardinals):
    """Finds the numbers among words, ranges included."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        super().__init__(table)
        self._nothing = frozenset(table["nothing"])
        self._between = frozenset(table["between"])
        self._between_two = frozenset(table["between_two"])
        self._sound_alikes: dict[str, int] = table["sound_alikes"]

    def at(self, words: Sequence[str], start: int) -> Number | None:
        """Return the number that begins at one place, ranges included, if any."""
        first = self.single(words, start) if start < len(words) else None
        if first is None:
            return None
        second = self._range_end(words, first) or self._neighbour(words, first)
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

    def _range_end(self, words: Sequence[str], first: Number) -> Number | None:
        """Return the upper end of "six or seven" or "(between) six and seven"."""
        place = first.end
        if place + 1 >= len(words):
            return None
        length = 2 if " ".join(words[place : place + 2]) in self._between_two else 1
        joined = length == 2 or words[place] in self._between
        if not joined and words[place] in self.joining and first.start > 0:
            before = first.start - 1
            before -= before > 0 and words[before] in self.articles  # "between a six and a seven"
            joined = words[before] in self.sides
        place += length
        if place + 1 < len(words) and words[place] in self.articles:
            place += self.is_small(words[place + 1])  # "a three or a four"
        second = self.single(words, place) if joined and place < len(words) else None
        return second if second is not None and second.value > first.value else None

    def _neighbour(self, words: Sequence[str], first: Number) -> Number | None:
        """Return the upper end of a range without a joining word: "ten fifteen minutes"."""
        if first.end >= len(words) or not self._is_plain(words, first):
            return None
        second = self.single(words, first.end)
        if second is None or not self._is_plain(words, second):
            return None
        if second.end < len(words) and words[second.end] in self.singular:
            return None  # "ten thirty second holds"
        if first.start and words[first.start - 1] in self.denying:
            return None  # "not seven eight"
        step = second.value - first.value
        round_step = first.value % 5 == second.value % 5 == 0 and step <= min(first.value, 10)
        return second if step == 1 or (step > 0 and round_step) else None

    def _is_plain(self, words: Sequence[str], number: Number) -> bool:
        """Return whether a number is one of words, under one hundred."""
        small = all(self.is_small(word) for word in words[number.start : number.end])
        return small and 0 < number.value < 100


@functools.cache
def number_words(locale: str = DEFAULT_LOCALE) -> NumberWords:
    """Return the number words of a language."""
    return NumberWords(load_table(locale, "numbers"))
