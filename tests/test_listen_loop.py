import itertools
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from audio.capture import frames
from audio.loop import KEYS, LONGEST, NO_INPUT, Ears, Silent, Speech, listen
from audio.recognizer import Alternative, Hypothesis, Mode, Recognizer, SpeechModel
from audio.speaker import Speaker
from audio.wav import Pcm
from skill.speech import Segment, SegmentKind
from skill.turn import Heard, Reply, Turn, TurnKind

SILENCE = bytes(3200)
CLEAR = "en-us+f3"  # the voice that the bundled model hears word for word


@pytest.fixture(scope="module")
def speaker() -> Iterator[Speaker]:
    with Speaker(CLEAR) as made:
        yield made


def reply(text: str = "Well?", *, ended: bool = False, urgent: bool = False) -> Reply:
    return Reply((Segment(SegmentKind.TEXT, text),), ended=ended, urgent=urgent)


@dataclass
class Room:
    """A person, a coach and a microphone that hears both; time passes as frames are taken.

    `answers` is what the person says after each prompt, None for nothing. `seconds` is how long
    the microphone lasts. `presses` are keys with the frame before which they are pressed.
    """

    speaker: Speaker
    answers: list[str | None]
    seconds: float = 120
    presses: dict[int, str] = field(default_factory=dict)
    taken: int = 0
    spoken: list[Reply] = field(default_factory=list)
    silenced: list[int] = field(default_factory=list)
    over_air: deque[bytes] = field(default_factory=deque)

    def frames(self) -> Iterator[bytes]:
        while self.taken < self.seconds * 10:
            self.taken += 1
            yield self.over_air.popleft() if self.over_air else SILENCE

    def keys(self) -> str | None:
        return self.presses.pop(self.taken, None)

    def hear(self, text: str, voice: str = CLEAR) -> int:
        sound = list(frames(self.speaker.render(text, voice=voice)))
        self.over_air.extend(sound)
        return len(sound)

    def speak(self, reply: Reply) -> Speech:
        self.spoken.append(reply)
        length = self.hear(reply.speech[0].text)
        room, end = self, self.taken + length

        class Echoing:
            stopped = False

            @property
            def done(self) -> bool:
                return self.stopped or room.taken >= end

            def stop(self) -> None:
                if not self.done:
                    room.silenced.append(room.taken)
                    for _ in range(end - room.taken):
                        room.over_air.popleft()
                self.stopped = True

            def wait(self) -> None:
                self.stopped = True

        if answer := self.answers.pop(0) if self.answers else None:
            self.over_air.extend([SILENCE] * 3)
            self.hear(answer)
        return Echoing()


def converse(
    room: Room, model: SpeechModel, replies: list[Reply], opening: Reply | None = None
) -> tuple[list[Turn], Reply]:
    turns: list[Turn] = []

    def step(turn: Turn) -> Reply:
        turns.append(turn)
        return replies[len(turns) - 1]

    ears = Ears(room.frames(), lambda: Recognizer(model), room.keys, clock=lambda: 7.0)
    return turns, listen(opening or reply(), ears, step, room.speak)


def said(turns: list[Turn]) -> list[str]:
    return [turn.heard[0].text if turn.heard else str(turn.kind) for turn in turns]


def test_a_conversation_is_heard_turn_by_turn(speaker: Speaker, speech_model: SpeechModel) -> None:
    room = Room(speaker, ["My back hurts.", "No.", "Not sure.", "Yes."])
    replies = [reply("Does it?"), reply("Really?"), reply("Are you?"), reply("Bye.", ended=True)]
    turns, last = converse(room, speech_model, replies)
    assert said(turns) == ["my back hurts", "no", "not sure", "yes"]
    assert all(turn.kind is TurnKind.SPEECH and turn.at == 7.0 for turn in turns)
    assert all(0.5 < turn.heard[0].confidence <= 1 for turn in turns)
    assert last is replies[-1]
    assert room.spoken[1:] == replies


