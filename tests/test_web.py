"""The HTTP service: turns by JSON and by sound, sessions that last, and input that is wrong."""

import io
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import wave
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from audio.recognizer import SpeechModel
from skill.conversation import build_coach
from skill.dialog.manager import Coach
from skill.session import Session
from skill.store import SessionStore, StoreLockedError
from skill.turn import Heard, Reply, Turn
from skill.web import Conversations, create_app
from skill.web.hearing import Ears
from skill.web.server import IDLE_SECONDS, ServeError, Server, bind, is_loopback

ROOT = Path(__file__).resolve().parents[1]
HUMAN = ROOT / "tests" / "data" / "human"
FIELDS = {
    "session_id",
    "heard",
    "intent",
    "score",
    "symptoms",
    "values",
    "reply",
    "expect",
    "decision",
    "ended",
}
FIRST_USE = "I'm a computer, not a doctor"
HOUR = 3600.0


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def coach() -> Coach:
    return build_coach()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SessionStore]:
    with SessionStore(tmp_path / "sessions.sqlite3") as opened:
        yield opened


@pytest.fixture
def conversations(coach: Coach, store: SessionStore, clock: Clock) -> Conversations:
    return Conversations(coach, store, clock=clock)


@pytest.fixture
def client(conversations: Conversations) -> FlaskClient:
    return create_app(conversations, hear=lambda data: (Heard(data.decode()),)).test_client()


def turn(client: FlaskClient, text: str, session_id: str | None = None, **fields: Any) -> Any:
    response = client.post("/v1/turn", json={"text": text, "session_id": session_id, **fields})
    assert response.status_code == 200, response.json
    return response.json


def error_of(response: TestResponse, status: int) -> dict[str, str]:
    """The error of a response, which must be whole."""
    assert response.status_code == status, response.get_data(as_text=True)
    assert response.content_type == "application/json"
    assert response.json is not None
    assert response.json.keys() == {"error"}
    error: dict[str, str] = response.json["error"]
    assert error.keys() == {"code", "message", "hint"}
    assert error["code"]
    assert error["message"]
    return error


def wav(seconds: float, rate: int = 16_000) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(bytes(2 * round(seconds * rate)))
    return out.getvalue()


# --- turns -------------------------------------------------------------------------------------


def test_a_first_turn_opens_a_session_and_says_what_this_is(client: FlaskClient) -> None:
    first = turn(client, "my back hurts")
    assert first.keys() == FIELDS
    assert first["heard"] == "my back hurts"
    assert first["reply"].startswith(FIRST_USE)
    assert first["expect"].keys() == {"kind", "flag", "yes_means"}
    assert first["decision"] is None
    assert first["ended"] is False
    second = turn(client, "not sure", first["session_id"])
    assert second["session_id"] == first["session_id"]
    assert FIRST_USE not in second["reply"]
    assert turn(client, "my back hurts")["session_id"] != first["session_id"]


def test_an_emergency_is_answered_with_the_number_of_the_country(client: FlaskClient) -> None:
    answer = turn(client, "my face is drooping and my speech is slurred", region="New Zealand")
    assert answer["decision"]["level"] == "emergency"
    assert answer["decision"].keys() == {"level", "rules", "flags"}
    assert "STROKE_FACE" in answer["decision"]["flags"]
    assert "111" in answer["reply"]
    # The country stays with the session.
    assert "111" in turn(client, "say that again", answer["session_id"])["reply"]


def test_a_session_lives_through_a_restart(coach: Coach, tmp_path: Path) -> None:
    path = tmp_path / "sessions.sqlite3"
    with SessionStore(path) as store:
        before = create_app(Conversations(coach, store, region="uk")).test_client()
        first = turn(before, "my low back hurts")
    with SessionStore(path) as store:
        after = create_app(Conversations(coach, store)).test_client()
        second = turn(after, "no", first["session_id"])
        found = store.load(first["session_id"], now=time.time())
    assert found is not None
    assert (found.session.turns, found.session.region, found.revision) == (2, "uk", 2)
    assert FIRST_USE not in second["reply"]


def test_silence_is_a_turn_of_its_own(client: FlaskClient) -> None:
    first = turn(client, "my back hurts")
    body = {"silence": True, "session_id": first["session_id"]}
    answer = client.post("/v1/turn", json=body).json
    assert answer is not None
    assert answer["heard"] == ""
    assert answer["reply"]
    assert client.post("/v1/turn", json={**body, "text": "  "}).status_code == 200


