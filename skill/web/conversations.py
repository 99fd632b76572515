"""Conversations that outlive a request: kept in the store, one turn at a time."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from skill.conversation import new_session
from skill.dialog.manager import Coach
from skill.errors import SkillError
from skill.store import ConflictError, SessionStore, Stored, retention
from skill.turn import Turn
from skill.wire import chat_object

# Another process may take a turn in the same session; each try starts from what it left.
TRIES: Final = 5


class UnknownSessionError(SkillError):
    """There is no session of that id, or its time is over."""

    code = "unknown-session"


class Conversations:
    """All conversations of one service. Safe to call from many threads.

    `region` is the country of new sessions; `clock` gives seconds since the epoch.
    """

    def __init__(
        self,
        coach: Coach,
        store: SessionStore,
        *,
        region: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.clock = clock
        self._coach = coach
        self._store = store
        self._region = region
        self._locks = _Locks()

    def answer(self, turn: Turn, session_id: str | None = None) -> dict[str, Any]:
        """Take `turn` in a session, or in a new one; return the chat object and the session's id.

        A request id that was answered in that session before gets the same answer, and the turn
        is not taken again.

        Raises:
            UnknownSessionError: there is no such session.
            SessionVersionError: another version of the program wrote the session.
            StoreError: the session cannot be read or written; nothing was changed.
        """
        if session_id is None:
            session = new_session(self._coach, region=self._region)
            return self._take(turn, Stored(session, 0))
        with self._locks.hold(session_id):
            for _ in range(TRIES):
                if (replayed := self.recall(session_id, turn.request_id)) is not None:
                    return replayed
                try:
                    return self._take(turn, self._load(session_id))
                except ConflictError as error:
                    conflict = error
            raise conflict

    def recall(self, session_id: str, request_id: str) -> dict[str, Any] | None:
        """Return the answer that this request was given before, or None.

        Raises:
            UnknownSessionError: there is no such session.
        """
        if request_id:
            found = self._store.recall_reply(session_id, request_id, now=self.clock())
            if found is not None:
                answer: dict[str, Any] = json.loads(found)
                return answer
        self._load(session_id)
        return None

    def expire(self) -> int:
        """Delete the sessions whose time is over; return how many."""
        return self._store.expire(self.clock())

    def check(self) -> None:
        """Raise a StoreError where the store cannot be read."""
        self._store.load("", now=self.clock())

    def _load(self, session_id: str) -> Stored:
        stored = self._store.load(session_id, now=self.clock())
        if stored is None:
            raise UnknownSessionError(
                "There is no session with this id, or its time is over",
                "Leave session_id out to begin a new session.",
            )
        return stored

    def _take(self, turn: Turn, stored: Stored) -> dict[str, Any]:
        session, reply = self._coach.step(stored.session, turn)
        heard = turn.heard[0].text if turn.heard else ""
        answer = {"session_id": session.id, **chat_object(reply, heard)}
        if session.forgotten:
            self._store.delete(session.id)
            return answer
        now = self.clock()
        self._store.save(
            session,
            stored.revision,
            now=now,
            keep_seconds=retention(session, now),
            request_id=turn.request_id,
            reply_json=json.dumps(answer),
        )
        return answer


class _Locks:
    """A lock for each session that is in use just now."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._held: dict[str, tuple[threading.Lock, int]] = {}

    @contextmanager
    def hold(self, key: str) -> Iterator[None]:
        with self._guard:
            lock, users = self._held.get(key, (threading.Lock(), 0))
            self._held[key] = lock, users + 1
        try:
            with lock:
                yield
        finally:
            with self._guard:
                users = self._held[key][1] - 1
                if users:
                    self._held[key] = lock, users
                else:
                    del self._held[key]
