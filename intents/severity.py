"""How bad a pain is said to be, from 0 to 10: "about six or seven", "off the scale", "mild"."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from intents.corpus import DEFAULT_LOCALE, load_table
from intents.numbers import Number, NumberReader, number_reader
from intents.phrasebook import PhraseBook, Reading
from intents.severity_words import Severity, SeverityWords
from intents.text import is_filler

__all__ = ["WORST", "SeverityReader", "read_severity"]

WORST: Final = 10.0
"""The end of the scale; what is said to be above it counts as this."""

_SURE: Final = 0.95  # "seven out of ten"
_PLAIN: Final = 0.85  # "it's a seven"
_PAST: Final = 0.5  # "it was a seven", and nothing about now
_HEDGES: Final = 5  # phrases between "it's" and the number
_LONGEST_HEDGE: Final = 4  # words
# Of several values the highest of these is meant.
_RANKS: Final = {"past": 0, "when": 1, "": 2, "today": 3, "now": 4}


class SeverityReader:
    """Finds how bad a pain is said to be now."""

    def __init__(self, table: Mapping[str, Any], numbers: NumberReader) -> None:
        lists, classes = table["lists"], table["classes"]
        self._numbers = numbers
        self._words = SeverityWords(table)
        self._scale = PhraseBook(table["scale"], lists, classes)
        self._bases: dict[str, float] = table["bases"]
        self._hedges = PhraseBook({"hedge": table["hedges"]}, lists, classes)
        self._frames = PhraseBook(
            {
                "frame": table["frames"],
                "apart": table["apart"],
                "moved": table["moved"],
                "never": table["never"],
            },
            lists,
            classes,
            shared=True,
        )
        self._level = PhraseBook({"level": table["pain_level"]}, lists, classes)
        self._units = PhraseBook({"unit": table["units"]}, lists, classes)
        self._times = PhraseBook(table["times"], lists, classes, shared=True)
        self._openers = frozenset(table["openers"])
        self._closers = frozenset(table["closers"])
        self._follows = frozenset(table["follows"])
        self._placing = frozenset(table["placing"])
        self._leads = frozenset((*table["leads"], *table["number_leads"]))

    def read(self, text: str) -> Reading[float] | None:
        """Return how bad it is now, from 0 to 10, or None."""
        words = self._numbers.words(text)
        only = self._numbers.grammar.only(words.words)
        one = self._words.whole(words.words)
        if one is None and only is not None:
            one = Severity(only.value, only.confidence, only.start, only.end)
        if one is None:
            one = self._meant(words.words)
        if one is None or one.start >= one.end:
            return None
        value = min(max(one.value, 0.0), WORST)
        return Reading(value, one.confidence, words.span(one.start, one.end))

    def _meant(self, words: Sequence[str]) -> Severity | None:
        """Return the value that is meant among all that are said."""
        numbers = self._scored(words)
        found = sorted((*numbers, *self._words.found(words, numbers)), key=lambda s: s.start)
        if self._words.asks(words) and not any(s.confidence == _SURE for s in found):
            found = self._words.answers(words, found)
        if not found:
            return None
        tags = self._tags(words, found)
        final = self._revised(words, found)
        best = max(
            (i for i in range(len(found)) if final[i] == i or tags[i] in ("today", "now")),
            key=lambda i: (
                _RANKS[tags[i]],
                i in final[:i],  # what takes another back
                found[i].number,
                i if tags[i] in ("today", "now", "past") else -i,
            ),
        )
        one = found[final[best]]
        return replace(one, confidence=min(one.confidence, _PAST)) if tags[best] == "past" else one

    def _revised(self, words: Sequence[str], found: Sequence[Severity]) -> list[int]:
        """Return for each value the index of the one that is meant in its place."""
        final = list(self._numbers.corrections.final(words, found))
        scale = {i for mark in self._scale.scan(words) for i in range(mark.start, mark.end)}
        for i in reversed(range(len(found) - 1)):
            between = range(found[i].end, found[i + 1].start)
            gap = [words[place] for place in between if place not in scale]
            later = found[i + 1]
            outdone = later.number or not (
                found[i].number or self._words.denies(words, later.start)  # "moderate not awful"
            )
            if final[i] == i and (gap or outdone) and self._words.revises(gap):
                final[i] = final[i + 1]
        return final

    def _scored(self, words: Sequence[str]) -> list[Severity]:
        """Return the numbers that tell how bad it is."""
        said = self._numbers.found(words)
        if not said:
            return []
        marks = self._scale.scan(words)
        inside = {i for mark in marks for i in range(mark.start, mark.end)}
        numbers = [n for n in said if n.start not in inside]
        final = self._numbers.corrections.final(words, numbers)
        bases = {mark.start: mark for mark in marks}
        taken: set[int] = set()
        found: list[Severity] = []
        for i, number in enumerate(numbers):
            mark = bases.get(number.end)
            base, end = WORST, number.end
            if mark is not None:
                base, end = self._bases[mark.label], mark.end
            elif self._is_over(words, number):
                end = number.end + 1
            elif i and self._is_over(words, numbers[i - 1]):
                continue
            if self._words.is_else(words, number.start, end):
                continue
            sure = end > number.end
            told = sure or i in taken
            if told or self._is_score(words, number, found, scaled=bool(marks)):
                value = self._moved(words, number).value * WORST / base
                confidence = _SURE if sure else _PLAIN
                found.append(Severity(value, confidence, number.start, end, number=True))
                taken.add(final[i])
        return found

    def _is_over(self, words: Sequence[str], number: Number) -> bool:
        """Return whether "8 10" stands for a typed "8/10"."""
        after = words[number.end : number.end + 1]
        return words[number.end - 1][0].isdecimal() and after == (str(int(WORST)),)

    def _moved(self, words: Sequence[str], number: Number) -> Number:
        """Return where it is now: the end of "gone from two to six"."""
        if "moved" in self._frames.before(words, number.start):
            for place in range(number.start + 2, number.end):
                last = self._numbers.grammar.single(words, place)
                if last is not None and last.end == number.end:
                    return replace(last, start=number.start)
        return number

    def _is_score(
        self, words: Sequence[str], number: Number, found: Sequence[Severity], *, scaled: bool
    ) -> bool:
        """Return whether a number tells how bad it is, by the words around it."""
        if self._units.after(words, number.end):
            return False
        follows = number.end >= len(words) or words[number.end] in self._follows
        follows = follows or self._numbers.grammar.at(words, number.end) is not None
        starts = self._lead(words, number.start)
        before = {label for p in starts for label in self._frames.before(words, p)}
        level = any(self._level.before(words, p) for p in starts)
        article = len(starts) > 1 and starts[1] == number.start - 1
        article = article and words[starts[1]] not in self._placing
        begin = found[-1].end if found else 0
        left = words[begin : starts[-1]]
        timed = {i for m in self._times.scan(left) for i in range(m.start, m.end)}
        told = timed | self._words.covered(words[begin : number.start])
        apart = "apart" in before and "frame" not in before and len(left) - 1 not in told
        if "never" in before or (apart and not level):
            return False
        framed = "frame" in before or level or scaled
        if number.value > WORST:
            framed = framed and "i am" not in " ".join(words[starts[-1] - 2 : starts[-1]])
            return framed and follows
        first = all(
            is_filler(w) or w in self._leads or w in self._openers or i in told
            for i, w in enumerate(left)
        )
        return (framed or first or article) and (follows or (article and framed))

    def _lead(self, words: Sequence[str], place: int) -> list[int]:
        """Return where the number and each hedge before it begin."""
        starts = [place]
        while len(starts) <= _HEDGES:
            end = starts[-1]
            begins = (
                start
                for start in range(max(0, end - _LONGEST_HEDGE), end)
                if any(mark.end == end for mark in self._hedges.all_at(words, start))
            )
            first = next(begins, None)
            if first is None:
                break
            starts.append(first)
        return starts

    def _tags(self, words: Sequence[str], found: Sequence[Severity]) -> list[str]:
        """Return for each value whether it is so now, was, or would be; "" where nothing says.

        "today" is said of both: "this morning it was a seven".
        """
        count = len(found)
        around: list[set[str]] = [set() for _ in range(count)]
        place = 0
        for i in range(count + 1):
            end = found[i].start if i < count else len(words)
            gap = words[place:end]
            cut = self._cut(gap, around[i - 1] if i else set(), first=i == 0, last=i == count)
            if i:
                around[i - 1] |= {mark.label for mark in self._times.scan(gap[:cut])}
            if i < count:
                around[i] |= {mark.label for mark in self._times.scan(gap[cut:])}
                place = found[i].end
        return [
            "today"
            if {"now", "past"} <= tags
            else next((t for t in ("now", "past", "when") if t in tags), "")
            for tags in around
        ]

    def _cut(self, gap: Sequence[str], tags: set[str], *, first: bool, last: bool) -> int:
        """Return where, in the words between two values, those of the second one begin.

        `tags` say when the first was so: after "normally five", "today" is of the second.
        """
        if first or last:
            return 0 if first else len(gap)
        told = bool(tags)
        present = len(gap)
        if told and "now" not in tags:
            times = self._times.scan(gap)
            present = next((mark.start for mark in times if mark.label == "now"), present)
        for place, word in enumerate(gap):
            if place == present:
                return place
            if word in self._openers and (place or told or word not in self._closers):
                return place
        return 0 if told else len(gap)


@functools.cache
def _reader(locale: str) -> SeverityReader:
    return SeverityReader(load_table(locale, "severity"), number_reader(locale))


def read_severity(text: str, locale: str = DEFAULT_LOCALE) -> Reading[float] | None:
    """Return how bad a pain is said to be, from 0 (none) to 10 (the worst), or None.

    How bad it is now goes before how bad it was or usually is, a number before a word ("awful",
    8), and what takes another value back before that. What is said to be beyond ten is 10. None
    where the words are about something else, or say only that it hurts.
    """
    return _reader(locale).read(text)
