"""A Vosk model in memory: checked before it is loaded, loaded once for each process."""

import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Final, Self

import vosk

from audio.errors import SpeechModelError
from models.manifest import missing_parts, verify

__all__ = ["SpeechModel"]

DEFAULT_RATE: Final = 16_000  # Hz; Kaldi's default where mfcc.conf names none
# Below -2 Vosk is silent on stderr; its faults reach the user as our own errors.
LOG_LEVEL: Final = -3
# A large model on a slow disk takes a quarter of this; some damaged models never return.
PROBE_SECONDS: Final = 60.0

# A damaged model can end the whole process in native code, so it is tried out in another first.
_PROBE: Final = """
import sys, vosk
vosk.SetLogLevel(-3)
recognizer = vosk.KaldiRecognizer(vosk.Model(sys.argv[1]), float(sys.argv[2]))
recognizer.AcceptWaveform(bytes(16000))
recognizer.FinalResult()
"""
_NEVER_EMPTY: Final = frozenset({".mdl", ".fst", ".conf"})


class SpeechModel:
    """A loaded Vosk model, safe to share between threads. `rate` is its sample rate in Hz."""

    _loaded: dict[Path, Self] = {}  # noqa: RUF012 (one cache for the process, under the lock)
    _lock = threading.Lock()

    def __init__(self, path: Path, native: Any) -> None:
        self.path = path
        self.native = native
        self.rate = _sample_rate(path)
        # A model with one fixed graph would take a grammar and ignore it.
        self.takes_grammar = not any((path / g).exists() for g in ("graph/HCLG.fst", "HCLG.fst"))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Return the model in a folder; a second call returns the same one without reading it.

        Raises SpeechModelError where the folder is missing, no model, or damaged.
        """
        folder = Path(path).expanduser().resolve()
        with cls._lock:
            model = cls._loaded.get(folder)
            if model is None:
                _check(folder)
                vosk.SetLogLevel(LOG_LEVEL)
                try:
                    native = vosk.Model(str(folder))
                    vosk.KaldiRecognizer(native, _sample_rate(folder))
                except Exception as error:  # Vosk raises nothing more precise
                    raise _broken(folder) from error
                model = cls._loaded[folder] = cls(folder, native)
            return model

    def knows(self, word: str) -> bool:
        """Tell whether the model's vocabulary holds a word.

        Marks such as <eps> and #0 stand in it too; in a grammar they would end the process.
        """
        if word.startswith(("<", "#")):
            return False
        try:
            return bool(self.native.vosk_model_find_word(word) > 0)
        except UnicodeEncodeError:  # half a character, from a command line in another encoding
            return False


def _check(folder: Path) -> None:
    """Raise SpeechModelError where a folder holds no model that is safe to load."""
    if not folder.is_dir():
        raise SpeechModelError(
            f"There is no speech model at {folder}.", "See what there is: backtalk models list"
        )
    missing = missing_parts(folder)
    if missing:
        raise SpeechModelError(
            f"The folder {folder} is not a whole Vosk model (missing: {', '.join(missing)}).",
            "Unpack the model again, or choose another: backtalk models list",
        )
    try:
        state = verify(folder)
        # Vosk takes an empty settings file and then needs minutes for a second of sound.
        if any(f.stat().st_size == 0 for f in folder.rglob("*") if f.suffix in _NEVER_EMPTY):
            raise _broken(folder)
    except OSError as error:
        raise SpeechModelError(
            f"The speech model at {folder} cannot be read ({error.strerror}).",
            "Check the permissions of its files and the disk.",
        ) from error
    if not state.ok:
        raise SpeechModelError(
            f"The speech model at {folder} is damaged ({state}).",
            "Install it again, or choose another: backtalk models list",
        )
    if not state.known:
        _probe(folder)


def _probe(folder: Path) -> None:
    """Load a model in a process of its own; raise SpeechModelError where that fails."""
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", _PROBE, str(folder), str(_sample_rate(folder))],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=PROBE_SECONDS,
            check=False,
        )
    except (subprocess.TimeoutExpired, UnicodeEncodeError) as error:
        raise _broken(folder) from error
    if done.returncode:
        raise _broken(folder)


def _broken(folder: Path) -> SpeechModelError:
    return SpeechModelError(
        f"The speech model at {folder} is damaged or not a Vosk model: Vosk cannot load it.",
        "Install it again, or choose another: backtalk models list",
    )


def _sample_rate(folder: Path) -> int:
    """Return the sample rate in Hz that a model was trained at."""
    for name in ("conf/mfcc.conf", "mfcc.conf"):
        settings = folder / name
        if settings.is_file():
            text = settings.read_text(encoding="utf-8", errors="replace")
            found = re.search(r"^--sample-frequency=(\d+)", text, re.MULTILINE)
            return int(found[1]) if found else DEFAULT_RATE
    return DEFAULT_RATE
