"""Back-off n-gram language models held in arrays: looked up, scored, mixed and pruned.

A model of order N has N levels. An entry of level n is an n-gram: the index of its history (an
entry of level n - 1) and its last word. Level 1 has one entry for each word of the vocabulary, so
that its indices are the words' numbers. Probabilities are natural logarithms throughout.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

START: Final = "<s>"
END: Final = "</s>"

# Where a history's words carry all of its mass, this much is left for the others.
_LEAST_LEFT: Final = 1e-5
# The log probability that a word of a history has at least, where models are mixed by histories.
_LEAST_LIKELY: Final = -25.0


@dataclass(frozen=True, slots=True)
class Level:
    """The n-grams of one order, sorted by history and word.

    `back_off` is the weight of a shorter history where this n-gram is itself a history.
    """

    history: Ints
    word: Ints
    log_prob: Floats
    back_off: Floats

    def __len__(self) -> int:
        return len(self.word)


@dataclass(frozen=True, slots=True)
class NgramModel:
    """A back-off model over `words`, which number `<s>` and `</s>` too."""

    words: tuple[str, ...]
    levels: tuple[Level, ...]

    @property
    def order(self) -> int:
        """The length of the longest n-grams."""
        return len(self.levels)

    def __len__(self) -> int:
        return sum(len(level) for level in self.levels)

    def number(self, word: str) -> int:
        """Return a word's number; raise `ValueError` where the vocabulary lacks it."""
        return self.words.index(word)

    def find(self, ngrams: Ints) -> Ints:
        """Return the entry of each n-gram (rows of word numbers, oldest first), or -1."""
        length = ngrams.shape[1]
        if length == 0 or length > self.order:
            return np.full(len(ngrams), -1, np.int64)
        entry = ngrams[:, 0].astype(np.int64)
        for n in range(1, length):
            entry = _find(self.levels[n], entry, ngrams[:, n], len(self.words))
        return entry

    def ngrams(self, n: int) -> Ints:
        """Return the words of each entry of level n, oldest first: shape (entries, n)."""
        columns = []
        entry = np.arange(len(self.levels[n - 1]))
        for level in reversed(self.levels[:n]):
            columns.append(level.word[entry])
            entry = level.history[entry]
        return np.stack(columns[::-1], axis=1)

    def score(self, ngrams: Ints) -> Floats:
        """Return the log probability of the last word of each row after the words before it.

        A row may be longer than the order, and may begin with -1 for no word at all. Words that
        the model cannot give come out as minus infinity.
        """
        ngrams = ngrams[:, -self.order :]
        length = ngrams.shape[1]
        if length == 1:
            return self.levels[0].log_prob[ngrams[:, 0]]
        entry = np.full(len(ngrams), -1, np.int64)
        whole = ngrams[:, 0] >= 0
        entry[whole] = self.find(ngrams[whole])
        result = np.empty(len(ngrams))
        here = entry >= 0
        result[here] = self.levels[length - 1].log_prob[entry[here]]
        rest = ~here
        if rest.any():
            shorter = ngrams[rest]
            result[rest] = self._back_off_weight(shorter[:, :-1]) + self.score(shorter[:, 1:])
        return result

    def _back_off_weight(self, histories: Ints) -> Floats:
        weights = np.zeros(len(histories))
        whole = np.flatnonzero(histories[:, 0] >= 0)
        entry = self.find(histories[whole])
        known = entry >= 0
        weights[whole[known]] = self.levels[histories.shape[1] - 1].back_off[entry[known]]
        return weights


def _find(level: Level, history: Ints, word: Ints, size: int) -> Ints:
    """Return the entries of pairs of history and word, -1 where there is none."""
    found = np.full(len(history), -1, np.int64)
    if not len(level):
        return found
    keys = level.history * size + level.word
    wanted = history * size + word
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    hit = (keys[at] == wanted) & (history >= 0)
    found[hit] = at[hit]
    return found


