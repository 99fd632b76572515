"""`backtalk models`: list, install, verify, use and remove speech models."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from rich.progress import Progress as ProgressBars
    from rich.progress import TaskID

    from models.catalog import ModelEntry
    from models.install import Progress, Stage

app = typer.Typer(
    help="Speech models: the bundled one, and better ones where a network allows it.\n\n"
    "Example: backtalk models install vosk-model-small-en-us-0.15",
    no_args_is_help=True,
)


def _names() -> list[str]:
    from models.catalog import catalog

    return [entry.name for entry in catalog()]


# What the sentences of the content, and those that a user gives, get of the language model; the
# model itself keeps the rest, so that it still hears what nobody wrote down.
CONTENT_SHARE: Final = 0.2
OWN_SHARE: Final = 0.3

Name = Annotated[
    str, typer.Argument(help="A name from `backtalk models list`.", autocompletion=_names)
]


@app.command("list")
def list_models() -> None:
    """List the known models, which one is in use, and what each one scores.

    Example: backtalk models list
    """
    from models.catalog import ADVICE, BUNDLED, catalog
    from models.install import is_installed
    from skill.settings import data_dir, load_settings

    used = load_settings().model or BUNDLED
    for entry in catalog():
        here = entry.bundled or is_installed(entry, data_dir())
        state = "installed" if here else "not installed"
        if entry.name == used:
            state = "in use" if here else "in use, but not installed"
        size = f"{entry.size / 1e6:.0f} MB" + ("" if here else " to download")
        typer.echo(f"{entry.name}  ({state}, {size})")
        typer.echo(f"    {entry.title}. Licence: {entry.licence}.")
        typer.echo(f"    {entry.hears}")
    if used not in _names():
        typer.echo(f"{used}  (in use)")
    typer.echo(ADVICE)


@app.command()
def install(
    name: Name,
    archive: Annotated[
        Path | None,
        typer.Option(
            "--from", metavar="FILE.zip", help="Install from this file instead of the network."
        ),
    ] = None,
) -> None:
    """Download a model, check it and put it in place; go on where a stopped download ended.

    Example: backtalk models install vosk-model-small-en-us-0.15
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    from models.catalog import entry_named
    from models.install import install as install_model
    from skill.settings import data_dir

    entry = entry_named(name)
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    try:
        with bars:
            path = install_model(entry, data_dir(), archive=archive, progress=_shown_on(bars))
    except KeyboardInterrupt:
        typer.echo("Stopped. What was downloaded is kept: run this again to go on.", err=True)
        raise typer.Exit(130) from None
    typer.echo(f"{name} is {'installed' if bars.tasks else 'already installed, and whole'}: {path}")
    typer.echo(entry.hears)
    typer.echo(f"Use it: backtalk models use {name}")


@app.command()
def verify(
    name: Annotated[
        str | None, typer.Argument(help="One model; all where left out.", autocompletion=_names)
    ] = None,
) -> None:
    """Check every file of the models on this machine against its checksum.

    Example: backtalk models verify en-us-small
    """
    from models.catalog import catalog, entry_named, entry_path
    from models.install import check
    from skill.settings import data_dir

    if name is not None:
        entries = [entry_named(name)]
    else:
        entries = [e for e in catalog() if e.bundled or entry_path(e, data_dir()).exists()]
    broken = 0
    for entry in entries:
        state = check(entry, data_dir())
        typer.echo(f"{entry.name}: {'ok' if state.ok else 'broken'}, {state}")
        if not state.ok:
            broken += 1
            typer.echo(f"    {_mend(entry)}", err=True)
    if broken:
        raise typer.Exit(1)


