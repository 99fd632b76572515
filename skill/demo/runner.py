"""Plays a conversation: recording → recogniser → understanding → step → voice, each one timed."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from audio.recognizer import Hypothesis, Recognizer, SpeechModel, transcribe
from audio.render import render_speech
from audio.speaker import Speaker
from audio.wav import Pcm, load, resample
from skill.conversation import Conversation, new_session
from skill.demo.script import DemoConversation, DemoTurn
from skill.dialog.manager import Coach
from skill.turn import Reply, Turn

GAP_SECONDS: Final = 0.4
"""Silence between the two voices in the finished sound."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One utterance of the person, how it was heard, the reply, and the milliseconds each took.

    `turn` and `heard` are None for the opening words. `asked` is the flag that was open when the
    person spoke.
    """

    turn: DemoTurn | None
    heard: Hypothesis | None
    reply: Reply
    asked: str | None = None
    hear_ms: float = 0.0
    think_ms: float = 0.0
    speak_ms: float = 0.0
    sound: Pcm = field(default=Pcm(b"", 16_000), repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a conversation went: red-flag answers heard as meant, of how many; the level reached."""

    answers: int
    right: int
    level: str | None
    problems: tuple[str, ...]
    sound: Pcm = field(repr=False)


class Demo:
    """The chain, set up once for all conversations."""

    def __init__(self, model: SpeechModel, coach: Coach, speaker: Speaker) -> None:
        self._model = model
        self._coach = coach
        self._speaker = speaker

    def play(
        self,
        conversation: DemoConversation,
        show: Callable[[Exchange], None],
        pace: Callable[[Pcm], None] = lambda sound: None,
    ) -> Outcome:
        """Run the conversation; `show` is given each exchange, `pace` each sound as it begins."""
        talk = Conversation(self._coach, new_session(self._coach, region=conversation.region))
        recognizer = Recognizer(self._model)
        sounds: list[Pcm] = []
        problems: list[str] = []
        answers = right = 0
        level: str | None = None
        exchange = self._reply(None, None, talk.launch(), think_ms=0.0)
        show(exchange)
        sounds.append(exchange.sound)
        pace(exchange.sound)
        for turn in conversation.turns:
            asked = exchange.reply.expect.flag
            if turn.flag != asked:
                problems.append(f'"{turn.say}" answers {turn.flag}, but {asked} was asked')
            recording = load(turn.file, rate=self._model.rate)
            pace(recording)
            begin = time.perf_counter()
            heard = transcribe(recognizer, recording)
            hear_ms = _ms_since(begin)
            begin = time.perf_counter()
            reply = talk.step(Turn.said(heard.text, heard.confidence, at=time.time()))
            think_ms = _ms_since(begin)
            exchange = self._reply(turn, heard, reply, think_ms, asked, hear_ms)
            show(exchange)
            sounds += [recording, exchange.sound]
            pace(exchange.sound)
            if turn.flag is not None and not turn.digression:
                answers += 1
                right += _as_meant(turn, heard)
            level = reply.decision.level.value if reply.decision else level
        if level != conversation.level:
            problems.append(f"it reached {level} instead of {conversation.level}")
        if right != answers:
            problems.append(f"{answers - right} red-flag answers were not heard as meant")
        return Outcome(answers, right, level, tuple(problems), mix(sounds))

    def _reply(
        self,
        turn: DemoTurn | None,
        heard: Hypothesis | None,
        reply: Reply,
        think_ms: float,
        asked: str | None = None,
        hear_ms: float = 0.0,
    ) -> Exchange:
        begin = time.perf_counter()
        sound = render_speech(self._speaker, reply.speech)
        return Exchange(turn, heard, reply, asked, hear_ms, think_ms, _ms_since(begin), sound)


def mix(sounds: list[Pcm]) -> Pcm:
    """Return the sounds after each other, at the highest of their rates, with gaps between."""
    rate = max(sound.rate for sound in sounds)
    gap = bytes(int(GAP_SECONDS * rate) * 2)
    return Pcm(gap.join(resample(sound, rate).samples for sound in sounds), rate)


def _as_meant(turn: DemoTurn, heard: Hypothesis) -> bool:
    return turn.say.lower() == heard.text


def _ms_since(begin: float) -> float:
    return (time.perf_counter() - begin) * 1000
