"""The Flask app: parses requests into turns, and renders answers and errors as JSON."""

import json
import logging
import re
import traceback
from collections.abc import Callable, Collection
from importlib.metadata import version
from typing import Any, Final

from flask import Flask, Request, Response, jsonify, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from models.errors import BacktalkError
from skill.errors import SessionVersionError, SkillError
from skill.settings import SettingsError, parse_region
from skill.store import ConflictError, StoreError
from skill.turn import Heard, Turn, TurnKind
from skill.web.conversations import Conversations, UnknownSessionError
from skill.web.hearing import DamagedSoundError, SpeechTooLongError, UnknownSoundError

JSON_BYTES: Final = 16 * 1024
AUDIO_BYTES: Final = 10 * 1024 * 1024
ID_LENGTH: Final = 128
FIELDS: Final = frozenset({"session_id", "text", "silence", "region", "request_id"})

Hear = Callable[[bytes], tuple[Heard, ...]]
"""Turns a WAV or FLAC file into what was said, best reading first."""

# Which status an error has; what is not named is a fault of this service. First match wins.
_STATUS: Final[tuple[tuple[type[Exception], int], ...]] = (
    (UnknownSessionError, 404),
    (SessionVersionError, 409),
    (ConflictError, 409),
    (SpeechTooLongError, 413),
    (UnknownSoundError, 415),
    (DamagedSoundError, 400),
    (SettingsError, 400),
    (StoreError, 503),
)

_log = logging.getLogger(__name__)


class RequestError(SkillError):
    """The request cannot be understood; `status` is what HTTP calls it."""

    def __init__(self, status: int, code: str, message: str, hint: str) -> None:
        super().__init__(message, hint)
        self.status = status
        self.code = code


def create_app(
    conversations: Conversations,
    *,
    hear: Hear | None = None,
    trusted_hosts: Collection[str] | None = None,
) -> Flask:
    """Return the service over `conversations`.

    Without `hear` it takes JSON only. `trusted_hosts` are the names it answers to (None for any):
    on a loopback address they keep web pages elsewhere from reaching it by a name of their own.
    """
    app = Flask("backtalk", static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]

    @app.before_request
    def refuse_other_names() -> None:
        # Flask's own TRUSTED_HOSTS cannot name an IPv6 address.
        name = re.sub(r":\d+$", "", request.host)
        if trusted_hosts is not None and name not in trusted_hosts:
            raise RequestError(
                403,
                "untrusted-host",
                f"This service does not answer to the name {name}",
                "Use the address that it printed at its start.",
            )

    @app.post("/v1/turn")
    def turn() -> Response:
        if request.mimetype == "application/json":
            return jsonify(_typed(conversations, request))
        if request.mimetype.startswith("audio/") and hear is not None:
            return jsonify(_spoken(conversations, request, hear))
        raise RequestError(
            415,
            "unsupported-media",
            f"This service does not take {request.mimetype or 'a body without a type'}",
            "Send Content-Type: application/json"
            + (", audio/wav or audio/flac." if hear is not None else "."),
        )

    @app.get("/healthz")
    def healthz() -> Response:
        conversations.check()
        return jsonify(status="ok", version=version("backtalk"), speech=hear is not None)

    app.register_error_handler(Exception, _explained)
    return app


def _typed(conversations: Conversations, request: Request) -> dict[str, Any]:
    """Answer a turn given as JSON."""
    body = _json_object(request)
    if unknown := sorted(body.keys() - FIELDS):
        raise _bad(
            f"There is no field {json.dumps(unknown[0])}",
            f"The fields are: {', '.join(sorted(FIELDS))}.",
        )
    text = _text(body, "text").strip()
    silence = body.get("silence", False)
    if not isinstance(silence, bool):
        raise _bad("silence must be true or false", "Leave it out where something was said.")
    if bool(text) == silence:
        raise _bad(
            "text and silence go against each other" if text else "text is empty",
            'Send what was said as "text", or "silence": true where nothing was.',
        )
    return conversations.answer(
        Turn(
            TurnKind.SPEECH if text else TurnKind.SILENCE,
            (Heard(text),) if text else (),
            region=_region(_text(body, "region")),
            at=conversations.clock(),
            request_id=_id(body, "request_id"),
        ),
        _id(body, "session_id") or None,
    )


