"""What is said: sentences, pauses and digits, before any engine or platform renders them."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class SegmentKind(StrEnum):
    """The kinds of speech segment."""

    TEXT = "text"
    PAUSE = "pause"
    DIGITS = "digits"


class Pace(StrEnum):
    """How fast a segment is spoken: SLOW is for emergency messages."""

    NORMAL = "normal"
    SLOW = "slow"


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of speech.

    TEXT carries `text`; DIGITS carries a telephone number to be read digit by digit; PAUSE
    carries `ms` milliseconds of silence. Segments that follow each other without a pause form
    one flow of speech.
    """

    kind: SegmentKind
    text: str = ""
    ms: int = 0
    pace: Pace = Pace.NORMAL


def digit_by_digit(number: str) -> str:
    """Return a telephone number as a voice reads it digit by digit: "116 123" → "1 1 6, 1 2 3"."""
    return ", ".join(" ".join(group) for group in number.replace("-", " ").split())


def plain(segments: tuple[Segment, ...]) -> str:
    """Return speech as text for a screen, with numbers in figures."""
    return _joined(s.text for s in segments if s.kind is not SegmentKind.PAUSE)


def spoken(segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
    """Return speech as TEXT and PAUSE segments, each run of one pace joined, digits apart."""
    out: list[Segment] = []
    for segment in segments:
        if segment.kind is SegmentKind.PAUSE:
            out.append(segment)
            continue
        words = digit_by_digit(segment.text) if segment.kind is SegmentKind.DIGITS else segment.text
        if out and out[-1].kind is SegmentKind.TEXT and out[-1].pace is segment.pace:
            words = _joined((out.pop().text, words))
        out.append(Segment(SegmentKind.TEXT, words, pace=segment.pace))
    return tuple(out)


def _joined(parts: Iterable[str]) -> str:
    text = " ".join(part.strip() for part in parts if part.strip())
    for mark in ".,?!:;":
        text = text.replace(f" {mark}", mark)
    return text
