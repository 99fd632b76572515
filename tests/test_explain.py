"""Why an utterance was understood as it was: the words behind the intent, the flags, the values."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intents import Polarity, Understander
from intents.acts import ActReader
from intents.classifier import FlagClassifier
from intents.explain import CUES, By, Cue, Explanation, Flag, Idea, Kind, explain
from intents.lexicon import Lexicon
from intents.symptoms import SymptomSpotter

UNDERSTANDER = Understander.load()
WORDS = (
    "no not if maybe my your wife numb foot legs pee can't fever was is gone years ago for"
    " seven out of ten left knee weak but what"
).split()


def why(text: str, yes_means: str | None = None) -> Explanation:
    return explain(UNDERSTANDER, text, yes_means=yes_means)


def flag_of(text: str, name: str) -> Flag:
    return next(flag for flag in why(text).flags if flag.finding.flag == name)


def test_the_nearest_intents_come_best_first_each_with_a_phrase() -> None:
    found = why("should i crack my neck").nearest
    assert len({candidate.intent for candidate in found}) == len(found) == 3
    assert [c.score for c in found] == sorted((c.score for c in found), reverse=True)
    assert found[0].phrase == "should i crack my neck"


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("tell me that again", By.PHRASES),
        ("my left foot has gone dead", By.RULE),
        ("no i can't", By.ANSWER),
        ("the parliament sat late on thursday", By.NOTHING),
    ],
)
def test_what_settled_the_intent(text: str, by: By) -> None:
    assert why(text).by is by


def test_the_ideas_behind_a_flag_and_their_words() -> None:
    flag = flag_of("no fever but my left foot has gone dead", "LEG_ONE")
    assert not flag.learned
    assert Idea("numb", "gone dead") in flag.ideas
    assert flag.cues == ()  # the denial is of the fever


@pytest.mark.parametrize(
    ("text", "name", "polarity", "cue"),
    [
        ("my leg is not weak", "LEG_WEAK", Polarity.NO, Cue(Kind.DENIAL, "not")),
        ("no fever at all", "FEVER", Polarity.NO, Cue(Kind.DENIAL, "no")),
        ("i might have a fever", "FEVER", Polarity.UNSURE, Cue(Kind.DOUBT, "might have")),
        (
            "is it a problem if my bum is numb",
            "CES_SADDLE",
            Polarity.UNSURE,
            Cue(Kind.QUESTION, "if"),
        ),
        (
            "my leg was weak for a day but it went away",
            "LEG_WEAK",
            Polarity.UNSURE,
            Cue(Kind.PAST, "went away"),
        ),
        ("your legs are weak", "LEGS_BOTH", Polarity.UNSURE, Cue(Kind.PERSON, "your")),
        ("my hands have been tingling for years", "HANDS_CORD", None, Cue(Kind.LONG, "for years")),
    ],
)
def test_the_cues_that_bear_on_a_flag(
    text: str, name: str, polarity: Polarity | None, cue: Cue
) -> None:
    flag = flag_of(text, name)
    assert polarity in (None, flag.finding.polarity)
    assert flag.cues == (cue,)


def test_a_flag_that_is_said_twice_is_explained_where_it_counts() -> None:
    flag = flag_of("no fever on monday but since then a fever", "FEVER")
    assert flag.finding.polarity is Polarity.YES
    assert flag.cues == ()


def test_a_flag_far_into_a_long_story_is_explained_too() -> None:
    story = "and then we walked along the river to see the boats " * 12
    flag = flag_of(f"{story} my left foot has gone dead {story}", "LEG_ONE")
    assert Idea("numb", "gone dead") in flag.ideas


def test_what_the_model_found_is_marked() -> None:
    # No rule of this spotter: all that it finds is learned.
    lexicon = Lexicon.load()
    sayings = [(f"the {place} is all fizzy and odd", "LEG_ONE") for place in ("toe", "heel")]
    sayings += [(f"the {thing} was nice today", "none") for thing in ("tea", "weather")]
    lexicon.ready()
    rules = {"LEG_ONE": {"kind": "state", "signs": {"x": "xylophone"}}}
    spotter = SymptomSpotter(lexicon, rules, FlagClassifier.fitted(sayings, lexicon))
    learner = Understander(UNDERSTANDER.matcher, spotter, ActReader.load(), "en_US")
    (flag,) = explain(learner, "my toe is all fizzy and odd").flags
    assert flag.learned
    assert "fizzy" in flag.finding.evidence


def test_each_value_comes_with_its_words() -> None:
    said = {v.name: v for v in why("it's a seven out of ten in my left knee for two weeks").values}
    assert (said["severity"].value, said["severity"].words) == (7, "seven out of ten")
    assert said["region"].words == "my left knee"
    assert (said["duration"].value, said["duration"].words) == (14, "two weeks")
    assert "left" in said["side"].words
    assert "age" not in said


def test_the_question_before_is_taken_into_account() -> None:
    for yes_means, answer in (("no", "yes"), ("yes", "no")):
        said = {v.name: v.value for v in why("fine", yes_means).values}
        assert said["answer"] == answer


def test_every_cue_is_a_concept_of_the_lexicon() -> None:
    known = {c for group in Lexicon.load().groups.values() for c in group}
    assert {concept for concepts in CUES.values() for concept in concepts} <= known


@pytest.mark.parametrize("text", ["", "?!", "um"])
def test_nothing_said_is_nothing_to_explain(text: str) -> None:
    found = why(text)
    assert (found.by, found.flags, found.nearest) == (By.NOTHING, (), ())


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=16).map(" ".join))
def test_an_explanation_agrees_with_the_understanding(text: str) -> None:
    found = why(text)
    assert found.meaning == UNDERSTANDER.understand(text)
    assert tuple(flag.finding for flag in found.flags) == found.meaning.symptoms
    for flag in found.flags:
        for words in (*(i.words for i in flag.ideas), *(c.words for c in flag.cues)):
            assert words in text
    for value in found.values:
        assert getattr(found.meaning.values, value.name) == value.value
        assert value.words in text
