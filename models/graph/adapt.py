"""Teaching a model new sentences and words without training: only its graph is built anew."""

import json
import re
import shutil
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

import numpy as np

from models.errors import BacktalkError
from models.graph.base import BaseGraph, read_base, read_pronunciations
from models.graph.build import GRAMMAR_FILE, WORDS_FILE, build_graph, write_grammar
from models.graph.counts import Text, estimate
from models.graph.lexicon import Lexicon, Phones, Pronunciation, Source, check_phones, english
from models.graph.ngram import START, Floats, Level, NgramModel, mix
from models.graph.text import words_of
from models.graph.workplace import workplace
from models.manifest import write_manifest

RECORD: Final = "adapted.json"
"""What an adapted model was made of; the file by which one is known."""

# A new word starts as likely as a word said once in so many, before its sentences count.
_NEW_WORD: Final = 1e-6
_NOT_LETTERS: Final = re.compile(r"[^\w' ]|[\d_]")
_MAX_TEXT_BYTES: Final = 50_000_000
_MOST_NAMED: Final = 40


class AdaptError(BacktalkError):
    """What was given cannot be learned."""

    code = "model-adapt"


class Step(StrEnum):
    """What adapting is doing."""

    READ = "reading the model"
    WORDS = "finding new words"
    MIX = "mixing the sentences in"
    COPY = "copying the model"
    WRITE = "writing the graph"


