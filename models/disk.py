"""Folders that models are written in: room, locks, work folders, and the disk's errors in words."""

import errno
import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from models.errors import BusyError, DiskFullError, FolderError

# Left free on the disk after a model is written: sessions are written there too.
SPARE_BYTES: Final = 50_000_000


def need_room(folder: Path, count: int, elsewhere: str) -> None:
    """Raise `DiskFullError` where a disk has less room than `count` bytes and some to spare.

    `elsewhere` tells how another folder is chosen: it goes on from "Free some room, or".
    """
    need = count + SPARE_BYTES
    free = shutil.disk_usage(folder).free
    if free < need:
        raise DiskFullError(
            f"Not enough room in {folder}: {need / 1e6:.0f} MB are needed, "
            f"{free / 1e6:.0f} MB are free.",
            f"Free some room, or {elsewhere}",
        )


@contextmanager
def disk_errors(folder: Path, kept: str, elsewhere: str) -> Iterator[None]:
    """Turn the disk's errors into `DiskFullError` or `FolderError`.

    `kept` says what a full disk leaves for the next run, and `elsewhere` how another folder is
    chosen where this one is not writable.
    """
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFullError(
                f"The disk became full while writing in {folder}.",
                f"Free some room and run the same command again: {kept}",
            ) from error
        raise FolderError(
            f"Cannot write in {folder}: {error.strerror or error}.",
            f"Make that folder writable, or {elsewhere}",
        ) from error


@contextmanager
def locked(folder: Path, name: str, doing: str, prefix: str) -> Iterator[Path]:
    """Hold the folder's lock file, which the system frees even if the process is killed.

    What a killed run left in it, folders whose names begin with `prefix`, is deleted. Raises
    `BusyError`, with what the other one is `doing`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BusyError(
                f"Another Backtalk is {doing}.", "Wait for it to end, then run this again."
            ) from error
        for left in folder.glob(prefix + "*"):
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
        yield folder


@contextmanager
def work_folder(folder: Path, prefix: str) -> Iterator[Path]:
    """Give a folder to work in, and delete it with all that is left in it."""
    work = Path(tempfile.mkdtemp(prefix=prefix, dir=folder))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
