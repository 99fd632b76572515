"""Installing, checking and removing the models of the catalogue in the user's data folder."""

import errno
import fcntl
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from models.archive import unpack
from models.catalog import ModelEntry, entry_path, models_dir
from models.errors import (
    ArchiveError,
    BrokenModelError,
    BundledModelError,
    BusyError,
    DiskFullError,
    FolderError,
    NotInstalledError,
)
from models.manifest import Check, missing_parts, sha256_of, verify, write_manifest

if TYPE_CHECKING:
    from models.download import Patience

# Left free on the disk after an installation: sessions are written there too.
SPARE_BYTES: Final = 50_000_000

_WORK_PREFIX: Final = ".work-"


class Stage(StrEnum):
    """What an installation is doing."""

    DOWNLOAD = "download"
    UNPACK = "unpack"


Progress = Callable[[Stage, int, int], None]
"""Told the stage, the bytes done and the bytes in all."""


def install(
    entry: ModelEntry,
    data_dir: Path,
    *,
    archive: Path | None = None,
    progress: Progress | None = None,
    patience: "Patience | None" = None,
) -> Path:
    """Install a model of the catalogue and return its folder; do nothing where it is whole.

    The archive is fetched from the entry's address, or read from `archive`; either way its
    length and checksum must be the entry's. The model appears in one step: until then an older
    copy stays. A download that stops is continued by the next call. Raises a `BacktalkError`.
    """
    if entry.url is None:
        raise BundledModelError(
            f"{entry.name} comes with Backtalk: there is nothing to install.",
            f"Use it: backtalk models use {entry.name}",
        )
    with _disk(models_dir(data_dir)), _locked(models_dir(data_dir)) as folder:
        final = entry_path(entry, data_dir)
        if verify(final).ok:
            return final
        if archive is not None:
            _check_archive(entry, archive)
            _need(folder, entry.unpacked_limit)
            _put(entry, archive, final, progress)
        else:
            downloaded = _download(entry, folder, progress, patience)
            _put(entry, downloaded, final, progress)
            downloaded.unlink()
        return final


def check(entry: ModelEntry, data_dir: Path) -> Check:
    """Check every file of a model that is here; raise `NotInstalledError` where it is not."""
    path = entry_path(entry, data_dir)
    if not path.is_dir():
        raise NotInstalledError(
            f"The model {entry.name} is not installed.",
            f"Install it: backtalk models install {entry.name}",
        )
    return verify(path)


def is_installed(entry: ModelEntry, data_dir: Path) -> bool:
    """Tell whether a model's files are in their place, without reading them all."""
    return not missing_parts(entry_path(entry, data_dir))


def remove(entry: ModelEntry, data_dir: Path) -> None:
    """Delete an installed model, or what a stopped download left of it."""
    if entry.bundled:
        raise BundledModelError(
            f"{entry.name} comes with Backtalk and cannot be removed.",
            "Without it, a machine with no network could not hear at all.",
        )
    with _disk(models_dir(data_dir)), _locked(models_dir(data_dir)) as folder:
        here = [
            path
            for path in (entry_path(entry, data_dir), *folder.glob(f".{entry.name}.zip*"))
            if path.exists()
        ]
        if not here:
            raise NotInstalledError(f"The model {entry.name} is not installed.", "Nothing to do.")
        # Renamed first, so that nobody ever finds half a model under its name.
        with _work(folder) as work:
            for path in here:
                path.rename(work / path.name)


def _download(
    entry: ModelEntry, folder: Path, progress: Progress | None, patience: "Patience | None"
) -> Path:
    from models.download import Patience, Source, bytes_here, download

    assert entry.url is not None
    target = folder / f".{entry.name}.zip"
    if target.is_file() and target.stat().st_size == entry.size:
        if sha256_of(target) == entry.sha256:
            _need(folder, entry.unpacked_limit)
            return target
        target.unlink()
    _need(folder, entry.size - bytes_here(target) + entry.unpacked_limit)
    download(
        Source(entry.url, entry.size, entry.sha256),
        target,
        progress=_bound(progress, Stage.DOWNLOAD),
        patience=patience or Patience(),
    )
    return target


def _check_archive(entry: ModelEntry, archive: Path) -> None:
    """Raise unless a file is the archive of the entry."""
    if not archive.is_file():
        raise ArchiveError(f"There is no file {archive}.", "Check the path.")
    size = archive.stat().st_size
    try:
        same = size == entry.size and sha256_of(archive) == entry.sha256
    except OSError as error:
        raise ArchiveError(
            f"Cannot read {archive}: {error.strerror}.", "Check the file."
        ) from error
    if not same:
        found = f"it has {size} bytes" if size != entry.size else "its checksum differs"
        raise ArchiveError(
            f"{archive} is not the archive of {entry.name}: {found}.",
            f"Fetch {entry.url} again ({entry.size} bytes).",
        )


def _put(entry: ModelEntry, archive: Path, final: Path, progress: Progress | None) -> None:
    """Unpack beside the final place, check, and move into it."""
    with _work(final.parent) as work:
        fresh = work / "new"
        fresh.mkdir()
        top = unpack(
            archive,
            fresh,
            limit=entry.unpacked_limit,
            progress=_bound(progress, Stage.UNPACK),
        )
        if missing := missing_parts(top):
            raise BrokenModelError(
                f"The archive of {entry.name} holds no Vosk model: {', '.join(missing)} missing.",
                "Nothing was installed. Update Backtalk.",
            )
        write_manifest(top)
        if final.exists():
            final.rename(work / "old")
        top.rename(final)


def _bound(progress: Progress | None, stage: Stage) -> Callable[[int, int], None] | None:
    if progress is None:
        return None
    return lambda done, total: progress(stage, done, total)


def _need(folder: Path, count: int) -> None:
    """Raise where the disk has less room than an installation takes."""
    free = shutil.disk_usage(folder).free
    if free < count + SPARE_BYTES:
        raise DiskFullError(
            f"Not enough room in {folder}: {(count + SPARE_BYTES) / 1e6:.0f} MB are needed, "
            f"{free / 1e6:.0f} MB are free.",
            "Free some room, or set BACKTALK_HOME to a folder on a larger disk.",
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
                "Free some room and run the same command again: a download goes on from there.",
            ) from error
        raise FolderError(
            f"Cannot write in {folder}: {error.strerror or error}.",
            "Make that folder writable, or set BACKTALK_HOME to one that is.",
        ) from error


@contextmanager
def _locked(folder: Path) -> Iterator[Path]:
    """Hold the folder's lock, which the system frees even if the process is killed."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BusyError(
                "Another Backtalk is installing or removing a model.",
                "Wait for it to end, then run this again.",
            ) from error
        for left in folder.glob(_WORK_PREFIX + "*"):
            shutil.rmtree(left, ignore_errors=True)
        yield folder


@contextmanager
def _work(folder: Path) -> Iterator[Path]:
    """Give a folder to work in, and delete it with all that is left in it."""
    work = Path(tempfile.mkdtemp(prefix=_WORK_PREFIX, dir=folder))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
