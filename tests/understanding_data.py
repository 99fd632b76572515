"""Rows of test data; those of `tests/data/understanding` were written before the readers."""

from pathlib import Path

FOLDER = Path(__file__).parent / "data" / "understanding"


def rows(name: str, folder: Path = FOLDER) -> list[list[str]]:
    """Return the tab-separated rows of a file, without its comments."""
    lines = (folder / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def share(right: list[bool]) -> float:
    """Return the share that is right, from 0 to 1."""
    return sum(right) / len(right)
