"""Making the packaged dictionary from CMUdict as it comes with the `pocketsphinx` package.

A word's own spelling must be in the normal form of text, so names of letters (`b.`) are kept for
spelling initials, and every entry with another sign in it is left out.
"""

import gzip
import re
from pathlib import Path
from typing import Final

from models.graph.lexicon import check_phones

_WORD: Final = re.compile(r"[a-z][a-z']*|'[a-z]+|[a-z]\.")
_VARIANT: Final = re.compile(r"\(\d+\)$")


def make_dictionary(source: Path, target: Path) -> int:
    """Write the dictionary's entries, compressed, and return how many there are.

    The same source makes the same bytes. Raises `ValueError` for a line with unknown phones.
    """
    lines = []
    for line in source.read_text(encoding="utf-8").splitlines():
        word, *phones = line.split()
        word = _VARIANT.sub("", word)
        if _WORD.fullmatch(word):
            check_phones(tuple(phones))
            lines.append(f"{word} {' '.join(phones)}\n")
    text = "".join(dict.fromkeys(lines))
    target.write_bytes(gzip.compress(text.encode("utf-8"), 9, mtime=0))
    return len(lines)
