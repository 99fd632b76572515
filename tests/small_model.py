"""A model small enough to be built in a test: the layout of Vosk's, with noise inside."""

import hashlib
import io
import random
import zipfile

from models.catalog import ModelEntry, Score

NAME = "vosk-model-test"
FILES = {
    "am/final.mdl": random.Random(1).randbytes(300_000),
    "conf/mfcc.conf": b"--sample-frequency=16000\n",
    "conf/model.conf": b"--beam=13.0\n",
    "graph/Gr.fst": random.Random(2).randbytes(50_000),
    "graph/HCLr.fst": random.Random(3).randbytes(50_000),
    "graph/words.txt": b"yes 1\nno 2\n",
}


def model_zip(files: dict[str, bytes] = FILES, top: str = NAME) -> bytes:
    """Return the archive of a model, the same bytes every time."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, body in files.items():
            archive.writestr(zipfile.ZipInfo(f"{top}/{name}"), body)
    return data.getvalue()


def entry_for(data: bytes, url: str, limit: int = 1_000_000) -> ModelEntry:
    """Return a catalogue entry that describes an archive."""
    return ModelEntry(
        name=NAME,
        title="A model for tests",
        licence="none",
        url=url,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        unpacked_limit=limit,
        measured="in a test",
        scores=(Score("nothing", 12.5),),
    )
