"""How long the command line takes to start, and what its imports cost.

Usage: python benchmarks/startup.py [--quick] [--json]

Milliseconds of wall time: of a whole process for a start, of the statement in a fresh process for
an import. The bar: `--help` under 300 ms.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

BACKTALK = Path(sys.executable).with_name("backtalk")
STARTS = {
    "help": [str(BACKTALK), "--help"],
    "version": [str(BACKTALK), "--version"],
    "bare_python": [sys.executable, "-c", "pass"],
}
# What each way in needs before it can work.
IMPORTS = ("skill.cli", "skill.conversation", "audio.recognizer", "audio.speaker", "skill.web")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="3 starts of each instead of 20")
    parser.add_argument("--json", action="store_true", help="print only the last line")
    options = parser.parse_args()
    runs = 3 if options.quick else 20
    figures = {
        "runs": runs,
        "start_ms": {
            name: spread([start(words) for _ in range(runs)]) for name, words in STARTS.items()
        },
        "import_ms": {name: spread([importing(name) for _ in range(runs)]) for name in IMPORTS},
    }
    if not options.json:
        for kind, unit in (("start_ms", "start"), ("import_ms", "import")):
            for name, ms in figures[kind].items():
                print(f"{unit} {name:18} {ms['min']:7} {ms['median']:7} {ms['max']:7} ms")
    print(json.dumps(figures))


def start(words: list[str]) -> float:
    begin = time.perf_counter()
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - begin) * 1000


def importing(module: str) -> float:
    """Return what `import module` takes in a fresh process, all that it imports included."""
    code = f"from time import perf_counter as t; a = t(); import {module}; print(t() - a)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return float(done.stdout) * 1000


def spread(values: list[float]) -> dict[str, float]:
    return {
        "min": round(min(values), 1),
        "median": round(statistics.median(values), 1),
        "max": round(max(values), 1),
    }


if __name__ == "__main__":
    main()
