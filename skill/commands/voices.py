"""`backtalk voices`: the voices that can be asked for."""

from typing import Annotated

import typer


def voices(
    every: Annotated[bool, typer.Option("--all", help="List every language.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object with every voice.")
    ] = False,
) -> None:
    """List the voices; the one in use has a star.

    Name a voice by its id, its name or its language, as in --voice en-gb.

    Example: backtalk voices --all
    """
    import json
    from dataclasses import asdict

    from audio.speaker import DEFAULT_VOICE, Speaker
    from skill.settings import load_settings

    chosen = load_settings().voice or DEFAULT_VOICE
    with Speaker() as speaker:
        found = speaker.voices()
        variants = speaker.variants()
    if as_json:
        listed = [asdict(voice) for voice in found]
        typer.echo(json.dumps({"current": chosen, "voices": listed, "variants": list(variants)}))
        return
    base = chosen.partition("+")[0].strip().casefold()
    for voice in found:
        if every or voice.language.partition("-")[0] == "en":
            names = (voice.id, voice.name, voice.language)
            star = "*" if base in (name.casefold() for name in names) else " "
            typer.echo(f"{star} {voice.id:<22} {voice.language:<16} {voice.name}")
    typer.echo("A variant changes a voice's sound, for example en-gb+f3. Variants:")
    typer.echo("  " + " ".join(variants))
