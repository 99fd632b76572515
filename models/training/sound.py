"""Change how a recording sounds, as rooms, microphones, telephones and other people do.

Sound is a float array of samples in -1 to 1, mono, at 16,000 Hz. Everything random comes from the
generator that is handed in, so that a seed repeats a clip to the sample.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, lfilter, resample_poly

RATE: Final = 16_000

Sound = NDArray[np.float32]

_SPEEDS: Final = (0.86, 0.9, 0.94, 1.0, 1.0, 1.0, 1.06, 1.1, 1.15)
# Pass bands in Hz: small loudspeakers, telephones, cheap and good microphones.
_BANDS: Final = ((80, 7000), (150, 5500), (300, 3400), (300, 3400), (200, 4500), (60, 6500))
# How often a clip comes over a line of 8,000 Hz, where no other band is taken.
_NARROW_SHARE: Final = 0.25
# The power of the frequency that noise falls by: 0 is white, 1 pink, 2 brown.
_COLOURS: Final = (0.0, 0.5, 1.0, 1.5, 2.0)
_HUMS: Final = (50, 60, 100, 120, 220, 440, 880)
_POOL: Final = 60


@dataclass
class Babble:
    """Voices to mix behind a speaker: the last clips that were offered, at unit loudness."""

    voices: list[Sound] = field(default_factory=list)

    def offer(self, sound: Sound, rng: np.random.Generator) -> None:
        """Keep a clip, in the place of an older one where the pool is full."""
        voice = (sound / (np.std(sound) + 1e-9)).astype(np.float32)
        if len(self.voices) < _POOL:
            self.voices.append(voice)
        elif rng.random() < 0.1:
            self.voices[rng.integers(_POOL)] = voice

    def crowd(self, length: int, people: int, rng: np.random.Generator) -> Sound:
        """Return that many people talking at once, `length` samples."""
        mixed = np.zeros(length, np.float32)
        for _ in range(people):
            voice = np.resize(self.voices[rng.integers(len(self.voices))], length)
            mixed += np.roll(voice, rng.integers(length)) * np.float32(rng.uniform(0.3, 1.0))
        return mixed


def coloured_noise(length: int, exponent: float, rng: np.random.Generator) -> Sound:
    """Return noise whose power falls with the frequency to the power of `exponent`."""
    spectrum = np.fft.rfft(rng.standard_normal(length))
    frequency = np.maximum(np.arange(len(spectrum)), 1)
    noise = np.fft.irfft(spectrum / frequency ** (exponent / 2), length)
    return (noise / (np.std(noise) + 1e-12)).astype(np.float32)


def hum(length: int, rng: np.random.Generator) -> Sound:
    """Return the hum of mains or a machine: a tone, its harmonics and some noise."""
    time = np.arange(length) / RATE
    tone = rng.choice(_HUMS)
    sound = 0.3 * rng.standard_normal(length)
    for harmonic in range(1, rng.integers(2, 8)):
        sound += np.sin(2 * np.pi * tone * harmonic * time + rng.uniform(0, 6)) / harmonic
    return (sound / np.std(sound)).astype(np.float32)


def in_room(sound: Sound, seconds: float, level: float, rng: np.random.Generator) -> Sound:
    """Add a room's echo that dies away by 60 dB in `seconds`, its energy `level` of the sound's."""
    length = int(RATE * seconds)
    echo = rng.standard_normal(length) * np.exp(-6.9 * np.arange(length) / length)
    echo[: int(0.003 * RATE)] = 0.0
    echo *= level / np.sqrt((echo**2).sum() + 1e-9)
    echo[0] = 1.0
    return np.asarray(fftconvolve(sound, echo)[: len(sound)], np.float32)


def at_snr(sound: Sound, noise: Sound, decibels: float) -> Sound:
    """Mix noise of unit loudness under a sound, that many dB below it."""
    loudness = np.sqrt((sound**2).mean() + 1e-12)
    return (sound + noise * np.float32(loudness * 10 ** (-decibels / 20))).astype(np.float32)


def mu_law(sound: Sound) -> Sound:
    """Return what the telephone's 8 bit mu-law codec (G.711) makes of a sound."""
    coded = np.sign(sound) * np.log1p(255 * np.abs(sound)) / np.log(256)
    coded = np.round(coded * 127) / 127
    return np.asarray(np.sign(coded) * (256 ** np.abs(coded) - 1) / 255, np.float32)


