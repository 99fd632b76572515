"""Which of several options is chosen: by name, by place, "both", "neither", "all but the last"."""

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from intents.corpus import DEFAULT_LOCALE, load_table
from intents.numbers import read_number
from intents.options import OptionNames
from intents.phrasebook import Mark, PhraseBook, Reading, Words
from intents.places import Places
from intents.regions import read_region
from intents.selection import TELLING, Event, select
from intents.text import is_filler, tokens

__all__ = ["ChoiceReader", "read_choice"]

_SURE: Final = 0.95
_PIECED: Final = 0.8  # something was taken back, or left out
_BY_REGION: Final = 0.7  # "the base of my spine" for "your lower back"
_CACHED: Final = 256  # lists of options
_BLOCKING: Final = ("idle", "open")
_PIECING: Final = ("not", "skip", "correct", "other", "except", "besides")


class ChoiceReader:
    """Reads choices in one language."""

    def __init__(self, table: Mapping[str, Any], locale: str = DEFAULT_LOCALE) -> None:
        self._names = OptionNames(table)
        self._labels = PhraseBook(table["labels"], classes=table["classes"])
        self._places = Places(table)
        self._asking = PhraseBook({"asking": table["asking"]})
        self._commands = PhraseBook({"commands": table["commands"]})
        self._proposing = PhraseBook({"proposing": table["proposing"]})
        self._querying = PhraseBook({"querying": table["querying"]})
        self._locale = locale
        self._amounts = functools.lru_cache(_CACHED)(self._read_amounts)
        self._spelled = functools.lru_cache(_CACHED)(_spell)

    def read(self, text: str, options: Sequence[str]) -> Reading[tuple[int, ...]] | None:
        """Return the indices of the options chosen, or None where no choice was made."""
        said, spelled = tokens(text), self._spelled(tuple(options))
        if not said or not options:
            return None
        if spelled.count(said) == 1:
            return Reading((spelled.index(said),), _SURE, (0, len(said)))
        words = Words.of(text)
        kept = [i for i, word in enumerate(words.words) if not is_filler(word)]
        words = Words(tuple(words.words[i] for i in kept), tuple(words.origin[i] for i in kept))
        if self._asks(words.words):
            return None
        events = list(self._events(words.words, tuple(options)))
        telling = [e for e in events if e.label in TELLING]
        named_first = bool(telling) and telling[0].label == "name" and telling[0].start == 0
        if self._commands.at(words.words, 0) is not None and not named_first:
            return None
        if not telling:
            return self._by_region(text, options)
        chosen = select(events, len(options))
        if chosen is None:
            return None
        sure = min(e.score for e in telling)
        if any(e.label in _PIECING for e in events):
            sure = min(sure, _PIECED)
        return Reading(chosen, round(sure, 2), words.span(telling[0].start, telling[-1].end))

    def _asks(self, words: Sequence[str]) -> bool:
        """Return whether the words are a question about the options."""
        if self._proposing.at(words, 0) is not None:
            return False
        return self._asking.at(words, 0) is not None or bool(self._querying.scan(words))

    def _events(self, words: tuple[str, ...], options: tuple[str, ...]) -> Iterator[Event]:
        """Return what bears on the choice, from left to right, none overlapping."""
        blocked = {
            i
            for m in self._labels.scan(words)
            if m.label in _BLOCKING and m.end - m.start > 1
            for i in range(m.start, m.end)
        }
        names = {n.start: n for n in self._names.find(words, options, blocked)}
        amounts = self._amounts(options)
        place, previous = 0, ""
        while place < len(words):
            label: Mark | None = self._labels.at(words, place)
            name = names.get(place)
            where = self._places.at(words, place, previous, amounts, len(options))
            if (
                where is not None
                and name is not None
                and self._names.is_small(words[name.end : where.end])
            ):
                where = None  # "the top one" is the upper, wherever it stands
            event: Event | None = None
            if label is not None:
                event = Event(label.label, label.start, label.end)
            if where is not None and (event is None or where.end >= event.end):
                event = where
            if name is not None and (event is None or name.end >= event.end):
                event = Event(
                    "name" if name.is_clear else "vague", place, name.end, name.options, name.score
                )
            if event is None:
                previous, place = "", place + 1
                continue
            yield event
            previous, place = event.label, event.end

    def _read_amounts(self, options: tuple[str, ...]) -> tuple[float, ...]:
        """Return the numbers of options that are amounts ("ten minutes"), or nothing."""
        found = [read_number(option, self._locale) for option in options]
        values = tuple(r.value for r in found if r is not None)
        return values if len(values) == len(options) else ()

    def _by_region(self, text: str, options: Sequence[str]) -> Reading[tuple[int, ...]] | None:
        """Return the one option that is about the part of the body named in other words."""
        said = read_region(text, self._locale)
        if said is None:
            return None
        regions = [read_region(option, self._locale) for option in options]
        same = [i for i, r in enumerate(regions) if r is not None and r.value == said.value]
        return Reading((same[0],), _BY_REGION, said.span) if len(same) == 1 else None


def _spell(options: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    return tuple(tokens(option) for option in options)


@functools.cache
def _reader(locale: str) -> ChoiceReader:
    return ChoiceReader(load_table(locale, "choices"), locale)


def read_choice(
    text: str, options: Sequence[str], locale: str = DEFAULT_LOCALE
) -> Reading[tuple[int, ...]] | None:
    """Return which of the `options`, in the order in which they were read out, a text chooses.

    The value is the indices from 0, sorted: all for "either" and "both", none, an empty tuple, for
    "neither". None means that no choice was made: a question, "I don't mind", "you choose", a bare
    yes, a number off the end, or a name that fits several options alike.
    """
    return _reader(locale).read(text, options)
