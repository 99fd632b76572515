"""The sentences of the content: what people are expected to say, and what the coach says."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

CONTENT: Final = Path(__file__).parent / "content"
_UNSPOKEN_FILES: Final = frozenset(("sources", "rules", "numbers"))
_UNSPOKEN_KEYS: Final = frozenset(
    "id sources related range group offer bars regions level why flags".split()
)
# Marks of the pattern syntax, of places to fill in, and of addresses: no sentences.
_NOT_SPOKEN: Final = frozenset("{}[]|<>&@~/_=")


def phrases(locale: str = "en_US") -> tuple[str, ...]:
    """Return every sentence of a language, each once: the intents', the answers', the coach's.

    Raises `LocaleError` where the language is missing.
    """
    from intents.corpus import load_corpus, load_table
    from intents.phrasebook import expand_template

    corpus = load_corpus(locale)
    found = [phrase for said in corpus.phrases.values() for phrase in said]
    answers = load_table(locale, "answers")
    lists = answers["lists"]
    for name in lists:
        for template in map(str, lists[name]):
            # A class of words would make thousands of sentences that nobody says.
            if "<" not in template:
                found += [" ".join(form) for form in expand_template(template, lists)]
    found += _spoken(locale)
    return tuple(dict.fromkeys(filter(_is_spoken, found)))


def _is_spoken(text: str) -> bool:
    """Tell a sentence from a name in capitals and from one with marks."""
    return not text.isupper() and not _NOT_SPOKEN & set(text)


def _spoken(locale: str) -> Iterator[str]:
    import yaml

    for path in sorted((CONTENT / locale).rglob("*.yaml")):
        if path.stem not in _UNSPOKEN_FILES:
            yield from _strings(yaml.safe_load(path.read_text(encoding="utf-8")))


def _strings(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, list):
        for item in node:
            yield from _strings(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key not in _UNSPOKEN_KEYS:
                yield from _strings(value)
