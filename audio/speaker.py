"""Text to sound: one child process speaks (`audio.synthesis`), this side keeps it honest."""

import os
import sys
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from audio import synthesis
from audio.child import BrokenChildError, Child, SpeakerError
from audio.pieces import clean, pieces
from audio.synthesis import DEFAULT_VOICE

if TYPE_CHECKING:
    from audio.wav import Pcm

__all__ = [
    "DEFAULT_RATE",
    "DEFAULT_VOICE",
    "MAX_RATE",
    "MAX_TEXT",
    "MIN_RATE",
    "SAMPLE_RATE",
    "Speaker",
    "SpeakerError",
    "UnknownVoiceError",
    "Voice",
]

DEFAULT_RATE: Final = 150  # words a minute
MIN_RATE: Final = 80  # words a minute; espeak-ng goes no slower
MAX_RATE: Final = 450  # words a minute; espeak-ng goes no faster
SAMPLE_RATE: Final = 22_050  # Hz, of every espeak-ng voice in the package

# About 25 minutes of speech and 65 MB: more is a book, not something to say.
MAX_TEXT: Final = 20_000
# The library takes about 0.1 ms a character, so these leave room for a machine a hundred times
# slower or busier before a child is taken for hung.
PATIENCE: Final = 5.0  # seconds
PATIENCE_PER_CHARACTER: Final = 0.01  # seconds
ATTEMPTS: Final = 3


