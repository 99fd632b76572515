"""Scope: how a sign is to be read, where the words around it deny, doubt or move it."""

import pytest

from intents.lexicon import Lexicon
from intents.negation import Reading, Scopes
from intents.patterns import Span

LEXICON = Lexicon.load()
LEXICON.ready()


def read(text: str, word: str) -> Reading:
    """Return the reading of one word of a text."""
    chart = LEXICON.chart(text)
    place = chart.pieces.index(word)
    span = Span("", place, place + 1, 1 << place, 0)
    return Scopes(chart).read(span, span.mask)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("no numbness", "numbness"),
        ("I have no pain, tingling or numbness", "numbness"),
        ("I haven't got a fever", "fever"),
        ("I've never had cancer", "cancer"),
        ("it isn't numb", "numb"),
        ("without any numbness", "numbness"),
        ("my legs are not numb", "numb"),
        ("neither leg is numb", "numb"),
        ("nothing numb or tingling", "tingling"),
        ("I can't feel any numbness", "numbness"),
        ("there's no sign of fever", "fever"),
        ("the doctor ruled out cancer", "cancer"),
        ("I don't have chills or fever", "fever"),
    ],
)
def test_denied(text: str, word: str) -> None:
    assert read(text, word).denied_by >= 0


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("no pain but it's numb", "numb"),
        ("no pain except when it goes numb", "numb"),
        ("no pain apart from the numbness", "numbness"),
        ("no my leg is numb", "numb"),
        ("No, it's numb.", "numb"),
        ("not only numb but weak", "numb"),
        ("not sure, it's numb", "numb"),
        ("I can't walk because it's numb", "numb"),
        ("I don't know why it's numb", "numb"),
        ("I can't sleep with the numbness", "numbness"),
        ("not pain exactly more numb", "numb"),
        ("no fever and my leg is numb", "numb"),
        ("it never stops it's numb", "numb"),
        ("without warning it went numb", "numb"),
        ("no doubt about it it's numb", "numb"),
        ("I haven't slept and my foot is numb", "numb"),
        ("No pain. Numb though.", "numb"),
    ],
)
def test_not_denied(text: str, word: str) -> None:
    assert read(text, word).denied_by < 0


@pytest.mark.parametrize(
    "text",
    [
        "I'm not sure if it's numb",
        "it might be numb",
        "maybe it's numb",
        "I can't tell if it's numb",
        "I don't think it's numb",
        "it could be numb",
        "it's numb I'm not sure",
        "do I have a numb leg",
    ],
)
def test_doubted(text: str) -> None:
    assert read(text, "numb").doubted


@pytest.mark.parametrize("text", ["I'm not sure why it's numb", "I think it's numb", "it's numb"])
def test_not_doubted(text: str) -> None:
    assert not read(text, "numb").doubted


@pytest.mark.parametrize(
    "text",
    [
        "what if my legs go numb",
        "what happens if I go numb",
        "can cracking cause numb legs",
        "could it make you numb",
        "if it goes numb what should I do",
        "what are the signs of numb feet",
        "tell me about numb feet",
        "how would I know if I was numb",
        "I'm worried it might go numb",
        "why do people go numb",
        "my leaflet says to call if I go numb",
        "are numb legs dangerous",
        "will I end up numb",
        "can you go numb from it",
    ],
)
def test_supposed(text: str) -> None:
    assert read(text, "numb").supposed


@pytest.mark.parametrize(
    "text",
    [
        "should I worry that my legs are numb",
        "why is my leg numb",
        "what should I do my legs are numb",
        "can you help me my legs are numb",
        "is it normal that I'm numb",
        "it's like my leg is numb",
        "what does it mean because my leg is numb",
        "if I sit down my leg goes numb",
        "I heard a crack and my leg is numb",
        "when I sit my leg is numb",
        "can't walk my leg is numb",
    ],
)
def test_not_supposed(text: str) -> None:
    assert not read(text, "numb").supposed


def test_time() -> None:
    assert read("I had a fever ten years ago", "fever").remote
    assert read("I used to have a fever as a child", "fever").remote
    assert not read("I had a fever two days ago", "fever").remote
    assert not read("I broke it years ago and yesterday I had a fever", "fever").remote
    assert read("it went numb but it's fine now", "numb").over
    assert read("it was numb for a minute", "numb").over
    assert not read("it's numb now", "numb").over
    assert read("it's been numb for years", "numb").long_standing
    assert not read("it's been numb for a day", "numb").long_standing


def test_person() -> None:
    assert read("my mum had cancer", "cancer").other
    assert not read("I had cancer", "cancer").other
    assert not read("my mum's back hurts and she had cancer", "cancer").other
    assert not read("my mum says I had cancer", "cancer").other
    assert read("my dog had a fever", "fever").animal
    assert not read("my dog knocked me over and I had a fever", "fever").animal
