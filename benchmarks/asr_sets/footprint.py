"""What a model takes: seconds to load, memory, and room on the disk."""

import json
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audio.wav import Pcm

# A fresh process, since a peak of memory is of all that a process has done. VmHWM and not
# ru_maxrss: that begins at the memory of the process that started this one.
_PROCESS: Final = """
import json, re, sys, time
import vosk
vosk.SetLogLevel(-3)
begin, spent = time.perf_counter(), time.process_time()
model = vosk.Model(sys.argv[1])
recognizer = vosk.KaldiRecognizer(model, float(sys.argv[2]))
load = time.perf_counter() - begin, time.process_time() - spent
sound = sys.stdin.buffer.read()
for start in range(0, len(sound), 3200):
    recognizer.AcceptWaveform(sound[start : start + 3200])
recognizer.FinalResult()
peak = re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())
print(json.dumps([*load, int(peak[1]) * 1024 / 1e6]))
"""


@dataclass(frozen=True, slots=True)
class Footprint:
    """Seconds that loading took, run by run; the median peak of memory and all files, in MB.

    `load_cpu_s` is what one core worked for it: on a busy machine the clock tells of the others.
    """

    loads_s: tuple[float, ...]
    load_cpu_s: float
    rss_mb: float
    size_mb: float

    @property
    def load_s(self) -> float:
        """The median of the loads."""
        return statistics.median(self.loads_s)


def footprint(model: Path, sound: Pcm, runs: int) -> Footprint:
    """Load a model in `runs` fresh processes, each of which hears a sound at the model's rate."""
    command = [sys.executable, "-P", "-c", _PROCESS, str(model), str(sound.rate)]
    measured = []
    for _ in range(runs):
        done = subprocess.run(command, input=sound.samples, capture_output=True, check=True)
        measured.append(json.loads(done.stdout))
    files = (path for path in model.rglob("*") if path.is_file())
    return Footprint(
        tuple(run[0] for run in measured),
        statistics.median(run[1] for run in measured),
        statistics.median(run[2] for run in measured),
        sum(file.stat().st_size for file in files) / 1e6,
    )
