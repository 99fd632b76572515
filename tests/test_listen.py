import itertools
import os
import signal
import sys
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import miniaudio
import pytest
import typer
from typer.testing import CliRunner

from audio.capture import Microphone, frames
from audio.loop import Ears, Silent, Speech
from audio.output import NoOutputDevice, VirtualDevice
from audio.player import Playback, Player
from audio.recognizer import Hypothesis, Recognizer, SpeechModel
from audio.speaker import Speaker
from audio.wav import Pcm
from skill.commands.listen import converse, listen, mouth
from skill.commands.talk import TerminalScreen, introduce
from skill.settings import load_settings
from skill.speech import Segment, SegmentKind
from skill.turn import Reply, Turn, TurnKind

if TYPE_CHECKING:
    from skill.conversation import Conversation

SILENCE = bytes(3200)


def reply(text: str, *, ended: bool = False) -> Reply:
    return Reply((Segment(SegmentKind.TEXT, text),), ended=ended)


class Parrot:
    """A coach that says what it was told, and ends on "goodbye"."""

    def __init__(self) -> None:
        self.turns: list[Turn] = []
        self.session: object = None

    def launch(self, at: float = 0.0) -> Reply:
        return reply("Hello.")

    def step(self, turn: Turn) -> Reply:
        self.turns.append(turn)
        heard = turn.heard[0].text if turn.heard else "nothing"
        return reply(f"You said {heard}.", ended=heard == "goodbye")


class Words:
    """A recognition that hears one text."""

    def __init__(self, text: str) -> None:
        self._text = text

    def accept(self, samples: bytes) -> Hypothesis | None:
        return Hypothesis(self._text, 0.875) if self._text else None

    def partial(self) -> str:
        return ""

    def final(self) -> Hypothesis:
        return Hypothesis()


def talk(coach: Parrot, texts: list[str], sound: Iterator[bytes] | None = None) -> None:
    heard = iter(texts)
    ears = Ears(sound or itertools.repeat(SILENCE), lambda: Words(next(heard)))
    conversation = cast("Conversation", coach)
    converse(conversation, ears, lambda _: Silent(), TerminalScreen(echo=True))


def test_both_sides_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    coach = Parrot()
    talk(coach, ["my back hurts", "", "goodbye"])
    shown = " ".join(capsys.readouterr().out.split())
    assert "Hello." in shown
    assert "my back hurts [0.88]" in shown
    assert "You said my back hurts." in shown
    assert "(silence)" in shown
    assert [turn.kind for turn in coach.turns] == [
        TurnKind.SPEECH,
        TurnKind.SILENCE,
        TurnKind.SPEECH,
    ]


