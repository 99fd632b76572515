"""Who a sign is about: the speaker, somebody else, people in general, an animal or nobody real.

ConText (Harkema 2009) calls that person the experiencer. The cues are concepts of the lexicon.
"""

from typing import Final

from intents.patterns import Span
from intents.scope_cues import Cues, around, bits

__all__ = ["Experiencers"]

ANIMAL_REACH: Final = 4
"""Words between an animal and a sign that is the animal's."""

PLURAL_REACH: Final = 10
"""Words between people in general and a sign that is theirs."""

GIVEN_REACH: Final = 3
"""Words between a sign and the day that makes it one that has happened."""


class Experiencers:
    """Tells of the signs of one utterance whose they are."""

    def __init__(self, cues: Cues) -> None:
        self._cues = cues
        self.is_proxy = any(self._is_proxy(span) for span in cues.of("s_proxy"))
        strangers = cues.unless_within("s_distant", "s_not_distant")
        self._strangers = [] if cues.chart.spans.get("s_here") else strangers
        self._told = cues.union("s_aired") | cues.union("s_story")
        for span in self._strangers:
            self._told |= span.mask
        self._plurals = [
            span for span in cues.of("s_plural") if not cues.first << 1 >> span.start & 1
        ]
        self._bygone = cues.unless_within("s_bygone", "s_not_bygone")

    def _is_proxy(self, span: Span) -> bool:
        """Return whether a complaint is another's: the speaker must not come in after that one."""
        third = (self._cues.union("s_relative") | self._cues.union("s_third")) & bits(
            span.start, span.end
        )
        after = bits(third.bit_length(), span.end)
        return not after & self._cues.first

    def is_others(self, span: Span) -> bool:
        """Return whether somebody else is named before a sign and the speaker not since."""
        before = bits(self._cues.sentence_start(span.start), span.end)
        others = (self._cues.union("s_relative") | self._cues.union("s_third")) & before
        return bool(others) and (self._cues.first & before).bit_length() < others.bit_length()

    def is_spared(self, span: Span) -> bool:
        """Return whether the speaker is set apart from the one who has a sign."""
        return any(
            cue.start >= span.end and self._cues.chart.same_sentence(span.start, cue.end)
            for cue in self._cues.of("s_spared")
        )

    def is_animals(self, span: Span) -> bool:
        """Return whether a sign is an animal's."""
        before = bits(max(0, span.start - ANIMAL_REACH), span.start)
        animals = self._cues.union("s_animal") & before
        since = bits(animals.bit_length(), span.end)
        return bool(animals) and not self._cues.first & since

    def is_mine(self, span: Span) -> bool:
        """Return whether the sentence says that what it asks about is the speaker's."""
        return any(
            self._cues.chart.same_sentence(*around(span, cue)) for cue in self._cues.of("s_mine")
        )

    def is_given(self, span: Span) -> bool:
        """Return whether a question takes a sign as given: it names the day, or the speaker."""
        return self.is_mine(span) or any(
            cue.mask & span.mask or 0 <= cue.start - span.end <= GIVEN_REACH
            for cue in self._cues.of("s_dated")
        )

    def is_told(self, span: Span) -> bool:
        """Return whether a sign is part of a tale: told of somebody who is not here."""
        if not self._told:
            return False
        start = self._cues.sentence_start(span.start)
        own = (self._cues.first | self._cues.union("s_we")) & ~self._told
        close = self._cues.union("s_relative") & ~self._told
        return any(
            start <= cue.start <= span.start and not own & bits(cue.end, span.end)
            for cue in (*self._cues.of("s_aired"), *self._cues.of("s_story"))
        ) or (
            any(
                cue.start > span.start
                and self._cues.chart.same_sentence(span.start, cue.end)
                and not own & bits(start, cue.start)
                for cue in self._cues.of("s_aired")
            )
            or any(
                start <= cue.start <= span.start
                and not own & bits(cue.end, span.end)
                and not close & bits(start, cue.start)
                for cue in self._strangers
            )
        )

    def is_plural(self, span: Span) -> bool:
        """Return whether people in general are named before a sign and nobody since."""
        persons = self._cues.owners
        return any(
            cue.end <= span.start
            and span.start - cue.end <= PLURAL_REACH
            and self._cues.chart.same_sentence(cue.start, span.end)
            and not persons & bits(cue.end, span.end)
            and not self._cues.contrast_between(cue.end, span.start)
            for cue in self._plurals
        )

    def is_bygone(self, span: Span) -> bool:
        """Return whether what is said of another is told as long over."""
        return any(
            self._cues.chart.same_sentence(*around(span, cue))
            and not any(cue.end <= now.start <= span.start for now in self._cues.of("s_recent"))
            for cue in self._bygone
        )
