"""The intent matcher and the phrases it learns from."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intents import corpus as corpus_module
from intents.corpus import Corpus, available_locales, load_corpus, load_table
from intents.errors import LocaleError
from intents.matcher import IntentMatcher
from intents.phrases import load_matcher
from intents.text import normalize
from intents.understanding import Outcome
from tests.understanding_data import rows, share

TOPICS = (
    "crack_someone friend_crack pop_sound crack_again arthritis self_crack feels_good sore_after "
    "neck_stroke neck_signs walk_on_back chiropractor professional_risk never_cracked "
    "slipped_disc how_long bed_rest heat_ice painkiller scan when_to_see cauda_equina sciatica "
    "cracks_itself kidneys foam_roller roll_low_back best_exercise hurts_to_exercise sleep "
    "lifting posture thin_bones pregnancy child night_sweats stuck_floor"
).split(" ")
CONTROLS = (
    "repeat stop help goodbye start_over misheard why how_many go_back next skip slower faster "
    "thanks greeting who_are_you emergency_number what_to_tell forget_me no_phone"
).split(" ")
REQUESTS = ["crack_how", "complaint", "exercise_request"]


@pytest.fixture(scope="module")
def matcher() -> IntentMatcher:
    return load_matcher()


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return load_corpus()


# -- the phrases -------------------------------------------------------------------------------


def test_the_intents_are_those_agreed(corpus: Corpus) -> None:
    assert corpus.intents[:37] == tuple(f"topic.{topic}" for topic in TOPICS)
    assert set(corpus.intents[37:]) == {*REQUESTS, *CONTROLS}
    assert corpus.controls == set(CONTROLS)


def test_every_intent_has_phrases_enough_in_spoken_form(corpus: Corpus) -> None:
    for intent, phrases in corpus.phrases.items():
        assert len(phrases) >= 12, intent
        for phrase in phrases:
            assert not re.search(r"\d", phrase), phrase
            assert phrase == normalize(phrase)


def test_no_phrase_is_nearer_to_another_intent(corpus: Corpus, matcher: IntentMatcher) -> None:
    for intent, phrases in corpus.phrases.items():
        for phrase in phrases:
            match = matcher.match(phrase)
            assert match.candidates[0].intent == intent, phrase
            assert match.candidates[0].score == 1.0
            assert match.outcome is Outcome.ACCEPT, phrase


def test_phrases_are_not_the_openers_that_triage_is_tested_with(
    corpus: Corpus, shared_dir: Path
) -> None:
    vignettes = (shared_dir / "clinical" / "vignettes.jsonl").read_text(encoding="utf-8")
    spoken = normalize(vignettes)
    for phrase in corpus.phrases["complaint"]:
        assert len(phrase.split()) < 6 or phrase not in spoken, phrase


@pytest.fixture
def own_locale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A language of the test's own, in a folder that it may spoil."""
    folder = tmp_path / "xx"
    folder.mkdir()
    monkeypatch.setattr(corpus_module, "_ROOT", tmp_path)
    (folder / "topics.yaml").write_text("topic.one:\n  - how does this go\n")
    (folder / "requests.yaml").write_text("crack_how:\n  - how do I crack it\n")
    (folder / "controls.yaml").write_text("stop:\n  - stop\n  - no\n")
    return folder


def test_a_language_is_a_folder_of_files(own_locale: Path) -> None:
    assert available_locales() == ("xx",)
    corpus = load_corpus.__wrapped__("xx")
    assert corpus.phrases["stop"] == ("stop", "no")  # YAML's "no" is the word
    assert corpus.controls == {"stop"}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("topics", "topic.one:\n  - [unclosed\n", "not valid YAML"),
        ("topics", "- just a list\n", "not a mapping"),
        ("topics", "topic.one:\n", "not one list"),
        ("topics", "topic.one:\n  - '...'\n", "is empty"),
        ("topics", "stop:\n  - halt\n", "not one list"),
        ("requests", "crack_how:\n  - How does this go?\n", "also in topic.one"),
        ("controls", "stop: \udcff\n", "not valid YAML"),
    ],
)
def test_a_broken_file_is_named(own_locale: Path, name: str, text: str, message: str) -> None:
    (own_locale / f"{name}.yaml").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(LocaleError, match=message) as caught:
        load_corpus.__wrapped__("xx")
    assert caught.value.hint