class UnknownVoiceError(SpeakerError):
    """There is no such voice."""

    code = "unknown-voice"


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice: `id` and `language` both name it; `gender` is "male", "female" or empty."""

    id: str
    name: str
    language: str
    gender: str


class Speaker:
    """Renders text to sound in a child process, one text at a time, from any thread.

    A child that dies or hangs is replaced, and the text is spoken again. Rendered pieces are
    kept, up to `cache_mb` megabytes. `patience` is how long (seconds) a short text may take.
    """

    def __init__(
        self,
        voice: str | None = None,
        rate: int = DEFAULT_RATE,
        *,
        cache_mb: float = 32,
        patience: float = PATIENCE,
        command: Sequence[str] | None = None,
    ) -> None:
        self.voice = voice or DEFAULT_VOICE
        self.rate = _checked_rate(rate)
        self._cache = _Cache(int(cache_mb * 1_000_000))
        self._patience = patience
        # By path and without the current folder on the module path: nothing lying about in the
        # folder that Backtalk is started from can take the place of a module.
        self._command = tuple(command or (sys.executable, "-P", synthesis.__file__))
        self._lock = threading.RLock()
        self._child: Child | None = None
        self._closed = False

    def start(self) -> None:
        """Start the child without waiting for it, so that the first text finds it ready."""
        with self._lock:
            self._running_child()

    def render(self, text: str, *, rate: int | None = None, voice: str | None = None) -> "Pcm":
        """Return `text` as 16-bit mono sound; a text with nothing to say gives no samples.

        `rate` is in words a minute. Raises UnknownVoiceError, and SpeakerError for a rate out of
        range, a text that is too long, or one that cannot be spoken after several attempts.
        """
        rate = self.rate if rate is None else _checked_rate(rate)
        voice = voice or self.voice
        if len(text) > MAX_TEXT:
            raise SpeakerError(
                f"The text is too long ({len(text):,} characters; the limit is {MAX_TEXT:,}).",
                "Say it in several parts.",
            )
        if self._child is None:
            self.start()
        from audio.wav import Pcm  # brings numpy: loaded here, it loads while the child starts

        parts = [self._piece(piece, voice, rate) for piece in pieces(clean(text))]
        hertz = parts[0][1] if parts else SAMPLE_RATE
        return Pcm(b"".join(sound for sound, _ in parts), hertz)

    def voices(self) -> tuple[Voice, ...]:
        """Return every voice that can be named."""
        return tuple(Voice(**voice) for voice in self._ask({"do": "voices"}, 0)[0]["voices"])

    def variants(self) -> tuple[str, ...]:
        """Return what may follow a voice and a plus sign to change its sound: "en-us+f3"."""
        return tuple(self._ask({"do": "voices"}, 0)[0]["variants"])

    def close(self) -> None:
        """End the child; nothing can be rendered afterwards."""
        self._closed = True
        if (child := self._child) is not None:
            child.interrupt()  # a thread that waits for a reply holds the lock until it has one
        with self._lock:
            self._drop_child()

    def __enter__(self) -> Self:
        """Return the speaker."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the child."""
        self.close()

    def _piece(self, text: str, voice: str, rate: int) -> tuple[bytes, int]:
        key = (voice.casefold(), rate, text)
        cached = self._cache.get(key)
        if cached is None:
            with self._lock:  # another thread may have rendered it while this one waited
                cached = self._cache.get(key)
                if cached is None:
                    cached = self._say(text, voice, rate)
                    self._cache.put(key, cached)
        return cached

    def _say(self, text: str, voice: str, rate: int) -> tuple[bytes, int]:
        request = {"do": "say", "text": text, "voice": voice, "rate": rate}
        reply, sound = self._ask(request, len(text))
        if reply.get("error") == "voice":
            raise self._unknown(voice)
        return sound, int(reply["rate"])

    def _unknown(self, voice: str) -> UnknownVoiceError:
        import difflib  # as slow to load as the rest of this module

        base, plus, _ = voice.partition("+")
        names = {n.casefold(): n for v in self.voices() for n in (v.name, v.id, v.language)}
        wanted = base.strip().casefold()
        if plus and wanted in names:  # then it is the variant that is wrong
            wanted = voice.casefold()
            names = {f"{base}+{v}".casefold(): f"{base}+{v}" for v in self.variants()}
        near = [names[n] for n in difflib.get_close_matches(wanted, names, n=3, cutoff=0.5)]
        likely = f"Did you mean {' or '.join(near)}? " if near else ""
        return UnknownVoiceError(
            f"There is no voice {voice!r}.", f"{likely}List them all: backtalk voices --all"
        )

    def _ask(self, request: dict[str, Any], length: int) -> tuple[dict[str, Any], bytes]:
        """Return the child's reply, from a new child where the old one dies, hangs or babbles."""
        frame = synthesis.pack(request)
        patience = self._patience + PATIENCE_PER_CHARACTER * length
        reason = ""
        with self._lock:
            for _ in range(ATTEMPTS):
                try:
                    child = self._running_child()
                    child.await_ready()
                    reply, sound = child.ask(frame, patience)
                    if reply.get("error") == "fault":
                        raise BrokenChildError(str(reply.get("message")))
                    return reply, sound
                except BrokenChildError as error:
                    reason = str(error)
                    self._drop_child()
                except BaseException:
                    # Interrupted between question and answer: the answer that is still to come
                    # would be taken for that to the next question.
                    self._drop_child()
                    raise
        raise SpeakerError(
            f"The voice failed {ATTEMPTS} times in a row ({reason}).",
            "Try again; if it goes on, run: backtalk doctor",
        )

    def _running_child(self) -> "Child":
        if self._closed:
            raise SpeakerError("The speaker is closed.", "Make a new one.")
        if self._child is not None and self._child.owner != os.getpid():
            self._child = None  # this process is a fork: the child belongs to its parent
        if self._child is None:
            try:
                self._child = Child(self._command)
            except OSError as error:
                raise SpeakerError(
                    f"The voice cannot start: {error.strerror or error}",
                    "Close other programs, or install Backtalk again.",
                ) from error
        return self._child

    def _drop_child(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child = None


class _Cache:
    """The sounds used last, up to a number of bytes; safe from any thread."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._bytes = 0
        self._sounds: OrderedDict[tuple[str, int, str], tuple[bytes, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[str, int, str]) -> tuple[bytes, int] | None:
        with self._lock:
            if key in self._sounds:
                self._sounds.move_to_end(key)
            return self._sounds.get(key)

    def put(self, key: tuple[str, int, str], sound: tuple[bytes, int]) -> None:
        with self._lock:
            self._sounds[key] = sound
            self._bytes += len(sound[0])
            while self._bytes > self._limit:
                _, (dropped, _) = self._sounds.popitem(last=False)
                self._bytes -= len(dropped)


def _checked_rate(rate: int) -> int:
    if not MIN_RATE <= rate <= MAX_RATE:
        raise SpeakerError(
            f"A rate of {rate} words a minute is out of range.",
            f"Choose {MIN_RATE} to {MAX_RATE}; {DEFAULT_RATE} is usual.",
        )
    return rate
