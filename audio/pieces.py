"""A text made ready for the voice: cleaned, and cut into pieces that are quick to speak."""

import re
import unicodedata
from typing import Final

# A piece of this many characters is about 40 s of speech: small enough for one reply to be quick
# and for a hang to be noticed soon, large enough that almost every prompt stays whole.
PIECE: Final = 500
# Where a long text is cut, best first: after a paragraph or a sentence, a clause, a word.
_BREAKS: Final = (
    re.compile(r"\n\n|(?<=[.!?…])[\"'”’)\]]*\s+"),
    re.compile(r"(?<=[,;:])\s+"),
    re.compile(r"\s+"),
)


def clean(text: str) -> str:
    """Return what can be spoken: no control characters (espeak-ng obeys some), spaces evened out.

    Blank lines are kept as one, since they end a sentence.
    """
    kept = "".join(
        " " if unicodedata.category(c) in ("Cc", "Cs") and c != "\n" else c for c in text
    )
    paragraphs = (" ".join(part.split()) for part in re.split(r"\n\s*\n", kept))
    return "\n\n".join(part for part in paragraphs if part)


def pieces(text: str) -> list[str]:
    """Cut a cleaned text into pieces of at most PIECE characters, at sentence ends if it can."""
    out: list[str] = []
    while text:
        cut = len(text) if len(text) <= PIECE else _last_break(text[:PIECE])
        out.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return out


def _last_break(head: str) -> int:
    for pattern in _BREAKS:
        ends = [match.end() for match in pattern.finditer(head)]
        if ends:
            return ends[-1]
    return len(head)
