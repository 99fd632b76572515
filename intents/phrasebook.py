"""Labelled phrases, found in running words: what the readers' word lists become."""

import functools
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final, Generic, TypeVar

from intents.errors import LocaleError
from intents.text import expand, tokens

__all__ = ["Mark", "PhraseBook", "Reading", "Words", "expand_template"]

T = TypeVar("T")
_PIECE = re.compile(r"[()\[\]|]|(?:\{\w+\}|<\w+>)(?:'s)?|[^()\[\]|{}<>]+|[{}<>]")
_CLOSING: Final = {"(": ")", "[": "]"}
_END = ""  # a key that no word can be
_MOST_FORMS: Final = 20_000  # of one template: more is a slip of the pen


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """A value read from words.

    `confidence` runs from 0 to 1; `span` is the first word and the one after the last, counted in
    `intents.text.tokens(text)`.
    """

    value: T
    confidence: float
    span: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Mark:
    """A phrase found: its label, and its place among the words (end excluded)."""

    label: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text with contractions undone; `origin` gives each its place in `tokens`.

    "mum's" becomes "mum" and "'s", which may stand for "is", "has" or a possessive.
    """

    words: tuple[str, ...]
    origin: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> "Words":
        """Return the words of a text."""
        words: list[str] = []
        origin: list[int] = []
        for index, token in enumerate(tokens(text)):
            parts = _parts(token)
            words.extend(parts)
            origin.extend([index] * len(parts))
        return cls(tuple(words), tuple(origin))

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return a place among these words as a place among the tokens of the text."""
        if start >= end:
            return (0, 0)
        return (self.origin[start], self.origin[end - 1] + 1)


class PhraseBook:
    """Phrases in a tree of words, so that a text is read once however many there are.

    Templates: `(a|b c)` is a choice, `[a]` may be left out, `{name}` is a choice from `lists`,
    which may hold templates, and `<name>` is any one word of `classes`.
    """

    def __init__(
        self,
        labels: Mapping[str, Iterable[Any]],
        lists: Mapping[str, Sequence[Any]] | None = None,
        classes: Mapping[str, Sequence[Any]] | None = None,
        *,
        shared: bool = False,
    ) -> None:
        """Build the tree. A phrase has one label, unless it may be `shared` by several."""
        self._shared = shared
        self._root: dict[str, Any] = {}
        self._longest = 0
        self._classes: dict[str, list[str]] = {}
        for name, members in (classes or {}).items():
            for member in members:
                self._classes.setdefault(str(member), []).append(f"<{name}>")
        for label, templates in labels.items():
            for template in templates:
                for words in expand_template(str(template), lists or {}, classes or {}):
                    self._add(words, label)
        named = (w for w, keys in self._classes.items() if not self._root.keys().isdisjoint(keys))
        self._starts = frozenset((*self._root, *named))

    def _add(self, words: tuple[str, ...], label: str) -> None:
        if not words:
            raise LocaleError(f"A phrase of {label!r} is empty.", "Mend the word list.")
        self._longest = max(self._longest, len(words))
        node = self._root
        for word in words:
            node = node.setdefault(word, {})
        labels = node.setdefault(_END, [])
        if labels and label not in labels and not self._shared:
            raise LocaleError(
                f"{' '.join(words)!r} is listed as {labels[0]!r} and as {label!r}.",
                "Each phrase has one label.",
            )
        if label not in labels:
            labels.append(label)

    def all_at(self, words: Sequence[str], start: int) -> tuple[Mark, ...]:
        """Return every phrase that begins at one place, the shortest first."""
        if start < len(words) and words[start] not in self._starts:
            return ()
        found: list[Mark] = []
        nodes = [self._root]
        for index in range(start, len(words)):
            word = words[index]
            keys = (word, *self._classes.get(word, ()))
            nodes = [node[key] for node in nodes for key in keys if key in node]
            if not nodes:
                break
            for node in nodes:
                for label in node.get(_END, ()):
                    found.append(Mark(label, start, index + 1))
        return tuple(found)

    def at(self, words: Sequence[str], start: int) -> Mark | None:
        """Return the longest phrase that begins at one place; words go before classes of words."""
        found = self.all_at(words, start)
        return max(found, key=lambda mark: mark.end, default=None)

    def before(self, words: Sequence[str], end: int) -> frozenset[str]:
        """Return the labels of the phrases that end just before a place."""
        return frozenset(
            mark.label
            for start in range(max(0, end - self._longest), end)
            for mark in self.all_at(words, start)
            if mark.end == end
        )

    def after(self, words: Sequence[str], start: int) -> frozenset[str]:
        """Return the labels of the phrases that begin at a place."""
        return frozenset(mark.label for mark in self.all_at(words, start))

    def labels_in(self, words: Sequence[str]) -> frozenset[str]:
        """Return the labels of all phrases that are anywhere among the words."""
        places = range(len(words))
        return frozenset(mark.label for i in places for mark in self.all_at(words, i))

    def scan(self, words: Sequence[str]) -> tuple[Mark, ...]:
        """Return the phrases found from left to right, the longest at each place, none twice."""
        return tuple(self._scan(words))

    def _scan(self, words: Sequence[str]) -> Iterator[Mark]:
        place = 0
        while place < len(words):
            mark = self.at(words, place) if words[place] in self._starts else None
            if mark is None:
                place += 1
            else:
                yield mark
                place = mark.end


