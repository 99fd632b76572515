"""Plays sound that can be stopped in the middle of a word."""

import threading
import time
from typing import Final, Self

from audio.output import NoOutputDevice, Output, SoundCard, no_output
from audio.wav import Pcm

__all__ = ["NoOutputDevice", "Playback", "Player"]

# A device that has asked for nothing for this long has gone away: it asks every 20 ms.
STALLED: Final = 2.0  # seconds


class Playback:
    """One sound on its way out."""

    def __init__(self, pcm: Pcm, latency: float) -> None:
        self._samples = memoryview(pcm.samples)
        self._position = 0
        # When the last sample is handed over, this much sound is still to be heard.
        self._tail = int(latency * pcm.rate) * 2
        self._stopped = False
        self._finished = threading.Event()
        self._asked = time.monotonic()

    @property
    def done(self) -> bool:
        """True once nothing more of it will be heard: played to its end, stopped or cut off."""
        return self._finished.is_set() or self.stalled

    @property
    def stalled(self) -> bool:
        """True where the device no longer asks for sound."""
        return time.monotonic() - self._asked > STALLED

    def stop(self) -> None:
        """Fall silent now, within the device's latency; does nothing where it is done."""
        self._stopped = True
        self._finished.set()

    def wait(self) -> None:
        """Return when it is done. Raises NoOutputDevice where the device has gone away."""
        while not self._finished.wait(0.1):
            if self.stalled:
                raise no_output("The sound output has gone away.")

    def pull(self, frames: int) -> bytes:
        """Return the next samples, called by the device; empty once there are none."""
        self._asked = time.monotonic()
        if self._stopped:
            return b""
        start, self._position = self._position, self._position + frames * 2
        if self._position >= len(self._samples) + self._tail:
            self._finished.set()
        return bytes(self._samples[start : self._position])


class Player:
    """Plays one sound at a time on an output that stays open between sounds."""

    def __init__(self, output: Output | None = None) -> None:
        self._output = output or SoundCard()
        self._rate = 0
        self._current: Playback | None = None
        self._lock = threading.Lock()

    def play(self, pcm: Pcm) -> Playback:
        """Start `pcm` at once; what was playing falls silent. Raises NoOutputDevice."""
        with self._lock:
            if self._current is not None:
                self._current.stop()
                if self._current.stalled:
                    self._rate = 0  # perhaps it can be opened again
            if self._rate != pcm.rate:
                self._current, self._rate = None, 0
                self._output.start(pcm.rate, self._pull)
                self._rate = pcm.rate
            self._current = Playback(pcm, self._output.latency)
            return self._current

    def close(self) -> None:
        """Stop the sound and close the output."""
        with self._lock:
            if self._current is not None:
                self._current.stop()
            self._current = None
            self._rate = 0
            self._output.close()

    def __enter__(self) -> Self:
        """Return the player."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the output."""
        self.close()

    def _pull(self, frames: int) -> bytes:
        current = self._current
        return b"" if current is None else current.pull(frames)
