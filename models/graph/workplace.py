"""A folder to write a model in, which takes its final name only when it is whole."""

import errno
import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from models.errors import BusyError, DiskFullError, FolderError

_PREFIX: Final = ".adapt-"
_LOCK: Final = ".adapt.lock"
# A new graph is at most so much larger than the old one; the rest of a model keeps its size.
_GROWTH: Final = 1.6
_SPARE_BYTES: Final = 50_000_000


@contextmanager
def workplace(final: Path, like: Path) -> Iterator[Path]:
    """Give an empty folder beside `final`, which becomes `final` where the block ends well.

    There must be room for a model a little larger than `like`. Whatever happens, nothing half done
    stays under the final name; what a killed run left beside it goes with the next run. Raises
    `DiskFullError`, `FolderError` or `BusyError`.
    """
    parent = final.absolute().parent
    with _disk(parent):
        parent.mkdir(parents=True, exist_ok=True)
        with (parent / _LOCK).open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise BusyError(
                    "Another Backtalk is adapting a model.",
                    "Wait for it to end, then run this again.",
                ) from error
            for left in parent.glob(_PREFIX + "*"):
                if left.is_dir():
                    shutil.rmtree(left, ignore_errors=True)
            _need_room(parent, like)
            place = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
            try:
                fresh = place / "new"
                fresh.mkdir()
                yield fresh
                if final.exists():
                    final.rename(place / "old")
                fresh.rename(final)
            finally:
                shutil.rmtree(place, ignore_errors=True)


def _need_room(parent: Path, like: Path) -> None:
    size = sum(path.stat().st_size for path in like.rglob("*") if path.is_file())
    need = int(size * _GROWTH) + _SPARE_BYTES
    free = shutil.disk_usage(parent).free
    if free < need:
        raise DiskFullError(
            f"Not enough room in {parent}: {need / 1e6:.0f} MB are needed, "
            f"{free / 1e6:.0f} MB are free.",
            "Free some room, or choose a folder on a larger disk with --out.",
        )


@contextmanager
def _disk(folder: Path) -> Iterator[None]:
    """Turn errors of the disk into words."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFullError(
                f"The disk became full while writing in {folder}.",
                "Free some room and run the same command again: nothing half done was kept.",
            ) from error
        raise FolderError(
            f"Cannot write in {folder}: {error.strerror or error}.",
            "Make that folder writable, or choose another with --out.",
        ) from error
