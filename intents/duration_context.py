"""Whether a length of time is that of the complaint: not of a job, a hold, a walk, or to come."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from intents.phrasebook import PhraseBook
from intents.text import is_filler

__all__ = ["DurationContext"]

_REACH: Final = 9
"""Words before a length of time in which what lasted is looked for."""

_LIKELY: Final = 0.5
"""The weight where words for the complaint and for something else stand before."""

_HEDGES: Final = 4
"""Phrases such as "for about" between what lasted and the length of time."""


class DurationContext:
    """Judges lengths of time by the words around them."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        lists, classes = table["lists"], table["classes"]
        self._before = PhraseBook(table["told_before"], lists, classes, shared=True)
        self._after = PhraseBook(table["told_after"], lists, classes, shared=True)
        self._hedges = PhraseBook({"hedge": table["hedges"]}, lists)
        self._questions = PhraseBook({"question": table["questions"]}, lists)
        self._clauses = frozenset(table["clauses"])
        self._leads = frozenset(table["leads"])

    def lead(self, words: Sequence[str], start: int) -> int:
        """Return where the hedges before a place begin: "for about" in "for about two weeks"."""
        for _ in range(_HEDGES):
            if not self._hedges.before(words, start):
                break
            start = next(
                begin
                for begin in range(max(0, start - 4), start)
                if any(mark.end == start for mark in self._hedges.all_at(words, begin))
            )
        return start

    def begins(self, words: Sequence[str], start: int) -> bool:
        """Return whether a place is where the words begin, but for "well", "about" and the like."""
        start = self.lead(words, start)
        return all(is_filler(word) or word in self._leads for word in words[:start])

    def weight(self, words: Sequence[str], start: int, end: int) -> float | None:
        """Return how surely a length of time is the complaint's, from 0 to 1; None: it is not."""
        marks = self._after.all_at(words, end)
        longest = max((mark.end for mark in marks), default=end)
        after = {mark.label for mark in marks if mark.end == longest}
        if "other" in after or ("old" in after and not self.has(words, start, "thing")):
            return None
        what = self._what(words, start)
        if what == "other" and "told" in after and self.has(words, start, "told"):
            return _LIKELY  # "i pulled it at football two weeks ago"
        if what in ("other", "event"):
            return None
        if "told" in (what, *after):
            return 1.0
        return None if self._questions.at(words, 0) is not None else 0.0

    def has(self, words: Sequence[str], start: int, label: str) -> bool:
        """Return whether a phrase of that label stands in the words before a place."""
        return label in self._before.labels_in(words[max(0, start - _REACH) : start])

    def _what(self, words: Sequence[str], start: int) -> str:
        """Return what the nearest words before a length of time say that lasted."""
        first = max(0, start - _REACH)
        for place in range(start - 1, first - 1, -1):
            labels = [m for m in self._before.all_at(words, place) if m.end <= start]
            if labels:
                # A longer phrase that covers this one goes before it ("at work").
                for earlier in range(max(first, place - 3), place):
                    labels += [m for m in self._before.all_at(words, earlier) if m.end > place]
                kept = [m for m in labels if m.end <= start]
                best = max(kept, key=lambda m: (m.end - m.start, m.label == "told"))
                if best.label in ("told", "other", "event"):
                    return best.label
            if words[place] in self._clauses:
                return ""
        return ""