@functools.lru_cache(8192)
def _parts(token: str) -> tuple[str, ...]:
    """Return a token with its contraction undone; after a noun, 's becomes a word of its own."""
    parts = expand((token,))
    if len(parts) == 1 and token.endswith("'s") and len(token) > 2:
        return (token[:-2], "'s")
    return parts


def expand_template(
    template: str, lists: Mapping[str, Sequence[Any]], classes: Container[str] = ()
) -> list[tuple[str, ...]]:
    """Return every form of a template, as words. Raises LocaleError where it is malformed.

    Brackets stand between words, never inside one.
    """
    pieces = _PIECE.findall(template)
    forms, used = _choice(pieces, 0, lists, classes)
    if used < len(pieces):
        raise LocaleError(f"The template {template!r} has a bracket too many.", "Mend it.")
    return forms


def _choice(
    pieces: list[str], place: int, lists: Mapping[str, Sequence[Any]], classes: Container[str]
) -> tuple[list[tuple[str, ...]], int]:
    """Return the forms from a place to the closing bracket or the end, and where that is."""
    done: list[tuple[str, ...]] = []
    forms: list[tuple[str, ...]] = [()]
    while place < len(pieces) and pieces[place] not in (")", "]"):
        piece = pieces[place]
        place += 1
        if piece == "|":
            done, forms = done + forms, [()]
            continue
        inner: list[tuple[str, ...]]
        if piece in _CLOSING:
            inner, place = _choice(pieces, place, lists, classes)
            if pieces[place : place + 1] != [_CLOSING[piece]]:
                raise LocaleError(f"{''.join(pieces)!r} has an open bracket.", "Close it.")
            place += 1
            if piece == "[":
                inner = [*inner, ()]
        elif piece[0] in "{<" and len(piece) > 2:
            inner = _named(piece, lists, classes)
        else:
            inner = [_literal(piece)]
        forms = [a + b for a, b in product(forms, inner)]
        if len(forms) > _MOST_FORMS:
            raise LocaleError(f"{''.join(pieces)!r} has too many forms.", "Split it.")
    return done + forms, place


def _literal(piece: str) -> tuple[str, ...]:
    """Return plain words of a template."""
    return tuple(word for chunk in piece.split() for word in _chunk(chunk))


@functools.lru_cache(8192)
def _chunk(chunk: str) -> tuple[str, ...]:
    """Return the words of one chunk; a lone 's is the word that `Words` cuts off a noun."""
    if chunk == "'s":
        return (chunk,)
    return tuple(word for token in tokens(chunk) for word in _parts(token))


def _named(
    piece: str, lists: Mapping[str, Sequence[Any]], classes: Container[str]
) -> list[tuple[str, ...]]:
    """Return what `{name}`, `<name>` or `<name>'s` stands for."""
    possessive = piece.endswith("'s")
    name = piece.removesuffix("'s")[1:-1]
    if name not in (lists if piece[0] == "{" else classes):
        raise LocaleError(f"{piece!r}: there is no word list or class of that name.", "Add it.")
    if piece[0] == "<":
        return [(f"<{name}>", "'s") if possessive else (f"<{name}>",)]
    forms = [form for item in lists[name] for form in expand_template(str(item), lists, classes)]
    return [(*form, "'s") for form in forms] if possessive else forms
