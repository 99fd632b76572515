"""Patterns over words and concepts, and the chart that finds them all in one pass.

A pattern is read left to right:

    word        that word; "can't" is read as "can not", in patterns and in utterances alike
    word~       any form of the word: drag~ is drag, drags, dragged, dragging
    {name}      anything that makes up the concept `name`
    (a|b c)     one of these; (a|b c)~ is (a~|b c~)
    [a|b]       one of these or nothing
    ...         up to three words of any kind

Fillers (articles, possessives, "really") may stand between the parts of a pattern. A pattern
never reaches over the end of a sentence.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from intents.text import expand

__all__ = ["GAP_WORDS", "Chart", "PatternError", "Patterns", "Span", "pieces", "word_forms"]

GAP_WORDS: Final = 3
"""The words that "..." may stand for: enough for "of my left", too few for another clause."""

_GAP: Final = "..."
_PART = re.compile(r"\{([a-z_0-9]+)\}|(\.\.\.)|([()\[\]|])|([^\s()\[\]{}|]+)")


class PatternError(ValueError):
    """A pattern cannot be read."""


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


class _Node:
    """A state. `links` lead on without a word, passing over at most so many pieces.

    An open node is reached by one wording only, so patterns that begin alike can share it.
    """

    __slots__ = ("accepts", "edges", "links", "open")

    def __init__(self, *, is_open: bool) -> None:
        self.edges: dict[str, list[_Node]] = {}
        self.links: list[tuple[_Node, int]] = []
        self.accepts: list[str] = []
        self.open = is_open


def pieces(word: str) -> tuple[str, ...]:
    """Return what a normalised word is matched as: "can't" → can, not; "mum's" → mum, 's."""
    if word == "cannot":
        return ("can", "not")
    if "'" not in word:
        return (word,)
    out: list[str] = []
    for part in expand((word,)):
        if part.endswith("'s") and len(part) > 2:
            out.extend((part[:-2], "'s"))
        else:
            out.append(part)
    return tuple(out)


def word_forms(word: str) -> set[str]:
    """Return the regular forms of a noun, verb or adjective; some are no words, which is harmless."""
    forms = {word, word + "s", word + "ed", word + "ing"}
    if word[-1] in "sxzo" or word[-2:] in ("sh", "ch"):
        forms.add(word + "es")
    if word[-1] == "e":
        forms |= {word + "d", word[:-1] + "ing"}
    if word[-1] == "y":
        forms |= {word[:-1] + "ies", word[:-1] + "ied"}
    if len(word) > 2 and word[-1] not in "aeiouwxy" and word[-2] in "aeiou":
        forms |= {word + word[-1] + "ed", word + word[-1] + "ing"}
    return forms


@dataclass(frozen=True, slots=True)
class _Group:
    """Alternatives, each a row of keys and groups; an optional group has an empty row."""

    rows: tuple[tuple["str | _Group", ...], ...]


def _inflected(part: str | _Group) -> str | _Group:
    """Let the last word of a part, or of each of its alternatives, stand for all its forms."""
    if isinstance(part, _Group):
        return _Group(tuple((*row[:-1], _inflected(row[-1])) for row in part.rows))
    return part if part.endswith("~") or part[0] == "{" else part + "~"


def _parse(pattern: str) -> _Group:
    parts = _PART.findall(pattern)
    if "".join("".join(part) for part in parts) != re.sub(r"[\s{}]", "", pattern):
        raise PatternError(f"cannot read {pattern!r}")
    position = 0

    def group(closing: str) -> _Group:
        nonlocal position
        rows: list[tuple[str | _Group, ...]] = [()] if closing == "]" else []
        row: list[str | _Group] = []
        while position < len(parts):
            name, gap, mark, word = parts[position]
            position += 1
            if name:
                row.append("{" + name)
            elif gap:
                row.append(_GAP)
            elif word == "~":
                row[-1] = _inflected(row[-1])
            elif word:
                row.extend([word] if word.endswith("~") else pieces(word))
            elif mark in "([":
                row.append(group(")" if mark == "(" else "]"))
            elif mark == "|":
                rows.append(tuple(row))
                row = []
            elif mark == closing:
                return _Group((*rows, tuple(row)))
            else:
                break
        if closing or position < len(parts):
            raise PatternError(f"brackets do not match in {pattern!r}")
        return _Group((*rows, tuple(row)))

    parsed = group("")
    if any(not row or _GAP in (row[0], row[-1]) for row in parsed.rows):
        raise PatternError(f"cannot read {pattern!r}")
    return parsed


