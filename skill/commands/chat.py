"""`backtalk chat`: the coach in typed words."""

from pathlib import Path
from typing import Annotated

import typer


def chat(
    json_lines: Annotated[
        bool, typer.Option("--json", help="A flushed JSON object for the opening and each line.")
    ] = False,
    script: Annotated[
        Path | None, typer.Option(help="Read the lines from a file instead of the keyboard.")
    ] = None,
    region: Annotated[
        str | None, typer.Option(help="Country for the numbers: uk, us, ireland, ...")
    ] = None,
    intro: Annotated[
        bool, typer.Option("--intro/--no-intro", help="Whether to say the first-use line.")
    ] = True,
) -> None:
    """Talk to the coach by typing.

    Type what you would say aloud; y, n and ? answer yes, no and not sure. An empty line counts as
    silence. Ctrl-D ends.

    Example: backtalk chat --region uk
    """
    import sys
    import time

    from skill.commands.talk import (
        KEYS,
        MAX_TEXT,
        JsonScreen,
        TerminalScreen,
        country,
        introduce,
        remember,
    )
    from skill.conversation import Conversation
    from skill.errors import SkillError
    from skill.settings import load_settings
    from skill.turn import Turn, TurnKind

    try:
        source = script.open("rb") if script else sys.stdin.buffer
    except OSError as error:
        raise SkillError(
            f"Cannot read {script}: {error.strerror}", "Give --script a text file, a line a turn."
        ) from None
    screen = JsonScreen() if json_lines else TerminalScreen(echo=script is not None)
    settings = load_settings()
    person = not json_lines and script is None and sys.stdin.isatty()
    if person and not settings.introduced:
        introduce(settings.model)
    introduced = not intro or (person and settings.introduced)
    conversation = Conversation.open(region=country(region), introduced=introduced)
    with source:
        reply = conversation.launch(time.time())
        screen.show(reply, None)
        while not reply.ended:
            screen.prompt()
            raw = source.readline()
            if not raw:
                break
            text = raw.decode("utf-8", errors="replace").strip()[:MAX_TEXT]
            text = KEYS.get(text.lower(), text)
            now = time.time()
            turn = Turn.said(text, at=now) if text else Turn(TurnKind.SILENCE, at=now)
            reply = conversation.step(turn)
            screen.show(reply, text)
    if person:
        remember(conversation.session, keep_region=region is None)
