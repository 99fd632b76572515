"""Patterns over words and concepts, and the chart that finds them all in one pass.

A pattern is read left to right:

    word        that word; "can't" is read as "can not", in patterns and in utterances alike
    word~       any form of the word: drag~ is drag, drags, dragged, dragging
    {name}      anything that makes up the concept `name`
    (a|b c)     one of these
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
    __slots__ = ("accepts", "edges", "gap")

    def __init__(self) -> None:
        self.edges: dict[str, _Node] = {}
        self.gap: _Node | None = None
        self.accepts: list[str] = []


def pieces(word: str) -> tuple[str, ...]:
    """Return what a normalised word is matched as: "can't" → can, not; "mum's" → mum, 's."""
    if word == "cannot":
        return ("can", "not")
    if "'" not in word:
        return (word,)
    out: list[str] = []
    for part in expand((word,)):
        if part.endswith("'s"):
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


def _parse(pattern: str) -> list[tuple[str, ...]]:
    """Return every sequence of trie keys that a pattern stands for."""
    parts: list[str] = []
    at = 0
    for match in _PART.finditer(pattern):
        if pattern[at : match.start()].strip():
            raise PatternError(f"cannot read {pattern!r}")
        at = match.end()
        name, gap, mark, word = match.groups()
        parts.append("{" + name if name else gap or mark or word)
    if pattern[at:].strip() or not parts:
        raise PatternError(f"cannot read {pattern!r}")
    position = 0

    def choices(closing: str) -> list[tuple[str, ...]]:
        nonlocal position
        done: list[tuple[str, ...]] = []
        rows: list[tuple[str, ...]] = [()]
        while position < len(parts):
            part = parts[position]
            position += 1
            if part == closing:
                return done + rows
            if part == "|":
                done += rows
                rows = [()]
                continue
            if part in ("(", "["):
                inner = choices(")" if part == "(" else "]")
                if part == "[":
                    inner = [(), *inner]
            elif part in (")", "]"):
                break
            elif part[0] == "{" or part == _GAP or part.endswith("~"):
                inner = [(part,)]
            else:
                inner = [pieces(part)]
            rows = [row + more for row in rows for more in inner]
        if closing:
            raise PatternError(f"brackets do not match in {pattern!r}")
        return done + rows

    out = choices("")
    if position < len(parts) or any(not row or _GAP in (row[0], row[-1]) for row in out):
        raise PatternError(f"cannot read {pattern!r}")
    return out


class Patterns:
    """A trie of patterns; `add` all of them, then `find` in as many utterances as you like."""

    def __init__(self) -> None:
        self._root = _Node()
        self.words: set[str] = set()
        self.concepts: set[str] = set()

    def add(self, concept: str, pattern: str) -> None:
        """Add a pattern of a concept. Raises PatternError where it cannot be read."""
        for row in _parse(pattern):
            node = self._root
            for key in row:
                if key == _GAP:
                    if node.gap is None:
                        node.gap = _Node()
                    node = node.gap
                    continue
                if key[0] == "{":
                    self.concepts.add(key[1:])
                else:
                    self.words.add(key)
                following = node.edges.get(key)
                if following is None:
                    following = node.edges[key] = _Node()
                node = following
            accepted = "{" + concept
            if accepted not in node.accepts:
                node.accepts.append(accepted)

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
            seen: set[tuple[int, int]] = set()
            stack: list[tuple[_Node, int, int, int]] = [(root, start, 0, 0)]
            while stack:
                node, place, mask, bent = stack.pop()
                if (id(node), place) in seen:
                    continue
                seen.add((id(node), place))
                if place == count or (place > start and ends[place]):
                    continue
                edges = node.edges
                reached: list[tuple[_Node, int, int, int]] = []
                if place > start:
                    if fillers[place]:
                        stack.append((node, place + 1, mask, bent))
                    for concept, end, inner, inner_bent in at[place]:
                        following = edges.get(concept)
                        if following is not None:
                            reached.append((following, end, mask | inner, bent | inner_bent))
                bit = 1 << place
                for key, bends in keys[place]:
                    following = edges.get(key)
                    if following is not None:
                        reached.append(
                            (following, place + 1, mask | bit, bent | bit if bends else bent)
                        )
                while reached:
                    state = reached.pop()
                    stack.append(state)
                    arrived, end, mask_now, bent_now = state
                    for concept in arrived.accepts:
                        if (concept, end) in found:
                            continue
                        found.add((concept, end))
                        here.append((concept, end, mask_now, bent_now))
                        following = root.edges.get(concept)
                        if following is not None:
                            reached.append((following, end, mask_now, bent_now))
                    if arrived.gap is not None:
                        for skipped in range(GAP_WORDS + 1):
                            place_now = end + skipped
                            if place_now >= count or ends[place_now]:
                                break
                            stack.append((arrived.gap, place_now, mask_now, bent_now))
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
