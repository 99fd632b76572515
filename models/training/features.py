"""Features as Vosk computes them, and the changes that each epoch makes to them.

Features are 40 mel-frequency cepstra (MFCC) of 40 mel bins for each 10 ms: float arrays of shape
(frames, 40). With as many cepstra as bins, going back to the log mel spectrum loses nothing.
"""

from typing import Final

import kaldi_native_fbank as knf
import numpy as np
from numpy.typing import NDArray

from models.training.layout import DIM
from models.training.sound import RATE, Sound

FRAMES_PER_SECOND: Final = 100
LOW_HZ: Final = 20
HIGH_HZ: Final = 7600

Features = NDArray[np.float32]

_LIFTER: Final = 22
# Above this the warped mel axis bends, so that the band keeps its upper end.
_BEND_HZ: Final = 4800
_WARPS: Final = tuple(np.linspace(0.86, 1.16, 25))
# The usual spread of the first cepstra from one microphone to the next.
_CHANNEL: Final = np.array([0.0, 7.0, 6.0, 5.0, 4.0, 4.0], np.float32) * 0.7
_LOUDNESS: Final = 6.0


def _options() -> knf.MfccOptions:
    options = knf.MfccOptions()
    options.frame_opts.samp_freq = RATE
    options.frame_opts.dither = 0.0
    options.frame_opts.snip_edges = True
    options.mel_opts.num_bins = DIM
    options.mel_opts.low_freq = LOW_HZ
    options.mel_opts.high_freq = HIGH_HZ
    options.num_ceps = DIM
    options.use_energy = False
    return options


def mfcc(sound: Sound, rng: np.random.Generator) -> Features:
    """Return the features of a sound, with a dither of one 16 bit step as Kaldi adds it.

    The dither is added here, since Kaldi's own cannot be seeded.
    """
    computer = knf.OnlineMfcc(_options())
    samples = sound * np.float32(32767) + rng.standard_normal(len(sound), np.float32)
    computer.accept_waveform(RATE, samples.tolist())
    computer.input_finished()
    frames = computer.num_frames_ready
    if not frames:
        return np.zeros((0, DIM), np.float32)
    return np.stack([computer.get_frame(i) for i in range(frames)])


def _cosines() -> tuple[Features, Features]:
    """Return the matrices from log mel to cepstra and back, Kaldi's lifter included."""
    rows = np.arange(DIM)
    cosine = np.sqrt(2 / DIM) * np.cos(np.pi / DIM * np.outer(rows, rows + 0.5))
    cosine[0] = np.sqrt(1 / DIM)
    lifter = 1 + 0.5 * _LIFTER * np.sin(np.pi * rows / _LIFTER)
    return (lifter[:, None] * cosine).astype(np.float32), (cosine.T / lifter).astype(np.float32)


TO_CEPSTRA, TO_MEL = _cosines()


def _mel(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1127 * np.log(1 + hertz / 700))


def _hertz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(700 * (np.exp(mel / 1127) - 1))


def warp_matrix(factor: float) -> Features:
    """Return the (40, 40) matrix on cepstra that stretches the frequency axis by `factor`.

    It stands for a vocal tract of another length: above 1 a shorter one, such as a child's.
    """
    low, high = _mel(np.array([LOW_HZ, HIGH_HZ], float))
    centres = low + (high - low) * (np.arange(DIM) + 1) / (DIM + 1)
    hertz = _hertz(centres)
    knee = _BEND_HZ / factor
    beyond = knee + (hertz - _BEND_HZ) * (HIGH_HZ - knee) / (HIGH_HZ - _BEND_HZ)
    source = np.where(hertz > _BEND_HZ, beyond, hertz / factor)
    position = np.clip((_mel(source) - centres[0]) / (centres[1] - centres[0]), 0, DIM - 1)
    left = np.minimum(position.astype(int), DIM - 2)
    weight = position - left
    bins = np.zeros((DIM, DIM))
    bins[np.arange(DIM), left] = 1 - weight
    bins[np.arange(DIM), left + 1] += weight
    return (TO_CEPSTRA @ bins @ TO_MEL).astype(np.float32)


_WARP_MATRICES: Final = tuple(warp_matrix(factor) for factor in _WARPS)


def augment(features: Features, rng: np.random.Generator) -> Features:
    """Return the features as another speaker, tempo, microphone or noise would have made them."""
    if rng.random() < 0.35:
        features = _at_tempo(features, rng.uniform(0.85, 1.2))
    if rng.random() < 0.7:
        features = features @ _WARP_MATRICES[rng.integers(len(_WARP_MATRICES))].T
    if rng.random() < 0.7:
        shift = np.zeros(DIM, np.float32)
        shift[: len(_CHANNEL)] = rng.standard_normal(len(_CHANNEL)) * _CHANNEL
        shift[0] = rng.standard_normal() * _LOUDNESS
        features = features + shift
    if rng.random() < 0.5:
        features = _masked(features, rng)
    return features.astype(np.float32)


def _at_tempo(features: Features, factor: float) -> Features:
    frames = len(features)
    position = np.linspace(0, frames - 1, max(8, int(frames * factor)))
    left = np.minimum(position.astype(int), frames - 2)
    weight = (position - left)[:, None].astype(np.float32)
    return np.asarray(features[left] * (1 - weight) + features[left + 1] * weight)


def _masked(features: Features, rng: np.random.Generator) -> Features:
    """Replace some bands, and now and then some moments, by the mean of the clip (SpecAugment)."""
    mel = features @ TO_MEL.T
    mean = mel.mean(0)
    for _ in range(rng.integers(1, 3)):
        width = int(rng.integers(1, 6))
        start = int(rng.integers(0, DIM - width + 1))
        mel[:, start : start + width] = mean[start : start + width]
    if rng.random() < 0.5:
        for _ in range(max(1, len(mel) // 200)):
            width = int(rng.integers(2, 11))
            start = int(rng.integers(0, max(1, len(mel) - width)))
            mel[start : start + width] = mean
    return np.asarray(mel @ TO_CEPSTRA.T)
