"""The general English language model that comes with the `pocketsphinx` package.

Its format is sphinxbase's trie (ngram_model_trie.c, lm_trie.c, lm_trie_quant.c): a tree of n-grams
with the last word first, in arrays of packed bits, probabilities rounded to 65,536 values.
"""

import math
import struct
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from models.errors import BrokenModelError
from models.graph.ngram import END, START, Floats, Ints, Level, NgramModel, with_back_off

_HEAD: Final = b"Trie Language Model"
_ORDER: Final = 3
_LOG_BASE: Final = math.log(1.0001)
_TABLE: Final = 1 << 16
_QUANTUM_BITS: Final = 16
_PADDING: Final = 8
_UNIGRAM: Final = np.dtype([("log_prob", "<f4"), ("back_off", "<f4"), ("next", "<u4")])


def read_sphinx(path: Path, words: tuple[str, ...]) -> NgramModel:
    """Return the part of a trigram model that is over these words, its mass given back to them.

    Words that it lacks have no probability. Raises `BrokenModelError` where the file is no such
    model.
    """
    data = path.read_bytes()
    try:
        return _read(data, words)
    except (struct.error, ValueError, IndexError) as error:
        raise BrokenModelError(
            f"{path} is no trigram model of sphinxbase: {error}.", "Install pocketsphinx again."
        ) from error


def _read(data: bytes, words: tuple[str, ...]) -> NgramModel:
    at = len(_HEAD)
    if data[:at] != _HEAD or data[at] != _ORDER:
        raise ValueError("its head differs")
    counts = struct.unpack_from(f"<{_ORDER}I", data, at + 1)
    at += 1 + 4 * _ORDER + 4  # a word of nothing stands before the tables
    tables = np.frombuffer(data, "<f4", 3 * _TABLE, at).reshape(3, _TABLE) * _LOG_BASE
    at += tables.size * 4
    unigrams = np.frombuffer(data, _UNIGRAM, counts[0] + 1, at)
    at += unigrams.nbytes
    middle = _Packed(data, at, counts[1], (counts[0], None, None, counts[2]))
    at += middle.size
    longest = _Packed(data, at, counts[2], (counts[0], None))
    at += longest.size
    (length,) = struct.unpack_from("<i", data, at)
    theirs = data[at + 4 : at + 4 + length].decode("utf-8", errors="replace").split("\0")
    numbers = {word: number for number, word in enumerate(words)}
    number = np.array([numbers.get(word, -1) for word in theirs[: counts[0]]], np.int64)

    # The tree has the last word first: bigram (w1, w2) lies under w2.
    # There may be fewer rows than their counts say: the pointers tell how many.
    below = unigrams["next"].astype(np.int64)
    last = np.repeat(np.arange(counts[0]), np.diff(below))
    middle.rows = int(below[-1])
    bigrams = np.stack([number[middle.field(0)], number[last]], axis=1)
    below = middle.field(3, extra=1)
    under = np.repeat(np.arange(middle.rows), np.diff(below))
    longest.rows = int(below[-1])
    trigrams = np.column_stack([number[longest.field(0)], bigrams[under]])
    first = _unigram_level(unigrams, number, len(words))
    second = _level(
        (first,), words, bigrams, tables[0][middle.field(2)], tables[1][middle.field(1)]
    )
    thirds = tables[2][longest.field(1)]
    third = _level((first, second), words, trigrams, thirds, np.zeros(len(thirds)))
    return with_back_off(NgramModel(words, (first, second, third)))


def _unigram_level(unigrams: npt.NDArray[np.void], number: Ints, size: int) -> Level:
    values = np.zeros(size)
    known = number >= 0
    values[number[known]] = np.exp(unigrams["log_prob"][:-1][known] * _LOG_BASE)
    with np.errstate(divide="ignore"):
        log_prob = np.log(values / values.sum())
    return Level(np.zeros(size, np.int64), np.arange(size), log_prob, np.zeros(size))


def _level(
    below: tuple[Level, ...],
    words: tuple[str, ...],
    ngrams: Ints,
    log_prob: Floats,
    back_off: Floats,
) -> Level:
    """Return the level of those n-grams whose words and history are known."""
    history = np.full(len(ngrams), -1, np.int64)
    start, end = words.index(START), words.index(END)
    known = (ngrams >= 0).all(axis=1) & (ngrams[:, -1] != start)
    known &= (ngrams[:, :-1] != end).all(axis=1) & (ngrams[:, 1:] != start).all(axis=1)
    history[known] = NgramModel(words, below).find(ngrams[known, :-1])
    kept = np.flatnonzero(history >= 0)
    kept = kept[np.lexsort((ngrams[kept, -1], history[kept]))]
    return Level(history[kept], ngrams[kept, -1], log_prob[kept], back_off[kept])


class _Packed:
    """Rows of fields of bits: None is a rounded value, a number the most that may stand there."""

    def __init__(self, data: bytes, at: int, rows: int, fields: tuple[int | None, ...]) -> None:
        self._bits = [_QUANTUM_BITS if most is None else most.bit_length() for most in fields]
        self.rows, self._row_bits = rows, sum(self._bits)
        self.size = ((rows + 1) * self._row_bits + 7) // 8 + _PADDING
        self._bytes = np.frombuffer(data, np.uint8, self.size, at)

    def field(self, index: int, extra: int = 0) -> Ints:
        """Return one field of every row, and of `extra` rows behind the last."""
        rows = np.arange(self.rows + extra)
        offset = rows * self._row_bits + sum(self._bits[:index])
        value = np.zeros(len(rows), np.int64)
        for byte in range(5):
            value |= self._bytes[(offset >> 3) + byte].astype(np.int64) << (8 * byte)
        return (value >> (offset & 7)) & ((1 << self._bits[index]) - 1)
