"""Make the bundled speech model: `python -m models.training all --data DIR`.

Each stage can be run alone, and goes on where it was stopped. DIR holds `speech/`, `clinical/`,
`benchmarks/` and `asr/`; what lies there is described in docs/speech_model.md.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from models.catalog import bundled_path
from models.errors import BacktalkError

app = typer.Typer(no_args_is_help=True, help=__doc__, pretty_exceptions_enable=False)

Data = Annotated[Path, typer.Option("--data", help="The folder of recordings and texts.")]
WorkFolder = Annotated[Path, typer.Option("--work", help="Where stages leave their files.")]
Seed = Annotated[int, typer.Option(help="What everything random follows from.")]
Jobs = Annotated[int, typer.Option(help="Processes at a time.")]
Copies = Annotated[int, typer.Option(help="How often each clip is augmented anew.")]
Count = Annotated[int, typer.Option(help="How many sentences are synthesized.")]
Steps = Annotated[int, typer.Option(help="Batches of 84 s of speech to train on.")]
Rate = Annotated[float, typer.Option(help="The highest learning rate.")]
Threads = Annotated[int, typer.Option(help="Threads of the processor to train with.")]
Causal = Annotated[int, typer.Option(help="Upper layers that see nothing of the future, 0 to 10.")]
Mean = Annotated[
    bool,
    typer.Option(
        "--mean",
        help="Write the mean of the start, the best weights and the last, not the best alone.",
    ),
]
Start = Annotated[
    Path | None,
    typer.Option(help="A `final.mdl` to start from (default: the bundled model's)."),
]

_WORK = Path("out/training")


@app.command()
def sentences(data: Data, work: WorkFolder = _WORK, count: Count = 10_000, seed: Seed = 5) -> None:
    """Write the sentences that are to be synthesized."""
    from models.training.stages import Work, write_sentences

    write_sentences(Work(work), data, count, seed)


@app.command()
def synthesize(data: Data, work: WorkFolder = _WORK, seed: Seed = 5, jobs: Jobs = 2) -> None:
    """Let the speech engines say the sentences."""
    from models.training.stages import Work, speak

    with _bar() as tell:
        failed = speak(Work(work), data, seed, jobs, tell)
    if failed:
        typer.echo(f"{failed} sentences could not be said, and are left out.", err=True)


@app.command()
def prepare(
    data: Data, work: WorkFolder = _WORK, copies: Copies = 2, seed: Seed = 5, jobs: Jobs = 2
) -> None:
    """Augment all clips and compute their features."""
    from models.training import stages

    with _bar() as tell:
        stages.prepare(stages.Work(work), data, copies, seed, jobs, tell)


@app.command()
def train(
    work: WorkFolder = _WORK,
    steps: Steps = 5500,
    rate: Rate = 6e-4,
    threads: Threads = 2,
    causal: Causal = 0,
    start: Start = None,
    mean: Mean = False,
    seed: Seed = 5,
) -> None:
    """Train the network, and write it as the acoustic part of the new model."""
    import torch

    from models.training import stages
    from models.training.layout import layout
    from models.training.train import Plan
    from models.training.train import Progress as Step

    torch.set_num_threads(threads)
    base = start or bundled_path() / "am" / "final.mdl"
    plan = Plan(steps, rate, seed=seed)
    with _bar() as tell:

        def report(step: Step) -> None:
            dev = "" if step.dev is None else f", dev {step.dev:.3f}"
            tell(f"loss {step.loss:.3f}{dev}", step.step, steps)

        trainer = stages.train(stages.Work(work), plan, base, layout(causal), report)
    stages.export(stages.Work(work), trainer, base if mean else None)
    score = min(score for _, score in trainer.scores)
    typer.echo(f"{trainer.step} steps, best dev loss a phone {score:.4f}.")


@app.command()
def weights(data: Data, work: WorkFolder = _WORK) -> None:
    """Choose the weights of the language model's parts on development text, and print them."""
    from models.graph.lexicon import english
    from models.training.languagemodel import chosen_weights

    for name, weight in chosen_weights(data, work, english()).items():
        typer.echo(f"  {name}: {weight:.4f}")


@app.command()
def graph(data: Data, work: WorkFolder = _WORK) -> None:
    """Build the lexicon, the language model and the graph of the new model."""
    from models.training import stages

    report = stages.graph(stages.Work(work), data)
    typer.echo(f"{report.words} words, n-grams of each length: {report.ngrams}")
    if report.guessed:
        typer.echo("Pronunciations guessed from the spelling:")
    for said in report.guessed:
        typer.echo(f"    {said.word}: {said}")


@app.command()
def check(
    work: WorkFolder = _WORK,
    out: Annotated[
        Path | None, typer.Option(help="The folder to put it in (default: the bundled model's).")
    ] = None,
) -> None:
    """Check the new model on a recording, and put it in the place of the bundled one."""
    from models.training import stages

    typer.echo(stages.publish(stages.Work(work), out or bundled_path()))


@app.command()
def record(
    data: Data,
    work: WorkFolder = _WORK,
    causal: Causal = 0,
    version: Annotated[str, typer.Option(help="How the model is to be called.")] = "3",
) -> None:
    """Write `record.json`, which `python -m models.training.card` makes the model card from."""
    import json

    from models.training.layout import layout
    from models.training.record import model_record
    from models.training.stages import Work

    found = model_record(Work(work), data, layout(causal), version)
    path = work / "record.json"
    path.write_text(json.dumps(found, indent=1), encoding="utf-8")
    typer.echo(str(path))


@app.command(name="all")
def everything(
    data: Data,
    work: WorkFolder = _WORK,
    count: Count = 10_000,
    copies: Copies = 2,
    steps: Steps = 5500,
    threads: Threads = 2,
    causal: Causal = 0,
    start: Start = None,
    mean: Mean = False,
    seed: Seed = 5,
) -> None:
    """Run all stages; what is done already is not done again."""
    sentences(data, work, count, seed)
    synthesize(data, work, seed, threads)
    prepare(data, work, copies, seed, threads)
    train(work, steps, threads=threads, causal=causal, start=start, mean=mean, seed=seed)
    graph(data, work)
    check(work)
    record(data, work, causal)


@contextmanager
def _bar() -> Iterator[Callable[[str, int, int], None]]:
    """One progress bar on standard error, told what is done by name, count and total."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        task = bars.add_task("starting", total=None)

        def tell(what: str, done: int, total: int) -> None:
            bars.update(task, description=what, completed=done, total=total)

        yield tell


def main() -> None:
    """Run the command line; what went wrong is one line, with what to do next."""
    try:
        app()
    except BacktalkError as error:
        typer.echo(f"{error} {error.hint}", err=True)
        sys.exit(error.exit_code)
    except ImportError as error:
        typer.echo(f"{error}. Training needs the extra: pip install 'backtalk[train]'", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        typer.echo("Stopped. Run the same command again to go on.", err=True)
        sys.exit(130)


if __name__ == "__main__":
    main()
