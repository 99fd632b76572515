"""The demo: recordings heard by the real recogniser, answered by the real coach and voice."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from audio.wav import load
from skill.cli import app
from skill.demo.script import load_conversations
from skill.errors import ContentError

CONVERSATIONS = load_conversations()


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["demo", *arguments])
    return result.exit_code, result.output


def test_the_list_names_three_conversations() -> None:
    code, output = run("--list")
    assert code == 0
    assert [c.name for c in CONVERSATIONS] == ["safe-question", "self-care", "emergency"]
    assert all(c.name in output and c.title in output for c in CONVERSATIONS)


def test_all_three_run_and_every_red_flag_answer_is_heard(tmp_path: Path) -> None:
    out = tmp_path / "new" / "demo.wav"
    code, output = run("--out", str(out))
    assert code == 0, output
    heard = re.search(r"(\d+) of (\d+) red-flag answers", output)
    assert heard is not None
    assert heard[1] == heard[2]
    assert int(heard[1]) >= 15
    for words in ("selfcare", "emergency", "R20", "R01", "confidence", "ms"):
        assert words in output
    sound = load(out)
    spoken = sum(load(t.file, rate=sound.rate).seconds for c in CONVERSATIONS for t in c.turns)
    assert sound.seconds > spoken + 60  # both voices are in it


def test_quiet_prints_only_the_results(tmp_path: Path) -> None:
    code, output = run("--only", "safe-question", "--quiet", "--out", str(tmp_path / "a.wav"))
    assert code == 0, output
    assert len(output.strip().splitlines()) == 2


def test_an_unknown_conversation_is_named() -> None:
    result = CliRunner().invoke(app, ["demo", "--only", "nothing"])
    assert result.exit_code != 0
    assert "nothing" in str(result.exception)


def test_what_the_person_says_is_what_was_planned() -> None:
    asked = {t.flag for c in CONVERSATIONS for t in c.turns if t.flag}
    assert {"CES_BLADDER", "CES_SADDLE", "LEGS_BOTH", "CHEST_BREATH", "FEVER"} <= asked
    assert {c.level for c in CONVERSATIONS} == {None, "selfcare", "emergency"}


@pytest.mark.parametrize("text", ["", "conversations: 3", "conversations:\n- {name: x}", "{"])
def test_a_broken_script_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "conversations.yaml").write_text(text)
    with pytest.raises(ContentError):
        load_conversations(tmp_path)