def test_saying_nothing_is_a_turn_after_eight_seconds_of_frames(
    speaker: Speaker, speech_model: SpeechModel
) -> None:
    room = Room(speaker, [None, "Yes."])
    opening = reply("Tell me.")
    prompt = len(list(frames(speaker.render("Tell me."))))
    taken: list[int] = []

    def step(turn: Turn) -> Reply:
        taken.append(room.taken)
        return reply("Hello?", ended=turn.kind is TurnKind.SPEECH)

    ears = Ears(room.frames(), lambda: Recognizer(speech_model))
    listen(opening, ears, step, room.speak)
    assert taken[0] - prompt == NO_INPUT * 10
    assert taken[1] - taken[0] < 40


def test_the_coachs_own_words_are_never_an_answer(
    speaker: Speaker, speech_model: SpeechModel
) -> None:
    echo = reply("Yes. Yes. No. Yes. Stop. Help. Not sure.")
    room = Room(speaker, ["My back hurts.", None])
    turns, _ = converse(room, speech_model, [echo, reply(ended=True)], echo)
    assert said(turns) == ["my back hurts", "silence"]


def test_a_bare_no_without_an_end_is_not_lost(speaker: Speaker, speech_model: SpeechModel) -> None:
    """This "no" is so short that Vosk neither shows it in a partial result nor ends on it."""
    room = Room(speaker, [None])
    hears = room.speak

    def speak(reply: Reply) -> Speech:
        speech = hears(reply)
        room.hear("No.", voice="en-us")
        return speech

    turns: list[Turn] = []

    def step(turn: Turn) -> Reply:
        turns.append(turn)
        return reply(ended=True)

    listen(reply(), Ears(room.frames(), lambda: Recognizer(speech_model)), step, speak)
    assert said(turns) == ["no"]


@pytest.mark.parametrize(("key", "word"), [("y", "yes"), ("N", "no"), ("?", "not sure")])
def test_keys_answer(speaker: Speaker, speech_model: SpeechModel, key: str, word: str) -> None:
    room = Room(speaker, [None], presses={30: key})
    turns, _ = converse(room, speech_model, [reply(ended=True)])
    assert turns == [Turn(TurnKind.SPEECH, (Heard(word, 1.0),), at=7.0)]
    assert room.taken < 50


def test_a_key_interrupts_the_coach(speaker: Speaker, speech_model: SpeechModel) -> None:
    long = reply("This is a long explanation that goes on and on for many seconds.")
    room = Room(speaker, [None], presses={5: "n", 3: "x", 4: ""})
    turns, _ = converse(room, speech_model, [reply(ended=True)], long)
    assert said(turns) == ["no"]
    assert room.silenced == [5]


def test_only_the_stop_key_interrupts_an_urgent_message(
    speaker: Speaker, speech_model: SpeechModel
) -> None:
    urgent = reply("Call an ambulance now. Do not drive yourself.", urgent=True)
    room = Room(speaker, ["Yes."], presses={2: "y", 4: "?"})
    turns, _ = converse(room, speech_model, [reply(ended=True)], urgent)
    assert said(turns) == ["yes"]
    assert room.taken > 30  # after the message, so it was the voice and not the key
    assert room.silenced == []

    room = Room(speaker, [None], presses={2: "y", 4: "s"})
    turns, _ = converse(room, speech_model, [reply(ended=True)], urgent)
    assert said(turns) == ["stop"]
    assert room.silenced == [4]


def test_the_last_words_are_spoken_to_their_end(
    speaker: Speaker, speech_model: SpeechModel
) -> None:
    room = Room(speaker, [], presses={3: "y"})
    turns, last = converse(room, speech_model, [], reply("Goodbye, and take care.", ended=True))
    assert turns == []
    assert last.ended
    assert room.taken == len(list(frames(speaker.render("Goodbye, and take care."))))
    assert room.silenced == []


