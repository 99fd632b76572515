"""The session store: revisions, expiry, replays, kills, and every way a file can be wrong."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skill.errors import SessionVersionError
from skill.session import Case, Crisis, Fact, Session, Source, Status
from skill.store import (
    ConflictError,
    SessionStore,
    StoreCorruptError,
    StoreError,
    StoreLockedError,
    StoreReadOnlyError,
    StoreVersionError,
    retention,
)

HOUR = 3600.0
DAY = 24 * HOUR
NOW = 1_700_000_000.0
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sessions.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[SessionStore]:
    with SessionStore(path) as opened:
        yield opened


def noted(flag: str, words: str = "", at: float = NOW) -> Fact:
    return Fact(flag, Status.YES, Source.ASKED, words, 1.0, at)


def put(store: SessionStore, session: Session, revision: int = 0, now: float = NOW) -> int:
    return store.save(session, revision, now=now, keep_seconds=retention(session, now))


def test_a_session_comes_back_as_it_was(store: SessionStore, path: Path) -> None:
    session = Session("a", region="uk", case=Case(age=42, facts=(noted("FEVER", "hot, très hot"),)))
    assert store.load("a", now=NOW) is None
    assert put(store, session) == 1
    assert put(store, replace(session, turns=2), 1) == 2
    with SessionStore(path) as again:
        found = again.load("a", now=NOW)
    assert found is not None
    assert (found.session, found.revision) == (replace(session, turns=2), 2)
    assert store.load("b", now=NOW) is None


def test_two_saves_from_one_revision_conflict_and_the_first_stands(store: SessionStore) -> None:
    put(store, Session("a"))
    put(store, Session("a", turns=1), 1)
    with pytest.raises(ConflictError) as caught:
        put(store, Session("a", turns=9), 1)
    assert caught.value.code == "session-conflict"
    assert caught.value.hint
    with pytest.raises(ConflictError):
        put(store, Session("a", turns=9), 0)
    found = store.load("a", now=NOW)
    assert found is not None
    assert (found.session.turns, found.revision) == (1, 2)


def test_a_deleted_session_is_not_brought_back_by_a_late_save(store: SessionStore) -> None:
    put(store, Session("a"))
    assert store.delete("a")
    assert not store.delete("a")
    with pytest.raises(ConflictError):
        put(store, Session("a"), 1)
    assert store.load("a", now=NOW) is None


@pytest.mark.parametrize("stores", [1, 3], ids=["one connection", "three connections"])
def test_threads_lose_no_turn(path: Path, stores: int) -> None:
    """Every thread adds its turns by load and save; a conflict means load again."""
    opened = [SessionStore(path) for _ in range(stores)]
    put(opened[0], Session("a"))
    failures: list[BaseException] = []

    def add(store: SessionStore, turns: int) -> None:
        try:
            while turns:
                found = store.load("a", now=NOW)
                assert found is not None
                session = replace(found.session, turns=found.session.turns + 1)
                try:
                    put(store, session, found.revision)
                except ConflictError:
                    continue
                turns -= 1
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=add, args=(opened[n % stores], 10)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = opened[0].load("a", now=NOW)
    for store in opened:
        store.close()
    assert failures == []
    assert found is not None
    assert (found.session.turns, found.revision) == (60, 61)


def test_a_reply_is_remembered_with_its_turn(store: SessionStore) -> None:

    def save(revision: int, request_id: str = "", reply: str = "") -> None:
        store.save(
            Session("a"),
            revision,
            now=NOW,
            keep_seconds=HOUR,
            request_id=request_id,
            reply_json=reply,
        )

    save(0, "r1", '{"reply": "one"}')
    assert store.recall_reply("a", "r1", now=NOW) == '{"reply": "one"}'
    assert store.recall_reply("a", "r2", now=NOW) is None
    assert store.recall_reply("b", "r1", now=NOW) is None
    # A turn that is refused leaves no reply behind.
    with pytest.raises(ConflictError):
        save(7, "r2", "{}")
    assert store.recall_reply("a", "r2", now=NOW) is None
    assert store.recall_reply("a", "r1", now=NOW + 899) is not None
    assert store.recall_reply("a", "r1", now=NOW + 900) is None, "sooner than its session"
    store.delete("a")
    save(0)
    assert store.recall_reply("a", "r1", now=NOW) is None


def test_replies_are_swept_before_their_sessions(store: SessionStore, path: Path) -> None:
    store.save(Session("a"), 0, now=NOW, keep_seconds=DAY, request_id="r", reply_json="[1234567]")
    assert store.expire(NOW + HOUR) == 0
    assert store.load("a", now=NOW + HOUR) is not None
    assert b"[1234567]" not in path.read_bytes()
    assert path.with_name(f"{path.name}-wal").read_bytes() == b""


def test_only_the_last_replies_are_remembered(store: SessionStore) -> None:
    for turn in range(20):
        store.save(
            Session("a", turns=turn),
            turn,
            now=NOW,
            keep_seconds=HOUR,
            request_id=f"r{turn}",
            reply_json=str(turn),
        )
    kept = [n for n in range(20) if store.recall_reply("a", f"r{n}", now=NOW) == str(n)]
    assert kept == list(range(4, 20))


def test_a_session_is_kept_for_its_time_and_no_longer(store: SessionStore) -> None:
    plain = Session("plain")
    triage = Session("triage", case=Case())
    later = Session("later", case=Case(facts=(noted("FEVER", at=NOW - 20 * HOUR), noted("CANCER"))))
    crisis = Session("crisis", activities=(Crisis(),))
    taken_out = Session("out", case=Case(misheard=(noted("FEVER", at=NOW - 23 * HOUR),)))
    for session in (plain, triage, later, taken_out, crisis):
        put(store, session)

    def alive(after: float) -> set[str]:
        ids = ("plain", "triage", "later", "out", "crisis")
        return {i for i in ids if store.load(i, now=NOW + after) is not None}

    assert alive(0) == {"plain", "triage", "later", "out", "crisis"}
    assert alive(2 * HOUR) == {"plain", "triage", "later", "crisis"}
    assert alive(5 * HOUR) == {"plain", "triage", "crisis"}
    assert alive(DAY) == {"plain"}
    assert alive(30 * DAY) == set()
    assert store.expire(NOW + 2 * HOUR) == 1
    assert alive(0) == {"plain", "triage", "later", "crisis"}
    assert store.expire(NOW + DAY) == 3
    assert store.expire(NOW + DAY) == 0
    # An old fact is not kept alive by use.
    assert retention(later, NOW + 3 * HOUR) == HOUR
    assert retention(later, NOW + 9 * HOUR) == 0


@pytest.mark.parametrize("how", ["delete", "expire"])
def test_what_is_deleted_is_gone_from_the_disk(store: SessionStore, path: Path, how: str) -> None:
    words = "a-very-private-sentence"
    session = Session("a", case=Case(complaint=words))
    store.save(session, 0, now=NOW, keep_seconds=DAY, request_id="r", reply_json=f'["{words}"]')
    put(store, Session("b"))
    on_disk = [path, path.with_name(f"{path.name}-wal")]
    assert any(words.encode() in p.read_bytes() for p in on_disk)
    assert store.delete("a") if how == "delete" else store.expire(NOW + DAY) == 1
    assert not any(words.encode() in p.read_bytes() for p in on_disk)
    assert store.load("b", now=NOW) is not None


def test_only_the_owner_may_read_the_files(tmp_path: Path) -> None:
    path = tmp_path / "new" / "sessions.sqlite3"
    with SessionStore(path) as store:
        put(store, Session("a"))
        modes = {p.name: p.stat().st_mode & 0o777 for p in path.parent.iterdir()}
    assert set(modes.values()) == {0o600}
    assert len(modes) == 3, "the file, its log and its index"
    assert path.parent.stat().st_mode & 0o777 == 0o700
    path.chmod(0o644)
    SessionStore(path).close()
    assert path.stat().st_mode & 0o777 == 0o600


WRITER = """
import sys
from pathlib import Path
from skill.session import Case, Session
from skill.store import SessionStore

