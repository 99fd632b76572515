"""Where sound goes: the sound card, or a virtual device that keeps time and remembers."""

import threading
import time
from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

from audio.devices import outputs, real_backends
from models.errors import BacktalkError

if TYPE_CHECKING:
    import miniaudio

# Asked for by the number of frames, gives 16-bit mono samples; the rest is silence.
Pull = Callable[[int], bytes]

# What has been handed over can no longer be taken back, so the two together are how long a voice
# goes on after a stop: 60 ms, which leaves room under 150 ms for a sound server's own buffer.
PERIOD: Final = 0.02  # seconds
PERIODS: Final = 3


class NoOutputDevice(BacktalkError):  # noqa: N818 (a state of the machine, named as such)
    """There is no loudspeaker, or it went away."""

    code = "no-output-device"


class Output(Protocol):
    """Something that asks for sound in real time."""

    @property
    def latency(self) -> float:
        """The most seconds between handing over a frame and hearing it."""

    def start(self, rate: int, pull: Pull) -> None:
        """Begin to ask `pull`, from another thread, for samples at `rate` Hz."""

    def close(self) -> None:
        """Stop asking; it may be started again."""


class SoundCard:
    """The machine's loudspeaker, through miniaudio.

    `backends` are the sound systems to try; None tries every real one, and never miniaudio's null
    device, which would swallow the sound without a word.
    """

    latency = PERIOD * PERIODS

    def __init__(self, backends: "Sequence[miniaudio.Backend] | None" = None) -> None:
        self._backends = backends
        self._device: Any = None

    def start(self, rate: int, pull: Pull) -> None:
        """Open the device. Raises NoOutputDevice where there is none or it is in use."""
        import miniaudio

        backends = list(self._backends or real_backends())
        if not outputs(backends):
            raise no_output("No sound output was found.")
        self.close()
        try:
            self._device = miniaudio.PlaybackDevice(
                nchannels=1,
                sample_rate=rate,
                buffersize_msec=int(PERIOD * 1000),
                callback_periods=PERIODS,
                backends=backends,
                app_name="Backtalk",
            )
            self._device.start(_generator(pull))
        except miniaudio.MiniaudioError as error:
            self.close()
            raise no_output("The sound output cannot be opened.") from error

    def close(self) -> None:
        """Close the device."""
        device, self._device = self._device, None
        if device is not None:
            device.close()


class VirtualDevice:
    """A device with no sound that keeps time as a card does and remembers what it was given.

    `heard` holds every sample asked for since `started` (seconds, monotonic clock), and sample n
    would be heard at `started` + n / rate.
    """

    latency = PERIOD * PERIODS

    def __init__(self) -> None:
        self.heard = bytearray()
        self.started = 0.0
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, rate: int, pull: Pull) -> None:
        """Begin to ask for sound."""
        self.close()
        self._stopping.clear()
        self.heard.clear()
        self.started = time.monotonic()
        self._thread = threading.Thread(target=self._run, args=(rate, pull), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop asking."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self, rate: int, pull: Pull) -> None:
        frames = int(rate * PERIOD)
        period = 0
        while not self._stopping.is_set():
            self.heard += pull(frames).ljust(frames * 2, b"\0")
            period += 1
            # A card takes its whole buffer at once, then a period whenever one has been heard.
            due = self.started + (period - PERIODS + 1) * PERIOD
            self._stopping.wait(max(0.0, due - time.monotonic()))


def no_output(message: str) -> NoOutputDevice:
    """Return the error with its next step."""
    return NoOutputDevice(
        message, "Plug in a loudspeaker and check its settings, or write to a file: --out FILE"
    )


def _generator(pull: Pull) -> Generator[bytes, int, None]:
    """Return `pull` as miniaudio wants it: a generator that has already begun."""

    def generate() -> Generator[bytes, int, None]:
        frames = yield b""
        while True:
            frames = yield pull(frames)

    generator = generate()
    next(generator)
    return generator
