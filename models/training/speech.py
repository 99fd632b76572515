"""The human recordings to train on: where they lie, who speaks, and who is kept out for testing."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from models.graph.text import normal_form

# Folders of `speech/` that may be trained on, with licence and owner as its README states them.
LICENCES: Final = {
    "audiobooks": "CC BY 4.0, Mini LibriSpeech train-clean-5, (c) 2014 Vassil Panayotov",
    "audiobooks_more": "CC BY 4.0, LibriSpeech train-clean-100, (c) 2014 Vassil Panayotov",
    "speechocean": "CC BY 4.0 as cited (its card says Apache-2.0), speechocean762",
    "keywords": "CC BY 4.0, ShawnHymel custom-speech-commands-dataset",
    "arctic_kathleen": "CC0, rhasspy dataset-voice-kathleen",
    "common_voice": "CC0, Mozilla Common Voice",
    "wake_words_community": "public domain, Mycroft Precise Community Data",
    "wake_words": "Apache-2.0, Picovoice wake-word-benchmark",
    "drink_orders": "Apache-2.0, Picovoice speech-to-intent-benchmark",
    "reading": "public domain, LJ Speech",
}

_TEST_READERS: Final = frozenset({"1737", "1970", "226", "6848"})
_DEV_READER: Final = "ls27"
_TEST_DRINKS: Final = range(294, 374)
_DEV_DRINKS: Final = range(274, 294)


@dataclass(frozen=True, slots=True)
class Clip:
    """One recording of speech: its file, the words in normal form, the speaker and the corpus."""

    file: Path
    words: str
    speaker: str
    corpus: str


def split_of(corpus: str, file: str, speaker: str) -> str:
    """Return `train`, `dev` or `test` for a recording; `speech/README.md` names the test parts.

    The development parts are this project's own: they are never trained on, and may be looked at.
    """
    if corpus == "digits" or corpus not in LICENCES:
        return "test"
    if corpus == "audiobooks":
        return "test" if file.split("-")[0] in _TEST_READERS else "train"
    if corpus == "audiobooks_more":
        return "dev" if speaker == _DEV_READER else "train"
    if corpus == "speechocean":
        number = int(speaker.removeprefix("so"))
        if number % 10 == 0:
            return "test"
        return "dev" if number % 25 == 0 else "train"
    if corpus == "drink_orders":
        number = int(Path(file).stem)
        return "test" if number in _TEST_DRINKS else "dev" if number in _DEV_DRINKS else "train"
    return "train"


def clips(speech: Path, split: str, corpora: tuple[str, ...] = tuple(LICENCES)) -> Iterator[Clip]:
    """Yield the clips of a split, in the order of their transcripts, corpus after corpus."""
    for corpus in corpora:
        folder = speech / corpus
        with (folder / "transcripts.tsv").open(encoding="utf-8", newline="") as table:
            for row in csv.reader(table, delimiter="\t", quoting=csv.QUOTE_NONE):
                file, words = row[0], row[1]
                speaker = row[2] if len(row) > 2 else corpus
                if split_of(corpus, file, speaker) == split and (normal := normal_form(words)):
                    yield Clip(folder / file, normal, speaker, corpus)
