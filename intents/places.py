"""Places in a list, as people say them: "the second", "the last but one", "number three"."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from intents.phrasebook import PhraseBook
from intents.selection import Event

__all__ = ["Places"]

_PLACED: Final = 0.9
_COUNTED: Final = 0.85  # a bare "two"
_MIDDLE: Final = "middle"


class Places:
    """Finds places in a list of options."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self._places: dict[str, int | list[int]] = {**table["places"], **table["spans"]}
        self._extremes: dict[str, bool] = {
            **dict.fromkeys(table["most"], True),
            **dict.fromkeys(table["least"], False),
        }
        middle = dict.fromkeys(table["middle"], 0)
        said = (*self._places, *middle, *self._extremes)
        self._book = PhraseBook(
            {_MIDDLE: table["middle"], **{w: [w] for w in said if w not in middle}}
        )
        self._cardinals: dict[str, int] = table["cardinals"]
        self._alike: dict[str, int] = table["alike"]
        self._letters = frozenset(table["letters"])
        self._ordering = frozenset(table["ordering"])
        self._articles = frozenset(table["articles"])
        self._numbering = frozenset(table["numbering"])
        first = (phrase.partition(" ")[0] for phrase in said)
        self._starts = frozenset((*first, *self._numbering, *self._cardinals, *self._alike))
        self._before_number = frozenset(table["before_number"])
        self._after_number = frozenset(table["after_number"])
        self._counting = frozenset(table["counting"])

    def at(
        self,
        words: Sequence[str],
        start: int,
        previous: str,
        amounts: Sequence[float],
        count: int,
    ) -> Event | None:
        """Return the place named at a place among words, as the options it stands for.

        `previous` is the label of what was said just before, `amounts` the numbers of the options
        where all have one. A place off the end stands for the index `count`, which is no option.
        """
        if words[start] not in self._starts:
            return None
        numbered = self._numbered(words, start)
        if numbered is not None:
            return _event(start, numbered[1], (numbered[0],), count)
        mark = self._book.at(words, start)
        if mark is None or (mark.end == start + 1 and words[start] in self._letters):
            return None if amounts else self._counted(words, start, previous, count)
        if mark.label == _MIDDLE:
            middle = (count // 2,) if count % 2 else ()
            return Event("name", start, mark.end, frozenset(middle), _PLACED) if middle else None
        if mark.label in self._extremes:
            return self._extreme(start, mark.end, self._extremes[mark.label], amounts)
        if self._only_orders(words, start, mark.end, previous):
            return None
        place = self._places[mark.label]
        return _event(start, mark.end, place if isinstance(place, list) else (place,), count)

    def _numbered(self, words: Sequence[str], start: int) -> tuple[int, int] | None:
        """Return the place in "number two", "option b", and where it ends."""
        if words[start] not in self._numbering or start + 1 >= len(words):
            return None
        word = words[start + 1]
        place = self._cardinals.get(word) or self._alike.get(word) or self._letter(word)
        return None if place is None else (place, start + 2)

    def _counted(self, words: Sequence[str], start: int, previous: str, count: int) -> Event | None:
        """Return the option that a bare number stands for: "two please", but not "the easy one"."""
        word = words[start]
        place = self._cardinals.get(word)
        if place is None:
            alone = len(words) == 1
            place = self._letter(word) or self._alike.get(word) if alone else None
            if place is None:
                return None
        before = words[start - 1] if start else ""
        after = words[start + 1] if start + 1 < len(words) else ""
        if after in self._after_number or before in self._counting:
            return None
        if place == 1 and before and before not in self._before_number:
            return None
        if place == 1 and previous == "correct" and start == 1:
            return None  # "no one"
        return _event(start, start + 1, (place,), count, _COUNTED)

    def _letter(self, word: str) -> int | None:
        """Return the place that a letter stands for: "option b"."""
        place = self._places[word] if word in self._letters else None
        return place if isinstance(place, int) else None

    def _extreme(self, start: int, end: int, most: bool, amounts: Sequence[float]) -> Event | None:
        """Return "the longest" of options that are amounts."""
        if not amounts:
            return None
        wanted = max(amounts) if most else min(amounts)
        return Event("name", start, end, frozenset({amounts.index(wanted)}), _PLACED)

    def _only_orders(self, words: Sequence[str], start: int, end: int, previous: str) -> bool:
        """Return whether the word says which comes first: "heat first then ice"."""
        if end > start + 1 or words[start] not in self._ordering:
            return False
        return previous == "name" and (not start or words[start - 1] not in self._articles)


def _event(
    start: int, end: int, places: Iterable[int], count: int, score: float = _PLACED
) -> Event:
    """Return the event of places counted from 1, or from the end where negative."""
    indices = (place - 1 if place > 0 else count + place for place in places)
    return Event(
        "name", start, end, frozenset(i if 0 <= i < count else count for i in indices), score
    )
