"""The skill's own matcher: a language's phrases, and the layer that was fitted to them."""

import hashlib
import json
from pathlib import Path
from typing import Final
from zipfile import BadZipFile

import numpy as np

from intents import matcher as matching
from intents import similarity, softmax
from intents.corpus import DEFAULT_LOCALE, load_corpus, load_table
from intents.encoders import Encoder
from intents.matcher import IntentMatcher
from intents.phrasebook import PhraseBook
from intents.similarity import Floats

__all__ = ["fingerprint", "is_fitted", "layer_path", "load_concepts", "load_matcher", "write_layer"]

_LAYER: Final = "layer.npz"


def load_concepts(locale: str) -> PhraseBook:
    """Return what a language lists as concepts: who does what to whom, and the kind of sentence."""
    table = load_table(locale, "concepts")
    return PhraseBook(table["concepts"], table["lists"], table["classes"], shared=True)


def load_matcher(locale: str = DEFAULT_LOCALE, encoder: Encoder | None = None) -> IntentMatcher:
    """Return a matcher over a language's phrases, with its synonyms and concepts.

    The softmax layer comes from the language's folder where it was fitted to these very phrases;
    after a change, or with an encoder, it is fitted now, which takes about a second.
    """
    synonyms = load_table(locale, "synonyms")["synonyms"]
    return IntentMatcher(
        load_corpus(locale).phrases,
        synonyms,
        load_concepts(locale),
        encoder=encoder,
        layer=None if encoder else _read_layer(locale),
    )


def write_layer(locale: str = DEFAULT_LOCALE) -> Path:
    """Fit the layer to a language's phrases as they are now, and keep it in its folder."""
    synonyms = load_table(locale, "synonyms")["synonyms"]
    fitted = IntentMatcher(load_corpus(locale).phrases, synonyms, load_concepts(locale))
    path = layer_path(locale)
    np.savez_compressed(
        path, layer=fitted.layer.astype(np.float16), fingerprint=np.array(fingerprint(locale))
    )
    return path


def is_fitted(locale: str = DEFAULT_LOCALE) -> bool:
    """Return whether the layer was fitted to the phrases of a language as they are now."""
    return _read_layer(locale) is not None


def layer_path(locale: str) -> Path:
    """Return the file that holds the layer of a language."""
    return Path(__file__).parent / "locale" / locale / _LAYER


def fingerprint(locale: str = DEFAULT_LOCALE) -> str:
    """Return a hash of all that the layer of a language depends on."""
    parts = {
        "phrases": dict(load_corpus(locale).phrases),
        "synonyms": load_table(locale, "synonyms"),
        "concepts": load_table(locale, "concepts"),
        "numbers": (
            matching.BLEND,
            similarity.MIN_TOKEN,
            similarity.SYNONYM,
            similarity.NGRAMS,
            softmax.RIDGE,
            softmax.STEPS,
        ),
    }
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _read_layer(locale: str) -> Floats | None:
    try:
        with layer_path(locale).open("rb") as file, np.load(file) as held:
            if str(held["fingerprint"]) != fingerprint(locale):
                return None
            return np.asarray(held["layer"], dtype=np.float32)
    except (OSError, EOFError, ValueError, KeyError, BadZipFile):
        return None
