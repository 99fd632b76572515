import json
import re
import shutil
from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from audio.errors import GrammarError, SpeechModelError
from audio.wav import Pcm, load, write
from models.catalog import bundled_path
from models.errors import UnknownModelError
from skill.commands.transcribe import transcribe

HUMAN = Path(__file__).parent / "data" / "human"
CLIP = HUMAN / "drink_orders-0362.flac"
SAID = "make me a dark roast iced coffee"

pytestmark = pytest.mark.usefixtures("isolated_home", "speech_model")


def run(*arguments: object) -> Result:
    app = typer.Typer()
    app.command()(transcribe)
    return CliRunner().invoke(app, [str(a) for a in arguments])


def test_text_for_people() -> None:
    result = run(CLIP)
    assert result.exit_code == 0
    assert re.fullmatch(rf"{CLIP}: {SAID} \[(0\.9\d|1\.00), 4\.7 s\]\n", result.stdout)
    assert result.stderr == ""


def test_one_json_object_a_line_for_each_file(tmp_path: Path) -> None:
    resampled = tmp_path / "copy.wav"
    write(resampled, load(CLIP, rate=44_100))
    result = run("--json", CLIP, resampled)
    assert result.exit_code == 0
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["file"] for line in lines] == [str(CLIP), str(resampled)]
    for line in lines:
        assert list(line) == ["file", "text", "confidence", "words", "unknown", "seconds", "rtf"]
        assert line["text"] == SAID
        assert 0.9 < line["confidence"] <= 1
        assert [list(word) for word in line["words"]] == [
            ["word", "start", "end", "confidence"]
        ] * 7
        assert " ".join(word["word"] for word in line["words"]) == SAID
        assert line["unknown"] == []
        assert line["seconds"] == pytest.approx(4.663, abs=0.001)
        assert 0 < line["rtf"] < 5
    assert result.stderr == ""


def test_a_bad_file_is_one_line_and_the_others_still_run(tmp_path: Path) -> None:
    letter = tmp_path / "letter.wav"
    letter.write_text("dear friend")
    empty = tmp_path / "empty.wav"
    empty.touch()
    result = run("--json", letter, CLIP, empty, tmp_path / "none.flac", tmp_path)
    assert result.exit_code == 2
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert lines[1]["text"] == SAID
    errors = [line for line in lines if "error" in line]
    assert [line["file"] for line in errors] == [
        str(f) for f in (letter, empty, tmp_path / "none.flac", tmp_path)
    ]
    assert all(list(line) == ["file", "error"] and line["error"] for line in errors)


def test_a_bad_file_for_people_is_one_line_on_stderr(tmp_path: Path) -> None:
    result = run(tmp_path / "none.wav", CLIP)
    assert result.exit_code == 2
    assert SAID in result.stdout
    assert result.stderr.count("\n") == 1
    assert "no such file" in result.stderr


def test_a_grammar_names_what_the_model_does_not_know() -> None:
    result = run("--json", "--grammar", "iced coffee, dark roast,xyzzy", CLIP)
    assert result.exit_code == 0
    line = json.loads(result.stdout)
    assert line["unknown"] == ["xyzzy"]
    assert "iced coffee" in line["text"]
    assert set(line["text"].split()) <= {"iced", "coffee", "dark", "roast", "[unk]"}
    spoken = run("--grammar", "iced coffee,xyzzy", CLIP)
    assert spoken.stderr == "The speech model does not know: xyzzy\n"


def test_an_empty_grammar_is_refused() -> None:
    result = run("--grammar", " , ", CLIP)
    assert isinstance(result.exception, GrammarError)


def test_silence_is_said_to_be_silence(tmp_path: Path) -> None:
    write(tmp_path / "silence.wav", Pcm(bytes(32_000), 16_000))
    result = run(tmp_path / "silence.wav")
    assert result.exit_code == 0
    assert "(nothing was heard)" in result.stdout
    line = json.loads(run("--json", tmp_path / "silence.wav").stdout)
    assert (line["text"], line["confidence"], line["words"]) == ("", 0, [])


def test_another_model_by_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(bundled_path(), folder)
    assert SAID in run("--model", folder, CLIP).stdout
    (folder / "graph" / "Gr.fst").write_bytes(b"broken")
    broken = shutil.copytree(folder, tmp_path / "broken")
    assert isinstance(run("--model", broken, CLIP).exception, SpeechModelError)
    assert isinstance(run("--model", tmp_path / "none", CLIP).exception, UnknownModelError)


def test_no_file_is_a_usage_error() -> None:
    assert run().exit_code == 2
