"""How words are pronounced: a dictionary, additions to it, rules, and at last a guess."""

import gzip
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from typing import Final

from models.graph.phones import INDEX

DICTIONARY: Final = "pronunciations.txt.gz"
ADDITIONS: Final = "additions.txt"

_SIBILANTS: Final = frozenset(("S", "Z", "SH", "ZH", "CH", "JH"))
_VOICELESS: Final = frozenset(("P", "T", "K", "F", "TH"))
_VOWELS: Final = frozenset("aeiouy")
_MAX_INITIALS: Final = 5

Phones = tuple[str, ...]


class Source(StrEnum):
    """Where a pronunciation comes from."""

    GIVEN = "given"
    DICTIONARY = "dictionary"
    RULE = "rule"
    GUESS = "guess"


@dataclass(frozen=True, slots=True)
class Pronunciation:
    """The ways in which a word is said, and where they come from."""

    word: str
    variants: tuple[Phones, ...]
    source: Source

    def __str__(self) -> str:
        """Write the variants as they stand in the dictionary."""
        return " or ".join(" ".join(phones) for phones in self.variants)


class Lexicon:
    """A dictionary of pronunciations with rules for the words that it lacks."""

    def __init__(self, entries: Mapping[str, tuple[Phones, ...]]) -> None:
        self._entries = dict(entries)
        self._given: dict[str, tuple[Phones, ...]] = {}

    def __contains__(self, word: str) -> bool:
        return word in self._given or word in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    def give(self, word: str, variants: Iterable[Phones]) -> None:
        """Set how a word is said; raise `ValueError` for what is no phone."""
        kept = tuple(dict.fromkeys(variants))
        for phones in kept:
            check_phones(phones)
        self._given[word] = kept

    def known(self, word: str) -> Pronunciation | None:
        """Return how a word is said, from the dictionary or a rule; None where neither knows."""
        if word in self._given:
            return Pronunciation(word, self._given[word], Source.GIVEN)
        if word in self._entries:
            return Pronunciation(word, self._entries[word], Source.DICTIONARY)
        variants = self._by_rule(word)
        return Pronunciation(word, variants, Source.RULE) if variants else None

    def pronounce(self, words: Iterable[str]) -> dict[str, Pronunciation]:
        """Return how words are said; those that nothing knows are guessed from their letters.

        A word that cannot even be guessed is left out.
        """
        wanted = list(dict.fromkeys(words))
        found = {word: known for word in wanted if (known := self.known(word))}
        missing = [word for word in wanted if word not in found]
        if missing:
            from models.graph.letters import guess

            for word, phones in guess(missing).items():
                found[word] = Pronunciation(word, (phones,), Source.GUESS)
        return {word: found[word] for word in wanted if word in found}

    def _by_rule(self, word: str) -> tuple[Phones, ...]:
        if word.endswith("'s") and (base := self.known(word[:-2])):
            return tuple(possessive(phones) for phones in base.variants)
        if word.endswith("s'") and (base := self.known(word[:-1])):
            return base.variants
        letters = word.replace("'", "")
        if 1 < len(letters) <= _MAX_INITIALS and not _VOWELS & set(letters):
            named = [self._entries.get(f"{letter}.") for letter in letters]
            if all(named):
                return (tuple(phone for name in named if name for phone in name[0]),)
        return ()


def possessive(phones: Phones) -> Phones:
    """Return how a word is said with a possessive s behind it."""
    last = phones[-1]
    if last in _SIBILANTS:
        return (*phones, "IH", "Z")
    return (*phones, "S" if last in _VOICELESS else "Z")


def check_phones(phones: Phones) -> None:
    """Raise `ValueError` unless these are phones, one at least."""
    wrong = [phone for phone in phones if phone not in INDEX]
    if wrong or not phones:
        raise ValueError(f"no phone: {', '.join(wrong) or 'nothing'}")


@lru_cache(maxsize=1)
def _entries() -> dict[str, tuple[Phones, ...]]:
    folder = files("models.graph") / "data"
    dictionary = gzip.decompress((folder / DICTIONARY).read_bytes()).decode("utf-8")
    entries: dict[str, list[Phones]] = {}
    additions = (folder / ADDITIONS).read_text(encoding="utf-8")
    for line in (*dictionary.splitlines(), *additions.splitlines()):
        if line and not line.startswith("#"):
            word, *phones = line.split()
            variants = entries.setdefault(word, [])
            if (said := tuple(phones)) not in variants:
                variants.append(said)
    return {word: tuple(variants) for word, variants in entries.items()}


def english() -> Lexicon:
    """Return the lexicon of American English that comes with Backtalk."""
    return Lexicon(_entries())
