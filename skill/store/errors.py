"""What can go wrong with the session store, and what to do about each."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from skill.errors import SkillError


class StoreError(SkillError):
    """The session store cannot be used."""

    code = "store"


class ConflictError(StoreError):
    """The session was changed since it was loaded; nothing was written."""

    code = "session-conflict"


class StoreLockedError(StoreError):
    """Another process held the file for longer than the store waits."""

    code = "store-locked"


class StoreReadOnlyError(StoreError):
    """The file or its folder may not be written."""

    code = "store-read-only"


class StoreFullError(StoreError):
    """There is no room left on the disk."""

    code = "store-full"


class StoreCorruptError(StoreError):
    """The file is damaged, or is no database of sessions."""

    code = "store-corrupt"


class StoreVersionError(StoreError):
    """A newer version of the program wrote the file."""

    code = "store-version"


@contextmanager
def clear_errors(path: Path) -> Iterator[None]:
    """Turn the failures of SQLite and of the disk into errors that say what to do."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if not hasattr(error, "sqlite_errorcode"):
            raise  # a mistake in this program, such as use after close
        raise explained(path, error) from error
    except OSError as error:
        raise StoreError(
            f"The session file {path} cannot be made: {error.strerror or error}",
            "Name a file in a folder that you can write to.",
        ) from error


def explained(path: Path, error: sqlite3.DatabaseError) -> StoreError:
    """Return the error to raise for what SQLite reported about the file at `path`."""
    match error.sqlite_errorcode & 0xFF:  # the low byte is the kind
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreLockedError(
                f"Another program is using {path}",
                "Wait and try again, or stop the other program.",
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return StoreReadOnlyError(
                f"{path} may not be written",
                "Make the file and its folder writable, or name another file.",
            )
        case sqlite3.SQLITE_FULL:
            return StoreFullError(f"The disk of {path} is full", "Free some space.")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return corrupt(path)
        case _:
            return StoreError(
                f"{path} cannot be used: {error}",
                "Check the disk and the rights of the file, or name another file.",
            )


def corrupt(path: Path) -> StoreCorruptError:
    """Return the error for a damaged file."""
    return StoreCorruptError(
        f"{path} is damaged, or is no file of sessions",
        "Move it away and start again: a new one is made, without the old sessions.",
    )
