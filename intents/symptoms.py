"""The symptom spotter: the red flags in an utterance, each with the words that made it."""

import gc
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

from intents.errors import LocaleError
from intents.lexicon import Lexicon, read_locale
from intents.negation import Reading, Scopes
from intents.patterns import Chart, Span
from intents.understanding import Finding, Polarity

__all__ = ["SymptomSpotter"]

NEAR: Final = 5
"""Words, fillers not counted, that may stand between two ideas of a rule: about one phrase."""

WIDE: Final = 16
"""Words that ideas joined by "&&" may span in between: about one spoken sentence."""

EXCLUDING: Final = 14
"""Words between a sign and what excludes it."""

WINDOW: Final = 60
"""Words that are read at a time; a longer story is read in windows, so that none is too slow."""

OVERLAP: Final = 20
"""Words that two windows share: more than any one rule spans."""

MOST_WORDS: Final = 1200
"""Words that are looked at: eight minutes of speech."""

MOST_COMBINATIONS: Final = 64
"""Combinations of spans tried for one rule in one window."""

_SURE_ALONE: Final = 0.9
_SURE_NEAR: Final = 0.85
_SURE_WIDE: Final = 0.75
_SURE_DENIED: Final = 0.85
_LESS_BENT: Final = 0.8
_LESS_OPEN: Final = 0.6
_LONG_ENOUGH: Final = 7
"""Letters from which a mended word may make a sign without help from another word."""

_KINDS: Final = ("state", "event", "history")
_OVER: Final = {"sign": Polarity.YES, "doubt": Polarity.UNSURE, "nothing": None}
_RANK: Final = {Polarity.YES: 2, Polarity.UNSURE: 1, Polarity.NO: 0}
_OWN: Final = "="
_SPLIT = re.compile(r"\s+(&&|&|\+|!|\?)\s+")


@dataclass(frozen=True, slots=True)
class _Rule:
    """Ideas to be found together. `wide` lets them stand anywhere in a sentence."""

    members: tuple[str, ...]
    wide: bool
    needed: tuple["_Rule", ...] = ()
    exclusions: tuple["_Rule", ...] = ()
    softeners: tuple["_Rule", ...] = ()


@dataclass(frozen=True, slots=True)
class _Sign:
    """A rule of a flag: `part` of what its question asks, and what it counts for when met."""

    flag: str
    part: str
    counts: Polarity
    rule: _Rule


@dataclass(frozen=True, slots=True)
class _Flag:
    name: str
    kind: str
    over: Polarity | None
    exclusions: tuple[_Rule, ...]
    parts: frozenset[str]


