"""How fast the voice is: starting its child, rendering a sentence, falling silent.

Usage: python benchmarks/speaker.py [--quick] [--json]
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

from audio import synthesis
from audio.output import VirtualDevice
from audio.player import Player
from audio.speaker import Speaker
from audio.wav import Pcm

SENTENCES = (
    "Lie on your back and bend your knees.",
    "Does coughing or sneezing make the pain worse?",
    "Please book a doctor or physiotherapist in the next few days.",
    "Breathe out slowly, and let your knees fall to one side.",
    "I'm a computer, not a doctor, and no doctor has checked my advice yet.",
)


def timed(act: Callable[[], object]) -> float:
    begin = time.perf_counter()
    act()
    return (time.perf_counter() - begin) * 1000


def spread(values: list[float]) -> dict[str, float]:
    return {
        "min": round(min(values), 2),
        "median": round(statistics.median(values), 2),
        "max": round(max(values), 2),
    }


def start_child() -> None:
    """Start the child by itself and wait until it says that it is ready."""
    with subprocess.Popen(
        [sys.executable, "-P", synthesis.__file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdout.read(synthesis.LENGTHS.size)
        child.stdin.close()


def import_ms() -> float:
    """Return what `import audio.speaker` adds to an interpreter that has just started."""
    code = (
        "import time; t = time.perf_counter(); import audio.speaker; "
        "print((time.perf_counter() - t) * 1000)"
    )
    return float(subprocess.check_output([sys.executable, "-c", code]))


def first_sentence() -> None:
    with Speaker() as speaker:
        speaker.render(SENTENCES[0])


def stop_ms() -> float:
    """Return how long a voice is still heard after it was stopped in mid word."""
    device = VirtualDevice()
    with Player(device) as player:
        playback = player.play(Pcm(np.full(22_050, 5000, "<i2").tobytes(), 22_050))
        time.sleep(0.25)
        stopped = time.monotonic()
        playback.stop()
        time.sleep(0.2)
        last = np.flatnonzero(np.frombuffer(bytes(device.heard), "<i2"))[-1] + 1
        return float(device.started + last / 22_050 - stopped) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="three passes instead of ten")
    parser.add_argument("--json", action="store_true", help="print only the last line")
    options = parser.parse_args()
    passes = range(3 if options.quick else 10)
    with Speaker(cache_mb=0) as speaker:
        speaker.render("Ready.")
        warm = [timed(lambda s=s: speaker.render(s)) for _ in passes for s in SENTENCES]
        seconds = [speaker.render(sentence).seconds for sentence in SENTENCES]
    with Speaker() as speaker:
        for sentence in SENTENCES:
            speaker.render(sentence)
        cached = [timed(lambda s=s: speaker.render(s)) for _ in passes for s in SENTENCES]
    figures = {
        "sentence_seconds": spread(seconds),
        "import_ms": spread([import_ms() for _ in passes]),
        "child_start_ms": spread([timed(start_child) for _ in passes]),
        "cold_ms": spread([timed(first_sentence) for _ in passes]),
        "warm_ms": spread(warm),
        "cached_ms": spread(cached),
        "stop_ms": spread([stop_ms() for _ in passes]),
    }
    if not options.json:
        for name, values in figures.items():
            print(f"{name:<17} {values}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
