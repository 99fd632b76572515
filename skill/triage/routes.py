"""Which question comes next: routes, follow-ups, what is worth asking (clinical.md 2.1)."""

from collections.abc import Iterator
from dataclasses import dataclass

from skill.content.types import Content, FollowUp
from skill.triage.rules import CHILD_AGE, DecisionTable, Facts
from skill.turn import Level

_AGE_FLAGS = ("CHILD", "SELF_HARM")
"""Never asked by the interview: CHILD follows from the age, SELF_HARM is only volunteered."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What the choice of the next question rests on.

    `route` is the id of the route, `known` every flag with a fact, `pending` flags to ask first
    (something unclear was said about them), `place` the part of the body, `mentioned` subjects
    that came up ("painkillers"), `sex` "f", "m" or None.
    """

    route: str
    facts: Facts
    known: frozenset[str]
    pending: tuple[str, ...] = ()
    place: str | None = None
    mentioned: frozenset[str] = frozenset()
    sex: str | None = None


class Router:
    """Chooses questions for one content."""

    def __init__(self, content: Content, table: DecisionTable) -> None:
        self._content = content
        self._table = table
        self._askable = tuple(f.id for f in content.flags.values() if f.ask)

    def next_flag(self, situation: Situation) -> str | None:
        """Return the flag to ask about now, or None when the interview is complete."""
        return next(iter(self._worth_asking(situation)), None)

    def remaining(self, situation: Situation) -> int:
        """Return how many questions are left if every answer is a no."""
        return sum(1 for _ in self._worth_asking(situation))

    def _worth_asking(self, situation: Situation) -> Iterator[str]:
        candidates = tuple(self._candidates(situation))
        level = self._table.level(situation.facts)
        if level is Level.EMERGENCY:
            return
        for flag in candidates:
            if level is Level.SELFCARE or self._could_raise(
                flag, candidates, situation.facts, level
            ):
                yield flag

    def _candidates(self, situation: Situation) -> Iterator[str]:
        seen = set(situation.known)
        for flag in self._ordered(situation):
            if flag not in seen and self._applies(flag, situation):
                seen.add(flag)
                yield flag

    def _ordered(self, situation: Situation) -> Iterator[str]:
        yield from situation.pending
        routes = [self._content.routes[situation.route]]
        neck = self._content.places.get(situation.place or "") == "neck"
        if situation.route == "after_crack" and (neck or "NECK_TRIGGER" in situation.facts.yes):
            routes.insert(0, self._content.routes["neck"])
        for route in routes:
            yield from route.first
        ends: list[FollowUp] = []
        for follow in self._content.follow_ups:
            if follow.at_end:
                ends.append(follow)
            elif _follows(follow, situation):
                yield from follow.ask
        if situation.facts.yes:
            yield from self._completing(situation.facts)
        for route in reversed(routes):
            yield from route.ask
        yield from self._completing(situation.facts)
        for follow in ends:
            if _follows(follow, situation):
                yield from follow.ask

    def _completing(self, facts: Facts) -> Iterator[str]:
        """Yield every flag that, with what is known, completes a row above its own level."""
        now = self._table.level(facts).rank
        for flag in self._askable:
            together = self._table.level(facts.with_yes(flag)).rank
            if together > now and together > self._table.level(Facts(frozenset((flag,)))).rank:
                yield flag

    def _applies(self, flag: str, situation: Situation) -> bool:
        age = situation.facts.age
        if flag in situation.pending:
            return True
        if flag in _AGE_FLAGS:
            return False
        child = "CHILD" in situation.facts.yes or (age is not None and age < CHILD_AGE)
        if flag in self._content.adults_only:
            return not child and (flag == "CES_SEX" or situation.sex != "m")
        return child or self._content.flags[flag].group != "sign"

    def _could_raise(
        self, flag: str, candidates: tuple[str, ...], facts: Facts, level: Level
    ) -> bool:
        """Tell whether a yes could lift the level, alone or with one other open question."""
        if self._table.level(facts.with_yes(flag)).rank > level.rank:
            return True
        for other in candidates:
            if other == flag:
                continue
            alone = self._table.level(facts.with_yes(other)).rank
            if self._table.level(facts.with_yes(flag, other)).rank > max(alone, level.rank):
                return True
        return False


def _follows(follow: FollowUp, situation: Situation) -> bool:
    age = situation.facts.age
    if follow.age_from is not None and (age is None or age < follow.age_from):
        return False
    if follow.age_below is not None and (age is None or age >= follow.age_below):
        return False
    if follow.sex is not None and situation.sex not in (None, follow.sex):
        return False
    if follow.after or follow.place or follow.mentioned:
        return bool(
            situation.facts.yes.intersection(follow.after)
            or situation.place in follow.place
            or follow.mentioned in situation.mentioned
        )
    return True
