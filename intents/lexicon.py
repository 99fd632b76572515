"""The lexicon: what words can mean, read from the locale, and what was likely meant by a word.

A word that the lexicon does not know is mended to one that it does know where the two sound
alike or are a letter apart: recognisers and hurried typists both produce such words.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from string import ascii_lowercase
from typing import Any, Final

import yaml
from rapidfuzz import process
from rapidfuzz.distance import OSA

from intents.errors import LocaleError
from intents.patterns import Chart, Patterns, Span, base_forms, pieces
from intents.text import tokens

__all__ = ["SHORTEST_MENDED", "Lexicon", "locale_files", "read_locale", "read_text", "sound"]

SHORTEST_MENDED: Final = 5
"""Letters: shorter words have too many neighbours that are words themselves."""

CONFUSIONS: Final = "confusions.tsv"
"""What the recogniser writes for what was said; a language may be without it."""

LONGEST_MENDED: Final = 24
"""Letters: no word of the lexicon is longer, and the work grows with the square of the length."""

_SOUND_ALIKE_LETTERS: Final = 2
"""Letters in which words that sound alike may differ ("druping", "drooping")."""

_CACHE_WORDS: Final = 5000
"""Words whose reading is kept; more than anybody's vocabulary in a session."""

_SENTENCE = re.compile(r"([.!?;:\n]+|[,\u2013\u2014]|--+)(?=\s|$)|[\u2013\u2014\n]")
_SOUNDS: Final = [
    (re.compile(pattern), heard)
    for pattern, heard in (
        (r"^(?:kn|gn|pn)", "n"),
        (r"^wr", "r"),
        (r"^ps", "s"),
        (r"^wh", "w"),
        (r"mb$", "m"),
        (r"ph", "f"),
        (r"tch|ch", "\u010d"),
        (r"sh|ti(?=o)|ci(?=a)", "\u0161"),
        (r"dge?(?=$|s)|g(?=[eiy])", "j"),
        (r"gh", ""),
        (r"th", "\u00fe"),
        (r"c(?=[eiy])|sc(?=[eiy])", "s"),
        (r"ck|c|q", "k"),
        (r"x", "ks"),
        (r"z", "s"),
        (r"v(?=$|s)", "f"),
        (r"(?<!^)[aeiouyhw]+", ""),
        (r"^[aeiouy]+", "a"),
        (r"(.)\1+", r"\1"),
    )
]


def read_text(locale: str, name: str) -> str:
    """Return the content of a file of a locale. Raises LocaleError."""
    try:
        return (Path(__file__).parent / "locale" / locale / name).read_text(encoding="utf-8")
    except OSError as error:
        raise LocaleError(f"{locale}/{name}: {error}") from error


def locale_files(locale: str, folder: str, ending: str = "yaml") -> tuple[str, ...]:
    """Return the files of a folder of a locale, in the order of their names."""
    root = Path(__file__).parent / "locale" / locale
    return tuple(
        str(path.relative_to(root)) for path in sorted((root / folder).glob(f"*.{ending}"))
    )


def read_locale(locale: str, name: str) -> Any:
    """Return the content of a YAML file of a locale, all of it text. Raises LocaleError."""
    try:
        return yaml.load(read_text(locale, name), Loader=yaml.CBaseLoader)
    except yaml.YAMLError as error:
        raise LocaleError(f"{locale}/{name}: {error}") from error


def sound(word: str) -> str:
    """Return a word's consonant sounds in English, a rough key: "speach" and "speech" share it."""
    for pattern, heard in _SOUNDS:
        word = pattern.sub(heard, word)
    return word