Progress = Callable[[Step], None]
"""Told each step as it begins."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """Sentences that are counted together, and their share of the new language model."""

    sentences: tuple[str, ...]
    share: float


@dataclass(frozen=True, slots=True)
class Adapted:
    """What a model has learned.

    `new` are the words that it did not know and now does, in the order of how often they came;
    `unknown` those that it still does not know, with how often each came.
    """

    folder: Path
    base: Path
    sentences: int
    words: int
    new: tuple[Pronunciation, ...]
    unknown: tuple[tuple[str, int], ...]

    def lines(self) -> Iterator[str]:
        """Say what was learned, what was guessed, and what the model still cannot hear."""
        yield f"Learned {self.sentences} sentences of {self.words} words, on top of {self.base}."
        if self.new:
            yield "New words, and how they are said:"
        for word in self.new:
            guessed = "   (guessed from its letters)" if word.source is Source.GUESS else ""
            yield f"    {word.word}: {word}{guessed}"
        if any(word.source is Source.GUESS for word in self.new):
            yield "Where a guess is wrong, give the word and its phones with --words."
        if self.unknown:
            words = ", ".join(word for word, _ in self.unknown[:_MOST_NAMED])
            rest = len(self.unknown) - _MOST_NAMED
            more = f" and {rest} more" if rest > 0 else ""
            yield f"Words that this model cannot learn: {words}{more}."
        yield f"The adapted model: {self.folder}"


def adapt_model(
    base: Path,
    out: Path,
    lessons: Sequence[Lesson],
    given: Mapping[str, Sequence[Phones]] | None = None,
    progress: Progress = lambda step: None,
) -> Adapted:
    """Write a copy of a model that has learned sentences into the folder `out`.

    `given` are words to learn, with their pronunciations where they are not for the dictionary
    to say. The model itself is only read. `out` appears whole at the end, in place of an older
    adapted model if there is one. Raises a `BacktalkError`.
    """
    if out.resolve() == base.resolve():
        raise AdaptError(
            f"{base} cannot be adapted in its own place.", "Choose another folder with --out."
        )
    if out.exists() and not (out / RECORD).is_file():
        raise AdaptError(
            f"{out} is there already and is no adapted model.",
            "Choose another folder with --out.",
        )
    given = dict(given or {})
    progress(Step.READ)
    graph = read_base(base)
    progress(Step.WORDS)
    split = words_of if graph.ours else foreign_words_of
    taught = [[split(sentence) for sentence in lesson.sentences] for lesson in lessons]
    taught.append([[word] for word in given])
    counts = Counter(word for text in taught for sentence in text for word in sentence)
    if not counts:
        raise AdaptError("There is nothing to learn.", "Give sentences with --text.")
    lexicon = english()
    new, unknown = _new_words(graph, lexicon, counts, given)
    progress(Step.MIX)
    shares = [lesson.share for lesson in lessons]
    shares.append(min(shares, default=0.1) / 2 if given else 0.0)
    model = _mixed(graph, [word.word for word in new], taught, shares)
    sentences = sum(bool(sentence) for text in taught[:-1] for sentence in text)
    record = {
        "base": str(base.resolve()),
        "sentences": sentences,
        "new words": [word.word for word in new],
        "unknown words": [word for word, _ in unknown],
    }
    with workplace(out, base) as work:
        progress(Step.COPY)
        for path in base.iterdir():
            copy = shutil.copytree if path.is_dir() else shutil.copyfile
            copy(path, work / path.name)
        progress(Step.WRITE)
        target = work / graph.folder.relative_to(base)
        if new:
            build_graph(target, model, lexicon)
        else:
            write_grammar(target / GRAMMAR_FILE, model, graph.symbols, graph.back_off)
            if not (target / WORDS_FILE).is_file():
                lines = (f"{word} {label}\n" for label, word in sorted(graph.symbols.items()))
                (target / WORDS_FILE).write_text("".join(lines), encoding="utf-8")
        text = json.dumps(record, indent=1, ensure_ascii=False)
        (work / RECORD).write_text(text + "\n", encoding="utf-8")
        write_manifest(work)
    return Adapted(out, base, sentences, sum(counts.values()), tuple(new), tuple(unknown))


def base_of(folder: Path) -> Path | None:
    """Return the model that an adapted model was made from; None where it is no adapted one."""
    try:
        return Path(json.loads((folder / RECORD).read_text(encoding="utf-8"))["base"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AdaptError(
            f"{folder / RECORD} is damaged.", "Name the model to start from with --model."
        ) from error


def foreign_words_of(text: str) -> list[str]:
    """Return the words of a text in any script: lower case, letters and inner apostrophes."""
    plain = unicodedata.normalize("NFC", text).lower().replace("’", "'").replace("-", " ")
    words = (word.strip("'") for word in _NOT_LETTERS.sub(" ", plain).split())
    return [word for word in words if word]


def read_sentences(path: Path) -> tuple[str, ...]:
    """Return the lines of a text file; raise `AdaptError` where it is none."""
    try:
        if path.stat().st_size > _MAX_TEXT_BYTES:
            raise AdaptError(
                f"{path} is larger than {_MAX_TEXT_BYTES // 1_000_000} MB.",
                "Give a part of it: adapting is for the sentences of one product.",
            )
        return tuple(path.read_text(encoding="utf-8-sig").splitlines())
    except UnicodeDecodeError as error:
        raise AdaptError(f"{path} is not UTF-8 text.", "Save it as plain text.") from error
    except OSError as error:
        raise AdaptError(f"Cannot read {path}: {error.strerror}.", "Check the path.") from error


def read_words(path: Path) -> dict[str, list[Phones]]:
    """Return the words of a file: one a line, alone or followed by its phones.

    Raises `AdaptError`, with the line, for what is neither.
    """
    found: dict[str, list[Phones]] = {}
    for number, line in enumerate(read_sentences(path), 1):
        if not line.strip() or line.startswith("#"):
            continue
        spelling, *phones = line.split()
        words = foreign_words_of(spelling)
        if len(words) != 1:
            raise AdaptError(
                f"{path}, line {number}: {spelling!r} is not one word.",
                "Write one word a line, with its phones behind it if you like.",
            )
        variants = found.setdefault(words[0], [])
        if phones:
            said = tuple(phone.upper().rstrip("012") for phone in phones)
            try:
                check_phones(said)
            except ValueError as error:
                raise AdaptError(
                    f"{path}, line {number}: {error}.",
                    "Use the phones of CMUdict, such as: knackered N AE K ER D",
                ) from error
            variants.append(said)
    return found


def _new_words(
    graph: BaseGraph,
    lexicon: Lexicon,
    counts: Counter[str],
    given: Mapping[str, Sequence[Phones]],
) -> tuple[list[Pronunciation], list[tuple[str, int]]]:
    """Return the words that the model will learn, and those that it cannot."""
    have = set(graph.symbols.values())
    missing = [(word, count) for word, count in counts.most_common() if word not in have]
    if not graph.ours:
        return [], missing
    read_pronunciations(graph, lexicon)
    for word, variants in given.items():
        if variants:
            lexicon.give(word, variants)
    said = lexicon.pronounce(word for word, _ in missing)
    # A word that is there already may be given another pronunciation.
    said |= lexicon.pronounce(word for word in given if given[word] and word in have)
    return list(said.values()), [pair for pair in missing if pair[0] not in said]


def _mixed(
    graph: BaseGraph,
    new: Iterable[str],
    taught: Sequence[Sequence[Sequence[str]]],
    shares: Sequence[float],
) -> NgramModel:
    have = set(graph.model.words)
    old = _extended(graph.model, tuple(word for word in new if word not in have))
    prior: Floats = np.exp(old.levels[0].log_prob)
    prior[len(graph.model.words) :] = _NEW_WORD
    models, weights = [old], [1 - sum(shares)]
    for text, share in zip(taught, shares, strict=True):
        numbers = Text.of(text, old.words)
        if len(numbers.tokens):
            models.append(estimate(numbers, old.words, prior=prior))
            weights.append(share)
    weights[0] = 1 - sum(weights[1:])
    return mix(models, weights)


def _extended(model: NgramModel, words: tuple[str, ...]) -> NgramModel:
    """Return a model with more words, which it never gives."""
    level, count = model.levels[0], len(model.words) + len(words)
    log_prob = np.concatenate([level.log_prob, np.full(len(words), -np.inf)])
    log_prob[model.words.index(START)] = -np.inf
    back_off = np.concatenate([level.back_off, np.zeros(len(words))])
    first = Level(np.zeros(count, np.int64), np.arange(count), log_prob, back_off)
    levels = [first]
    for level in model.levels[1:]:
        # Histories of level 2 are words, whose numbers stay as they are.
        levels.append(replace(level))
    return NgramModel((*model.words, *words), tuple(levels))
