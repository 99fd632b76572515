"""Rules over ideas: when a few concepts, near each other, make a sign, and what excludes it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from intents.negation import Scopes
from intents.patterns import Chart, Span

__all__ = ["Rule", "excluding", "is_near", "matches"]

NEAR: Final = 5
"""Words, fillers not counted, that may stand between two ideas of a rule: about one phrase."""

WIDE: Final = 16
"""Words that ideas joined by "&&" may span in between: about one spoken sentence."""

EXCLUDING: Final = 14
"""Words between a sign and what excludes it."""

MOST_COMBINATIONS: Final = 64
"""Combinations of spans tried for one rule in one window."""

_LONG_ENOUGH: Final = 7
"""Letters from which a mended word may make a sign without help from another word."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Ideas to be found together. `wide` lets them stand anywhere in a sentence."""

    members: tuple[str, ...]
    wide: bool
    needed: tuple["Rule", ...] = ()
    exclusions: tuple["Rule", ...] = ()
    softeners: tuple["Rule", ...] = ()


def matches(rule: Rule, chart: Chart, scopes: Scopes) -> Iterator[tuple[Span, int]]:
    """Yield each way in which a rule is met, as one span, with the mask of its head."""
    rows = []
    for member in rule.members:
        spans = chart.spans.get(member)
        if not spans:
            return
        rows.append(spans)
    if len(rows) == 1:
        for span in rows[0]:
            if _is_exact_enough(span, chart) and _is_met(rule.needed, span, chart):
                yield span, span.mask
        return
    for tried, chosen in enumerate(product(*rows)):
        if tried == MOST_COMBINATIONS:
            return
        mask = bent = 0
        for span in chosen:
            if mask & span.mask:
                break
            mask |= span.mask
            bent |= span.bent
        else:
            ordered = sorted(chosen, key=lambda span: span.start)
            start, end = ordered[0].start, max(span.end for span in chosen)
            whole = Span("", start, end, mask, bent)
            if (
                chart.same_sentence(start, end)
                and _is_together(ordered, rule.wide, chart, scopes)
                and _is_exact_enough(whole, chart)
                and not _is_half_denied(chosen, mask, scopes)
                and _is_met(rule.needed, whole, chart)
            ):
                yield whole, chosen[0].mask


def _is_together(ordered: list[Span], wide: bool, chart: Chart, scopes: Scopes) -> bool:
    reach = ordered[0].end
    for span in ordered[1:]:
        between = sum(not filler for filler in chart.fillers[reach : span.start])
        if between > (WIDE if wide else NEAR):
            return False
        if not wide and span.start > reach:
            if scopes.contrast_between(reach, span.start):
                return False
            if _is_parted(reach, span.start, chart):
                return False
        reach = max(reach, span.end)
    return True


def _is_half_denied(chosen: Sequence[Span], mask: int, scopes: Scopes) -> bool:
    """Return whether what comes with the head is denied ("a stiff neck but no fever")."""
    return not scopes.denies(chosen[0], mask) and any(
        scopes.denies(span, mask) for span in chosen[1:]
    )


def _is_met(needed: tuple[Rule, ...], span: Span, chart: Chart) -> bool:
    return all(
        any(is_near(span, chart.spans.get(member, []), chart) for member in rule.members)
        for rule in needed
    )


def _is_parted(start: int, end: int, chart: Chart) -> bool:
    """Return whether another part of the body, not just listed, stands between two pieces."""
    for body in chart.spans.get("any_body", ()):
        if start <= body.start and body.end <= end:
            between = [*range(start, body.start)]
            after = [*range(body.end, end)]
            if not (_is_listing(between, chart) or _is_listing(after, chart)):
                return True
    return False


def _is_listing(places: list[int], chart: Chart) -> bool:
    return all(chart.fillers[p] or chart.pieces[p] in ("and", "or", "of", "in") for p in places)


def _is_exact_enough(span: Span, chart: Chart) -> bool:
    """Return whether mended words are borne out by an exact one, or long enough by themselves."""
    if not span.bent or span.mask & ~span.bent:
        return True
    return all(
        len(chart.pieces[place]) >= _LONG_ENOUGH
        for place in range(span.start, span.end)
        if span.bent >> place & 1
    )


def excluding(rules: tuple[Rule, ...], chart: Chart, scopes: Scopes) -> list[Span]:
    """Return where a rule of exclusion is met and not itself denied ("not on a diet")."""
    return [
        span
        for rule in rules
        for span, _ in matches(rule, chart, scopes)
        if not scopes.denies(span)
        and not is_near(span, excluding(rule.exclusions, chart, scopes), chart)
    ]


def is_near(span: Span, others: list[Span], chart: Chart) -> bool:
    """Return whether any of the other spans is in the same sentence, and not too far away."""
    for other in others:
        start, end = min(span.start, other.start), max(span.end, other.end)
        apart = max(other.start - span.end, span.start - other.end)
        if apart <= EXCLUDING and chart.same_sentence(start, end):
            return True
    return False
