"""Why an utterance was understood as it was: which words made what.

Nothing here decides anything. A cue of scope is said to bear on a red flag where it alone, of all
cues of its kind, is enough to change how the words of the flag are read.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from intents.hints import LEARNED
from intents.lexicon import Lexicon
from intents.matcher import Candidate, Match
from intents.negation import Reading, Scopes
from intents.patterns import Chart, Span
from intents.symptoms import SymptomSpotter
from intents.text import tokens
from intents.understander import Understander
from intents.understanding import Finding, Outcome, Polarity, Understanding

__all__ = ["By", "Cue", "Explanation", "Flag", "Idea", "Kind", "Value", "explain"]

NEAREST: Final = 3
"""Intents that are named: the best, what it was chosen over, and one more."""


class By(StrEnum):
    """What settled the intent."""

    PHRASES = "phrases"
    RULE = "rule"
    ANSWER = "answer"
    NOTHING = "nothing"


class Kind(StrEnum):
    """What a cue of scope says of a sign."""

    DENIAL = "denial"
    DOUBT = "doubt"
    QUESTION = "question"
    PAST = "past"
    LONG = "long standing"
    PERSON = "another person"
    FIGURE = "figure of speech"


CUES: Final = {
    Kind.DENIAL: ("s_not",),
    Kind.DOUBT: ("s_doubt", "s_doubt_after", "s_whether", "s_perhaps"),
    Kind.QUESTION: ("s_question", "s_ask", "s_hypo", "s_if", "s_suppose", "s_topic"),
    Kind.PAST: ("s_over", "s_remote", "s_bygone"),
    Kind.LONG: ("s_long",),
    Kind.PERSON: (
        *("s_relative", "s_third", "s_plural", "s_generic", "s_anyone"),
        *("s_distant", "s_aired", "s_story", "s_animal"),
    ),
    Kind.FIGURE: ("s_idiom", "s_bluff"),
}
"""The concepts of the lexicon that are cues, by what they say; `negation` reads them."""

_BESIDE: Final = frozenset({"scope", "who", "course", "context", "figure"})
"""Groups of the lexicon whose ideas place signs or rule them out, and make none by themselves."""


@dataclass(frozen=True, slots=True)
class Idea:
    """A concept of the lexicon and the words that it was found in."""

    name: str
    words: str


@dataclass(frozen=True, slots=True)
class Cue:
    """Words that deny, doubt or place a sign."""

    kind: Kind
    words: str


@dataclass(frozen=True, slots=True)
class Flag:
    """A red flag with what made it; `learned` where the model found it and no rule did."""

    finding: Finding
    learned: bool
    ideas: tuple[Idea, ...]
    cues: tuple[Cue, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """A value read, with the words that say it and a confidence from 0 to 1."""

    name: str
    value: Any
    words: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """An understanding with its reasons; `nearest` are the best intents by their phrases."""

    meaning: Understanding
    by: By
    nearest: tuple[Candidate, ...]
    flags: tuple[Flag, ...]
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class _Sign:
    """Where in a stretch of the text the words of a finding stand, and how they are read."""

    chart: Chart
    span: Span
    ideas: tuple[Span, ...]
    reading: Reading


def explain(understander: Understander, text: str, *, yes_means: str | None = None) -> Explanation:
    """Return what `text` means and why; `yes_means` is as for `Understander.understand`."""
    meaning = understander.understand(text, yes_means=yes_means)
    words = tokens(text)
    match = understander.matcher.match(text, NEAREST)
    spotter = understander.spotter
    charts: list[Chart] = []
    if meaning.symptoms:
        charts += [spotter.lexicon.chart(part) for part in spotter.windows(" ".join(words))]
    readings = understander.readings(text, yes_means=yes_means)
    return Explanation(
        meaning=meaning,
        by=_by(meaning, match),
        nearest=match.candidates,
        flags=tuple(_flag(found, charts, spotter) for found in meaning.symptoms),
        values=tuple(
            Value(name, read.value, " ".join(words[slice(*read.span)]), read.confidence)
            for name, read in readings.items()
        ),
    )


def _by(meaning: Understanding, match: Match) -> By:
    if meaning.intent is None:
        # An answer outweighs a command that it is near to.
        return By.NOTHING if match.outcome is Outcome.REJECT else By.ANSWER
    best = match.candidates[0].intent if match.candidates else None
    same = (best, match.outcome) == (meaning.intent, meaning.outcome)
    return By.PHRASES if same else By.RULE


def _flag(finding: Finding, charts: Iterable[Chart], spotter: SymptomSpotter) -> Flag:
    learned = LEARNED in finding.scopes
    known: frozenset[str] = frozenset() if learned else spotter.ideas(finding.flag)
    telling = known or _telling(spotter.lexicon)
    signs = [sign for chart in charts for sign in _signs(finding, chart, telling)]
    if not signs:
        return Flag(finding, learned, (), ())
    denied = finding.polarity is Polarity.NO
    # The same words may stand in a text twice, once denied and once not.
    sign = next((s for s in signs if (s.reading.denied_by >= 0) is denied), signs[0])
    return Flag(finding, learned, _ideas(sign), tuple(_cues(sign)))


def _telling(lexicon: Lexicon) -> frozenset[str]:
    return frozenset(
        concept
        for group, concepts in lexicon.groups.items()
        if group not in _BESIDE
        for concept in concepts
    )


def _signs(finding: Finding, chart: Chart, telling: frozenset[str]) -> Iterator[_Sign]:
    """Yield each place where the words of a finding stand."""
    words = tuple(finding.evidence.split())
    for first in range(len(chart.words) - len(words) + 1):
        if chart.words[first : first + len(words)] != words:
            continue
        places = [p for p, word in enumerate(chart.origin) if first <= word < first + len(words)]
        start, end = places[0], places[-1] + 1
        inside = [
            span
            for spans in chart.spans.values()
            for span in spans
            if start <= span.start and span.end <= end
        ]
        ideas = tuple(span for span in inside if span.concept in telling)
        mask = (1 << end) - (1 << start)
        if finding.polarity is Polarity.NO:
            # The words of a denial begin with what denies, which is none of the sign.
            mask = _union(ideas) & ~_union(s for s in inside if s.concept == "s_not") or mask
        span = Span(finding.flag, start, end, mask, 0)
        yield _Sign(chart, span, ideas, Scopes(chart).read(span, mask))


def _ideas(sign: _Sign) -> tuple[Idea, ...]:
    """Return the ideas in the words of a sign, each in its longest wording, in order."""
    longest: dict[str, Span] = {}
    for span in sign.ideas:
        other = longest.get(span.concept)
        if other is None or span.mask.bit_count() > other.mask.bit_count():
            longest[span.concept] = span
    ordered = sorted(longest.values(), key=lambda span: (span.start, -span.end))
    return tuple(Idea(s.concept, sign.chart.evidence(s.start, s.end)) for s in ordered)


def _cues(sign: _Sign) -> Iterator[Cue]:
    """Yield the cues that bear on a sign, the longest of those that overlap."""
    chart, span = sign.chart, sign.span
    for kind, concepts in CUES.items():
        cues = [cue for concept in concepts for cue in chart.spans.get(concept, ())]
        without = {name: spans for name, spans in chart.spans.items() if name not in concepts}
        bare = _read(chart, without, span)
        if bare == sign.reading:
            continue
        taken = 0
        for cue in sorted(cues, key=lambda cue: (-cue.mask.bit_count(), cue.start)):
            alone = _read(chart, {**without, cue.concept: [cue]}, span)
            if not cue.mask & taken and alone != bare:
                taken |= cue.mask
                yield Cue(kind, chart.evidence(cue.start, cue.end))


def _read(chart: Chart, spans: dict[str, list[Span]], span: Span) -> Reading:
    return Scopes(replace(chart, spans=spans)).read(span, span.mask)


def _union(spans: Iterable[Span]) -> int:
    mask = 0
    for span in spans:
        mask |= span.mask
    return mask