class Patterns:
    """An automaton of patterns; `add` all of them, then `find` in as many utterances as you like."""

    def __init__(self) -> None:
        self._root = _Node(is_open=True)
        self.words: set[str] = set()
        self.concepts: set[str] = set()

    def add(self, concept: str, pattern: str) -> None:
        """Add a pattern of a concept. Raises PatternError where it cannot be read."""
        end = self._group(self._root, _parse(pattern))
        if end is self._root:
            raise PatternError(f"nothing is required in {pattern!r}")
        accepted = "{" + concept
        if accepted not in end.accepts:
            end.accepts.append(accepted)

    def _group(self, start: _Node, group: _Group) -> _Node:
        """Build a group from a node on and return the node where it ends."""
        ends: list[_Node] = []
        for row in group.rows:
            node = start
            for part in row:
                node = self._group(node, part) if isinstance(part, _Group) else self._key(node, part)
            if node not in ends:
                ends.append(node)
        if len(ends) == 1:
            return ends[0]
        join = _Node(is_open=False)
        for node in ends:
            node.links.append((join, 0))
        return join

    def _key(self, node: _Node, key: str) -> _Node:
        if key == _GAP:
            after = _Node(is_open=False)
            node.links.append((after, GAP_WORDS))
            return after
        if key[0] == "{":
            self.concepts.add(key[1:])
        else:
            self.words.add(key)
        targets = node.edges.setdefault(key, [])
        if node.open:
            for target in targets:
                if target.open:
                    return target
        target = _Node(is_open=node.open)
        targets.append(target)
        return target

    def find(
        self,
        keys: Sequence[Iterable[tuple[str, bool]]],
        fillers: Sequence[bool],
        ends: Sequence[bool],
    ) -> list[Span]:
        """Return all spans, from the last start to the first.

        For each piece: `keys` are the trie keys it can be read as (with whether that bends it),
        `fillers` whether it may be passed over, `ends` whether a sentence ends before it.
        """
        count = len(keys)
        root = self._root
        at: list[list[tuple[str, int, int, int]]] = [[] for _ in range(count + 1)]
        for start in range(count - 1, -1, -1):
            here = at[start]
            found: set[tuple[str, int]] = set()
            seen: set[tuple[_Node, int]] = set()
            # A state is a node, the place reached, the pieces used and bent, and whether it was
            # reached by a key (a skipped filler is no part of the pattern, so nothing ends on it).
            stack: list[tuple[_Node, int, int, int, bool]] = [(root, start, 0, 0, False)]
            while stack:
                node, place, mask, bent, keyed = stack.pop()
                if keyed:
                    for concept in node.accepts:
                        if (concept, place) not in found:
                            found.add((concept, place))
                            here.append((concept, place, mask, bent))
                            for following in root.edges.get(concept, ()):
                                stack.append((following, place, mask, bent, True))
                    for linked, skips in node.links:
                        if not skips:
                            stack.append((linked, place, mask, bent, True))
                if (node, place) in seen:
                    continue
                seen.add((node, place))
                if place == count or (place > start and ends[place]):
                    continue
                edges = node.edges
                for linked, skips in node.links:
                    if not keyed and not skips:
                        stack.append((linked, place, mask, bent, False))
                    for skipped in range(skips + 1) if skips else ():
                        if place + skipped >= count or (skipped and ends[place + skipped]):
                            break
                        stack.append((linked, place + skipped, mask, bent, False))
                if place > start:
                    if fillers[place]:
                        stack.append((node, place + 1, mask, bent, False))
                    for concept, end, inner, inner_bent in at[place]:
                        for following in edges.get(concept, ()):
                            stack.append(
                                (following, end, mask | inner, bent | inner_bent, True)
                            )
                bit = 1 << place
                for key, bends in keys[place]:
                    for following in edges.get(key, ()):
                        stack.append(
                            (following, place + 1, mask | bit, bent | bit if bends else bent, True)
                        )
        return [
            Span(concept[1:], start, end, mask, bent)
            for start in range(count)
            for concept, end, mask, bent in at[start]
        ]


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
