"""Training: shards, batches, a network that learns, and a run that goes on after a kill."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the extra `train`: make setup-train")
pytest.importorskip("scipy", reason="needs the extra `train`: make setup-train")

import soundfile
import torch

from models.training.layout import DIM, Layer, Layout, layout
from models.training.network import TdnnF
from models.training.prepared import (
    GARBAGE,
    Change,
    Utterance,
    is_prepared,
    prepare_shard,
    read_shard,
)
from models.training.sound import RATE
from models.training.speech import Clip
from models.training.train import Plan, Trainer, batches, collate, usable

SMALL = Layout((Layer((-1, 0), (0, 1)), Layer((0,), (0,)), Layer((-3, 0), (0,))), 24, 8, 12, 4)


def spoken(words: str, rng: np.random.Generator) -> Utterance:
    """A made-up language: each letter is loud in a cepstrum of its own for 0.15 s."""
    frames = rng.standard_normal((15 * len(words) + 20, DIM)).astype(np.float32)
    for place, letter in enumerate(words):
        start = 10 + 15 * place
        frames[start : start + 9, 5 + 9 * "abc".index(letter)] += 25
    return Utterance(frames.astype(np.float16), words, "made up")


def language(count: int, seed: int) -> list[Utterance]:
    rng = np.random.default_rng(seed)
    return [spoken("".join(rng.choice(list("abc"), rng.integers(2, 6))), rng) for _ in range(count)]


def simple(words: str, rng: np.random.Generator | None) -> list[int]:
    return ["abc".index(letter) + 1 for letter in words]


def trainer(folder: Path, steps: int, seed: int = 3) -> Trainer:
    torch.manual_seed(7)
    plan = Plan(steps, rate=5e-3, warmup=5, batch_s=8, averaging=0.9, score_every=10, seed=seed)
    return Trainer(TdnnF(SMALL), plan, simple, folder)


def test_a_network_learns_a_made_up_language(tmp_path: Path) -> None:
    run = trainer(tmp_path, 200)
    dev = language(20, 99)
    before = run.score(dev)
    best = run.train(language(60, 1), dev)
    after = min(score for _, score in run.scores)
    assert after < 0.5 * before
    run.averaged.load_state_dict(best)
    assert run.score(dev) == pytest.approx(after)


def test_a_killed_run_goes_on_as_if_nothing_had_happened(tmp_path: Path) -> None:
    whole = trainer(tmp_path / "whole", 30)
    whole.train(language(60, 1), language(5, 99))

    class KilledError(Exception):
        pass

    def kill(progress: object) -> None:
        if progress.step == 23:  # type: ignore[attr-defined]
            raise KilledError

    with pytest.raises(KilledError):
        trainer(tmp_path / "cut", 30).train(language(60, 1), language(5, 99), kill)
    again = trainer(tmp_path / "cut", 30)
    assert again.step == 20
    again.train(language(60, 1), language(5, 99))
    assert again.scores == whole.scores
    for name, array in whole.best.items():
        assert torch.equal(array, again.best[name]), name


def test_training_ends_early_where_nothing_gets_better(tmp_path: Path) -> None:
    torch.manual_seed(7)
    plan = Plan(500, rate=0.0, batch_s=8, score_every=2, patience=3)
    network = TdnnF(SMALL)
    for norm in network.norms():
        norm.frozen = True
    run = Trainer(network, plan, simple, tmp_path)
    run.train(language(20, 1), language(5, 99))
    assert run.step == 8


def test_frozen_normalisation_keeps_its_statistics(tmp_path: Path) -> None:
    run = trainer(tmp_path, 10)
    for norm in run.network.norms():
        norm.frozen = True
    before = {n: b.clone() for n, b in run.network.named_buffers()}
    run.train(language(20, 1), language(5, 99))
    for name, buffer in run.network.named_buffers():
        assert torch.equal(buffer, before[name]), name


def test_the_lower_layers_can_rest() -> None:
    network = TdnnF(SMALL)
    network.learn_dense(False)
    network(torch.randn(2, 30 + SMALL.left + SMALL.right, DIM)).sum().backward()
    assert network.first.weight.grad is None
    assert network.output.weight.grad is not None


def test_a_network_gives_a_score_every_30_ms_from_its_context_alone() -> None:
    shape = layout(causal=3)
    assert (shape.left, shape.right) == (34, 25)
    network = TdnnF(shape).eval()
    features = torch.randn(1, shape.left + 30 + shape.right, DIM)
    with torch.no_grad():
        scores = network(features)
        assert scores.shape == (1, 10, shape.outputs)
        later = features.clone()
        later[:, shape.left + shape.right + 1 :] += 1.0
        changed = network(later)
        earlier = features.clone()
        earlier[:, 0] += 1.0
        first = network(earlier)
    assert torch.equal(scores[:, 0], changed[:, 0])
    assert not torch.equal(scores[:, 1], changed[:, 1])
    assert not torch.equal(scores[:, 0], first[:, 0])
    torch.testing.assert_close(scores[:, 1:], first[:, 1:])


def test_batches_hold_every_clip_once_and_keep_to_their_size() -> None:
    clips = language(200, 5)
    made = batches(clips, 8.0, np.random.default_rng(1))
    assert sorted(id(u) for b in made for u in b) == sorted(id(u) for u in clips)
    assert all(len(b) * max(len(u.features) for u in b) <= 800 for b in made if len(b) > 1)
    again = batches(clips, 8.0, np.random.default_rng(1))
    assert [[id(u) for u in b] for b in made] == [[id(u) for u in b] for b in again]


def test_a_batch_pads_by_repeating() -> None:
    clips = [spoken("ab", np.random.default_rng(0)), spoken("abca", np.random.default_rng(1))]
    batch = collate(clips, simple, (5, 4), 0.0, np.random.default_rng(0))
    longest = len(clips[1].features) + -len(clips[1].features) % 3
    assert batch.features.shape == (2, 5 + longest + 4, DIM)
    assert batch.targets.tolist() == [1, 2, 1, 2, 3, 1]
    first = torch.from_numpy(clips[0].features.astype(np.float32))
    torch.testing.assert_close(batch.features[0, :5], first[:1].expand(5, DIM))
    torch.testing.assert_close(batch.features[0, 5 : 5 + len(first)], first)
    torch.testing.assert_close(batch.features[0, 5 + len(first)], first[-10])


def test_clips_too_short_for_their_words_are_left_out() -> None:
    long = spoken("abc", np.random.default_rng(0))
    short = Utterance(long.features[:20], "abcabcabc", "made up")
    assert usable([long, short], simple) == [long]


def test_a_shard_holds_what_was_prepared(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    clips = []
    for number in range(120):
        file = tmp_path / f"{number}.flac"
        length = 800 if number == 7 else 6000 + 10 * number
        soundfile.write(file, 0.1 * rng.standard_normal(length), RATE)
        clips.append(Clip(file, f"words {number}", "somebody", "made up"))
    shard = tmp_path / "shard"
    assert not is_prepared(shard)
    frames = prepare_shard(clips, shard, seed=1)
    assert is_prepared(shard)
    utterances = read_shard(shard)
    assert sum(len(u.features) for u in utterances) == frames
    words = [u.words for u in utterances]
    assert "words 7" not in words
    assert len([w for w in words if w.startswith("words")]) == 119
    assert GARBAGE in words
    assert "" in words
    prepare_shard(clips, tmp_path / "again", seed=1)
    assert (tmp_path / "again.npy").read_bytes() == (tmp_path / "shard.npy").read_bytes()


def test_clips_for_development_stay_as_they_are(tmp_path: Path) -> None:
    file = tmp_path / "one.flac"
    soundfile.write(file, 0.1 * np.random.default_rng(0).standard_normal(RATE), RATE)
    clip = Clip(file, "one", "somebody", "made up")
    for name, seed in (("a", 1), ("b", 2)):
        prepare_shard([clip], tmp_path / name, seed, Change.NONE)
    (a,), (b,) = read_shard(tmp_path / "a"), read_shard(tmp_path / "b")
    assert len(a.features) == len(b.features) == 173
    np.testing.assert_allclose(a.features[30:120], b.features[30:120], atol=6)
