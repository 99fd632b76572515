"""OpenFst's compact `ngram` format, in which Alpha Cephei publishes the grammars of its models.

The layout is that of extensions/ngram/ngram-fst.h (OpenFst 1.6 to 1.8): a tree of histories, most
recent word first, as level-order unary degree sequences (J. Sorensen and C. Allauzen, "Unary data
structures for language models", 2011). A back-off arc reads nothing.
"""

import struct

import numpy as np
import numpy.typing as npt

from models.graph.fst import Costs, Fst, Ints, Labels, from_arcs

_WORD_BITS = 64


def read_ngram(data: bytes, at: int, start: int, symbols: dict[int, str] | None) -> Fst:
    """Return the transducer whose body begins at an offset; back-off arcs have label 0.

    Raises `ValueError` or `struct.error` where the body is damaged.
    """
    begin = at
    states, futures, finals = struct.unpack_from("<QQQ", data, at)
    at += 24
    context_bits, at = _bits(data, at, 2 * states + 1)
    future_bits, at = _bits(data, at, futures + states + 1)
    final_bits, at = _bits(data, at, states)
    context_words: Labels = np.frombuffer(data, "<i4", states + 1, at)
    at += context_words.nbytes
    future_words: Labels = np.frombuffer(data, "<i4", futures, at)
    at += future_words.nbytes
    at += (begin - at) % 4
    back_off: Costs = np.frombuffer(data, "<f4", states + 1, at)
    at += back_off.nbytes
    final_costs: Costs = np.frombuffer(data, "<f4", finals, at)
    at += final_costs.nbytes
    future_costs: Costs = np.frombuffer(data, "<f4", futures, at)
    parent = _parents(context_bits, states)
    counts = np.diff(np.flatnonzero(future_bits == 0)) - 1
    if len(counts) != states or counts.sum() != futures:
        raise ValueError("its words and histories do not fit")
    source = np.repeat(np.arange(states), counts)
    target = _longest(parent, context_words, source, future_words)
    final = np.full(states, np.inf, np.float32)
    final[np.flatnonzero(final_bits)] = final_costs
    longer = np.arange(1, states)
    zeros = np.zeros(len(longer), np.int64)
    grammar = from_arcs(
        start,
        final,
        np.concatenate([source, longer]),
        np.concatenate([future_words, zeros]),
        np.concatenate([future_words, zeros]),
        np.concatenate([future_costs, back_off[1:states]]),
        np.concatenate([target, parent[1:]]),
        by_output=False,
    )
    return Fst(
        start,
        final,
        grammar.first,
        grammar.ilabel,
        grammar.olabel,
        grammar.cost,
        grammar.next,
        symbols,
    )


def _bits(data: bytes, at: int, count: int) -> tuple[npt.NDArray[np.uint8], int]:
    """Return a row of bits, kept in words of 64, and the offset behind it."""
    size = -(-count // _WORD_BITS) * 8
    packed = np.frombuffer(data, np.uint8, size, at)
    return np.unpackbits(packed, count=count, bitorder="little"), at + size


def _parents(bits: npt.NDArray[np.uint8], states: int) -> Ints:
    """Return the shorter history of each state, -1 for the empty one, which is state 0."""
    ones = np.flatnonzero(bits)
    if len(ones) != states:
        raise ValueError("its tree of histories is damaged")
    return np.cumsum(bits == 0)[ones] - 1


def _longest(parent: Ints, words: Labels, source: Ints, word: Labels) -> Ints:
    """Return for each arc the longest history that ends in its word."""
    size = int(max(words.max(), word.max())) + 2
    keys = parent * size + words[: len(parent)] + 1  # `<s>` is -1
    order = np.argsort(keys)
    ranked = keys[order]

    def child(state: Ints, label: Ints) -> Ints:
        wanted = state * size + label + 1
        at = np.minimum(np.searchsorted(ranked, wanted), len(ranked) - 1)
        return np.where(ranked[at] == wanted, order[at], -1)

    depth, context = _contexts(parent, words)
    found = np.zeros(len(source), np.int64)
    at = child(found, word.astype(np.int64))
    for length in range(context.shape[1] + 1):
        found = np.where(at >= 0, at, found)
        if length == context.shape[1]:
            break
        open_ = (at >= 0) & (depth[source] > length)
        following = child(at, context[source, length])
        at = np.where(open_, following, -1)
    return found


def _contexts(parent: Ints, words: Labels) -> tuple[Ints, Ints]:
    """Return how many words each history has, and those words, the most recent first."""
    paths = []  # from the oldest word to the most recent
    node = np.arange(len(parent))
    while (node > 0).any():
        paths.append(np.where(node > 0, words[node], -2))
        node = np.where(node > 0, parent[node], -1)
    if not paths:
        return np.zeros(len(parent), np.int64), np.zeros((len(parent), 0), np.int64)
    path = np.stack(paths, axis=1).astype(np.int64)
    depth = (path != -2).sum(axis=1)
    place = depth[:, None] - 1 - np.arange(path.shape[1])
    context = np.take_along_axis(path, np.maximum(place, 0), axis=1)
    return depth, np.where(place >= 0, context, -2)
