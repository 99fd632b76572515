from collections.abc import Iterator

import numpy as np
import pytest

from audio.render import render_speech
from audio.speaker import SAMPLE_RATE, Speaker
from audio.wav import Pcm
from skill.speech import Pace, Segment, SegmentKind


@pytest.fixture(scope="module")
def speaker() -> Iterator[Speaker]:
    with Speaker() as made:
        yield made


def text(words: str, pace: Pace = Pace.NORMAL) -> Segment:
    return Segment(SegmentKind.TEXT, words, pace=pace)


def pause(ms: int) -> Segment:
    return Segment(SegmentKind.PAUSE, ms=ms)


def test_words_and_pauses_follow_each_other(speaker: Speaker) -> None:
    first, second = speaker.render("Breathe in."), speaker.render("Breathe out.")
    joined = render_speech(speaker, (text("Breathe in."), pause(1500), text("Breathe out.")))
    assert joined.samples == first.samples + bytes(2 * 33_075) + second.samples
    assert joined.rate == SAMPLE_RATE


def test_words_without_a_pause_are_one_flow(speaker: Speaker) -> None:
    joined = render_speech(speaker, (text("Please call"), text("your doctor.")))
    assert joined == speaker.render("Please call your doctor.")


def test_numbers_are_read_digit_by_digit(speaker: Speaker) -> None:
    number = Segment(SegmentKind.DIGITS, "116 123")
    joined = render_speech(speaker, (text("Call"), number, text(".")))
    words = speaker.render("Call one one six, one two three.")
    assert joined.seconds == pytest.approx(words.seconds, rel=0.1)
    hundreds = speaker.render("Call 116 123.")  # "one hundred and sixteen, ..." takes longer
    assert joined.seconds < 0.9 * hundreds.seconds


def test_emergencies_are_spoken_slower(speaker: Speaker) -> None:
    words = "Call an ambulance now."
    slow = render_speech(speaker, (text(words, Pace.SLOW),))
    assert slow == speaker.render(words, rate=130)
    assert slow.seconds > render_speech(speaker, (text(words),)).seconds
    mixed = render_speech(speaker, (text("I see."), text(words, Pace.SLOW)))
    assert mixed.samples == speaker.render("I see.").samples + slow.samples


def test_who_chose_a_slow_voice_hears_no_faster_one(speaker: Speaker) -> None:
    words = "Call an ambulance now."
    assert render_speech(speaker, (text(words, Pace.SLOW),), rate=90) == speaker.render(
        words, rate=90
    )


@pytest.mark.parametrize("segments", [(), (text(""),), (text(" "), pause(0), pause(-5))])
def test_nothing_to_say_is_no_sound(speaker: Speaker, segments: tuple[Segment, ...]) -> None:
    assert render_speech(speaker, segments) == Pcm(b"", SAMPLE_RATE)


def test_pauses_alone_are_silence(speaker: Speaker) -> None:
    pcm = render_speech(speaker, (pause(250), pause(750)))
    assert pcm.seconds == pytest.approx(1.0, abs=0.001)
    assert not np.frombuffer(pcm.samples, "<i2").any()
