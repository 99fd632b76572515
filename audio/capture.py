"""Sound in, as short frames: from the microphone, or from a recording in the same shape."""

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, Self

from audio.devices import Device, inputs, real_backends
from audio.wav import Pcm, resample
from models.errors import BacktalkError

if TYPE_CHECKING:
    import miniaudio

RATE: Final = 16_000  # Hz; what nearly every speech model works at
FRAME_MS: Final = 100

# Nothing stops listening for this long except a machine that cannot keep up; what is older is
# dropped first, since a late answer to an old question is worse than a lost one.
BUFFERED: Final = 50  # frames: 5 seconds
STALLED: Final = 2.0  # seconds without a frame: the microphone has gone away


class NoInputDevice(BacktalkError):  # noqa: N818 (a state of the machine, named as such)
    """There is no microphone, or it went away."""

    code = "no-input-device"


def frames(pcm: Pcm, ms: int = FRAME_MS, *, rate: int = RATE) -> Iterator[bytes]:
    """Yield a recording as a microphone would: 16-bit mono at `rate` Hz, the last frame shorter."""
    return resample(pcm, rate).chunks(ms / 1000)


class Microphone:
    """The microphone as an endless iterator of 100 ms frames: 16-bit mono at `rate` Hz.

    `device` is a number from `audio.devices.inputs`; None is the system's own choice. `overruns`
    counts the frames that were dropped because nobody took them in time.
    """

    def __init__(
        self,
        device: int | None = None,
        *,
        rate: int = RATE,
        backends: "Sequence[miniaudio.Backend] | None" = None,
    ) -> None:
        import miniaudio

        self.overruns = 0
        self._waiting: deque[bytes] = deque()
        self._arrived = threading.Condition()
        self._closed = False
        tried = list(backends or real_backends())
        chosen = choose(device, tried)
        try:
            self._device: Any = miniaudio.CaptureDevice(
                nchannels=1,
                sample_rate=rate,
                buffersize_msec=FRAME_MS,
                device_id=None if device is None else chosen.handle,
                backends=tried,
                app_name="Backtalk",
            )
            self._device.start(_collect(self._put, rate * FRAME_MS // 1000 * 2))
        except miniaudio.MiniaudioError as error:
            raise _no_input("The microphone cannot be opened.") from error

    def __iter__(self) -> Self:
        """Return the microphone."""
        return self

    def __next__(self) -> bytes:
        """Return the next frame, waiting for it. Raises NoInputDevice where none comes."""
        with self._arrived:
            while not self._waiting:
                if self._closed:
                    raise StopIteration
                if not self._arrived.wait(STALLED) and not self._waiting:
                    raise _no_input("The microphone has gone away.")
            return self._waiting.popleft()

    def close(self) -> None:
        """Stop listening; what was heard and not yet taken is still given."""
        with self._arrived:
            self._closed = True
            self._arrived.notify_all()
        self._device.close()

    def __enter__(self) -> Self:
        """Return the microphone."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop listening."""
        self.close()

    def _put(self, frame: bytes) -> None:
        with self._arrived:
            if len(self._waiting) == BUFFERED:
                self._waiting.popleft()
                self.overruns += 1
            self._waiting.append(frame)
            self._arrived.notify()


def choose(number: int | None, backends: "Sequence[miniaudio.Backend] | None" = None) -> Device:
    """Return the microphone of that number, the first one for None. Raises NoInputDevice."""
    found = inputs(backends)
    if not found:
        raise _no_input("No microphone was found.")
    for device in found:
        if number is None or device.number == number:
            return device
    names = "; ".join(f"{device.number} is {device.name}" for device in found)
    raise NoInputDevice(f"There is no microphone number {number}.", f"Choose one: {names}.")


def _no_input(message: str) -> NoInputDevice:
    return NoInputDevice(
        message, "Plug one in and check its settings, or type instead: backtalk chat"
    )


def _collect(put: Callable[[bytes], None], size: int) -> Generator[bytes, Any, None]:
    """Return a generator, already begun, that cuts what miniaudio sends to frames of `size` bytes.

    Each byte is copied once: blocks are kept as they come until they fill a frame.
    """

    def collect() -> Generator[bytes, Any, None]:
        blocks: list[memoryview] = []
        missing = size
        while True:
            block = memoryview((yield b""))
            while len(block) >= missing:
                put(b"".join((*blocks, block[:missing])))
                block = block[missing:]
                blocks, missing = [], size
            if block:
                blocks.append(block)
                missing -= len(block)

    generator = collect()
    next(generator)
    return generator
