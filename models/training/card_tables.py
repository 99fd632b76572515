"""The parts of the model card that are made of figures: tables in Markdown, and sentences."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from models.manifest import MANIFEST, sha256_of

Measured = Mapping[str, Any]
"""What `benchmarks/asr.py --detail` writes."""

FRAME_S: Final = 0.01
# The set of talk that a grammar should not take for any of its phrases.
REJECTS: Final = "dev_rejects"
# Every fourth word wrong: from here on a sentence is a matter of luck.
POOR: Final = 0.25
_NOT_LISTED: Final = frozenset({MANIFEST, "README.md", "LICENSE-NOTICE.md"})


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table; every column but the first is set to the right where it holds numbers."""
    listed = [[str(cell).replace("|", "\\|") for cell in row] for row in rows]
    numeric = [
        column > 0 and all(_is_number(row[column]) for row in listed) for column in range(len(head))
    ]
    lines = [head, ["---:" if right else "---" for right in numeric], *listed]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def percent(rate: float) -> str:
    """Return a rate from 0 to 1 in percent, with one decimal."""
    return f"{100 * rate:.1f}"


def network(record: Mapping[str, Any]) -> str:
    """Return what the acoustic model and the graph are."""
    net, graph = record["network"], record["graph"]
    rows = [
        ("acoustic model", f"Kaldi nnet3, TDNN-F, {net['layers']} layers, CTC"),
        ("parameters", f"{net['parameters'] / 1e6:.1f} million"),
        ("outputs", f"{net['outputs']}: 39 phones, silence (also the CTC blank), unknown speech"),
        ("past it looks at", f"{net['left'] * FRAME_S:.2f} s"),
        ("future it waits for", f"{net['right'] * FRAME_S:.2f} s"),
        ("words it knows", f"{graph['words']:,}"),
        *((name, value) for name, value in graph.items() if name != "words"),
    ]
    return table(("part", "what"), rows)


def open_sets(measured: Measured) -> str:
    """Return the word error rates of the test sets."""
    rows = [
        (
            f"`{name}`",
            measured["titles"][name],
            measured["clips"][name],
            figures["words"],
            percent(figures["wer"]),
            percent(figures["unknown"]),
        )
        for name, figures in measured["figures"]["sets"].items()
        if not is_dev(name)
    ]
    return table(("set", "what", "clips", "words said", "wrong, %", "unknown, %"), rows)


def grammars(measured: Measured) -> str:
    """Return the accuracies in grammars."""
    rows = [
        (f"`{name}`", measured["titles"][name], measured["clips"][name], percent(rate))
        for name, rate in measured["figures"]["grammar"].items()
        if not is_dev(name)
    ]
    return table(("set", "what", "clips", "right, %"), rows)


def footprint(measured: Measured) -> str:
    """Return speed and size."""
    figures = measured["figures"]
    rows = [
        ("time of one core for a second of sound", f"{figures['rtf']:.3f} s"),
        ("loading", f"{figures['load_s']:.2f} s"),
        ("memory of a process that hears, Python included", f"{figures['rss_mb']:.0f} MB"),
        ("files", f"{figures['size_mb']:.1f} MB"),
    ]
    return table(("what", "it takes"), rows)


def noise(measured: Measured) -> str:
    """Return the word error rates in noise, a row for each set and kind of noise."""
    sweeps: Mapping[str, Any] = measured["noise"]
    steps = sorted({int(db) for kinds in sweeps.values() for db in kinds["white"]}, reverse=True)
    rows = [
        (
            f"`{name}`, {kind}",
            percent(kinds["clean"]),
            *(percent(kinds[kind][str(step)]) for step in steps),
        )
        for name, kinds in sweeps.items()
        for kind in ("white", "babble")
    ]
    return table(("words wrong, %", "clean", *(f"{step} dB" for step in steps)), rows)


