"""Make docs/terminal.svg: a picture of the terminal, recorded from a real run of the demo.

Usage: python docs/record_terminal.py [NAME]    (NAME is a conversation of `backtalk demo --list`)
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

PICTURE = Path(__file__).with_name("terminal.svg")
BACKTALK = Path(sys.executable).with_name("backtalk")
COLUMNS = 100
# Rich names fonts on a server; a picture must not fetch anything, and the widths are in the file.
REMOTE_FONT = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)


def record(name: str) -> str:
    """Return what `backtalk demo --only NAME` prints in a terminal with colours."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [BACKTALK, "demo", "--only", name, "--out", "demo.wav"],
            cwd=folder,
            env={**os.environ, "FORCE_COLOR": "1", "COLUMNS": str(COLUMNS), "TERM": "xterm"},
            stdout=subprocess.PIPE,
            check=True,
        )
    return done.stdout.decode()


def draw(name: str, printed: str) -> str:
    """Return the terminal as SVG."""
    console = Console(record=True, width=COLUMNS, file=open(os.devnull, "w"))  # noqa: SIM115
    console.print(Text(f"$ backtalk demo --only {name}", style="bold"))
    for line in printed.rstrip().splitlines():
        console.print(Text.from_ansi(line))
    return REMOTE_FONT.sub("", console.export_svg(title="backtalk", unique_id="terminal"))


def main() -> None:
    """Record and write the picture."""
    name = sys.argv[1] if len(sys.argv) > 1 else "emergency"
    PICTURE.write_text(draw(name, record(name)), encoding="utf-8")
    print(f"Wrote {PICTURE}")


if __name__ == "__main__":
    main()
