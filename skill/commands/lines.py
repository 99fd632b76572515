"""Line-by-line commands: one line out for each line in, whatever the line holds."""

import json
import sys
from collections.abc import Callable
from typing import BinaryIO, TypeVar

T = TypeVar("T")

MAX_LINE = 100_000
"""Characters of one line; longer ones are refused rather than read into meaning."""


def answer_each(
    source: BinaryIO,
    work: Callable[[str], T],
    describe: Callable[[T], str],
    *,
    json_lines: bool,
) -> None:
    """Print `describe(work(line))` for each line of `source`, flushed, in order.

    A line that is empty, too long, not UTF-8, or for which `work` raises ValueError gives
    `{"error": ...}` (or `error: ...`) instead; the lines after it still run.
    """
    for raw in source:
        try:
            answer = describe(work(_text(raw)))
        except ValueError as error:
            answer = json.dumps({"error": str(error)}) if json_lines else f"error: {error}"
        sys.stdout.write(answer + "\n")
        sys.stdout.flush()


def _text(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8").strip()
    except UnicodeDecodeError:
        raise ValueError("the line is not UTF-8 text") from None
    if not text:
        raise ValueError("the line is empty")
    if len(text) > MAX_LINE:
        raise ValueError(f"the line has more than {MAX_LINE} characters")
    return text