def test_an_unknown_or_expired_session_is_named(client: FlaskClient, clock: Clock) -> None:
    error = error_of(client.post("/v1/turn", json={"text": "no", "session_id": "nope"}), 404)
    assert error["code"] == "unknown-session"
    assert "session_id" in error["hint"]
    first = turn(client, "my low back hurts and I have a fever")
    clock.now += 23 * HOUR
    turn(client, "no", first["session_id"])
    clock.now += 2 * HOUR
    late = client.post("/v1/turn", json={"text": "no", "session_id": first["session_id"]})
    assert error_of(late, 404)["code"] == "unknown-session"


def test_a_repeated_request_gets_the_same_answer_and_no_second_turn(
    client: FlaskClient, store: SessionStore, clock: Clock
) -> None:
    session_id = turn(client, "my low back hurts")["session_id"]
    once = turn(client, "no", session_id, request_id="r1")
    again = turn(client, "no", session_id, request_id="r1")
    by_sound = client.post(
        f"/v1/turn?session_id={session_id}&request_id=r1",
        data=b"never listened to",
        content_type="audio/wav",
    )
    assert once == again == by_sound.json
    found = store.load(session_id, now=clock.now)
    assert found is not None
    assert found.session.turns == 2
    turn(client, "no", session_id, request_id="r2")
    found = store.load(session_id, now=clock.now)
    assert found is not None
    assert found.session.turns == 3


def test_forget_me_deletes_the_session_at_once(
    client: FlaskClient, store: SessionStore, clock: Clock, tmp_path: Path
) -> None:
    session_id = turn(client, "my back hurts since the marmalade incident")["session_id"]
    assert b"marmalade" in b"".join(p.read_bytes() for p in tmp_path.iterdir())
    answer = turn(client, "forget me", session_id, request_id="r1")
    assert answer["intent"] == "forget_me"
    assert answer["ended"]
    assert store.load(session_id, now=clock.now) is None
    assert b"marmalade" not in b"".join(p.read_bytes() for p in tmp_path.iterdir())
    gone = client.post("/v1/turn", json={"text": "no", "session_id": session_id})
    assert error_of(gone, 404)["code"] == "unknown-session"


def test_old_sessions_are_swept(conversations: Conversations, clock: Clock) -> None:
    client = create_app(conversations).test_client()
    turn(client, "my back hurts")
    turn(client, "thank you")
    assert conversations.expire() == 0
    clock.now += 25 * HOUR
    assert conversations.expire() == 1, "the one with a complaint"
    clock.now += 30 * 24 * HOUR
    assert conversations.expire() == 1


@pytest.mark.parametrize("services", [1, 2], ids=["one service", "two on one file"])
def test_turns_at_the_same_time_are_all_taken(coach: Coach, tmp_path: Path, services: int) -> None:
    stores = [SessionStore(tmp_path / "sessions.sqlite3") for _ in range(services)]
    clients = [create_app(Conversations(coach, store)).test_client for store in stores]
    first = turn(clients[0](), "my low back hurts")["session_id"]
    other = turn(clients[0](), "my neck hurts")["session_id"]

    def say_no(number: int) -> int:
        session_id = other if number % 5 == 4 else first
        body = {"text": "not sure", "session_id": session_id}
        response = clients[number % services]().post("/v1/turn", json=body)
        return response.status_code

    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(say_no, range(30)))
    turns = []
    for session_id in (first, other):
        found = stores[0].load(session_id, now=time.time())
        assert found is not None
        turns.append((found.session.turns, found.revision))
    for store in stores:
        store.close()
    # A service gives up after five lost races with another, but says so and loses nothing.
    assert set(statuses) <= ({200} if services == 1 else {200, 409})
    assert sum(count for count, _ in turns) == statuses.count(200) + 2
    assert all(count == revision for count, revision in turns)


# --- sound -------------------------------------------------------------------------------------


@pytest.fixture
def hearing(conversations: Conversations, speech_model: SpeechModel) -> FlaskClient:
    return create_app(conversations, hear=Ears(speech_model).hear).test_client()


def say(client: FlaskClient, data: bytes, query: str = "", kind: str = "audio/wav") -> TestResponse:
    return client.post(f"/v1/turn{query}", data=data, content_type=kind)