def test_ctrl_c_ends_it_and_the_coach_knows(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted() -> Iterator[bytes]:
        yield SILENCE
        raise KeyboardInterrupt

    coach = Parrot()
    talk(coach, ["hello", "never"], interrupted())
    assert [turn.kind for turn in coach.turns] == [TurnKind.SPEECH, TurnKind.END]
    assert "Ended." in capsys.readouterr().out


def test_so_does_being_told_to_terminate() -> None:
    def terminated() -> Iterator[bytes]:
        os.kill(os.getpid(), signal.SIGTERM)
        yield from itertools.repeat(SILENCE)

    before = signal.getsignal(signal.SIGTERM)
    coach = Parrot()
    talk(coach, [""], terminated())
    assert [turn.kind for turn in coach.turns] == [TurnKind.END]
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_microphone_that_fails_closes_the_session_and_is_reported() -> None:
    def failing() -> Iterator[bytes]:
        yield SILENCE
        raise NoOutputDevice("gone", "hint")

    coach = Parrot()
    with pytest.raises(NoOutputDevice):
        talk(coach, ["hello", ""], failing())
    assert coach.turns[-1].kind is TurnKind.END


def test_sound_that_runs_out_ends_it_once() -> None:
    coach = Parrot()
    talk(coach, ["", ""], iter([SILENCE] * 3))
    assert [turn.kind for turn in coach.turns] == [TurnKind.END]


def test_the_mouth_speaks_through_the_player() -> None:
    device = VirtualDevice()
    with Speaker() as speaker, Player(device) as player:
        speech = mouth(speaker, player)(reply("Hello."))
        assert isinstance(speech, Playback)
        speech.wait()
        assert any(device.heard)
        assert mouth(speaker, player)(Reply(())).done


def test_without_a_loudspeaker_it_is_said_once_and_goes_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Nothing:
        latency = 0.0
        asked = 0

        def start(self, rate: int, pull: object) -> None:
            self.asked += 1
            raise NoOutputDevice("No sound output was found.", "hint")

        def close(self) -> None:
            pass

    nothing = Nothing()
    with Speaker() as speaker, Player(nothing) as player:
        speak = mouth(speaker, player)
        spoken: list[Speech] = [speak(reply("One.")), speak(reply("Two."))]
    assert all(speech.done for speech in spoken)
    assert nothing.asked == 1
    assert capsys.readouterr().err.count("No sound output was found.") == 1


def test_a_text_that_cannot_be_spoken_does_not_end_the_conversation(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Speaker("nobody") as speaker, Player(VirtualDevice()) as player:
        assert mouth(speaker, player)(reply("One.")).done
    assert "nobody" in capsys.readouterr().err


def test_first_use_says_what_it_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    introduce(None)
    bundled = capsys.readouterr().out
    for words in ("no doctor", "cannot call for help", "no clinician", "wrong", "official model"):
        assert words in bundled
    introduce("vosk-model-small-en-us-0.15")
    other = capsys.readouterr().out
    assert "no doctor" in other
    assert "bundled" not in other


def test_devices_that_run_in_real_time(speech_model: SpeechModel) -> None:
    class Brief(Parrot):
        def step(self, turn: Turn) -> Reply:
            super().step(turn)
            return reply("Bye.", ended=True)

    device = VirtualDevice()
    coach = Brief()
    start = time.monotonic()
    with (
        Speaker() as speaker,
        Player(device) as player,
        Microphone(backends=[miniaudio.Backend.NULL]) as microphone,
    ):
        ears = Ears(microphone, lambda: Recognizer(speech_model), no_input=0.5)
        converse(
            cast("Conversation", coach),
            ears,
            mouth(speaker, player),
            TerminalScreen(echo=True),
        )
        spoken = speaker.render("Hello.").seconds + speaker.render("Bye.").seconds
        assert microphone.overruns == 0
    assert [turn.kind for turn in coach.turns] == [TurnKind.SILENCE]
    # Both replies to their ends, and the silence in between.
    assert spoken + 0.5 < time.monotonic() - start < spoken + 3


@pytest.mark.usefixtures("isolated_home")
def test_the_command_joins_the_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Microphone to loudspeaker; only the devices and the coach are stand-ins."""
    device = VirtualDevice()
    opened: list[dict[str, object]] = []
    coach = Parrot()

    class Opens:
        @staticmethod
        def open(**options: object) -> object:
            opened.append(options)
            coach.session = SimpleNamespace(introduced=True, region=None)
            return coach

    class Recorded(Microphone):
        """A person says "no" after the first prompt, and "goodbye" after the second."""

        def __init__(self, number: int | None, *, rate: int) -> None:
            self.overruns = 3
            self._answers = iter(["No.", "Goodbye."])
            self._sound: Iterator[bytes] = iter(())

        def __next__(self) -> bytes:
            if speaking[-1].done:
                return next(self._sound)
            with Speaker("en-us+f3") as person:
                pcm = person.render(next(self._answers))
            speaking[-1].wait()
            self._sound = itertools.chain(frames(pcm), itertools.repeat(SILENCE, 200))
            return SILENCE

        def close(self) -> None:
            pass

    speaking: list[Playback] = []
    play = Player.play

    def played(player: Player, pcm: Pcm) -> Playback:
        speaking.append(play(player, pcm))
        return speaking[-1]

    monkeypatch.setitem(sys.modules, "skill.conversation", SimpleNamespace(Conversation=Opens))
    monkeypatch.setattr("audio.capture.choose", lambda number: None)
    monkeypatch.setattr("audio.capture.Microphone", Recorded)
    monkeypatch.setattr("audio.player.SoundCard", lambda: device)
    monkeypatch.setattr(Player, "play", played)
    app = typer.Typer()
    app.command()(listen)
    done = CliRunner().invoke(app, ["--region", "uk"])
    assert done.exit_code == 0, done.output
    assert opened == [{"region": "uk", "introduced": False}]
    for words in ("no doctor", "Ctrl-C", "Hello.", "You said no.", "missed 0.3 s"):
        assert words in done.output
    assert [turn.heard[0].text for turn in coach.turns] == ["no", "goodbye"]
    assert load_settings().introduced
    assert any(device.heard)
