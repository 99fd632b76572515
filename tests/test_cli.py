"""The command line from outside: real processes, good input and bad."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer

from skill.cli import app
from skill.commands.lines import MAX_LINE

ROOT = Path(__file__).resolve().parents[1]
BACKTALK = Path(sys.executable).with_name("backtalk")
SECONDS = 120  # long enough for a machine that does five other things

NOT_UTF8 = b"\xff\xfe\xfa"
CHAT_KEYS = {
    "heard",
    "intent",
    "score",
    "symptoms",
    "values",
    "reply",
    "expect",
    "decision",
    "ended",
}
UNDERSTAND_KEYS = {"text", "intent", "score", "outcome", "symptoms", "values"}
VALUE_KEYS = {"age", "number", "duration", "severity", "region", "side", "answer"}


@pytest.fixture(autouse=True)
def _own_home(isolated_home: Path) -> None:
    """Nothing here reads or writes the settings of whoever runs the tests."""


def run(
    *words: str, stdin: bytes = b"", **environment: str
) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [BACKTALK, *words],
        input=stdin,
        capture_output=True,
        timeout=SECONDS,
        env={**os.environ, **environment},
    )


def lines_of(*words: str, stdin: bytes) -> list[dict[str, Any]]:
    """Run a command that must end well and quietly, and return the objects that it prints."""
    done = run(*words, stdin=stdin)
    assert (done.returncode, done.stderr) == (0, b"")
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def commands() -> list[tuple[str, ...]]:
    """Every command that can be typed, groups and the root included."""

    def walk(path: tuple[str, ...], command: Any) -> list[tuple[str, ...]]:
        inner = getattr(command, "commands", {})
        return [path] + [p for name, child in inner.items() for p in walk((*path, name), child)]

    return walk((), typer.main.get_command(app))


# --- help, version, completion -----------------------------------------------------------------


def test_every_way_in_is_there() -> None:
    top = {path[0] for path in commands() if path}
    assert top == {
        *("demo", "chat", "listen", "serve", "transcribe", "say", "voices"),
        *("triage", "understand", "intents", "doctor", "models"),
    }
    inner = {path[1] for path in commands() if len(path) == 2}
    assert inner == {
        *("list", "install", "verify", "use", "remove", "adapt"),
        *("check", "test", "fit"),
    }


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_help_ends_with_an_example(command: tuple[str, ...]) -> None:
    done = run(*command, "--help")
    assert (done.returncode, done.stderr) == (0, b"")
    text = done.stdout.decode()
    examples = [line for line in text.splitlines() if line.strip().startswith("Example: ")]
    assert len(examples) == 1, text
    assert f"backtalk {' '.join(command)}".rstrip() in examples[0]
    assert "Options:" in text


def test_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    done = run("--version")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode() == f"backtalk {project['version']}\n"


def test_no_command_shows_the_help() -> None:
    assert b"Usage: backtalk" in run().stdout + run().stderr


@pytest.mark.parametrize(
    "words",
    [("dance",), ("models", "dance"), ("chat", "--dance"), ("transcribe",), ("say", "a", "b")],
    ids=" ".join,
)
def test_what_is_no_command_ends_with_2_and_the_usage(words: tuple[str, ...]) -> None:
    done = run(*words)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"Usage: backtalk")
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_can_be_taught_to_complete(shell: str) -> None:
    done = run(_BACKTALK_COMPLETE=f"source_{shell}")
    assert (done.returncode, done.stderr) == (0, b"")
    assert f"_BACKTALK_COMPLETE=complete_{shell}" in done.stdout.decode()
    if shell == "bash":
        check = subprocess.run(["bash", "-n"], input=done.stdout, capture_output=True, check=False)
        assert (check.returncode, check.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("backtalk tr", ["transcribe", "triage"]),
        ("backtalk models re", ["remove"]),
        ("backtalk models install en", ["en-us-small"]),
    ],
)
def test_completion_offers_what_fits(typed: str, offered: list[str]) -> None:
    done = run(
        _BACKTALK_COMPLETE="complete_bash",
        COMP_WORDS=typed,
        COMP_CWORD=str(len(typed.split()) - 1),
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().split() == offered


def test_help_loads_nothing_heavy() -> None:
    code = """
