"""Patterns over words and concepts, and the words that are read for others."""

import pytest

from intents.lexicon import Lexicon, sound
from intents.patterns import PatternError, Patterns, base_forms, pieces


def matched(pattern: str, text: str, *, concepts: dict[str, str] | None = None) -> list[str]:
    """Return the stretches of a text that a pattern matches; "the" is the only filler."""
    patterns = Patterns()
    for name, inner in (concepts or {}).items():
        patterns.add(name, inner)
    patterns.add("target", pattern)
    words = text.split()
    known = patterns.words
    keys = [
        [
            (key, False)
            for key in (word, *(base + "~" for base in (word, *base_forms(word))))
            if key in known
        ]
        for word in words
    ]
    ends = [n > 0 and words[n - 1] == "." for n in range(len(words))]
    spans = patterns.find(keys, [word == "the" for word in words], ends)
    return [" ".join(words[s.start : s.end]) for s in spans if s.concept == "target"]


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("numb", "it is numb", ["numb"]),
        ("lost control", "i lost the control of it", ["lost the control"]),
        ("lost control", "i lost all control", []),
        ("drag~", "it drags and dragged and is dragging", ["drags", "dragged", "dragging"]),
        ("(left|right) leg", "left leg and right leg", ["left leg", "right leg"]),
        ("(stop|start)~ now", "it started now", ["started now"]),
        ("[very] numb", "very numb", ["very numb", "numb"]),
        ("(the bad|good) leg", "the bad leg", ["the bad leg"]),
        ("numb ... leg", "numb in one leg", ["numb in one leg"]),
        ("numb ... leg", "numb in one bad old leg", []),
        ("numb ... leg", "numb . leg", []),
        ("can't feel", "i can not feel", ["can not feel"]),
        ("a (b|c (d|e)) f", "a c e f", ["a c e f"]),
    ],
)
def test_pattern(pattern: str, text: str, found: list[str]) -> None:
    assert sorted(matched(pattern, text)) == sorted(found)


def test_concepts_inside_patterns() -> None:
    concepts = {
        "leg": "leg, calf".split(",")[0],
        "pain": "(pain|ache)~",
        "leg_pain": "{leg} {pain}",
    }
    assert matched("bad {leg_pain}", "a bad leg ache", concepts=concepts) == ["bad leg ache"]
    assert matched("[bad] {leg}", "leg", concepts=concepts) == ["leg"]
    assert matched("{leg} ... {pain}", "leg with some pain", concepts=concepts) == [
        "leg with some pain"
    ]


@pytest.mark.parametrize("pattern", ["", "(a", "a)", "... a", "a ...", "a {b", "[a", "a | ", "{A}"])
def test_a_bad_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        Patterns().add("x", pattern)


def test_pieces_of_words() -> None:
    assert pieces("can't") == ("can", "not")
    assert pieces("cannot") == ("can", "not")
    assert pieces("mum's") == ("mum", "'s")
    assert pieces("it's") == ("it", "is")
    assert pieces("i'd") == ("i", "'d")
    assert pieces("back") == ("back",)


@pytest.mark.parametrize(
    ("word", "other"),
    [("speach", "speech"), ("druping", "drooping"), ("anurism", "aneurism"), ("nee", "knee")],
)
def test_words_that_sound_alike(word: str, other: str) -> None:
    assert sound(word) == sound(other)


def test_words_are_mended_to_the_lexicon() -> None:
    lexicon = Lexicon.load()
    assert "bladder" in lexicon.mend("bladdar")
    assert "speech" in lexicon.mend("speach")
    assert "numbness" in lexicon.mend("numbnes")
    assert lexicon.mend("cancel") == ()  # a word of its own
    assert lexicon.mend("pee") == ()  # too short
    assert lexicon.mend("x" * 500) == ()
