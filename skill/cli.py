"""The command line: registers every command, and turns errors into one line and an exit code."""

import os
import sys

import typer

from skill.commands import (
    chat,
    demo,
    doctor,
    intents,
    listen,
    models,
    say,
    serve,
    transcribe,
    triage,
    understand,
    voices,
)

app = typer.Typer(
    name="backtalk",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command()(demo.demo)
app.command()(chat.chat)
app.command()(listen.listen)
app.command()(serve.serve)
app.command()(transcribe.transcribe)
app.command()(say.say)
app.command()(voices.voices)
app.command()(understand.understand)
app.command()(triage.triage)
app.command()(doctor.doctor)
app.add_typer(models.app, name="models")
app.add_typer(intents.app, name="intents")


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: bool = typer.Option(False, "--version", help="Show the version.", is_eager=True),
) -> None:
    """An offline voice coach for backs and necks. It is no doctor and cannot call for help.

    Example: backtalk demo
    """
    if version:
        from importlib.metadata import version as installed

        typer.echo(f"backtalk {installed('backtalk')}")
        raise typer.Exit


def main() -> None:
    """Run the command line."""
    from intents.errors import IntentsError
    from models.errors import BacktalkError
    from skill.errors import SkillError

    if sys.stdin is None:  # closed by whoever started us
        sys.stdin = open(os.devnull)  # noqa: SIM115 (open for as long as the program runs)
    try:
        app()
    except (BacktalkError, IntentsError, SkillError) as error:
        typer.echo(f"backtalk: {error}", err=True)
        if error.hint:
            typer.echo(f"  {error.hint}", err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
