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
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from intents.text import expand

__all__ = ["GAP_WORDS", "Chart", "PatternError", "Patterns", "Span", "base_forms", "pieces"]

GAP_WORDS: Final = 3
"""The words that "..." may stand for: enough for "of my left", too few for another clause."""

_GAP: Final = "..."
# A group of single words is one part, because most groups are: it makes loading twice as fast.
_PART = re.compile(
    r"\{(?P<name>[a-z_0-9]+)\}|(?P<gap>\.\.\.)|(?P<flat>[(\[][^\s()\[\]{}.]+[)\]]~?)"
    r"|(?P<mark>[()\[\]|])|(?P<word>[^\s()\[\]{}|]+)"
)
_WORDS_ONLY = re.compile(r"[a-z0-9'~\s]*[a-z0-9][a-z0-9'~\s]*")

# Alternatives, each a row of keys and groups; an optional group has an empty row.
_Row = tuple["str | _Group", ...]
_Group = list[_Row]


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
        self.edges: dict[str, list[_Node]] | None = None
        self.links: tuple[tuple[_Node, int], ...] = ()
        self.accepts: tuple[str, ...] = ()
        self.open = is_open

    def link(self, target: "_Node", skips: int = 0) -> None:
        self.links = (*self.links, (target, skips))

    def edge(self, key: str, target: "_Node") -> None:
        if self.edges is None:
            self.edges = {}
        self.edges.setdefault(key, []).append(target)


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


def _flat(text: str) -> _Group:
    """Return a group of single words, such as "(a|b)~"."""
    inner = text.rstrip("~")
    group: _Group = [_words(word) for word in inner[1:-1].split("|")]
    if text.endswith("~"):
        group = [(*row[:-1], _inflected(row[-1])) for row in group]
    return [(), *group] if text[0] == "[" else group


def _parse(pattern: str) -> _Group:
    if _WORDS_ONLY.fullmatch(pattern):
        return [tuple(key for word in pattern.split() for key in _words(word))]
    parts = [(str(match.lastgroup), match.group()) for match in _PART.finditer(pattern)]
    if sum(kind == "name" for kind, _ in parts) != max(pattern.count("{"), pattern.count("}")):
        raise PatternError(f"cannot read {pattern!r}")
    position = 0

    def group(closing: str) -> _Group:
        nonlocal position
        rows: _Group = [()] if closing == "]" else []
        row: list[str | _Group] = []
        while position < len(parts):
            kind, text = parts[position]
            position += 1
            if kind == "word" and text != "~":
                row.extend(_words(text))
            elif kind == "flat":
                row.append(_flat(text))
            elif kind == "name":
                row.append(text[:-1])
            elif kind == "gap":
                row.append(_GAP)
            elif kind == "word":
                row[-1] = _inflected(row[-1])
            elif text in "([":
                row.append(group(")" if text == "(" else "]"))
            elif text == "|":
                rows.append(tuple(row))
                row = []
            elif text == closing:
                return [*rows, tuple(row)]
            else:
                break
        if closing or position < len(parts):
            raise PatternError(f"brackets do not match in {pattern!r}")
        return [*rows, tuple(row)]

    parsed = group("")
    if any(not row or _GAP in (row[0], row[-1]) for row in parsed):
        raise PatternError(f"cannot read {pattern!r}")
    return parsed


class Patterns:
    """An automaton of patterns; `add` all of them, then `find` in as many utterances as you like."""

    def __init__(self) -> None:
        self._root = _Node(is_open=True)
        self._starts: dict[str, list[_Node]] | None = None
        self.words: set[str] = set()
        self.concepts: set[str] = set()

    def add(self, concept: str, pattern: str) -> None:
        """Add a pattern of a concept. Raises PatternError where it cannot be read."""
        self._starts = None
        end = self._group(self._root, _parse(pattern))
        if end is self._root:
            raise PatternError(f"nothing is required in {pattern!r}")
        accepted = "{" + concept
        if accepted not in end.accepts:
            end.accepts = (*end.accepts, accepted)

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
                (self._part(node, last) if row else node).link(join)
        return join

    def _part(self, node: _Node, part: str | _Group) -> _Node:
        if isinstance(part, list):
            return self._group(node, part)
        if part == _GAP:
            after = _Node(is_open=False)
            node.link(after, GAP_WORDS)
            return after
        self._learn(part)
        if node.open and node.edges is not None:
            for target in node.edges.get(part, ()):
                if target.open:
                    return target
        target = _Node(is_open=node.open)
        node.edge(part, target)
        return target

    def _learn(self, key: str) -> None:
        if key[0] == "{":
            self.concepts.add(key[1:])
        else:
            self.words.add(key)

    def _first(self) -> dict[str, list[_Node]]:
        """Return what follows a concept that a pattern begins with."""
        if self._starts is None:
            self._starts = {}
            reached = [self._root]
            for node in reached:
                reached += [linked for linked, skips in node.links if not skips]
                for key, targets in (node.edges or {}).items():
                    if key[0] == "{":
                        self._starts.setdefault(key, []).extend(targets)
        return self._starts

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
        starts = self._first()
        nothing: dict[str, list[_Node]] = {}
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
                            for following in starts.get(concept, ()):
                                stack.append((following, place, mask, bent, True))
                    for linked, skips in node.links:
                        if not skips:
                            stack.append((linked, place, mask, bent, True))
                if (node, place) in seen:
                    continue
                seen.add((node, place))
                if place == count or (place > start and ends[place]):
                    continue
                edges = node.edges or nothing
                for linked, skips in node.links:
                    if not keyed and not skips:
                        stack.append((linked, place, mask, bent, False))
                    reach = place
                    while skips and reach < count and not (reach > place and ends[reach]):
                        stack.append((linked, reach, mask, bent, False))
                        skips -= not fillers[reach]
                        reach += 1
                    if skips == 0 and reach > place and reach < count and not ends[reach]:
                        stack.append((linked, reach, mask, bent, False))
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
