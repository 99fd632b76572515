"""Patterns over words and concepts, and the chart that finds them all in one pass.

A pattern is read left to right:

    word        that word; "can't" is read as "can not", in patterns and in utterances alike
    word~       any form of the word: drag~ is drag, drags, dragged, dragging
    {name}      anything that makes up the concept `name`
    (a|b c)     one of these; (a|b c)~ is (a~|b c~)
    [a|b]       one of these or nothing
    ...         up to three words of any kind, fillers not counted

Fillers (articles, possessives, "really") may stand between the parts of a pattern. A pattern
never reaches over the end of a sentence.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from intents.errors import LocaleError
from intents.text import expand

__all__ = ["GAP_WORDS", "Chart", "PatternError", "Patterns", "Span", "base_forms", "pieces"]

GAP_WORDS: Final = 3
"""The words that "..." may stand for: enough for "of my left", too few for another clause."""

_GAP: Final = "..."
_PART = re.compile(r"(\{[a-z_0-9]+\})|(\.\.\.)|([()\[\]|])|([^\s()\[\]{}|]+)")
# Most patterns are a row of words, concepts and groups of single words: reading those without a
# parser makes loading twice as fast.
_WORD = re.compile(r"[^\s()\[\]{}|]+")
_NAME = re.compile(r"\{[a-z_0-9]+\}")
_FLAT = re.compile(r"[(\[][^\s()\[\]{}.]+[)\]]~?")

# Alternatives, each a row of keys and groups; an optional group has an empty row.
_Row = tuple["str | _Group", ...]
_Group = list[_Row]


class PatternError(LocaleError):
    """A pattern in a file of the language cannot be read."""


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
    """A state of the automaton.

    `joins` lead on at once and `gaps` lead on over up to GAP_WORDS words. An open node is reached
    by one wording only, so patterns that begin alike can share it.
    """

    __slots__ = ("accepts", "concepts", "gaps", "joins", "open", "words")

    def __init__(self, *, is_open: bool) -> None:
        self.words: dict[str, list[_Node]] | None = None
        self.concepts: dict[str, list[_Node]] | None = None
        self.joins: tuple[_Node, ...] = ()
        self.gaps: tuple[_Node, ...] = ()
        self.accepts: tuple[str, ...] = ()
        self.open = is_open

    def edge(self, key: str, target: "_Node") -> None:
        """Lead on by a key."""
        if key[0] == "{":
            if self.concepts is None:
                self.concepts = {}
            self.concepts.setdefault(key[1:], []).append(target)
        elif self.words is None:
            self.words = {key: [target]}
        else:
            self.words.setdefault(key, []).append(target)


def pieces(word: str) -> tuple[str, ...]:
    """Return what a normalised word is matched as: "can't" → can, not; "mum's" → mum, 's."""
    if word == "cannot":
        return ("can", "not")
    if "'" not in word:
        return (word,)
    out: list[str] = []
    for part in expand((word,)):
        if part == "would" and word.endswith("'d"):
            out.append("'d")  # "had" as often as "would"
        elif part.endswith("'s") and len(part) > 2:
            out.extend((part[:-2], "'s"))
        else:
            out.append(part)
    return tuple(out)


def base_forms(word: str) -> tuple[str, ...]:
    """Return what a word may be a regular form of; some are no words, which is harmless."""
    if word.endswith("ies") or word.endswith("ied"):
        return (word[:-3] + "y", word[:-1])
    if word.endswith("es"):
        return (word[:-2], word[:-1])
    if word.endswith("s"):
        return (word[:-1],)
    for ending in ("ed", "ing"):
        if word.endswith(ending):
            stem = word[: -len(ending)]
            undoubled = (stem[:-1],) if len(stem) > 2 and stem[-1] == stem[-2] else ()
            return (stem, stem + "e", *undoubled)
    return ()


def _inflected(part: "str | _Group") -> "str | _Group":
    """Let the last word of a part, or of each of its alternatives, stand for all its forms."""
    if isinstance(part, list):
        return [(*row[:-1], _inflected(row[-1])) for row in part]
    return part if part.endswith("~") or part[0] == "{" else part + "~"


def _words(text: str) -> _Row:
    if "'" not in text and text != "cannot":
        return (text,)
    return (text,) if text.endswith("~") else pieces(text)


@cache
def _flat(text: str) -> _Group:
    """Return a group of single words, such as "(a|b)~"."""
    inner = text.rstrip("~")
    group: _Group = [_words(word) for word in inner[1:-1].split("|")]
    if text.endswith("~"):
        group = [(*row[:-1], _inflected(row[-1])) for row in group]
    return [(), *group] if text[0] == "[" else group


def _row(pattern: str) -> _Row | None:
    """Return a pattern that holds no group of more than single words, or None."""
    row: list[str | _Group] = []
    for part in pattern.split():
        if part == _GAP:
            row.append(_GAP)
        elif _WORD.fullmatch(part):
            row.extend(_words(part))
        elif _FLAT.fullmatch(part):
            row.append(_flat(part))
        elif _NAME.fullmatch(part):
            row.append(part[:-1])
        else:
            return None
    return tuple(row)