import sys
from skill.cli import main
sys.argv = ["backtalk", "--help"]
try:
    main()
except SystemExit:
    pass
heavy = {"numpy", "vosk", "flask", "miniaudio", "pyttsx3", "requests", "rapidfuzz", "yaml"}
sys.exit(", ".join(sorted(heavy & set(sys.modules))) or 0)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, timeout=SECONDS, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"Usage: backtalk" in done.stdout


# --- errors ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("chat", "--region", "mars"), "mars"),
        (("chat", "--script", "nowhere.txt"), "nowhere.txt"),
        (("demo", "--only", "nobody"), "nobody"),
        (("demo", "--model", "nobody"), "nobody"),
        (("models", "install", "nobody"), "nobody"),
        (("models", "use", "nobody"), "nobody"),
        (("models", "remove", "en-us-small"), "en-us-small"),
        (("say", "hello", "--rate", "5"), "5"),
        (("say", "hello", "--voice", "nobody"), "nobody"),
        (("serve", "--region", "mars"), "mars"),
        (("transcribe", "--model", "nobody", "a.wav"), "nobody"),
    ],
    ids=lambda value: "" if isinstance(value, str) else " ".join(value),
)
def test_an_error_is_one_line_and_the_next_step(words: tuple[str, ...], named: str) -> None:
    done = run(*words)
    assert (done.returncode, done.stdout) == (2, b"")
    message, hint = done.stderr.decode().splitlines()
    assert message.startswith("backtalk: ")
    assert named in message
    assert hint.startswith("  ")
    assert hint.strip()


def test_a_broken_settings_file_is_named_and_the_doctor_still_runs(isolated_home: Path) -> None:
    settings = isolated_home / "settings.json"
    settings.write_text('{"rate": "fast"}')
    done = run("say", "hello")
    assert (done.returncode, done.stdout) == (2, b"")
    assert str(settings) in done.stderr.decode().splitlines()[0]
    doctor = run("doctor", "--json")
    checks = {c["name"]: c["status"] for c in json.loads(doctor.stdout)["checks"]}
    assert (doctor.returncode, checks["Settings"]) == (1, "fail")
    assert checks["Content"] != "fail"


# --- one line out for each line in -------------------------------------------------------------

BAD = {
    "empty": b"",
    "blank": b"  \t",
    "not UTF-8": NOT_UTF8,
    "huge": b"x" * (MAX_LINE + 1),
}


@pytest.mark.parametrize(
    ("command", "good", "keys"),
    [
        ("triage", b'{"age": 42, "yes": ["FEVER"], "unsure": []}', {"level", "rules", "flags"}),
        ("understand", b"is it safe to crack my back", UNDERSTAND_KEYS),
    ],
)
def test_each_line_gets_one_line_whatever_it_holds(
    command: str, good: bytes, keys: set[str]
) -> None:
    sent = [good, *BAD.values(), good]
    got = lines_of(command, "--json", stdin=b"\n".join(sent))
    assert [set(answer) for answer in got] == [keys, *[{"error"}] * len(BAD), keys]
    assert all(answer["error"] for answer in got if "error" in answer)
    assert got[0] == got[-1]


@pytest.mark.parametrize(
    "line",
    [
        b"no JSON",
        b"[]",
        b"null",
        b'"FEVER"',
        b'{"age": -1}',
        b'{"age": 4.5}',
        b'{"age": true}',
        b'{"yes": "FEVER"}',
        b'{"yes": ["NOTHING"]}',
        b'{"yes": [["FEVER"]]}',
        b'{"color": "red"}',
        b"[" * 50_000,
    ],
    ids=lambda line: line[:20].decode(),
)
def test_triage_refuses_what_are_no_facts(line: bytes) -> None:
    (answer,) = lines_of("triage", "--json", stdin=line + b"\n")
    assert set(answer) == {"error"}
    assert answer["error"]


def test_triage_answers_as_documented() -> None:
    facts = b'{"age": 42, "yes": ["FEVER"], "unsure": []}\n{}\n{"unsure": ["STROKE_FACE"]}\n'
    assert lines_of("triage", "--json", stdin=facts) == [
        {"level": "urgent", "rules": ["R12"], "flags": ["FEVER"]},
        {"level": "selfcare", "rules": ["R20"], "flags": []},
        {"level": "emergency", "rules": ["R11"], "flags": ["STROKE_FACE"]},
    ]
    done = run("triage", stdin=facts)
    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.decode().splitlines()] == [
        "urgent",
        "selfcare",
        "emergency",
    ]


