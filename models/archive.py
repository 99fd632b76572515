"""Unpacking an archive that nobody here made: nothing outside the folder, and never too much."""

import errno
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Final

from models.errors import ArchiveError

# A Vosk model has 10 to 30 files; a thousand times that is an attack on the file system.
MAX_ENTRIES: Final = 1_000

# What `zipfile` raises for damage; a name that is not UTF-8 is a ValueError.
_DAMAGE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
)
_COPY_BYTES: Final = 1 << 20
_ENCRYPTED: Final = 0x1
_FORBIDDEN: Final = frozenset("\\:") | {chr(code) for code in (*range(32), 127)}
_HINT: Final = "Get the archive again from where its maker publishes it."


def unpack(
    archive: Path,
    into: Path,
    *,
    limit: int,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Unpack a zip into an existing empty folder and return its one top folder.

    Every name is checked before the first file is written: no absolute path, no `..`, no link
    or device, no name twice, one top folder, at most `limit` bytes in all. `progress` is told
    the bytes done and the bytes in all. Raises `ArchiveError` for a bad archive; errors of the
    disk pass through as `OSError`.
    """
    try:
        with zipfile.ZipFile(archive) as source:
            entries = _checked(source.infolist(), limit)
            total = sum(info.file_size for info, _ in entries)
            done = 0
            for info, parts in entries:
                target = into.joinpath(*parts)
                if info.is_dir():
                    target.mkdir(parents=True, exist_ok=True)
                    continue
                target.parent.mkdir(parents=True, exist_ok=True)
                with source.open(info) as packed, target.open("xb") as file:
                    for count in _copy(packed, file, info):
                        done += count
                        if progress is not None:
                            progress(done, total)
    except _DAMAGE as error:
        raise ArchiveError(f"The archive {archive.name} is damaged: {error}.", _HINT) from error
    except OSError as error:
        # A directory that points before the file's start makes `zipfile` seek there.
        if error.errno == errno.EINVAL:
            raise ArchiveError(f"The archive {archive.name} is damaged.", _HINT) from error
        raise
    return into / entries[0][1][0]


def _copy(packed: IO[bytes], file: IO[bytes], info: zipfile.ZipInfo) -> Iterable[int]:
    """Copy one file to the disk, telling the bytes of each block."""
    written = 0
    while block := packed.read(_COPY_BYTES):
        written += len(block)
        if written > info.file_size:
            raise ArchiveError(f"{info.filename} in the archive is longer than it says.", _HINT)
        file.write(block)
        yield len(block)
    if written != info.file_size:
        raise ArchiveError(f"{info.filename} in the archive is cut short.", _HINT)
    file.flush()
    os.fsync(file.fileno())  # A plug pulled after the folder's move must not leave empty files.


def _checked(
    infos: list[zipfile.ZipInfo], limit: int
) -> list[tuple[zipfile.ZipInfo, tuple[str, ...]]]:
    """Return each entry with the parts of its name, or raise before anything is written."""
    if len(infos) > MAX_ENTRIES:
        raise ArchiveError(f"The archive holds {len(infos)} entries, over {MAX_ENTRIES}.", _HINT)
    total = sum(info.file_size for info in infos)
    if total > limit:
        raise ArchiveError(f"The archive unpacks to {total} bytes, over {limit}.", _HINT)
    checked = [(info, _parts(info)) for info in infos]
    files = [parts for info, parts in checked if not info.is_dir()]
    if not files:
        raise ArchiveError("The archive is empty.", _HINT)
    if len({parts[0] for _, parts in checked}) != 1 or any(len(parts) < 2 for parts in files):
        raise ArchiveError("The archive does not hold exactly one folder.", _HINT)
    # Names that differ only in case are one file on some disks.
    folded = {tuple(part.casefold() for part in parts) for parts in files}
    inside = {parts[:n] for parts in folded for n in range(1, len(parts))}
    if len(folded) != len(files) or folded & inside:
        raise ArchiveError("The archive holds a name twice.", _HINT)
    return checked


def _parts(info: zipfile.ZipInfo) -> tuple[str, ...]:
    """Return the parts of an entry's name; raise where it could reach outside or is no file."""
    # `filename` is cut at a NUL; the original name shows it.
    name = info.orig_filename
    parts = tuple(name.removesuffix("/").split("/"))
    if _FORBIDDEN & set(name) or any(part in ("", ".", "..") for part in parts):
        raise ArchiveError(f"The archive holds an unsafe name: {name!r}.", _HINT)
    if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise ArchiveError(f"{name} in the archive is a link or a device.", _HINT)
    if info.flag_bits & _ENCRYPTED:
        raise ArchiveError(f"{name} in the archive is locked with a password.", _HINT)
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ArchiveError(f"{name} in the archive is packed in an unknown way.", _HINT)
    return parts
