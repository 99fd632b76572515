"""Sound in memory and in files: WAV and FLAC in, WAV out, 16-bit mono inside."""

import math
import os
import secrets
import wave
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import miniaudio
import numpy as np
from numpy.typing import NDArray

from audio.errors import AudioFileError

__all__ = ["MAX_BYTES", "MAX_SECONDS", "Pcm", "decode", "load", "resample", "write"]

# An hour is far beyond any utterance or workout. Both limits are checked before samples are kept,
# because a few kilobytes of FLAC can unpack to days of silence.
MAX_SECONDS: Final = 3600.0
MAX_BYTES: Final = 256 * 1024 * 1024
MIN_RATE: Final = 4_000  # Hz; below this no speech is left to recognise
MAX_RATE: Final = 192_000  # Hz; the highest rate that sound cards record
MAX_CHANNELS: Final = 8
# Programs that write to a pipe cannot know the length and put a placeholder near 2 or 4 GiB.
STREAMED: Final = 0x7FFF_F000

_BLOCK: Final = 4_096  # frames decoded or resampled at a time
# 48 zero crossings under this Kaiser window keep the pass band flat to 0.9 of the lower Nyquist
# frequency and everything above it 80 dB down. miniaudio's own resampler is linear: measured
# from 44.1 to 16 kHz it lets 9 kHz through as an alias only 8 dB down, so it is not used.
_CROSSINGS: Final = 48
_BETA: Final = 8.0
_ROLLOFF: Final = 0.95
# Odd pairs of rates would need a filter for each of thousands of phases; between this many they
# are interpolated, which is good to 100 dB.
_PHASES: Final = 1024

_OTHER_FORMATS: Final = {
    b"OggS": "Ogg",
    b"ID3": "MP3",
    b"\xff\xfb": "MP3",
    b"\xff\xf3": "MP3",
    b"FORM": "AIFF",
    b"caff": "CAF",
    b"\x1aE\xdf\xa3": "Matroska or WebM",
    b"#!AMR": "AMR",
}
_CONVERT: Final = "Convert it to WAV or FLAC first, for example: ffmpeg -i INPUT output.wav"


@dataclass(frozen=True, slots=True)
class Pcm:
    """Mono sound: `samples` are 16-bit little-endian integers, `rate` is in Hz."""

    samples: bytes
    rate: int

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.samples) / 2 / self.rate

    def chunks(self, seconds: float = 0.1) -> Iterator[bytes]:
        """Yield the samples piece by piece, as a microphone would; the last may be shorter."""
        step = max(1, round(self.rate * seconds)) * 2
        for start in range(0, len(self.samples), step):
            yield self.samples[start : start + step]


def load(path: str | os.PathLike[str], *, rate: int | None = None) -> Pcm:
    """Read a WAV or FLAC file, mixed down to mono, resampled to `rate` (Hz) where one is given.

    Raises AudioFileError where the file is missing, unreadable, empty, damaged, too long or not
    sound.
    """
    file = Path(path)
    try:
        if file.is_dir():
            raise AudioFileError(f"{file}: this is a folder", "Name a WAV or FLAC file.")
        # A device or a pipe could go on for ever, so only plain files are opened.
        if file.exists() and not file.is_file():
            raise AudioFileError(f"{file}: this is not a plain file", "Name a WAV or FLAC file.")
        size = file.stat().st_size
        if size > MAX_BYTES:
            raise AudioFileError(
                f"{file}: too large ({size / 2**20:.0f} MiB; the limit is {MAX_BYTES >> 20} MiB)",
                "Cut it into shorter pieces.",
            )
        data = file.read_bytes()
    except FileNotFoundError:
        raise AudioFileError(f"{file}: no such file", "Check the name and the folder.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise AudioFileError(
            f"{file}: cannot be read ({reason})", "Check the file's permissions and its disk."
        ) from error
    return decode(data, rate=rate, name=str(file))


def decode(data: bytes, *, rate: int | None = None, name: str = "sound") -> Pcm:
    """Do what `load` does for the bytes of a file; `name` stands in the messages."""
    if not data:
        raise AudioFileError(f"{name}: the file is empty", "Record it again.")
    if len(data) > MAX_BYTES:
        raise AudioFileError(f"{name}: too large", "Cut it into shorter pieces.")
    info, expected = _header(data, name)
    channels, source_rate = int(info.nchannels), int(info.sample_rate)
    if not MIN_RATE <= source_rate <= MAX_RATE or not 1 <= channels <= MAX_CHANNELS:
        raise AudioFileError(
            f"{name}: {source_rate} Hz with {channels} channels is not supported",
            f"Use {MIN_RATE} to {MAX_RATE} Hz and at most {MAX_CHANNELS} channels.",
        )
    blocks: list[bytes] = []
    frames = 0
    try:
        for block in miniaudio.stream_memory(
            data, miniaudio.SampleFormat.FLOAT32, channels, source_rate, _BLOCK
        ):
            mono = np.frombuffer(block, np.float32).reshape(-1, channels).mean(axis=1)
            frames += len(mono)
            _check_length(frames / source_rate, name)
            blocks.append(_to_int16(mono))
    except miniaudio.MiniaudioError as error:
        raise _damaged(name) from error
    if not frames or frames < expected:
        raise _damaged(name)
    pcm = Pcm(b"".join(blocks), source_rate)
    return pcm if rate is None else resample(pcm, rate)


