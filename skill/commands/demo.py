"""`backtalk demo`: spoken conversations, heard and answered, from bundled recordings."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import ExitStack

    from rich.console import Console

    from audio.wav import Pcm
    from skill.demo.runner import Exchange, Outcome
    from skill.demo.script import DemoConversation


def demo(
    list_: Annotated[bool, typer.Option("--list", help="Only list the conversations.")] = False,
    only: Annotated[str | None, typer.Option(help="Play only the conversation NAME.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only the results.")] = False,
    live: Annotated[bool, typer.Option("--live", help="Keep real time, and play it.")] = False,
    out: Annotated[Path, typer.Option(help="Where both voices are written, as a WAV.")] = Path(
        "backtalk-demo.wav"
    ),
    model: Annotated[
        str | None, typer.Option(help="A model's name or folder (default: the bundled one).")
    ] = None,
) -> None:
    """Play spoken conversations: speech in, understanding, questions, spoken answers out.

    The person is a synthetic voice that the speech model has never heard. No device is needed.

    Example: backtalk demo --only emergency
    """
    import time

    from rich.console import Console

    from skill.demo.script import load_conversations
    from skill.errors import SkillError

    console = Console(highlight=False, soft_wrap=True)
    conversations = load_conversations()
    if list_:
        for conversation in conversations:
            console.print(f"{conversation.name:16} {conversation.title}")
        return
    chosen = [c for c in conversations if only is None or c.name == only]
    if not chosen:
        names = ", ".join(c.name for c in conversations)
        raise SkillError(f"There is no conversation {only}", f"Choose one of: {names}")

    begin = time.perf_counter()
    outcomes = _play(console, chosen, model, out, quiet=quiet, live=live)
    problems = [f"{c.name}: {p}" for c, o in outcomes for p in o.problems]
    right, answers = (sum(getattr(o, k) for _, o in outcomes) for k in ("right", "answers"))
    console.print(
        f"Conversations: {len(outcomes)}, in {time.perf_counter() - begin:.1f} s; "
        f"{right} of {answers} red-flag answers heard as meant."
    )
    console.print(f"Both voices: {out}")
    for problem in problems:
        console.print(f"[red]not as planned:[/] {problem}")
    if problems:
        raise typer.Exit(1)


def _play(
    console: "Console",
    chosen: "list[DemoConversation]",
    model: str | None,
    out: Path,
    *,
    quiet: bool,
    live: bool,
) -> "list[tuple[DemoConversation, Outcome]]":
    from contextlib import ExitStack

    from audio.speaker import Speaker
    from audio.speech_model import SpeechModel
    from audio.wav import write
    from models.catalog import resolve
    from skill.conversation import build_coach
    from skill.demo.runner import Demo, mix
    from skill.settings import data_dir

    outcomes = []
    with ExitStack() as stack:
        speaker = stack.enter_context(Speaker())
        speaker.start()
        speech_model = SpeechModel.load(resolve(model, data_dir()))
        chain = Demo(speech_model, build_coach(), speaker)
        pace = _live(console, stack) if live else _at_once
        for conversation in chosen:
            if not quiet:
                console.rule(f"{conversation.name}: {conversation.title}")
            show = _hide if quiet else lambda exchange: _show(console, exchange)
            outcomes.append((conversation, chain.play(conversation, show, pace)))
    out.parent.mkdir(parents=True, exist_ok=True)
    write(out, mix([outcome.sound for _, outcome in outcomes]))
    return outcomes


def _show(console: "Console", exchange: "Exchange") -> None:
    from rich.markup import escape

    from skill.speech import plain

    reply, heard = exchange.reply, exchange.heard
    if exchange.turn is not None and heard is not None:
        console.print(f"[bold]person[/]    {escape(exchange.turn.say)}  [dim](synthetic voice)[/]")
        meaning = reply.understanding
        intent = meaning.intent or "no intent" if meaning else "no intent"
        score = f" {meaning.score:.2f}" if meaning and meaning.intent else ""
        answer = meaning.values.answer if meaning and exchange.asked else None
        signs = [f"{f.flag} {f.polarity}" for f in meaning.symptoms] if meaning else []
        answers = answer and not signs
        what = f"answers {answer} to {exchange.asked}" if answers else f"{intent}{score}"
        console.print(
            f"  [dim]heard[/]   {escape(heard.text) or '(nothing)'}  "
            f"[dim]confidence {heard.confidence:.2f} · {', '.join([what, *signs])}[/]"
        )
    if reply.decision is not None:
        rules, flags = (", ".join(x) for x in (reply.decision.rules, reply.decision.flags))
        style = "bold red" if reply.urgent else "bold green"
        console.print(f"  [{style}]{reply.decision.level}[/] by {rules} {flags}")
    console.print(f"[cyan]backtalk[/]  {escape(plain(reply.speech))}")
    console.print(
        f"  [dim]hear {exchange.hear_ms:.0f} ms · think {exchange.think_ms:.1f} ms · "
        f"speak {exchange.speak_ms:.0f} ms[/]"
    )


def _hide(exchange: "Exchange") -> None:
    """Show nothing."""


def _at_once(sound: "Pcm") -> None:
    """Wait for nothing: the demo runs as fast as it can."""


def _live(console: "Console", stack: "ExitStack") -> "Callable[[Pcm], None]":
    """Return what plays a sound and waits for its end; without a device it only waits."""
    import time

    from audio.player import NoOutputDevice, Player

    player: Player | None = stack.enter_context(Player())

    def play(sound: "Pcm") -> None:
        nonlocal player
        if player is not None:
            try:
                player.play(sound).wait()
                return
            except NoOutputDevice as error:
                console.print(f"[dim]{error} Keeping real time in silence.[/]")
                player = None
        time.sleep(sound.seconds)

    return play
