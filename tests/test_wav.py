import os
import struct
import wave
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import audio.wav
from audio.errors import AudioFileError
from audio.wav import Pcm, decode, load, resample, write
from tests.sounds import tone, wav_bytes

DATA = Path(__file__).parent / "data"
CLIP = DATA / "human" / "drink_orders-0362.flac"


def values(pcm: Pcm) -> np.ndarray:
    return np.frombuffer(pcm.samples, "<i2") / 32768


def amplitude(signal: np.ndarray, hertz: float, rate: int) -> float:
    """The amplitude of one frequency, without the first and last tenth of the signal."""
    edge = len(signal) // 10
    part = signal[edge:-edge]
    phase = np.exp(-2j * np.pi * hertz / rate * np.arange(len(part)))
    return float(2 * abs(np.mean(part * phase * np.hanning(len(part)) * 2)))


@pytest.mark.parametrize("kind", ["8", "16", "24", "32", "float"])
@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 44_100, 48_000])
def test_every_wav_format_holds_the_same_sound(kind: str, rate: int) -> None:
    sound = tone(400, rate)
    mono = decode(wav_bytes(sound, rate, kind))
    stereo = decode(wav_bytes(np.stack([sound * 1.5, sound * 0.5], 1), rate, kind))
    tolerance = 0.01 if kind == "8" else 0.0001
    for pcm in (mono, stereo):
        assert pcm.rate == rate
        assert pcm.seconds == pytest.approx(1.0)
        assert np.abs(values(pcm) - sound).max() < tolerance
    assert amplitude(values(decode(wav_bytes(sound, rate, kind), rate=16_000)), 400, 16_000) == (
        pytest.approx(0.5, abs=0.005)
    )


def test_flac_with_24_bits_and_two_channels_is_mixed_down() -> None:
    pcm = load(DATA / "sound" / "stereo-24bit-44100.flac")
    assert (pcm.rate, pcm.seconds) == (44_100, 0.5)
    assert amplitude(values(pcm), 441, 44_100) == pytest.approx(0.25, abs=0.002)
    assert amplitude(values(pcm), 882, 44_100) == pytest.approx(0.125, abs=0.002)


def test_loud_float_samples_are_clipped_and_holes_are_silence() -> None:
    sound = np.array([2.0, -3.0, np.inf, -np.inf, np.nan, 0.5] * 10)
    assert values(decode(wav_bytes(sound, 16_000, "float")))[:6] == pytest.approx(
        [1, -1, 1, -1, 0, 0.5], abs=1e-4
    )


