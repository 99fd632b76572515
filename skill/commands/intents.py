"""`backtalk intents`: what whoever writes phrases needs to know before a person meets them."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="Phrases: check them, test them on lines of your own, and fit what is learned from them."
    "\n\nExample: backtalk intents check",
    no_args_is_help=True,
)

Locale = Annotated[str, typer.Option("--locale", help="The language of the phrases.")]


@app.command()
def check(
    locale: Locale = "en_US",
    json_lines: Annotated[
        bool, typer.Option("--json", help="A JSON object for each remark.")
    ] = False,
) -> None:
    """Look over the phrases: overlapping intents, words that cannot be heard, too few phrases.

    Exits with 1 where two intents hold phrases that are all but the same.

    Example: backtalk intents check
    """
    import json

    from audio.speech_model import SpeechModel
    from intents.review import review
    from models.catalog import bundled_path

    remarks = review(locale, SpeechModel.load(bundled_path()).knows)
    for remark in remarks:
        if json_lines:
            typer.echo(json.dumps({name: getattr(remark, name) for name in remark.__slots__}))
        else:
            mark = "wrong " if remark.wrong else "advice"
            typer.echo(f"{mark}  {remark.kind:8} {remark.intent}: {remark.text}")
    wrong = sum(remark.wrong for remark in remarks)
    if not json_lines:
        typer.echo(f"{len(remarks)} remarks, {wrong} of them to be mended.")
        if any(remark.kind == "stale" for remark in remarks):
            typer.echo("Run: backtalk intents fit")
    if wrong:
        raise typer.Exit(1)


@app.command("test")
def try_lines(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help='Lines of "text<tab>intent", or none.')
    ],
    locale: Locale = "en_US",
    at_least: Annotated[
        float, typer.Option(min=0, max=1, help="The share that must be right, from 0 to 1.")
    ] = 1.0,
    json_lines: Annotated[
        bool, typer.Option("--json", help="A JSON object for each line that is wrong.")
    ] = False,
) -> None:
    """Try lines of your own: which are understood as another intent than they should be.

    Write none for what the coach should not know; "a|b" where either is right. Lines that begin
    with # are left out. Exits with 1 where fewer than --at-least are right.

    Example: backtalk intents test my_lines.tsv --at-least 0.95
    """
    import json

    from intents.corpus import load_corpus
    from intents.review import check_lines
    from skill.errors import UsageError

    known = {*load_corpus(locale).intents, "none"}
    rows = []
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}", "Name a UTF-8 text file.") from error
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        text, _, wanted = line.partition("\t")
        intents = tuple(wanted.strip().split("|"))
        if not text.strip() or not known.issuperset(intents):
            raise UsageError(
                f"{file}, line {number}: not a text, a tab and an intent of {locale}.",
                f"Intents are named as in the language's files, such as {min(known)}.",
            )
        rows.append((text, intents))
    if not rows:
        raise UsageError(f"{file} holds no line to try.", 'Write "text<tab>intent" lines.')
    right = 0
    for result in check_lines(rows, locale):
        right += result.right
        if result.right:
            continue
        if json_lines:
            row = {name: getattr(result, name) for name in result.__slots__}
            typer.echo(json.dumps(row))
        else:
            near = f", near {result.phrase!r}" if result.phrase else ""
            typer.echo(
                f"{result.text!r}: {result.found} ({result.score:.2f}{near}),"
                f" not {' or '.join(result.wanted)}"
            )
    if not json_lines:
        typer.echo(f"{right} of {len(rows)} right ({right / len(rows):.1%}).")
    if right < at_least * len(rows):
        raise typer.Exit(1)


@app.command()
def fit(locale: Locale = "en_US") -> None:
    """Learn again from the phrases and the sayings, after a change; takes a minute.

    Without it a changed phrase is still matched, but every start takes a second longer, and
    changed sayings of red flags are not heeded.

    Example: backtalk intents fit
    """
    from intents.classifier import write_classifier
    from intents.phrases import write_layer

    typer.echo(f"The phrases: {write_layer(locale)}")
    typer.echo("The sayings of red flags: this takes up to a minute ...")
    typer.echo(f"The sayings of red flags: {write_classifier(locale)}")
