"""Runs the app on a socket with a thread for each request, until a signal ends it.

The server is Werkzeug's: enough for one household on one machine. It is not made for the open
internet, where a WSGI server behind a proxy belongs in front of `create_app`.
"""

import errno
import ipaddress
import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from skill.errors import SkillError

# A client that sends nothing for this long is cut off.
IDLE_SECONDS: Final = 30.0
# At the end, a turn in hand has this long to be answered.
LAST_TURN_SECONDS: Final = 30.0
# How often sessions whose time is over are deleted.
SWEEP_SECONDS: Final = 3600.0
BACKLOG: Final = 128

_log = logging.getLogger(__name__)


class ServeError(SkillError):
    """The service cannot listen where it was told to."""

    code = "serve"


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens on `host` and `port` (0 for any free one).

    Raises:
        ServeError: the port is in use or not allowed, or the address is not of this machine.
    """
    where = f"{host}:{port}"
    if not 0 <= port <= 65_535:
        raise ServeError(f"There is no port {port}", "Choose one from 1 to 65535.")
    try:
        family, kind, _, _, found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind)
    except (OSError, UnicodeError) as error:
        raise ServeError(f"There is no address {where}: {error}", "Use 127.0.0.1.") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(found)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise _explained(where, port, error) from error
    return listener


def is_loopback(listener: socket.socket) -> bool:
    """Tell whether only this machine can reach the socket."""
    return ipaddress.ip_address(listener.getsockname()[0].partition("%")[0]).is_loopback


class Server:
    """Answers requests on `listener`; `sweep` is called now and then to delete what is over."""

    def __init__(self, app: Flask, listener: socket.socket, sweep: Callable[[], object]) -> None:
        host, port = listener.getsockname()[:2]
        self._sweep = sweep
        self._ending = threading.Event()
        self._in_hand = _InHand()
        self._http = make_server(
            host,
            port,
            app,
            threaded=True,
            request_handler=_handler(self._in_hand),
            fd=listener.fileno(),
        )

    def run(self) -> None:
        """Answer until SIGINT or SIGTERM comes, then finish the turns in hand.

        A second signal ends at once. Call from the main thread.
        """
        before = {s: signal.signal(s, self._end) for s in (signal.SIGINT, signal.SIGTERM)}
        sweeper = threading.Thread(target=self._sweep_now_and_then)
        sweeper.start()
        try:
            self._http.serve_forever(poll_interval=0.1)
            self._in_hand.wait(LAST_TURN_SECONDS)
        finally:
            self._ending.set()
            sweeper.join()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _end(self, number: int, _frame: object) -> None:
        signal.signal(number, signal.SIG_DFL)
        # shutdown waits for the loop, which runs in this thread.
        threading.Thread(target=self._http.shutdown).start()

    def _sweep_now_and_then(self) -> None:
        while True:
            try:
                self._sweep()
            except SkillError as error:
                _log.error("Old sessions are not deleted: %s", error)
            if self._ending.wait(SWEEP_SECONDS):
                return


class _InHand:
    """Counts the requests that are being answered."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        with self._changed:
            self._count += 1
        try:
            yield
        finally:
            with self._changed:
                self._count -= 1
                self._changed.notify_all()

    def wait(self, seconds: float) -> bool:
        """Return True as soon as there is none, False where `seconds` went by before."""
        with self._changed:
            return self._changed.wait_for(lambda: self._count == 0, seconds)


def _handler(in_hand: _InHand) -> type[WSGIRequestHandler]:
    class Handler(WSGIRequestHandler):
        timeout = IDLE_SECONDS

        def run_wsgi(self) -> None:
            with in_hand.one():
                super().run_wsgi()

        def log(self, type: str, message: str, *args: Any) -> None:
            """Log nothing: the address of a request holds the id of a session."""

    return Handler


def _explained(where: str, port: int, error: OSError) -> ServeError:
    match error.errno:
        case errno.EADDRINUSE:
            return ServeError(
                f"{where} is in use by another program",
                f"Stop it, or choose another port: backtalk serve --port {port % 65535 + 1}",
            )
        case errno.EACCES:
            return ServeError(f"You may not listen on {where}", "Choose a port above 1023.")
        case errno.EADDRNOTAVAIL:
            return ServeError(f"{where} is not an address of this machine", "Use 127.0.0.1.")
        case _:
            return ServeError(f"Cannot listen on {where}: {error}", "Choose another port.")
