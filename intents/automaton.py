"""The states of the automaton that `patterns` finds all its patterns with."""

from collections.abc import Iterable

__all__ = ["Beginning", "Node"]


class Node:
    """A state of the automaton.

    `joins` lead on at once and `gaps` lead on over up to GAP_WORDS words. An open node is reached
    by one wording only, so patterns that begin alike can share it.
    """

    __slots__ = ("accepts", "concepts", "gaps", "joins", "open", "words")

    def __init__(self, *, is_open: bool) -> None:
        self.words: dict[str, list[Node]] | None = None
        self.concepts: dict[str, list[Node]] | None = None
        self.joins: tuple[Node, ...] = ()
        self.gaps: tuple[Node, ...] = ()
        self.accepts: tuple[str, ...] = ()
        self.open = is_open

    def edge(self, key: str, target: "Node") -> None:
        """Lead on by a key."""
        if key[0] == "{":
            if self.concepts is None:
                self.concepts = {}
            self.concepts.setdefault(key[1:], []).append(target)
        elif self.words is None:
            self.words = {key: [target]}
        else:
            self.words.setdefault(key, []).append(target)


class Beginning:
    """The nodes after a word that patterns begin with, by the words that lead on from them."""

    __slots__ = ("_always", "_by_gap", "_by_word", "_nodes")

    def __init__(self, nodes: list[Node]) -> None:
        self._nodes = nodes
        self._always: list[int] = []
        self._by_word: dict[str, list[int]] = {}
        self._by_gap: dict[str, list[int]] = {}
        for number, node in enumerate(nodes):
            at_once = _joined([node])
            after_gap = _joined([after for one in at_once for after in one.gaps])
            if any(one.accepts or one.concepts is not None for one in at_once) or any(
                one.gaps or one.concepts is not None for one in after_gap
            ):
                self._always.append(number)
                continue
            for index, reached in ((self._by_word, at_once), (self._by_gap, after_gap)):
                for word in {word for one in reached for word in one.words or ()}:
                    index.setdefault(word, []).append(number)

    def leading(self, coming: Iterable[str], near: Iterable[str]) -> list[Node]:
        """Return the nodes from which words lead on: those `coming` next or, over a gap, `near`.

        A node that needs no word, or that a concept leads on from, is always one of them.
        """
        numbers = set(self._always)
        for index, words in ((self._by_word, coming), (self._by_gap, near)):
            for word in words:
                numbers.update(index.get(word, ()))
        return [self._nodes[number] for number in sorted(numbers)]


def _joined(nodes: list[Node]) -> list[Node]:
    """Return nodes and those that joins lead to from them."""
    reached = list(nodes)
    for node in reached:
        reached += node.joins
    return reached
