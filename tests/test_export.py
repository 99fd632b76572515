"""Export: weights to a Vosk model folder and back, and the prior."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import miniaudio
import numpy as np
import pytest
import vosk

from models.graph.phones import outputs
from models.training.export import (
    DECODING,
    ExportError,
    export_acoustic,
    nnet3_of,
)
from models.training.forward import scores
from models.training.layout import Layer, Layout, layout
from models.training.nnet3 import Nnet3Error, read_nnet3, write_nnet3
from models.training.prior import PriorError, log_prior
from models.training.transitions import transition_model
from models.training.weights import check_weights, fitted, fresh_weights, shapes, weights_of

BUNDLED = Path(__file__).parents[1] / "models" / "en-us-small"
RECORDING = (
    Path(__file__).parents[1]
    / "skill/demo/recordings/af_nova/my-lower-back-has-been-aching-since-saturday.flac"
)
SMALL = Layout(
    (Layer((-1, 0), (0, 1)), Layer((0,), (0,)), Layer((-3, 0), (0, 3)), Layer((-3, 0), (0,))),
    hidden=24,
    bottleneck=6,
    prefinal=8,
    outputs=5,
)
UNIFORM = np.log(np.full(5, 0.2, np.float32))


def features(frames: int = 60) -> np.ndarray:
    return np.random.default_rng(3).normal(0, 5, (frames, 40)).astype(np.float32)


def test_the_context_follows_from_the_offsets() -> None:
    assert (SMALL.left, SMALL.right, SMALL.dense) == (1 + 1 + 3 + 3, 1 + 1 + 3, 1)
    model = nnet3_of(SMALL, fresh_weights(SMALL, 0))
    assert (model.left_context, model.right_context) == (8, 5)
    assert (layout().left, layout().right) == (34, 34)
    assert (layout(10).left, layout(10).right) == (34, 4)


def test_export_and_import_keep_the_weights_to_two_bytes(tmp_path: Path) -> None:
    weights = fresh_weights(SMALL, 1)
    export_acoustic(tmp_path, SMALL, weights, UNIFORM)
    shape, found = weights_of(read_nnet3(tmp_path / "am" / "final.mdl"))
    assert shape == SMALL
    assert found.keys() == weights.keys()
    for name, array in weights.items():
        np.testing.assert_allclose(found[name], array, rtol=0, atol=np.ptp(array) / 120_000)


def test_the_folder_has_the_settings_that_vosk_reads(tmp_path: Path) -> None:
    decoding = {**DECODING, "beam": "11.0"}
    export_acoustic(tmp_path, SMALL, fresh_weights(SMALL, 1), UNIFORM, decoding=decoding)
    lines = (tmp_path / "conf" / "model.conf").read_text().splitlines()
    assert "--beam=11.0" in lines
    assert "--frame-subsampling-factor=3" in lines
    assert (tmp_path / "conf" / "mfcc.conf").read_text() == (
        BUNDLED / "conf" / "mfcc.conf"
    ).read_text()


def test_the_prior_is_taken_from_the_scores_by_its_scale() -> None:
    weights = fresh_weights(SMALL, 2)
    prior = np.log(np.array([0.8, 0.1, 0.05, 0.03, 0.02], np.float32))
    plain = scores(nnet3_of(SMALL, weights), features())
    lessened = scores(nnet3_of(SMALL, weights, prior, 0.5), features())
    np.testing.assert_allclose(plain - lessened, np.tile(0.5 * prior, (20, 1)), atol=1e-4)


def test_the_exported_network_computes_what_the_bundled_file_does() -> None:
    model = read_nnet3(BUNDLED / "am" / "final.mdl")
    again = nnet3_of(*weights_of(model))
    again.priors = model.priors
    assert again.transitions == model.transitions == transition_model(outputs())
    np.testing.assert_allclose(scores(again, features()), scores(model, features()), atol=5e-3)


def test_weights_that_do_not_fit_are_told() -> None:
    weights = fresh_weights(SMALL, 0)
    with pytest.raises(Nnet3Error, match=r"lack output\.bias"):
        check_weights(SMALL, {k: v for k, v in weights.items() if k != "output.bias"})
    with pytest.raises(Nnet3Error, match="needless extra"):
        check_weights(SMALL, {**weights, "extra": weights["output.bias"]})
    with pytest.raises(Nnet3Error, match="shape"):
        nnet3_of(layout(), {name: np.zeros(1, np.float32) for name in shapes(layout())})
    weights["first.bias"][3] = np.nan
    with pytest.raises(Nnet3Error, match="no numbers") as caught:
        nnet3_of(SMALL, weights)
    assert "checkpoint" in caught.value.hint


@pytest.mark.parametrize("prior", [np.zeros(4, np.float32), np.full(5, -np.inf, np.float32)])
def test_a_prior_that_does_not_fit_is_told(prior: np.ndarray) -> None:
    with pytest.raises(ExportError, match="prior"):
        nnet3_of(SMALL, fresh_weights(SMALL, 0), prior)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "am").write_text("a file stands where the folder goes")
    with pytest.raises(ExportError, match="cannot be written") as caught:
        export_acoustic(tmp_path, SMALL, fresh_weights(SMALL, 0), UNIFORM)
    assert caught.value.hint


def test_less_context_drops_the_weights_of_lost_moments() -> None:
    weights = fresh_weights(SMALL, 4)
    wanted = Layout((*SMALL.layers[:2], Layer((-3, 0), (0,)), SMALL.layers[3]), 24, 6, 8, 5)
    found = fitted(weights, SMALL, wanted, seed=0)
    before = weights["layers.2.affine.weight"]
    np.testing.assert_array_equal(found["layers.2.affine.weight"], before[:, :6])
    np.testing.assert_array_equal(found["output.weight"], weights["output.weight"])
    check_weights(wanted, found)


def test_other_outputs_start_afresh_above_kept_layers() -> None:
    weights = fresh_weights(SMALL, 5)
    wanted = Layout(SMALL.layers, 24, 6, 12, 7)
    found = fitted(weights, SMALL, wanted, seed=9)
    check_weights(wanted, found)
    np.testing.assert_array_equal(found["prefinal_affine.bias"], weights["prefinal_affine.bias"])
    np.testing.assert_array_equal(found["output.weight"], fresh_weights(wanted, 9)["output.weight"])


def test_a_base_of_other_sizes_or_moments_is_told() -> None:
    weights = fresh_weights(SMALL, 5)
    for wanted, why in (
        (Layout(SMALL.layers, 32, 6, 8, 5), "shape"),
        (Layout(SMALL.layers[:2], 24, 6, 8, 5), "4 factored layers"),
        (Layout((Layer((-3, 0), (0, 1)), *SMALL.layers[1:]), 24, 6, 8, 5), "offsets"),
    ):
        with pytest.raises(Nnet3Error, match=why):
            fitted(weights, SMALL, wanted, seed=0)


def test_the_prior_is_the_mean_posterior() -> None:
    even = np.zeros((30, 4), np.float32)
    sure = np.tile(np.array([1000.0, 0, 0, 0], np.float32), (10, 1))
    found = np.exp(log_prior([even, sure]))
    np.testing.assert_allclose(found, [0.4375, 0.1875, 0.1875, 0.1875], rtol=1e-5)
    assert np.isfinite(log_prior([sure])).all()


@pytest.mark.parametrize(
    "clips", [[], [np.zeros((0, 4), np.float32)], [np.full((3, 4), np.nan, np.float32)]]
)
def test_a_prior_of_nothing_is_told(clips: Sequence[np.ndarray]) -> None:
    with pytest.raises(PriorError):
        log_prior(clips)


def heard(folder: Path, pcm: bytes) -> list[dict[str, Any]]:
    """Return the words that Vosk hears, with their times and confidences."""
    vosk.SetLogLevel(-1)
    recognizer = vosk.KaldiRecognizer(vosk.Model(str(folder)), 16000)
    recognizer.SetWords(True)
    recognizer.AcceptWaveform(pcm)
    words: list[dict[str, Any]] = json.loads(recognizer.FinalResult()).get("result", [])
    return words


def test_vosk_hears_the_same_with_the_prior_in_its_own_field(tmp_path: Path) -> None:
    bundled = read_nnet3(BUNDLED / "am" / "final.mdl")
    shape, weights = weights_of(bundled)
    prior = np.log(np.geomspace(1, 1000, 41)[::-1] / 8000).astype(np.float32)
    # What the field takes away stands in the bias first, so that the scores are the bundled ones.
    plain = weights["output.bias"] - np.log(bundled.priors)
    raised = {**weights, "output.bias": plain + np.float32(0.5) * prior}
    export_acoustic(tmp_path / "apart", shape, raised, prior, 0.5)
    export_acoustic(tmp_path / "raised", shape, raised, np.zeros_like(prior), 0.5)
    export_acoustic(tmp_path / "bundled", shape, weights, prior, 0.5)
    write_nnet3(bundled, tmp_path / "bundled" / "am" / "final.mdl")
    sound = miniaudio.decode_file(str(RECORDING), nchannels=1, sample_rate=16000)
    found = {}
    for name in ("apart", "raised", "bundled"):
        (tmp_path / name / "graph").symlink_to(BUNDLED / "graph")
        # Dither is noise, other noise at every call: without it the same sound sounds the same.
        with (tmp_path / name / "conf" / "mfcc.conf").open("a") as settings:
            settings.write("--dither=0\n")
        found[name] = heard(tmp_path / name, sound.samples.tobytes())
    assert len(found["bundled"]) >= 5
    assert tracks(found["apart"]) == tracks(found["bundled"])
    assert confidences(found["apart"]) == pytest.approx(confidences(found["bundled"]), abs=1e-3)
    assert confidences(found["raised"]) != pytest.approx(confidences(found["bundled"]), abs=1e-3)


def tracks(words: list[dict[str, Any]]) -> list[tuple[str, float, float]]:
    return [(word["word"], word["start"], word["end"]) for word in words]


def confidences(words: list[dict[str, Any]]) -> list[float]:
    return [word["conf"] for word in words]


def test_the_trained_network_computes_what_is_exported() -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("kaldi_native_fbank")
    from models.training.network import TdnnF

    weights = fresh_weights(SMALL, 6)
    network = TdnnF(SMALL).eval()
    network.load_state_dict({name: torch.tensor(array) for name, array in weights.items()})
    padded = np.pad(features(), ((SMALL.left, SMALL.right), (0, 0)), mode="edge")
    with torch.no_grad():
        found = network(torch.tensor(padded)[None])[0].numpy()
    np.testing.assert_allclose(found, scores(nnet3_of(SMALL, weights), features()), atol=1e-4)
