"""The readers of numbers, ages and durations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.ages import OLDEST, read_age
from intents.durations import read_duration
from intents.numbers import read_number
from intents.text import tokens
from tests.understanding_data import rows, share

_ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen \
fifteen sixteen seventeen eighteen nineteen".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()


def in_words(number: int) -> str:
    """Return a number under a million as it is said in Britain."""
    if number < 20:
        return _ONES[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return _TENS[tens - 2] + (f" {_ONES[ones]}" if ones else "")
    if number < 1000:
        hundreds, rest = divmod(number, 100)
        return f"{_ONES[hundreds]} hundred" + (f" and {in_words(rest)}" if rest else "")
    thousands, rest = divmod(number, 1000)
    joint = " and " if rest < 100 else " "
    return f"{in_words(thousands)} thousand" + (f"{joint}{in_words(rest)}" if rest else "")


@given(st.integers(0, 999_999))
def test_every_number_in_words_and_in_figures(number: int) -> None:
    spoken, written = read_number(in_words(number)), read_number(f"about {number:,} of them")
    assert spoken is not None
    assert written is not None
    assert spoken.value == written.value == number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("six point two five", 6.25),
        ("point seven", 0.7),
        ("one and a half", 1.5),
        ("three quarters", 0.75),
        ("half a dozen", 6),
        ("between two and three", 2.5),
        ("ten to fifteen", 12.5),
        ("eight out of ten", 8),
        ("nine one one", 911),
        ("too", 2),
        ("uh ate", 8),
        ("none at all", 0),
        ("six no sorry seven", 7),
        ("I said eight but I meant eighteen", 18),
        ("not thirty thirteen", 13),
        ("fifteen not fifty", 15),
        ("seven hang on I lost count it was eight", 8),
        ("I did ten no problem and two more", 10),
        ("four oh two", 402),
        ("one twenty five", 125),
        ("two thirty second holds", 2),
        ("between a hundred and two hundred", 150),
        ("ten fifteen times", 12.5),
        ("a couple of hundred", 200),
        ("a dozen and a half", 18),
        ("I didn't do any", 0),
        ("just the one", 1),
        ("a pair of them", 2),
        ("did it x4", 4),
        ("5-6", 5.5),
        ("8/10", 8),
        ("75kg", 75),
        ("sevenish", 7),
    ],
)
def test_ways_of_saying_a_number(text: str, value: float) -> None:
    reading = read_number(text)
    assert reading is not None
    assert reading.value == pytest.approx(value)


@pytest.mark.parametrize(
    "text",
    [
        "that one",
        "no one",
        "one of them",
        "the second one",
        "to bed",
        "for a while",
        "",
        "?",
        "the weaker one",
        "forty winks",
        "back to square one",
        "once I get going it eases",
        "a new pair of trainers",
        "I've a half marathon on Sunday",
        "none of your business",
        "it's L five",
    ],
)
def test_words_that_only_sound_like_a_number(text: str) -> None:
    assert read_number(text) is None


def test_a_loose_number_is_less_sure_than_a_plain_one() -> None:
    plain, loose = read_number("three"), read_number("a few")
    assert plain is not None
    assert loose is not None
    assert loose.confidence < plain.confidence


def test_a_number_tells_where_it_stands() -> None:
    reading = read_number("I'd say about forty two thanks")
    assert reading is not None
    assert reading.span == (3, 5)


@given(st.integers(5, OLDEST))
def test_every_age_in_the_plain_ways(age: int) -> None:
    for text in (
        f"I'm {in_words(age)}",
        f"I am {age} years old",
        f"my husband is {in_words(age)} and he can't get up",
    ):
        reading = read_age(text)
        assert reading is not None, text
        assert reading.value == age, text


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("nearly ninety years old", 89),
        ("she's in her early 60s", 62),
        ("the baby is nine months old", 0),
        ("a sixty eight year old lady", 68),
        ("he's two and a half", 2),
        ("I'm a forty year old builder", 40),
        ("I'm forty three no forty four", 44),
        ("early thirties", 32),
        ("well into my fifties so maybe fifty seven", 57),
        ("thirty something", 35),
        ("pushing fifty and feeling it", 49),
        ("I'm sixty next month", 59),
        ("I was sixty last week", 60),
        ("just gone seventy", 70),
        ("two years off sixty", 58),
        ("ninety and proud", 90),
        ("I am a lady of seventy three", 73),
        ("our Jack is seven", 7),
        ("my newborn", 0),
        ("she's a year and a half old", 1),
        ("I hit the big five oh", 50),
        ("he is forty five years", 45),
    ],
)
def test_ways_of_saying_an_age(text: str, age: int) -> None:
    reading = read_age(text)
    assert reading is not None
    assert reading.value == age


@pytest.mark.parametrize(
    "text",
    [
        "seventy eight",
        "I'm two",
        "I'm 200",
        "she's seven months pregnant",
        "my mattress is ten years old",
        "I'm twenty minutes from home",
        "when I was forty I slipped a disc",
        "I'm four foot tall",
        "I've been in pain for thirty years",
        "I'm a six",
        "I'm five eleven",
        "I move like an eighty year old",
        "my knees feel ninety",
        "back in my thirties I ran marathons",
        "she lived to a hundred and three",
        "I'm a father of two",
        "almost ten",
        "my mattress must be fifteen years old",
        "I'm eight stretches in",
    ],
)
def test_numbers_that_are_no_age(text: str) -> None:
    assert read_age(text) is None


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("for about six weeks now", 42),
        ("an hour and a half", 1.5 / 24),
        ("half an hour ago", 0.5 / 24),
        ("two to three weeks", 17.5),
        ("a year or two", 547.5),
        ("thirty odd years", 30 * 365),
        ("I've had this for a couple of weeks and it got worse yesterday", 14),
        ("twenty four hours", 1),
        ("the last fortnight", 14),
        ("I picked up my little one two days ago", 2),
        ("six hours on a plane did it that was two days ago", 2),
        ("two years and three months", 820),
        ("two weeks no three weeks", 21),
        ("three quarters of an hour", 0.75 / 24),
        ("it's new only a day old", 1),
        ("a two week history of pain", 14),
        ("2-3 wks", 17.5),
        ("one day", 1),
    ],
)
def test_ways_of_saying_how_long(text: str, days: float) -> None:
    reading = read_duration(text)
    assert reading is not None
    assert reading.value == pytest.approx(days, rel=0.01)


@pytest.mark.parametrize(
    "text",
    [
        "every three days",
        "four times a week",
        "five years old",
        "wait a minute",
        "in two weeks I fly",
        "I sit for nine hours at a desk",
        "I used to nurse for ten years",
        "I can stand about half an hour",
        "a fifteen minute session",
        "a month's supply",
        "five days a week",
        "one day I bent over",
        "how long should I rest, a week",
        "I took a tablet two hours ago",
        "my appointment's on Wednesday",
    ],
)
def test_times_that_are_no_duration(text: str) -> None:
    assert read_duration(text) is None


def test_since_a_weekday_is_within_a_week_and_less_sure() -> None:
    reading = read_duration("it's hurt since Tuesday")
    assert reading is not None
    assert 1 <= reading.value <= 7
    assert reading.confidence < 0.7


def test_held_out_numbers() -> None:
    found = [(read_number(text), wanted) for text, wanted in rows("numbers.tsv")]
    assert (
        share([w == "none" if r is None else w != "none" and r.value == float(w) for r, w in found])
        >= 0.97
    )


def test_held_out_ages() -> None:
    found = [(read_age(text), wanted) for text, wanted in rows("ages.tsv")]
    assert share([w == ("none" if r is None else str(r.value)) for r, w in found]) >= 0.97


def test_held_out_durations() -> None:
    right = []
    for text, least, *most in rows("durations.tsv"):
        reading = read_duration(text)
        if least == "none" or reading is None:
            right.append((least == "none") == (reading is None))
        else:
            right.append(float(least) * 0.98 <= reading.value <= float(most[0]) * 1.02)
    assert share(right) >= 0.97


@given(st.text())
def test_any_text_is_read_the_same_twice(text: str) -> None:
    for read in (read_number, read_age, read_duration):
        reading = read(text)
        assert reading == read(text)
        if reading is not None:
            assert 0.0 < reading.confidence <= 1.0
            assert reading.value >= 0
            assert 0 <= reading.span[0] < reading.span[1] <= len(tokens(text))


_WORDS = st.sampled_from(
    "one two twenty five hundred and a half point to or few couple dozen years old weeks i'm in my "
    "sixties since for ago once times every thousand no that 42 4.5 last monday".split()
)


@given(st.lists(_WORDS, max_size=12))
def test_any_run_of_number_words_is_read(words: list[str]) -> None:
    text = " ".join(words)
    for reading in (read_number(text), read_age(text), read_duration(text)):
        assert reading is None or reading.value >= 0
