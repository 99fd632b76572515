import itertools
import time

import miniaudio
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio import capture
from audio.capture import BUFFERED, FRAME_MS, RATE, Microphone, NoInputDevice, choose, frames
from audio.devices import Device
from audio.wav import Pcm

NULL = [miniaudio.Backend.NULL]
FRAME = RATE * FRAME_MS // 1000 * 2


def test_a_recording_has_the_shape_of_a_microphone() -> None:
    samples = np.arange(RATE + 100, dtype="<i2").tobytes()
    cut = list(frames(Pcm(samples, RATE)))
    assert [len(frame) for frame in cut] == [FRAME] * 10 + [200]
    assert b"".join(cut) == samples


@pytest.mark.parametrize("rate", [8000, 22_050, 48_000])
def test_a_recording_of_any_rate_lasts_as_long(rate: int) -> None:
    cut = list(frames(Pcm(bytes(2 * rate), rate), ms=50))
    assert len(cut) == pytest.approx(20, abs=1)
    assert sum(map(len, cut)) == pytest.approx(2 * RATE, abs=20)


@given(st.lists(st.binary(max_size=50)), st.integers(1, 40))
def test_whatever_the_device_sends_becomes_whole_frames(blocks: list[bytes], size: int) -> None:
    got: list[bytes] = []
    collector = capture._collect(got.append, size)
    for block in blocks:
        collector.send(bytearray(block))
    sent = b"".join(blocks)
    whole = len(sent) // size
    assert got == [sent[n * size : (n + 1) * size] for n in range(whole)]


def test_the_microphone_gives_frames_in_real_time() -> None:
    start = time.monotonic()
    with Microphone(backends=NULL) as microphone:
        cut = list(itertools.islice(microphone, 5))
    assert [len(frame) for frame in cut] == [FRAME] * 5
    assert 0.3 < time.monotonic() - start < 1.5
    assert microphone.overruns == 0


def test_another_rate_has_longer_frames() -> None:
    with Microphone(0, rate=48_000, backends=NULL) as microphone:
        assert len(next(microphone)) == 3 * FRAME


def test_what_nobody_takes_is_dropped_oldest_first_and_counted() -> None:
    with Microphone(backends=NULL) as microphone:
        microphone._device.stop()
        microphone._waiting.clear()
        for number in range(BUFFERED + 3):
            microphone._put(bytes([number]))
        assert microphone.overruns == 3
        assert next(microphone) == bytes([3])
        microphone.close()
        assert [frame[0] for frame in microphone] == list(range(4, BUFFERED + 3))


def test_a_microphone_that_goes_away_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture, "STALLED", 0.2)
    with Microphone(backends=NULL) as microphone:
        microphone._device.stop()
        with pytest.raises(NoInputDevice, match="gone away"):
            list(microphone)


def test_without_a_microphone_typing_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture, "inputs", lambda backends: ())
    with pytest.raises(NoInputDevice) as caught:
        Microphone()
    assert "backtalk chat" in caught.value.hint
    assert caught.value.exit_code == 2


def test_a_wrong_number_lists_the_right_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    found = (Device(0, "Built-in", None), Device(1, "Headset", None))
    monkeypatch.setattr(capture, "inputs", lambda backends: found)
    assert choose(None).name == "Built-in"
    assert choose(1).name == "Headset"
    with pytest.raises(NoInputDevice) as caught:
        choose(7)
    assert "1 is Headset" in caught.value.hint


def test_a_microphone_in_use_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise miniaudio.MiniaudioError("failed to init device", -1)

    monkeypatch.setattr(miniaudio, "CaptureDevice", refuse)
    with pytest.raises(NoInputDevice, match="cannot be opened"):
        Microphone(backends=NULL)
