"""Where the cue words of scope stand in an utterance, and how far each of them reaches.

After ConText (Harkema 2009): a scope ends at the next clause, at "but" and its like, or after so
many words. The cues are concepts of the lexicon.
"""

from collections.abc import Iterable
from typing import Final

from intents.patterns import Chart, Span

__all__ = ["Cues", "around", "bits"]

DOUBT_REACH: Final = 12
"""Words: doubt takes a clause of its own ("not sure if my left leg is weaker than it was")."""

IF_REACH: Final = 9
"""Words of a condition."""

TRAIL_REACH: Final = 5
"""Words of a bare phrase that is denied after it ("any numbness down below no")."""

TIME_REACH: Final = 12
"""Words between a sign and the words that say when."""

_ANSWERS: Final = frozenset(("yes", "yeah", "yep", "no", "nope", "nah"))

_VERBAL: Final = frozenset(
    "i it he she they we not cannot no never nothing nor without have is are was has got".split()
)
"""Words that make a phrase a statement, or deny it already."""


def bits(start: int, end: int) -> int:
    """Return the pieces from `start` to before `end` as a mask."""
    return (1 << end) - (1 << start) if end > start else 0


def around(span: Span, other: Span) -> tuple[int, int]:
    """Return where two spans together begin and end."""
    return min(span.start, other.start), max(span.end, other.end)


class Cues:
    """The cues of one utterance."""

    def __init__(self, chart: Chart) -> None:
        self.chart = chart
        self.count = len(chart.pieces)
        self.excepts = {span.start for span in self.of("s_except")}
        self.contrasts = {span.start for span in self.of("s_but")} - self.excepts
        self.first = self.union("s_first")
        self.owners = self.first | self.union("s_third") | self.union("s_relative")
        self._stops = {span.start for span in self.of("s_end")}
        self._clauses = {span.start for span in self.of("s_clause")}
        self._openers = self.union("s_opener")
        self._thens = {span.start for span in self.of("s_then")}

    def contrast_between(self, start: int, end: int) -> bool:
        """Return whether "but" or its like stands between two pieces."""
        return any(start <= place < end for place in self.contrasts)

    def of(self, concept: str) -> Iterable[Span]:
        """Return the spans of a concept."""
        return self.chart.spans.get(concept, ())

    def union(self, concept: str) -> int:
        """Return the pieces that the spans of a concept use."""
        mask = 0
        for span in self.of(concept):
            mask |= span.mask
        return mask

    def unless_within(self, concept: str, *others: str) -> list[Span]:
        """Return the spans of a concept that no longer span of another holds."""
        wider = [span for other in others for span in self.of(other)]
        return [
            span
            for span in self.of(concept)
            if not any(
                w.start <= span.start
                and span.end <= w.end
                and (w.end - w.start) > (span.end - span.start)
                for w in wider
            )
        ]

    def begins(self, span: Span) -> bool:
        """Return whether a span begins a sentence, but for a word or two like "so" or "please"."""
        place = span.start
        while place and not self.chart.ends[place] and self._openers >> (place - 1) & 1:
            place -= 1
        return not place or self.chart.ends[place]

    def is_inverted(self, place: int, asking: int) -> bool:
        """Return whether the subject at a place follows its verb ("do I", but not "I do I")."""
        before = place - 1
        return (
            before >= 0
            and bool(self.owners >> place & 1)
            and bool(asking >> before & 1)
            and not (before > 0 and self.owners >> (before - 1) & 1)
        )

    def questions(self) -> list[Span]:
        """Return the words that begin a sentence as a question."""
        pieces = self.chart.pieces
        own = {span.start for span in self.of("s_asked")}
        return [
            span
            for span in self.of("s_question")
            if span.start not in own
            and self.begins(span)
            and (span.end == self.count or pieces[span.end] != "not")
        ]

    def is_answer(self, cue: Span) -> bool:
        """Return whether a "no" is an answer of its own, which denies nothing after it."""
        after = cue.end
        return (
            self.chart.pieces[cue.start] in ("no", "nope")
            and cue.end - cue.start == 1
            and (after == self.count or self.chart.ends[after] or self.chart.commas[after])
        )

    def forward(self, start: int, reach: int) -> int:
        """Return the pieces from `start` to where a scope ends. A clause may begin at `start`."""
        chart = self.chart
        begun = False
        place = start
        while place < self.count and place - start < reach:
            if chart.ends[place]:
                break
            if place in self._stops:
                break
            if place in self._clauses:
                if begun:
                    break
                begun = True
            elif not chart.fillers[place]:
                begun = True
            place += 1
        return bits(start, place)

    def backward(self, start: int) -> int:
        """Return the pieces back from `start` to where a scope ends."""
        place = start
        while place > 0 and start - place < DOUBT_REACH:
            if self.chart.ends[place] or place in self.contrasts:
                break
            place -= 1
        return bits(place, start)

    def trails(self, cue: Span) -> bool:
        """Return whether a "no" is about what stands before it, not part of "no relief"."""
        start, after = cue.start, cue.end
        return (
            start > 0
            and not self.chart.ends[start]
            and (self.closes(cue) or any(span.start == after for span in self.of("s_no_more")))
        )

    def before(self, cue: Span) -> int:
        """Return the pieces that a trailing "no" denies: a bare phrase, with no verb of its own.

        After what is denied already ("can't feel it no") it only agrees.
        """
        pieces = self.chart.pieces
        place = cue.start
        while place > 0 and not self.chart.ends[place] and pieces[place - 1] not in _ANSWERS:
            place -= 1
        phrase = pieces[place : cue.start]
        if len(phrase) > TRAIL_REACH or not _VERBAL.isdisjoint(phrase):
            return 0
        return bits(place, cue.start)

    def closes(self, cue: Span) -> bool:
        """Return whether a cue ends a phrase."""
        return cue.end == self.count or self.chart.ends[cue.end] or self.chart.commas[cue.end]

    def condition(self, start: int) -> int:
        """Return the pieces of the clause that a condition is about.

        A second one belongs to it where it is joined by "and" and what would follow comes after
        ("if the worst happened and I went numb I'd ring you").
        """
        chart = self.chart
        place = start
        clauses = 0
        end = -1
        while place < self.count and place - start < 2 * IF_REACH and not chart.ends[place]:
            if end >= 0 and (place in self._thens or place in self.contrasts):
                return bits(start, place if place in self._thens else end)
            clauses += place in self._clauses
            if end < 0 and place > start:
                joined = "and" in chart.pieces[place - 1 : place + 1]
                if place in self._stops or chart.commas[place] or clauses > 1:
                    if not joined:
                        return bits(start, place)
                    end = place
                elif place - start >= IF_REACH:
                    return bits(start, place)
            place += 1
        return bits(start, place if end < 0 else end)

    def until(self, start: int, actual: list[int]) -> int:
        """Return the pieces from a case that is put to what is really so, or the sentence's end."""
        place = start + 1
        while place < self.count and not self.chart.ends[place]:
            if place in actual:
                break
            place += 1
        return bits(start, place)

    def sentence_start(self, place: int) -> int:
        """Return where the sentence of a piece begins."""
        while place > 0 and not self.chart.ends[place]:
            place -= 1
        return place

    def near_in_time(self, span: Span, cue: Span) -> bool:
        """Return whether words of time may be about a sign."""
        low, high = (span.end, cue.start) if span.end <= cue.start else (cue.end, span.start)
        return high - low <= TIME_REACH and self.chart.same_sentence(
            min(span.start, cue.start), max(span.end, cue.end)
        )