@pytest.mark.parametrize("source", [11_025, 22_050, 44_099, 44_100, 48_000])
def test_resampling_keeps_speech_and_lets_no_alias_through(source: int) -> None:
    for hertz in (100, 1000, 3000, 5000, 7000):
        if hertz < source * 0.45:
            out = values(resample(decode(wav_bytes(tone(hertz, source), source)), 16_000))
            assert amplitude(out, hertz, 16_000) == pytest.approx(0.5, rel=0.01)
            assert np.sqrt(np.mean(out**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.02)
    for hertz in (8_500, 10_000, 15_000, 20_000):
        if hertz < source / 2:
            out = values(resample(decode(wav_bytes(tone(hertz, source), source)), 16_000))
            assert 20 * np.log10(np.abs(out[800:-800]).max() / 0.5 + 1e-9) < -70


@given(st.integers(4_000, 96_000), st.integers(4_000, 96_000), st.integers(0, 3_000))
@settings(deadline=None, max_examples=40)
def test_resampling_keeps_the_length(source: int, target: int, frames: int) -> None:
    out = resample(Pcm(bytes(2 * frames), source), target)
    assert out.rate == target
    assert len(out.samples) // 2 == -(-frames * target // source)


@given(st.binary(max_size=4_000), st.sampled_from([8_000, 16_000, 44_100]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_written_is_read_back(tmp_path: Path, raw: bytes, rate: int) -> None:
    pcm = Pcm(raw[: len(raw) // 2 * 2], rate)
    write(tmp_path / "sound.wav", pcm)
    if pcm.samples:
        assert load(tmp_path / "sound.wav") == pcm
    assert [f.name for f in tmp_path.iterdir()] == ["sound.wav"]


def test_a_failed_write_leaves_the_old_file_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "sound.wav"
    write(file, Pcm(b"\1\0" * 100, 16_000))
    before = file.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(wave.Wave_write, "writeframes", full)
    with pytest.raises(AudioFileError, match="No space left"):
        write(file, Pcm(b"\2\0" * 100, 16_000))
    assert file.read_bytes() == before
    assert [f.name for f in tmp_path.iterdir()] == ["sound.wav"]


def test_writing_into_no_folder_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(AudioFileError, match="cannot be written"):
        write(tmp_path / "nowhere" / "sound.wav", Pcm(b"", 16_000))


def test_chunks_are_what_a_microphone_hands_over() -> None:
    pcm = Pcm(bytes(range(250)) * 50, 16_000)
    chunks = list(pcm.chunks(0.1))
    assert b"".join(chunks) == pcm.samples
    assert [len(c) for c in chunks] == [3200, 3200, 3200, 2900]


GOOD = wav_bytes(tone(440, 16_000), 16_000)
FLAC = CLIP.read_bytes()
BAD = {
    "empty": b"",
    "text": b"this is no sound at all, only a letter to a friend\n",
    "page": b"<!DOCTYPE html><html></html>",
    "mp3": b"ID3\x04\x00\x00\x00\x00\x00\x00" + bytes(500),
    "ogg": b"OggS" + bytes(500),
    "zeros": bytes(5000),
    "wav cut in its header": GOOD[:30],
    "wav with a header only": GOOD[:44],
    "wav cut short": GOOD[:-1000],
    "wav of zero channels": GOOD[:22] + b"\0\0" + GOOD[24:],
    "wav of 200 channels": GOOD[:22] + b"\xc8\0" + GOOD[24:],
    "wav at 0 Hz": GOOD[:24] + bytes(4) + GOOD[28:],
    "wav at 1 MHz": GOOD[:24] + struct.pack("<I", 1_000_000) + GOOD[28:],
    "wav of 3 bits": GOOD[:34] + b"\3\0" + GOOD[36:],
    "wav that holds mp3": GOOD[:20] + b"\x55\0" + GOOD[22:],
    "flac cut in its header": FLAC[:20],
    "flac cut short": FLAC[: len(FLAC) // 2],
    "flac with one changed byte": FLAC[:20_000] + b"\x55\xaa" + FLAC[20_002:],
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_one_clear_error(tmp_path: Path, name: str) -> None:
    file = tmp_path / "sound.wav"
    file.write_bytes(BAD[name])
    with pytest.raises(AudioFileError) as caught:
        load(file)
    assert str(caught.value).startswith(f"{file}: ")
    assert "\n" not in str(caught.value)
    assert caught.value.hint
    assert caught.value.exit_code == 2


def test_formats_that_are_not_read_are_named() -> None:
    with pytest.raises(AudioFileError, match="MP3 files are not supported") as caught:
        decode(BAD["mp3"])
    assert "ffmpeg" in caught.value.hint


def test_a_stream_with_no_length_in_its_header_is_read() -> None:
    streamed = GOOD[:4] + b"\xff" * 4 + GOOD[8:40] + b"\xff" * 4 + GOOD[44:]
    assert decode(streamed).seconds == 1.0


def test_chunks_before_the_sound_are_passed_over() -> None:
    listed = GOOD[:36] + b"LIST" + struct.pack("<I", 5) + b"hello\0" + GOOD[36:]
    assert decode(listed) == decode(GOOD)


def test_missing_folders_and_pipes_are_errors(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    for path, words in (
        (tmp_path / "none.wav", "no such file"),
        (tmp_path, "this is a folder"),
        (tmp_path / "pipe.wav", "not a plain file"),
        (tmp_path / "a\0b", "cannot be read"),
    ):
        with pytest.raises(AudioFileError, match=words):
            load(path)


def test_a_file_without_permission_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "secret.wav"
    file.write_bytes(GOOD)

    def denied(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", denied)  # root may read everything
    with pytest.raises(AudioFileError, match="Permission denied"):
        load(file)


def test_a_huge_file_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "huge.wav"
    with file.open("wb") as stream:
        stream.write(GOOD)
        stream.truncate(audio.wav.MAX_BYTES + 1)  # a sparse file: it takes no room
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("it was read"))
    with pytest.raises(AudioFileError, match="too large"):
        load(file)


def test_hours_in_a_small_file_are_refused_by_the_header() -> None:
    days = bytearray(FLAC)
    days[22:26] = struct.pack(">I", 16_000 * 3601)  # the count of samples in STREAMINFO
    with pytest.raises(AudioFileError, match="too long"):
        decode(bytes(days))


def test_a_header_that_hides_the_length_does_not_help(monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = bytearray(FLAC)
    hidden[22:26] = bytes(4)
    assert decode(bytes(hidden)).seconds == pytest.approx(4.66, abs=0.01)
    monkeypatch.setattr(audio.wav, "MAX_SECONDS", 2.0)
    with pytest.raises(AudioFileError, match="too long"):
        decode(bytes(hidden))


@given(
    st.sampled_from([GOOD, FLAC]),
    st.lists(st.tuples(st.integers(0, 120), st.integers(0, 255)), min_size=1, max_size=6),
    st.integers(1, 40_000),
)
@settings(deadline=None, max_examples=200)
def test_any_damage_gives_sound_or_a_clear_error(
    original: bytes, changes: list[tuple[int, int]], length: int
) -> None:
    damaged = bytearray(original)
    for at, value in changes:
        damaged[at] = value
    for data in (bytes(damaged), bytes(damaged[:length])):
        with suppress(AudioFileError):
            assert decode(data).samples