class SymptomSpotter:
    """Reads red flags out of text by the lexicon and the rules of a locale."""

    def __init__(self, lexicon: Lexicon, flags: dict[str, Any]) -> None:
        self._lexicon = lexicon
        self._named: dict[str, str] = {}
        self._signs: dict[str, list[_Sign]] = {}
        self._flags = {name: self._flag(name, data) for name, data in flags.items()}
        lexicon.ready()

    @classmethod
    def load(cls, locale: str = "en_US") -> "SymptomSpotter":
        """Read the lexicon and the rules of a locale. Raises LocaleError."""
        collecting = gc.isenabled()
        gc.disable()  # a hundred thousand objects are made that all stay: a third of the time
        try:
            return cls(Lexicon.load(locale), read_locale(locale, "flags.yaml"))
        finally:
            if collecting:
                gc.enable()

    @property
    def flags(self) -> tuple[str, ...]:
        """The ids of the flags that can be found, in the order in which they are reported."""
        return tuple(self._flags)

    def spot(self, text: str) -> tuple[Finding, ...]:
        """Return what an utterance says of each red flag; a flag it says nothing of is left out."""
        words = text.split()[:MOST_WORDS]
        if len(words) <= WINDOW:
            return self._read(text)
        best: dict[str, Finding] = {}
        for start in range(0, len(words) - OVERLAP, WINDOW - OVERLAP):
            for finding in self._read(" ".join(words[start : start + WINDOW])):
                if _weight(finding) > _weight(best.get(finding.flag)):
                    best[finding.flag] = finding
        return tuple(best[name] for name in self._flags if name in best)

    def _read(self, text: str) -> tuple[Finding, ...]:
        chart = self._lexicon.chart(text)
        met: dict[str, list[_Sign]] = {}
        for concept in chart.spans:
            for sign in self._signs.get(concept, ()):
                if all(member in chart.spans for member in sign.rule.members):
                    met.setdefault(sign.flag, []).append(sign)
        if not met:
            return ()
        scopes = Scopes(chart)
        found = (
            _find(flag, met[name], chart, scopes)
            for name, flag in self._flags.items()
            if name in met
        )
        return tuple(finding for finding in found if finding is not None)

    def _flag(self, name: str, data: dict[str, Any]) -> _Flag:
        kind = data["kind"]
        if kind not in _KINDS or data.get("over", "sign") not in _OVER:
            raise LocaleError(f"{name}: no such kind, or no such way to be over")
        signs = data["signs"]
        rows = [(part, Polarity.YES, rule) for part in signs for rule in self._rules(signs[part])]
        rows += [("", Polarity.UNSURE, rule) for rule in self._rules(data.get("doubts", ""))]
        rows += [("", Polarity.NO, rule) for rule in self._rules(data.get("denials", ""))]
        for part, counts, rule in rows:
            # Found by its rarest idea: the patterns of rules have names of their own.
            key = min(rule.members, key=lambda member: (member[0] != _OWN, member))
            self._signs.setdefault(key, []).append(_Sign(name, part, counts, rule))
        return _Flag(
            name=name,
            kind=kind,
            over=_OVER[data.get("over", "sign")],
            exclusions=self._rules(data.get("exclusions", "")),
            parts=frozenset(signs) - {"also"},
        )

    def _rules(self, lines: str) -> tuple[_Rule, ...]:
        whole = re.sub(r"\n +", " ", lines).replace("| ", "|")
        return tuple(self._rule(line) for line in whole.splitlines() if line.strip())

    def _rule(self, line: str) -> _Rule:
        first, *rest = _SPLIT.split(line.strip())
        clauses: list[tuple[str, list[str]]] = [("", [first])]
        wide = False
        for mark, pattern in zip(rest[::2], rest[1::2], strict=True):
            if mark in ("&", "&&"):
                clauses[-1][1].append(pattern)
                wide = wide or mark == "&&"
            else:
                clauses.append((mark, [pattern]))

        def rules(mark: str) -> tuple[_Rule, ...]:
            return tuple(
                _Rule(tuple(map(self._concept, patterns)), False)
                for marked, patterns in clauses
                if marked == mark
            )

        members = tuple(map(self._concept, clauses[0][1]))
        return _Rule(members, wide, rules("+"), rules("!"), rules("?"))

    def _concept(self, pattern: str) -> str:
        """Return the name of the concept that a pattern makes up, adding it where it is new."""
        if re.fullmatch(r"\{[a-z_0-9]+\}", pattern):
            return pattern[1:-1]
        name = self._named.get(pattern)
        if name is None:
            name = self._named[pattern] = f"{_OWN}{len(self._named)}"
            self._lexicon.add(name, (pattern,))
        return name


