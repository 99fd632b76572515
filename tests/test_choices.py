"""The reader of choices among options that were read out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.choices import read_choice
from intents.text import tokens

PAIR = ("heat", "ice")
THREE = ("bridge", "cat camel", "bird dog")
PLACES = ("low back", "upper back", "neck", "somewhere else")
LENGTHS = ("five minutes", "ten minutes", "twenty minutes")


@pytest.mark.parametrize(
    ("text", "options", "chosen"),
    [
        # by name, in part, with a slip, in the plural, by another word
        ("the bridge", THREE, (0,)),
        ("the dog thing", THREE, (2,)),
        ("burd dog", THREE, (2,)),
        ("bridges", THREE, (0,)),
        ("cat and camel and then the bridge", THREE, (0, 1)),
        ("a hot water bottle", PAIR, (0,)),
        ("the base of my spine", PLACES, (0,)),
        ("neck and lower back", PLACES, (0, 2)),
        ("back", PLACES, None),
        # by place
        ("the second", THREE, (1,)),
        ("the last but one", THREE, (1,)),
        ("number three", THREE, (2,)),
        ("option b", THREE, (1,)),
        ("the middle one", THREE, (1,)),
        ("the former", PAIR, (0,)),
        ("the first and the last", PLACES, (0, 3)),
        ("the last two", PLACES, (2, 3)),
        ("one", THREE, (0,)),
        ("the sixth", THREE, None),
        ("heat first then ice", PAIR, (0, 1)),
        # amounts
        ("make it ten", LENGTHS, (1,)),
        ("the longest", LENGTHS, (2,)),
        ("five", LENGTHS, (0,)),
        # all, none, the rest
        ("both", PAIR, (0, 1)),
        ("either", PAIR, (0, 1)),
        ("both", THREE, None),
        ("any of them", THREE, (0, 1, 2)),
        ("neither", PAIR, ()),
        ("none of those", THREE, ()),
        ("not either of them", PAIR, ()),
        ("skip all of them", THREE, ()),
        ("neither the bridge nor the cat camel", THREE, (2,)),
        ("not the first one", PAIR, (1,)),
        ("not the first one", THREE, None),
        ("anything but the bridge", THREE, (1, 2)),
        ("nothing but the bridge", THREE, (0,)),
        ("both and none", ("one of them", "both and none"), (1,)),
        # taken back
        ("the bridge no the cat camel", THREE, (1,)),
        ("bridge and bird dog but not the cat camel", THREE, (0, 2)),
        ("it isn't my neck it's my low back", PLACES, (0,)),
        ("the sixth no the first", THREE, (0,)),
        # no choice
        ("no ice", PAIR, None),
        ("no one", THREE, None),
        ("not both", PAIR, None),
        ("I don't mind", PAIR, None),
        ("you choose", PAIR, None),
        ("yes", PAIR, None),
        ("what is a bird dog", THREE, None),
        ("say them again", THREE, None),
        ("", PAIR, None),
        ("heat", (), None),
    ],
)
def test_choices(text: str, options: tuple[str, ...], chosen: tuple[int, ...] | None) -> None:
    found = read_choice(text, options)
    assert (found and found.value) == chosen


def test_the_words_that_chose_are_given() -> None:
    found = read_choice("um I'd say the bridge please", THREE)
    assert found is not None
    assert tokens("um I'd say the bridge please")[slice(*found.span)] == ("bridge",)
    assert found.confidence > 0.9


def test_what_was_taken_back_is_less_sure() -> None:
    plain, mended = read_choice("the bridge", THREE), read_choice("bird dog no the bridge", THREE)
    assert plain is not None
    assert mended is not None
    assert plain.value == mended.value
    assert plain.confidence > mended.confidence


WORDS = st.sampled_from(
    "the a one two last first not no but both neither anything except bridge heat left right "
    "back neck longer same ten minutes other and or sorry all".split()
)
SAID = st.one_of(st.text(), st.lists(WORDS, max_size=8).map(" ".join))
OPTIONS = st.lists(st.one_of(st.text(max_size=20), st.lists(WORDS, max_size=3).map(" ".join)))


@given(SAID, OPTIONS)
def test_indices_are_sorted_and_stand_for_options(text: str, options: list[str]) -> None:
    found = read_choice(text, options)
    if found is not None:
        assert list(found.value) == sorted(set(found.value))
        assert all(0 <= i < len(options) for i in found.value)
        assert 0 < found.confidence <= 1
        assert 0 <= found.span[0] < found.span[1] <= len(tokens(text))
    assert found == read_choice(text, options)


@given(OPTIONS, st.data())
def test_the_name_of_an_option_chooses_it(options: list[str], data: st.DataObject) -> None:
    names = [tokens(option) for option in options]
    differing = [i for i, name in enumerate(names) if name and names.count(name) == 1]
    if differing:
        chosen = data.draw(st.sampled_from(differing))
        found = read_choice(options[chosen], options)
        assert found is not None
        assert found.value == (chosen,)
