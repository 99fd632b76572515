"""What stands between a mouth and a microphone: noise, other voices, a room.

A condition takes a sound at 16,000 Hz, float samples from -1 to 1 of shape (frames,), and a
generator of random numbers, and returns the same sound as it arrives.
"""

import zlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio.recognizer import prepare
from audio.wav import Pcm, resample
from benchmarks.asr_sets.clips import from_float, to_float

Sound = NDArray[np.float32]
Condition = Callable[[Sound, np.random.Generator], Sound]

RATE: Final = 16_000  # Hz
BEFORE_S: Final = 0.25
AFTER_S: Final = 0.5
# Three steps of 16 bits: a quiet room through a good microphone. No recording is wholly silent.
FLOOR: Final = 1e-4
# A living room, the device at arm's length: the echo dies away by 60 dB in 0.4 s and holds half as
# much energy as the voice that comes straight.
ECHO_S: Final = 0.4
ECHO_ENERGY: Final = 0.5
_FIRST_ECHO_S: Final = 0.003
_CROWD: Final = 6


def clean(sound: Sound, rng: np.random.Generator) -> Sound:
    """Return the sound with the noise that every recording has."""
    return sound + _noise(len(sound), rng) * np.float32(FLOOR)


def white(sound: Sound, rng: np.random.Generator, *, decibels: float) -> Sound:
    """Add white noise that many dB below the speech."""
    return _under(sound, _noise(len(sound), rng), decibels)


def babble(
    sound: Sound, rng: np.random.Generator, *, voices: Sequence[Sound], decibels: float
) -> Sound:
    """Add six people who talk at once, all together that many dB below the speech."""
    crowd = np.zeros(len(sound), np.float32)
    for index in rng.permutation(len(voices))[:_CROWD]:
        voice = voices[index] / (np.std(voices[index]) + 1e-9)
        crowd += np.roll(np.resize(voice, len(sound)), int(rng.integers(len(sound))))
    return _under(sound, crowd / (np.std(crowd) + 1e-9), decibels)


def echo(sound: Sound, rng: np.random.Generator) -> Sound:
    """Add a room's echo (`ECHO_S`, `ECHO_ENERGY`)."""
    length = round(RATE * ECHO_S)
    tail = rng.standard_normal(length) * np.exp(-6.908 * np.arange(length) / length)
    tail[: round(RATE * _FIRST_ECHO_S)] = 0
    tail *= np.sqrt(ECHO_ENERGY / (tail**2).sum())
    tail[0] = 1.0
    size = len(sound) + length
    mixed = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(tail, size), size)[: len(sound)]
    return clean(mixed.astype(np.float32), rng)


def at_snr(decibels: float) -> Condition:
    """Return the condition of white noise at a ratio in dB."""
    return partial(white, decibels=decibels)


def arriving(pcm: Pcm, rate: int, name: str, condition: Condition = clean) -> Pcm:
    """Return a clip as a model of `rate` Hz hears it, silence before and after the speech.

    The product's own resampling comes first. What is random hangs on the clip's name alone, so
    every model and every run hears the same.
    """
    sound = to_float(prepare(pcm, RATE))
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    padded = np.pad(sound, (round(RATE * BEFORE_S), round(RATE * AFTER_S)))
    return resample(from_float(condition(padded, rng), RATE), rate)


def _under(sound: Sound, noise: Sound, decibels: float) -> Sound:
    """Mix noise of unit loudness under a padded sound; only its middle counts as speech."""
    speech = sound[round(RATE * BEFORE_S) : len(sound) - round(RATE * AFTER_S)]
    loudness = float(np.sqrt((speech**2).mean())) if len(speech) else 0.0
    return sound + noise * np.float32(loudness * 10 ** (-decibels / 20))


def _noise(length: int, rng: np.random.Generator) -> NDArray[np.float32]:
    return rng.standard_normal(length, np.float32)
