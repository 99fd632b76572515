"""Sounds made for the tests, in formats that `audio.wav.write` does not write."""

import struct

import numpy as np

from audio.wav import Pcm


def tone(hertz: float, rate: int, seconds: float = 1.0, level: float = 0.5) -> np.ndarray:
    return level * np.sin(2 * np.pi * hertz * np.arange(round(rate * seconds)) / rate)


def wav_bytes(samples: np.ndarray, rate: int, kind: str = "16") -> bytes:
    """A WAV file of samples from -1 to 1, shape (frames,) or (frames, channels)."""
    channels = 1 if samples.ndim == 1 else samples.shape[1]
    flat = samples.reshape(-1)
    bits = 32 if kind == "float" else int(kind)
    if kind == "float":
        body = flat.astype("<f4").tobytes()
    elif kind == "8":
        body = np.round(flat * 127 + 128).astype("u1").tobytes()
    else:
        whole = np.round(flat * (2 ** (bits - 1) - 1)).astype("<i4")
        body = b"".join(value.tobytes()[: bits // 8] for value in whole)
    frame = channels * bits // 8
    head = struct.pack(
        "<HHIIHH", 3 if kind == "float" else 1, channels, rate, rate * frame, frame, bits
    )
    chunks = b"fmt " + struct.pack("<I", 16) + head + b"data" + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def at_rate(pcm: Pcm, rate: int) -> np.ndarray:
    """The sound at another rate by way of its spectrum, independent of `audio.wav.resample`."""
    source = np.frombuffer(pcm.samples, "<i2") / 32768
    length = len(source) * rate // pcm.rate
    spectrum = np.fft.rfft(source)
    kept = np.zeros(length // 2 + 1, complex)
    bins = min(len(kept), len(spectrum))
    kept[:bins] = spectrum[:bins]
    return np.clip(np.fft.irfft(kept, length) * length / len(source), -1, 1)