class Lexicon:
    """Concepts as patterns of words, and the reading of single words."""

    def __init__(
        self,
        data: Mapping[str, Any],
        english: frozenset[str],
        heard: Mapping[str, tuple[str, ...]],
    ) -> None:
        """Read concepts; `heard` gives what the recogniser's words may stand for."""
        slips = {slip: (meant,) for slip, meant in data["slips"].items()}
        self._irregular: dict[str, list[str]] = {}
        for word, row in data["forms"].items():
            for form in row.split():
                self._irregular.setdefault(form, []).append(word)
        self._fillers = frozenset(data["fillers"].split())
        self._plain = frozenset(data["plain"].split())
        self._mended = tuple(dict.fromkeys(data["mended"].split()))
        self._by_sound: dict[str, list[str]] = {}
        for word in self._mended:
            self._by_sound.setdefault(sound(word), []).append(word)
        self._heard = {**slips, **heard}
        self._english = english
        self._patterns = Patterns()
        self._readings: dict[str, tuple[tuple[str, bool], ...]] = {}
        self.groups: dict[str, tuple[str, ...]] = {}
        for group, concepts in data["concepts"].items():
            self.groups[group] = tuple(concepts)
            for concept, text in concepts.items():
                self.add(concept, text.replace("| ", "|").split(","))

    @classmethod
    def load(cls, locale: str = "en_US") -> "Lexicon":
        """Read a locale's lexicon. Raises LocaleError."""
        english = frozenset(read_text(locale, "words.txt").split())
        return cls(read_locale(locale, "lexicon.yaml"), english, _confusions(locale))

    def add(self, concept: str, patterns: Iterable[str]) -> None:
        """Add patterns to a concept; call `ready` when the last one is in."""
        for pattern in patterns:
            self._patterns.add(concept, pattern)

    def ready(self) -> None:
        """Check that every concept that is referred to exists, and index the words."""
        known = {concept for group in self.groups.values() for concept in group}
        unknown = self._patterns.concepts - known
        if unknown:
            raise LocaleError(f"no such concept: {', '.join(sorted(unknown))}")
        self._readings.clear()

    @property
    def words(self) -> frozenset[str]:
        """The words that patterns are made of, in their base forms."""
        return frozenset(word.removesuffix("~") for word in self._patterns.words)

    def mend(self, word: str) -> tuple[str, ...]:
        """Return the words of the lexicon that a word it does not know is likely to stand for.

        What is no English word may be any word a letter away. What is one was hardly a slip of
        the finger, so it may only be one of the telling words that sound like it.
        """
        if not SHORTEST_MENDED <= len(word) <= LONGEST_MENDED:
            return ()
        if word in self._plain or not word.isalpha():
            return ()
        found = [near for near in self._by_sound.get(sound(word), ()) if _is_close(word, near)]
        if word in self._english:
            found += [
                near
                for near, _, _ in process.extract(
                    word, self._mended, scorer=OSA.distance, score_cutoff=1
                )
                if near[0] == word[0]
            ]
        else:
            found += [near for near in sorted(_edits(word)) if self._keys(near)]
        return tuple(dict.fromkeys(found))

    def _keys(self, word: str) -> list[str]:
        """Return the words of the patterns that a word is exactly, or is a form of."""
        known = self._patterns.words
        bases = dict.fromkeys((word, *self._irregular.get(word, ()), *base_forms(word)))
        return [*((word,) if word in known else ()), *(b + "~" for b in bases if b + "~" in known)]

    def _read(self, piece: str) -> tuple[tuple[str, bool], ...]:
        """Return the trie keys that a piece can be read as, exact ones last."""
        reading = self._readings.get(piece)
        if reading is None:
            exact = self._keys(piece)
            meant = self._heard.get(piece, ()) or (() if exact else self.mend(piece))
            bent = dict.fromkeys(key for word in meant for key in self._keys(word))
            reading = (
                *((key, True) for key in bent if key not in exact),
                *((key, False) for key in exact),
            )
            if len(self._readings) < _CACHE_WORDS:
                self._readings[piece] = reading
        return reading

    def chart(self, text: str) -> Chart:
        """Return an utterance with every concept that is found in it."""
        words: list[str] = []
        parts: list[str] = []
        origin: list[int] = []
        ends: list[bool] = []
        commas: list[bool] = []
        at = 0
        end_before = comma_before = False
        for match in (*_SENTENCE.finditer(text), None):
            for word in tokens(text[at : match.start() if match else len(text)]):
                for part in pieces(word):
                    parts.append(part)
                    origin.append(len(words))
                    ends.append(end_before)
                    commas.append(comma_before)
                    end_before = comma_before = False
                words.append(word)
            if match is not None:
                at = match.end()
                mark = match.group()[0]
                comma_before = comma_before or mark in ",-\u2013\u2014"
                end_before = end_before or mark in ".!?;:\n"
        fillers = [part in self._fillers for part in parts]
        spans: dict[str, list[Span]] = {}
        for span in self._patterns.find([self._read(part) for part in parts], fillers, ends):
            spans.setdefault(span.concept, []).append(span)
        return Chart(
            tuple(words),
            tuple(parts),
            tuple(origin),
            tuple(ends),
            tuple(commas),
            tuple(fillers),
            spans,
        )


def _confusions(locale: str) -> dict[str, tuple[str, ...]]:
    """Return, for what the recogniser writes, what it was seen to be written for, if learned."""
    meant: dict[str, tuple[str, ...]] = {}
    if CONFUSIONS not in locale_files(locale, "", "tsv"):
        return meant
    for line in read_text(locale, CONFUSIONS).splitlines():
        if line and not line.startswith("#"):
            heard, said, _ = line.split("\t")
            meant[heard] = (*meant.get(heard, ()), said)
    return meant


def _is_close(word: str, other: str) -> bool:
    return OSA.distance(word, other, score_cutoff=_SOUND_ALIKE_LETTERS) <= _SOUND_ALIKE_LETTERS


def _edits(word: str) -> set[str]:
    """Return every string that one letter more, less, other or swapped makes of a word."""
    cuts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    return {
        *(left + right[1:] for left, right in cuts if right),
        *(left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1),
        *(left + letter + right[1:] for left, right in cuts if right for letter in ascii_lowercase),
        *(left + letter + right for left, right in cuts for letter in ascii_lowercase),
    }