def _parse(pattern: str) -> _Group:
    row = _row(pattern)
    parsed = _parse_groups(pattern) if row is None else [row]
    if any(not row or _GAP in (row[0], row[-1]) for row in parsed):
        raise PatternError(f"cannot read {pattern!r}")
    return parsed


def _parse_groups(pattern: str) -> _Group:
    parts = _PART.findall(pattern)
    if sum(bool(part[0]) for part in parts) != max(pattern.count("{"), pattern.count("}")):
        raise PatternError(f"cannot read {pattern!r}")
    position = 0

    def group(closing: str) -> _Group:
        nonlocal position
        rows: _Group = [()] if closing == "]" else []
        row: list[str | _Group] = []
        while position < len(parts):
            name, gap, mark, word = parts[position]
            position += 1
            if word == "~":
                row[-1] = _inflected(row[-1])
            elif word:
                row.extend(_words(word))
            elif name:
                row.append(name[:-1])
            elif gap:
                row.append(_GAP)
            elif mark in "([":
                row.append(group(")" if mark == "(" else "]"))
            elif mark == "|":
                rows.append(tuple(row))
                row = []
            elif mark == closing:
                return [*rows, tuple(row)]
            else:
                raise PatternError(f"brackets do not match in {pattern!r}")
        if closing:
            raise PatternError(f"brackets do not match in {pattern!r}")
        return [*rows, tuple(row)]

    return group("")


class Patterns:
    """An automaton of patterns: `add` all of them, then `find` in any number of utterances."""

    def __init__(self) -> None:
        self._root = _Node(is_open=True)
        self._begin: tuple[dict[str, list[_Node]], dict[str, list[_Node]]] | None = None
        self.words: set[str] = set()
        self.concepts: set[str] = set()

    def add(self, concept: str, pattern: str) -> None:
        """Add a pattern of a concept. Raises PatternError where it cannot be read."""
        self._begin = None
        end = self._group(self._root, _parse(pattern))
        if end is self._root:
            raise PatternError(f"nothing is required in {pattern!r}")
        if concept not in end.accepts:
            end.accepts = (*end.accepts, concept)

    def _group(self, start: _Node, group: _Group) -> _Node:
        """Build a group from a node on and return the node where it ends."""
        if len(group) == 1:
            node = start
            for part in group[0]:
                node = self._part(node, part)
            return node
        join = _Node(is_open=False)
        for row in group:
            node = start
            for part in row[:-1]:
                node = self._part(node, part)
            last = row[-1] if row else _GAP
            if isinstance(last, str) and last != _GAP:
                self._learn(last)
                node.edge(last, join)
            else:
                end = self._part(node, last) if row else node
                end.joins = (*end.joins, join)
        return join

    def _part(self, node: _Node, part: str | _Group) -> _Node:
        """Build a word, a concept, a gap or a group from a node on; return where it ends."""
        if isinstance(part, list):
            return self._group(node, part)
        if part == _GAP:
            after = _Node(is_open=False)
            node.gaps = (*node.gaps, after)
            return after
        self._learn(part)
        if node.open and node.words is not None:
            for target in node.words.get(part, ()):
                if target.open:
                    return target
        target = _Node(is_open=node.open and part[0] != "{")
        node.edge(part, target)
        return target

    def _learn(self, key: str) -> None:
        if key[0] == "{":
            self.concepts.add(key[1:])
        else:
            self.words.add(key)

    def _first(self) -> tuple[dict[str, list[_Node]], dict[str, list[_Node]]]:
        """Return what follows a word and what follows a concept that a pattern begins with."""
        if self._begin is None:
            words: dict[str, list[_Node]] = {}
            concepts: dict[str, list[_Node]] = {}
            reached = [self._root]
            for node in reached:
                reached += node.joins
                for begin, edges in ((words, node.words), (concepts, node.concepts)):
                    for key, targets in (edges or {}).items():
                        begin.setdefault(key, []).extend(targets)
            self._begin = words, concepts
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
        # From the last start to the first, so that the concepts inside a pattern are known.
        for start in range(count - 1, -1, -1):
            here = at[start]
            found: set[tuple[str, int]] = set()
            seen: dict[_Node, int] = {}
            # A state is a node, the place reached, the pieces used and bent, and whether it was
            # reached by a key (a skipped filler is no part of the pattern, so nothing ends on it).
            stack = [
                (node, start + 1, 1 << start, bends << start, True)
                for key, bends in keys[start]
                for node in first_words.get(key, ())
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
                            for after in first_concepts.get(concept, ()):
                                stack.append((after, place, mask, bent, True))
                for after in node.joins:
                    stack.append((after, place, mask, bent, keyed))
                if place == count or ends[place]:
                    continue
                for after in node.gaps:
                    left = GAP_WORDS
                    reach = place
                    while reach < count and not (reach > place and ends[reach]):
                        stack.append((after, reach, mask, bent, False))
                        left -= not fillers[reach]
                        if left < 0:
                            break
                        reach += 1
                if node.concepts is not None:
                    for concept, end, inner, inner_bent in at[place]:
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
