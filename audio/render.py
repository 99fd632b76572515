"""A reply's speech as one sound: each run of words rendered, the pauses in between."""

from typing import Final

from audio.speaker import DEFAULT_RATE, SAMPLE_RATE, Speaker
from audio.wav import Pcm, resample
from skill.speech import Pace, Segment, SegmentKind, spoken

SLOW_RATE: Final = 130  # words a minute, for emergency messages


def render_speech(
    speaker: Speaker,
    segments: tuple[Segment, ...],
    *,
    rate: int = DEFAULT_RATE,
    slow_rate: int = SLOW_RATE,
) -> Pcm:
    """Return the segments as one sound; rates are in words a minute. Raises SpeakerError.

    Who has chosen a `rate` below `slow_rate` hears everything at that.
    """
    parts: list[Pcm | int] = []
    for segment in spoken(segments):
        if segment.kind is SegmentKind.PAUSE:
            parts.append(max(0, segment.ms))
        elif segment.text:
            pace = min(rate, slow_rate) if segment.pace is Pace.SLOW else rate
            parts.append(speaker.render(segment.text, rate=pace))
    hertz = next((part.rate for part in parts if isinstance(part, Pcm)), SAMPLE_RATE)
    return Pcm(b"".join(_samples(part, hertz) for part in parts), hertz)


def _samples(part: Pcm | int, hertz: int) -> bytes:
    """Return a sound's samples at `hertz`, or that many milliseconds of silence."""
    return (
        resample(part, hertz).samples if isinstance(part, Pcm) else bytes(hertz * part // 1000 * 2)
    )
