"""The transducer from transition ids to words, `HCLr.fst`, that Vosk composes with a grammar.

Each phone is one state that may be stayed in. Between any two phones there may be silence, the
blank of CTC; inside a word it is a phone of its own, so that the word can be told from the silence
around it. No arc reads nothing but those of the disambiguation symbols.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.graph.fst import Fst, from_arcs
from models.graph.phones import (
    PHONES,
    SILENCE,
    SPOKEN_NOISE,
    TRANSITIONS,
    Place,
    entering,
    phone_id,
    staying,
)
from models.graph.wordtree import FIRST_DISAMBIGUATION, ROOT, WordTree

UNKNOWN: Final = "[unk]"
"""The word that stands for all words outside of the vocabulary."""

_SILENCE: Final = phone_id(SILENCE, Place.NONWORD)
_BLANK_INSIDE: Final = phone_id(SILENCE, Place.INTERNAL)


@dataclass(frozen=True, slots=True)
class Filler:
    """The second pronunciation of `[unk]`: any run of at least `phones` phones, two or more.

    Each phone costs `cost` (natural logarithm), and the first of a run `entry` besides: a path
    through a grammar's words wins as long as the best of all phones fit no more than that much
    better. The entry protects short words, of which a run of phones costs little else.
    """

    phones: int
    cost: float
    entry: float = 0.0


@dataclass(frozen=True, slots=True)
class Decoding:
    """The transducer, sorted by output label, and what goes with it.

    `reach` holds for each state the intervals of labels that may be written next, where the
    label behind the last stands for the end. `disambiguations` lists the input labels that read
    no sound.
    """

    fst: Fst
    reach: list[list[tuple[int, int]]]
    labels: dict[str, int]
    back_off: int
    disambiguations: list[int]


def decoding_graph(tree: WordTree, filler: Filler | None) -> Decoding:
    """Return the transducer of a tree of words, which must hold `[unk]`."""
    build = _Builder(tree)
    build.words()
    if filler:
        build.filler(filler)
    count = len(build.reach)
    final = np.full(count, np.inf, np.float32)
    final[build.ends] = 0.0
    columns = np.array([arc[:4] for arc in build.arcs], np.int64)
    costs = np.array([arc[4] for arc in build.arcs], np.float32)
    fst = from_arcs(
        0,
        final,
        columns[:, 0],
        columns[:, 1],
        columns[:, 2],
        costs,
        columns[:, 3],
        by_output=True,
    )
    return Decoding(
        fst,
        build.reach,
        tree.labels,
        build.back_off,
        [_disambiguation(FIRST_DISAMBIGUATION + n) for n in range(tree.disambiguations + 1)],
    )


def _disambiguation(symbol: int) -> int:
    """Return the input label of a disambiguation symbol: they follow the transition ids."""
    return TRANSITIONS + 1 + symbol - FIRST_DISAMBIGUATION


def _placed(phones: Sequence[str], place: Place) -> list[int]:
    return [phone_id(phone, place) for phone in phones]


class _Builder:
    """Collects arcs as (source, input label, output label, target, cost)."""

    def __init__(self, tree: WordTree) -> None:
        self.tree = tree
        self.back_off = len(tree.labels) + 1
        self.everything = [(1, self.back_off + 2)]
        self.arcs: list[tuple[int, int, int, int, float]] = []
        self.reach: list[list[tuple[int, int]]] = []
        self.ends: list[int] = []
        self.in_phone: dict[tuple[int, int], int] = {}
        self.in_blank: dict[int, int] = {}
        self.begin = self._state(ROOT)
        self.between = self._state(ROOT)

    def words(self) -> None:
        """Add the words, from the beginning and from every state of the tree."""
        tree = self.tree
        before: list[set[int]] = [set() for _ in tree.arcs]
        for arcs in tree.arcs:
            for arc in arcs:
                if arc.symbol < FIRST_DISAMBIGUATION:
                    before[arc.target].add(arc.symbol)
        for node, symbols in enumerate(before):
            for symbol in sorted(symbols):
                self.in_phone[node, symbol] = self._state(node)
            if any(arc.symbol < FIRST_DISAMBIGUATION for arc in tree.arcs[node]):
                self.in_blank[node] = self._state(node)
        self._continue(self.begin, ROOT)
        self._blank(self.begin, ROOT)
        self._continue(self.between, ROOT)
        for (node, symbol), state in self.in_phone.items():
            self._stay(state, symbol)
            self._continue(state, node)
            if node in self.in_blank:
                self._blank(state, node)
        for node, state in self.in_blank.items():
            self._stay(state, _SILENCE if node == ROOT else _BLANK_INSIDE)
            self._continue(state, node)

    def filler(self, filler: Filler) -> None:
        """Add the paths of `[unk]` through any phones."""
        phones = [p for p in PHONES if p not in (SILENCE, SPOKEN_NOISE)]
        unknown = self.tree.labels[UNKNOWN]
        last = {number: self._ending(number) for number in _placed(phones, Place.END)}
        words_begin = [self.begin, self.between, self.in_blank[ROOT]]
        words_begin += [state for (node, _), state in self.in_phone.items() if node == ROOT]
        places = [Place.BEGIN] + [Place.INTERNAL] * max(1, filler.phones - 2)
        layers = [{n: self._open() for n in _placed(phones, place)} for place in places]
        blanks = [self._open() for _ in layers]
        for state in words_begin:
            for phone, target in layers[0].items():
                self._add(state, entering(phone), unknown, target, filler.entry + filler.cost)
        for number, (layer, blank) in enumerate(zip(layers, blanks, strict=True)):
            inside = layers[min(number + 1, len(layers) - 1)]
            following = inside if number + 2 < filler.phones else inside | last
            for state in (*layer.values(), blank):
                for phone, target in following.items():
                    self._add(state, entering(phone), 0, target, filler.cost)
            for phone, state in layer.items():
                self._stay(state, phone)
                self._add(state, entering(_BLANK_INSIDE), 0, blank, 0.0)
            self._stay(blank, _BLANK_INSIDE)

    def _ending(self, number: int) -> int:
        """Return the state of a phone that ends a word, made where no word ends so."""
        if (ROOT, number) not in self.in_phone:
            state = self.in_phone[ROOT, number] = self._state(ROOT)
            self._stay(state, number)
            self._continue(state, ROOT)
            self._blank(state, ROOT)
        return self.in_phone[ROOT, number]

    def _state(self, node: int) -> int:
        reach = self.tree.reach[node]
        self.reach.append(self.everything if reach is None else reach)
        if node == ROOT:
            self.ends.append(len(self.reach) - 1)
        return len(self.reach) - 1

    def _open(self) -> int:
        """Return a new state from which any word may follow, but in which none ends."""
        self.reach.append(self.everything)
        return len(self.reach) - 1

    def _add(self, source: int, read: int, label: int, target: int, cost: float) -> None:
        self.arcs.append((source, read, label, target, cost))

    def _continue(self, state: int, node: int) -> None:
        """Let a state go on as a state of the tree does."""
        for arc in self.tree.arcs[node]:
            if arc.symbol < FIRST_DISAMBIGUATION:
                target = self.in_phone[arc.target, arc.symbol]
                self._add(state, entering(arc.symbol), arc.label, target, 0.0)
            else:
                self._add(state, _disambiguation(arc.symbol), arc.label, self.begin, 0.0)
        if node == ROOT:
            read = _disambiguation(FIRST_DISAMBIGUATION)
            self._add(state, read, self.back_off, self.between, 0.0)

    def _stay(self, state: int, phone: int) -> None:
        self._add(state, staying(phone), 0, state, 0.0)

    def _blank(self, state: int, node: int) -> None:
        """Let a state of a node pass to that node's silence."""
        phone = _SILENCE if node == ROOT else _BLANK_INSIDE
        self._add(state, entering(phone), 0, self.in_blank[node], 0.0)
