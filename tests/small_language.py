"""A language of a few words, written for tests: a lexicon, sayings, and a whole locale on disk."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from intents.lexicon import Lexicon

ROOT = Path(__file__).resolve().parents[1]

LEXICON: Final[dict[str, Any]] = {
    "slips": {},
    "forms": {"go": "gone went", "feel": "felt feeling"},
    "fillers": "the my a",
    "plain": "",
    "mended": "numb",
    "concepts": {
        "scope": {
            "s_not": "no, not, never",
            "s_pseudo": "not sure",
            "s_doubt": "not sure [if]",
            "s_hypo": "imagine",
            "s_but": "but",
        },
        "body": {"foot": "foot, toe", "head": "head"},
        "sense": {"numb": "numb, gone dead", "hot": "hot, fever, burning up"},
    },
}

SAYINGS: Final[tuple[tuple[str, str], ...]] = (
    ("my foot is numb", "NUMB"),
    ("my toe has gone dead", "NUMB"),
    ("there is numb skin on my foot", "NUMB"),
    ("my toe feels asleep", "NUMB"),
    ("i have a fever", "FEVER"),
    ("my head is burning up", "FEVER"),
    ("i am hot and shaking", "FEVER"),
    ("what a nice day", "none"),
    ("put the kettle on", "none"),
    ("tell me a story please", "none"),
)

PHRASES: Final[Mapping[str, Mapping[str, Sequence[str]]]] = {
    "topics": {"topic.tea": ["how do i make tea", "is tea good for me", "tell me about tea"]},
    "requests": {"song": ["sing me a song", "i want to hear some music", "play a tune"]},
    "controls": {"stop": ["stop", "be quiet", "that is enough now"]},
}


def lexicon() -> Lexicon:
    """Return the lexicon of the small language."""
    made = Lexicon(LEXICON, frozenset(), {})
    made.ready()
    return made


def write_language(
    home: Path, phrases: Mapping[str, Mapping[str, Sequence[str]]] = PHRASES
) -> Path:
    """Copy the package `intents` without its languages, and write the small one, xx, into it."""
    package = home / "intents"
    shutil.copytree(
        ROOT / "intents", package, ignore=shutil.ignore_patterns("locale", "__pycache__")
    )
    folder = package / "locale" / "xx"
    (folder / "sayings").mkdir(parents=True)
    tables: dict[str, Any] = {
        **phrases,
        "synonyms": {"synonyms": [["song", "tune"]]},
        "concepts": {"concepts": {}, "lists": {}, "classes": {}},
        "lexicon": LEXICON,
    }
    for name, table in tables.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(table), encoding="utf-8")
    (folder / "words.txt").write_text("", encoding="utf-8")
    rows = "".join(f"{text}\t{flag}\n" for text, flag in SAYINGS)
    (folder / "sayings" / "all.tsv").write_text(rows, encoding="utf-8")
    return folder