def test_a_microphone_that_ends_ends_the_conversation(
    speaker: Speaker, speech_model: SpeechModel
) -> None:
    room = Room(speaker, ["My back hurts."], seconds=2.4)
    turns, last = converse(room, speech_model, [reply("I see."), reply("Unheard.")])
    # What was begun is heard, then the end, which is not answered aloud.
    assert [turn.kind for turn in turns] == [TurnKind.SPEECH, TurnKind.END]
    assert turns[0].heard[0].text.startswith("my back")
    assert last == reply("Unheard.")
    assert len(room.spoken) == 2


class Scripted:
    """A recognition that answers as told."""

    def __init__(self, partial: str = "", final: Hypothesis | None = None) -> None:
        self._partial, self._final = partial, final or Hypothesis()

    def accept(self, samples: bytes) -> Hypothesis | None:
        return None

    def partial(self) -> str:
        return self._partial

    def final(self) -> Hypothesis:
        return self._final


def one_turn(recognition: Scripted, sound: Iterator[bytes] | None = None) -> tuple[Turn, float]:
    """What the loop makes of endless sound, and the seconds of it that it took."""
    count = itertools.count()
    sound = sound or (SILENCE for _ in count)
    turns: list[Turn] = []

    def step(turn: Turn) -> Reply:
        turns.append(turn)
        return reply(ended=True)

    listen(reply(), Ears(sound, lambda: recognition), step, lambda _: Silent())
    return turns[0], (next(count) - 1) / 10


def test_a_radio_does_not_hold_the_turn_for_ever() -> None:
    turn, seconds = one_turn(Scripted("and now the news", Hypothesis("and now the news", 0.6)))
    assert turn.heard == (Heard("and now the news", 0.6),)
    assert seconds == pytest.approx(LONGEST, abs=0.2)


def test_every_reading_is_handed_on_best_first() -> None:
    readings = (Alternative("no", 0.7), Alternative("", 0.2), Alternative("now", 0.1))
    turn, seconds = one_turn(Scripted("", Hypothesis("no", 0.7, (), readings, Mode.NBEST)))
    assert turn.heard == (Heard("no", 0.7), Heard("now", 0.1))
    assert seconds == pytest.approx(NO_INPUT, abs=0.2)


def test_sound_that_runs_out_gives_its_last_words() -> None:
    turn, _ = one_turn(Scripted("yes", Hypothesis("yes", 0.9)), iter([SILENCE] * 3))
    assert said([turn]) == ["yes"]
    turn, _ = one_turn(Scripted(), iter([SILENCE] * 3))
    assert turn.kind is TurnKind.END


def test_each_question_has_fresh_ears(speaker: Speaker, speech_model: SpeechModel) -> None:
    made: list[Recognizer] = []

    def recognition() -> Recognizer:
        made.append(Recognizer(speech_model))
        return made[-1]

    room = Room(speaker, ["Yes.", "No."])
    replies = iter([reply(), reply(ended=True)])
    listen(reply(), Ears(room.frames(), recognition), lambda _: next(replies), room.speak)
    assert len(made) == 2


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_interruption_silences_the_coach(speaker: Speaker, error: type[BaseException]) -> None:
    room = Room(speaker, [])

    def broken() -> Iterator[bytes]:
        yield from itertools.islice(room.frames(), 4)
        raise error

    def never(_: object = None) -> Reply:
        raise AssertionError("nothing was said")

    with pytest.raises(error):
        listen(reply(), Ears(broken(), Scripted), never, room.speak)
    assert room.silenced == [4]


def test_the_keys_are_the_ones_in_the_help() -> None:
    assert dict(KEYS) == {"y": "yes", "n": "no", "?": "not sure", "s": "stop"}


def test_a_recording_at_another_rate_is_timed_by_it() -> None:
    taken = 0

    def sound() -> Iterator[bytes]:
        nonlocal taken
        for chunk in Pcm(bytes(2 * 8000 * 20), 8000).chunks(0.1):
            taken += 1
            yield chunk

    last = reply(ended=True)
    listen(reply(), Ears(sound(), Scripted, rate=8000), lambda _: last, lambda _: Silent())
    assert taken == NO_INPUT * 10
