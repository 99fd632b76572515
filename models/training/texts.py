"""The sentences that are spoken for training: what people say to the coach, and general English.

Rows of the phrasings that are sealed for testing never leave `phrasings`.
"""

import csv
import hashlib
import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from models.training.documents import strings
from models.training.templates import bundled, tidy

# A phrasing belongs to the fold sha1 % 5; fold 0 is sealed for the test.
FOLDS: Final = 5
SEALED: Final = 0
DEV_FOLD: Final = 1

_COUNT: Final = 10_000
# Parts of the list: short answers, commands and numbers; general English; the rest is the domain.
_SHORT: Final = 0.15
_GENERAL: Final = 0.35
_SHORT_FILE: Final = "answers"
# A sentence may come so often; up to `_FEW` words, `_SHORT_OFTEN` times, in different voices.
_FEW: Final = 3
_SHORT_OFTEN: Final = 4
_LONGEST_CHARACTERS: Final = 150

_REPOSITORY: Final = Path(__file__).parents[2]
_PHRASE_FILES: Final = ("topics", "requests", "controls")
_SPEAKABLE: Final = re.compile(r"[A-Za-z][A-Za-z',.?! -]*")
_QUESTION: Final = re.compile(
    r"(um |er |well |so |hello |hi |sorry |okay )?"
    r"(what|what's|how|why|when|where|who|which|is (it|this|that|the|there|my)"
    r"|is \w+ (bad|safe|good|risky|okay)|are|can|could|should|would|will|do (i|you|they)|does|did"
    r"|may i|have you|has|am i)\b(?! (you )?please)"
)
_LONE_I: Final = re.compile(r"\bi(?=\b(?!-))")


def fold_of(text: str) -> int:
    """Return the fold of a phrasing, 0 to 4."""
    return int(hashlib.sha1(text.encode()).hexdigest(), 16) % FOLDS


def phrasings(data: Path, exclude_fold: int | None = None) -> list[str]:
    """Return the development phrasings of `clinical/phrasings.jsonl`, less one fold if wanted."""
    barred = {SEALED, exclude_fold}
    rows = _json_lines(data / "clinical" / "phrasings.jsonl")
    return [row["text"] for row in rows if fold_of(row["text"]) not in barred]


def vignettes(data: Path) -> list[str]:
    """Return what the people of `clinical/vignettes.jsonl` say, and the parts of their stories."""
    said: list[str] = []
    for row in _json_lines(data / "clinical" / "vignettes.jsonl"):
        said.append(row["utterance"])
        said += [part.strip() for part in re.split(r"[.;:]", row["facts"]["summary"])]
    return [text for text in said if speakable(text)]


def lay_sentences() -> list[str]:
    """Return what was written for the language model, in the words of people with bad backs."""
    lines = [
        line.strip()
        for file in sorted((Path(__file__).parent / "data" / "lay").glob("*.txt"))
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    return [line for line in lines if line and not line.startswith("#")]


def phrases() -> list[str]:
    """Return the product's own phrases: what it understands, word for word."""
    said: list[str] = []
    for name in _PHRASE_FILES:
        file = _REPOSITORY / "intents" / "locale" / "en_US" / f"{name}.yaml"
        said += strings(yaml.safe_load(file.read_text(encoding="utf-8")))
    return [text for text in said if speakable(text)]


def content() -> list[str]:
    """Return the sentences that the coach says, which people say back and ask about."""
    said: list[str] = []
    for file in sorted((_REPOSITORY / "skill" / "content" / "en_US").rglob("*.yaml")):
        if file.stem not in ("sources", "numbers", "rules"):
            said += strings(yaml.safe_load(file.read_text(encoding="utf-8")))
    return [text for text in said if speakable(text) and " " in text]


def public_sentences(data: Path) -> list[str]:
    """Return the training parts of CLINC150, Snips and BANKING77, without their test parts."""
    folder = data / "benchmarks"
    clinc = json.loads((folder / "clinc150_full.json").read_text(encoding="utf-8"))
    said = [row[0] for part in ("train", "oos_train") for row in clinc[part]]
    for file in sorted(folder.glob("snips_train_*.json")):
        snips = json.loads(file.read_text(encoding="utf-8", errors="replace"))
        for rows in snips.values():
            said += ["".join(piece["text"] for piece in row["data"]) for row in rows]
    with (folder / "banking77_train.csv").open(encoding="utf-8", newline="") as table:
        said += [row["text"] for row in csv.DictReader(table)]
    return [text for text in map(tidy, said) if speakable(text) and text.count(" ") > 1]


def spoken_sentences(
    seed: int, data: Path, count: int = _COUNT, exclude_fold: int | None = None
) -> list[str]:
    """Return different sentences to synthesize, written for a voice, in a mixed order.

    Half of them belong to the domain. `data` holds `clinical` and `benchmarks`; a fold of the
    phrasings can be left out to tune on.
    """
    rng = random.Random(seed)
    templates = bundled()
    files = sorted({group.file for group in templates.groups} - {_SHORT_FILE})
    short = _few_of_each(_endless(templates.sample, rng, (_SHORT_FILE,)), round(count * _SHORT))
    general = sorted(set(public_sentences(data)))
    rng.shuffle(general)
    general = general[: round(count * _GENERAL)]
    fixed = phrasings(data, exclude_fold) + vignettes(data) + phrases() + content()
    fixed += [text for text in lay_sentences() if speakable(text)]
    fixed = list(dict.fromkeys(fixed))
    rng.shuffle(fixed)
    wanted = count - len(short) - len(general)
    # Half at most are ready-made sentences, so that the templates are heard too.
    fixed = fixed[: wanted // 2]
    made = _few_of_each(_endless(templates.sample, rng, files), wanted - len(fixed))
    chosen = [written(text) for text in short + general + fixed + made]
    rng.shuffle(chosen)
    return chosen


def speakable(text: str) -> bool:
    """Tell whether a voice can read a text as it stands: letters and plain marks, not too long."""
    return len(text) <= _LONGEST_CHARACTERS and _SPEAKABLE.fullmatch(text) is not None


def written(text: str) -> str:
    """Return a sentence with a capital, `I` and a full stop or question mark."""
    text = _LONE_I.sub("I", tidy(text))
    text = text[0].upper() + text[1:]
    if text[-1] in ".?!":
        return text
    plain = text.lower().replace(",", "")
    return text + ("?" if _QUESTION.match(plain) and " " in text else ".")


def _endless(
    sample: Callable[[int, random.Random, Sequence[str]], list[str]],
    rng: random.Random,
    files: Sequence[str],
) -> Iterator[str]:
    while True:
        yield from sample(1000, rng, files)


def _few_of_each(sentences: Iterator[str], count: int) -> list[str]:
    seen: dict[str, int] = {}
    chosen: list[str] = []
    for text in sentences:
        often = _SHORT_OFTEN if len(text.split()) <= _FEW else 1
        if seen.get(text, 0) < often and len(text) <= _LONGEST_CHARACTERS:
            seen[text] = seen.get(text, 0) + 1
            chosen.append(text)
        if len(chosen) == count:
            break
    return chosen


def _json_lines(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
