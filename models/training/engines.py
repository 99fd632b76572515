"""The small speech engines: flite, festival and espeak-ng from Debian, Pico from PyPI.

They sound less like people than a neural engine does, but take a tenth of a second for a sentence,
so they add voices to the training speech that cost next to nothing.
"""

import random
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import soundfile
from scipy.signal import resample_poly

from models.errors import BacktalkError
from models.training.sound import RATE, Sound

# flite's slt and awb (and every other voice made of those two people's recordings) are for tests.
_FLITE_VOICES: Final = ("rms", "rms", "rms", "kal16", "kal16", "kal")
_FESTIVAL_VOICES: Final = ("kal_diphone", "ked_diphone")
_ESPEAK_ACCENTS: Final = (
    *("en-us",) * 6,
    *("en-gb",) * 2,
    "en-us-nyc",
    "en-gb-scotland",
    "en-gb-x-gbclan",
    "en-gb-x-rp",
    "en-gb-x-gbcwmd",
    "en-029",
)
_ESPEAK_SPEAKERS: Final = tuple(
    "m1 m2 m3 m4 m5 m6 m7 m8 f1 f2 f3 f4 f5 Alicia Andrea Andy Annie Denis Gene Hugo Jacky "
    "Lee Mario Michael Mike adam belinda edward iven john linda max steph victor zac klatt2 "
    "klatt4".split()
)
_PICO_VOICES: Final = ("en-US", "en-GB")
# At full volume it cuts the peaks off.
_PICO_VOLUME: Final = 0.5
_ESPEAK_WORDS_PER_MINUTE: Final = 165
TRAIN_EXTRA: Final = "pip install 'backtalk[train]'"
_INSTALL: Final = {
    program: f"On Debian and Ubuntu: sudo apt-get install {packages}"
    for program, packages in (
        ("flite", "flite"),
        ("text2wave", "festival festvox-kallpc16k festvox-kdlpc16k"),
        ("espeak-ng", "espeak-ng"),
    )
} | {Path(sys.executable).name: TRAIN_EXTRA}
# Mean pitch of the diphone voices in Hz, and of flite's rms.
_MAN_HZ: Final = 105
_TIMEOUT_S: Final = 60
# A clip is stored this loud: the largest sample, of 1.
_PEAK: Final = 0.7


class EngineError(BacktalkError):
    """A speech engine is missing, or cannot say a sentence."""

    code = "speech-engine"
    exit_code = 1


@dataclass(frozen=True, slots=True)
class Voice:
    """How a sentence is said: whose voice, with which accent, how fast and how high.

    `speed` and `pitch` are factors; 1 is what the engine does when it is told nothing.
    """

    engine: str
    name: str
    accent: str
    speed: float
    pitch: float = 1.0

    def __str__(self) -> str:
        """Return the voice in one word, as transcripts name it."""
        return f"{self.engine}:{self.name}:{self.accent}:{self.speed:.2f}:{self.pitch:.2f}"


class Engine(Protocol):
    """A speech engine: it chooses one of its voices by chance, and says sentences with it."""

    def choose(self, rng: random.Random) -> Voice:
        """Return a voice; the same generator in the same state returns the same voice."""
        ...

    def speak(self, text: str, voice: Voice) -> Sound:
        """Return the sentence as sound at 16,000 Hz; `EngineError` if the engine cannot say it."""
        ...


class Flite:
    """flite: one man's recordings (rms) and a small diphone voice (kal, at 16 and 8 kHz)."""

    def __init__(self) -> None:
        self._program = _program("flite")

    def choose(self, rng: random.Random) -> Voice:
        """Return a voice that may be trained on."""
        name = rng.choice(_FLITE_VOICES)
        # Far from its own pitch and pace, a voice made of one man's recordings breaks up.
        pitch = rng.uniform(0.9, 1.1) if name == "rms" else rng.uniform(0.8, 1.5)
        return Voice("flite", name, "en-us", round(rng.uniform(0.85, 1.2), 2), round(pitch, 2))

    def speak(self, text: str, voice: Voice) -> Sound:
        """Return the sentence as sound at 16,000 Hz."""
        settings = (
            f"duration_stretch={1 / voice.speed:.3f}",
            f"int_f0_target_mean={_MAN_HZ * voice.pitch:.0f}",
        )
        options = [word for setting in settings for word in ("--setf", setting)]
        return _run([self._program, "-voice", voice.name, *options, "-t", text, "-o"])