def _find(flag: _Flag, signs: list[_Sign], chart: Chart, scopes: Scopes) -> Finding | None:
    """Return the most pressing thing that is said of a flag."""
    findings: list[Finding] = []
    denied: dict[str, Finding] = {}
    excluded = _excluding(flag.exclusions, chart, scopes)
    for sign in signs:
        for span, head in _matches(sign.rule, chart, scopes):
            reading = scopes.read(span, head)
            if sign.counts is Polarity.NO:
                if not _is_upset(span, reading, chart):
                    findings.append(_denial(flag, span.start, span.end, chart))
            elif reading.supposed or reading.animal or (reading.other and flag.kind == "history"):
                continue
            elif reading.denied_by >= 0 and not reading.doubted:
                start = min(span.start, reading.denied_by)
                denied[sign.part] = _denial(flag, start, span.end, chart)
            elif not _is_near(span, excluded, chart) and not _is_near(
                span, _excluding(sign.rule.exclusions, chart, scopes), chart
            ):
                softened = _is_near(span, _excluding(sign.rule.softeners, chart, scopes), chart)
                judged = _judge(flag, sign.counts, reading, softened)
                if judged is not None:
                    findings.append(_finding(flag.name, judged, sign.rule, span, chart, reading))
    if flag.parts and flag.parts <= denied.keys():
        findings.append(max(denied.values(), key=lambda finding: len(finding.evidence)))
    return max(findings, key=_weight, default=None)


def _weight(finding: Finding | None) -> tuple[int, float]:
    """Return what decides between two findings of one flag: a yes wins, then the surer one."""
    return (_RANK[finding.polarity], finding.confidence) if finding else (-1, 0.0)


def _matches(rule: _Rule, chart: Chart, scopes: Scopes) -> Iterator[tuple[Span, int]]:
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


def _is_met(needed: tuple[_Rule, ...], span: Span, chart: Chart) -> bool:
    return all(
        any(_is_near(span, chart.spans.get(member, []), chart) for member in rule.members)
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


def _excluding(rules: tuple[_Rule, ...], chart: Chart, scopes: Scopes) -> list[Span]:
    """Return where a rule of exclusion is met and not itself denied ("not on a diet")."""
    return [
        span
        for rule in rules
        for span, _ in _matches(rule, chart, scopes)
        if not scopes.denies(span)
        and not _is_near(span, _excluding(rule.exclusions, chart, scopes), chart)
    ]


def _is_near(span: Span, others: list[Span], chart: Chart) -> bool:
    for other in others:
        start, end = min(span.start, other.start), max(span.end, other.end)
        apart = max(other.start - span.end, span.start - other.end)
        if apart <= EXCLUDING and chart.same_sentence(start, end):
            return True
    return False


def _is_upset(span: Span, reading: Reading, chart: Chart) -> bool:
    """Return whether a denial is turned round ("not peeing fine"), doubted or only supposed."""
    before = chart.pieces[span.start - 1] if span.start else ""
    return reading.supposed or reading.doubted or before in ("not", "never")


def _judge(flag: _Flag, polarity: Polarity, reading: Reading, softened: bool) -> Polarity | None:
    """Return what a sign counts for, given how it is to be read; None for nothing."""
    if reading.remote and flag.kind != "history":
        return None
    if softened or reading.doubted:
        polarity = Polarity.UNSURE
    if reading.over and flag.kind == "state":
        if flag.over is None:
            return None
        if flag.over is Polarity.UNSURE:
            polarity = Polarity.UNSURE
    return polarity


def _denial(flag: _Flag, start: int, end: int, chart: Chart) -> Finding:
    return Finding(flag.name, Polarity.NO, chart.evidence(start, end), _SURE_DENIED, ("negated",))


def _finding(
    flag: str, polarity: Polarity, rule: _Rule, span: Span, chart: Chart, reading: Reading
) -> Finding:
    sure = _SURE_ALONE if len(rule.members) == 1 else _SURE_WIDE if rule.wide else _SURE_NEAR
    if span.bent:
        sure *= _LESS_BENT
    if polarity is Polarity.UNSURE:
        sure *= _LESS_OPEN
    scopes = (
        *(("unsure",) if reading.doubted else ()),
        *(("past",) if reading.over else ()),
        *(("long_standing",) if reading.long_standing else ()),
    )
    return Finding(flag, polarity, chart.evidence(span.start, span.end), round(sure, 3), scopes)
