"""Reading the sentences of the texts that packages carry, each kind of file with its own reader.

A reader takes the bytes of a file and yields passages: strings of one sentence or many.
"""

import gzip
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

_TITLES: Final = {
    "Mr": "Mister",
    "Mrs": "Missus",
    "Messrs": "Messieurs",
    "Dr": "Doctor",
    "St": "Saint",
}
_TITLE: Final = re.compile(r"\b(Mr|Mrs|Messrs|Dr|St)\.?(?= )")
_SENTENCE_END: Final = re.compile(r"[.!?]+[\"'”’)\]]*\s+|\n\s*\n|\s+--+\s+(?=[A-Z])")
_LIBRARY_TEXT: Final = re.compile(
    r"\*\*\* ?START OF.*?\*\*\*|\*END\*?THE SMALL PRINT.*?\*END\*", re.DOTALL
)
# Words and words only: what has figures or marks in it is not what people say.
_SAYABLE: Final = re.compile(r"[A-Za-z’',;:\"“”()\-– ]+")
_SHORTEST: Final = 2
_LONGEST: Final = 60
_ZLIB_HEAD: Final = b"\x78\x9c"
# What a commentary refers to: "Verses 3-5.", "Isaiah 40:8".
_VERSE: Final = re.compile(
    r"\bVer(?:ses?|\.) *\d+(?: *[-,] *\d+)*\.?|\b(?:[1-3] )?[A-Z][a-z]{1,12}\.? \d+:[\d:,;\- ]+"
)
# In a pickle of protocol 4 a short string is this, its length in one byte, its bytes, and the next.
_SHORT_STRING: Final = b"\x8c"
_MEMOIZE: Final = b"\x94"
_LINES_TOGETHER: Final = 200
# An R string: its type and length come before its bytes.
_R_STRING: Final = re.compile(rb"\x00\x04\x00\x09(.{4})", re.DOTALL)


def sentences(passage: str) -> Iterator[str]:
    """Yield the sentences of a passage that hold nothing but words, of 2 to 60 words."""
    passage = _TITLE.sub(lambda match: _TITLES[match[1]], passage)
    for part in _SENTENCE_END.split(passage):
        plain = " ".join(part.replace("_", "").split()).rstrip(".!?\"'”’)")
        if _SHORTEST <= plain.count(" ") + 1 <= _LONGEST and _SAYABLE.fullmatch(plain):
            yield plain


def plain_texts(data: bytes) -> Iterator[str]:
    """Yield a plain text, gzipped or not, less the preface of a Project Gutenberg file."""
    text = _text(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)
    preface = list(_LIBRARY_TEXT.finditer(text))
    yield text[preface[-1].end() :] if preface else text


def json_texts(data: bytes) -> Iterator[str]:
    """Yield the texts of a JSON list of objects or of one object with a `text`."""
    content = json.loads(data)
    for row in content if isinstance(content, list) else [content]:
        yield row["text"]


def r_strings(data: bytes) -> Iterator[str]:
    """Yield the texts of R's lazy-load database: compressed objects with vectors of lines."""
    at = 0
    while at + 4 < len(data):
        engine = zlib.decompressobj()
        plain = engine.decompress(data[at + 4 :])
        at = len(data) - len(engine.unused_data)
        lines = []
        for match in _R_STRING.finditer(plain):
            size = int.from_bytes(match[1], "big")
            lines.append(_text(plain[match.end() : match.end() + size]))
        yield "\n".join(lines)


def sword_blocks(data: bytes) -> Iterator[str]:
    """Yield the books of a compressed SWORD module, without its markup."""
    for block in _zlib_blocks(data):
        plain = re.sub(r"<(note|title)\b.*?</\1>", " ", block, flags=re.DOTALL)
        yield re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", plain))


def sword_comments(data: bytes) -> Iterator[str]:
    """Yield the passages of a compressed SWORD commentary, without headings and references."""
    for block in _zlib_blocks(data):
        plain = re.sub(r"<(title|scripRef|reference)\b.*?</\1>", " ", block, flags=re.DOTALL)
        plain = re.sub(r"<[^>]*>", " ", plain)
        for part in _VERSE.split(plain):
            yield " ".join(part.split())


def gutenberg_texts(data: bytes) -> Iterator[str]:
    """Yield a book of Project Gutenberg, without its title and the verse numbers of its Bible."""
    text = _text(data).replace("\r\n", "\n")
    yield re.sub(r"\b\d+:\d+ ", "", re.sub(r"^\[[^\]]*\]", "", text))


def pickled_lines(data: bytes) -> Iterator[str]:
    """Yield the lines of verse in a gzipped pickle, many at a time; nothing is unpickled.

    A sentence of verse runs over several lines, and a line that is not said (a title in capitals, a
    stage direction) ends it.
    """
    lines: list[str] = []
    for match in _short_strings(gzip.decompress(data)):
        line = match.strip()
        if " " in line:
            lines.append("" if line.isupper() or "(_" in line else line)
        if len(lines) >= _LINES_TOGETHER and lines[-1].endswith((".", "!", "?")):
            yield "\n".join(lines)
            lines = []
    yield "\n".join(lines)


def _short_strings(pickled: bytes) -> Iterator[str]:
    """Yield the strings of a pickle of protocol 4 that are shorter than 256 bytes, in order."""
    at = 0
    while 0 <= (at := pickled.find(_SHORT_STRING, at)) < len(pickled) - 1:
        end = at + 2 + pickled[at + 1]
        raw = pickled[at + 2 : end]
        at += 1
        if pickled[end : end + 1] == _MEMOIZE:
            try:
                yield raw.decode("utf-8")
            except UnicodeDecodeError:
                continue
            at = end + 1


READERS: Final[Mapping[str, Callable[[bytes], Iterator[str]]]] = {
    reader.__name__: reader
    for reader in (
        plain_texts,
        json_texts,
        r_strings,
        sword_blocks,
        sword_comments,
        gutenberg_texts,
        pickled_lines,
    )
}


def _zlib_blocks(data: bytes) -> Iterator[str]:
    at = 0
    # The blocks need not follow on one another: each is looked for by how zlib begins.
    while (at := data.find(_ZLIB_HEAD, at)) >= 0:
        engine = zlib.decompressobj()
        try:
            plain = _text(engine.decompress(data[at:]))
        except zlib.error:
            at += 1
            continue
        at = len(data) - len(engine.unused_data)
        yield plain


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def strings(node: Any) -> list[str]:
    """Return every string in a tree of lists and mappings, in its order."""
    if isinstance(node, str):
        return [node]
    if isinstance(node, dict):
        return [text for value in node.values() for text in strings(value)]
    if isinstance(node, list):
        return [text for value in node for text in strings(value)]
    return []
