"""The symptom spotter: the red flags in an utterance, each with the words that made it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from intents.classifier import FlagClassifier
from intents.errors import LocaleError
from intents.hints import hints
from intents.lexicon import Lexicon, locale_files, read_locale
from intents.loading import uncollected
from intents.negation import Reading, Scopes
from intents.patterns import Chart, Span
from intents.rules import Rule, excluding, is_near, matches
from intents.understanding import Finding, Polarity

__all__ = ["SymptomSpotter"]

WINDOW: Final = 60
"""Words that are read at a time; a longer story is read in windows, so that none is too slow."""

OVERLAP: Final = 20
"""Words that two windows share: more than any one rule spans."""

MOST_WORDS: Final = 4000
"""Words that are looked at: half an hour of speech, and all that a request may hold."""

_SURE_ALONE: Final = 0.9
_SURE_NEAR: Final = 0.85
_SURE_WIDE: Final = 0.75
_SURE_DENIED: Final = 0.85
_LESS_BENT: Final = 0.8
_LESS_OPEN: Final = 0.6

_KINDS: Final = ("state", "event", "history")
_OVER: Final = {"sign": Polarity.YES, "doubt": Polarity.UNSURE, "nothing": None}
_RANK: Final = {Polarity.YES: 2, Polarity.UNSURE: 1, Polarity.NO: 0}
_OWN: Final = "="
_SPLIT = re.compile(r"\s+(&&|&|\+|!|\?)\s+")
_IDEA = re.compile(r"\{([a-z_0-9]+)\}")


@dataclass(frozen=True, slots=True)
class _Sign:
    """A rule of a flag: `part` of what its question asks, and what it counts for when met."""

    flag: str
    part: str
    counts: Polarity
    rule: Rule


@dataclass(frozen=True, slots=True)
class _Flag:
    name: str
    kind: str
    over: Polarity | None
    exclusions: tuple[Rule, ...]
    parts: frozenset[str]
    hinted: bool
    ideas: frozenset[str]


class SymptomSpotter:
    """Reads red flags out of text by the lexicon and the rules of a locale."""

    def __init__(
        self, lexicon: Lexicon, flags: dict[str, Any], classifier: FlagClassifier | None = None
    ) -> None:
        """Read the rules of `flags`; `classifier` adds what they miss, as hints."""
        self.lexicon = lexicon
        self._classifier = classifier
        self._named: dict[str, str] = {}
        self._signs: dict[str, list[_Sign]] = {}
        self._flags = {name: self._flag(name, data) for name, data in flags.items()}
        self._unhinted = {name for name, flag in self._flags.items() if not flag.hinted}
        lexicon.ready()

    @classmethod
    def load(cls, locale: str = "en_US") -> "SymptomSpotter":
        """Read the lexicon and the rules of a locale. Raises LocaleError."""
        with uncollected():
            flags: dict[str, Any] = {}
            for name in locale_files(locale, "flags"):
                flags |= read_locale(locale, name)
            return cls(Lexicon.load(locale), flags, FlagClassifier.load(locale))

    @property
    def flags(self) -> tuple[str, ...]:
        """The ids of the flags that can be found, in the order in which they are reported."""
        return tuple(self._flags)

    def spot(self, text: str) -> tuple[Finding, ...]:
        """Return what an utterance says of each red flag; a flag it says nothing of is left out."""
        best: dict[str, Finding] = {}
        for window in self.windows(text):
            for finding in self._read(window):
                if _weight(finding) > _weight(best.get(finding.flag)):
                    best[finding.flag] = finding
        return tuple(best[name] for name in self._flags if name in best)

    def windows(self, text: str) -> Iterator[str]:
        """Yield the stretches of a text that are read at a time; most texts are one."""
        words = text.split()[:MOST_WORDS]
        if len(words) <= WINDOW:
            yield text
            return
        for start in range(0, len(words) - OVERLAP, WINDOW - OVERLAP):
            yield " ".join(words[start : start + WINDOW])

    def ideas(self, flag: str) -> frozenset[str]:
        """Return the concepts of the lexicon that the signs of a flag are made of."""
        return self._flags[flag].ideas

    def _read(self, text: str) -> tuple[Finding, ...]:
        chart = self.lexicon.chart(text)
        met: dict[str, list[_Sign]] = {}
        for concept in chart.spans:
            for sign in self._signs.get(concept, ()):
                if all(member in chart.spans for member in sign.rule.members):
                    met.setdefault(sign.flag, []).append(sign)
        if not met and self._classifier is None:
            return ()
        scopes = Scopes(chart)
        rows = [_find(self._flags[name], met[name], chart, scopes) for name in met]
        found = {finding.flag: finding for finding in rows if finding is not None}
        said = {finding.polarity for finding in found.values()}
        if self._classifier is not None and said != {Polarity.NO}:
            # A flag whose rules were met has been judged, whatever came of it. Where all that is
            # said is denied, the model, which is weak on denials, is not asked.
            judged = met.keys() | self._unhinted
            found |= {
                hint.flag: hint
                for hint in hints(self._classifier, chart, scopes, judged)
                if not excluding(self._flags[hint.flag].exclusions, chart, scopes)
            }
        return tuple(found[name] for name in self._flags if name in found)

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
            ideas=frozenset(_IDEA.findall(" ".join(signs.values()))),
            hinted=data.get("hinted", "yes") == "yes",
        )

    def _rules(self, lines: str) -> tuple[Rule, ...]:
        whole = re.sub(r"\n +", " ", lines).replace("| ", "|")
        return tuple(self._rule(line) for line in whole.splitlines() if line.strip())

    def _rule(self, line: str) -> Rule:
        first, *rest = _SPLIT.split(line.strip())
        clauses: list[tuple[str, list[str]]] = [("", [first])]
        wide = False
        for mark, pattern in zip(rest[::2], rest[1::2], strict=True):
            if mark in ("&", "&&"):
                clauses[-1][1].append(pattern)
                wide = wide or mark == "&&"
            else:
                clauses.append((mark, [pattern]))

        def rules(mark: str) -> tuple[Rule, ...]:
            return tuple(
                Rule(tuple(map(self._concept, patterns)), False)
                for marked, patterns in clauses
                if marked == mark
            )

        members = tuple(map(self._concept, clauses[0][1]))
        return Rule(members, wide, rules("+"), rules("!"), rules("?"))

    def _concept(self, pattern: str) -> str:
        """Return the name of the concept that a pattern makes up, adding it where it is new."""
        if re.fullmatch(r"\{[a-z_0-9]+\}", pattern):
            return pattern[1:-1]
        name = self._named.get(pattern)
        if name is None:
            name = self._named[pattern] = f"{_OWN}{len(self._named)}"
            self.lexicon.add(name, (pattern,))
        return name


def _find(flag: _Flag, signs: list[_Sign], chart: Chart, scopes: Scopes) -> Finding | None:
    """Return the most pressing thing that is said of a flag."""
    findings: list[Finding] = []
    denied: dict[str, Finding] = {}
    excluded = excluding(flag.exclusions, chart, scopes)
    for sign in signs:
        for span, head in matches(sign.rule, chart, scopes):
            reading = scopes.read(span, head)
            if sign.counts is Polarity.NO:
                if not _is_upset(span, reading, chart):
                    findings.append(_denial(flag, span.start, span.end, chart))
            elif reading.supposed or reading.animal or (reading.other and flag.kind == "history"):
                continue
            elif reading.denied_by >= 0 and not reading.doubted:
                start = min(span.start, reading.denied_by)
                denied[sign.part] = _denial(flag, start, span.end, chart)
            elif not is_near(span, excluded, chart) and not is_near(
                span, excluding(sign.rule.exclusions, chart, scopes), chart
            ):
                softened = is_near(span, excluding(sign.rule.softeners, chart, scopes), chart)
                judged = _judge(flag, sign.counts, reading, softened)
                if judged is not None:
                    findings.append(_finding(flag.name, judged, sign.rule, span, chart, reading))
    if flag.parts and flag.parts <= denied.keys():
        findings.append(max(denied.values(), key=lambda finding: len(finding.evidence)))
    return max(findings, key=_weight, default=None)


def _weight(finding: Finding | None) -> tuple[int, float]:
    """Return what decides between two findings of one flag: a yes wins, then the surer one."""
    return (_RANK[finding.polarity], finding.confidence) if finding else (-1, 0.0)


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
    flag: str, polarity: Polarity, rule: Rule, span: Span, chart: Chart, reading: Reading
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
