"""A last look at a new model: whether Vosk loads it, and hears clear recordings of people."""

import json
from pathlib import Path
from typing import Final

import jiwer
import numpy as np
import vosk

from models.graph.text import normal_form
from models.training.prepared import read_sound
from models.training.sound import RATE

_RECORDINGS: Final = Path(__file__).parents[2] / "tests" / "data" / "human"


def spot_check(model: Path, recordings: Path = _RECORDINGS) -> float:
    """Return the share of words that come out wrong (0 to 1) on a folder of recordings.

    The folder holds `transcripts.tsv` with a file and its words a line. Nothing is tuned on it.
    """
    vosk.SetLogLevel(-1)
    loaded = vosk.Model(str(model))
    said, heard = [], []
    for row in (recordings / "transcripts.tsv").read_text(encoding="utf-8").splitlines():
        file, words = row.split("\t")[:2]
        recognizer = vosk.KaldiRecognizer(loaded, RATE)
        samples = np.pad(read_sound(recordings / file), RATE // 4) * 32767
        recognizer.AcceptWaveform(samples.astype("<i2").tobytes())
        said.append(normal_form(words))
        heard.append(json.loads(recognizer.FinalResult())["text"])
    return float(jiwer.wer(said, heard))
