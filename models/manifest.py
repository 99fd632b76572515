"""What a model's folder must hold: the layout that Vosk reads, and the checksum of each file."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MANIFEST: Final = "SHA256SUMS"

_READ_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Check:
    """The state of a model's folder: which files are missing, changed or cannot be read.

    `known` is False where the folder carries no checksums, so that only its layout was checked.
    """

    missing: tuple[str, ...]
    changed: tuple[str, ...]
    unreadable: tuple[str, ...]
    known: bool

    @property
    def ok(self) -> bool:
        """True where every file is there, as it should be."""
        return not (self.missing or self.changed or self.unreadable)

    def __str__(self) -> str:
        """Say what is wrong, or that all is well."""
        lists = (
            ("missing", self.missing),
            ("changed", self.changed),
            ("unreadable", self.unreadable),
        )
        faults = "; ".join(f"{fault}: {', '.join(names)}" for fault, names in lists if names)
        return faults or ("every file as published" if self.known else "layout right")


def missing_parts(folder: Path) -> tuple[str, ...]:
    """Return which files Vosk would miss; the two layouts are those of its `Model` class."""
    needed: tuple[str, ...]
    if (folder / "am/final.mdl").is_file():
        needed, graph = ("conf/mfcc.conf", "conf/model.conf", "graph/words.txt"), "graph/"
    elif (folder / "final.mdl").is_file():
        needed, graph = ("mfcc.conf", "words.txt"), ""
    else:
        return ("am/final.mdl",)
    if not (folder / graph / "HCLG.fst").is_file():
        needed += (f"{graph}HCLr.fst", f"{graph}Gr.fst")
    return tuple(name for name in needed if not (folder / name).is_file())


def is_model(folder: Path) -> bool:
    """Tell whether a folder has the layout of a Vosk model."""
    return not missing_parts(folder)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_READ_BYTES):
            digest.update(block)
    return digest.hexdigest()


def write_manifest(folder: Path) -> None:
    """Write the checksum of every file in a folder, in the format of `sha256sum`."""
    names = sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.name != MANIFEST
    )
    lines = "".join(f"{sha256_of(folder / name)}  {name}\n" for name in names)
    (folder / MANIFEST).write_text(lines, encoding="utf-8")


def verify(folder: Path) -> Check:
    """Check a model's layout, and its files against its manifest where it has one."""
    missing = list(missing_parts(folder))
    changed: list[str] = []
    unreadable: list[str] = []
    sums: dict[str, str] = {}
    try:
        sums = _read_manifest(folder)
    except OSError:
        unreadable.append(MANIFEST)
    for name, digest in sums.items():
        path = folder / name
        try:
            if not path.is_file():
                if name not in missing:
                    missing.append(name)
            elif sha256_of(path) != digest:
                changed.append(name)
        except OSError:
            unreadable.append(name)
    return Check(tuple(missing), tuple(changed), tuple(unreadable), bool(sums))


def _read_manifest(folder: Path) -> dict[str, str]:
    """Return the checksum of each file; nothing where the folder has no manifest."""
    try:
        text = (folder / MANIFEST).read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    pairs = (line.split("  ", 1) for line in text.splitlines())
    return {pair[1]: pair[0] for pair in pairs if len(pair) == 2}
