"""`backtalk serve`: the same coach over HTTP."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import socket


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port; 0 for any that is free.")] = 8077,
    region: Annotated[
        str | None,
        typer.Option(help="Country of the telephone numbers (default: your setting)."),
    ] = None,
) -> None:
    """Answer over HTTP: POST /v1/turn takes JSON or a WAV or FLAC body, GET /healthz tells state.

    There is no authentication yet, so it listens on this machine only, unless --host says
    otherwise. Ctrl-C finishes the turn in hand and ends.

    Example: backtalk serve --region uk
    """
    from audio.recognizer import SpeechModel
    from models.catalog import resolve
    from skill.commands.talk import country
    from skill.conversation import build_coach
    from skill.settings import data_dir, load_settings
    from skill.store import SessionStore
    from skill.web import Conversations, create_app
    from skill.web.hearing import Ears
    from skill.web.server import Server, bind, is_loopback

    chosen = country(region)
    listener = bind(host, port)  # a port in use is told before the seconds of loading
    with listener:
        ears = Ears(SpeechModel.load(resolve(load_settings().model, data_dir())))
        coach = build_coach()
        with SessionStore(data_dir() / "sessions.sqlite3") as store:
            conversations = Conversations(coach, store, region=chosen)
            local = is_loopback(listener)
            app = create_app(
                conversations,
                hear=ears.hear,
                trusted_hosts=("localhost", "127.0.0.1", "[::1]") if local else None,
            )
            typer.echo(f"Backtalk answers at {address(listener)} (Ctrl-C ends).", err=True)
            if not local:
                typer.echo(
                    "Warning: there is no authentication yet. Whoever can reach this address can "
                    "talk to the coach, and can read a session whose id they know.",
                    err=True,
                )
            Server(app, listener, conversations.expire).run()
    typer.echo("Backtalk has stopped.", err=True)


def address(listener: "socket.socket") -> str:
    """Return the URL of a socket that listens."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
