"""The decision table of clinical.md section 2.2, evaluated over facts."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from skill.content.types import Condition, Content, Rule
from skill.errors import ContentError
from skill.turn import Decision, Level

CHILD_AGE = 16
"""Years. Below it the flag CHILD is set (clinical.md section 1)."""

Evidence = frozenset[str]
Test = Callable[["Facts"], Evidence | None]

_NOTHING: Evidence = frozenset()


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one case; a flag in none of the sets is a no or not yet asked.

    `unheard` holds questions left unanswered after two tries. `long_standing` holds signs that
    are neither new nor worse in the last two weeks. `age` is in years.
    """

    yes: frozenset[str] = _NOTHING
    unsure: frozenset[str] = _NOTHING
    unheard: frozenset[str] = _NOTHING
    long_standing: frozenset[str] = _NOTHING
    age: int | None = None

    def with_yes(self, *flags: str) -> "Facts":
        """Return the same facts with these flags a yes."""
        return Facts(
            self.yes.union(flags),
            self.unsure.difference(flags),
            self.unheard.difference(flags),
            self.long_standing.difference(flags),
            self.age,
        )


class DecisionTable:
    """The rules of a content, compiled once."""

    def __init__(self, content: Content) -> None:
        self._marked: dict[str, Evidence] = {}
        for flag in content.flags.values():
            self._marked[flag.alone] = self._marked.get(flag.alone, _NOTHING) | {flag.id}
        self._groups: Mapping[str, Evidence] = {k: frozenset(v) for k, v in content.groups.items()}
        self._rules: tuple[tuple[Rule, Level, Test], ...] = tuple(
            (rule, Level(rule.level), self._compile(rule.when)) for rule in content.rules
        )

    def decide(self, facts: Facts) -> Decision:
        """Return the disposition of the facts as they stand (row 20 where nothing matches).

        The first row that matches gives the level; `rules` names it first and then every other
        row that matches at the same level. `flags` are those the rows rest on, sorted.
        """
        facts = _with_child(facts)
        level: Level | None = None
        rules: list[str] = []
        evidence: Evidence = _NOTHING
        for rule, rule_level, test in self._rules:
            if level is not None and rule_level is not level:
                break
            if (found := test(facts)) is not None:
                level = rule_level
                rules.append(rule.id)
                evidence |= found
        if level is None:
            raise ContentError(
                "No row of the decision table matches", "End it with `when: always`."
            )
        return Decision(level, tuple(rules), tuple(sorted(evidence)))

    def level(self, facts: Facts) -> Level:
        """Return only the level: the first row that matches."""
        facts = _with_child(facts)
        return next(level for _, level, test in self._rules if test(facts) is not None)

    def _compile(self, when: Condition) -> Test:
        if isinstance(when, str):
            if when == "always":
                return lambda facts: _NOTHING
            return _yes(self._groups.get(when) or frozenset((when,)))
        ((key, value),) = [(k, v) for k, v in when.items() if k != "at_least"]
        return self._compile_mapping(key, value, int(when.get("at_least", 1)))

    def _compile_mapping(self, key: str, value: Any, at_least: int) -> Test:
        match key:
            case "all":
                return _all([self._compile(part) for part in value])
            case "any":
                return _any([self._compile(part) for part in value])
            case "marked":
                return _yes(self._marked[value])
            case "unsure":
                flags = frozenset(value)
                return lambda facts: (facts.unsure & flags) or None
            case "unsure_marked":
                marked = self._marked[value]
                return lambda facts: _at_least(facts.unsure & marked, at_least)
            case "unheard_marked":
                marked = self._marked[value]
                return lambda facts: (facts.unheard & marked) or None
            case "long_standing":
                group = self._groups[value]
                return lambda facts: (facts.long_standing & group) or None
            case "age_from":
                return lambda facts: _when(facts.age is not None and facts.age >= value)
            case "age_below":
                return lambda facts: _when(facts.age is not None and facts.age < value)
            case _:
                raise ContentError(f"The rules use the unknown condition {key}", "See rules.yaml.")


def _with_child(facts: Facts) -> Facts:
    if facts.age is not None and facts.age < CHILD_AGE and "CHILD" not in facts.yes:
        return facts.with_yes("CHILD")
    return facts


def _yes(flags: Evidence) -> Test:
    return lambda facts: (facts.yes & flags) or None


def _all(tests: Iterable[Test]) -> Test:
    parts = tuple(tests)

    def test(facts: Facts) -> Evidence | None:
        found = _NOTHING
        for part in parts:
            if (evidence := part(facts)) is None:
                return None
            found |= evidence
        return found

    return test


def _any(tests: Iterable[Test]) -> Test:
    parts = tuple(tests)

    def test(facts: Facts) -> Evidence | None:
        hits = [e for part in parts if (e := part(facts)) is not None]
        return frozenset().union(*hits) if hits else None

    return test


def _when(holds: bool) -> Evidence | None:
    return _NOTHING if holds else None


def _at_least(found: Evidence, count: int) -> Evidence | None:
    return found if len(found) >= count else None
