"""A back-off language model as Vosk's grammar transducer, `Gr.fst`: written, and read back.

Each state is a history: one with words of its own, or the shorter form of another history. A
word's arc leads to the longest history that ends in it; the back-off arc leads to the history
without its oldest word.
"""

import numpy as np

from models.errors import BrokenModelError
from models.graph.fst import Fst, from_arcs
from models.graph.ngram import END, START, Floats, Ints, Level, NgramModel
from models.graph.pruning import history_flags


def to_fst(model: NgramModel, labels: Ints, back_off: tuple[int, int]) -> Fst:
    """Return a model as a transducer sorted by input label.

    `labels` gives the label of each word of the model (those of `<s>` and `</s>` are not used),
    `back_off` the input and the output label of the arcs to shorter histories.
    """
    state = _states(model)
    count = max(int(level.max(initial=0)) for level in state) + 1
    start, end = model.number(START), model.number(END)
    final = np.full(count, np.inf, np.float32)
    source, target, label, cost = [], [], [], []
    backs: list[tuple[Ints, Ints, Floats]] = []
    for n, level in enumerate(model.levels, 1):
        before = state[n - 2][level.history] if n > 1 else np.zeros(len(level), np.int64)
        grams = model.ngrams(n)
        ends = level.word == end
        final[before[ends]] = -level.log_prob[ends]
        arcs = ~ends & (level.word != start) & np.isfinite(level.log_prob)
        source.append(before[arcs])
        target.append(_state_of(model, state, grams[arcs]))
        label.append(labels[level.word[arcs]])
        cost.append(-level.log_prob[arcs])
        histories = np.flatnonzero(state[n - 1] > 0)
        shorter = _state_of(model, state, grams[histories][:, 1:])
        backs.append((state[n - 1][histories], shorter, -level.back_off[histories]))
    arcs_in = np.concatenate(label)
    sources = np.concatenate([*source, *(back[0] for back in backs)])
    targets = np.concatenate([*target, *(back[1] for back in backs)])
    costs = np.concatenate([*cost, *(back[2] for back in backs)])
    extra = len(sources) - len(arcs_in)
    return from_arcs(
        int(state[0][start]),
        final,
        sources,
        np.concatenate([arcs_in, np.full(extra, back_off[0])]),
        np.concatenate([arcs_in, np.full(extra, back_off[1])]),
        costs,
        targets,
        by_output=False,
    )


def _states(model: NgramModel) -> list[Ints]:
    """Return the state of each entry of each level: 0 is the empty history, -1 means none."""
    flags = history_flags(model, [np.ones(len(level), bool) for level in model.levels])
    states, used = [], 1
    for flag in flags:
        state = np.full(len(flag), -1, np.int64)
        histories = np.flatnonzero(flag)
        state[histories] = used + np.arange(len(histories))
        used += len(histories)
        states.append(state)
    return states


def _state_of(model: NgramModel, states: list[Ints], grams: Ints) -> Ints:
    """Return the state of the longest end of each n-gram that is a history."""
    found = np.zeros(len(grams), np.int64)
    open_ = np.arange(len(grams))
    for skip in range(grams.shape[1]):
        length = grams.shape[1] - skip
        entry = model.find(grams[open_][:, skip:])
        state = np.where(entry >= 0, states[length - 1][entry], -1)
        found[open_[state >= 0]] = state[state >= 0]
        open_ = open_[state < 0]
    return found


