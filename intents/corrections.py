"""Numbers taken back: "six no sorry seven", "fifteen not fifty", "I said eight I mean ten"."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from intents.phrasebook import PhraseBook
from intents.text import is_filler

__all__ = ["Corrections", "Placed"]

# Words between what is taken back and the words that take it back ("six reps no").
_BEFORE: Final = 5
# Words between the words that take back and the number that is meant.
_AFTER: Final = 6
# Words between a number that is denied and the one that is meant ("not thirty but thirteen").
_DENIED: Final = 4


class Placed(Protocol):
    """Something found among words; `end` is excluded."""

    @property
    def start(self) -> int:
        """The first word."""

    @property
    def end(self) -> int:
        """The word after the last."""


class Corrections:
    """Finds which of several values said after one another is the one that is meant."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self._book = PhraseBook(table["amends"])
        self._claims = PhraseBook(table["claims"])

    def final(self, words: Sequence[str], found: Sequence[Placed]) -> tuple[int, ...]:
        """Return, for each value in order, the index of the value that is meant in its place."""
        final = list(range(len(found)))
        for i in reversed(range(len(found) - 1)):
            if self._takes_back(words, found[i], found[i + 1]):
                final[i] = final[i + 1]
        if len(found) > 1:
            for i, value in enumerate(found):
                if final[i] == i and "denial" in self._claims.before(words, value.start):
                    final[i] = self._instead(found, final, i)
        return tuple(final)

    def _instead(self, found: Sequence[Placed], final: Sequence[int], i: int) -> int:
        """Return what is meant where the value at `i` is denied."""
        if i + 1 < len(found) and found[i + 1].start - found[i].end <= _DENIED:
            return final[i + 1]
        return i - 1 if i and found[i].start - found[i - 1].end <= _DENIED else i

    def _takes_back(self, words: Sequence[str], first: Placed, second: Placed) -> bool:
        gap = words[first.end : second.start]
        place, loose = 0, len(gap)
        cue = ""  # the surest label so far
        claimed = "claim" in self._claims.before(words, first.start)
        while place < len(gap):
            mark = self._book.at(gap, place)
            label = "" if mark is None else mark.label
            if label == "but" and claimed:
                label = "strong"
            if label in ("strong", "weak") and not cue and place > _BEFORE:
                return False
            if label in ("strong", "weak"):
                if not cue:
                    loose = 0
                cue = "strong" if "strong" in (label, cue) else label
            elif label != "glue" and cue and not is_filler(gap[place]):
                loose += 1
            place = place + 1 if mark is None else mark.end
        return cue != "" and loose <= (_AFTER if cue == "strong" else 0)
