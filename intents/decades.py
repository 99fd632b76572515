"""Ages by the ten years: "in my sixties", "early thirties", "in her late 20s"."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from intents.phrasebook import PhraseBook, Reading, Words

__all__ = ["DecadeReader"]

_DECADE: Final = 0.7
_PART_WORDS: Final = 5  # "the wrong end of my"
_FIGURES = re.compile(r"([1-9]0)s")


class DecadeReader:
    """Finds an age of which only the ten years are said."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self._decades: dict[str, int] = table["decades"]
        self._parts: dict[str, int] = table["parts"]
        self._part_words = PhraseBook(table["part_words"])
        lists, classes = table["lists"], table["classes"]
        self._before = PhraseBook(table["decade_before"], lists, classes, shared=True)
        self._after = PhraseBook(table["decade_after"], lists, classes, shared=True)

    def read(self, words: Words) -> tuple[Reading[int], int] | None:
        """Return the first such age, and the years at which its ten begin, or None."""
        for place, word in enumerate(words.words):
            figures = _FIGURES.fullmatch(word)
            decade = int(figures[1]) if figures else self._decades.get(word)
            if decade is not None:
                start, part = self._part(words.words, place)
                if self._is_now(words.words, start, place + 1, part):
                    years = decade + self._parts[part or "middle"]
                    return Reading(years, _DECADE, words.span(start, place + 1)), decade
        return None

    def _part(self, words: Sequence[str], place: int) -> tuple[int, str]:
        """Return where the words for a part of the ten years begin, and which part it is."""
        for start in range(max(0, place - _PART_WORDS), place):
            for mark in self._part_words.all_at(words, start):
                if mark.end == place:
                    return start, mark.label
        return place, ""

    def _is_now(self, words: Sequence[str], start: int, end: int, part: str) -> bool:
        before = self._before.before(words, start)
        if before & {"past", "calendar"} or self._after.after(words, end):
            return False
        return "in" in before or (bool(part) or "is" in before)
