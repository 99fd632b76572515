"""`backtalk say`: text in, speech out."""

from pathlib import Path
from typing import Annotated

import typer


def say(
    text: Annotated[str, typer.Argument(help="What to say.", show_default=False)],
    out: Annotated[
        Path | None, typer.Option(help="Write a WAV file instead of speaking aloud.")
    ] = None,
    voice: Annotated[
        str | None, typer.Option(help="A voice (see: backtalk voices; default: your setting).")
    ] = None,
    rate: Annotated[
        int | None, typer.Option(help="Words a minute, 80 to 450 (default: your setting, or 150).")
    ] = None,
) -> None:
    """Say a text aloud, or write it to a file.

    Example: backtalk say "Lie on your back and bend your knees." --out knees.wav
    """
    from audio.player import Player
    from audio.speaker import Speaker, SpeakerError
    from audio.wav import write
    from skill.settings import load_settings

    settings = load_settings()
    chosen = settings.rate if rate is None else rate
    with Speaker(voice or settings.voice, chosen) as speaker:
        pcm = speaker.render(text)
    if not pcm.samples:
        raise SpeakerError("There is nothing to say.", 'Give some words: backtalk say "Hello"')
    if out is not None:
        write(out, pcm)
        typer.echo(f"Wrote {out} ({pcm.seconds:.1f} s).")
        return
    with Player() as player:
        player.play(pcm).wait()
