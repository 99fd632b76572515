"""`backtalk intents`: check, test and fit, on the shipped phrases and on a small language."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.small_language import PHRASES, write_language

COMMAND = [sys.executable, "-c", "from skill.cli import main; main()", "intents"]
SMALL = ("--locale", "xx")


def run(*arguments: str, home: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command, with the package `intents` that lies in `home` where one is given."""
    return subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, check=False, cwd=home
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with a copy of the package that knows the small language only."""
    write_language(tmp_path)
    return tmp_path


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    """A file of lines to try on the shipped phrases; the second is wrong on purpose."""
    path = tmp_path / "lines.tsv"
    path.write_text(
        "# a remark\n\nstop\tstop\nsay that again\tthanks\nsay that again\trepeat|stop\n"
        "the parliament sat late on thursday\tnone\n"
    )
    return path


# --- check -------------------------------------------------------------------------------------


def test_check_advises_and_ends_well_where_nothing_is_wrong(home: Path) -> None:
    done = run("check", *SMALL, home=home)
    assert done.returncode == 0, done.stderr
    *remarks, total, next_step = done.stdout.splitlines()
    assert all(line.startswith("advice") for line in remarks)
    assert any("3 phrases; give it 12" in line for line in remarks)
    assert total == f"{len(remarks)} remarks, 0 of them to be mended."
    assert next_step == "Run: backtalk intents fit"


def test_check_finds_phrases_of_two_intents_that_are_all_but_the_same(tmp_path: Path) -> None:
    songs = ["tell me about teas", "sing me a song", "play a tune"]
    write_language(tmp_path, {**PHRASES, "requests": {"song": songs}})
    done = run("check", *SMALL, home=tmp_path)
    assert done.returncode == 1
    (wrong, *_) = [line for line in done.stdout.splitlines() if line.startswith("wrong")]
    assert "overlap" in wrong
    assert "'tell me about tea'" in wrong
    assert "'tell me about teas'" in wrong


def test_check_names_words_that_cannot_be_heard(tmp_path: Path) -> None:
    songs = ["sing me a zzyzzx", "play a tune", "some music"]
    write_language(tmp_path, {**PHRASES, "requests": {"song": songs}})
    done = run("check", *SMALL, home=tmp_path)
    (unheard,) = [line for line in done.stdout.splitlines() if "unheard" in line]
    assert unheard.endswith("zzyzzx")


def test_check_in_json(home: Path) -> None:
    done = run("check", "--json", *SMALL, home=home)
    assert done.returncode == 0
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(list(one) == ["kind", "intent", "text", "wrong"] for one in found)
    assert {one["kind"] for one in found} >= {"few", "stale"}


def test_check_of_a_language_that_is_not_there() -> None:
    done = run("check", "--locale", "qq")
    assert done.returncode == 2
    assert "qq" in done.stderr
    assert "Choose one of" in done.stderr


# --- test --------------------------------------------------------------------------------------


def test_wrong_lines_are_printed_with_what_was_found(lines: Path) -> None:
    done = run("test", str(lines))
    assert done.returncode == 1
    wrong, total = done.stdout.splitlines()
    assert wrong.startswith("'say that again': repeat (")
    assert wrong.endswith(", not thanks")
    assert total == "3 of 4 right (75.0%)."


@pytest.mark.parametrize(("share", "code"), [("0.75", 0), ("0.76", 1)])
def test_at_least_so_many_must_be_right(lines: Path, share: str, code: int) -> None:
    assert run("test", str(lines), "--at-least", share).returncode == code


def test_wrong_lines_in_json(lines: Path) -> None:
    done = run("test", str(lines), "--json")
    (found,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert list(found) == ["text", "wanted", "found", "score", "phrase"]
    assert (found["wanted"], found["found"]) == (["thanks"], "repeat")


@pytest.mark.parametrize(
    ("content", "message", "hint"),
    [
        (b"stop\n", "line 1", "Intents are named"),
        (b"stop\tstop\n\nhello\tno_such_intent\n", "line 3", "Intents are named"),
        (b"\tstop\n", "line 1", "Intents are named"),
        (b"# nothing\n", "no line to try", "Write"),
        (b"\xff\xfe", "cannot be read", "UTF-8"),
        (None, "cannot be read", "Name a"),
    ],
)
def test_a_malformed_file_is_refused_with_the_next_step(
    tmp_path: Path, content: bytes | None, message: str, hint: str
) -> None:
    path = tmp_path / "lines.tsv"
    if content is not None:
        path.write_bytes(content)
    done = run("test", str(path))
    assert done.returncode == 2
    assert str(path) in done.stderr
    assert message in done.stderr
    assert hint in done.stderr.splitlines()[-1]


# --- fit ---------------------------------------------------------------------------------------


def test_fit_learns_and_keeps_what_it_learned(home: Path) -> None:
    folder = home / "intents" / "locale" / "xx"
    done = run("fit", *SMALL, home=home)
    assert done.returncode == 0, done.stderr
    for name in ("layer.npz", "classifier.npz"):
        assert (folder / name).is_file()
        assert str(folder / name) in done.stdout
    assert "stale" not in run("check", *SMALL, home=home).stdout
    with (folder / "controls.yaml").open("a", encoding="utf-8") as file:
        file.write("again:\n- say that once more\n")
    assert "stale" in run("check", *SMALL, home=home).stdout


def test_fit_refuses_a_malformed_saying(home: Path) -> None:
    folder = home / "intents" / "locale" / "xx"
    (folder / "sayings" / "more.tsv").write_text("a numb toe\n")
    done = run("fit", *SMALL, home=home)
    assert done.returncode == 2
    assert "more.tsv, line 1" in done.stderr
    assert not (folder / "classifier.npz").exists()
