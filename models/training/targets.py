"""From words to the phones that the network is to score, by the lexicon that the graph uses too."""

from collections.abc import Iterable
from typing import Final

import numpy as np

from models.graph.lexicon import Lexicon
from models.graph.phones import INDEX, SPOKEN_NOISE
from models.training.prepared import GARBAGE

# How often another than the first pronunciation of a word is taken for granted.
_VARIANT_SHARE: Final = 0.3


class PhoneTargets:
    """The phones of words, looked up once; what nothing can pronounce is spoken noise."""

    def __init__(self, lexicon: Lexicon, texts: Iterable[str]) -> None:
        words = {word for text in texts if text != GARBAGE for word in text.split()}
        said = lexicon.pronounce(sorted(words))
        self._variants = {
            word: [[INDEX[phone] for phone in phones] for phones in p.variants]
            for word, p in said.items()
        }

    def __call__(self, text: str, rng: np.random.Generator | None) -> list[int]:
        """Return the outputs to score, one a phone; `rng` picks among pronunciations."""
        noise = [[INDEX[SPOKEN_NOISE]]]
        if text == GARBAGE:
            return noise[0]
        found: list[int] = []
        for word in text.split():
            variants = self._variants.get(word, noise)
            other = rng is not None and len(variants) > 1 and rng.random() < _VARIANT_SHARE
            chosen = int(rng.integers(len(variants))) if rng is not None and other else 0
            found += variants[chosen]
        return found
