"""The reader of how bad a pain is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intents.severity import WORST, read_severity
from intents.text import tokens


@settings(deadline=None)  # the first reading loads the word lists
@given(st.integers(0, 10))
def test_every_number_of_the_scale_in_the_plain_ways(number: int) -> None:
    for text in (
        f"{number}",
        f"about {number} I'd say",
        f"it's a {number} right now",
        f"{number} out of ten",
        f"{number}/10",
        f"on a scale of one to ten, {number}",
    ):
        reading = read_severity(text)
        assert reading is not None, text
        assert reading.value == number, text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("about six or seven", 6.5),
        ("4-5", 4.5),
        ("seven and a half", 7.5),
        ("fifty out of a hundred", 5),
        ("four out of five", 8),
        ("sixteen out of twenty", 8),
        ("eleven", 10),
        ("a hundred out of ten", 10),
        ("through the roof", 10),
        ("absolute agony", 10),
        ("the worst pain of my life", 10),
        ("really bad", 8),
        ("my neck's awful", 8),
        ("medium", 5),
        ("halfway up I reckon", 5),
        ("not too bad", 3),
        ("not terrible", 3),
        ("nowhere near agony", 3),
        ("just a mild ache", 2),
        ("I can hardly notice it", 1),
        ("nothing", 0),
        ("no pain at all", 0),
        ("it doesn't hurt any more", 0),
        ("I don't have any pain", 0),
        ("nothing at all zero", 0),
        ("the pain is terrible", 8),
        ("above ten", 10),
        ("can you go above ten because it's above ten", 10),
        ("should I go on because it's a six", 6),
    ],
)
def test_ways_of_saying_how_bad_it_is(text: str, value: float) -> None:
    reading = read_severity(text)
    assert reading is not None
    assert reading.value == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("maybe a three today it was a five yesterday", 3),
        ("it was an eight when it started, now it's three", 3),
        ("usually a two, today an eight", 8),
        ("eight now, normally a five", 8),
        ("at its worst it's a nine but right now a five", 5),
        ("it's gone from seven to three", 3),
        ("up from a two to a six", 6),
        ("seven sorry no make it six", 6),
        ("not seven, eight", 8),
        ("I said three but really it's four", 4),
        ("awful, I'd say nine", 9),
        ("on a normal day it's three today I'd say seven", 7),
        ("now it's a four this morning it was a seven", 4),
        ("it started at six and now it's gone down to two", 2),
        ("it was unbearable on sunday today it's not too bad", 3),
        ("was moderate is severe now", 8),
        ("eight well maybe seven", 7),
        ("moderate not terrible", 5),
        ("four wait is ten the bad end then six", 6),
    ],
)
def test_of_several_values_the_one_now_is_meant(text: str, value: float) -> None:
    reading = read_severity(text)
    assert reading is not None
    assert reading.value == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "it hurts",
        "ten reps",
        "three weeks",
        "I'm seventy",
        "my daughter is nine",
        "no pain no gain",
        "I've got a pain in my back",
        "I take a medium in shirts",
        "my doctor was awful",
        "my bus is at nine",
        "nothing helps",
        "the worst part is the mornings",
        "the eight o'clock class",
        "it's mild out today",
        "traffic was really bad",
        "this app isn't too bad",
        "the moderate programme please",
        "in the middle of my back",
        "no pain in my leg, just my back",
        "what does the ten mean",
        "my physio says it's L five",
        "ten out of ten for effort",
        "zero sugar",
    ],
)
def test_words_that_do_not_tell_how_bad_it_is(text: str) -> None:
    assert read_severity(text) is None


def test_only_how_bad_it_was_is_less_sure() -> None:
    now, then = read_severity("it's a seven"), read_severity("it was a seven yesterday")
    assert now is not None
    assert then is not None
    assert then.confidence < now.confidence


def test_a_value_tells_where_it_stands() -> None:
    reading = read_severity("well I'd say 6-7 out of ten thanks")
    assert reading is not None
    assert reading.span == (3, 8)


def _holds(text: str) -> None:
    reading = read_severity(text)
    assert reading == read_severity(text)
    if reading is not None:
        assert 0 <= reading.value <= WORST
        assert 0 < reading.confidence <= 1
        assert 0 <= reading.span[0] < reading.span[1] <= len(tokens(text))


@given(st.text())
def test_any_text_is_read_within_the_scale(text: str) -> None:
    _holds(text)


_WORDS = st.sampled_from(
    "one two ten eleven twenty hundred half a an and point to from or not no sorry it's was now "
    "today yesterday usually but out of scale on really bad mild agony nothing worst pain gone "
    "between about 8 10 4-5 8/10 x4 my back is hardly anything off the reps".split()
)


@given(st.lists(_WORDS, max_size=14))
def test_any_run_of_such_words_is_read_within_the_scale(words: list[str]) -> None:
    _holds(" ".join(words))
