"""The names of options, found among words: whole or in part, with slips, or by another word."""

import functools
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rapidfuzz.distance import OSA

from intents.phrasebook import PhraseBook, Words

__all__ = ["Named", "OptionNames"]

# How much a word of an option is worth that was said so.
_EXACT: Final = 1.0
_STEM: Final = 0.95
_PART: Final = 0.85
_SLIP: Final = 0.8
_SAME: Final = 0.7

_SHORTEST: Final = 4  # letters of a word that may be misspelt or cut short
_LONG: Final = 8  # letters from which two slips are allowed
_COMPOUND: Final = 6  # letters of a name that may be said as two words
_CACHED: Final = 256  # lists of options
_CACHED_WORDS: Final = 8192


@dataclass(frozen=True, slots=True)
class Named:
    """Words that name options: their indices, how well (0 to 1), and the place (end excluded).

    Several `options` are named equally well: the words do not tell which.
    """

    options: frozenset[int]
    score: float
    start: int
    end: int

    @property
    def is_clear(self) -> bool:
        """Whether one option is named."""
        return len(self.options) == 1


@dataclass(frozen=True, slots=True)
class _Option:
    """An option: the words it is known by, and the rows of like words that it is in."""

    words: tuple[str, ...]
    rows: frozenset[str]
    run: str  # the words as one: "chintuck"
    compounds: frozenset[str]  # stems of long words, which may be said as two


class OptionNames:
    """Finds the options that words name."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        rows = {str(number): row for number, row in enumerate(table["same"])}
        self._rows = PhraseBook(rows, shared=True)
        self._small = frozenset(table["small"])
        self._joining = frozenset(table["joining"])
        self._common = frozenset(table["common"])
        self._numbers = frozenset(table["cardinals"])
        self._endings = tuple(table["endings"])
        self._shortest_stem: int = table["shortest_stem"]
        self._stem = functools.lru_cache(_CACHED_WORDS)(self._cut)
        self._likeness = functools.lru_cache(_CACHED_WORDS)(self._compare)
        self._compiled = functools.lru_cache(_CACHED)(self._compile)

    def is_small(self, words: Sequence[str]) -> bool:
        """Return whether no option is known by any of the words ("the", "one")."""
        return all(word in self._small for word in words)

    def find(
        self, words: Sequence[str], options: tuple[str, ...], blocked: Container[int] = ()
    ) -> list[Named]:
        """Return the names of options among the words, from left to right, save at `blocked`."""
        known = self._compiled(options)
        found: list[Named] = []
        scores: dict[int, float] = {}
        start = end = 0
        for place, after, hits in self._hits(words, known, blocked):
            joined = scores.keys() & hits.keys()
            between = words[end:place]
            if not self._joining.isdisjoint(between) and _top(scores) != _top(hits):
                joined = set()  # "thigh and calf", where each may stand for the other
            if joined and self.is_small(between):
                scores = {i: scores[i] + hits[i] for i in joined}
            else:
                if scores:
                    found.append(_best(scores, known, start, end))
                scores, start = dict(hits), place
            end = after
        if scores:
            found.append(_best(scores, known, start, end))
        return found

    def _compile(self, options: tuple[str, ...]) -> tuple[_Option, ...]:
        return tuple(self._option(Words.of(option).words) for option in options)

    def _option(self, words: tuple[str, ...]) -> _Option:
        kept = tuple(word for word in words if word not in self._small) or words
        rows = self._rows.labels_in(words) | self._rows.labels_in(tuple(map(self._stem, kept)))
        run = "".join(kept) if len(kept) > 1 else ""
        compounds = frozenset(self._stem(word) for word in kept if len(word) >= _COMPOUND)
        return _Option(kept, rows, run, compounds)

    def _hits(
        self, words: Sequence[str], known: Sequence[_Option], blocked: Container[int]
    ) -> Iterator[tuple[int, int, dict[int, float]]]:
        """Yield places with the options they point to and how well, none overlapping."""
        place = 0
        while place < len(words):
            if place in blocked:
                place += 1
                continue
            end, hits = self._at(words, place, known)
            if hits:
                yield place, end, hits
            place = end

    def _at(
        self, words: Sequence[str], place: int, known: Sequence[_Option]
    ) -> tuple[int, dict[int, float]]:
        """Return where what stands at a place ends, and the options it points to."""
        end, hits = self._like(words, place, known)
        if end > place + 1:
            return end, hits
        word = words[place]
        pair = self._stem(word + words[end]) if end < len(words) else ""
        for index, option in enumerate(known):
            score = max([self._likeness(word, name) for name in option.words], default=0.0)
            if option.run and len(word) >= _COMPOUND:
                score = max(score, self._likeness(word, option.run))
            if pair in option.compounds:
                score, end = _STEM, place + 2
            if score > hits.get(index, 0.0):
                hits[index] = score
        return end, hits

    def _like(
        self, words: Sequence[str], place: int, known: Sequence[_Option]
    ) -> tuple[int, dict[int, float]]:
        """Return the options meant by other words for the same, the longest that mean any."""
        marks = self._rows.all_at(words, place)
        for end in sorted({mark.end for mark in marks}, reverse=True):
            rows = {mark.label for mark in marks if mark.end == end}
            hits = [i for i, option in enumerate(known) if not rows.isdisjoint(option.rows)]
            if hits:
                return end, dict.fromkeys(hits, _SAME if end == place + 1 else _STEM)
        return place + 1, {}

    def _compare(self, said: str, name: str) -> float:
        """Return how well a word stands for a word of a name, from 0 to 1."""
        if said == name:
            return _EXACT
        if said in self._small or said in self._numbers or name in self._numbers:
            return 0.0
        if self._stem(said) == self._stem(name):
            return _STEM
        if min(len(said), len(name)) < _SHORTEST or said in self._common:
            return 0.0
        if name.startswith(said) or said.startswith(name):
            return _PART
        slips = 2 if min(len(said), len(name)) >= _LONG else 1
        return _SLIP if OSA.distance(said, name, score_cutoff=slips) <= slips else 0.0

    def _cut(self, word: str) -> str:
        """Return a word without its ending: "bridges" and "bridge" are one."""
        for ending in self._endings:
            stem = word.removesuffix(ending)
            if stem != word and len(stem) >= self._shortest_stem:
                return (
                    stem[:-1] if len(stem) > self._shortest_stem and stem[-1] == stem[-2] else stem
                )
        return word


def _top(scores: Mapping[int, float]) -> set[int]:
    best = max(scores.values(), default=0.0)
    return {i for i, score in scores.items() if score == best}


def _best(scores: Mapping[int, float], known: Sequence[_Option], start: int, end: int) -> Named:
    """Return the options that score best; of equals, those of which most was said."""
    ranks = {i: (round(s, 3), s / len(known[i].words)) for i, s in scores.items()}
    best = max(ranks.values())
    options = frozenset(i for i, rank in ranks.items() if rank == best)
    return Named(options, min(1.0, best[1] if best[1] > 1 else best[0]), start, end)