store = SessionStore(Path(sys.argv[1]))
revision = 0
while True:
    session = Session("a", turns=revision, case=Case(complaint="x" * 20_000))
    revision = store.save(
        session, revision, now=0.0, keep_seconds=9.0, request_id=str(revision), reply_json="{}"
    )
    print(revision, flush=True)
"""


def test_a_kill_loses_no_answered_turn(path: Path) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    told = [int(writer.stdout.readline()) for _ in range(40)]
    writer.send_signal(signal.SIGKILL)
    told += [int(line) for line in writer.stdout.read().splitlines()]
    writer.stdout.close()
    assert writer.wait() == -signal.SIGKILL
    with SessionStore(path) as store:
        found = store.load("a", now=1.0)
        assert found is not None
        # The kill may fall between the write and the word of it.
        assert found.revision in (told[-1], told[-1] + 1)
        assert found.session.turns == found.revision - 1
        assert store.recall_reply("a", str(found.revision - 1), now=1.0) == "{}"
        assert put(store, found.session, found.revision, now=1.0) == found.revision + 1
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()


OPENER = """
import sys
from pathlib import Path
from skill.session import Session
from skill.store import SessionStore

print("ready", flush=True)
sys.stdin.readline()
with SessionStore(Path(sys.argv[1])) as store:
    store.save(Session(sys.argv[2]), 0, now=0.0, keep_seconds=9.0)
