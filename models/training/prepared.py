"""Prepared clips: features of augmented recordings in shards on disk, with their words.

A shard is two files: `NAME.npy`, the features of all its clips one after the other as float16 of
shape (frames, 40), and `NAME.jsonl`, one line a clip with its frames, words and corpus. The words
become phones only when a shard is read, so that a better pronunciation needs no new features.
"""

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import resample_poly

from models.training.features import mfcc
from models.training.sound import RATE, Babble, Sound, augment, coloured_noise, lightly
from models.training.speech import Clip

# What stands for speech of no language, which the network is to hear as an unknown word.
GARBAGE: Final = "<garbage>"
_SHORTEST_S: Final = 0.1
_LONGEST_S: Final = 18.0
# Silence set before and after a clip that is not changed, in samples: 0.25 and 0.5 s.
_PADDING: Final = (RATE // 4, RATE // 2)
_GARBAGE_SHARE: Final = 0.02
_SILENCE_SHARE: Final = 0.02


@dataclass(frozen=True, slots=True)
class Utterance:
    """The features of one clip, float16 of shape (frames, 40), its words and where it is from."""

    features: NDArray[np.float16]
    words: str
    corpus: str


def read_sound(file: Path) -> Sound:
    """Return a recording's samples at 16,000 Hz, mono, in -1 to 1."""
    sound, rate = soundfile.read(file, dtype="float32")
    if sound.ndim > 1:
        sound = sound.mean(1)
    if rate != RATE:
        sound = resample_poly(sound, RATE, rate).astype(np.float32)
    return np.asarray(sound, np.float32)


class Change(StrEnum):
    """How much a clip's sound is changed before its features are computed."""

    NONE = "none"
    LIGHT = "light"
    FULL = "full"


def prepare_shard(clips: Sequence[Clip], out: Path, seed: int, change: Change = Change.FULL) -> int:
    """Change clips and write their features as one shard; return how many frames it holds.

    A few extra clips are no speech: noise alone (no words), or a piece played backwards, which
    sounds like a voice and says nothing (`GARBAGE`). With `Change.NONE` there are none of these.
    """
    rng = np.random.default_rng(seed)
    babble = Babble()
    features: list[NDArray[np.float16]] = []
    lines: list[str] = []
    for clip in clips:
        sound = read_sound(clip.file)
        if not _SHORTEST_S <= len(sound) / RATE <= _LONGEST_S:
            continue
        babble.offer(sound, rng)
        plain = change is Change.NONE
        for taken, words in [(sound, clip.words)] if plain else _takes(sound, clip.words, rng):
            if plain:
                heard = np.pad(taken, _PADDING)
            elif change is Change.LIGHT:
                heard = lightly(taken, rng)
            else:
                heard = augment(taken, babble, rng)
            frames = mfcc(heard, rng).astype(np.float16)
            features.append(frames)
            row = {"frames": len(frames), "words": words, "corpus": clip.corpus}
            lines.append(json.dumps(row) + "\n")
    stacked = np.concatenate(features) if features else np.zeros((0, 40), np.float16)
    _write(out.with_suffix(".npy"), stacked)
    partial = out.with_suffix(".jsonl.part")
    partial.write_text("".join(lines), encoding="utf-8")
    partial.replace(out.with_suffix(".jsonl"))
    return len(stacked)


def _takes(sound: Sound, words: str, rng: np.random.Generator) -> Iterable[tuple[Sound, str]]:
    yield sound, words
    chance = rng.random()
    if chance < _SILENCE_SHARE:
        length = int(RATE * rng.uniform(0.5, 3.0))
        yield coloured_noise(length, float(rng.uniform(0, 2)), rng) * np.float32(0.01), ""
    elif chance < _SILENCE_SHARE + _GARBAGE_SHARE:
        length = int(RATE * rng.uniform(0.3, 0.8))
        start = int(rng.integers(0, max(1, len(sound) - length)))
        yield sound[start : start + length][::-1].copy(), GARBAGE


def is_prepared(shard: Path) -> bool:
    """Tell whether a shard is whole: its list is written last."""
    return shard.with_suffix(".jsonl").is_file()


def read_shard(shard: Path) -> list[Utterance]:
    """Return the clips of a shard; their features stay on disk until they are used."""
    features = np.load(shard.with_suffix(".npy"), mmap_mode="r")
    utterances: list[Utterance] = []
    start = 0
    for line in shard.with_suffix(".jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        end = start + row["frames"]
        utterances.append(Utterance(features[start:end], row["words"], row["corpus"]))
        start = end
    return utterances


def _write(path: Path, array: NDArray[np.float16]) -> None:
    partial = path.with_suffix(".part")
    with partial.open("wb") as file:
        np.save(file, array)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
