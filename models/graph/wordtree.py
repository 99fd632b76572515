"""The pronunciations of a vocabulary as one tree of phones whose ends are shared.

The tree is deterministic: words that begin alike share their first phones. A word is written on the
first arc that is its own, and from there on the ends that words have in common are shared too. As
the phone that ends a word is another than one inside, no pronunciation is another's beginning.
Where two words sound alike, a disambiguation symbol (`#1`, `#2`, ...) closes each, as in Kaldi's
lexicon transducers.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Final

from models.graph.phones import PLACED, in_word

ROOT: Final = 0
"""The state in which words begin and end."""

FIRST_DISAMBIGUATION: Final = len(PLACED) + 1
"""The symbol `#0`, which stands for a back-off of the language model; `#1` follows it."""

Pronunciations = Sequence[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class TreeArc:
    """An arc: the phone (Kaldi's number) or disambiguation symbol read, the label written."""

    symbol: int
    label: int
    target: int


@dataclass(slots=True)
class WordTree:
    """The arcs of each state, and which labels can be written next from it.

    `labels` numbers the words from 1 in the order of the tree, so that the labels below a state
    are few intervals. `reach` holds them as pairs of first and last-but-one; None means every
    label: the word has been written already, so that any other may follow.
    """

    labels: dict[str, int]
    arcs: list[list[TreeArc]]
    reach: list[list[tuple[int, int]] | None]
    disambiguations: int
    _shared: dict[tuple[TreeArc, ...], int] = field(default_factory=dict)


def word_tree(lexicon: Mapping[str, Pronunciations]) -> WordTree:
    """Return the tree of a lexicon; each word needs one pronunciation at least."""
    entries = [(in_word(phones), word) for word, ps in lexicon.items() for phones in ps]
    entries = sorted(set(entries))
    times = Counter(phones for phones, _ in entries)
    used: Counter[tuple[int, ...]] = Counter()
    closed: list[tuple[tuple[int, ...], str]] = []
    for phones, word in entries:
        if times[phones] > 1:
            used[phones] += 1
            phones = (*phones, FIRST_DISAMBIGUATION + used[phones])
        closed.append((phones, word))
    closed.sort()
    labels: dict[str, int] = {}
    for _, word in closed:
        labels.setdefault(word, len(labels) + 1)
    tree = WordTree(labels, [[]], [None], max(used.values(), default=0))
    numbered = [(phones, labels[word]) for phones, word in closed]
    tree.arcs[ROOT] = _arcs(tree, numbered, 0, labelled=False)
    return tree


def _arcs(
    tree: WordTree, entries: list[tuple[tuple[int, ...], int]], depth: int, *, labelled: bool
) -> list[TreeArc]:
    """Return the arcs of the state that these entries share, and make the states behind it."""
    arcs = []
    for symbol, group in groupby(entries, key=lambda entry: entry[0][depth]):
        below = list(group)
        single = below[0][1] == below[-1][1] and len(set(map(itemgetter(1), below))) == 1
        target = ROOT
        if len(below) > 1 or len(below[0][0]) > depth + 1:
            target = _state(tree, below, depth + 1, labelled=labelled or single)
        arcs.append(TreeArc(symbol, below[0][1] if single and not labelled else 0, target))
    return arcs


def _state(
    tree: WordTree, entries: list[tuple[tuple[int, ...], int]], depth: int, *, labelled: bool
) -> int:
    arcs = _arcs(tree, entries, depth, labelled=labelled)
    key = tuple(arcs)
    if labelled and key in tree._shared:
        return tree._shared[key]
    tree.arcs.append(arcs)
    tree.reach.append(None if labelled else _intervals({label for _, label in entries}))
    if labelled:
        tree._shared[key] = len(tree.arcs) - 1
    return len(tree.arcs) - 1


def _intervals(labels: set[int]) -> list[tuple[int, int]]:
    """Return the runs of labels as pairs of the first and one past the last."""
    runs: list[tuple[int, int]] = []
    for label in sorted(labels):
        if runs and runs[-1][1] == label:
            runs[-1] = (runs[-1][0], label + 1)
        else:
            runs.append((label, label + 1))
    return runs
