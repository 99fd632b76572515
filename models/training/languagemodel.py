"""The language model of the bundled graph: its vocabulary, its parts, and their mixture.

The weights of the parts stand in `data/mixture.yaml`. They were chosen so that development text is
likely, the domain's above all; `chosen_weights` finds such weights.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import softmax

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
from models.graph.ngram import NgramModel, history_likelihoods
from models.graph.text import words_of
from models.training.corpora import GENERAL, RECORDED, corpora, mixture_settings
from models.training.speech import clips
from models.training.sphinx_lm import read_sphinx
from models.training.texts import DEV_FOLD, phrasings

# Every word of these parts that can be pronounced is in the vocabulary.
WHOLE: Final = ("content", "lay", "answers", "templates", "requests", *RECORDED)
# Typed by the public: a word in these that no dictionary has is a slip of the keyboard.
MISSPELT: Final = ("requests",)
SPHINX: Final = "sphinx"
FREQUENCIES: Final = "frequencies"
_SPHINX_FILE: Final = Path("model", "en-us", "en-us.lm.bin")
_FREQUENT: Final = 120_000
# What the weights are to make likely: the development fold of the phrasings, and the transcripts of
# the recordings for development, by corpus.
_DOMAIN: Final = "phrasings"
_SHARES: Final = {_DOMAIN: 0.5, "audiobooks_more": 0.3, "speechocean": 0.15, "drink_orders": 0.05}
# Of a word after a history, so that none is impossible.
_LEAST: Final = 1e-12


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

    A word is as frequent as in `frequent` and in the general texts on average: today's English and
    that of books. Words that the lexicon does not know are only taken from the domain, where they
    are said twice at least or stand in the product's content.
    """
    known: set[str] = set()
    unknown: Counter[str] = Counter()
    told: set[str] = set()
    general: Counter[str] = Counter(frequent)
    for corpus in found:
        here = Counter(word for words in corpus.sentences() for word in words)
        if corpus.name in GENERAL:
            total = here.total() * len(GENERAL)
            general.update({word: count / total for word, count in here.items()})
        if corpus.name in WHOLE:
            for word, count in here.items():
                if lexicon.known(word):
                    known.add(word)
                elif corpus.name not in MISSPELT and len(word) > 1:
                    unknown[word] += count
            if corpus.name == "content":
                told |= here.keys()
    chosen = known | told | {word for word, count in unknown.items() if count > 1}
    for word in sorted(general, key=lambda word: (-general[word], word)):
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
    models: Mapping[str, NgramModel],
    texts: Sequence[tuple[float, Sequence[Sequence[str]]]],
    by_history: float = 0.0,
) -> dict[str, float]:
    """Return the weights under which texts are most probable, each with its share in the sum.

    The mixture is that of `models.graph.ngram.mix`; words that it does not know are not counted.
    """
    words = next(iter(models.values())).words
    windows = [Text.of(sentences, words).windows(3) for _, sentences in texts]
    rows = np.concatenate(windows)
    shares = [np.full(len(w), share / len(w)) for (share, _), w in zip(texts, windows, strict=True)]
    share = np.concatenate(shares) / sum(given for given, _ in texts)
    given = np.maximum(np.stack([np.exp(m.score(rows)) for m in models.values()]), _LEAST)
    before = by_history * history_likelihoods(list(models.values()), rows)

    def loss(log_weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        prior = softmax(log_weights[:, None] + before, axis=0)
        joint = prior * given
        total = joint.sum(0)
        return -float(share @ np.log(total)), -((joint / total - prior) @ share)

    found = minimize(loss, np.zeros(len(models)), jac=True, method="L-BFGS-B")
    best = softmax(found.x)
    return dict(zip(models, (float(weight) for weight in best), strict=True))


def _words(found: Sequence[Corpus], lexicon: Lexicon) -> tuple[dict[str, float], tuple[str, ...]]:
    """Return how frequent words are in English, and the words of the mixture."""
    frequent = frequencies()
    return frequent, numbered(vocabulary(found, frequent, lexicon, mixture_settings()["words"]))


def chosen_weights(data: Path, work: Path, lexicon: Lexicon) -> dict[str, float]:
    """Return weights for `data/mixture.yaml`, chosen on development text that no part holds."""
    found, _ = corpora(data, work, exclude_fold=DEV_FOLD)
    settings = mixture_settings()
    frequent, words = _words(found, lexicon)
    texts = {
        name: [c.words.split() for c in clips(data / "speech", "dev", (name,))]
        for name in _SHARES
        if name != _DOMAIN
    }
    said = set(phrasings(data)) - set(phrasings(data, DEV_FOLD))
    texts[_DOMAIN] = [words_of(text) for text in sorted(said)]
    models = components(found, frequent, words)
    weighed = [(share, texts[name]) for name, share in _SHARES.items() if texts[name]]
    return tuned_weights(models, weighed, settings["by_history"])


def language_model(found: Sequence[Corpus], lexicon: Lexicon) -> NgramModel:
    """Return the mixture of the corpora and the general models, not pruned yet."""
    settings = mixture_settings()
    frequent, words = _words(found, lexicon)
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
