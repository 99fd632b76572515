"""The pipeline from recordings to a model folder, with two steps of training."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

pytest.importorskip("torch", reason="needs the extra `train`: make setup-train")
pytest.importorskip("kaldi_native_fbank", reason="needs the extra `train`: make setup-train")

from models.catalog import bundled_path
from models.manifest import verify
from models.training import stages
from models.training.__main__ import app
from models.training.layout import layout
from models.training.nnet3 import read_nnet3
from models.training.record import RecordError, model_record
from models.training.speech import LICENCES
from models.training.stages import TrainingError, Work
from models.training.train import Plan
from models.training.weights import weights_of

HUMAN = Path(__file__).parent / "data" / "human"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with eight recordings, half of them for development."""
    speech = tmp_path / "data" / "speech"
    for corpus in LICENCES:
        (speech / corpus).mkdir(parents=True)
        (speech / corpus / "transcripts.tsv").touch()
    rows = (HUMAN / "transcripts.tsv").read_text().splitlines()
    for number, row in enumerate(rows):
        file, words = row.split("\t")
        corpus, name = ("audiobooks", "19-") if number % 2 else ("audiobooks_more", "27-")
        target = speech / corpus / f"{name}{number}.flac"
        shutil.copy(HUMAN / file, target)
        with (speech / corpus / "transcripts.tsv").open("a") as table:
            table.write(f"{target.name}\t{words}\t{'19' if number % 2 else 'ls27'}\n")
    return tmp_path / "data"


def told(what: str, done: int, total: int) -> None:
    assert 0 <= done <= total


def test_from_recordings_to_a_model_that_hears(data: Path, tmp_path: Path) -> None:
    work = Work(tmp_path / "work")
    stages.prepare(work, data, 2, 5, 1, told)
    stages.prepare(work, data, 2, 5, 1, told)  # nothing is left to do
    assert len(list(work.shards.glob("*.jsonl"))) == 2
    start = bundled_path() / "am" / "final.mdl"
    shape, _ = weights_of(read_nnet3(start))
    plan = Plan(2, rate=1e-6, batch_s=20.0, score_every=1)
    trainer = stages.train(work, plan, start, shape, lambda step: None)
    assert [step for step, _ in trainer.scores] == [1, 2]
    stages.export(work, trainer)
    with pytest.raises(TrainingError, match=r"lacks graph/words\.txt"):
        stages.publish(work, tmp_path / "out")
    shutil.copytree(bundled_path() / "graph", work.model / "graph")
    message = stages.publish(work, tmp_path / "out")
    assert "now holds the new model" in message
    assert verify(tmp_path / "out").ok
    after, weights = weights_of(read_nnet3(tmp_path / "out" / "am" / "final.mdl"))
    assert after == shape
    assert set(weights) == set(trainer.best)
    # The mean of three that hardly differ is like any of them.
    stages.export(work, trainer, start)
    _, mean = weights_of(read_nnet3(work.model / "am" / "final.mdl"))
    np.testing.assert_allclose(mean["output.weight"], weights["output.weight"], atol=1e-3)


def test_a_deaf_model_is_not_published(data: Path, tmp_path: Path) -> None:
    work = Work(tmp_path / "work")
    stages.prepare(work, data, 1, 5, 1, told)
    network = stages.network_from(bundled_path() / "am" / "final.mdl", layout(), 0)
    network.output.weight.data.zero_()
    trainer = stages.train(
        work, Plan(1, rate=0.0), bundled_path() / "am" / "final.mdl", layout(), lambda step: None
    )
    trainer.best = network.state_dict()
    stages.export(work, trainer)
    shutil.copytree(bundled_path() / "graph", work.model / "graph")
    out = tmp_path / "out"
    with pytest.raises(TrainingError, match="of the words of a clear recording wrong"):
        stages.publish(work, out)
    assert not out.exists()


def test_a_stage_names_the_one_that_is_missing(data: Path, tmp_path: Path) -> None:
    work = Work(tmp_path / "work")
    with pytest.raises(TrainingError) as caught:
        stages.speak(work, data, 5, 1, told)
    assert caught.value.hint == "Run first: python -m models.training sentences"
    with pytest.raises(RecordError) as missing:
        model_record(work, data, layout(), "2")
    assert "train, then graph" in missing.value.hint
    stages.prepare(work, data, 0, 5, 1, told)
    with pytest.raises(TrainingError, match="no features"):
        stages.train(work, Plan(1), bundled_path() / "am/final.mdl", layout(), lambda step: None)


def test_the_record_names_every_input(shared_dir: Path, tmp_path: Path, data: Path) -> None:
    work = Work(tmp_path / "work")
    stages.prepare(work, data, 1, 5, 1, told)
    work.run.mkdir()
    (work.run / "training.json").write_text('{"steps_done": 2}')
    graph = {"words": 3, "ngrams": [3, 2, 1], "guessed": 0, "texts": []}
    (work.folder / stages.GRAPH_RECORD).write_text(json.dumps(graph))
    record = model_record(work, shared_dir, layout(), "9")
    assert record["network"]["right"] == 34
    assert 2_900_000 < record["network"]["parameters"] < 3_100_000
    assert [row["name"] for row in record["speech"]] == ["audiobooks"]
    assert "Vassil Panayotov" in record["speech"][0]["licence"]
    names = {row["name"] for row in record["inputs"]}
    assert {
        "pocketsphinx",
        "wordfreq",
        "asr/voices.npz",
        "speech/speechocean/transcripts.tsv",
    } <= names
    assert all(len(row["sha256"]) == 64 for row in [record["start"], *record["inputs"]])


def test_the_command_line_lists_its_stages() -> None:
    result = CliRunner().invoke(app, ["--help"])
    assert result.exit_code == 0
    for stage in ("sentences", "synthesize", "prepare", "train", "graph", "check", "record", "all"):
        assert stage in result.output