def with_back_off(model: NgramModel) -> NgramModel:
    """Return the model with the back-off weights that make each history's words sum to one."""
    levels = [model.levels[0]]
    for n in range(2, model.order + 1):
        level = model.levels[n - 1]
        below = NgramModel(model.words, (*levels, *model.levels[n - 1 :]))
        left, left_below = left_over(below, n)
        histories = levels[-1]
        weights = np.log(left) - np.log(left_below)
        weights[np.bincount(level.history, minlength=len(histories)) == 0] = 0.0
        levels[-1] = Level(histories.history, histories.word, histories.log_prob, weights)
        levels.append(level)
    last = levels[-1]
    levels[-1] = Level(last.history, last.word, last.log_prob, np.zeros(len(last)))
    return NgramModel(model.words, tuple(levels))


def left_over(model: NgramModel, n: int) -> tuple[Floats, Floats]:
    """Return what the n-grams of each history leave of one, and what their shorter forms leave."""
    level, size = model.levels[n - 1], len(model.levels[n - 2])
    here = np.bincount(level.history, np.exp(level.log_prob), minlength=size)
    shorter = np.exp(model.score(model.ngrams(n)[:, 1:]))
    below = np.bincount(level.history, shorter, minlength=size)
    return np.maximum(1 - here, _LEAST_LEFT), np.maximum(1 - below, _LEAST_LEFT)


def mix(
    models: Sequence[NgramModel], weights: Sequence[float], by_history: float = 0.0
) -> NgramModel:
    """Return the interpolation of models over one vocabulary, weights summing to one.

    Every n-gram of any of them is an n-gram of the mixture. With `by_history` above 0, a model
    counts for more after a history that it finds likely: its weight is multiplied by the history's
    probability in it, to that power (Hsu, "Generalized linear interpolation of language models",
    2007, and SRILM's Bayesian mixing have it at 1).
    """
    words = models[0].words
    if any(model.words != words for model in models):
        raise ValueError("models over different vocabularies cannot be mixed")
    if abs(sum(weights) - 1) > 1e-6 or min(weights) < 0:
        raise ValueError(f"weights must sum to one: {list(weights)}")
    levels: list[Level] = []
    for n in range(1, max(model.order for model in models) + 1):
        if n == 1:
            history = np.zeros(len(words), np.int64)
            word = np.arange(len(words))
        else:
            known = NgramModel(words, tuple(levels))
            keys = []
            for model in models:
                if model.order >= n:
                    grams = model.ngrams(n)
                    keys.append(known.find(grams[:, :-1]) * len(words) + grams[:, -1])
            merged = np.unique(np.concatenate(keys))
            history, word = np.divmod(merged, len(words))
        blank = np.zeros(len(word))
        levels.append(Level(history, word, blank, blank))
        grams = NgramModel(words, tuple(levels)).ngrams(n)
        shares = mixing_shares(models, weights, grams, by_history)
        total = np.zeros(len(word))
        for model, share in zip(models, shares, strict=True):
            total += share * np.exp(model.score(grams))
        with np.errstate(divide="ignore"):
            levels[-1] = Level(history, word, np.log(total), blank)
    return with_back_off(NgramModel(words, tuple(levels)))


def mixing_shares(
    models: Sequence[NgramModel], weights: Sequence[float], ngrams: Ints, by_history: float
) -> Floats:
    """Return each model's share in the last word of each n-gram: (models, n-grams), sums of one.

    A row may begin with -1 for no word at all.
    """
    with np.errstate(divide="ignore"):
        log_weights = np.log(np.asarray(weights, float))
    shares = np.repeat(log_weights[:, None], len(ngrams), axis=1)
    if by_history:
        shares += by_history * history_likelihoods(models, ngrams)
    shares = np.exp(shares - shares.max(axis=0))
    return np.asarray(shares / shares.sum(axis=0))


def history_likelihoods(models: Sequence[NgramModel], ngrams: Ints) -> Floats:
    """Return how likely each model finds the words before the last: logs, (models, n-grams)."""
    start = models[0].number(START)
    found = np.zeros((len(models), len(ngrams)))
    for row, model in enumerate(models):
        for end in range(1, ngrams.shape[1]):
            said = (ngrams[:, end - 1] >= 0) & (ngrams[:, end - 1] != start)
            found[row, said] += np.maximum(model.score(ngrams[said, :end]), _LEAST_LIKELY)
    return found
