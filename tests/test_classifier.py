"""The learned model of red flags: fitted here from ten sayings, saved, and read again."""

import sys
from pathlib import Path

import pytest

import intents.lexicon
from intents.classifier import NONE, FlagClassifier, read_sayings
from intents.errors import LocaleError
from intents.negation import Scopes
from tests.small_language import SAYINGS, lexicon

LEXICON = lexicon()
MODEL = FlagClassifier.fitted(SAYINGS, LEXICON)


def chances(text: str, model: FlagClassifier = MODEL) -> dict[str, float]:
    chart = LEXICON.chart(text)
    return model.chances(chart, Scopes(chart))


@pytest.mark.parametrize(("text", "flag"), [row for row in SAYINGS if row[1] != NONE])
def test_what_was_learned_is_known(text: str, flag: str) -> None:
    assert chances(text)[flag] > 0.5


@pytest.mark.parametrize("text", [text for text, flag in SAYINGS if flag == NONE])
def test_what_holds_no_flag_gives_none(text: str) -> None:
    assert max(chances(text).values()) < 0.5


@pytest.mark.parametrize("text", ["both of my toes have gone dead", "my foot went all numb", ""])
def test_chances_are_shares_of_one(text: str) -> None:
    found = chances(text)
    assert set(found) == {"NUMB", "FEVER"}
    assert all(0 <= chance <= 1 for chance in found.values())
    assert sum(found.values()) <= 1 + 1e-6


def test_other_words_for_a_known_idea_count() -> None:
    found = chances("hot head")
    assert found["FEVER"] > found["NUMB"]


def test_the_telling_words_are_those_of_the_flag() -> None:
    chart = LEXICON.chart("well today my foot is numb")
    told = {chart.pieces[place] for place in MODEL.telling("NUMB", chart)}
    assert {"foot", "numb"} <= told
    assert len(told) <= 3


def test_the_order_of_the_sayings_is_of_no_account() -> None:
    other = FlagClassifier.fitted(reversed(SAYINGS), LEXICON)
    for text, _ in SAYINGS:
        assert chances(text, other) == pytest.approx(chances(text), abs=0.02)


def test_saved_and_read_again_it_says_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.npz"
    MODEL.save(path)
    monkeypatch.setattr("intents.classifier.classifier_path", lambda locale: path)
    again = FlagClassifier.load("xx")
    assert again.labels == MODEL.labels
    for text in (*(text for text, _ in SAYINGS), "my foot went all numb", "hot head"):
        assert chances(text, again) == pytest.approx(chances(text), abs=0.02)


@pytest.mark.parametrize("content", [None, b"no model"])
def test_a_missing_or_damaged_model_says_how_to_make_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    path = tmp_path / "model.npz"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setattr("intents.classifier.classifier_path", lambda locale: path)
    with pytest.raises(LocaleError) as error:
        FlagClassifier.load("xx")
    assert str(path) in str(error.value)
    assert "backtalk intents fit" in error.value.hint


@pytest.fixture
def sayings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of sayings of a language, xx, that lies in a folder of its own."""
    monkeypatch.setattr(
        sys.modules[intents.lexicon.__name__], "__file__", str(tmp_path / "lexicon.py")
    )
    path = tmp_path / "locale" / "xx" / "sayings" / "some.tsv"
    path.parent.mkdir(parents=True)
    return path


def test_sayings_are_read_once_each_without_remarks(sayings: Path) -> None:
    sayings.write_text("# a remark\nnumb foot\tNUMB\n\nnice day\tnone\nnumb foot\tNUMB\n")
    assert read_sayings("xx") == (("numb foot", "NUMB"), ("nice day", "none"))


@pytest.mark.parametrize(
    "row", ["numb foot", "numb foot\t", "\tNUMB", "   \tNUMB", "nice day\tNUMB"]
)
def test_a_malformed_saying_is_refused_with_its_place(sayings: Path, row: str) -> None:
    sayings.write_text(f"# a remark\nnice day\tnone\n{row}\n")
    with pytest.raises(LocaleError, match=r"some\.tsv, line 3") as error:
        read_sayings("xx")
    assert "tab" in error.value.hint


def test_every_saying_that_is_shipped_can_be_read() -> None:
    found = read_sayings()
    assert len(found) > 1000
    assert {flag for _, flag in found} > {NONE, "CES_BLADDER"}
