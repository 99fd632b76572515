"""Sessions in one SQLite file: safe between threads and processes, and after a kill."""

import json
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from skill.session import Session
from skill.store.errors import (
    ConflictError,
    StoreCorruptError,
    StoreError,
    StoreVersionError,
    clear_errors,
    corrupt,
)

# Marks the file as ours, so that another program's database is refused and never changed ("Btlk").
APPLICATION_ID: Final = 0x42746C6B
# A client repeats a request that got no answer within minutes, and seldom an older one. A reply
# may name symptoms, so it is not kept for as long as its session may be.
REPLY_SECONDS: Final = 900.0
REPLIES_KEPT: Final = 16

# The statements of each step from one schema version to the next: _MIGRATIONS[n] leads to n + 1.
_MIGRATIONS: Final = (
    (
        """
        CREATE TABLE session (
            id TEXT PRIMARY KEY,
            revision INTEGER NOT NULL,
            data TEXT NOT NULL,
            expires_at REAL NOT NULL
        ) WITHOUT ROWID
        """,
        "CREATE INDEX session_expires_at ON session (expires_at)",
        """
        CREATE TABLE reply (
            session_id TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
            request_id TEXT NOT NULL,
            revision INTEGER NOT NULL,
            data TEXT NOT NULL,
            expires_at REAL NOT NULL,
            PRIMARY KEY (session_id, request_id)
        ) WITHOUT ROWID
        """,
        f"PRAGMA application_id = {APPLICATION_ID}",
    ),
)
SCHEMA_VERSION: Final = len(_MIGRATIONS)


@dataclass(frozen=True, slots=True)
class Stored:
    """A session as it was loaded, with the revision to hand back on saving."""

    session: Session
    revision: int


