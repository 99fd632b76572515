"""Speech before any voice renders it."""

import pytest

from skill.speech import Pace, Segment, SegmentKind, digit_by_digit, plain, spoken

CALL = (
    Segment(SegmentKind.TEXT, "Call"),
    Segment(SegmentKind.DIGITS, "116 123"),
    Segment(SegmentKind.TEXT, ", now."),
)


@pytest.mark.parametrize(
    ("number", "read"),
    [("999", "9 9 9"), ("116 123", "1 1 6, 1 2 3"), ("1800-022", "1 8 0 0, 0 2 2")],
)
def test_a_number_is_read_digit_by_digit(number: str, read: str) -> None:
    assert digit_by_digit(number) == read


def test_a_screen_shows_figures_and_a_voice_gets_digits() -> None:
    assert plain(CALL) == "Call 116 123, now."
    assert spoken(CALL) == (Segment(SegmentKind.TEXT, "Call 1 1 6, 1 2 3, now."),)


def test_pauses_and_paces_part_the_speech() -> None:
    pause = Segment(SegmentKind.PAUSE, ms=300)
    slow = Segment(SegmentKind.TEXT, "Slowly.", pace=Pace.SLOW)
    assert spoken((*CALL, pause, slow)) == (*spoken(CALL), pause, slow)
    assert plain((pause, slow)) == "Slowly."