def narrow(sound: Sound) -> Sound:
    """Return a sound as it comes over a line of 8,000 Hz: with nothing above 4,000 Hz."""
    low = resample_poly(sound, 1, 2)
    return np.asarray(resample_poly(low, 2, 1)[: len(sound)], np.float32)


def at_speed(sound: Sound, factor: float) -> Sound:
    """Play a sound faster (above 1) or slower; its pitch follows."""
    ratio = Fraction(factor).limit_denominator(40)
    return np.asarray(resample_poly(sound, ratio.denominator, ratio.numerator), np.float32)


def lightly(sound: Sound, rng: np.random.Generator) -> Sound:
    """Return a clip at another speed and level, with silence around it, and a faint hiss."""
    sound = at_speed(sound, float(rng.choice(_SPEEDS)))
    before, after = (int(RATE * rng.uniform(0.1, 0.7)) for _ in range(2))
    sound = np.pad(sound, (before, after))
    if rng.random() < _NARROW_SHARE:
        sound = narrow(sound)
    hiss = coloured_noise(len(sound), 0.0, rng)
    sound = at_snr(sound, hiss, rng.uniform(35, 60))
    return _at_level(sound, rng)


def augment(sound: Sound, babble: Babble, rng: np.random.Generator) -> Sound:
    """Return a clip as another room, distance, device or company would have made it."""
    sound = at_speed(sound, float(rng.choice(_SPEEDS)))
    before, after = (int(RATE * rng.uniform(0.1, 0.7)) for _ in range(2))
    sound = np.pad(sound, (before, after))
    if rng.random() < 0.45:
        level = rng.uniform(0.15, 1.0) * rng.uniform(0.5, 1.0)
        sound = in_room(sound, rng.uniform(0.15, 0.7), level, rng)
    if rng.random() < 0.35:
        low, high = _BANDS[rng.integers(len(_BANDS))]
        b, a = butter(2, [2 * low / RATE, 2 * high / RATE], "band")
        sound = lfilter(b, a, sound).astype(np.float32)
    elif rng.random() < _NARROW_SHARE:
        sound = narrow(sound)
    if rng.random() < 0.25:
        sound = lfilter([1, rng.uniform(-0.6, 0.6)], [1], sound).astype(np.float32)
    sound = _with_noise(sound, babble, rng)
    sound = _at_level(sound, rng)
    if rng.random() < 0.05:
        sound = np.clip(sound * rng.uniform(1.5, 4), -1, 1)
    if rng.random() < 0.1:
        sound = mu_law(sound)
    return np.clip(sound, -1, 1).astype(np.float32)


def _at_level(sound: Sound, rng: np.random.Generator) -> Sound:
    """Set the largest sample 0.5 to 24 dB below the most that a file can hold."""
    peak = np.abs(sound).max() + 1e-9
    return (sound * np.float32(10 ** (-rng.uniform(0.5, 24) / 20) / peak)).astype(np.float32)


def _with_noise(sound: Sound, babble: Babble, rng: np.random.Generator) -> Sound:
    length = len(sound)
    if rng.random() >= 0.65:
        return at_snr(sound, coloured_noise(length, 0.0, rng), rng.uniform(35, 60))
    decibels, kind = rng.uniform(5, 30), rng.random()
    if kind < 0.55:
        noise = coloured_noise(length, float(rng.choice(_COLOURS)), rng)
    elif kind < 0.85 and babble.voices:
        noise = babble.crowd(length, int(rng.integers(1, 6)), rng)
        noise = noise / (np.std(noise) + 1e-9)
        decibels = max(decibels, 9.0)
    else:
        noise = hum(length, rng)
    return at_snr(sound, noise, decibels)
