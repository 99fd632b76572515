"""How fast the recogniser loads and hears: python benchmarks/recognizer.py [--quick] [--json]

Bars: the bundled model loads in under 1 s, and transcribing takes under 0.35 of one core's time.
The last line is one JSON object; --json prints nothing else.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from audio.recognizer import Recognizer, SpeechModel, transcribe
from audio.wav import load
from models.catalog import bundled_path

CLIPS = Path(__file__).parent.parent / "tests" / "data" / "human"
LOAD_BAR_S = 1.0
RTF_BAR = 0.35

# A fresh process, because a model is loaded once for each.
LOAD = """
import sys, time
from audio.recognizer import SpeechModel
begin = time.perf_counter()
SpeechModel.load(sys.argv[1])
print(time.perf_counter() - begin)
"""


def load_seconds(model: Path) -> float:
    """The seconds that checking and loading a model take, imports not counted."""
    done = subprocess.run(
        [sys.executable, "-c", LOAD, str(model)], capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round instead of five")
    parser.add_argument("--json", action="store_true", help="print only the JSON object")
    parser.add_argument("--model", type=Path, default=bundled_path())
    given = parser.parse_args()
    rounds = 1 if given.quick else 5
    say = (lambda *_: None) if given.json else print

    loads = [load_seconds(given.model) for _ in range(rounds)]
    say(f"load: {statistics.median(loads):.3f} s (bar: {LOAD_BAR_S} s)")
    model = SpeechModel.load(given.model)
    factors: list[float] = []
    for file in sorted(CLIPS.glob("*.flac")):
        pcm = load(file)
        for _ in range(rounds):
            begin = time.process_time()  # one core's time, whatever else the machine does
            heard = transcribe(Recognizer(model), pcm)
            factors.append((time.process_time() - begin) / pcm.seconds)
        say(f"{factors[-1]:.3f} of real time: {file.name}: {heard.text}")
    result = {
        "load_s": round(statistics.median(loads), 4),
        "rtf_min": round(min(factors), 4),
        "rtf_median": round(statistics.median(factors), 4),
        "rtf_max": round(max(factors), 4),
        "clips": len(factors) // rounds,
        "rounds": rounds,
        "model": given.model.name,
        "passed": statistics.median(loads) < LOAD_BAR_S and max(factors) < RTF_BAR,
    }
    print(json.dumps(result))
    return 0 if result["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
