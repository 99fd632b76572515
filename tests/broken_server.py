"""A web server on the loopback for tests, which answers each request as the test scripts it."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Plays the next answer of the script; the last one is played for ever."""

    protocol_version = "HTTP/1.1"
    server: "Http"

    def do_GET(self) -> None:
        web = self.server.web
        with web.lock:
            web.requests.append({"path": self.path, **self.headers})
            answer = web.script.pop(0) if len(web.script) > 1 else web.script[0]
        self.close_connection = True
        answer(self)

    def send(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Send a head, with the body's length unless told otherwise, and the body."""
        self.send_response(status)
        usual = {"Content_Length": str(len(body)), "Connection": "close"}
        for name, value in {**usual, **headers}.items():
            if value:
                self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


class Http(ThreadingHTTPServer):
    daemon_threads = True
    web: "Web"

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # The other side hung up, which is what many of these tests are about.


@dataclass
class Web:
    """The server as a test sees it: its address, its script and the requests that came."""

    url: str
    script: list[Answer] = field(default_factory=list)
    requests: list[dict[str, str]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    release: threading.Event = field(default_factory=threading.Event)

    @property
    def ranges(self) -> list[str | None]:
        """The Range header of each request."""
        return [request.get("Range") for request in self.requests]


@contextmanager
def serving() -> Iterator[Web]:
    """Run a server on a free port of the loopback."""
    with Http(("127.0.0.1", 0), Handler) as server:
        web = server.web = Web(f"http://127.0.0.1:{server.server_port}/model.zip")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield web
        finally:
            web.release.set()
            server.shutdown()
            thread.join()


def whole(data: bytes, **headers: str) -> Answer:
    """Send everything, whatever was asked for."""
    return lambda handler: handler.send(200, data, Content_Type="application/zip", **headers)


def ranged(data: bytes, etag: str = '"one"', *, status: int = 206) -> Answer:
    """Honour Range and If-Range as a good server does."""

    def answer(handler: Handler) -> None:
        wanted = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
        if wanted is None or handler.headers.get("If-Range", etag) != etag:
            handler.send(200, data, ETag=etag)
            return
        start = int(wanted[1])
        place = f"bytes {start}-{len(data) - 1}/{len(data)}"
        handler.send(status, data[start:], ETag=etag, Content_Range=place)

    return answer


def cut(data: bytes, after: int, etag: str = '"one"') -> Answer:
    """Promise everything, send the first bytes and hang up."""

    def answer(handler: Handler) -> None:
        handler.send(200, data[:after], Content_Length=str(len(data)), ETag=etag)

    return answer


def stalled(data: bytes, after: int, web: Web, etag: str = '"one"') -> Answer:
    """Promise everything, send the first bytes and then nothing until the test ends."""

    def answer(handler: Handler) -> None:
        handler.send(200, data[:after], Content_Length=str(len(data)), ETag=etag)
        web.release.wait(30)

    return answer


def status(code: int, **headers: str) -> Answer:
    """Send a bare status."""
    return lambda handler: handler.send(code, b"no", **headers)