class SessionStore:
    """Sessions and the replies given in them, in the SQLite file at `path`.

    One connection serves all threads of this process, one at a time; other processes wait up to
    `busy_seconds`. Times are seconds since the epoch and are handed in. Every method may raise a
    `StoreError`; a failed write changes nothing.
    """

    def __init__(self, path: Path, *, busy_seconds: float = 5.0) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._busy_seconds = busy_seconds
        with clear_errors(self.path):
            _create(path)
            self._db = sqlite3.connect(
                path, timeout=busy_seconds, isolation_level=None, check_same_thread=False
            )
        try:
            with clear_errors(self.path):
                self._prepare()
        except BaseException:
            self._db.close()
            raise

    def __enter__(self) -> "SessionStore":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; the store cannot be used after."""
        with self._lock:
            self._db.close()

    def load(self, session_id: str, *, now: float) -> Stored | None:
        """Return the session, or None where there is none or its time is over.

        Raises:
            SessionVersionError: another version of the program wrote the session.
        """
        with self._reading():
            row = self._db.execute(
                "SELECT data, revision FROM session WHERE id = ? AND expires_at > ?",
                (session_id, now),
            ).fetchone()
        if row is None:
            return None
        try:
            data = json.loads(row[0])
        except ValueError as error:
            raise corrupt(self.path) from error
        return Stored(Session.from_json(data), row[1])

    def save(
        self,
        session: Session,
        expected_revision: int,
        *,
        now: float,
        keep_seconds: float,
        request_id: str = "",
        reply_json: str = "",
    ) -> int:
        """Write the session and return its new revision.

        `expected_revision` is what `load` gave, 0 for a new session. With a `request_id`, the
        reply is remembered in the same step: either both are kept or neither.

        Raises:
            ConflictError: the session is not at `expected_revision` any more.
        """
        data = json.dumps(session.to_json(), separators=(",", ":"))
        revision = expected_revision + 1
        with self._writing():
            if expected_revision == 0:
                written = self._db.execute(
                    "INSERT INTO session (id, revision, data, expires_at) VALUES (?, ?, ?, ?) "
                    "ON CONFLICT DO NOTHING",
                    (session.id, revision, data, now + keep_seconds),
                )
            else:
                written = self._db.execute(
                    "UPDATE session SET revision = ?, data = ?, expires_at = ? "
                    "WHERE id = ? AND revision = ?",
                    (revision, data, now + keep_seconds, session.id, expected_revision),
                )
            if written.rowcount != 1:
                raise ConflictError(
                    "The session was changed or deleted by another request",
                    "Load it again and repeat the turn.",
                )
            if request_id:
                until = now + min(keep_seconds, REPLY_SECONDS)
                self._remember(session.id, request_id, revision, reply_json, until)
        return revision

    def _remember(
        self, session_id: str, request_id: str, revision: int, data: str, until: float
    ) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO reply (session_id, request_id, revision, data, expires_at) "
            "VALUES (?, ?, ?, ?, ?)",
            (session_id, request_id, revision, data, until),
        )
        self._db.execute(
            "DELETE FROM reply WHERE session_id = ? AND revision <= ?",
            (session_id, revision - REPLIES_KEPT),
        )

    def recall_reply(self, session_id: str, request_id: str, *, now: float) -> str | None:
        """Return the reply remembered for a request, or None where it is not known."""
        with self._reading():
            row = self._db.execute(
                "SELECT data FROM reply WHERE session_id = ? AND request_id = ? AND expires_at > ?",
                (session_id, request_id, now),
            ).fetchone()
        return None if row is None else str(row[0])

    def delete(self, session_id: str) -> bool:
        """Delete a session and its replies, on the disk too; return whether there was one."""
        with self._writing():
            count = self._db.execute("DELETE FROM session WHERE id = ?", (session_id,)).rowcount
        if count:
            self._clear_log()
        return count > 0

    def expire(self, now: float) -> int:
        """Delete sessions and replies whose time is over; return how many sessions."""
        with self._writing():
            replies = self._db.execute("DELETE FROM reply WHERE expires_at <= ?", (now,)).rowcount
            count = self._db.execute("DELETE FROM session WHERE expires_at <= ?", (now,)).rowcount
        if count or replies:
            self._clear_log()
        return count

    def _clear_log(self) -> None:
        """Empty the write-ahead log, which still holds what was deleted.

        Where another process is reading just now, SQLite leaves it to a later time.
        """
        with self._reading():
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def _prepare(self) -> None:
        """Check whose file it is, bring it to the schema of this version, and set it up."""
        with self._writing():  # also shows at once whether the file can be written
            version = self._checked_version()
            for number in range(version, SCHEMA_VERSION):
                for statement in _MIGRATIONS[number]:
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA user_version = {number + 1}")
        _make_private(self.path)
        if self._set_wal() != "wal":
            raise StoreError(
                f"{self.path} cannot have a write-ahead log", "Name a file on a local disk."
            )
        # FULL: a power cut loses no turn that was answered. secure_delete: what is deleted is
        # overwritten.
        for setting in ("synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
            self._db.execute(f"PRAGMA {setting}")

    def _checked_version(self) -> int:
        version = int(self._pragma("user_version"))
        tables = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if self._pragma("application_id") != APPLICATION_ID and (version or tables):
            raise StoreCorruptError(
                f"{self.path} is a database of another program",
                "Name another file for the sessions.",
            )
        if version > SCHEMA_VERSION:
            raise StoreVersionError(
                f"{self.path} has schema version {version}; this program knows {SCHEMA_VERSION}",
                "Update Backtalk, or name another file for the sessions.",
            )
        return version

    def _set_wal(self) -> str:
        """Switch to the write-ahead log and return the mode that the file now has.

        SQLite does not wait for the lock of this one step, which two first starts may both want.
        """
        deadline = time.monotonic() + self._busy_seconds
        while True:
            try:
                return str(self._pragma("journal_mode = WAL"))
            except sqlite3.OperationalError as error:
                locked = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
                if not locked or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    def _pragma(self, name: str) -> Any:
        return self._db.execute(f"PRAGMA {name}").fetchone()[0]

    @contextmanager
    def _reading(self) -> Iterator[None]:
        with self._lock, clear_errors(self.path):
            yield

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._lock, clear_errors(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise


def _create(path: Path) -> None:
    """Make sure that the file is there.

    An existing one is not opened: closing it again would drop the locks that this process holds
    on it through another connection.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _make_private(path: Path) -> None:
    """Take the rights of everybody but the owner from the file, its log and its index."""
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        with suppress(FileNotFoundError):
            if part.stat().st_mode & 0o077:
                part.chmod(0o600)
