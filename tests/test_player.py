import subprocess
import sys
import time
from collections.abc import Iterator

import miniaudio
import numpy as np
import pytest

from audio import devices, output
from audio.output import NoOutputDevice, SoundCard, VirtualDevice
from audio.player import STALLED, Player
from audio.speaker import Speaker
from audio.wav import Pcm

NULL = [miniaudio.Backend.NULL]
RATE = 22_050


def tone(seconds: float, rate: int = RATE, level: int = 9000) -> Pcm:
    """A sound without a silent sample."""
    return Pcm(np.full(int(seconds * rate), level, "<i2").tobytes(), rate)


def heard(device: VirtualDevice) -> np.ndarray:
    return np.frombuffer(bytes(device.heard), "<i2")


def last_heard(device: VirtualDevice, rate: int = RATE) -> float:
    """When the last sample that is not silent leaves the loudspeaker (monotonic clock)."""
    return device.started + (np.flatnonzero(heard(device))[-1] + 1) / rate


@pytest.fixture
def device() -> VirtualDevice:
    return VirtualDevice()


@pytest.fixture
def player(device: VirtualDevice) -> Iterator[Player]:
    with Player(device) as made:
        yield made


def test_a_sound_is_played_whole_and_in_real_time(player: Player, device: VirtualDevice) -> None:
    pcm = Pcm(np.arange(1, 8001, dtype="<i2").tobytes(), RATE)
    start = time.monotonic()
    playback = player.play(pcm)
    assert not playback.done
    playback.wait()
    assert playback.done
    assert time.monotonic() - start >= pcm.seconds
    assert last_heard(device) <= time.monotonic() + 0.02
    samples = heard(device)
    assert np.array_equal(samples[samples != 0], np.arange(1, 8001))


@pytest.mark.parametrize("after", [0.11, 0.3, 0.5])
def test_stop_is_silence_within_150_ms_in_mid_word(
    player: Player, device: VirtualDevice, after: float
) -> None:
    with Speaker() as speaker:
        pcm = speaker.render("Unquestionably uninterruptible.")
    # Every sample counts, those of a quiet consonant too.
    samples = np.frombuffer(pcm.samples, "<i2")
    playback = player.play(Pcm(np.where(samples == 0, 1, samples).astype("<i2").tobytes(), RATE))
    time.sleep(after)
    assert not playback.done
    stopped = time.monotonic()
    playback.stop()
    assert playback.done
    playback.wait()
    time.sleep(0.3)
    assert stopped < last_heard(device) + 0.05
    assert last_heard(device) - stopped < 0.15


def test_a_second_sound_takes_over(player: Player, device: VirtualDevice) -> None:
    first = player.play(tone(5, level=1000))
    time.sleep(0.15)
    second = player.play(tone(0.1, level=2000))
    assert first.done
    second.wait()
    samples = heard(device)
    assert np.count_nonzero(samples == 2000) == int(0.1 * RATE)
    changed = np.flatnonzero(samples == 2000)[0]
    assert not np.any(samples[changed:] == 1000)
    first.stop()  # too late to matter
    second.stop()


def test_the_rate_of_each_sound_is_kept(player: Player, device: VirtualDevice) -> None:
    player.play(tone(0.05)).wait()
    start = time.monotonic()
    player.play(tone(0.4, rate=8000)).wait()
    assert 0.4 <= time.monotonic() - start < 0.8
    assert np.count_nonzero(heard(device)) == 3200


def test_no_sound_at_all_is_soon_over(player: Player) -> None:
    start = time.monotonic()
    player.play(Pcm(b"", RATE)).wait()
    assert time.monotonic() - start < 0.3


def test_closing_stops_the_sound_and_it_can_play_again(
    player: Player, device: VirtualDevice
) -> None:
    playback = player.play(tone(5))
    player.close()
    assert playback.done
    player.play(tone(0.05)).wait()
    assert np.count_nonzero(heard(device)) == int(0.05 * RATE)


def test_a_device_that_goes_away_is_noticed_and_opened_again(
    player: Player, device: VirtualDevice
) -> None:
    playback = player.play(tone(30))
    device.close()  # it no longer asks for sound
    start = time.monotonic()
    with pytest.raises(NoOutputDevice, match="gone away"):
        playback.wait()
    assert time.monotonic() - start < STALLED + 0.5
    assert playback.done
    player.play(tone(0.05)).wait()


def test_the_sound_card_plays_through_miniaudio() -> None:
    start = time.monotonic()
    with Player(SoundCard(NULL)) as player:
        playback = player.play(tone(0.3))
        playback.wait()
        assert 0.3 <= time.monotonic() - start < 1.0
        stopped = player.play(tone(30))
        time.sleep(0.1)
        stopped.stop()
        assert stopped.done
        player.play(tone(0.1, rate=16_000)).wait()


def test_without_a_sound_card_the_next_step_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "outputs", lambda backends: ())
    with Player() as player, pytest.raises(NoOutputDevice) as caught:
        player.play(tone(0.1))
    assert "--out FILE" in caught.value.hint
    assert caught.value.exit_code == 2


def test_a_card_that_cannot_be_opened_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise miniaudio.MiniaudioError("failed to init device", -1)

    monkeypatch.setattr(miniaudio, "PlaybackDevice", refuse)
    with Player(SoundCard(NULL)) as player, pytest.raises(NoOutputDevice, match="cannot be opened"):
        player.play(tone(0.1))


def test_the_null_device_is_never_chosen_by_itself() -> None:
    assert miniaudio.Backend.NULL not in devices.real_backends()
    assert len(devices.outputs(NULL)) == len(devices.inputs(NULL)) == 1


def test_devices_that_swallow_sound_are_not_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    def listed(_: object) -> list[dict[str, object]]:
        def identity(name: bytes) -> object:
            return miniaudio.ffi.new("ma_device_id *", _named(name))

        return [
            {"name": "Discard all samples (playback)", "id": identity(b"null")},
            {"name": "Dummy Output", "id": identity(b"auto_null")},
            {"name": "Speakers", "id": identity(b"hw:0,0")},
        ]

    def _named(name: bytes) -> object:
        memory = miniaudio.ffi.new("ma_device_id *")
        miniaudio.ffi.buffer(memory)[: len(name)] = name
        return memory[0]

    monkeypatch.setattr(miniaudio.Devices, "get_playbacks", listed)
    assert [(d.number, d.name) for d in devices.outputs(NULL)] == [(0, "Speakers")]


def test_a_missing_device_prints_nothing() -> None:
    """ALSA writes a page to stderr by itself where there is no sound card."""
    code = (
        "from audio.output import NoOutputDevice, SoundCard\n"
        "try: SoundCard().start(22050, lambda n: b'')\n"
        "except NoOutputDevice: pass\n"
        "import miniaudio\n"
        "from audio.devices import real_backends\n"
        "try: miniaudio.PlaybackDevice(backends=real_backends()).close()\n"
        "except miniaudio.MiniaudioError: pass\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True
    )
    assert (done.stdout, done.stderr) == ("", "")
