"""A clip: something said, its words in the form that is scored, and its sound when asked for."""

import importlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from audio.wav import Pcm, load
from models.errors import BacktalkError
from models.graph.text import normal_form

DIGITS: Final = "zero one two three four five six seven eight nine".split()
# Two digits and more can be read in several ways, so such a transcript cannot be scored.
_ONE_DIGIT: Final = re.compile(r"(?<!\d)\d(?!\d)")


class MissingError(BacktalkError):
    """A package or folder that a set needs is not here."""

    code = "benchmark-missing"


@dataclass(frozen=True, slots=True)
class Clip:
    """One clip: a name, the words in the form of `spoken_form`, and what reads its sound."""

    name: str
    words: str
    read: Callable[[], Pcm]


def spoken_form(text: str) -> str:
    """Return the words of a reference or a hypothesis: lower case, single digits as words.

    Empty where nothing is said, or where a longer number leaves open how it was said.
    """
    words = _ONE_DIGIT.sub(lambda found: f" {DIGITS[int(found[0])]} ", text)
    return "" if re.search(r"\d", words) else normal_form(words)


def spread(clips: Sequence[Clip], limit: int | None) -> list[Clip]:
    """Return at most `limit` clips, evenly spaced, so that every speaker keeps a part."""
    if limit is None or len(clips) <= limit:
        return list(clips)
    return [clips[index * len(clips) // limit] for index in range(limit)]


def library(name: str, package: str = "") -> ModuleType:
    """Import a library that only a benchmark needs; raise MissingError where it is not here."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise MissingError(
            f"the Python package {package or name} is not installed ({error})",
            f"pip install {package or name}",
        ) from error


def read_sound(file: Path) -> Pcm:
    """Read WAV, FLAC, Ogg Vorbis or Ogg Opus, mixed down to mono, at the file's own rate."""
    if file.suffix in {".wav", ".flac"}:
        return load(file)
    soundfile = library("soundfile")
    samples, rate = soundfile.read(file, dtype="float32", always_2d=True)
    return from_float(samples.mean(axis=1), int(rate))


def from_float(samples: Any, rate: int) -> Pcm:
    """Return samples from -1 to 1, shape (frames,), as 16-bit sound; louder ones are clipped."""
    whole = np.clip(np.rint(np.asarray(samples, np.float32) * 32767), -32768, 32767)
    return Pcm(whole.astype("<i2").tobytes(), rate)


def to_float(pcm: Pcm) -> NDArray[np.float32]:
    """Return a sound's samples from -1 to 1, shape (frames,)."""
    samples: NDArray[np.float32] = np.frombuffer(pcm.samples, "<i2").astype(np.float32)
    return samples / np.float32(32768)
