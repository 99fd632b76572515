"""The readers of body regions, sides, and who the words are about."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.people import Concerned, read_person
from intents.regions import read_region, read_regions, read_side
from intents.text import tokens
from tests.understanding_data import rows, share

REGIONS = set(
    "low_back upper_back neck side ribs chest tummy groin head shoulder arm hand hip buttock leg "
    "knee foot all_over back".split()
)


@pytest.mark.parametrize(
    ("text", "region", "side"),
    [
        ("my lower left back", "low_back", "left"),
        ("pain in my lower back and leg", "low_back", None),
        ("my wife's back", "back", None),
        ("someone's neck", "neck", None),
        ("my back is back to normal", "back", None),
        ("across my shoulders", "shoulder", None),
        ("down the back of both legs", "leg", "both"),
        ("on the right of my spine", "back", "right"),
        ("right now my left knee", "knee", "left"),
        ("sciatica down my right leg", "low_back", "right"),
        ("down the neck into my right arm", "neck", None),
        ("left collarbone and shoulder", "shoulder", "left"),
        ("my left shoulder and my neck", "neck", None),
        ("low in my back both sides of the spine", "low_back", "both"),
        ("my ribs on my right side", "ribs", "right"),
        ("my left knee no sorry my right knee", "knee", "right"),
        ("my left knee and my right knee", "knee", "both"),
        ("it's not my neck it's my shoulder", "shoulder", None),
        ("me back's gone", "back", None),
        ("just above where my belt sits", "low_back", None),
        ("where my spine meets my bum", "low_back", None),
        ("the last bone in my spine", "low_back", None),
        ("the disc at the bottom", "low_back", None),
        ("my back went at the bottom of the stairs", "back", None),
        ("halfway up my back", "upper_back", None),
        ("my lower back again", "low_back", None),
        ("my head hurts at the back", "head", None),
        ("back and both legs", "back", None),
        ("down the side of me", "side", None),
        ("the shoulder on my left side", "shoulder", "left"),
        ("shoulder and arm on the right", "shoulder", "right"),
        ("my shoulder and my arm on the right", "shoulder", None),
        ("always the right never the left in my lower back", "low_back", "right"),
        ("my lower back always the right never the left", "low_back", "right"),
        ("my knees both of them", "knee", "both"),
        ("the right chair for my knee", "knee", None),
        ("I had it back again", None, None),
        ("get off my back", None, None),
        ("call me back", None, None),
        ("the chest of drawers", None, None),
        ("on the back of my leg", "leg", None),
        ("my hips and back", "back", None),
        ("head", "head", None),
        ("um back", "back", None),
        ("I sleep on my back", None, None),
        ("I'll be back", None, None),
        ("six feet", None, None),
        ("that's right", None, None),
        ("what have I got left", None, None),
    ],
)
def test_regions_and_sides(text: str, region: str | None, side: str | None) -> None:
    found, on = read_region(text), read_side(text)
    assert (found and found.value) == region
    assert (on and on.value) == side


def test_every_region_named_is_found_in_order() -> None:
    found = read_regions("it goes from my neck into my right arm and my fingers")
    assert [r.value for r in found] == ["neck", "arm", "hand"]
    assert all(r.confidence < 0.9 for r in found)


def test_held_out_regions() -> None:
    right = []
    for text, region, side in rows("regions.tsv"):
        found, on = read_region(text), read_side(text)
        got = (found.value if found else "none", on.value if on else "none")
        right.append(got == (region, side))
    assert share(right) >= 0.97


@pytest.mark.parametrize(
    ("text", "person", "sex"),
    [
        ("my husband can't feel his feet", "husband", "m"),
        ("I'm ringing about my mother", "mother", "f"),
        ("my son's six", "son", "m"),
        ("mum's got chest pain", "mother", "f"),
        ("my friend has hurt her back", "friend", "f"),
        ("it's my nan", "grandmother", "f"),
        ("my mate stood on my back", None, None),
        ("is it safe to crack my wife's back", None, None),
        ("my friend told me to rest", None, None),
        ("I picked my daughter up and my back went", None, None),
        ("my dad had arthritis", None, None),
        ("I live with my wife", None, None),
        ("I'm a thirty year old woman", None, "f"),
        ("I'm expecting", None, "f"),
        ("I'm a man of sixty", None, "m"),
        ("he's hurt his back", "other", "m"),
        ("she'll be right", None, None),
        ("the doctor she said it was a disc", None, None),
        ("my wife's mother has fallen", "other", "f"),
        ("my mother in law can't get up", "other", "f"),
        ("my boss has a bad neck", "other", None),
        ("my fella I mean my husband can't turn his head", "husband", "m"),
        ("my girlfriend fell", "partner", "f"),
        ("it's not me it's my hubby", "husband", "m"),
        ("my boy says it hurts", "son", "m"),
        ("my boy says it's a disc", None, None),
        ("I'm his wife and he can't move", "other", "m"),
        ("I've got a wife and a bad back", None, None),
        ("my wife's pregnant and I hurt my back", None, None),
        ("since my hysterectomy", None, "f"),
    ],
)
def test_who_the_words_are_about(text: str, person: str | None, sex: str | None) -> None:
    assert read_person(text) == Concerned(person, sex)


def test_held_out_people() -> None:
    right = []
    for text, person, sex in rows("people.tsv"):
        found = read_person(text)
        right.append((found.person or "none", found.sex or "none") == (person, sex))
    assert share(right) >= 0.97


@given(st.text())
def test_any_text_is_read_the_same_twice(text: str) -> None:
    assert read_person(text) == read_person(text)
    for reading in read_regions(text):
        assert reading.value in REGIONS
        assert 0 <= reading.span[0] < reading.span[1] <= len(tokens(text))
    side = read_side(text)
    assert side is None or side.value in ("left", "right", "both")
