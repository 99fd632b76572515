"""The listening loop: speak, listen, hand on what was heard, until the conversation ends."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Protocol

from audio.recognizer import Hypothesis
from skill.turn import Heard, Reply, Turn, TurnKind

NO_INPUT: Final = 8.0  # seconds of silence after a prompt that count as "said nothing"
# A radio in the room never ends an utterance; nobody answers for longer than this.
LONGEST: Final = 20.0  # seconds

STOP_KEY: Final = "s"
KEYS: Final[Mapping[str, str]] = MappingProxyType(
    {"y": "yes", "n": "no", "?": "not sure", STOP_KEY: "stop"}
)


class Recognition(Protocol):
    """What the loop needs of `audio.recognizer.Recognizer`."""

    def accept(self, samples: bytes) -> Hypothesis | None:
        """Take a frame; return a final where an utterance has ended."""

    def partial(self) -> str:
        """Return the words of the open utterance so far."""

    def final(self) -> Hypothesis:
        """End the open utterance."""


class Speech(Protocol):
    """A reply being spoken; `audio.player.Playback` is one."""

    @property
    def done(self) -> bool:
        """True once nothing more of it will be heard."""

    def stop(self) -> None:
        """Fall silent."""

    def wait(self) -> None:
        """Return when it is done."""


class Silent:
    """The speech of a reply that makes no sound."""

    done = True

    def stop(self) -> None:
        """Do nothing."""

    def wait(self) -> None:
        """Return at once."""


def no_keys() -> str | None:
    """Return None: the keyboard of a machine that has none."""
    return None


@dataclass(frozen=True, slots=True)
class Ears:
    """What is listened with.

    `frames` are 16-bit mono samples at `rate` Hz, `recognition` gives a fresh recogniser, and
    `keys` returns the key that was pressed last, or None. Time is counted in frames, so a
    recording runs as fast as it can be read.
    """

    frames: Iterator[bytes]
    recognition: Callable[[], Recognition]
    keys: Callable[[], str | None] = no_keys
    rate: int = 16_000
    no_input: float = NO_INPUT
    clock: Callable[[], float] = time.time


def listen(
    reply: Reply,
    ears: Ears,
    step: Callable[[Turn], Reply],
    speak: Callable[[Reply], Speech],
) -> Reply:
    """Speak `reply`, then listen and answer until a reply ends the conversation; return that one.

    What the microphone hears while the coach speaks is thrown away: without echo cancellation it
    is the coach's own voice. A key may interrupt, but during an urgent message only the stop key.
    When the frames run out, the conversation is told so by a turn of the kind END.
    """
    while True:
        speech = speak(reply)
        try:
            turn = _while_speaking(speech, reply, ears)
        except BaseException:
            speech.stop()
            raise
        if reply.ended:
            return reply
        turn = turn or _hear(ears)
        reply = step(turn)
        if turn.kind is TurnKind.END:
            return reply


def _while_speaking(speech: Speech, reply: Reply, ears: Ears) -> Turn | None:
    """Throw frames away until the speech is over; return the turn of a key that interrupts it."""
    while not speech.done:
        key = _pressed(ears)
        if key and (key == STOP_KEY or not (reply.urgent or reply.ended)):
            speech.stop()
            return _said(ears, Heard(KEYS[key]))
        if next(ears.frames, None) is None:
            speech.wait()
    return None


def _hear(ears: Ears) -> Turn:
    """Return what is said or pressed next: a turn of the kind SPEECH, SILENCE or END."""
    recognition = ears.recognition()
    waited = spoken = 0  # samples, so that they add up exactly
    while True:
        if key := _pressed(ears):
            return _said(ears, Heard(KEYS[key]))
        frame = next(ears.frames, None)
        if frame is None:
            return _turn(ears, recognition.final(), TurnKind.END)
        if heard := recognition.accept(frame):
            return _turn(ears, heard, TurnKind.SILENCE)
        if recognition.partial():
            spoken += len(frame) // 2
        else:
            waited, spoken = waited + len(frame) // 2, 0
        if waited >= ears.no_input * ears.rate or spoken >= LONGEST * ears.rate:
            # A bare "no" gives no partial result, so it may be in there, just before the end.
            return _turn(ears, recognition.final(), TurnKind.SILENCE)


def _turn(ears: Ears, heard: Hypothesis, otherwise: TurnKind) -> Turn:
    """Return a SPEECH turn, or one of the kind `otherwise` where there are no words."""
    if not heard.text:
        return Turn(otherwise, at=ears.clock())
    readings = [Heard(a.text, a.confidence) for a in heard.alternatives if a.text]
    return _said(ears, *(readings or [Heard(heard.text, heard.confidence)]))


def _said(ears: Ears, *heard: Heard) -> Turn:
    return Turn(TurnKind.SPEECH, heard, at=ears.clock())


def _pressed(ears: Ears) -> str | None:
    """Return a key that means something, or None."""
    key = (ears.keys() or "").lower()
    return key if key in KEYS else None