def resample(pcm: Pcm, rate: int) -> Pcm:
    """Return the same sound at `rate` Hz: a windowed sinc filter, without aliases."""
    if rate == pcm.rate:
        return pcm
    common = math.gcd(rate, pcm.rate)
    up, down = rate // common, pcm.rate // common
    phases = min(up, _PHASES)
    bank = _filter_bank(phases, min(1.0, up / down))
    taps = bank.shape[1]
    source = np.frombuffer(pcm.samples, "<i2").astype(np.float32) / 32768
    length = -(-len(source) * up // down)
    padded = np.concatenate(
        [np.zeros(taps // 2 - 1, np.float32), source, np.zeros(taps // 2 + 1, np.float32)]
    )
    windows = np.lib.stride_tricks.sliding_window_view(padded, taps)
    out: list[bytes] = []
    for start in range(0, length, _BLOCK):
        position = np.arange(start, min(start + _BLOCK, length), dtype=np.int64) * down
        phase, between = np.divmod(position % up * phases, up)
        filters = bank[phase]
        if phases < up:
            filters += (bank[phase + 1] - filters) * (between[:, None] / np.float32(up))
        out.append(_to_int16(np.einsum("ij,ij->i", windows[position // up], filters)))
    return Pcm(b"".join(out), rate)


def write(path: str | os.PathLike[str], pcm: Pcm) -> None:
    """Write a 16-bit mono WAV file; it appears whole or not at all. Raises AudioFileError."""
    file = Path(path)
    part = file.with_name(f".{file.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as stream, wave.open(stream, "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(pcm.rate)
            out.writeframes(pcm.samples)
        part.replace(file)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise AudioFileError(
            f"{file}: cannot be written ({error.strerror or error})",
            "Choose a folder that exists, that you may write to and that has room.",
        ) from error


def _header(data: bytes, name: str) -> tuple[Any, int]:
    """Return miniaudio's facts about the file and the number of frames its header promises."""
    if data[:4] in (b"RIFF", b"RF64") and data[8:12] == b"WAVE":
        read = miniaudio.wav_get_info
    elif data[:4] == b"fLaC":
        read = miniaudio.flac_get_info
    else:
        kind = next((k for magic, k in _OTHER_FORMATS.items() if data.startswith(magic)), None)
        what = f"{kind} files are not supported" if kind else "this is not a WAV or FLAC file"
        raise AudioFileError(f"{name}: {what}", _CONVERT)
    try:
        info = read(data)
    except miniaudio.MiniaudioError as error:
        raise _damaged(name) from error
    if info.sample_format is miniaudio.SampleFormat.UNKNOWN:
        raise AudioFileError(f"{name}: this kind of WAV is not supported", _CONVERT)
    _check_length(float(info.duration), name)
    if read is miniaudio.wav_get_info and _cut_short(data):
        raise _damaged(name)
    return info, int(info.num_frames)


def _cut_short(data: bytes) -> bool:
    """Tell whether a WAV's data chunk promises more bytes than the file holds.

    The decoder takes what is there without a word, so half a recording would pass as a whole one.
    """
    at = 12
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        if data[at : at + 4] == b"data":
            return size < STREAMED and size > len(data) - at - 8
        at += 8 + size + size % 2
    return True


def _check_length(seconds: float, name: str) -> None:
    if seconds > MAX_SECONDS:
        raise AudioFileError(
            f"{name}: too long (the limit is {MAX_SECONDS / 60:.0f} minutes)",
            "Cut it into shorter pieces.",
        )


def _damaged(name: str) -> AudioFileError:
    return AudioFileError(
        f"{name}: the sound is damaged, cut short or holds nothing", "Record or copy it again."
    )


def _to_int16(samples: NDArray[Any]) -> bytes:
    """Return samples from -1 to 1 as 16-bit little-endian bytes; louder ones are clipped."""
    finite = np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0)
    whole: NDArray[np.int16] = np.clip(np.rint(finite * 32768), -32768, 32767).astype("<i2")
    return whole.tobytes()


@lru_cache(maxsize=8)
def _filter_bank(phases: int, scale: float) -> NDArray[np.float32]:
    """Return low-pass filters for delays of 0 to 1 source samples: shape (phases + 1, taps).

    `scale` is the target's rate over the source's, and 1.0 where the target's is higher.
    """
    half = math.ceil(_CROSSINGS / scale)
    offset = np.arange(-half + 1, half + 1) - np.arange(phases + 1)[:, None] / phases
    window = np.i0(_BETA * np.sqrt(np.clip(1 - (offset / half) ** 2, 0, None))) / np.i0(_BETA)
    bank = np.sinc(offset * scale * _ROLLOFF) * window
    return np.asarray(bank / bank.sum(axis=1, keepdims=True), dtype=np.float32)
