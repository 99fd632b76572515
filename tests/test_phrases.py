"""The skill's own matcher, and whether the layer that is shipped belongs to its phrases."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from intents import phrases
from intents.corpus import Corpus, load_corpus
from intents.phrases import fingerprint, is_fitted, load_matcher, write_layer
from intents.understanding import Outcome

FEW = 6  # intents, so that a fit takes no second
NEW = "could you hum that bit over for me"


@pytest.fixture
def own_layer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the path of a layer that a test may write."""
    path = tmp_path / "layer.npz"
    monkeypatch.setattr(phrases, "layer_path", lambda locale: path)
    return path


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> Corpus:
    """Return a corpus of a few intents, in place of the whole."""
    whole = load_corpus()
    return put(replace(whole, phrases=dict(list(whole.phrases.items())[:FEW])), monkeypatch)


def put(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> Corpus:
    monkeypatch.setattr(phrases, "load_corpus", lambda *locale: corpus)
    return corpus


def with_phrase(corpus: Corpus, intent: str, phrase: str) -> Corpus:
    """Return a corpus in which a phrase took the place of an intent's first."""
    _, *others = corpus.phrases[intent]
    return replace(corpus, phrases={**corpus.phrases, intent: (phrase, *others)})


def test_the_layer_that_is_shipped_is_fitted_to_the_phrases_as_they_are() -> None:
    assert is_fitted(), "run write_layer() of intents.phrases after a change of phrases"
    listed = load_corpus().phrases
    assert load_matcher().layer.shape == (sum(map(len, listed.values())), len(listed))


def test_a_changed_phrase_makes_it_be_fitted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    shipped, before = load_matcher().layer, fingerprint()
    put(with_phrase(load_corpus(), "repeat", NEW), monkeypatch)
    assert fingerprint() != before
    assert not is_fitted()
    matcher = load_matcher()
    assert matcher.layer.shape == shipped.shape
    assert not np.allclose(matcher.layer, shipped, atol=1e-2)
    match = matcher.match("please could you hum that bit over")
    assert match.candidates[0].intent == "repeat"
    assert match.candidates[0].phrase == NEW
    assert matcher.match("stop").candidates[0].intent == "stop"


def test_the_order_of_phrases_counts(few: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    # The rows of the layer are in it.
    before = fingerprint()
    turned = {intent: texts[::-1] for intent, texts in few.phrases.items()}
    put(replace(few, phrases=turned), monkeypatch)
    assert fingerprint() != before


@pytest.mark.usefixtures("few")
def test_a_number_that_the_layer_depends_on_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint()
    monkeypatch.setattr("intents.softmax.RIDGE", 0.5)
    assert fingerprint() != before


def test_a_written_layer_is_read_again(few: Corpus, own_layer: Path) -> None:
    assert not is_fitted()
    fitted = load_matcher()
    assert write_layer() == own_layer
    assert is_fitted()
    held = load_matcher()
    # Half precision on disk moves no score that anybody sees.
    assert held.layer == pytest.approx(fitted.layer, rel=1e-3, abs=1e-3)
    for intent, texts in few.phrases.items():
        for matcher in (fitted, held):
            assert matcher.match(texts[0]).candidates[0].intent == intent
        text = f"so {texts[0]} then"
        found, again = (m.match(text).candidates[0] for m in (fitted, held))
        assert found.intent == again.intent
        assert found.score == pytest.approx(again.score, abs=2e-3)


@pytest.mark.parametrize(
    "content",
    [
        b"no archive",
        b"",
        b"PK\x03\x04 cut short",
    ],
)
def test_a_spoilt_layer_is_fitted_again(few: Corpus, own_layer: Path, content: bytes) -> None:
    own_layer.write_bytes(content)
    assert not is_fitted()
    intent, texts = next(iter(few.phrases.items()))
    match = load_matcher().match(texts[0])
    assert (match.candidates[0].intent, match.outcome) == (intent, Outcome.ACCEPT)