"""


def test_processes_that_start_together_share_a_new_file(path: Path) -> None:
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", OPENER, str(path), str(n)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for n in range(4)
    ]
    for starter in starters:
        assert starter.stdout is not None
        assert starter.stdout.readline() == "ready\n"
    for starter in starters:
        assert starter.stdin is not None
        starter.stdin.write("go\n")
        starter.stdin.flush()
    for starter in starters:
        _, errors = starter.communicate(timeout=60)
        assert (starter.returncode, errors) == (0, "")
    with SessionStore(path) as store:
        assert all(store.load(str(n), now=1.0) for n in range(4))


# --- files that are wrong ----------------------------------------------------------------------


def test_a_locked_file_is_named_after_a_short_wait(path: Path) -> None:
    with SessionStore(path) as store:
        put(store, Session("a"))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreLockedError, match="Another program") as caught:
        SessionStore(path, busy_seconds=0.05)
    assert str(path) in str(caught.value)
    assert caught.value.hint
    other.execute("ROLLBACK")
    with SessionStore(path, busy_seconds=0.05) as store:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreLockedError):
            put(store, Session("a"), 1)
        assert store.load("a", now=NOW) is not None, "reading goes on"
        other.execute("ROLLBACK")
        assert put(store, Session("a"), 1) == 2
    other.close()


def test_a_file_that_turned_read_only_is_named(store: SessionStore) -> None:
    put(store, Session("a"))
    store._db.execute("PRAGMA query_only = ON")  # the error SQLite gives for a read-only file
    with pytest.raises(StoreReadOnlyError, match="may not be written"):
        put(store, Session("a"), 1)
    assert store.load("a", now=NOW) is not None


@pytest.mark.skipif(os.geteuid() == 0, reason="file rights do not bind root")
def test_a_read_only_file_is_named_at_the_start(path: Path) -> None:
    SessionStore(path).close()
    path.chmod(0o400)
    with pytest.raises(StoreReadOnlyError, match="may not be written"):
        SessionStore(path)


def test_a_path_that_cannot_be_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path, tmp_path / "file" / "sessions.sqlite3"):
        with pytest.raises(StoreError) as caught:
            SessionStore(path)
        assert str(path) in str(caught.value)
        assert caught.value.hint


def test_a_file_that_is_no_database_is_refused_and_kept(path: Path) -> None:
    path.write_bytes(b"This is a shopping list, and no database at all. " * 50)
    with pytest.raises(StoreCorruptError, match="damaged") as caught:
        SessionStore(path)
    assert "Move it away" in caught.value.hint
    assert path.read_bytes().startswith(b"This is a shopping list")


def test_another_programs_database_is_refused_and_kept(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE session (id TEXT)")
    db.close()
    before = path.read_bytes()
    with pytest.raises(StoreCorruptError, match="another program"):
        SessionStore(path)
    assert path.read_bytes() == before


def test_damaged_pages_are_named(path: Path) -> None:
    with SessionStore(path) as store:
        for n in range(200):
            put(store, Session(f"s{n}", content_version="x" * 500))
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)  # all but the first page, which holds the schema
    path.write_bytes(data)
    with pytest.raises(StoreCorruptError), SessionStore(path) as store:
        store.load("s5", now=NOW)


def test_a_row_that_is_no_session_is_named(store: SessionStore) -> None:
    put(store, Session("a"))
    store._db.execute("UPDATE session SET data = 'not json'")
    with pytest.raises(StoreCorruptError):
        store.load("a", now=NOW)
    store._db.execute("UPDATE session SET data = '{\"version\": 99}'")
    with pytest.raises(SessionVersionError, match="99"):
        store.load("a", now=NOW)


def test_a_newer_schema_is_refused_by_name(path: Path) -> None:
    SessionStore(path).close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(StoreVersionError, match="99") as caught:
        SessionStore(path)
    assert "Update Backtalk" in caught.value.hint


def test_an_unfinished_first_start_is_finished_by_the_next(path: Path) -> None:
    path.touch(0o600)
    with SessionStore(path) as store:
        assert put(store, Session("a")) == 1


# --- properties --------------------------------------------------------------------------------

STEP = st.one_of(
    st.tuples(st.just("save"), st.sampled_from("ab"), st.integers(0, 3)),
    st.tuples(st.just("delete"), st.sampled_from("ab"), st.just(0)),
    st.tuples(st.just("expire"), st.just(""), st.integers(0, 40)),
)


@settings(max_examples=40, deadline=None)
@given(steps=st.lists(STEP, max_size=12))
def test_the_store_does_what_a_dictionary_would(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str, int]]
) -> None:
    """Any order of saves (right or wrong revision), deletes and sweeps, against a plain model."""
    model: dict[str, tuple[int, float]] = {}
    now = NOW
    with SessionStore(tmp_path_factory.mktemp("store") / "s.sqlite3") as store:
        for action, key, number in steps:
            now += 1.0
            if action == "save":
                revision = model[key][0] if key in model else 0
                if number == revision:
                    model[key] = (revision + 1, now + 10.0)
                    assert (
                        store.save(Session(key), number, now=now, keep_seconds=10.0) == number + 1
                    )
                else:
                    with pytest.raises(ConflictError):
                        store.save(Session(key), number, now=now, keep_seconds=10.0)
            elif action == "delete":
                assert store.delete(key) == (model.pop(key, None) is not None)
            else:
                now += number
                gone = [k for k, (_, until) in model.items() if until <= now]
                assert store.expire(now) == len(gone)
                for k in gone:
                    del model[k]
            for k in "ab":
                found = store.load(k, now=now)
                expected = model[k][0] if k in model and model[k][1] > now else None
                assert (found.revision if found else None) == expected