def test_a_missing_language_or_file_is_named(own_locale: Path) -> None:
    with pytest.raises(LocaleError, match="'de_DE'") as caught:
        load_table("de_DE", "topics")
    assert "xx" in caught.value.hint
    with pytest.raises(LocaleError, match="cannot be read"):
        load_table("xx", "nothing")
    with pytest.raises(LocaleError):
        load_table("../locale/xx", "topics")


# -- matching ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "intents"),
    [
        (
            "is it safe to get my mate to crack my back?",
            {"topic.friend_crack", "topic.crack_someone"},
        ),
        ("teach me to crack his neck", {"crack_how"}),
        ("just tell me how hard to push", {"crack_how"}),
        ("talk me through adjusting her spine", {"crack_how"}),
        ("what makes the pop", {"topic.pop_sound"}),
        ("I can't reach a phone", {"no_phone"}),
    ],
)
def test_the_utterances_that_everything_else_relies_on(
    matcher: IntentMatcher, text: str, intents: set[str]
) -> None:
    match = matcher.match(text)
    assert match.candidates[0].intent in intents
    assert match.outcome is Outcome.ACCEPT


def unseen(corpus: Corpus) -> list[list[str]]:
    """Return the held-out rows that are not word for word a phrase."""
    known = {phrase for phrases in corpus.phrases.values() for phrase in phrases}
    return [row for row in rows("intents.tsv") if normalize(row[0]) not in known]


def test_held_out_utterances(matcher: IntentMatcher, corpus: Corpus) -> None:
    known = [row for row in unseen(corpus) if row[1] != "none"]
    matches = [(matcher.match(text), wanted.split("|")) for text, wanted in known]
    assert len(known) > 150
    assert share([m.candidates[0].intent in wanted for m, wanted in matches]) >= 0.95
    accepted = [(m, wanted) for m, wanted in matches if m.outcome is Outcome.ACCEPT]
    assert len(accepted) / len(known) >= 0.8
    assert share([m.candidates[0].intent in wanted for m, wanted in accepted]) >= 0.97


def test_held_out_utterances_out_of_scope(matcher: IntentMatcher, corpus: Corpus) -> None:
    strange = [matcher.match(text) for text, wanted in unseen(corpus) if wanted == "none"]
    assert share([m.outcome is Outcome.ACCEPT for m in strange]) <= 0.12
    assert share([m.outcome is Outcome.REJECT for m in strange]) >= 0.6


@pytest.mark.parametrize(
    ("heard", "intent"),
    [
        ("can i use a phone roller on my upper back", "topic.foam_roller"),
        ("what is siatica", "topic.sciatica"),
        ("should i use heet or ice", "topic.heat_ice"),
        ("repeet that", "repeat"),
        ("um what uh makes er the pop", "topic.pop_sound"),
    ],
)
def test_a_misheard_word_does_not_change_the_intent(
    matcher: IntentMatcher, heard: str, intent: str
) -> None:
    assert matcher.match(heard).candidates[0].intent == intent


def test_a_near_tie_is_not_accepted() -> None:
    phrases = {"left": ["turn to the left side"], "right": ["turn to the right side"]}
    match = IntentMatcher(phrases).match("turn to the other side")
    assert match.outcome is not Outcome.ACCEPT
    assert match.candidates[0].score == pytest.approx(match.candidates[1].score, abs=0.1)


@pytest.mark.parametrize("text", ["", "  ", "...", "um", "[unk]"])
def test_nothing_said_is_rejected(matcher: IntentMatcher, text: str) -> None:
    match = matcher.match(text)
    assert match.outcome is Outcome.REJECT
    assert match.candidates == ()


@pytest.mark.parametrize(
    "phrases", [{"one": ["a"]}, {"one": ["a", "b", "c", "d", "e"], "two": ["a b"]}]
)
def test_a_small_index_works(phrases: Mapping[str, list[str]]) -> None:
    matcher = IntentMatcher(phrases)
    assert matcher.match("a").candidates[0].intent == "one"


def test_the_nearest_phrase_explains_the_match(matcher: IntentMatcher) -> None:
    best = matcher.match("could you please repeat that for me").candidates[0]
    assert best.intent == "repeat"
    assert "repeat" in best.phrase


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_any_text_has_the_same_scores_between_0_and_1(text: str) -> None:
    matcher = _SHARED
    match = matcher.match(text)
    assert match == matcher.match(text)
    scores = [c.score for c in match.candidates]
    assert scores == sorted(scores, reverse=True)
    assert all(0.0 <= score <= 1.0 for score in scores)


_SHARED = load_matcher()