def test_speech_is_heard_and_answered(hearing: FlaskClient) -> None:
    lines = (HUMAN / "transcripts.tsv").read_text(encoding="utf-8").splitlines()
    said = dict(line.split("\t")[:2] for line in lines)
    name = next(name for name in said if name.startswith("1737"))
    first = say(hearing, (HUMAN / name).read_bytes(), kind="audio/flac").json
    assert first is not None
    assert first.keys() == FIELDS
    shared = set(first["heard"].split()) & set(said[name].lower().split())
    assert len(shared) >= len(set(said[name].split())) / 2
    assert first["reply"].startswith(FIRST_USE)
    session_id = first["session_id"]
    second = say(hearing, (HUMAN / name).read_bytes(), f"?session_id={session_id}&region=uk").json
    assert second is not None
    assert second["session_id"] == session_id
    # Vosk dithers, so a borderline word may differ from one hearing to the next.
    again = set(second["heard"].split()) & set(first["heard"].split())
    assert len(again) >= len(set(first["heard"].split())) / 2


def test_sound_without_words_is_silence(hearing: FlaskClient) -> None:
    answer = say(hearing, wav(1.0)).json
    assert answer is not None
    assert answer["heard"] == ""


def test_sound_that_cannot_be_heard_is_named(hearing: FlaskClient) -> None:
    assert error_of(say(hearing, b""), 400)["code"] == "bad-request"
    assert error_of(say(hearing, b"OggS and more"), 415)["code"] == "unsupported-sound"
    assert error_of(say(hearing, b"RIFF\0\0\0\0WAVEfmt "), 400)["code"] == "damaged-sound"
    assert error_of(say(hearing, b"fLaC" + bytes(99)), 400)["code"] == "damaged-sound"
    assert error_of(say(hearing, wav(1.0)[:-1000]), 400)["code"] == "damaged-sound"
    too_long = error_of(say(hearing, wav(61.0, rate=8000)), 413)
    assert too_long["code"] == "speech-too-long"
    assert "60 s" in too_long["message"]
    assert error_of(say(hearing, bytes(10 * 2**20 + 1)), 413)["code"] == "too-large"
    unknown = say(hearing, wav(1.0), "?session_id=nope")
    assert error_of(unknown, 404)["code"] == "unknown-session"
    assert error_of(say(hearing, wav(1.0), "?region=narnia"), 400)["code"] == "settings"


def test_a_service_without_ears_takes_no_sound(conversations: Conversations) -> None:
    deaf = create_app(conversations).test_client()
    assert error_of(say(deaf, wav(1.0)), 415)["code"] == "unsupported-media"
    assert deaf.get("/healthz").json["speech"] is False  # type: ignore[index]


# --- input that is wrong -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[" * 16_000, "not JSON"),
        (b'{"text": ' + b"9" * 5000 + b"}", "not JSON"),
        (b"null", "not an object"),
        (b'["my back hurts"]', "not an object"),
        (b"{}", "text is empty"),
        (b'{"text": null}', "text is empty"),
        (b'{"text": " \\t\\n"}', "text is empty"),
        (b'{"text": "", "silence": false}', "text is empty"),
        (b'{"text": "no", "silence": true}', "against each other"),
        (b'{"silence": 1}', "silence must be"),
        (b'{"text": 7}', "text must be a text"),
        (b'{"text": "\\ud800"}', "Unicode"),
        (b'{"text": "no", "session_id": 7}', "session_id must be a text"),
        (b'{"text": "no", "session_id": "%s"}' % (b"x" * 129), "session_id is longer"),
        (b'{"text": "no", "request_id": ["x"]}', "request_id must be a text"),
        (b'{"text": "no", "sesion_id": "x"}', 'no field "sesion_id"'),
        (b'{"text": "no", "region": "narnia"}', "narnia"),
    ],
)
def test_a_bad_body_is_named(client: FlaskClient, body: bytes, says: str) -> None:
    error = error_of(client.post("/v1/turn", data=body, content_type="application/json"), 400)
    assert says in error["message"]
    assert error["hint"]


