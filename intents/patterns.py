"""Patterns over words and concepts, and the chart that finds them all in one pass.

How a pattern is written stands in `pattern_syntax`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from intents.automaton import Beginning, Node
from intents.pattern_syntax import GAP, Group, PatternError, base_forms, parse, pieces

__all__ = ["GAP_WORDS", "Chart", "PatternError", "Patterns", "Span", "base_forms", "pieces"]

GAP_WORDS: Final = 3
"""The words that "..." may stand for: enough for "of my left", too few for another clause."""


@dataclass(frozen=True, slots=True)
class Span:
    """A concept found in pieces `start` to `end`.

    `mask` has a bit for each piece that the pattern used (gaps and fillers have none), `bent` a
    bit for each of those that was only like the word of the pattern.
    """

    concept: str
    start: int
    end: int
    mask: int
    bent: int


class Patterns:
    """An automaton of patterns: `add` all of them, then `find` in any number of utterances."""

    def __init__(self) -> None:
        self._root = Node(is_open=True)
        self._begin: tuple[dict[str, Beginning], dict[str, list[Node]]] | None = None
        self.words: set[str] = set()
        self.concepts: set[str] = set()

    def add(self, concept: str, pattern: str) -> None:
        """Add a pattern of a concept. Raises PatternError where it cannot be read."""
        self._begin = None
        end = self._group(self._root, parse(pattern))
        if end is self._root:
            raise PatternError(f"nothing is required in {pattern!r}")
        if concept not in end.accepts:
            end.accepts = (*end.accepts, concept)

    def _group(self, start: Node, group: Group) -> Node:
        """Build a group from a node on and return the node where it ends."""
        if len(group) == 1:
            node = start
            for part in group[0]:
                node = self._part(node, part)
            return node
        join = Node(is_open=False)
        for row in group:
            node = start
            for part in row[:-1]:
                node = self._part(node, part)
            last = row[-1] if row else GAP
            if isinstance(last, str) and last != GAP:
                self._learn(last)
                node.edge(last, join)
            else:
                end = self._part(node, last) if row else node
                end.joins = (*end.joins, join)
        return join

    def _part(self, node: Node, part: str | Group) -> Node:
        """Build a word, a concept, a gap or a group from a node on; return where it ends."""
        if isinstance(part, list):
            return self._group(node, part)
        if part == GAP:
            after = Node(is_open=False)
            node.gaps = (*node.gaps, after)
            return after
        self._learn(part)
        if node.open and node.words is not None:
            for target in node.words.get(part, ()):
                if target.open:
                    return target
        target = Node(is_open=node.open and part[0] != "{")
        node.edge(part, target)
        return target

    def _learn(self, key: str) -> None:
        if key[0] == "{":
            self.concepts.add(key[1:])
        else:
            self.words.add(key)

    def _first(self) -> tuple[dict[str, Beginning], dict[str, list[Node]]]:
        """Return what follows a word and what follows a concept that a pattern begins with."""
        if self._begin is None:
            words: dict[str, list[Node]] = {}
            concepts: dict[str, list[Node]] = {}
            reached = [self._root]
            for node in reached:
                reached += node.joins
                for begin, edges in ((words, node.words), (concepts, node.concepts)):
                    for key, targets in (edges or {}).items():
                        begin.setdefault(key, []).extend(targets)
            self._begin = {key: Beginning(nodes) for key, nodes in words.items()}, concepts
        return self._begin

    def find(
        self,
        keys: Sequence[Sequence[tuple[str, bool]]],
        fillers: Sequence[bool],
        ends: Sequence[bool],
    ) -> list[Span]:
        """Return all spans, from the first start to the last.

        For each piece: `keys` are the words of patterns it can be read as (with whether that
        bends it), `fillers` whether it may be passed over, `ends` whether a sentence ends before
        it.
        """
        count = len(keys)
        first_words, first_concepts = self._first()
        at: list[list[tuple[str, int, int, int]]] = [[] for _ in range(count + 1)]
        # Of these, the concepts that patterns are made of: few, and looked through at every step.
        parts: list[list[tuple[str, int, int, int]]] = [[] for _ in range(count + 1)]
        # The places of each word, and those where each of these concepts begins.
        where: dict[str, int] = {}
        for place, readings in enumerate(keys):
            for key, _ in readings:
                where[key] = where.get(key, 0) | 1 << place
        begun: dict[str, int] = {}
        gaps = _gaps(fillers, ends)
        coming = _coming(keys, fillers, ends)
        near = [
            {key for readings in keys[start + 1 : reached.bit_length()] for key, _ in readings}
            for start, reached in enumerate((*gaps[1:], 0))
        ]
        leads: dict[Node, int] = {}  # for the node after a gap, the places of the words it takes
        # From the last start to the first, so that the concepts inside a pattern are known.
        for start in range(count - 1, -1, -1):
            here = at[start]
            found: set[tuple[str, int]] = set()
            seen: dict[Node, int] = {}
            # A state is a node, the place reached, the pieces used and bent, and whether it was
            # reached by a key (a skipped filler is no part of the pattern, so nothing ends on it).
            stack = [
                (node, start + 1, 1 << start, bends << start, True)
                for key, bends in keys[start]
                if key in first_words
                for node in first_words[key].leading(coming[start], near[start])
            ]
            while stack:
                node, place, mask, bent, keyed = stack.pop()
                been = seen.get(node, 0)
                if been >> (place * 2) & (2 if keyed else 3):
                    continue
                seen[node] = been | (2 if keyed else 1) << (place * 2)
                if keyed:
                    for concept in node.accepts:
                        if (concept, place) not in found:
                            found.add((concept, place))
                            here.append((concept, place, mask, bent))
                            if concept in self.concepts:
                                parts[start].append((concept, place, mask, bent))
                                begun[concept] = begun.get(concept, 0) | 1 << start
                            for after in first_concepts.get(concept, ()):
                                stack.append((after, place, mask, bent, True))
                for after in node.joins:
                    stack.append((after, place, mask, bent, keyed))
                if place == count or ends[place]:
                    continue
                for after in node.gaps:
                    # Most gaps lead nowhere: looking first is quicker than stacking.
                    over = gaps[place]
                    following = after.words
                    if not (after.joins or after.gaps):
                        ahead = 0
                        if following is not None:
                            known = leads.get(after)
                            if known is None:
                                known = 0
                                for key in following:
                                    known |= where.get(key, 0)
                                leads[after] = known
                            ahead = known
                        for concept in after.concepts or ():
                            ahead |= begun.get(concept, 0)
                        over &= ahead
                    whole = after.concepts is not None or after.joins or after.gaps
                    while over:
                        lowest = over & -over
                        over ^= lowest
                        reach = lowest.bit_length() - 1
                        if whole:
                            stack.append((after, reach, mask, bent, False))
                        elif following is not None:
                            for key, bends in keys[reach]:
                                for target in following.get(key, ()):
                                    bent_too = bent | bends << reach
                                    stack.append((target, reach + 1, mask | lowest, bent_too, True))
                if node.concepts is not None:
                    for concept, end, inner, inner_bent in parts[place]:
                        for after in node.concepts.get(concept, ()):
                            stack.append((after, end, mask | inner, bent | inner_bent, True))
                if node.words is not None:
                    for key, bends in keys[place]:
                        for after in node.words.get(key, ()):
                            stack.append(
                                (after, place + 1, mask | 1 << place, bent | bends << place, True)
                            )
                elif node.concepts is None:
                    continue
                if fillers[place]:
                    stack.append((node, place + 1, mask, bent, False))
        return [
            Span(concept, start, end, mask, bent)
            for start in range(count)
            for concept, end, mask, bent in at[start]
        ]


def _coming(
    keys: Sequence[Sequence[tuple[str, bool]]], fillers: Sequence[bool], ends: Sequence[bool]
) -> list[list[str]]:
    """Return for each piece the words that may come next, fillers passed over."""
    count = len(keys)
    found: list[list[str]] = [[] for _ in range(count)]
    for start in range(count - 2, -1, -1):
        after = start + 1
        if not ends[after]:
            found[start] = [key for key, _ in keys[after]]
            if fillers[after]:
                found[start] += found[after]
    return found


def _gaps(fillers: Sequence[bool], ends: Sequence[bool]) -> list[int]:
    """Return for each piece the pieces that what follows a gap there may begin with, as bits."""
    count = len(fillers)
    found = []
    for start in range(count):
        left = GAP_WORDS
        place = start
        reached = 0
        while place < count and left >= 0 and not (place > start and ends[place]):
            reached |= 1 << place
            left -= not fillers[place]
            place += 1
        found.append(reached)
    return found


@dataclass(frozen=True, slots=True)
class Chart:
    """An utterance with everything that was found in it.

    `words` are the normalised words and `origin` gives the word that each piece came from;
    `ends` and `commas` say whether a sentence or a phrase ends before a piece; `spans` are
    grouped by concept, in the order of the utterance.
    """

    words: tuple[str, ...]
    pieces: tuple[str, ...]
    origin: tuple[int, ...]
    ends: tuple[bool, ...]
    commas: tuple[bool, ...]
    fillers: tuple[bool, ...]
    spans: dict[str, list[Span]]

    def evidence(self, start: int, end: int) -> str:
        """Return the words that pieces `start` to `end` came from."""
        return " ".join(self.words[self.origin[start] : self.origin[end - 1] + 1])

    def same_sentence(self, start: int, end: int) -> bool:
        """Return whether no sentence ends between pieces `start` and `end`."""
        return not any(self.ends[start + 1 : end])
