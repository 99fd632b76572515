"""Installing, checking and removing the models of the catalogue in the user's data folder."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from models.archive import unpack
from models.catalog import ModelEntry, entry_path, models_dir
from models.disk import disk_errors, locked, need_room, work_folder
from models.errors import (
    ArchiveError,
    BrokenModelError,
    BundledModelError,
    NotInstalledError,
)
from models.manifest import Check, missing_parts, sha256_of, verify, write_manifest

if TYPE_CHECKING:
    from models.download import Patience

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
    with _held(models_dir(data_dir)) as folder:
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
    with _held(models_dir(data_dir)) as folder:
        here = [
            path
            for path in (entry_path(entry, data_dir), *folder.glob(f".{entry.name}.zip*"))
            if path.exists()
        ]
        if not here:
            raise NotInstalledError(f"The model {entry.name} is not installed.", "Nothing to do.")
        # Renamed first, so that nobody ever finds half a model under its name.
        with work_folder(folder, _WORK_PREFIX) as work:
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
    with work_folder(final.parent, _WORK_PREFIX) as work:
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
    need_room(folder, count, "set BACKTALK_HOME to a folder on a larger disk.")


@contextmanager
def _held(folder: Path) -> Iterator[Path]:
    """Hold the folder of models, with the disk's errors in words."""
    kept, elsewhere = "a download goes on from there.", "set BACKTALK_HOME to one that is."
    with (
        disk_errors(folder, kept, elsewhere),
        locked(folder, ".lock", "installing or removing a model", _WORK_PREFIX),
    ):
        yield folder