def test_a_body_that_is_too_large_is_refused(client: FlaskClient) -> None:
    body = json.dumps({"text": "x" * 16 * 1024})
    response = client.post("/v1/turn", data=body, content_type="application/json")
    assert error_of(response, 413)["code"] == "too-large"
    unmeasured = client.post(
        "/v1/turn",
        input_stream=io.BytesIO(body.encode()),
        content_type="application/json",
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert error_of(unmeasured, 413)["code"] == "too-large"
    assert turn(client, "x" * 16_000)["heard"] == "x" * 16_000


def test_other_paths_methods_and_types_are_named(client: FlaskClient) -> None:
    assert error_of(client.get("/"), 404)["code"] == "not-found"
    wrong_method = client.get("/v1/turn")
    assert error_of(wrong_method, 405)["code"] == "method-not-allowed"
    assert "POST" in wrong_method.headers["Allow"]
    for kind in ("", "text/plain", "application/x-www-form-urlencoded", "video/mp4"):
        refused = client.post("/v1/turn", data=b'{"text": "no"}', content_type=kind)
        error = error_of(refused, 415)
        assert error["code"] == "unsupported-media"
        assert "application/json" in error["hint"]
    typed = client.post(
        "/v1/turn", data=b'{"text": "no"}', content_type="application/json; charset=utf-8"
    )
    assert typed.status_code == 200


def test_only_trusted_names_of_the_host_are_answered(conversations: Conversations) -> None:
    hosts = ("localhost", "127.0.0.1", "[::1]")
    client = create_app(conversations, trusted_hosts=hosts).test_client()
    for host in ("localhost", "127.0.0.1:8077", "[::1]:8077"):
        assert client.get("/healthz", headers={"Host": host}).status_code == 200
    stranger = client.get("/healthz", headers={"Host": "evil.example"})
    assert error_of(stranger, 403)["code"] == "untrusted-host"


JSON_VALUE = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)
NAMES = st.sampled_from(("text", "silence", "session_id", "region", "request_id", "other"))
BODIES = st.one_of(
    st.binary(max_size=200),
    JSON_VALUE.map(lambda value: json.dumps(value).encode()),
    st.dictionaries(NAMES, JSON_VALUE).map(lambda value: json.dumps(value).encode()),
    st.binary(max_size=80).map(lambda data: wav(0.01)[:44] + data),
    st.binary(max_size=80).map(lambda data: b"fLaC" + data),
)
TYPES = st.sampled_from(
    ("application/json", "audio/wav", "audio/flac", "audio/x", "text/plain", "", "a/b; c=\xff")
)


@settings(max_examples=150, deadline=None)
@given(body=BODIES, kind=TYPES, query=st.dictionaries(NAMES, st.text(max_size=20), max_size=3))
def test_no_body_makes_the_service_fail(
    coach: Coach,
    speech_model: SpeechModel,
    tmp_path_factory: pytest.TempPathFactory,
    body: bytes,
    kind: str,
    query: dict[str, str],
) -> None:
    with SessionStore(tmp_path_factory.mktemp("web") / "s.sqlite3") as store:
        app = create_app(Conversations(coach, store), hear=Ears(speech_model).hear)
        response = app.test_client().post(
            "/v1/turn", data=body, content_type=kind, query_string=query
        )
    if response.status_code == 200:
        assert response.json is not None
        assert response.json.keys() == FIELDS
    else:
        assert response.status_code in (400, 404, 413, 415)
        error_of(response, response.status_code)


# --- faults of the service ---------------------------------------------------------------------


def test_health_tells_the_version(client: FlaskClient) -> None:
    health = client.get("/healthz").json
    assert health is not None
    assert (health["status"], health["speech"]) == ("ok", True)
    assert health["version"]


def test_a_store_that_fails_is_a_fault_of_the_service(
    client: FlaskClient, store: SessionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object, **__: object) -> None:
        raise StoreLockedError("Another program is using it", "Wait.")

    monkeypatch.setattr(store, "load", locked)
    assert error_of(client.get("/healthz"), 503)["code"] == "store-locked"
    refused = client.post("/v1/turn", json={"text": "no", "session_id": "x"})
    assert error_of(refused, 503)["hint"] == "Wait."


