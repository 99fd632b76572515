import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from audio import capture, output
from audio.capture import NoInputDevice
from audio.errors import AudioFileError
from audio.output import NoOutputDevice, VirtualDevice
from audio.speaker import SpeakerError, UnknownVoiceError
from audio.wav import load
from skill.commands.listen import listen
from skill.commands.say import say
from skill.commands.voices import voices
from skill.settings import Settings, save_settings

pytestmark = pytest.mark.usefixtures("isolated_home")


def run(command: Callable[..., None], *words: str) -> Result:
    app = typer.Typer()
    app.command()(command)
    result: Result = CliRunner().invoke(app, words)
    return result


def test_say_writes_a_file(tmp_path: Path) -> None:
    out = tmp_path / "hello.wav"
    done = run(say, "Bend your knees.", "--out", str(out))
    assert done.exit_code == 0, done.output
    assert str(out) in done.output
    assert 0.8 < load(out).seconds < 2.0


def test_say_takes_voice_and_rate_and_the_settings_are_their_defaults(tmp_path: Path) -> None:
    def seconds(*options: str) -> float:
        out = tmp_path / "out.wav"
        assert run(say, "Bend your knees slowly.", "--out", str(out), *options).exit_code == 0
        return load(out).seconds

    usual = seconds()
    slow = seconds("--rate", "90")
    assert slow > 1.4 * usual
    save_settings(Settings(rate=90))
    assert seconds() == pytest.approx(slow, rel=0.02)
    assert seconds("--rate", "150") == pytest.approx(usual, rel=0.02)
    save_settings(Settings(voice="en-gb+f3"))
    assert seconds() == pytest.approx(seconds("--voice", "en-gb+f3"), rel=0.02)


def test_say_plays_where_it_can(monkeypatch: pytest.MonkeyPatch) -> None:
    device = VirtualDevice()
    monkeypatch.setattr("audio.player.SoundCard", lambda: device)
    done = run(say, "Hello.")
    assert done.exit_code == 0
    assert any(device.heard)


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        (("Hello.", "--voice", "en-uss"), UnknownVoiceError, "en-us"),
        (("Hello.", "--rate", "5"), SpeakerError, "80 to 450"),
        ((" ",), SpeakerError, "some words"),
        (("Hello.", "--out", "/nowhere/at/all.wav"), AudioFileError, "folder"),
    ],
)
def test_what_cannot_be_said_is_one_clear_error(
    words: tuple[str, ...], error: type[Exception], said: str
) -> None:
    done = run(say, *words)
    assert isinstance(done.exception, error)
    assert said in done.exception.hint  # type: ignore[attr-defined]
    assert done.output == ""


def test_say_without_a_sound_card_names_the_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "outputs", lambda backends: ())
    done = run(say, "Hello.")
    assert isinstance(done.exception, NoOutputDevice)
    assert "--out FILE" in done.exception.hint


def test_voices_lists_the_english_ones_with_a_star_at_the_current() -> None:
    done = run(voices)
    assert done.exit_code == 0
    lines = done.output.splitlines()
    assert [line.split()[1] for line in lines if line.startswith("*")] == ["gmw/en-us"]
    assert "Scotland" in done.output
    assert "Afrikaans" not in done.output
    assert "Afrikaans" in run(voices, "--all").output
    save_settings(Settings(voice="English (Scotland)+f3"))
    starred = [line for line in run(voices).output.splitlines() if line.startswith("*")]
    assert len(starred) == 1
    assert "en-gb-scotland" in starred[0]


def test_voices_as_json() -> None:
    listed = json.loads(run(voices, "--json").output)
    assert listed["current"] == "gmw/en-us"
    assert {"id", "name", "language", "gender"} == set(listed["voices"][0])
    assert len(listed["voices"]) > 100
    assert "f3" in listed["variants"]


def test_listen_without_a_microphone_offers_typing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture, "inputs", lambda backends: ())
    done = run(listen)
    assert isinstance(done.exception, NoInputDevice)
    assert "backtalk chat" in done.exception.hint
    assert done.exception.exit_code == 2
    assert done.output == ""
