"""Rows of `tests/data/understanding`: written before the readers they measure, never tuned on."""

from pathlib import Path

FOLDER = Path(__file__).parent / "data" / "understanding"


def rows(name: str) -> list[list[str]]:
    """Return the tab-separated rows of a file, without its comments."""
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def share(right: list[bool]) -> float:
    """Return the share that is right, from 0 to 1."""
    return sum(right) / len(right)
