"""Fetching one known file over HTTP: resumed where it stopped, checked before it is trusted."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError

from models.errors import DownloadError, OfflineError
from models.manifest import sha256_of

# Of a connection that breaks, up to this many bytes are lost.
_READ_BYTES: Final = 1 << 13
_MAX_REDIRECTS: Final = 5
_ZIP_START: Final = b"PK"

_AGAIN: Final = "Run the same command again: it goes on from where it stopped."
_STICK: Final = (
    "Backtalk works without it. To install with no network, fetch the file elsewhere and use: "
    "backtalk models install NAME --from FILE.zip"
)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for a server, in seconds, and how often to go on after a cut.

    `attempts` counts connections in a row that brought nothing new.
    """

    connect: float = 10.0
    read: float = 30.0
    attempts: int = 3
    pause: float = 1.0


@dataclass(frozen=True, slots=True)
class Source:
    """The file wanted: its address, its length in bytes and its SHA-256 in hexadecimal."""

    url: str
    size: int
    sha256: str


class _RestartError(Exception):
    """The part on the disk cannot be continued; begin again."""


class _CutError(Exception):
    """The connection broke off; what arrived is kept."""


def part_paths(target: Path) -> tuple[Path, Path]:
    """Return where an unfinished download and the note about its origin are kept."""
    return target.with_name(target.name + ".part"), target.with_name(target.name + ".part.json")


def bytes_here(target: Path) -> int:
    """Return how many bytes of a download are on the disk already."""
    part, _ = part_paths(target)
    return part.stat().st_size if part.exists() else 0


def discard(target: Path) -> None:
    """Delete an unfinished download."""
    for path in part_paths(target):
        path.unlink(missing_ok=True)


def download(
    source: Source,
    target: Path,
    *,
    progress: Callable[[int, int], None] | None = None,
    patience: Patience | None = None,
) -> None:
    """Fetch `source` into `target`, whose folder exists; go on with a part that is there.

    `progress` is told the bytes here and the bytes in all. A file that was pieced together and
    turns out wrong is fetched once more from the start. Raises `DownloadError` (`OfflineError`
    where no server answers at all) and leaves the part in place unless it is of no use; errors
    of the disk pass through as `OSError`.
    """
    part, note = part_paths(target)
    if _read_note(note).get("sha256") != source.sha256:
        discard(target)
    restarted = False
    while True:
        begun = bytes_here(target) > 0
        in_one_piece = False
        try:
            connections = _fetch_all(source, target, progress, patience or Patience())
            if sha256_of(part) == source.sha256:
                break
            in_one_piece = connections == 1 and not begun
            fault = "is not the file that this version of Backtalk knows (checksum differs)"
        except _RestartError as error:
            fault = str(error)
        discard(target)
        if restarted or in_one_piece:
            raise DownloadError(
                f"What came from {_host(source.url)} {fault}.",
                "Nothing was installed. Try later, or update Backtalk. " + _STICK,
            )
        restarted = True
    part.replace(target)
    note.unlink(missing_ok=True)


def _fetch_all(
    source: Source,
    target: Path,
    progress: Callable[[int, int], None] | None,
    patience: Patience,
) -> int:
    """Connect until the part is as long as the file, and return how often that was.

    Gives up after `patience.attempts` connections that bring nothing.
    """
    connections = failures = 0
    while (before := bytes_here(target)) != source.size:
        connections += 1
        try:
            _fetch(source, target, progress, patience)
        except _CutError as error:
            failures = 1 if bytes_here(target) > before else failures + 1
            if failures >= patience.attempts:
                here = bytes_here(target)
                raise DownloadError(
                    f"The download from {_host(source.url)} broke off after {here} of "
                    f"{source.size} bytes: {error}.",
                    _AGAIN,
                ) from error
            time.sleep(patience.pause)
    return connections


def _fetch(
    source: Source,
    target: Path,
    progress: Callable[[int, int], None] | None,
    patience: Patience,
) -> None:
    """Make one request and append what it brings to the part."""
    part, note = part_paths(target)
    start = bytes_here(target)
    if start > source.size:
        raise _RestartError("is longer than the file should be")
    with requests.Session() as session:
        session.max_redirects = _MAX_REDIRECTS
        try:
            with session.get(
                source.url,
                headers=_headers(start, _read_note(note)),
                stream=True,
                timeout=(patience.connect, patience.read),
            ) as response:
                if _check(response, source, start):
                    mode = "ab"
                else:
                    mode, start = "wb", 0
                _write_note(note, source, response)
                with part.open(mode) as file:
                    for block in response.iter_content(_READ_BYTES):
                        if start == 0 and not _ZIP_START.startswith(block[:2]):
                            raise DownloadError(*_not_a_zip(source))
                        start += len(block)
                        if start > source.size:
                            raise _RestartError("is longer than the file should be")
                        file.write(block)
                        if progress is not None:
                            progress(start, source.size)
        except (requests.RequestException, HTTPError) as error:
            raise _explained(error, source, bytes_here(target)) from error
    if start < source.size:
        raise _CutError("the server ended it early")