@app.command()
def use(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME|FOLDER", help="A known model, or a folder that holds a Vosk model."
        ),
    ],
) -> None:
    """Choose the model that Backtalk hears with, from now on.

    Example: backtalk models use en-us-small
    """
    from dataclasses import replace

    from models.catalog import BUNDLED, resolve
    from models.errors import BrokenModelError
    from models.manifest import verify as verify_folder
    from skill.settings import data_dir, load_settings, save_settings

    settings = load_settings()
    path = resolve(name, data_dir())
    state = verify_folder(path)
    if not state.ok:
        raise BrokenModelError(
            f"{name} is broken, {state}.", "Install it again, or choose another."
        )
    saved = None if name == BUNDLED else name if name in _names() else str(path)
    save_settings(replace(settings, model=saved))
    typer.echo(f"Backtalk now hears with {name}.")


@app.command()
def remove(name: Name) -> None:
    """Delete an installed model; where it was in use, the bundled one takes its place.

    Example: backtalk models remove vosk-model-small-en-us-0.15
    """
    from dataclasses import replace

    from models.catalog import BUNDLED, entry_named
    from models.install import remove as remove_model
    from skill.settings import data_dir, load_settings, save_settings

    settings = load_settings()
    remove_model(entry_named(name), data_dir())
    typer.echo(f"{name} is removed.")
    if settings.model == name:
        save_settings(replace(settings, model=None))
        typer.echo(f"Backtalk now hears with {BUNDLED}.")


@app.command()
def adapt(
    text: Annotated[
        list[Path] | None,
        typer.Option("--text", metavar="FILE", help="Sentences to learn, one a line; repeatable."),
    ] = None,
    words: Annotated[
        Path | None,
        typer.Option(
            "--words",
            metavar="FILE",
            help="Words to learn, one a line, each with its phones behind it if you like.",
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            metavar="NAME|FOLDER",
            help="The model to start from; the one in use where left out.",
            autocompletion=_names,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FOLDER", help="Where to write it; beside your models."),
    ] = None,
    use_it: Annotated[bool, typer.Option("--use", help="Hear with it from now on.")] = False,
) -> None:
    """Teach a model the phrases of the content, and your own, in a minute and without training.

    Example: backtalk models adapt --text my_sentences.txt --use
    """
    from dataclasses import replace

    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from models.catalog import models_dir, resolve
    from models.graph.adapt import Lesson, Step, adapt_model, base_of, read_sentences, read_words
    from skill.phrases import phrases
    from skill.settings import data_dir, load_settings, save_settings

    settings = load_settings()
    base = resolve(model or settings.model, data_dir())
    if model is None and (original := base_of(base)):
        base = resolve(str(original), data_dir())
    lessons = [Lesson(phrases(), CONTENT_SHARE)]
    lessons += [Lesson(read_sentences(file), OWN_SHARE / len(text or [])) for file in text or []]
    given = read_words(words) if words else {}
    target = (out or models_dir(data_dir()) / f"{base.name}-adapted").expanduser().absolute()
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )
    try:
        with bars:
            task = bars.add_task("Starting", total=len(Step))

            def show(step: Step) -> None:
                done = list(Step).index(step)
                bars.update(task, description=step.value.capitalize(), completed=done)

            report = adapt_model(base, target, lessons, given, show)
            bars.update(task, description="Done", completed=len(Step))
    except KeyboardInterrupt:
        typer.echo("Stopped. Nothing was changed.", err=True)
        raise typer.Exit(130) from None
    for line in report.lines():
        typer.echo(line)
    if use_it:
        save_settings(replace(settings, model=str(target)))
        typer.echo("Backtalk now hears with it.")
    else:
        typer.echo(f"Use it: backtalk models use {target}")


def _shown_on(bars: "ProgressBars") -> "Progress":
    """Return a progress callback that keeps one bar for each stage."""
    tasks: dict[Stage, TaskID] = {}

    def show(stage: "Stage", done: int, total: int) -> None:
        if stage not in tasks:
            tasks[stage] = bars.add_task(stage.value.capitalize(), total=total)
        bars.update(tasks[stage], completed=done)

    return show


def _mend(entry: "ModelEntry") -> str:
    if entry.bundled:
        return "Mend it: install Backtalk again, or use another model."
    return f"Mend it: backtalk models install {entry.name}"
