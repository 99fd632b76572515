"""`backtalk understand`: one line out for each line in, whatever the line holds."""

import json
import subprocess
import sys
from typing import Any

import pytest

COMMAND = [sys.executable, "-c", "from skill.cli import main; main()", "understand"]


def run(data: bytes, *options: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*COMMAND, *options], input=data, capture_output=True, check=False)


def answers(data: bytes, *options: str) -> list[dict[str, Any]]:
    done = run(data, "--json", *options)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def test_one_object_for_each_line() -> None:
    lines = [b"my lower back hurts", b"", b"\xff\xfe\xfa", b"   ", b"x" * 200_000, b"forty two"]
    found = answers(b"\n".join(lines) + b"\n")
    assert len(found) == len(lines)
    assert [("error" in one) for one in found] == [False, True, True, True, True, False]
    assert found[0]["intent"] == "complaint"
    assert found[0]["values"]["region"] == "low_back"
    assert found[5]["values"]["number"] == 42


def test_the_fields_of_an_object() -> None:
    (found,) = answers(b"no numbness but it feels funny when I wipe")
    assert list(found) == ["text", "intent", "score", "outcome", "symptoms", "values"]
    assert found["outcome"] in ("accept", "confirm", "reject")
    assert list(found["values"]) == [
        "age",
        "number",
        "duration",
        "severity",
        "region",
        "side",
        "answer",
    ]
    (symptom,) = found["symptoms"]
    assert list(symptom) == ["flag", "polarity", "evidence", "confidence"]
    assert (symptom["flag"], symptom["polarity"]) == ("CES_SADDLE", "yes")


def test_the_question_before_is_taken_into_account() -> None:
    (plain,) = answers(b"yeah fine", "--yes-means", "no")
    assert plain["values"]["answer"] == "yes"
    (flag,) = answers(b"no I can't", "--yes-means", "no")
    assert flag["values"]["answer"] == "no"


def test_each_answer_comes_before_the_next_line_is_written() -> None:
    with subprocess.Popen(
        [*COMMAND, "--json"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for text in ("hello", "my neck hurts"):
            process.stdin.write(f"{text}\n".encode())
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["text"] == text
        process.stdin.close()
        assert process.wait(timeout=30) == 0


def test_a_line_for_people() -> None:
    done = run(b"my left knee has been sore for two weeks\n")
    assert done.returncode == 0
    (line,) = done.stdout.decode().splitlines()
    assert "complaint" in line
    assert "region=knee" in line
    assert "side=left" in line


def test_why_for_people() -> None:
    said = "no fever but my left foot has gone dead for two weeks"
    done = run(f"{said}\nforty two\n\n".encode(), "--explain")
    assert done.returncode == 0
    first, second, third, *_ = done.stdout.decode().split("\n\n")
    lines = first.splitlines()
    assert lines[0] == said
    assert lines[1].split()[:2] == ["intent", "complaint"]
    assert len([line for line in lines if ", near '" in line or ', near "' in line]) == 3
    assert "  red flag  LEG_ONE: yes (0.90), by a rule" in lines
    assert any("numb ('gone dead')" in line for line in lines)
    assert "  value     duration = 14.0 (0.95), from 'two weeks'" in lines
    assert second.startswith("forty two\n")
    assert third.startswith("error:")


def test_why_in_json() -> None:
    (plain,) = answers(b"not sure if my bum is numb")
    (found,) = answers(b"not sure if my bum is numb", "--explain")
    why = found.pop("explanation")
    assert found == plain
    assert list(why) == ["person", "intent", "symptoms", "values"]
    assert len(why["intent"]["nearest"]) == 3
    (flag,) = why["symptoms"]
    assert flag["by"] == "rule"
    assert {"idea": "numb", "words": "numb"} in flag["ideas"]
    assert flag["cues"] == [{"kind": "doubt", "words": "not sure if"}]
    (region,) = [value for value in why["values"] if value["name"] == "region"]
    assert (region["value"], region["words"]) == ("buttock", "my bum")


def test_why_takes_the_question_before_into_account() -> None:
    (found,) = answers(b"fine", "--yes-means", "yes", "--explain")
    assert ("answer", "no") in [(v["name"], v["value"]) for v in found["explanation"]["values"]]


@pytest.mark.parametrize("value", ["maybe", "YES"])
def test_a_wrong_option_is_refused(value: str) -> None:
    done = run(b"hello\n", "--yes-means", value)
    assert done.returncode == 2
    assert b"yes or no" in done.stderr
