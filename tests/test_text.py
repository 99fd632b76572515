import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.text import expand, is_filler, normalize, tokens


@pytest.mark.parametrize(
    ("typed", "heard"),
    [
        ("I can\u2019t feel my legs!", "i can't feel my legs"),
        ("Im OK, but cant pee.", "i'm ok but can't pee"),
        ("`quoted' and 'em", "quoted and em"),
        ("1,000 steps, 4.5 times", "1000 steps 4.5 times"),
        ("self-care caf\u00e9", "self care cafe"),
        ("well [unk] yes <unk>", "well yes"),
        ("ill well were id", "ill well were id"),
        ("hes thats youve weve", "he's that's you've we've"),
        ("...", ""),
    ],
)
def test_typed_text_takes_the_form_of_recognised_speech(typed: str, heard: str) -> None:
    assert normalize(typed) == heard


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalize(normalize(text)) == normalize(text)
    assert " ".join(tokens(text)) == normalize(text)


def test_contractions_are_undone() -> None:
    words = ("i'm", "can't", "won't", "it's", "wife's", "don't", "they've", "o'clock")
    undone = "i am can not will not it is wife's do not they have o'clock"
    assert " ".join(expand(words)) == undone


@pytest.mark.parametrize(
    ("word", "filler"),
    [("um", True), ("er", True), ("hmm", True), ("oh", True), ("m", False), ("me", False)],
)
def test_fillers(word: str, filler: bool) -> None:
    assert is_filler(word) is filler
