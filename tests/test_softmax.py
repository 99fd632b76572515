"""The softmax layer: probabilities, and weights that a plainer method finds as well."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from intents.similarity import Floats, Indexes
from intents.softmax import fit, softmax

Doubles = npt.NDArray[np.float64]

SMALL = settings(max_examples=50, deadline=None)


def kernel(points: Doubles) -> Floats:
    """Return a similarity from 0 to 1 of each point to each."""
    squares = ((points[:, None] - points[None, :]) ** 2).sum(axis=2)
    similarity: Floats = np.exp(-squares / 2).astype(np.float32)
    return similarity


def clouds(classes: int, each: int, spread: float, seed: int) -> tuple[Floats, Indexes]:
    """Return the similarities of points around the corners of a circle, and their classes."""
    turns = 2 * np.pi * np.arange(classes) / classes
    centres = 3 * np.stack([np.cos(turns), np.sin(turns)], axis=1)
    owner = np.repeat(np.arange(classes, dtype=np.intp), each)
    dice = np.random.default_rng(seed)
    return kernel(centres[owner] + dice.normal(scale=spread, size=(len(owner), 2))), owner


def loss(similarity: Floats, owner: Indexes, weights: Floats, ridge: float) -> float:
    """Return what is to be small: surprise at the classes, and half the penalty."""
    logits = (similarity @ weights).astype(np.float64)
    chances = np.exp(logits - logits.max(axis=1, keepdims=True))
    chances /= chances.sum(axis=1, keepdims=True)
    surprise = -np.log(chances[np.arange(len(owner)), owner]).sum()
    return float(surprise + ridge / 2 * (weights * logits).sum())


def descended(similarity: Floats, owner: Indexes, classes: int, ridge: float) -> Floats:
    """Return the weights by plain gradient descent in the kernel's space, slow and sure."""
    wanted = np.eye(classes)[owner]
    weights = np.zeros_like(wanted)
    step = 1 / (np.linalg.eigvalsh(similarity).max() / 2 + ridge)
    for _ in range(20_000):
        logits = similarity @ weights
        chances = np.exp(logits - logits.max(axis=1, keepdims=True))
        chances /= chances.sum(axis=1, keepdims=True)
        weights -= step * (chances - wanted + ridge * weights)
    found: Floats = weights.astype(np.float32)
    return found


@SMALL
@given(arrays(np.float32, (3, 4), elements=st.floats(-1e4, 1e4, width=32)))
def test_probabilities_sum_to_1(logits: Floats) -> None:
    chances = softmax(logits)
    assert np.isfinite(chances).all()
    assert (chances >= 0).all()
    assert chances.sum(axis=1) == pytest.approx(np.ones(3), abs=1e-5)
    assert (chances.max(axis=1) == chances[np.arange(3), logits.argmax(axis=1)]).all()


def test_probabilities_by_hand() -> None:
    chances = softmax(np.log(np.array([1, 2, 5], dtype=np.float32)))
    assert chances == pytest.approx([0.125, 0.25, 0.625])


@pytest.mark.parametrize("classes", [2, 5])
def test_what_can_be_told_apart_is(classes: int) -> None:
    similarity, owner = clouds(classes, 8, spread=0.4, seed=classes)
    chances = softmax(similarity @ fit(similarity, owner, classes))
    assert (chances.argmax(axis=1) == owner).all()
    assert (chances[np.arange(len(owner)), owner] > 0.8).all()


@pytest.mark.parametrize("ridge", [0.03, 0.3])
def test_a_plain_descent_finds_the_same(ridge: float) -> None:
    similarity, owner = clouds(3, 6, spread=1.5, seed=1)
    found = fit(similarity, owner, 3, ridge, steps=200)
    wanted = descended(similarity, owner, 3, ridge)
    assert softmax(similarity @ found) == pytest.approx(softmax(similarity @ wanted), abs=0.01)
    assert loss(similarity, owner, found, ridge) == pytest.approx(
        loss(similarity, owner, wanted, ridge), rel=1e-3
    )


def test_a_larger_penalty_makes_it_less_sure() -> None:
    similarity, owner = clouds(3, 6, spread=0.5, seed=2)
    light, heavy = (
        softmax(similarity @ fit(similarity, owner, 3, ridge)).max(axis=1) for ridge in (0.003, 1.0)
    )
    assert (heavy < light).all()


points = arrays(np.float64, (9, 2), elements=st.floats(-3, 3))
owners = st.permutations([0, 0, 0, 1, 1, 1, 2, 2, 2])


@SMALL
@given(points, owners)
def test_any_fit_is_finite_and_better_than_chance(places: Doubles, order: list[int]) -> None:
    similarity, owner = kernel(places), np.array(order, dtype=np.intp)
    weights = fit(similarity, owner, 3)
    assert weights.shape == (9, 3)
    assert np.isfinite(weights).all()
    near = 1e-3 * float(abs(weights).max()) + 1e-4
    assert weights.sum(axis=1) == pytest.approx(np.zeros(9), abs=near)
    even = 9 * float(np.log(3))
    assert loss(similarity, owner, weights, 0.003) <= even * 1.001


def test_similarities_that_no_space_has_do_no_harm() -> None:
    # What the matcher measures is symmetric, but need not be positive definite.
    similarity, owner = clouds(3, 6, spread=0.5, seed=3)
    noise = np.random.default_rng(3).normal(scale=0.1, size=similarity.shape).astype(np.float32)
    similarity = similarity + noise + noise.T
    assert np.linalg.eigvalsh(similarity).min() < 0
    chances = softmax(similarity @ fit(similarity, owner, 3))
    assert (chances.argmax(axis=1) == owner).all()


def test_one_class_is_certain() -> None:
    similarity, owner = clouds(1, 4, spread=1.0, seed=4)
    assert (softmax(similarity @ fit(similarity, owner, 1)) == 1).all()
