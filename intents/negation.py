"""Scope: what in an utterance is denied, doubted, past, somebody else's or only a case put.

After NegEx and ConText (Chapman 2001, Harkema 2009): cue words open a scope, which ends at the
next clause, at "but" and its like, or after so many words. The cues are concepts of the lexicon.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from intents.patterns import Chart, Span

__all__ = ["Reading", "Scopes"]

DENIAL_REACH: Final = 8
"""Words: enough for "no numbness, tingling or weakness in either of my legs"."""

DOUBT_REACH: Final = 12
"""Words: doubt takes a clause of its own ("not sure if my left leg is weaker than it was")."""

IF_REACH: Final = 9
"""Words of a condition."""

TIME_REACH: Final = 12
"""Words between a sign and the words that say when."""

OWNER_REACH: Final = 2
"""Words before a sign in which its owner ("my", "your") is looked for."""

ANIMAL_REACH: Final = 4
"""Words between an animal and a sign that is the animal's."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How one sign is to be read. `denied_by` is the piece where the denial starts, -1 for none."""

    denied_by: int = -1
    doubted: bool = False
    supposed: bool = False
    remote: bool = False
    over: bool = False
    long_standing: bool = False
    other: bool = False
    animal: bool = False


def _bits(start: int, end: int) -> int:
    return (1 << end) - (1 << start) if end > start else 0