def _headers(start: int, note: dict[str, str]) -> dict[str, str]:
    """Return the request's headers; compression is refused, because ranges count plain bytes."""
    headers = {"Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
        if validator := note.get("validator"):
            headers["If-Range"] = validator
    return headers


def _check(response: requests.Response, source: Source, start: int) -> bool:
    """Return whether the answer goes on at `start`; False means that it begins anew.

    Raises for any answer that cannot become the file.
    """
    status = response.status_code
    if status == 416:
        raise _RestartError("cannot be continued")
    if status in (408, 429) or status >= 500:
        raise _CutError(f"the server answered {status}")
    if status not in (200, 206):
        raise DownloadError(
            f"{_host(source.url)} does not have the file (it answered {status}): {source.url}",
            "The model may have moved: update Backtalk. " + _STICK,
        )
    if response.headers.get("Content-Type", "").startswith("text/html"):
        raise DownloadError(*_not_a_zip(source))
    if status == 206:
        expected = f"bytes {start}-{source.size - 1}/{source.size}"
        if start == 0 or response.headers.get("Content-Range") != expected:
            raise _RestartError("was continued at the wrong place")
        return True
    length = response.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) != source.size:
        raise DownloadError(
            f"{_host(source.url)} offers {length} bytes, but the file that this version of "
            f"Backtalk knows has {source.size}.",
            "The model may have changed: update Backtalk. " + _STICK,
        )
    return False


def _explained(error: Exception, source: Source, here: int) -> Exception:
    """Turn a failure of the HTTP library into one of ours; `here` bytes have been kept."""
    host = _host(source.url)
    causes = _causes(error)
    if isinstance(error, requests.TooManyRedirects):
        return DownloadError(f"{host} sends the request round in circles.", _STICK)
    if isinstance(error, requests.exceptions.SSLError):
        return DownloadError(
            f"The secure connection to {host} failed: {causes[-1]}",
            "Check this machine's clock, and whether the network puts its own page in between.",
        )
    if isinstance(error, requests.exceptions.ProxyError):
        return OfflineError(f"The proxy on the way to {host} refused.", "Check HTTPS_PROXY.")
    unreachable = (NameResolutionError, NewConnectionError)
    if isinstance(error, requests.ConnectTimeout) or any(
        isinstance(cause, unreachable) for cause in causes
    ):
        return OfflineError(
            f"Cannot reach {host}: this machine seems to be offline.", _AGAIN if here else _STICK
        )
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
        return DownloadError(f"{host} sends the request to a place that is no web address.", _STICK)
    if isinstance(error, requests.Timeout) or "timed out" in str(error).lower():
        return _CutError("the server stopped sending")
    return _CutError("the connection was lost")


def _causes(error: Exception) -> list[BaseException]:
    """Return an error and all the errors inside it, as urllib3 nests them."""
    found: list[BaseException] = []
    queue: list[object] = [error]
    while queue:
        item = queue.pop(0)
        if isinstance(item, BaseException) and item not in found:
            found.append(item)
            queue += [*item.args, getattr(item, "reason", None), item.__cause__]
    return found


def _not_a_zip(source: Source) -> tuple[str, str]:
    return (
        f"{_host(source.url)} sent a web page or something else instead of the model.",
        "Networks in hotels and trains do this before you sign in: open a browser and sign in.",
    )


def _host(url: str) -> str:
    return urlsplit(url).netloc


def _read_note(note: Path) -> dict[str, str]:
    """Return what is known of the part's origin; nothing where the note is absent or damaged."""
    try:
        data = json.loads(note.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return {k: v for k, v in data.items() if isinstance(v, str)} if isinstance(data, dict) else {}


def _write_note(note: Path, source: Source, response: requests.Response) -> None:
    """Keep the validator that proves, on going on, that the server's file is the same one."""
    etag = response.headers.get("ETag", "")
    validator = etag if etag.startswith('"') else response.headers.get("Last-Modified", "")
    note.write_text(json.dumps({"sha256": source.sha256, "validator": validator}), "utf-8")
