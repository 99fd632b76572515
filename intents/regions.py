"""The part of the body that words are about, and the side."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from intents.corpus import DEFAULT_LOCALE, load_table
from intents.numbers import NumberWords, number_words
from intents.phrasebook import Mark, PhraseBook, Reading, Words
from intents.text import is_filler

__all__ = ["RegionReader", "read_region", "read_regions", "read_side"]

_SURE: Final = 0.95
_FIRST_OF_SEVERAL: Final = 0.8
_BACK: Final = "back"  # no particular part of it
_BOTH: Final = "both"
_FLANK: Final = "side"  # the part of the body, which is a place on others too
_RETURN: Final = "return"
_NOTHING: Final = "none"  # the label of words that only look like a part of the body


class RegionReader:
    """Finds parts of the body and sides."""

    def __init__(self, table: Mapping[str, Any], numbers: NumberWords) -> None:
        self._regions = PhraseBook(table["regions"], table["lists"], table["classes"])
        idioms = {_NOTHING: table["idioms"], _RETURN: table["returns"]}
        self._idioms = PhraseBook(idioms, table["lists"], table["classes"])
        self._of_body = frozenset(table["of_body"])
        self._rear = PhraseBook({_NOTHING: table["rear"]})
        self._sides = PhraseBook(table["sides"], table["lists"], table["classes"])
        self._placing = frozenset(table["placing"])
        self._refining = PhraseBook(table["refining"], table["lists"], table["classes"])
        self._not_refining = frozenset(table["not_refining"])
        self._weights: dict[str, int] = table["weights"]
        self._places: dict[str, str] = table["places"]
        self._alone: dict[str, str] = table["alone"]
        self._bare: dict[str, str] = table["bare"]
        self._open = frozenset(table["open"])
        self._not_alone = frozenset(table["not_alone"])
        self._after_side = frozenset(table["after_side"])
        self._measures = frozenset(table["measures"])
        self._within: dict[str, list[str]] = table["within"]
        self._radiating = frozenset(table["radiating"])
        self._limbs = frozenset(table["limbs"])
        self._owners = frozenset(table["classes"]["own"])
        self._sharing = frozenset(table["sharing"])
        self._denying = frozenset(table["denying"])
        self._denying_side = PhraseBook({_NOTHING: table["denying_side"]})
        self._between_denial = frozenset(table["between_denial"])
        self._correcting = frozenset(table["correcting"])
        self._numbers = numbers

    def regions(self, text: str) -> tuple[Reading[str], ...]:
        """Return every part of the body named, in the order in which they are named."""
        words = Words.of(text)
        if (alone := _only(words, self._places)) is not None:
            return (alone,)
        return _readings(words, self._marks(words.words))

    def region(self, text: str) -> Reading[str] | None:
        """Return the part of the body that matters most: the spine first, then the trunk."""
        words = Words.of(text)
        if (alone := _only(words, self._places)) is not None:
            return alone
        marks = self._marks(words.words)
        chosen = self._heaviest(words.words, marks)
        if chosen is None:
            return None
        return next(r for r, m in zip(_readings(words, marks), marks, strict=True) if m is chosen)

    def side(self, text: str) -> Reading[str] | None:
        """Return "left", "right" or "both" of the part that `region` returns, or None."""
        words = Words.of(text)
        if (alone := _only(words, self._alone)) is not None:
            return alone
        said = words.words
        sides = [m for m in self._sides.scan(said) if self._is_side(said, m)]
        if not sides:
            return None
        marks = self._marks(said)
        regions = [m for m in marks if self._weight(said, m)] or marks
        chosen = self._heaviest(said, regions)
        if chosen is None:
            sides = [s for s in sides if _phrase(said, s) not in self._not_alone]
        else:
            sides = [s for s in sides if self._said_of(said, s, regions, chosen)]
        meant = [s for s in sides if not self._denying_side.before(said, s.start)]
        return self._joined(words, meant or sides)

    def _is_side(self, words: Sequence[str], mark: Mark) -> bool:
        """Return whether a phrase names a side: "the right" does not before "chair"."""
        if mark.label == _NOTHING:
            return False
        following = words[mark.end : mark.end + 1]
        closed = _phrase(words, mark) not in self._open
        return closed or not following or following[0] in self._after_side

    def _marks(self, words: Sequence[str]) -> list[Mark]:
        """Return the parts of the body among the words; idioms and measures are none."""
        idioms = self._idioms.scan(words)
        scanned = self._with_bare(words, self._regions.scan(words))
        found = [m for m in scanned if not self._is_hidden(words, m, idioms)]
        found = self._refined(words, found)
        if not any(self._may_measure(words, m) for m in found):
            return found
        ends = {number.end for number in self._numbers.scan(words)}
        return [m for m in found if m.start not in ends or not self._may_measure(words, m)]

    def _refined(self, words: Sequence[str], marks: list[Mark]) -> list[Mark]:
        """Return the parts with "my back" made "low_back" where "at the bottom" is said of it."""
        if all(mark.label != _BACK for mark in marks):
            return marks
        refined = list(marks)
        for said in self._refining.scan(words):
            if words[said.end : said.end + 1] and words[said.end] in self._not_refining:
                continue
            before = [i for i, m in enumerate(marks) if m.end <= said.start]
            after = [i for i, m in enumerate(marks) if m.start >= said.end]
            for i in before[-1:] or after[:1]:
                if marks[i].label == _BACK:
                    refined[i] = replace(marks[i], label=said.label)
        return refined

    def _with_bare(self, words: Sequence[str], marks: Sequence[Mark]) -> Sequence[Mark]:
        """Return the parts with those that have no "my" and stand in a row: "back and legs"."""
        begin = next((i for i, word in enumerate(words) if not is_filler(word)), 0)
        ends = {mark.end for mark in marks}
        inside = {i for mark in marks for i in range(mark.start, mark.end)}
        added = [
            Mark(self._bare[word], i, i + 1)
            for i, word in enumerate(words)
            if word in self._bare
            and i not in inside
            and (
                (i == begin and words[i + 1 : i + 2] and words[i + 1] in self._sharing)
                or (i > 1 and words[i - 1] in self._sharing and i - 1 in ends)
            )
        ]
        return sorted((*marks, *added), key=lambda m: m.start) if added else marks

    def _may_measure(self, words: Sequence[str], mark: Mark) -> bool:
        return mark.end - mark.start == 1 and words[mark.start] in self._measures

    def _heaviest(self, words: Sequence[str], marks: Sequence[Mark]) -> Mark | None:
        """Return the part that matters most; one that is denied counts only where it is alone."""
        meant = [m for m in marks if not self._is_denied(words, m)]
        meant = [m for m in meant or marks if not self._only_places(words, m, marks)]
        return max(meant, key=lambda m: self._weight(words, m), default=None)

    def _only_places(self, words: Sequence[str], mark: Mark, marks: Sequence[Mark]) -> bool:
        """Return whether "my left side" tells where another part is, named before it."""
        placed = mark.label == _FLANK and mark.start and words[mark.start - 1] in self._placing
        return bool(placed) and marks[0].end < mark.start

    def _weight(self, words: Sequence[str], mark: Mark) -> int:
        rear = self._rear.before(words, mark.end)  # "my head hurts at the back"
        return 0 if rear else self._weights.get(mark.label, 1)

    def _is_hidden(self, words: Sequence[str], mark: Mark, idioms: Sequence[Mark]) -> bool:
        """Return whether an idiom holds the last word: "chest of drawers", "it back again"."""
        return any(
            idiom.start < mark.end <= idiom.end
            and not (idiom.label == _RETURN and words[idiom.start - 1] in self._of_body)
            for idiom in idioms
        )

    def _is_denied(self, words: Sequence[str], mark: Mark) -> bool:
        place = mark.start - 1
        if place > 0 and words[place] in self._between_denial:
            place -= 1
        return place >= 0 and words[place] in self._denying

    def _said_of(
        self, words: Sequence[str], side: Mark, regions: Sequence[Mark], chosen: Mark
    ) -> bool:
        """Return whether a side belongs to the chosen part: both in one phrase, or beside it."""
        owners = self._owners_of(words, side, regions)
        labels = {owner.label for owner in owners}
        if chosen in owners or chosen.label in labels:
            return True
        if any(chosen.label in self._within.get(label, ()) for label in labels):
            return True
        radiates = not self._radiating.isdisjoint(words[chosen.start : chosen.end])
        return radiates and not self._limbs.isdisjoint(labels)

    def _owners_of(
        self, words: Sequence[str], side: Mark, regions: Sequence[Mark]
    ) -> Sequence[Mark]:
        """Return the parts that a side is said of."""
        inside = [r for r in regions if r.start < side.end and side.start < r.end]
        before = [r for r in regions if r.end <= side.start]
        after = [r for r in regions if r.start >= side.end]
        if not inside:
            return self._in_a_row(words, before) or after[:1]
        owner = inside[-1]
        if owner.label == _FLANK:  # "my ribs on my right side"
            return [owner, *before[-1:]]
        for following in after[:1]:
            shared = following.start == owner.end + 1 and words[owner.end] in self._sharing
            if shared and words[following.start] not in self._owners:
                return [owner, following]
        return [owner]

    def _in_a_row(self, words: Sequence[str], parts: Sequence[Mark]) -> Sequence[Mark]:
        """Return the last part, with those before it that share its side: "knee and hip on the"."""
        first = len(parts) - 1
        while first > 0:
            former, latter = parts[first - 1], parts[first]
            joined = latter.start == former.end + 1 and words[former.end] in self._sharing
            if not joined or words[latter.start] in self._owners:
                break
            first -= 1
        return parts[max(first, 0) :]

    def _joined(self, words: Words, sides: Sequence[Mark]) -> Reading[str] | None:
        """Return the one side that several make."""
        if not sides:
            return None
        first, last = sides[0], sides[-1]
        span = words.span(first.start, last.end)
        if len({m.label for m in sides}) == 1:
            return Reading(first.label, _SURE, words.span(first.start, first.end))
        between = words.words[first.end : last.start]
        if not self._correcting.isdisjoint(between):
            return Reading(last.label, _FIRST_OF_SEVERAL, words.span(last.start, last.end))
        if not self._sharing.isdisjoint(between):
            return Reading(_BOTH, _FIRST_OF_SEVERAL, span)
        return Reading(first.label, _FIRST_OF_SEVERAL, words.span(first.start, first.end))


def _phrase(words: Sequence[str], mark: Mark) -> str:
    return " ".join(words[mark.start : mark.end])


def _readings(words: Words, marks: Sequence[Mark]) -> tuple[Reading[str], ...]:
    sure = _SURE if len({m.label for m in marks}) == 1 else _FIRST_OF_SEVERAL
    return tuple(Reading(m.label, sure, words.span(m.start, m.end)) for m in marks)


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
