"""Making a model smaller: n-grams that change its distribution least go first.

Relative-entropy pruning: A. Stolcke, "Entropy-based pruning of backoff language models" (1998).
"""

from typing import Final

import numpy as np

from models.graph.ngram import (
    END,
    START,
    Flags,
    Floats,
    Level,
    NgramModel,
    left_over,
    with_back_off,
)

ARC_BYTES: Final = 16
STATE_BYTES: Final = 20
_BISECTIONS: Final = 40


def size_of(model: NgramModel) -> int:
    """Return about how many bytes a model takes in Gr.fst, without its words."""
    return _size([np.ones(len(level), bool) for level in model.levels], model)


def history_flags(model: NgramModel, kept: list[Flags]) -> list[Flags]:
    """Tell which entries of each level are histories of a model with only the kept n-grams.

    `<s>` is one always, and so is the shorter form of a history, where it is an entry.
    """
    found = [np.zeros(len(level), bool) for level in model.levels]
    found[0][model.number(START)] = True
    for n in range(model.order - 1, 0, -1):
        found[n - 1][model.levels[n].history[kept[n]]] = True
        if n > 1:
            long = np.flatnonzero(found[n - 1])
            words = model.levels[n - 1].word[long]
            shorter = words if n == 2 else model.find(model.ngrams(n)[long, 1:])
            found[n - 2][shorter[shorter >= 0]] = True
    return found


def _size(kept: list[Flags], model: NgramModel) -> int:
    ngrams = sum(int(flags.sum()) for flags in kept)
    states = 1 + sum(int(flags.sum()) for flags in history_flags(model, kept))
    return ngrams * ARC_BYTES + states * (STATE_BYTES + ARC_BYTES)


def prune(model: NgramModel, max_bytes: int) -> NgramModel:
    """Return the model without the least useful n-grams, so that it takes `max_bytes` at most.

    Words are never pruned. A history stays as long as one of its n-grams does.
    """
    if size_of(model) <= max_bytes:
        return model
    losses = [_losses(model, n) for n in range(2, model.order + 1)]
    low, high = -40.0, 5.0  # logarithms of the loss below which an n-gram goes
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if _size(_kept(model, losses, np.exp(middle)), model) > max_bytes:
            low = middle
        else:
            high = middle
    return with_back_off(_only(model, _kept(model, losses, np.exp(high))))


def _losses(model: NgramModel, n: int) -> Floats:
    """Return how far the model moves (in nats for each word) without each n-gram of level n."""
    level, grams = model.levels[n - 1], model.ngrams(n)
    left, left_below = left_over(model, n)
    left, left_below = left[level.history], left_below[level.history]
    p, q = np.exp(level.log_prob), np.exp(model.score(grams[:, 1:]))
    moved = np.log(left + p) - np.log(left_below + q)
    weight = np.log(left) - np.log(left_below)
    loss = p * (np.log(q) + moved - level.log_prob) + left * (moved - weight)
    start = model.number(START)
    history = np.zeros(len(level))
    for length in range(1, n):
        prefix = grams[:, :length]
        opening = prefix[:, -1] == start
        scores = model.score(np.where(opening[:, None], model.number(END), prefix))
        history += scores
    losses: Floats = -np.exp(history) * loss
    return losses


def _kept(model: NgramModel, losses: list[Floats], threshold: float) -> list[Flags]:
    kept: list[Flags] = [np.ones(len(model.levels[0]), bool)]
    kept += [loss >= threshold for loss in losses]
    for n in range(model.order, 2, -1):
        kept[n - 2][model.levels[n - 1].history[kept[n - 1]]] = True
    return kept


def _only(model: NgramModel, kept: list[Flags]) -> NgramModel:
    levels = [model.levels[0]]
    for n in range(1, model.order):
        level, flags = model.levels[n], kept[n]
        place = np.cumsum(kept[n - 1]) - 1
        levels.append(
            Level(
                place[level.history[flags]],
                level.word[flags],
                level.log_prob[flags],
                level.back_off[flags],
            )
        )
    return NgramModel(model.words, tuple(levels))
