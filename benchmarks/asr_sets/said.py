"""The texts that voices read aloud: how people tell of symptoms, what they ask and answer.

The sealed phrasings are loaded here and nowhere else: no text, language model or training of this
project holds them, so what a model makes of them is what it makes of a stranger's words.
"""

import hashlib
import json
from pathlib import Path
from typing import Final

from benchmarks.asr_sets.clips import DIGITS, MissingError, spoken_form

_FOLDER: Final = Path(__file__).parent
_SEALED: Final = 0  # the remainders of the hash of a text by five
_DEVELOPMENT: Final = 1
# With the twenty requests, sixty texts: a minute and a half for each engine.
_DEVELOPMENT_COUNT: Final = 40

# What a grammar is offered: the answers that decide a red flag, digits, and the plainest commands.
ANSWERS: Final = ("yes", "no", "not sure")
COMMANDS: Final = ("stop", "repeat", "help", "next")
PHRASES: Final = (*ANSWERS, *DIGITS, *COMMANDS)


def test_texts(data: Path) -> list[str]:
    """Return the sealed phrasings and the requests of the test."""
    return [*_phrasings(data, _SEALED), *_requests("requests_test.txt")]


def dev_texts(data: Path) -> list[str]:
    """Return phrasings and requests that may be looked at, and that no training should hold."""
    phrasings = _phrasings(data, _DEVELOPMENT)
    phrasings.sort(key=lambda text: hashlib.sha1(text.encode()).digest())
    return [*phrasings[:_DEVELOPMENT_COUNT], *_requests("requests_dev.txt")]


def _phrasings(data: Path, remainder: int) -> list[str]:
    file = data / "clinical" / "phrasings.jsonl"
    if not file.is_file():
        raise MissingError(
            f"there is no {file}", "Name the folder that holds clinical/: --data DIR"
        )
    rows = (json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line)
    texts = dict.fromkeys(str(row["text"]) for row in rows)
    return [
        text
        for text in texts
        if int(hashlib.sha1(text.encode()).hexdigest(), 16) % 5 == remainder and spoken_form(text)
    ]


def _requests(name: str) -> list[str]:
    return (_FOLDER / name).read_text(encoding="utf-8").splitlines()
