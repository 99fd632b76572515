"""The parent's side of the speaking process: its pipes, its frames and its end."""

import json
import os
import select
import subprocess
import time
import weakref
from collections.abc import Sequence
from typing import Any, Final

from audio import synthesis
from models.errors import BacktalkError

# Python and the library take 0.05 to 0.1 s to load here; a cold and busy machine takes longer.
START_PATIENCE: Final = 15.0  # seconds
_MOST_MESSAGE: Final = 1 << 20  # bytes; the list of voices takes 15,000
_MOST_SOUND: Final = 1 << 28  # bytes


class SpeakerError(BacktalkError):
    """A text could not be spoken."""

    code = "speaker"


class BrokenChildError(Exception):
    """The child died, hung, babbled or reported a fault."""


class Child:
    """One child process and its two pipes."""

    def __init__(self, command: Sequence[str]) -> None:
        self.owner = os.getpid()
        self._ready = False
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,  # so that Ctrl-C reaches only us
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._requests = self._process.stdin.fileno()
        self._replies = self._process.stdout.fileno()
        os.set_blocking(self._requests, False)
        # Called by hand, when the child is forgotten, or at the end of the program.
        self.kill = weakref.finalize(self, _end, self._process, self.owner)

    def interrupt(self) -> None:
        """Kill the process, but leave its pipes to whoever is reading them."""
        if self.owner == os.getpid():
            self._process.kill()

    def await_ready(self) -> None:
        """Wait until the library is loaded. Raises SpeakerError where it cannot be."""
        if not self._ready:
            reply, _ = self._read_frame(time.monotonic() + START_PATIENCE)
            if reply.get("error") == "start":
                raise SpeakerError(
                    f"The voice cannot start: {reply.get('message')}",
                    "Install Backtalk again, with all that it depends on.",
                )
            self._ready = True

    def ask(self, frame: bytes, patience: float) -> tuple[dict[str, Any], bytes]:
        """Send a request and return the reply, or raise BrokenChildError after `patience` s."""
        deadline = time.monotonic() + patience
        rest = memoryview(frame)
        while rest:
            self._wait(self._requests, select.POLLOUT, deadline)
            try:
                rest = rest[os.write(self._requests, rest) :]
            except BrokenPipeError:
                raise BrokenChildError("it ended") from None
        return self._read_frame(deadline)

    def _read_frame(self, deadline: float) -> tuple[dict[str, Any], bytes]:
        size, sound = synthesis.LENGTHS.unpack(self._read(synthesis.LENGTHS.size, deadline))
        if size > _MOST_MESSAGE or sound > _MOST_SOUND:
            raise BrokenChildError("it sent nonsense")
        try:
            message = json.loads(self._read(size, deadline))
        except ValueError:
            raise BrokenChildError("it sent nonsense") from None
        if not isinstance(message, dict):
            raise BrokenChildError("it sent nonsense")
        return message, self._read(sound, deadline)

    def _read(self, size: int, deadline: float) -> bytes:
        data = bytearray()
        while len(data) < size:
            self._wait(self._replies, select.POLLIN, deadline)
            block = os.read(self._replies, size - len(data))
            if not block:
                raise BrokenChildError("it ended")
            data += block
        return bytes(data)

    def _wait(self, pipe: int, event: int, deadline: float) -> None:
        poll = select.poll()
        poll.register(pipe, event)
        if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise BrokenChildError("it took too long")


def _end(process: "subprocess.Popen[bytes]", owner: int) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    if owner == os.getpid():
        process.kill()
        process.wait()