def _spoken(conversations: Conversations, request: Request, hear: Hear) -> dict[str, Any]:
    """Answer a turn given as sound, with the rest in the query."""
    query: dict[str, Any] = request.args.to_dict()
    session_id = _id(query, "session_id") or None
    request_id = _id(query, "request_id")
    region = _region(_text(query, "region"))
    if session_id is not None:  # before the long work of hearing
        replayed = conversations.recall(session_id, request_id)
        if replayed is not None:
            return replayed
    data = _body(request, AUDIO_BYTES)
    if not data:
        raise _bad("The body is empty", "Send a WAV or FLAC file as the body.")
    heard = hear(data)
    turn = Turn(
        TurnKind.SPEECH if heard else TurnKind.SILENCE,
        heard,
        region=region,
        at=conversations.clock(),
        request_id=request_id,
    )
    return conversations.answer(turn, session_id)


def _body(request: Request, limit: int) -> bytes:
    """Return the body; raise RequestEntityTooLarge beyond `limit` bytes, without reading on."""
    # One more than the limit: a body of unknown length is cut there without a word.
    request.max_content_length = limit + 1
    data: bytes = request.get_data(cache=False)
    if len(data) > limit:
        raise RequestEntityTooLarge
    return data


def _json_object(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(_body(request, JSON_BYTES))
    except (ValueError, RecursionError):  # not JSON, not UTF-8, or nested without end
        raise _bad("The body is not JSON", 'Send an object such as {"text": "hello"}.') from None
    if not isinstance(body, dict):
        raise _bad("The body is not an object", 'Send an object such as {"text": "hello"}.')
    return body


def _text(fields: dict[str, Any], name: str) -> str:
    """Return a text field; an empty text where it is absent or null."""
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _bad(f"{name} must be a text", "Put it between quotation marks.")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _bad(f"{name} is not valid Unicode", "Send it as UTF-8.") from None
    return value


def _id(fields: dict[str, Any], name: str) -> str:
    value = _text(fields, name)
    if len(value) > ID_LENGTH:
        raise _bad(f"{name} is longer than {ID_LENGTH} characters", "Send a shorter one.")
    return value


def _region(name: str) -> str | None:
    return parse_region(name) if name.strip() else None


def _bad(message: str, hint: str) -> RequestError:
    return RequestError(400, "bad-request", message, hint)


def _explained(error: Exception) -> Response:
    """Return any error as JSON: a stable code, a message and the next step."""
    if isinstance(error, RequestEntityTooLarge):
        error = RequestError(
            413,
            "too-large",
            f"The body is too large: {JSON_BYTES >> 10} KB of JSON or "
            f"{AUDIO_BYTES >> 20} MB of sound are the most",
            "Send one utterance a request.",
        )
    if isinstance(error, HTTPException):
        response = Response(status=error.code)
        response.headers.update(error.get_headers())  # such as Allow
        return _error(response, error.name.lower().replace(" ", "-"), error.description or "")
    status = error.status if isinstance(error, RequestError) else _status(error)
    if isinstance(error, SkillError | BacktalkError) and status != 500:
        if status > 500:
            _log.error("%s: %s", error.code, error)
        return _error(Response(status=status), error.code, str(error), error.hint)
    # Where it happened, but not the message of the error, which may hold what a person said.
    where = "".join(traceback.format_tb(error.__traceback__))
    _log.error("%s in a request:\n%s", type(error).__name__, where)
    hint = "Try again; if it stays, report it."
    return _error(Response(status=500), "internal", "This service failed", hint)


def _status(error: Exception) -> int:
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def _error(response: Response, code: str, message: str, hint: str = "") -> Response:
    response.set_data(json.dumps({"error": {"code": code, "message": message, "hint": hint}}))
    response.content_type = "application/json"
    return response
