"""Counting the n-grams of texts, and modified Kneser-Ney estimates of a model from them.

Interpolated modified Kneser-Ney: S. F. Chen and J. Goodman, "An empirical study of smoothing
techniques for language modeling" (1999), section 3.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.graph.ngram import END, START, Flags, Floats, Ints, Level, NgramModel

ORDER: Final = 3

# Discounts for n-grams seen once, twice and more often, where too few were seen to estimate them.
_DEFAULT_DISCOUNTS: Final = (0.5, 0.8, 1.0)


@dataclass(frozen=True, slots=True)
class Text:
    """Sentences as word numbers, each with `<s>` and `</s>`; -1 stands for an unknown word."""

    tokens: Ints
    start: int
    unknown: int

    @classmethod
    def of(cls, sentences: Iterable[Sequence[str]], words: Sequence[str]) -> "Text":
        """Number the words of sentences; empty sentences are left out."""
        numbers = {word: number for number, word in enumerate(words)}
        start, end = numbers[START], numbers[END]
        tokens: list[int] = []
        for sentence in sentences:
            if sentence:
                tokens.append(start)
                tokens += [numbers.get(word, -1) for word in sentence]
                tokens.append(end)
        array = np.array(tokens, np.int64)
        return cls(array, start, int((array < 0).sum()))

    def windows(self, length: int) -> Ints:
        """Return each known word with the `length - 1` words before it, -1 where there are none."""
        sentence = np.cumsum(self.tokens == self.start)
        rows = np.full((len(self.tokens), length), -1, np.int64)
        cut = np.zeros(len(self.tokens), bool)
        for back in range(length):
            column = np.full(len(self.tokens), -1, np.int64)
            same = np.zeros(len(self.tokens), bool)
            kept = len(self.tokens) - back
            if kept > 0:
                same[back:] = sentence[:kept] == sentence[back:]
                column[back:] = self.tokens[:kept]
            cut |= ~same | (column < 0)
            rows[:, length - 1 - back] = np.where(cut, -1, column)
        wanted: Ints = rows[(self.tokens != self.start) & (self.tokens >= 0)]
        return wanted


def estimate(
    text: Text, words: tuple[str, ...], order: int = ORDER, prior: Floats | None = None
) -> NgramModel:
    """Return the model of a text: interpolated modified Kneser-Ney.

    `prior` divides what the text leaves among all words: their probabilities, by which they are
    alike where none is given.
    """
    entries, counts = _count(text, words, order)
    levels: list[Level] = []
    start = words.index(START)
    lower: Floats = np.ones(len(words)) if prior is None else prior.astype(np.float64)
    lower[start] = 0.0
    lower /= lower.sum()
    for n in range(1, order + 1):
        history, word, shorter = entries[n - 1]
        count = counts[n - 1].astype(np.float64)
        size = len(entries[n - 2][1]) if n > 1 else 1
        total = np.bincount(history, count, minlength=size)
        discount = _discounts(count)[np.minimum(count, 3).astype(np.int64)]
        kept = np.bincount(history, discount, minlength=size)
        with np.errstate(divide="ignore", invalid="ignore"):
            gamma = np.where(total > 0, kept / total, 1.0)
            share = np.where(total[history] > 0, (count - discount) / total[history], 0.0)
            probability = share + gamma[history] * lower[shorter]
            if n == 1:
                probability[start] = 0.0
            log_prob = np.log(probability)
        if n > 1:
            below = levels[-1]
            levels[-1] = Level(below.history, below.word, below.log_prob, np.log(gamma))
        levels.append(Level(history, word, log_prob, np.zeros(len(word))))
        lower = probability
    return NgramModel(words, tuple(levels))


def unigrams(probabilities: Floats, words: tuple[str, ...]) -> NgramModel:
    """Return the model that gives each word its probability, whatever stands before it."""
    total = probabilities / probabilities.sum()
    with np.errstate(divide="ignore"):
        log_prob = np.log(total)
    zeros = np.zeros(len(words))
    level = Level(np.zeros(len(words), np.int64), np.arange(len(words)), log_prob, zeros)
    return NgramModel(words, (level,))


def perplexity(model: NgramModel, sentences: Sequence[Sequence[str]]) -> tuple[float, int, int]:
    """Return the perplexity of sentences, how many words it counts, and how many were unknown.

    The end of each sentence counts as a word; an unknown word does not, and hides what is
    before it.
    """
    text = Text.of(sentences, model.words)
    rows = text.windows(model.order)
    scores = model.score(rows)
    scores = scores[np.isfinite(scores)]
    if not len(scores):
        return float("inf"), 0, text.unknown
    return float(np.exp(-scores.mean())), len(scores), text.unknown


def _count(
    text: Text, words: tuple[str, ...], order: int
) -> tuple[list[tuple[Ints, Ints, Ints]], list[Ints]]:
    """Return history, word and shorter form of each level's n-grams, and their counts.

    The counts of the lower levels are of the different words that were seen before an n-gram
    (Kneser-Ney), save for those that begin a sentence.
    """
    tokens, size = text.tokens, len(words)
    everything = np.arange(size)
    entries = [(np.zeros(size, np.int64), everything, everything)]
    known = (tokens >= 0) & (tokens != text.start)
    counts = [np.bincount(tokens[known], minlength=size)]
    before = tokens.copy()  # the entry of the n-gram that ends at each token, -1 for none
    for n in range(2, order + 1):
        history = np.full(len(tokens), -1, np.int64)
        history[1:] = before[:-1]
        at = np.flatnonzero((history >= 0) & known)
        keys = history[at] * size + tokens[at]
        unique, first, inverse, count = np.unique(
            keys, return_index=True, return_inverse=True, return_counts=True
        )
        shorter = before[at[first]]
        parents, last = np.divmod(unique, size)
        entries.append((parents, last, shorter))
        counts.append(count)
        opening = _opening(entries[n - 2], entries, n - 1, text.start)
        different = np.bincount(shorter, minlength=len(entries[n - 2][1]))
        counts[n - 2] = np.where(opening, counts[n - 2], different)
        before = np.full(len(tokens), -1, np.int64)
        before[at] = inverse
    return entries, counts


def _opening(
    level: tuple[Ints, Ints, Ints], entries: Sequence[tuple[Ints, Ints, Ints]], n: int, start: int
) -> Flags:
    """Tell which n-grams of a level begin with the start of a sentence."""
    entry = np.arange(len(level[1]))
    for depth in range(n - 1, 0, -1):
        entry = entries[depth][0][entry]
    opening: Flags = entries[0][1][entry] == start
    return opening


def _discounts(count: Floats) -> Floats:
    """Return the discount of n-grams seen 0, 1, 2 and more times."""
    seen = [int((count == times).sum()) for times in range(5)]
    if min(seen[1:]) == 0:
        return np.array([0.0, *_DEFAULT_DISCOUNTS])
    y = seen[1] / (seen[1] + 2 * seen[2])
    raw = [n - (n + 1) * y * seen[n + 1] / seen[n] for n in (1, 2, 3)]
    return np.array(
        [0.0, *(min(max(value, 0.1), n - 0.05) for n, value in zip((1, 2, 3), raw, strict=True))]
    )