class Festival:
    """festival: two men's diphone voices, with an older way of forming the melody of speech."""

    def __init__(self) -> None:
        self._program = _program("text2wave")

    def choose(self, rng: random.Random) -> Voice:
        """Return a voice that may be trained on."""
        name = rng.choice(_FESTIVAL_VOICES)
        speed, pitch = rng.uniform(0.85, 1.25), rng.uniform(0.8, 1.5)
        return Voice("festival", name, "en-us", round(speed, 2), round(pitch, 2))

    def speak(self, text: str, voice: Voice) -> Sound:
        """Return the sentence as sound at 16,000 Hz."""
        hertz = _MAN_HZ * voice.pitch
        melody = f"(target_f0_mean {hertz:.0f}) (target_f0_std {hertz / 8:.0f})"
        scheme = (
            f"(voice_{voice.name})",
            f"(set! int_lr_params '({melody} (model_f0_mean 170) (model_f0_std 34)))",
            f"(Parameter.set 'Duration_Stretch {1 / voice.speed:.3f})",
        )
        options = [word for line in scheme for word in ("-eval", line)]
        return _run([self._program, *options, "-o"], text)


class Espeak:
    """espeak-ng: formants instead of recordings, so any speaker, in seven accents of English."""

    def __init__(self) -> None:
        self._program = _program("espeak-ng")

    def choose(self, rng: random.Random) -> Voice:
        """Return an accent and one of the speakers."""
        name, accent = rng.choice(_ESPEAK_SPEAKERS), rng.choice(_ESPEAK_ACCENTS)
        speed, pitch = rng.uniform(0.8, 1.2), rng.uniform(0.6, 1.5)
        return Voice("espeak", name, accent, round(speed, 2), round(pitch, 2))

    def speak(self, text: str, voice: Voice) -> Sound:
        """Return the sentence as sound at 16,000 Hz."""
        speed = round(_ESPEAK_WORDS_PER_MINUTE * voice.speed)
        command = [self._program, "-v", f"{voice.accent}+{voice.name}", "-s", str(speed)]
        return _run([*command, "-p", str(round(50 * voice.pitch)), "--stdin", "-w"], text)


class Pico:
    """SVOX Pico, the former voice of Android: two women, American and British.

    Each sentence gets a process of its own: the library reads memory that it has not set, so that
    in a used process the length of its pauses depends on what was said before.
    """

    def __init__(self) -> None:
        if find_spec("py_nanotts") is None:
            raise EngineError("py-nanotts is not installed.", TRAIN_EXTRA)

    def choose(self, rng: random.Random) -> Voice:
        """Return one of the two, up to a third higher or lower, and faster or slower."""
        name = rng.choice(_PICO_VOICES)
        speed, pitch = rng.uniform(0.8, 1.3), rng.uniform(0.7, 1.3)
        return Voice("pico", name, name.lower(), round(speed, 2), round(pitch, 2))

    def speak(self, text: str, voice: Voice) -> Sound:
        """Return the sentence as sound at 16,000 Hz."""
        command = [sys.executable, "-m", "py_nanotts", text, "-v", voice.name]
        command += ["--speed", str(voice.speed), "--pitch", str(voice.pitch)]
        return _run([*command, "--volume", str(_PICO_VOLUME), "-o"])


def at_rate(sound: Sound, rate: int) -> Sound:
    """Return a sound of that rate in Hz at 16,000 Hz, mono, its loudest sample at 0.7."""
    if sound.ndim > 1:
        sound = sound.mean(1)
    if rate != RATE:
        ratio = Fraction(RATE, rate)
        sound = resample_poly(sound, ratio.numerator, ratio.denominator)
    peak = np.abs(sound).max(initial=0.0)
    return np.asarray(sound * (_PEAK / peak) if peak > 0 else sound, np.float32)


def _program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise EngineError(f"{name} is not installed.", _INSTALL[name])
    return path


def _run(command: list[str], text: str = "") -> Sound:
    """Run an engine whose last argument, the WAV file to write, is added; return it as sound."""
    name = Path(command[0]).name
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "clip.wav"
        try:
            done = subprocess.run(
                [*command, str(file)],
                input=text.encode(),
                capture_output=True,
                timeout=_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise EngineError(f"{name} did not finish within {_TIMEOUT_S} s.") from error
        # festival ends well even when it lacks the voice, so what counts is the file.
        if done.returncode == 0 and file.exists():
            sound, rate = soundfile.read(file, dtype="float32")
            if sound.any():
                return at_rate(sound, rate)
    reason = done.stderr.decode(errors="replace").strip()
    hint = f"See that all of its voices are installed. {_INSTALL[name]}"
    raise EngineError(f"{name} made no sound of {text or command!r}: {reason}", hint)
