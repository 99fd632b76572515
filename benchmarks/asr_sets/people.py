"""Recordings of people: the corpora of a folder `speech`, and two that Debian packages bring."""

import csv
import gzip
import hashlib
import re
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from audio.wav import Pcm
from benchmarks.asr_sets.clips import DIGITS, Clip, MissingError, library, read_sound, spoken_form
from models.training.speech import split_of

ASTERISK: Final = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
ASTERISK_TEXT: Final = Path("/usr/share/doc/asterisk-core-sounds-en/core-sounds-en.txt.gz")
POCKETSPHINX: Final = Path("/usr/share/pocketsphinx/test/data")
# 8 minutes of the prompts: the rest says more of the same, and takes as long again.
ASTERISK_CLIPS: Final = 150
# 64,000 bits a second of 16,000 Hz sound is the only form of G.722 that Asterisk has.
_G722: Final = (16_000, 64_000)


def corpus(data: Path, name: str, split: str) -> list[Clip]:
    """Return the clips of a corpus that are in a split, in the order of its list.

    `models.training.speech.split_of` decides, so that no training can hear what is measured here.
    """
    library("soundfile")
    clips = []
    for file, words, speaker in _rows(data, name):
        if split_of(name, file.name, speaker) == split and (said := spoken_form(words)):
            clips.append(Clip(f"{name}/{file.name}", said, partial(read_sound, file)))
    return clips


def digits(data: Path) -> list[Clip]:
    """Return the clips of single digits, said by six people through something like a telephone."""
    return [
        Clip(f"digits/{file.name}", said, partial(read_sound, file))
        for file, words, _ in _rows(data, "digits")
        if (said := spoken_form(words)) in DIGITS
    ]


def asterisk() -> list[Clip]:
    """Return prompts of the Asterisk telephone exchange: one woman, 16,000 Hz.

    A stable choice of 150 by the hash of their names; tones and single letters are left out.
    """
    library("G722")
    if not ASTERISK_TEXT.is_file() or not any(ASTERISK.glob("*.g722")):
        raise MissingError(
            "the Debian packages asterisk-core-sounds-en and -g722 are not installed",
            "apt-get install asterisk-core-sounds-en asterisk-core-sounds-en-g722",
        )
    clips = []
    for line in gzip.decompress(ASTERISK_TEXT.read_bytes()).decode().splitlines():
        name, _, text = line.partition(": ")
        file = ASTERISK / f"{name}.g722"
        plain = not line.startswith(";") and not re.search(r"[\[\]()<>]", text)
        said = spoken_form(text) if plain else ""
        if len(said.split()) > 1 and file.is_file():
            clips.append(Clip(f"asterisk/{name}", said, partial(_g722, file)))
    clips.sort(key=lambda clip: hashlib.sha1(clip.name.encode()).digest())
    return clips[:ASTERISK_CLIPS]


def pocketsphinx() -> list[Clip]:
    """Return five sentences of a novel that went through a low-rate MP3, and five of cards."""
    clips = []
    for script in ("librivox/transcription", "cards/cards.transcription"):
        path = POCKETSPHINX / script
        if not path.is_file():
            raise MissingError(
                "the Debian package pocketsphinx-testdata is not installed",
                "apt-get install pocketsphinx-testdata",
            )
        for line in path.read_text(encoding="utf-8").splitlines():
            if found := re.match(r"<s>(.*)</s> \((\S+)\)", line):
                file = path.parent / f"{found[2]}.wav"
                said = spoken_form(found[1])
                clips.append(Clip(f"pocketsphinx/{file.name}", said, partial(read_sound, file)))
    return clips


def _rows(data: Path, name: str) -> list[tuple[Path, str, str]]:
    """Return the file, the words and the speaker (or the corpus) of each clip of a corpus."""
    folder = data / "speech" / name
    table = folder / "transcripts.tsv"
    if not table.is_file():
        raise MissingError(f"there is no {table}", "Name the folder that holds speech/: --data DIR")
    with table.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [(folder / row[0], row[1], row[2] if len(row) > 2 else name) for row in rows]


def _g722(file: Path) -> Pcm:
    decoded = library("G722").G722(*_G722).decode(file.read_bytes())
    return Pcm(np.asarray(decoded, "<i2").tobytes(), _G722[0])
