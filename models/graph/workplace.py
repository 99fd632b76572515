"""A folder to write a model in, which takes its final name only when it is whole."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from models.disk import disk_errors, locked, need_room, work_folder

_PREFIX: Final = ".adapt-"
_LOCK: Final = ".adapt.lock"
# A new graph is at most so much larger than the old one; the rest of a model keeps its size.
_GROWTH: Final = 1.6


@contextmanager
def workplace(final: Path, like: Path) -> Iterator[Path]:
    """Give an empty folder beside `final`, which becomes `final` where the block ends well.

    There must be room for a model a little larger than `like`. Whatever happens, nothing half done
    stays under the final name; what a killed run left beside it goes with the next run. Raises
    `DiskFullError`, `FolderError` or `BusyError`.
    """
    parent = final.absolute().parent
    with (
        disk_errors(parent, "nothing half done was kept.", "choose another with --out."),
        locked(parent, _LOCK, "adapting a model", _PREFIX),
    ):
        size = sum(path.stat().st_size for path in like.rglob("*") if path.is_file())
        larger = "choose a folder on a larger disk with --out."
        need_room(parent, int(size * _GROWTH), larger)
        with work_folder(parent, _PREFIX) as place:
            fresh = place / "new"
            fresh.mkdir()
            yield fresh
            if final.exists():
                final.rename(place / "old")
            fresh.rename(final)
