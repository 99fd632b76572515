"""Hints: what the learned model adds where no rule spoke, never surer than a rule."""

import pytest

from intents.classifier import FlagClassifier
from intents.hints import LEARNED, LEAST_CHANCE, MOST_SURE, hints
from intents.negation import Scopes
from intents.symptoms import SymptomSpotter
from intents.understander import MIN_FINDING
from intents.understanding import Finding, Polarity
from tests.small_language import SAYINGS, lexicon

LEXICON = lexicon()
MODEL = FlagClassifier.fitted(SAYINGS, LEXICON)


def hinted(text: str, *known: str) -> dict[str, Finding]:
    chart = LEXICON.chart(text)
    return {f.flag: f for f in hints(MODEL, chart, Scopes(chart), known)}


def test_a_hint_says_that_it_is_one() -> None:
    (found,) = hinted("my toe has gone dead today").values()
    assert (found.flag, found.polarity, found.scopes) == ("NUMB", Polarity.YES, (LEARNED,))
    assert "dead" in found.evidence


@pytest.mark.parametrize("text", [text for text, _ in SAYINGS])
def test_a_hint_is_never_as_sure_as_a_rule(text: str) -> None:
    for found in hinted(text).values():
        assert found.confidence + 0.001 >= LEAST_CHANCE * MOST_SURE
        assert found.confidence <= MOST_SURE
    assert MIN_FINDING <= MOST_SURE < 0.6


def test_what_a_rule_has_judged_is_left_alone() -> None:
    assert hinted("my toe has gone dead today", "NUMB") == {}


@pytest.mark.parametrize(
    "text",
    ["no my toe has not gone dead", "imagine my toe has gone dead", "my foot is not numb"],
)
def test_what_is_denied_or_only_supposed_gives_no_hint(text: str) -> None:
    assert "NUMB" not in hinted(text)


def test_a_doubt_stays_a_doubt() -> None:
    found = hinted("not sure if my toe has gone dead")
    assert [f.polarity for f in found.values()] == [Polarity.UNSURE]


@pytest.mark.parametrize("text", ["", "numb", "my numb foot", "put the kettle on now"])
def test_too_few_words_or_other_ones_give_no_hint(text: str) -> None:
    assert hinted(text) == {}


def test_a_rule_goes_first_and_a_denial_silences_the_model() -> None:
    flags = {"FEVER": {"kind": "state", "signs": {"hot": "{hot}"}}}
    spotter = SymptomSpotter(lexicon(), flags, MODEL)
    assert [f.scopes for f in spotter.spot("i have a fever")] == [()]
    (denied,) = spotter.spot("i have no fever")
    assert denied.polarity is Polarity.NO
