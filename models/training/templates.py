"""Sentences made from templates that a writer can read: the YAML files in `data/sentences`.

In a template `(a|b)` is a choice, `[a]` may be left out, and `{name}` is one line of the list of
that name, which may hold templates itself.
"""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from models.errors import BacktalkError

DATA: Final = Path(__file__).parent / "data" / "sentences"

# How often what may be left out is said.
_SAID: Final = 0.35
_TOKEN: Final = re.compile(r"[()|\[\]]|\{\w+\}|[^()|\[\]{}]+")
_DEEPEST: Final = 20


class TemplateError(BacktalkError):
    """A template is malformed or names a list that does not exist."""

    code = "training-template"


@dataclass(frozen=True, slots=True)
class Group:
    """Templates of one kind: the file they stand in, and their share in a thousand sentences."""

    file: str
    name: str
    share: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Slot:
    name: str


@dataclass(frozen=True, slots=True)
class _Choice:
    options: tuple["_Sequence", ...]
    optional: bool


_Sequence = tuple[str | _Slot | _Choice, ...]


class Templates:
    """Template groups and the lists that they draw on."""

    def __init__(self, groups: Sequence[Group], lists: Mapping[str, Sequence[str]]) -> None:
        self.groups = tuple(groups)
        self._lists = {name: [_parse(line) for line in lines] for name, lines in lists.items()}
        self._lines = {group: [_parse(line) for line in group.lines] for group in groups}

    def sentence(self, group: Group, rng: random.Random) -> str:
        """Return a sentence of a group; raise `TemplateError` where a list is missing."""
        return tidy(self._say(rng.choice(self._lines[group]), rng, 0))

    def sample(self, count: int, rng: random.Random, files: Sequence[str] = ()) -> list[str]:
        """Return so many sentences of the groups of some files (default: all), by their shares."""
        groups = [group for group in self.groups if not files or group.file in files]
        chosen = rng.choices(groups, [group.share for group in groups], k=count)
        return [self.sentence(group, rng) for group in chosen]

    def _say(self, sequence: _Sequence, rng: random.Random, depth: int) -> str:
        if depth > _DEEPEST:
            raise TemplateError("A list of the training text contains itself.")
        said = []
        for part in sequence:
            if isinstance(part, str):
                said.append(part)
            elif isinstance(part, _Slot):
                said.append(self._say(rng.choice(self._list(part.name)), rng, depth + 1))
            elif not part.optional or rng.random() < _SAID:
                said.append(self._say(rng.choice(part.options), rng, depth + 1))
        return "".join(said)

    def _list(self, name: str) -> list[_Sequence]:
        if name not in self._lists:
            hint = f"Add {name} to models/training/data/sentences/lists.yaml, or correct the name."
            raise TemplateError(f"The training text uses a list named {name}: there is none.", hint)
        return self._lists[name]


@cache
def bundled() -> Templates:
    """Return the templates of the folder `data/sentences`."""
    lists: dict[str, list[str]] = {}
    groups: list[Group] = []
    for file in sorted(DATA.glob("*.yaml")):
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        if file.stem == "lists":
            lists = content
            continue
        for name, group in content.items():
            lines = tuple(group["lines"])
            groups.append(Group(file.stem, name, group["share"], lines))
    return Templates(groups, lists)


def tidy(sentence: str) -> str:
    """Return a sentence with single spaces, and none before a comma."""
    return re.sub(r"\s+(?=[,.?!])", "", " ".join(sentence.split())).strip(" ,")


def _parse(line: str) -> _Sequence:
    tokens = _TOKEN.findall(line)
    if "".join(tokens) != line:
        raise TemplateError(f"This template has a brace that is no list: {line}")
    options, rest = _options(tokens, 0, line)
    if rest != len(tokens):
        raise TemplateError(f"This template closes what it did not open: {line}")
    return options[0] if len(options) == 1 else (_Choice(tuple(options), False),)


def _options(tokens: Sequence[str], at: int, line: str) -> tuple[list[_Sequence], int]:
    options: list[_Sequence] = []
    parts: list[str | _Slot | _Choice] = []
    while at < len(tokens) and tokens[at] not in ")]":
        token = tokens[at]
        at += 1
        if token in "([":
            inner, at = _options(tokens, at, line)
            if at == len(tokens) or tokens[at] != {"(": ")", "[": "]"}[token]:
                raise TemplateError(f"This template does not close its {token}: {line}")
            parts.append(_Choice(tuple(inner), token == "["))
            at += 1
        elif token == "|":
            options.append(tuple(parts))
            parts = []
        else:
            parts.append(_Slot(token[1:-1]) if token.startswith("{") else token)
    options.append(tuple(parts))
    return options, at
