"""The part of the body that words are about, and the side."""

import functools
from collections.abc import Mapping
from typing import Any, Final

from intents.corpus import DEFAULT_LOCALE, load_table
from intents.numbers import NumberWords, number_words
from intents.phrasebook import Mark, PhraseBook, Reading, Words
from intents.text import is_filler

__all__ = ["RegionReader", "read_region", "read_regions", "read_side"]

_SURE: Final = 0.95
_FIRST_OF_SEVERAL: Final = 0.8
_NOTHING = "none"  # the label of words that only look like a part of the body


class RegionReader:
    """Finds parts of the body and sides."""

    def __init__(self, table: Mapping[str, Any], numbers: NumberWords) -> None:
        self._regions = PhraseBook(table["regions"], table["lists"], table["classes"])
        self._sides = PhraseBook(table["sides"], table["lists"], table["classes"])
        self._weights: dict[str, int] = table["weights"]
        self._places: dict[str, str] = table["places"]
        self._alone: dict[str, str] = table["alone"]
        self._measures = frozenset(table["measures"])
        self._numbers = numbers

    def regions(self, text: str) -> tuple[Reading[str], ...]:
        """Return every part of the body named, in the order in which they are named."""
        words = Words.of(text)
        if (alone := _only(words, self._places)) is not None:
            return (alone,)
        marks = [m for m in self._regions.scan(words.words) if not self._is_idle(words, m)]
        sure = _SURE if len({m.label for m in marks}) == 1 else _FIRST_OF_SEVERAL
        return tuple(Reading(m.label, sure, words.span(m.start, m.end)) for m in marks)

    def region(self, text: str) -> Reading[str] | None:
        """Return the part of the body that matters most: the spine first, then the trunk."""
        return max(self.regions(text), key=lambda r: self._weights.get(r.value, 1), default=None)

    def side(self, text: str) -> Reading[str] | None:
        """Return "left", "right" or "both", or None where no side of the body is meant."""
        words = Words.of(text)
        if (alone := _only(words, self._alone)) is not None:
            return alone
        marks = [m for m in self._sides.scan(words.words) if m.label != _NOTHING]
        if not marks:
            return None
        several = len({m.label for m in marks}) > 1
        first = marks[0]
        confidence = _FIRST_OF_SEVERAL if several else _SURE
        return Reading(first.label, confidence, words.span(first.start, first.end))

    def _is_idle(self, words: Words, mark: Mark) -> bool:
        """Return whether a phrase names no part of the body: an idiom, or a measure."""
        if mark.label == _NOTHING:
            return True
        if mark.end - mark.start > 1 or words.words[mark.start] not in self._measures:
            return False
        return any(number.end == mark.start for number in self._numbers.scan(words.words))


def _only(words: Words, meanings: Mapping[str, str]) -> Reading[str] | None:
    """Return what the words mean where they are all that was said."""
    kept = [i for i, word in enumerate(words.words) if not is_filler(word)]
    meaning = meanings.get(" ".join(words.words[i] for i in kept))
    if meaning is None:
        return None
    return Reading(meaning, _SURE, words.span(kept[0], kept[-1] + 1))


@functools.cache
def _reader(locale: str) -> RegionReader:
    return RegionReader(load_table(locale, "regions"), number_words(locale))


def read_regions(text: str, locale: str = DEFAULT_LOCALE) -> tuple[Reading[str], ...]:
    """Return every part of the body that a text names, in order."""
    return _reader(locale).regions(text)


def read_region(text: str, locale: str = DEFAULT_LOCALE) -> Reading[str] | None:
    """Return the part of the body that a text is about, or None.

    The values are low_back, upper_back, neck, back (no particular part of it), side, ribs, chest,
    tummy, groin, head, shoulder, arm, hand, hip, buttock, leg, knee, foot and all_over.
    """
    return _reader(locale).region(text)


def read_side(text: str, locale: str = DEFAULT_LOCALE) -> Reading[str] | None:
    """Return the side of the body that a text names: "left", "right" or "both", or None."""
    return _reader(locale).side(text)
