"""The normal form of text: what lexicon, language model and scores all count as words."""

import re
from typing import Final

_NOT_WORDS: Final = re.compile(r"[^a-z' ]+")


def words_of(text: str) -> list[str]:
    """Return the words of a text: lower case, a to z and inner apostrophes, hyphens split."""
    plain = text.lower().replace("’", "'").replace("-", " ")
    words = (word.strip("'") for word in _NOT_WORDS.sub(" ", plain).split())
    return [word for word in words if word]


def normal_form(text: str) -> str:
    """Return the words of a text with single spaces between them."""
    return " ".join(words_of(text))
