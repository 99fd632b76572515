"""Language models: what is counted, smoothed, mixed, pruned and written is a distribution still."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import BrokenModelError
from models.graph.build import frequency_model, mixture, numbered
from models.graph.counts import Text, estimate, perplexity
from models.graph.fst import from_arcs
from models.graph.grammar import from_fst, to_fst
from models.graph.ngram import END, START, NgramModel, mix
from models.graph.pruning import prune, size_of

SENTENCES = [
    line.split()
    for line in (
        "my back hurts",
        "my back hurts when i bend",
        "my leg hurts",
        "does my back need rest",
        "my neck is stiff",
        "is it bad when my neck cracks",
        "when i bend my back cracks",
    )
]
WORDS = numbered([word for sentence in SENTENCES for word in sentence] + ["banana"])


def model_of(sentences: Sequence[Sequence[str]] = SENTENCES) -> NgramModel:
    return estimate(Text.of(sentences, WORDS), WORDS)


def distribution(model: NgramModel, *history: str) -> dict[str, float]:
    """Every word's probability after a history."""
    before = np.tile([model.number(word) for word in history], (len(model.words), 1))
    rows = np.concatenate([before, np.arange(len(model.words))[:, None]], axis=1).astype(np.int64)
    return dict(zip(model.words, np.exp(model.score(rows)).tolist(), strict=True))


HISTORIES = [(), ("my",), (START,), ("my", "back"), (START, "my"), ("banana",), ("banana", "my")]


@pytest.mark.parametrize("history", HISTORIES)
def test_probabilities_sum_to_one(history: tuple[str, ...]) -> None:
    first, second = model_of(), model_of([["banana", "hurts"], ["my", "back"]])
    for model in (first, mix([first, second], [0.7, 0.3]), prune(first, 700)):
        chances = distribution(model, *history)
        assert sum(chances.values()) == pytest.approx(1, abs=1e-9)
        assert chances[START] == 0
        assert all(chance > 0 for word, chance in chances.items() if word != START)


def test_what_was_seen_is_likelier() -> None:
    after_my = distribution(model_of(), "my")
    assert after_my["back"] > after_my["neck"] > after_my["bend"] > 0
    assert distribution(model_of(), "my", "back")["hurts"] > after_my["hurts"]


def test_kneser_ney_counts_different_neighbours_and_not_times() -> None:
    # "francisco" is frequent but follows one word only; "glass" follows three.
    said = [["san", "francisco"]] * 9 + [["a", "glass"], ["my", "glass"], ["the", "glass"]]
    words = numbered([word for sentence in said for word in sentence])
    chances = distribution(estimate(Text.of(said, words), words))
    assert chances["glass"] > chances["francisco"]


def test_a_prior_divides_what_is_left() -> None:
    prior = np.ones(len(WORDS))
    prior[WORDS.index("banana")] = 100
    text = Text.of(SENTENCES, WORDS)
    assert (
        distribution(estimate(text, WORDS, prior=prior))["banana"]
        > 5 * distribution(estimate(text, WORDS))["banana"]
    )


def test_a_mixture_is_the_weighted_sum() -> None:
    first, second = model_of(), model_of([["banana", "hurts"]])
    mixed = mix([first, second], [0.25, 0.75])
    for history in HISTORIES:
        got = distribution(mixed, *history)
        for word, chance in got.items():
            # Exact where the n-gram stands in either; what neither has comes from shorter ones.
            if word in ("hurts", "back", "banana") and history in ((), ("my",), ("banana",)):
                parts = [distribution(model, *history)[word] for model in (first, second)]
                seen = history == () or (history == ("my",) and word == "back")
                seen = seen or (history == ("banana",) and word == "hurts")
                if seen:
                    assert chance == pytest.approx(0.25 * parts[0] + 0.75 * parts[1])


def test_models_that_do_not_fit_are_not_mixed() -> None:
    other = estimate(Text.of([["else"]], numbered(["else"])), numbered(["else"]))
    with pytest.raises(ValueError, match="vocabularies"):
        mix([model_of(), other], [0.5, 0.5])
    with pytest.raises(ValueError, match="sum to one"):
        mix([model_of(), model_of()], [0.5, 0.6])


def test_perplexity_counts_ends_and_leaves_out_unknown_words() -> None:
    uniform = frequency_model(dict.fromkeys(WORDS, 1.0), WORDS)
    value, counted, unknown = perplexity(uniform, [["my", "zebra", "hurts"]])
    assert (counted, unknown) == (3, 1)
    inner = (len(WORDS) - 2) / 0.9
    assert value == pytest.approx(math.exp((2 * math.log(inner) + math.log(10)) / 3), rel=0.02)


def test_a_mixture_fits_what_it_was_made_for() -> None:
    general, domain = model_of(SENTENCES[:3]), model_of(SENTENCES[3:])
    mixed = mixture([general, domain], [1, 1])
    for part in (SENTENCES[:3], SENTENCES[3:]):
        worse = max(perplexity(general, part)[0], perplexity(domain, part)[0])
        assert perplexity(mixed, part)[0] < worse


def test_pruning_keeps_to_a_size_and_drops_what_matters_least() -> None:
    model = model_of(SENTENCES * 3 + [["my", "back", "hurts"]] * 50)
    small = prune(model, 1000)
    assert size_of(small) <= 1000 < size_of(model)
    assert len(small.levels[0]) == len(model.levels[0])
    number = model.number
    assert small.find(np.array([[number("my"), number("back")]])) >= 0
    loss = perplexity(small, SENTENCES)[0] / perplexity(model, SENTENCES)[0]
    assert 1 <= loss < 3
    assert prune(model, 10**6) is model


def test_a_grammar_is_read_back_as_it_was_written() -> None:
    model = prune(model_of(), 1200)
    labels = np.arange(len(WORDS)) + 5
    fst = to_fst(model, labels, (99, 0))
    back = {int(label): number for number, label in enumerate(labels)}
    again = from_fst(fst, WORDS, back, 99)
    for history in HISTORIES:
        first, second = distribution(model, *history), distribution(again, *history)
        assert second == pytest.approx(first, abs=1e-6)


def test_a_transducer_that_is_no_back_off_model_is_named() -> None:
    final = np.zeros(2, np.float32)
    loose = from_arcs(0, final, [0, 1], [1, 1], [1, 1], [0.0, 0.0], [1, 0], by_output=False)
    with pytest.raises(BrokenModelError, match="no single empty history"):
        from_fst(loose, (START, END, "a"), {1: 2}, 9)
    double = from_arcs(0, final, [0, 0], [9, 9], [0, 0], [0.0, 0.0], [1, 1], by_output=False)
    with pytest.raises(BrokenModelError, match="two shorter"):
        from_fst(double, (START, END, "a"), {1: 2}, 9)


SENTENCE = st.lists(st.sampled_from(["a", "b", "c", "d"]), min_size=1, max_size=6)


@settings(max_examples=40, deadline=None)
@given(st.lists(SENTENCE, min_size=1, max_size=12), st.lists(SENTENCE, min_size=1, max_size=4))
def test_any_texts_make_a_distribution(first: list[list[str]], second: list[list[str]]) -> None:
    words = numbered(["a", "b", "c", "d", "e"])
    models = [estimate(Text.of(text, words), words) for text in (first, second)]
    mixed = mix(models, [0.6, 0.4])
    for history in ((), ("a",), (START, "b"), ("c", "d")):
        assert sum(distribution(mixed, *history).values()) == pytest.approx(1, abs=1e-3)
