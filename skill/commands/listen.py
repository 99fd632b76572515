"""`backtalk listen`: the conversation by voice."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from audio.loop import Ears, Speech
    from audio.player import Player
    from audio.speaker import Speaker
    from skill.commands.talk import Screen
    from skill.conversation import Conversation
    from skill.turn import Reply, Turn


def listen(
    device: Annotated[
        int | None, typer.Option(help="A microphone's number (default: the system's choice).")
    ] = None,
    region: Annotated[
        str | None, typer.Option(help="Country for the numbers: uk, us, ireland, ...")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="A model's name or folder (default: your setting).")
    ] = None,
) -> None:
    """Talk with the coach by microphone and loudspeaker.

    The keys y, n and ? answer "yes", "no" and "not sure", and s says "stop", also while the coach
    is speaking. Ctrl-C ends the conversation.

    Example: backtalk listen --region uk
    """
    from audio.capture import FRAME_MS, Microphone, choose

    choose(device)  # without a microphone nothing below is worth the wait

    from contextlib import ExitStack

    from audio.loop import Ears
    from audio.player import Player
    from audio.recognizer import Recognizer, SpeechModel
    from audio.speaker import Speaker
    from models.catalog import resolve
    from skill.commands.talk import TerminalScreen, country, introduce, remember
    from skill.conversation import Conversation
    from skill.keyboard import Keyboard
    from skill.settings import data_dir, load_settings

    settings = load_settings()
    chosen = country(region)
    path = resolve(model or settings.model, data_dir())
    with ExitStack() as stack:
        speaker = stack.enter_context(Speaker(settings.voice, settings.rate))
        speaker.start()
        speech_model = SpeechModel.load(path)
        conversation = Conversation.open(region=chosen, introduced=settings.introduced)
        speaker.render("Hello.")  # so that a wrong voice in the settings is refused now
        player = stack.enter_context(Player())
        microphone = stack.enter_context(Microphone(device, rate=speech_model.rate))
        keyboard = stack.enter_context(Keyboard())
        if not settings.introduced:
            introduce(model or settings.model)
        keys = "Keys: y yes, n no, ? not sure, s stop. " if keyboard.present else ""
        typer.echo(f"Speak when the coach has finished. {keys}Ctrl-C ends.")
        ears = Ears(
            microphone, lambda: Recognizer(speech_model), keyboard.pressed, speech_model.rate
        )
        converse(conversation, ears, mouth(speaker, player), TerminalScreen(echo=True))
        if microphone.overruns:
            lost = microphone.overruns * FRAME_MS / 1000
            typer.echo(f"This machine was too slow and missed {lost:.1f} s of sound.", err=True)
    remember(conversation.session, keep_region=region is None)


def converse(
    conversation: "Conversation",
    ears: "Ears",
    speak: "Callable[[Reply], Speech]",
    screen: "Screen",
) -> None:
    """Hold the conversation and show both sides.

    Where it is interrupted, or a device goes away, the coach is told that it has ended.
    """
    import signal
    from types import FrameType

    from audio.loop import listen as run
    from skill.turn import Reply, Turn, TurnKind

    over = False

    def step(turn: Turn) -> Reply:
        nonlocal over
        reply = conversation.step(turn)
        over = reply.ended or turn.kind is TurnKind.END
        screen.show(reply, describe(turn))
        return reply

    def terminate(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt  # so that the terminal is put back and the session is closed

    before = signal.signal(signal.SIGTERM, terminate)
    try:
        opening = conversation.launch(ears.clock())
        screen.show(opening, None)
        run(opening, ears, step, speak)
    except KeyboardInterrupt:
        typer.echo("\nEnded.")
    finally:
        signal.signal(signal.SIGTERM, before)
        if not over:
            conversation.step(Turn(TurnKind.END, at=ears.clock()))


def describe(turn: "Turn") -> str:
    """Return what was heard, with the recogniser's confidence; empty for silence."""
    if not turn.heard:
        return ""
    best = turn.heard[0]
    return f"{best.text} [{best.confidence:.2f}]"


def mouth(speaker: "Speaker", player: "Player") -> "Callable[[Reply], Speech]":
    """Return what speaks a reply; where it cannot be spoken, that says so and is silent.

    Whoever calls it has shown the words already, so nothing is lost.
    """
    from audio.loop import Silent
    from audio.player import NoOutputDevice
    from audio.render import render_speech
    from audio.speaker import SpeakerError
    from skill.turn import Reply

    mute = False

    def speak(reply: Reply) -> "Speech":
        nonlocal mute
        if mute or not reply.speech:
            return Silent()
        try:
            return player.play(render_speech(speaker, reply.speech, rate=speaker.rate))
        except NoOutputDevice as error:
            mute = True
            typer.echo(f"{error} Read the answers here instead.", err=True)
        except SpeakerError as error:
            typer.echo(f"{error} {error.hint}", err=True)
        return Silent()

    return speak