def failures(measured: Measured) -> str:
    """Return where the model hears badly, the worst first, in sentences with their figures."""
    figures, titles = measured["figures"], measured["titles"]
    poor = sorted(
        ((f["wer"], name) for name, f in figures["sets"].items() if f["wer"] >= POOR), reverse=True
    )
    lines = [
        f"{titles[name][0].upper()}{titles[name][1:]}: {percent(wer)} of 100 words wrong."
        for wer, name in poor
        if not is_dev(name)
    ]
    for name, kinds in measured["noise"].items():
        for kind in ("white", "babble"):
            bad = [int(db) for db, rate in kinds[kind].items() if rate >= POOR]
            if bad:
                step = max(bad)
                lines.append(
                    f"{kind.capitalize()} noise {step} dB below the voice or louder (`{name}`): "
                    f"{percent(kinds[kind][str(step)])} of 100 words wrong at {step} dB."
                )
    lines.append(_negations(measured))
    if REJECTS in figures["grammar"]:
        taken = percent(1 - figures["grammar"][REJECTS])
        lines.append(
            f"Other talk in a grammar of yes, no and not sure: of 100 sentences {taken} have at "
            "least one of them heard in it. Count an answer only where open recognition agrees."
        )
    lines.append(
        "Not measured, and expected to be worse: telephone calls, voices far away, several people "
        "at once, small children, slurred or very quiet speech, and words outside its vocabulary."
    )
    return "\n".join(f"- {line}" for line in lines)


def training(record: Mapping[str, Any]) -> str:
    """Return how long, on what and from which seed it was trained."""
    run = record["training"]
    plan = run["plan"]
    heard = sum(float(corpus["hours"]) for corpus in record["speech"])
    rows = [
        ("speech", f"{heard:.1f} hours, every changed copy counted"),
        ("steps", f"{run['steps_done']:,} of {plan['batch_s']:g} s of speech"),
        ("time", f"{run['minutes'] / 60:.1f} hours"),
        ("machine", record["hardware"]),
        ("PyTorch", run["torch"]),
        ("seed", plan["seed"]),
        ("learning rate", f"{plan['rate']:g}"),
        ("weights averaged", f"{plan['averaging']:g}"),
        ("loss at the end", f"{run['loss']:.3f} for each phone"),
    ]
    return table(("what", "value"), rows)


def losses(record: Mapping[str, Any]) -> str:
    """Return how the loss on development clips fell."""
    scores = record["training"]["dev_scores"]
    if not scores:
        return ""
    best_step, best = min(scores, key=lambda score: score[1])
    first_step, first = scores[0]
    return (
        f"The loss a phone on development clips fell from {first:.3f} (step {first_step:,}) to "
        f"{best:.3f} (step {best_step:,}), whose averaged weights were taken."
    )


def speech(record: Mapping[str, Any]) -> str:
    """Return the corpora and voices that were trained on."""
    rows = [
        (c["name"], f"{c['clips']:,}", f"{c['hours']:.1f}", c["licence"]) for c in record["speech"]
    ]
    return table(("speech", "clips", "hours", "licence"), rows)


def inputs(record: Mapping[str, Any]) -> str:
    """Return every other input with its licence, version and hash."""
    start = {**record["start"], "use": "the network to start from"}
    rows = [
        (i["name"], i["use"], i["version"], i["licence"], f"`{i['sha256']}`" if i["sha256"] else "")
        for i in [start, *record["inputs"]]
    ]
    return table(("input", "for", "version", "licence", "SHA-256"), rows)


def files(model: Path) -> str:
    """Return the model's own files, without those that describe it."""
    found = sorted(path for path in model.rglob("*") if path.is_file())
    rows = [
        (f"`{path.relative_to(model).as_posix()}`", f"{path.stat().st_size:,}", sha256_of(path))
        for path in found
        if path.relative_to(model).as_posix() not in _NOT_LISTED
    ]
    return table(("file", "bytes", "SHA-256"), [(n, s, f"`{h}`") for n, s, h in rows])


def _negations(measured: Measured) -> str:
    counts = list(measured["negations"].values())
    said, lost, invented = (sum(c[key] for c in counts) for key in ("said", "lost", "invented"))
    share = f" ({percent(lost / said)} %)" if said else ""
    return (
        f"No and not: of {said:,} words that negate, {lost:,}{share} were lost, and {invented:,} "
        "were heard that nobody said. One such word turns a sentence round."
    )


def is_dev(name: str) -> bool:
    """Tell whether a set is one of development."""
    return name.startswith("dev_")


def _is_number(cell: str) -> bool:
    return cell.replace(",", "").replace(".", "", 1).isdigit()
