"""Scope: what in an utterance is denied, doubted, past, somebody else's or only a case put.

After NegEx and ConText (Chapman 2001, Harkema 2009): cue words open a scope, which ends at the
next clause, at "but" and its like, or after so many words. The cues are concepts of the lexicon.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from intents.experiencers import Experiencers
from intents.patterns import Chart, Span
from intents.scope_cues import DOUBT_REACH, TIME_REACH, Cues, around, bits

__all__ = ["Reading", "Scopes"]

DENIAL_REACH: Final = 8
"""Words: enough for "no numbness, tingling or weakness in either of my legs"."""

OWNER_REACH: Final = 2
"""Words before a sign in which its owner ("my", "your") is looked for."""

EFFORT_REACH: Final = 16
"""Words between a big word and the effort that it is about."""


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


class Scopes:
    """The scopes of one utterance; `read` tells how they bear on a sign."""

    def __init__(self, chart: Chart) -> None:
        self._chart = chart
        self._cues = cues = Cues(chart)
        self._who = Experiencers(cues)
        self._denials = [
            (span.start, span.mask, cues.forward(span.end, DENIAL_REACH))
            for span in cues.unless_within("s_not", "s_pseudo")
            if not cues.is_answer(span)
        ]
        self._denials += [
            (span.start, span.mask, cues.before(span))
            for span in cues.of("s_not_after")
            if cues.trails(span)
        ]
        doubts = cues.unless_within("s_doubt", "s_not_doubt")
        self._doubts = [(span.mask, cues.forward(span.end, DOUBT_REACH)) for span in doubts]
        self._doubts += [
            (span.mask, cues.backward(span.start))
            for span in cues.of("s_doubt_after")
            if cues.closes(span)
        ]
        asking = cues.union("s_question")
        actual = [span.start for span in cues.of("s_actual")]
        stated = actual + [
            span.start
            for span in cues.unless_within("s_state", "s_not_state")
            if not cues.is_inverted(span.start, asking)
        ]
        whether = [span for span in cues.of("s_whether") if cues.begins(span)]
        whether += cues.of("s_perhaps")
        self._doubts += [
            (span.mask, cues.forward(span.end, DOUBT_REACH) & cues.until(span.start, stated))
            for span in whether
        ]
        supposed = [span for span in cues.of("s_suppose") if cues.begins(span)]
        self._cases = [
            (span.mask, cues.until(span.start, actual))
            for span in (*cues.unless_within("s_hypo", "s_not_hypo"), *supposed)
        ]
        self._cases += [
            (span.mask, cues.until(span.start, stated))
            for span in cues.unless_within("s_ask", "s_not_hypo")
        ]
        conditions = cues.unless_within(
            "s_if", "s_not_if", "s_doubt", "s_not_doubt", "s_hypo", "s_ask", "s_not_hypo"
        )
        for span in conditions:
            scope = cues.condition(span.end)
            # "If I'm on steroids" is said by those who are as often as by those who wonder.
            mine = any(span.end <= state.start <= span.end + 1 for state in cues.of("s_present"))
            (self._doubts if mine else self._cases).append((span.mask, scope))
        open_questions = {span.start for span in whether} | set(actual)
        self._topics = [
            (span.mask, cues.until(span.start, stated))
            for span in (*cues.of("s_topic"), *cues.questions())
            if span.start not in open_questions
        ]
        self._generic = 0
        for span in cues.unless_within("s_generic", "s_not_generic"):
            self._generic |= span.mask
        self._anyone = self._generic
        for span in cues.unless_within("s_anyone", "s_not_generic"):
            self._anyone |= span.mask
        self._asking = min(
            (span.start for name in ("s_question", "s_if", "s_topic") for span in cues.of(name)),
            default=cues.count,
        )
        self._bluffs = cues.union("s_bluff")
        self._figures = cues.union("s_idiom")

    def read(self, span: Span, head: int) -> Reading:
        """Return how a sign is to be read; `head` are the pieces that a denial would deny."""
        mask = span.mask
        denied_by = min(
            (start for start, cue, scope in self._denials if not cue & mask and scope & head),
            default=-1,
        )
        if any(span.start < place < span.end for place in self._cues.excepts):
            denied_by = -1  # "no numbness except in my bottom"
        mine = self._who.is_mine(span)
        supposed = not mine and any(cue & ~mask and scope & head for cue, scope in self._cases)
        near = bits(max(0, span.start - OWNER_REACH), span.end)
        owned = bool(near & self._cues.owners)
        given = self._who.is_given(span) or any(
            self._chart.pieces[place] == "my"
            for place in range(span.end, min(self._cues.count, span.end + OWNER_REACH))
        )
        asked = not given and any(
            cue & ~mask and scope & head and not near & self._cues.owners & ~cue
            for cue, scope in self._topics
        )
        generic = bool(near & self._generic & ~mask) and not mine
        general = (
            bool(near & self._anyone & ~mask)
            and self._asking < span.start
            and not owned
            and not mine
        )
        others = self._who.is_others(span)
        elsewhere = (
            bool(mask & self._figures)
            or self._who.is_told(span)
            or self._who.is_plural(span)
            or (others and self._who.is_bygone(span))
        )
        return Reading(
            denied_by=denied_by,
            doubted=generic
            or self._is_bluff(span)
            or any(not cue & mask and scope & head for cue, scope in self._doubts),
            supposed=supposed or general or asked or elsewhere,
            remote=self._remote(span),
            over=any(
                self._cues.near_in_time(span, cue)
                and cue.start > span.start
                and not self.denies(cue)
                for cue in self._cues.of("s_over")
                if not cue.mask & mask
            ),
            long_standing=any(
                self._cues.near_in_time(span, cue) for cue in self._cues.of("s_long")
            ),
            other=others and (not self._who.is_proxy or self._who.is_spared(span)),
            animal=self._who.is_animals(span),
        )

    def denies(self, span: Span, used: int = 0) -> bool:
        """Return whether a span lies in the scope of a denial made by none of the pieces `used`."""
        used |= span.mask
        return any(not cue & used and scope & span.mask for _, cue, scope in self._denials)

    def contrast_between(self, start: int, end: int) -> bool:
        """Return whether "but" or its like stands between two pieces."""
        return self._cues.contrast_between(start, end)

    def _remote(self, span: Span) -> bool:
        """Return whether the time that stands nearest to a sign is long past."""

        def nearest(cues: Iterable[Span]) -> int:
            return min(
                (
                    max(cue.start - span.end, span.start - cue.end, 0)
                    for cue in cues
                    if self._cues.near_in_time(span, cue)
                ),
                default=TIME_REACH + 1,
            )

        remote = nearest(self._cues.unless_within("s_remote", "s_not_remote"))
        return remote <= TIME_REACH and remote <= nearest(self._cues.of("s_recent"))

    def _is_bluff(self, span: Span) -> bool:
        """Return whether a sign is one of the big words of effort."""
        same = self._chart.same_sentence
        return (
            any(cue.mask & span.mask for cue in self._cues.of("s_bluff"))
            and any(
                max(cue.start - span.end, span.start - cue.end) <= EFFORT_REACH
                and same(*around(span, cue))
                and not self.denies(cue)
                for cue in self._cues.of("s_effort")
            )
            and not any(
                same(*around(span, cue))
                for cue in self._cues.of("s_alarm")
                if not cue.mask & self._bluffs
            )
        )
