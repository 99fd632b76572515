"""Red flags that no rule found but that the learned model takes the words for.

A hint is surer or less sure by its likelihood alone and never as sure as a rule, so that the
dialogue asks the flag's question before it counts. Scope holds for hints as for rules.
"""

from collections.abc import Container
from typing import Final

from intents.classifier import FlagClassifier
from intents.negation import Scopes
from intents.patterns import Chart, Span
from intents.understanding import Finding, Polarity

__all__ = ["LEAST_CHANCE", "MOST_SURE", "hints"]

LEAST_CHANCE: Final = 0.7
"""Likelihood from which a flag is worth a question; see benchmarks/spotter.py."""

MOST_SURE: Final = 0.59
"""Confidence of the surest hint: below what a sign needs to count without being asked about."""

LEARNED: Final = "learned"
"""The scope that marks a finding as a hint."""

_LEAST_WORDS: Final = 3
_MOST_WORDS: Final = 12
"""Words of evidence; the telling words of a longer utterance may stand far apart."""


def hints(
    classifier: FlagClassifier, chart: Chart, scopes: Scopes, known: Container[str]
) -> list[Finding]:
    """Return the flags that the words are likely to mean, those of `known` left out."""
    if sum(not filler for filler in chart.fillers) < _LEAST_WORDS or "s_effort" in chart.spans:
        return []  # what is said in hard work sounds like signs, and the model cannot tell
    denying = 0  # a word that denies is no part of the sign that it may deny
    for span in chart.spans.get("s_not", ()):
        denying |= span.mask
    found = []
    for flag, chance in classifier.chances(chart, scopes).items():
        if chance < LEAST_CHANCE or flag in known:
            continue
        places = [p for p in classifier.telling(flag, chart) if not denying >> p & 1]
        if not places:
            continue
        mask = sum(1 << place for place in places)
        reading = scopes.read(Span(flag, places[0], places[-1] + 1, mask, 0), mask)
        if reading.supposed or reading.animal or reading.denied_by >= 0 or reading.remote:
            continue
        end = min(places[-1] + 1, places[0] + _MOST_WORDS)
        found.append(
            Finding(
                flag,
                Polarity.UNSURE if reading.doubted else Polarity.YES,
                chart.evidence(places[0], end),
                round(chance * MOST_SURE, 3),
                (LEARNED,),
            )
        )
    return found
