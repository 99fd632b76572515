"""`backtalk transcribe`: sound files in, text out."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from audio.recognizer import Hypothesis, SpeechModel
    from audio.wav import Pcm

LONG_SECONDS: Final = 30.0  # of sound; below that the answer is there before a bar could be read


def transcribe(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="WAV or FLAC files.", show_default=False)
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object a line for each file.")
    ] = False,
    grammar: Annotated[
        str | None,
        typer.Option(help="Listen only for these phrases, separated by commas."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(help="A model's name or folder (default: the one chosen in the settings)."),
    ] = None,
) -> None:
    """Write down what is said in sound files.

    A file that cannot be read is reported, the others still run, and the exit code is 2.

    Example: backtalk transcribe --json --grammar "yes,no,not sure" answer.wav
    """
    import json
    import time

    from audio.errors import AudioFileError
    from audio.recognizer import Recognizer, SpeechModel
    from audio.wav import load
    from models.catalog import resolve
    from skill.settings import data_dir, load_settings

    speech_model = SpeechModel.load(resolve(model or load_settings().model, data_dir()))
    phrases = None if grammar is None else grammar.split(",")
    # A grammar that is empty or wholly unknown fails here, once, and not at every file.
    unknown = Recognizer(speech_model, grammar=phrases).unknown
    if unknown and not as_json:
        print(f"The speech model does not know: {', '.join(unknown)}", file=sys.stderr)
    failed = False
    for file in files:
        started = time.perf_counter()
        try:
            pcm = load(file)
        except AudioFileError as error:
            failed = True
            if as_json:
                print(json.dumps({"file": str(file), "error": str(error)}), flush=True)
            else:
                print(f"{error}. {error.hint}", file=sys.stderr)
            continue
        heard = _hear(speech_model, pcm, phrases, file)
        rtf = (time.perf_counter() - started) / pcm.seconds
        if as_json:
            words = [
                {
                    "word": word.text,
                    "start": round(word.start, 3),
                    "end": round(word.end, 3),
                    "confidence": round(word.confidence, 4),
                }
                for word in heard.words
            ]
            line = {
                "file": str(file),
                "text": heard.text,
                "confidence": round(heard.confidence, 4),
                "words": words,
                "unknown": list(unknown),
                "seconds": round(pcm.seconds, 3),
                "rtf": round(rtf, 4),
            }
            print(json.dumps(line), flush=True)
        else:
            text = heard.text or "(nothing was heard)"
            print(f"{file}: {text} [{heard.confidence:.2f}, {pcm.seconds:.1f} s]", flush=True)
    if failed:
        raise typer.Exit(2)


def _hear(model: "SpeechModel", pcm: "Pcm", phrases: list[str] | None, file: Path) -> "Hypothesis":
    """Transcribe with a bar on stderr where the sound is long and somebody is watching."""
    from rich.console import Console
    from rich.progress import Progress

    from audio.recognizer import Recognizer, transcribe

    watched = sys.stderr.isatty() and pcm.seconds > LONG_SECONDS
    with Progress(console=Console(stderr=True), transient=True, disable=not watched) as bar:
        task = bar.add_task(file.name, total=pcm.seconds)
        return transcribe(
            Recognizer(model, grammar=phrases),
            pcm,
            progress=lambda seconds: bar.update(task, completed=seconds),
        )
