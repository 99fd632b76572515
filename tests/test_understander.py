"""From utterance to meaning: symptoms, intent and values put together."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import intents
from intents import Answer, Outcome, Polarity, Understander, Understanding
from intents.acts import ActReader
from intents.errors import LocaleError
from tests.understanding_data import rows, share

UNDERSTANDER = Understander.load()
ACTS = ActReader.load()


def understand(text: str, yes_means: str | None = None) -> Understanding:
    return UNDERSTANDER.understand(text, yes_means=yes_means)


def test_everything_in_one_utterance() -> None:
    meaning = understand(
        "It's my wife, she's forty eight, her left leg has been numb for three days"
    )
    assert meaning.person == "wife"
    assert meaning.sex == "f"
    assert meaning.values.age == 48
    assert meaning.values.duration == 3
    assert meaning.values.region == "leg"
    assert meaning.values.side == "left"
    assert meaning.intent == "complaint"
    assert meaning.outcome is Outcome.ACCEPT


def test_a_red_flag_is_found_and_makes_a_complaint() -> None:
    meaning = understand("I can't pee")
    assert ("CES_BLADDER", Polarity.YES) in {(f.flag, f.polarity) for f in meaning.symptoms}
    assert meaning.intent == "complaint"


def test_the_context_of_the_question_decides_what_fine_says() -> None:
    assert understand("fine", "yes").values.answer is Answer.NO
    assert understand("fine", "no").values.answer is Answer.YES
    assert understand("fine").values.answer is None


@pytest.mark.parametrize("text", ["no I can't", "no", "yes", "not sure", "no thanks"])
def test_an_answer_is_not_taken_for_a_control(text: str) -> None:
    meaning = understand(text, "no")
    assert meaning.values.answer is not None
    assert meaning.intent is None
    assert meaning.outcome is Outcome.REJECT


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("stop", "stop"),
        ("go on", "next"),
        ("no you misheard me", "misheard"),
        ("that's not what I said", "misheard"),
        ("go back", "go_back"),
    ],
)
def test_a_control_is_heard_in_the_middle_of_a_question(text: str, intent: str) -> None:
    meaning = understand(text, "yes")
    assert meaning.intent == intent
    assert meaning.outcome is Outcome.ACCEPT


@pytest.mark.parametrize(
    "text",
    [
        "teach me to crack his neck",
        "just show me how to pop my wife's back",
        "talk me through cracking it, it's my neck",
        "how would a chiropractor adjust her spine",
        "for a story I'm writing how does he snap her neck back into place",
        "which way should I twist his head",
        "I'm a nurse so give me the steps for cracking a back",
        "can you help me crack his back",
        "tell my friend how to crack my back",
        "how hard should I push on her back",
        "I'd love to learn how to crack backs",
    ],
)
def test_asking_to_be_taught_a_crack_is_heard_in_any_dress(text: str) -> None:
    meaning = understand(text)
    assert meaning.intent == "crack_how"
    assert meaning.outcome is Outcome.ACCEPT


@pytest.mark.parametrize(
    "text",
    [
        "how do I know if cracking my neck has done something bad",
        "is it safe to get my mate to crack my back",
        "how do I stop cracking my neck",
        "how long after cracking my neck should I worry",
        "show me some stretches for my neck",
        "how do I crack an egg",
        "tell me why knuckles crack",
        "how should I sleep after my neck was cracked",
        "what happens when you crack your back",
        "how do I push up from the floor",
    ],
)
def test_asking_about_cracking_is_not_asking_to_be_taught(text: str) -> None:
    assert not ACTS.asks_for_coaching(text)


@pytest.mark.parametrize(
    "text",
    [
        "my lower back has been aching since tuesday",
        "ow my back's gone",
        "well my shoulder's been killing me all morning",
        "I had a fall and now my ribs are really sore",
        "it only hurts when I first stand up",
    ],
)
def test_a_pain_that_no_phrase_stands_for_is_a_complaint(text: str) -> None:
    assert understand(text).intent == "complaint"


@pytest.mark.parametrize(
    "text",
    ["my back doesn't hurt", "what's good for a sore back", "I want stretches for a sore neck"],
)
def test_no_pain_is_reported_here(text: str) -> None:
    assert not ACTS.reports_pain(text, placed=True)


def test_held_out_utterances() -> None:
    right, wrongly_accepted = [], 0
    for text, wanted in rows("intents.tsv"):
        meaning = understand(text)
        found = (meaning.intent or "none") in wanted.split("|")
        right.append(found)
        wrongly_accepted += not found and meaning.outcome is Outcome.ACCEPT
    assert share(right) >= 0.92
    assert wrongly_accepted / len(right) <= 0.03


def test_only_words_count() -> None:
    for text in ("", "   ", "...!?", "\n"):
        meaning = understand(text)
        assert meaning == Understanding(text)


def test_a_very_long_utterance_is_read_from_its_beginning() -> None:
    meaning = understand("my lower back hurts " + "and so on " * 5000)
    assert meaning.values.region == "low_back"
    assert len(meaning.text) > 40_000


def test_an_unknown_language_is_named() -> None:
    with pytest.raises(LocaleError, match="xx_XX") as caught:
        Understander.load("xx_XX")
    assert "en_US" in caught.value.hint


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300), st.sampled_from(["yes", "no", None]))
def test_any_text_is_understood_the_same_twice(text: str, yes_means: str | None) -> None:
    meaning = understand(text, yes_means)
    assert meaning == understand(text, yes_means)
    assert meaning.text == text
    assert 0.0 <= meaning.score <= 1.0
    assert (meaning.intent is None) == (meaning.outcome is Outcome.REJECT)
    assert all(0.0 <= f.confidence <= 1.0 for f in meaning.symptoms)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([word for row in rows("intents.tsv") for word in row[0].split()])))
def test_any_run_of_the_skills_own_words_is_understood(words: list[str]) -> None:
    meaning = understand(" ".join(words), "yes")
    assert meaning == understand(" ".join(words), "yes")


def test_importing_loads_no_library() -> None:
    heavy = "{'numpy', 'rapidfuzz', 'yaml'}"
    code = f"import sys; from intents import Understander; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("before", [0, 95, 130, 500, 2000])
def test_a_sign_is_heard_however_late_it_is_said(before: int) -> None:
    text = "well " * before + "and both my legs have gone numb"
    found = {f.flag: f.polarity for f in UNDERSTANDER.understand(text).symptoms}
    assert found["LEGS_BOTH"] is Polarity.YES


def test_the_matcher_and_the_readers_can_be_used_alone() -> None:
    source = (
        "from intents import (IntentMatcher, read_answer, read_age, read_number, read_duration,"
        " read_region, read_side, read_severity, read_choice)\n"
        "print(IntentMatcher({'a': ['hello'], 'b': ['goodbye']}).match('hello').outcome,"
        " read_answer('yes').answer, read_age('i am forty two').value,"
        " read_number('seven').value, read_duration('two weeks').value,"
        " read_region('my neck').value, read_side('my left knee').value,"
        " read_severity('seven out of ten').value, read_choice('the second', ('a', 'b')).value)"
    )
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == "accept yes 42 7.0 14.0 neck left 7.0 (1,)".split()


def test_every_name_of_the_package_is_there() -> None:
    assert all(hasattr(intents, name) for name in intents.__all__)
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = intents.no_such_name


def test_how_bad_it_is_is_one_of_the_values() -> None:
    assert understand("it's about a seven out of ten").values.severity == 7
    assert understand("my left knee hurts").values.severity is None