def test_understand_answers_as_documented() -> None:
    said = "Is it safe to crack someone's back?", "my back hurts and I can't feel my feet"
    question, report = lines_of("understand", "--json", stdin="\n".join(said).encode())
    assert question["outcome"] == "accept"
    assert question["intent"].startswith("topic.")
    assert 0 < question["score"] <= 1
    assert set(question["values"]) == VALUE_KEYS
    assert report["symptoms"]
    for symptom in report["symptoms"]:
        assert set(symptom) == {"flag", "polarity", "evidence", "confidence"}
        assert symptom["polarity"] in {"yes", "no", "unsure"}


def test_no_input_is_no_answer_and_no_error() -> None:
    assert lines_of("triage", "--json", stdin=b"") == []
    assert lines_of("understand", "--json", stdin=b"") == []


# --- chat --------------------------------------------------------------------------------------


def test_chat_gives_the_opening_and_an_object_for_each_line() -> None:
    sent = [b"my lower back hurts", b"", NOT_UTF8, b"word " * 40_000, b"\x00\x1b[2J", b"goodbye"]
    got = lines_of("chat", "--json", "--region", "uk", stdin=b"\n".join(sent) + b"\n")
    assert len(got) == 1 + len(sent)
    for answer in got:
        assert set(answer) == CHAT_KEYS
        assert set(answer["values"]) == VALUE_KEYS
        assert set(answer["expect"]) == {"kind", "flag", "yes_means"}
        assert answer["decision"] is None
        assert answer["reply"] or answer["ended"]
    assert got[0]["heard"] is None
    assert [answer["ended"] for answer in got] == [False] * len(sent) + [True]


def test_chat_reads_nothing_after_the_end() -> None:
    got = lines_of("chat", "--json", stdin=b"goodbye\nmy back hurts\n")
    assert [answer["heard"] for answer in got] == [None, "goodbye"]


def test_chat_answers_each_line_before_the_next_is_sent() -> None:
    """Another program can converse: nothing waits in a buffer."""
    with subprocess.Popen(
        [BACKTALK, "chat", "--json", "--region", "uk"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        opening = json.loads(process.stdout.readline())
        assert opening["reply"]
        process.stdin.write(b"what makes the popping sound\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["heard"] == "what makes the popping sound"
        process.stdin.close()
        assert process.wait(SECONDS) == 0


def test_chat_without_the_first_use_line() -> None:
    (first,) = lines_of("chat", "--json", stdin=b"")
    (later,) = lines_of("chat", "--json", "--no-intro", stdin=b"")
    assert "not a doctor" in first["reply"]
    assert "not a doctor" not in later["reply"]


def test_chat_reads_a_script(tmp_path: Path) -> None:
    script = tmp_path / "script.txt"
    script.write_text("what makes the popping sound\ngoodbye\n")
    got = lines_of("chat", "--json", "--script", str(script), stdin=b"not read\n")
    assert [answer["heard"] for answer in got] == [
        None,
        "what makes the popping sound",
        "goodbye",
    ]
    shown = run("chat", "--script", str(script)).stdout.decode()
    assert "what makes the popping sound" in shown


# --- pipes that close --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "line"),
    [("triage", b"{}\n"), ("understand", b"hello\n"), ("chat", b"hello\n")],
)
def test_a_reader_that_goes_away_ends_it_quietly(command: str, line: bytes) -> None:
    with subprocess.Popen(
        [BACKTALK, command, "--json"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(line)
        process.stdin.flush()
        json.loads(process.stdout.readline())
        process.stdout.close()
        try:
            process.stdin.write(line * 10)
            process.stdin.close()
        except BrokenPipeError:
            pass
        assert process.wait(SECONDS) != 0
        assert process.stderr.read() == b""


@pytest.mark.parametrize("command", ["triage", "understand", "chat"])
def test_a_closed_standard_input_is_the_end_of_it(command: str) -> None:
    done = subprocess.run(
        ["bash", "-c", f'"{BACKTALK}" {command} --json <&-'],
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
