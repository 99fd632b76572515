"""Typed numbers, taken apart into the words that would be said: "5-6", "x4", "10mins"."""

import re
from collections.abc import Mapping
from typing import Any

from intents.phrasebook import Words

__all__ = ["Figures"]

_RANGE = re.compile(r"(?<![\d.\-–/])(\d{1,6})\s?[-–]\s?(\d{1,6})(?![\d\-–/])")
_MIXED = re.compile(r"([a-z]?)(\d{1,9}(?:\.\d{1,6})?)([a-z]*)(\d{0,9})")


class Figures:
    """Takes typed numbers apart; the words it adds or splits keep their place in the text."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self._to = str(table["between"][0])
        self._times = frozenset(table["times_sign"])
        self._whole = frozenset(table["whole_endings"])
        self._about: str = table["about_ending"]
        self._numbers = frozenset((*table["units"], *table["teens"], *table["tens"]))

    def words(self, text: str) -> Words:
        """Return the words of a text: "5-6" → "5 to 6", "10mins" → "10 mins"."""
        said = Words.of(text)
        ranges = _RANGE.findall(text)
        words: list[str] = []
        origin: list[int] = []
        for place, word in enumerate(said.words):
            if ranges and (*said.words[place - 1 : place], word) == ranges[0]:
                words.append(self._to)
                origin.append(said.origin[place])
                del ranges[0]
            parts = self._parts(word)
            words.extend(parts)
            origin.extend([said.origin[place]] * len(parts))
        return Words(tuple(words), tuple(origin))

    def _parts(self, word: str) -> tuple[str, ...]:
        if word.endswith(self._about) and word.removesuffix(self._about) in self._numbers:
            return (word.removesuffix(self._about), self._about)
        if not (word[0].isdecimal() or word[-1].isdecimal()) or word.isdecimal():
            return (word,)
        found = _MIXED.fullmatch(word)
        if found is None or found[3] in self._whole:
            return (word,)
        if found[1] and found[1] not in self._times:
            return (word,)
        return tuple(part for part in found.groups() if part)