def test_a_fault_is_logged_without_what_was_said(
    coach: Coach,
    client: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(_self: Coach, _session: Session, turn: Turn) -> tuple[Session, Reply]:
        raise RuntimeError(f"cannot answer {turn.heard[0].text}")

    monkeypatch.setattr(Coach, "step", broken)
    with caplog.at_level(logging.DEBUG):
        response = client.post("/v1/turn", json={"text": "my secret pain"})
    assert error_of(response, 500)["code"] == "internal"
    assert "secret" not in response.get_data(as_text=True)
    assert "RuntimeError" in caplog.text
    assert "in broken" in caplog.text
    assert "secret" not in caplog.text


# --- the server --------------------------------------------------------------------------------


def get(url: str) -> tuple[int, bytes]:
    with urllib.request.urlopen(url, timeout=20) as response:
        return response.status, response.read()


def test_the_turn_in_hand_is_finished_at_the_end() -> None:
    """A signal that comes while a request is answered ends the server, after the answer."""
    app = Flask("slow")
    begun = threading.Event()

    @app.get("/")
    def slow() -> str:
        begun.set()
        time.sleep(0.5)
        return "done"

    sweeps: list[bool] = []
    with bind("127.0.0.1", 0) as listener, ThreadPoolExecutor(2) as pool:
        port = listener.getsockname()[1]
        # A client that only connects must not keep the server from ending.
        with socket.create_connection(("127.0.0.1", port)):
            answer = pool.submit(get, f"http://127.0.0.1:{port}/")

            def end() -> None:
                begun.wait(10)
                os.kill(os.getpid(), signal.SIGTERM)

            pool.submit(end)
            started = time.monotonic()
            Server(app, listener, lambda: sweeps.append(True)).run()
            assert time.monotonic() - started < IDLE_SECONDS / 3
            assert answer.result(10) == (200, b"done")
    assert sweeps == [True]
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_a_port_in_use_and_a_strange_host_are_named() -> None:
    with bind("127.0.0.1", 0) as listener:
        assert is_loopback(listener)
        port = listener.getsockname()[1]
        with pytest.raises(ServeError, match="in use") as caught:
            bind("127.0.0.1", port)
        assert "--port" in caught.value.hint
        assert caught.value.exit_code == 2
    for host, number in (
        ("no.such.host.invalid", 80),
        ("x" * 300, 80),
        ("127.0.0.1", 70_000),
        ("127.0.0.1", -1),
        ("203.0.113.1", 0),
    ):
        with pytest.raises(ServeError) as caught:
            bind(host, number)
        assert caught.value.hint
    with bind("0.0.0.0", 0) as listener:
        assert not is_loopback(listener)


Start = Callable[..., tuple["subprocess.Popen[str]", str, str]]


@pytest.fixture
def start(isolated_home: Path) -> Iterator[Start]:
    """Runs `backtalk serve` and returns the process, its first words and its address."""
    running: list[subprocess.Popen[str]] = []

    def run(*options: str) -> tuple["subprocess.Popen[str]", str, str]:
        command = [sys.executable, "-c", "from skill.cli import main; main()", "serve"]
        process = subprocess.Popen(
            [*command, "--port", "0", *options],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        assert process.stderr is not None
        line = process.stderr.readline()
        assert "http://" in line, line + process.stderr.read()
        return process, line, line.split()[3]

    yield run
    for process in running:
        process.kill()
        process.communicate()


def post(url: str, body: bytes, kind: str) -> Any:
    request = urllib.request.Request(url, body, {"Content-Type": kind})
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def test_serve_answers_keeps_its_sessions_and_ends_when_told(
    start: Start, isolated_home: Path
) -> None:
    process, _, url = start("--region", "uk")
    assert json.loads(get(f"{url}/healthz")[1])["status"] == "ok"
    first = post(f"{url}/v1/turn", b'{"text": "my private back hurts"}', "application/json")
    heard = post(f"{url}/v1/turn?session_id={first['session_id']}", wav(1.0), "audio/wav")
    assert heard["session_id"] == first["session_id"]
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (0, "")
    assert "has stopped" in err
    assert "private" not in err
    assert first["session_id"] not in err
    assert (isolated_home / "sessions.sqlite3").stat().st_mode & 0o777 == 0o600

    process, _, url = start()
    body = json.dumps({"text": "no", "session_id": first["session_id"]}).encode()
    assert FIRST_USE not in post(f"{url}/v1/turn", body, "application/json")["reply"]
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 0


def test_serve_warns_where_others_can_reach_it(start: Start) -> None:
    process, _, _ = start("--host", "0.0.0.0")
    assert process.stderr is not None
    assert "no authentication" in process.stderr.readline()


def test_serve_on_a_port_in_use_ends_with_2(isolated_home: Path) -> None:
    with bind("127.0.0.1", 0) as listener:
        port = str(listener.getsockname()[1])
        command = [sys.executable, "-c", "from skill.cli import main; main()", "serve"]
        done = subprocess.run(
            [*command, "--port", port], cwd=ROOT, capture_output=True, text=True, timeout=60
        )
    assert done.returncode == 2
    assert "in use" in done.stderr
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr
