"""The language model of the bundled graph: its vocabulary, its parts, and their mixture.

The weights of the parts stand in `data/mixture.yaml`. They were chosen so that development text is
likely, the domain's above all; `tuned_weights` finds such weights for models mixed linearly.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np

from models.errors import BacktalkError
from models.graph.build import (
    Corpus,
    GraphReport,
    build_graph,
    corpus_model,
    frequency_model,
    mixture,
    numbered,
)
from models.graph.counts import Text
from models.graph.lexicon import Lexicon
from models.graph.ngram import NgramModel
from models.graph.text import words_of
from models.training.corpora import RECORDED, mixture_settings
from models.training.sphinx_lm import read_sphinx

# Every word of these parts that can be pronounced is in the vocabulary.
WHOLE: Final = ("content", "lay", "answers", "templates", "requests", *RECORDED)
# Typed by the public: a word in these that no dictionary has is a slip of the keyboard.
MISSPELT: Final = ("requests",)
SPHINX: Final = "sphinx"
FREQUENCIES: Final = "frequencies"
_SPHINX_FILE: Final = Path("model", "en-us", "en-us.lm.bin")
_FREQUENT: Final = 120_000
_ROUNDS: Final = 200
_SETTLED: Final = 1e-6


class LanguageModelError(BacktalkError):
    """A package that the language model is made from is missing."""

    code = "training-language-model"
    exit_code = 1


def frequencies() -> dict[str, float]:
    """Return how frequent the most frequent English words are, from the wordfreq package."""
    if find_spec("wordfreq") is None:
        raise LanguageModelError(
            "Word frequencies come from the package wordfreq, which is not installed.",
            "Install the training extra: pip install -e .[train]",
        )
    from wordfreq import top_n_list, word_frequency

    listed = top_n_list("en", _FREQUENT)
    return {word: word_frequency(word, "en") for word in listed if words_of(word) == [word]}


def sphinx_file() -> Path:
    """Return the general model inside the installed pocketsphinx package."""
    spec = find_spec("pocketsphinx")
    found = [
        Path(place) / _SPHINX_FILE for place in (spec and spec.submodule_search_locations) or ()
    ]
    for path in found:
        if path.is_file():
            return path
    raise LanguageModelError(
        "The general language model comes with the package pocketsphinx, which is not installed.",
        "Install the training extra: pip install -e .[train]",
    )


def vocabulary(
    found: Sequence[Corpus], frequent: Mapping[str, float], lexicon: Lexicon, size: int
) -> list[str]:
    """Return the words of the model: all that the domain says, then the most frequent in English.

    Words that the lexicon does not know are only taken from the domain, where they are said twice
    at least or stand in the product's content.
    """
    known: set[str] = set()
    unknown: Counter[str] = Counter()
    told: set[str] = set()
    for corpus in found:
        if corpus.name in WHOLE:
            here = Counter(word for words in corpus.sentences() for word in words)
            for word, count in here.items():
                if lexicon.known(word):
                    known.add(word)
                elif corpus.name not in MISSPELT and len(word) > 1:
                    unknown[word] += count
            if corpus.name == "content":
                told |= here.keys()
    chosen = known | told | {word for word, count in unknown.items() if count > 1}
    by_frequency = sorted(frequent, key=lambda word: -frequent[word])
    for word in by_frequency:
        if len(chosen) >= size:
            break
        if lexicon.known(word):
            chosen.add(word)
    return sorted(chosen)


def components(
    found: Sequence[Corpus], frequent: Mapping[str, float], words: tuple[str, ...]
) -> dict[str, NgramModel]:
    """Return the model of each corpus, of pocketsphinx, and of word frequencies, by name."""
    models = {corpus.name: corpus_model(corpus, words) for corpus in found}
    models[SPHINX] = read_sphinx(sphinx_file(), words)
    models[FREQUENCIES] = frequency_model(frequent, words)
    return models


def tuned_weights(
    models: Mapping[str, NgramModel], texts: Iterable[Sequence[Sequence[str]]]
) -> dict[str, float]:
    """Return the weights under which texts are most probable; each text counts the same.

    Expectation maximization over the probabilities that each model gives each known word, with the
    models mixed linearly: a place to start from.
    """
    words = next(iter(models.values())).words
    rows, shares = [], []
    for sentences in texts:
        windows = Text.of(sentences, words).windows(3)
        rows.append(windows)
        shares.append(np.full(len(windows), 1 / len(windows)))
    stacked, share = np.concatenate(rows), np.concatenate(shares)
    given = np.stack([np.exp(model.score(stacked)) for model in models.values()])
    weights = np.full(len(models), 1 / len(models))
    for _ in range(_ROUNDS):
        joint = weights[:, None] * given
        better = (joint / joint.sum(0) * share).sum(1) / share.sum()
        settled = np.abs(better - weights).max() < _SETTLED
        weights = better
        if settled:
            break
    return dict(zip(models, (float(weight) for weight in weights), strict=True))


def language_model(found: Sequence[Corpus], lexicon: Lexicon) -> NgramModel:
    """Return the mixture of the corpora and the general models, not pruned yet."""
    settings = mixture_settings()
    frequent = frequencies()
    words = numbered(vocabulary(found, frequent, lexicon, settings["words"]))
    weights = {name: weight for name, weight in settings["weights"].items() if weight > 0}
    kept = [corpus for corpus in found if corpus.name in weights]
    models = components(kept, frequent, words)
    models = {name: model for name, model in models.items() if name in weights}
    return mixture(
        list(models.values()),
        [weights[name] for name in models],
        by_history=settings["by_history"],
    )


def write_graph(out: Path, found: Sequence[Corpus], lexicon: Lexicon) -> GraphReport:
    """Write the graph of the bundled model into `out`: its language model, pruned to fit."""
    model = language_model(found, lexicon)
    return build_graph(
        out, model, lexicon, max_grammar_bytes=mixture_settings()["max_grammar_bytes"]
    )