class Scopes:
    """The scopes of one utterance; `read` tells how they bear on a sign."""

    def __init__(self, chart: Chart) -> None:
        self._chart = chart
        self._count = len(chart.pieces)
        self._ends = {span.start for span in self._of("s_end")}
        self._clauses = {span.start for span in self._of("s_clause")}
        self._contrasts = {span.start for span in self._of("s_but")}
        self._first = self._union("s_first")
        self._openers = self._union("s_opener")
        self._owners = self._first | self._union("s_third") | self._union("s_relative")
        self._denials = [
            (span.start, span.mask, self._forward(span.end, DENIAL_REACH))
            for span in self._unless_within("s_not", "s_pseudo")
            if not self._is_answer(span)
        ]
        doubts = self._unless_within("s_doubt", "s_not_doubt")
        self._doubts = [(span.mask, self._forward(span.end, DOUBT_REACH)) for span in doubts]
        self._doubts += [
            (span.mask, self._forward(span.end, DOUBT_REACH))
            for span in self._of("s_whether")
            if self._begins(span)
        ]
        self._doubts += [
            (span.mask, self._backward(span.start))
            for span in self._of("s_doubt_after")
            if self._closes(span)
        ]
        asking = self._union("s_question")
        actual = [span.start for span in self._of("s_actual")]
        self._cases = [
            (span.mask, self._until_actual(span.start, actual))
            for span in self._unless_within("s_hypo", "s_not_hypo")
        ]
        self._cases += [
            (span.mask, self._forward(span.end, IF_REACH, at_comma=True))
            for span in self._unless_within("s_if", "s_not_if", "s_doubt", "s_not_doubt", "s_hypo")
        ]
        stated = actual + [
            span.start for span in self._of("s_state") if not self._is_inverted(span.start, asking)
        ]
        self._topics = [
            (span.mask, self._until_actual(span.start, stated))
            for span in (*self._of("s_topic"), *self._questions())
        ]
        self._generic = 0
        for span in self._unless_within("s_generic", "s_not_generic"):
            self._generic |= span.mask
        self._anyone = self._generic | self._union("s_anyone")
        self._asking = min(
            (span.start for name in ("s_question", "s_if", "s_topic") for span in self._of(name)),
            default=self._count,
        )
        self._proxy = any(self._is_proxy(span) for span in self._of("s_proxy"))

    def read(self, span: Span, head: int) -> Reading:
        """Return how a sign is to be read; `head` are the pieces that a denial would deny."""
        mask = span.mask
        denied_by = min(
            (start for start, cue, scope in self._denials if not cue & mask and scope & head),
            default=-1,
        )
        supposed = any(cue & ~mask and scope & head for cue, scope in self._cases)
        near = _bits(max(0, span.start - OWNER_REACH), span.end)
        owned = bool(near & self._owners)
        asked = any(
            cue & ~mask and scope & head and not near & self._owners & ~cue
            for cue, scope in self._topics
        )
        generic = bool(near & self._generic & ~mask)
        general = bool(near & self._anyone & ~mask) and self._asking < span.start and not owned
        return Reading(
            denied_by=denied_by,
            doubted=generic or any(not cue & mask and scope & head for cue, scope in self._doubts),
            supposed=supposed or general or asked,
            remote=self._remote(span),
            over=any(
                self._near_in_time(span, cue) and cue.start > span.start and not self.denies(cue)
                for cue in self._of("s_over")
                if not cue.mask & mask
            ),
            long_standing=any(self._near_in_time(span, cue) for cue in self._of("s_long")),
            other=not self._proxy and self._is_others(span),
            animal=self._is_animals(span),
        )

    def denies(self, span: Span, used: int = 0) -> bool:
        """Return whether a span lies in the scope of a denial made by none of the pieces `used`."""
        used |= span.mask
        return any(not cue & used and scope & span.mask for _, cue, scope in self._denials)

    def contrast_between(self, start: int, end: int) -> bool:
        """Return whether "but" or its like stands between two pieces."""
        return any(start <= place < end for place in self._contrasts)

    def _of(self, concept: str) -> Iterable[Span]:
        return self._chart.spans.get(concept, ())

    def _union(self, concept: str) -> int:
        mask = 0
        for span in self._of(concept):
            mask |= span.mask
        return mask

    def _unless_within(self, concept: str, *others: str) -> list[Span]:
        """Return the spans of a concept that no longer span of another holds."""
        wider = [span for other in others for span in self._of(other)]
        return [
            span
            for span in self._of(concept)
            if not any(
                w.start <= span.start
                and span.end <= w.end
                and (w.end - w.start) > (span.end - span.start)
                for w in wider
            )
        ]

    def _is_inverted(self, place: int, asking: int) -> bool:
        """Return whether the subject at a place follows its verb ("do I", but not "I do I")."""
        before = place - 1
        return (
            before >= 0
            and bool(asking >> before & 1)
            and not (before > 0 and self._owners >> (before - 1) & 1)
        )

    def _begins(self, span: Span) -> bool:
        """Return whether a span begins a sentence, but for a word or two like "so" or "please"."""
        place = span.start
        while place and not self._chart.ends[place] and self._openers >> (place - 1) & 1:
            place -= 1
        return not place or self._chart.ends[place]

    def _questions(self) -> list[Span]:
        """Return the words that begin a sentence as a question."""
        pieces = self._chart.pieces
        return [
            span
            for span in self._of("s_question")
            if self._begins(span) and (span.end == self._count or pieces[span.end] != "not")
        ]

    def _is_answer(self, cue: Span) -> bool:
        """Return whether a "no" is an answer of its own, which denies nothing after it."""
        after = cue.end
        return (
            self._chart.pieces[cue.start] in ("no", "nope")
            and cue.end - cue.start == 1
            and (after == self._count or self._chart.ends[after] or self._chart.commas[after])
        )

    def _forward(self, start: int, reach: int, *, at_comma: bool = False) -> int:
        """Return the pieces from `start` to where a scope ends. A clause may begin at `start`."""
        chart = self._chart
        begun = False
        place = start
        while place < self._count and place - start < reach:
            if chart.ends[place]:
                break
            if place in self._ends and not (at_comma and place == start):
                break
            if place in self._clauses:
                if begun:
                    break
                begun = True
            elif not chart.fillers[place]:
                begun = True
            if at_comma and chart.commas[place] and place > start:
                break
            place += 1
        return _bits(start, place)

    def _backward(self, start: int) -> int:
        place = start
        while place > 0 and start - place < DOUBT_REACH:
            if self._chart.ends[place] or place in self._contrasts:
                break
            place -= 1
        return _bits(place, start)

    def _closes(self, cue: Span) -> bool:
        return cue.end == self._count or self._chart.ends[cue.end] or self._chart.commas[cue.end]

    def _until_actual(self, start: int, actual: list[int]) -> int:
        """Return the pieces from a case that is put to what is really so, or the sentence's end."""
        place = start + 1
        while place < self._count and not self._chart.ends[place]:
            if place in actual:
                break
            place += 1
        return _bits(start, place)

    def _near_in_time(self, span: Span, cue: Span) -> bool:
        low, high = (span.end, cue.start) if span.end <= cue.start else (cue.end, span.start)
        return high - low <= TIME_REACH and self._chart.same_sentence(
            min(span.start, cue.start), max(span.end, cue.end)
        )

    def _remote(self, span: Span) -> bool:
        """Return whether the time that stands nearest to a sign is long past."""

        def nearest(cues: Iterable[Span]) -> int:
            return min(
                (
                    max(cue.start - span.end, span.start - cue.end, 0)
                    for cue in cues
                    if self._near_in_time(span, cue)
                ),
                default=TIME_REACH + 1,
            )

        remote = nearest(self._unless_within("s_remote", "s_not_remote"))
        return remote <= TIME_REACH and remote <= nearest(self._of("s_recent"))

    def _is_proxy(self, span: Span) -> bool:
        """Return whether a complaint is another's: the speaker must not come in after that one."""
        third = (self._union("s_relative") | self._union("s_third")) & _bits(span.start, span.end)
        after = _bits(third.bit_length(), span.end)
        return not after & self._first

    def _is_others(self, span: Span) -> bool:
        """Return whether somebody else is named before a sign and the speaker not since."""
        start = span.start
        while start > 0 and not self._chart.ends[start]:
            start -= 1
        before = _bits(start, span.end)
        others = (self._union("s_relative") | self._union("s_third")) & before
        return bool(others) and (self._first & before).bit_length() < others.bit_length()

    def _is_animals(self, span: Span) -> bool:
        before = _bits(max(0, span.start - ANIMAL_REACH), span.start)
        animals = self._union("s_animal") & before
        since = _bits(animals.bit_length(), span.end)
        return bool(animals) and not self._first & since
