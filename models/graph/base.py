"""The graph of an installed Vosk model, read so that it can be adapted."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.errors import BrokenModelError
from models.graph.build import (
    BACK_OFF,
    GRAMMAR_FILE,
    LOOKAHEAD_FILE,
    PHONES_FILE,
    PRONUNCIATIONS_FILE,
    WORDS_FILE,
    phones_table,
)
from models.graph.decoding import UNKNOWN
from models.graph.fst import read_fst
from models.graph.grammar import from_fst
from models.graph.lexicon import Lexicon
from models.graph.ngram import END, START, NgramModel


@dataclass(frozen=True, slots=True)
class BaseGraph:
    """A model's words with their labels, and its language model.

    `ours` tells whether its phones are those of Backtalk's own models, so that it can learn new
    words. `back_off` are the labels that its back-off arcs read and write.
    """

    folder: Path
    symbols: dict[int, str]
    model: NgramModel
    back_off: tuple[int, int]
    ours: bool


def graph_folder(model: Path) -> Path:
    """Return the folder of a model that holds its graph, in either layout of Vosk."""
    return model / "graph" if (model / "graph").is_dir() else model


def read_base(model: Path) -> BaseGraph:
    """Read the graph of a model.

    Raises `BrokenModelError` where it is damaged, or of a kind that cannot be adapted.
    """
    folder = graph_folder(model)
    if not all((folder / name).is_file() for name in (LOOKAHEAD_FILE, GRAMMAR_FILE)):
        raise BrokenModelError(
            f"The model {model} has one fixed graph, which cannot learn.",
            "Adapt a model with HCLr.fst and Gr.fst: the small ones and those named lgraph.",
        )
    fst = read_fst(folder / GRAMMAR_FILE)
    # Vosk takes the words from Gr.fst where it holds them, and so some models have no words.txt.
    symbols = fst.symbols or _words(folder / WORDS_FILE)
    marks = (BACK_OFF, START, END)
    words = (START, END, *(w for n, w in sorted(symbols.items()) if n and w not in marks))
    labels = {word: label for label, word in symbols.items()}
    numbers = {word: number for number, word in enumerate(words)}
    hash_zero = labels.get(BACK_OFF, -1)
    arcs = np.flatnonzero(fst.ilabel == hash_zero)
    back_off = (hash_zero, int(fst.olabel[arcs[0]])) if len(arcs) else (0, 0)
    known = {labels[word]: numbers[word] for word in words if word not in marks}
    language = from_fst(fst, words, known, back_off[0])
    phones = folder / PHONES_FILE
    ours = (
        UNKNOWN in labels
        and phones.is_file()
        and phones.read_text(encoding="utf-8", errors="replace") == phones_table()
    )
    return BaseGraph(folder, symbols, language, back_off, ours)


def read_pronunciations(base: BaseGraph, lexicon: Lexicon) -> None:
    """Give a lexicon the pronunciations that a model was built with and that it lacks."""
    path = base.folder / PRONUNCIATIONS_FILE
    if not path.is_file():
        return
    said: dict[str, list[tuple[str, ...]]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        word, *phones = line.split()
        said.setdefault(word, []).append(tuple(phones))
    try:
        for word, variants in said.items():
            lexicon.give(word, variants)
    except ValueError as error:
        raise BrokenModelError(
            f"{path} is damaged: {error}.", "Install that model again, or choose another."
        ) from error


def _words(path: Path) -> dict[int, str]:
    symbols = {}
    try:
        for line in path.read_text(encoding="utf-8").splitlines():
            word, number = line.rsplit(maxsplit=1)
            symbols[int(number)] = word
    except (OSError, ValueError) as error:
        raise BrokenModelError(
            f"{path} is damaged or missing: {error}.",
            "Install that model again, or choose another.",
        ) from error
    return symbols
