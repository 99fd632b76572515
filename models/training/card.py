"""The model card: what was measured and what was put in, as models/en-us-small/README.md.

Run: python -m models.training.card --measured FILE --record FILE [--model DIR] [--docs DIR]

`--measured` is what `benchmarks/asr.py --detail` wrote; several are put together. `--record` is a
JSON object on the training, with the keys of `RECORD_KEYS`. No figure is written by hand.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any, Final

from models.catalog import SCORES, bundled_path
from models.errors import BacktalkError
from models.manifest import MANIFEST
from models.training.card_confidences import confidence_groups, mapping_text, reliabilities
from models.training.card_tables import (
    failures,
    files,
    footprint,
    grammars,
    inputs,
    losses,
    network,
    noise,
    open_sets,
    speech,
    training,
)
from models.training.reliability import reliability

CARD: Final = "README.md"
NOISE_FIGURE: Final = "asr_noise.svg"
RELIABILITY_FIGURE: Final = "asr_reliability.svg"
# What the product says of its hearing, in the words of people who use it.
SPOKEN_SETS: Final = {
    "piper_joe": "talk about backs by a synthetic voice",
    "drink_orders": "short requests to a device",
    "audiobooks": "books read aloud",
    "asterisk": "telephone prompts",
    "speechocean": "Mandarin accents, half of them children",
}
RECORD_KEYS: Final[dict[str, str]] = {
    "version": "the version of the model",
    "hardware": "what it was trained on, in words",
    "start": "what training began with: name, version, licence, sha256",
    "network": "layers, parameters, outputs, and left and right context in frames of 10 ms",
    "graph": "words in the vocabulary, and what else is to be told, by name",
    "training": "what the trainer recorded: plan, steps_done, loss, dev_scores, minutes, torch",
    "speech": "a list of corpora: name, clips, hours, licence",
    "inputs": "a list of what else went in: name, version, licence, sha256, use",
}
MEASURED_KEYS: Final = (
    "figures",
    "titles",
    "clips",
    "minutes",
    "negations",
    "confidences",
    "noise",
)


class CardError(BacktalkError):
    """What the card is to be made of is not there, or lacks a part."""

    code = "card-input"


def write_card(
    measured: Mapping[str, Any], record: Mapping[str, Any], model: Path, docs: Path
) -> None:
    """Write the card and the scores into the model's folder, and the card's pictures into `docs`.

    Raises CardError where matplotlib is missing.
    """
    groups = confidence_groups(measured)
    curves = {name: reliability(pairs) for name, pairs in groups.items()}
    _draw(measured, curves, docs)
    links = Path(os.path.relpath(docs.resolve(), model.resolve()))
    parts = {
        "name": model.resolve().name,
        "version": record["version"],
        "network_table": network(record),
        "start_name": f"`{record['start']['name']}`",
        "start_licence": record["start"]["licence"],
        "sets_table": open_sets(measured),
        "grammar_table": grammars(measured),
        "footprint_table": footprint(measured),
        "noise_figure": (links / NOISE_FIGURE).as_posix(),
        "noise_table": noise(measured),
        "noise_sets": ",".join(measured["noise"]),
        "reliability_figure": (links / RELIABILITY_FIGURE).as_posix(),
        "reliability_table": reliabilities(curves),
        "mapping_text": mapping_text(measured),
        "failures": failures(measured),
        "training_table": training(record),
        "losses_text": losses(record),
        "speech_table": speech(record),
        "inputs_table": inputs(record),
        "files_table": files(model),
    }
    template = Template(Path(__file__).with_suffix(".template").read_text(encoding="utf-8"))
    (model / CARD).write_text(template.substitute(parts), encoding="utf-8")
    sets = measured["figures"]["sets"]
    rows = [
        {"speech": words, "percent": round(100 * sets[name]["wer"], 1)}
        for name, words in SPOKEN_SETS.items()
        if name in sets
    ]
    (model / SCORES).write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def read_measured(paths: Sequence[Path]) -> dict[str, Any]:
    """Read what `benchmarks/asr.py --detail` wrote, several runs put together.

    Speed and size are those of the first. Raises CardError where a part is missing, or where two
    runs are of different models.
    """
    merged: dict[str, Any] = {}
    for path in paths:
        run = _read(path, MEASURED_KEYS)
        if not merged:
            merged = run
            continue
        if run["figures"]["model"] != merged["figures"]["model"]:
            raise CardError(f"{path} is of another model.", "Measure one model for one card.")
        for key in ("sets", "grammar"):
            merged["figures"][key] |= run["figures"][key]
        for key in MEASURED_KEYS[1:]:
            merged[key] |= run[key]
    if not merged.get("noise"):
        raise CardError("Nothing was measured in noise.", "Measure with --noise piper_joe.")
    return merged


def read_record(path: Path) -> dict[str, Any]:
    """Read the record of a training; raises CardError where a part is missing."""
    return _read(path, RECORD_KEYS)


def _read(path: Path, keys: Iterable[str]) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CardError(f"{path} cannot be read ({error.strerror}).", "Check the name.") from error
    except ValueError as error:
        raise CardError(f"{path} is no JSON ({error}).", "Write it again.") from error
    if missing := [key for key in keys if key not in found]:
        raise CardError(f"{path} lacks {', '.join(missing)}.", "Write it again.")
    return dict(found)


def _draw(measured: Mapping[str, Any], curves: Mapping[str, Any], docs: Path) -> None:
    try:
        from models.training.plots import plot_noise, plot_reliability
    except ImportError as error:
        raise CardError(
            f"The pictures need matplotlib ({error}).", "pip install 'backtalk[train]'"
        ) from error

    plot_noise(measured["noise"], measured["titles"], docs / NOISE_FIGURE)
    plot_reliability(curves, docs / RELIABILITY_FIGURE)


def main(arguments: list[str] | None = None) -> int:
    """Write the card that the command line asks for, and return the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--measured", type=Path, nargs="+", required=True, metavar="FILE")
    parser.add_argument("--record", type=Path, required=True, metavar="FILE")
    parser.add_argument("--model", type=Path, default=bundled_path(), metavar="DIR")
    docs = bundled_path().parent.parent / "docs"
    parser.add_argument("--docs", type=Path, default=docs, metavar="DIR")
    given = parser.parse_args(arguments)
    try:
        write_card(
            read_measured(given.measured), read_record(given.record), given.model, given.docs
        )
    except CardError as error:
        print(f"{error} {error.hint}", file=sys.stderr)
        return error.exit_code
    print(f"{given.model / CARD} is written. Its checksum in {MANIFEST} has changed.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
