"""The speech models that Backtalk knows, what each one scores, and where each one lies."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from models.errors import NotInstalledError, UnknownModelError
from models.manifest import is_model

BUNDLED: Final = "en-us-small"
# A list of {"speech", "percent"} in the bundled model's folder.
SCORES: Final = "scores.json"

# What somebody with the bundled model should know before trusting its ears.
ADVICE: Final = (
    "The bundled model is there so that a fresh machine works with no network. "
    "The official model, where a network allows it, hears better."
)

_OFFICIAL_URL = "https://alphacephei.com/vosk/models/{}.zip"


@dataclass(frozen=True, slots=True)
class Score:
    """A word error rate in percent: of 100 words spoken, how many come out wrong."""

    speech: str
    percent: float


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model in the catalogue.

    `size` is the archive's length in bytes (the files' for the bundled model), `unpacked_limit`
    the most bytes that its files may take, and `sha256` the archive's. The bundled model has no
    `url`. `scores` were measured as `measured` says.
    """

    name: str
    title: str
    licence: str
    size: int
    scores: tuple[Score, ...]
    measured: str
    url: str | None = None
    sha256: str = ""
    unpacked_limit: int = 0

    @property
    def bundled(self) -> bool:
        """True for the model that comes with the package."""
        return self.url is None

    @property
    def hears(self) -> str:
        """What the model scores, as one plain sentence."""
        if not self.scores:
            return "What it scores is not known."
        scores = "; ".join(f"{s.percent:g} on {s.speech}" for s in self.scores)
        return f"Words wrong in 100, {self.measured}: {scores}."


_OFFICIAL: Final = (
    ModelEntry(
        name="vosk-model-small-en-us-0.15",
        title="English (US), small, by Alpha Cephei",
        licence="Apache-2.0",
        url=_OFFICIAL_URL.format("vosk-model-small-en-us-0.15"),
        size=41_205_931,
        sha256="30f26242c4eb449f948e42cb302dd7a686cb29a3423a8367f99ff41780942498",
        unpacked_limit=120_000_000,
        measured="as its maker publishes",
        scores=(Score("books read aloud (LibriSpeech test-clean)", 9.85),),
    ),
    ModelEntry(
        name="vosk-model-en-us-0.22-lgraph",
        title="English (US), medium, by Alpha Cephei",
        licence="Apache-2.0",
        url=_OFFICIAL_URL.format("vosk-model-en-us-0.22-lgraph"),
        size=130_557_655,
        sha256="d9838b4aaa82a75c4a17f5aca300eaca129aaab2a7cbf951bafbb500eb9c4334",
        unpacked_limit=400_000_000,
        measured="as its maker publishes",
        scores=(Score("books read aloud (LibriSpeech test-clean)", 7.82),),
    ),
)


def catalog() -> tuple[ModelEntry, ...]:
    """Return every known model, the bundled one first."""
    return (_bundled(), *_OFFICIAL)


@cache
def _bundled() -> ModelEntry:
    """The bundled model, with the scores that its training wrote beside its files."""
    folder = bundled_path()
    try:
        rows = json.loads((folder / SCORES).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        rows = []  # `verify` says which file of the model is missing or broken.
    return ModelEntry(
        name=BUNDLED,
        title="English (US), made for Backtalk, bundled",
        licence="Apache-2.0, see models/en-us-small/LICENSE-NOTICE.md",
        size=sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
        measured="on voices it never heard",
        scores=tuple(Score(row["speech"], row["percent"]) for row in rows),
    )


def entry_named(name: str) -> ModelEntry:
    """Return the model of that name; raise `UnknownModelError` where the catalogue has none."""
    for entry in catalog():
        if entry.name == name:
            return entry
    raise UnknownModelError(
        f"There is no model named {name!r}.",
        "Choose one of: " + ", ".join(entry.name for entry in catalog()),
    )


def bundled_path() -> Path:
    """Return the folder of the bundled model."""
    return Path(__file__).resolve().parent / BUNDLED


def models_dir(data_dir: Path) -> Path:
    """Return the folder that holds the installed models."""
    return data_dir / "models"


def entry_path(entry: ModelEntry, data_dir: Path) -> Path:
    """Return where a model of the catalogue lies, whether it is there or not."""
    return bundled_path() if entry.bundled else models_dir(data_dir) / entry.name


def resolve(name_or_path: str | None, data_dir: Path) -> Path:
    """Return the folder of a model: None is the bundled one, else a catalogue name or a folder.

    Raises `NotInstalledError` for a catalogue name whose model is absent, and
    `UnknownModelError` for anything else that is no model.
    """
    if name_or_path is None:
        return bundled_path()
    for entry in catalog():
        if entry.name == name_or_path:
            path = entry_path(entry, data_dir)
            if is_model(path):
                return path
            raise NotInstalledError(
                f"The model {entry.name} is not installed.",
                f"Install it: backtalk models install {entry.name}"
                if not entry.bundled
                else "Install Backtalk again: its own model is missing.",
            )
    path = Path(name_or_path).expanduser()
    if is_model(path):
        return path.absolute()
    if path.is_dir():
        raise UnknownModelError(
            f"The folder {path} holds no Vosk model.",
            "A model's folder holds am/final.mdl, conf/ and graph/.",
        )
    raise UnknownModelError(
        f"There is no model or folder named {name_or_path!r}.",
        "Known models: " + ", ".join(entry.name for entry in catalog()),
    )
