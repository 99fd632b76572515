"""How a pattern over words and concepts is written, and its reader.

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
from functools import cache
from typing import Final

from intents.errors import LocaleError
from intents.text import expand

__all__ = ["GAP", "Group", "PatternError", "Row", "base_forms", "parse", "pieces"]

GAP: Final = "..."
_PART = re.compile(r"(\{[a-z_0-9]+\})|(\.\.\.)|([()\[\]|])|([^\s()\[\]{}|]+)")
# Most patterns are a row of words, concepts and groups of single words: reading those without a
# parser makes loading twice as fast.
_WORD = re.compile(r"[^\s()\[\]{}|]+")
_NAME = re.compile(r"\{[a-z_0-9]+\}")
_FLAT = re.compile(r"[(\[][^\s()\[\]{}.]+[)\]]~?")

# Alternatives, each a row of keys and groups; an optional group has an empty row.
Row = tuple["str | Group", ...]
Group = list[Row]


class PatternError(LocaleError):
    """A pattern in a file of the language cannot be read."""


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


def _inflected(part: "str | Group") -> "str | Group":
    """Let the last word of a part, or of each of its alternatives, stand for all its forms."""
    if isinstance(part, list):
        return [(*row[:-1], _inflected(row[-1])) for row in part]
    return part if part.endswith("~") or part[0] == "{" else part + "~"


def _words(text: str) -> Row:
    if "'" not in text and text != "cannot":
        return (text,)
    return (text,) if text.endswith("~") else pieces(text)


@cache
def _flat(text: str) -> Group:
    """Return a group of single words, such as "(a|b)~"."""
    inner = text.rstrip("~")
    group: Group = [_words(word) for word in inner[1:-1].split("|")]
    if text.endswith("~"):
        group = [(*row[:-1], _inflected(row[-1])) for row in group]
    return [(), *group] if text[0] == "[" else group


def _row(pattern: str) -> Row | None:
    """Return a pattern that holds no group of more than single words, or None."""
    row: list[str | Group] = []
    for part in pattern.split():
        if part == GAP:
            row.append(GAP)
        elif _WORD.fullmatch(part):
            row.extend(_words(part))
        elif _FLAT.fullmatch(part):
            row.append(_flat(part))
        elif _NAME.fullmatch(part):
            row.append(part[:-1])
        else:
            return None
    return tuple(row)


def parse(pattern: str) -> Group:
    """Return a pattern as alternatives. Raises PatternError where it cannot be read."""
    row = _row(pattern)
    parsed = _parse_groups(pattern) if row is None else [row]
    if any(not row or GAP in (row[0], row[-1]) for row in parsed):
        raise PatternError(f"cannot read {pattern!r}")
    return parsed


def _parse_groups(pattern: str) -> Group:
    parts = _PART.findall(pattern)
    if sum(bool(part[0]) for part in parts) != max(pattern.count("{"), pattern.count("}")):
        raise PatternError(f"cannot read {pattern!r}")
    position = 0

    def group(closing: str) -> Group:
        nonlocal position
        rows: Group = [()] if closing == "]" else []
        row: list[str | Group] = []
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
                row.append(GAP)
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