def from_fst(fst: Fst, words: tuple[str, ...], labels: dict[int, int], back_off: int) -> NgramModel:
    """Return the model that a grammar transducer holds.

    `labels` maps the input labels to numbers of `words`; arcs with other labels are left out.
    `back_off` is the input label of the arcs to shorter histories. Raises `BrokenModelError`
    where the transducer is no back-off model.
    """
    parent, weight = _back_offs(fst, back_off)
    depth = _depths(parent)
    root = int(np.argmin(depth))
    number = np.full(max(int(fst.ilabel.max(initial=0)), max(labels)) + 1, -1, np.int64)
    number[list(labels)] = list(labels.values())
    start, end = words.index(START), words.index(END)
    zeros = np.zeros(len(words))
    log_prob = np.full(len(words), -np.inf)
    state = np.full(len(words), -1, np.int64)
    arcs = np.arange(fst.first[root], fst.first[root + 1])
    arcs = arcs[(fst.ilabel[arcs] != back_off) & (number[fst.ilabel[arcs]] >= 0)]
    log_prob[number[fst.ilabel[arcs]]] = -fst.cost[arcs]
    log_prob[end] = -fst.final[root]
    state[number[fst.ilabel[arcs]]] = np.where(depth[fst.next[arcs]] == 1, fst.next[arcs], -1)
    if depth[fst.start] == 1:
        state[start] = fst.start
    levels = [Level(np.zeros(len(words), np.int64), np.arange(len(words)), log_prob, zeros)]
    while (state >= 0).any():
        level = levels[-1]
        back = np.where(state >= 0, weight[state], 0.0)
        levels[-1] = Level(level.history, level.word, level.log_prob, back)
        following, state = _following(fst, state, number, back_off, end, depth, len(levels) + 1)
        levels.append(following)
    return NgramModel(words, tuple(levels))


def _following(
    fst: Fst, state: Ints, number: Ints, back_off: int, end: int, depth: Ints, n: int
) -> tuple[Level, Ints]:
    """Return the level of the words after each history that has a state, and their own states."""
    histories = np.flatnonzero(state >= 0)
    first, after = fst.first[state[histories]], fst.first[state[histories] + 1]
    counts = after - first
    history = np.repeat(histories, counts)
    arcs = np.arange(counts.sum()) + np.repeat(first - np.cumsum(counts) + counts, counts)
    used = (fst.ilabel[arcs] != back_off) & (number[fst.ilabel[arcs]] >= 0)
    arcs, history = arcs[used], history[used]
    final = fst.final[state[histories]]
    ending = np.isfinite(final)
    history = np.concatenate([history, histories[ending]])
    word = np.concatenate([number[fst.ilabel[arcs]], np.full(int(ending.sum()), end)])
    log_prob = -np.concatenate([fst.cost[arcs], final[ending]]).astype(np.float64)
    target = np.concatenate([fst.next[arcs], np.full(int(ending.sum()), -1)]).astype(np.int64)
    target = np.where((target >= 0) & (depth[target] == n), target, -1)
    order = np.lexsort((word, history))
    level = Level(history[order], word[order], log_prob[order], np.zeros(len(order)))
    return level, target[order]


def _back_offs(fst: Fst, back_off: int) -> tuple[Ints, Floats]:
    """Return the shorter history of each state (-1 for none), and the weight of going there."""
    arcs = np.flatnonzero(fst.ilabel == back_off)
    sources = fst.sources[arcs]
    if len(np.unique(sources)) != len(sources):
        raise BrokenModelError(
            "Gr.fst is not a back-off language model: one history has two shorter ones.",
            "Adapt another model.",
        )
    parent = np.full(fst.states, -1, np.int64)
    parent[sources] = fst.next[arcs]
    weight = np.zeros(fst.states)
    weight[sources] = -fst.cost[arcs]
    return parent, weight


def _depths(parent: Ints) -> Ints:
    """Return how many back-off arcs lead from each state to the empty history."""
    depth = np.zeros(len(parent), np.int64)
    at = parent.copy()
    for _ in range(20):
        if (at < 0).all():
            break
        depth += at >= 0
        at = np.where(at >= 0, parent[at], -1)
    roots = np.flatnonzero(depth == 0)
    if len(roots) != 1 or (at >= 0).any():
        raise BrokenModelError(
            "Gr.fst is not a back-off language model: it has no single empty history.",
            "Adapt another model.",
        )
    return depth
