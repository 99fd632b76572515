"""How well red flags are found: sayings that nobody tuned on, as text and as heard when read aloud.

Run: python benchmarks/spotter.py [--speech] [--quick] [--json] [--sealed PHRASINGS] [--clinc FILE]

`exact` is the share of sayings whose own flag is found, `emergency` that of emergency sayings in
which some emergency is found, `near` that of denials and near misses whose flag is taken for a yes;
each with its 95 % Wilson interval. `workout`, `topics` and `clinc` are shares of lines that raise
an emergency, `asked` of topic questions that raise any flag. --sealed opens the fifth of the
clinical phrasings that is kept for a closing figure. The last line is one JSON object.
"""

import argparse
import hashlib
import json
import math
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from platformdirs import user_cache_path

from intents.symptoms import SymptomSpotter
from intents.understanding import Polarity

ROOT: Final = Path(__file__).parent.parent
DATA: Final = ROOT / "tests" / "data" / "spotter"
VOICES: Final = ("piper:joe", "kokoro:af_heart", "kokoro:bm_daniel")
QUICK: Final = 80
EMERGENCY: Final = frozenset(
    "STROKE_FACE STROKE_BALANCE CHEST_BREATH COLLAPSE AAA_KNOWN VERY_ILL CES_BLADDER CES_BOWEL"
    " CES_SADDLE SELF_HARM LEGS_BOTH TRAUMA_BIG OVERDOSE PREG_WARN".split()
)
"""The flags that mean an emergency by themselves: clinical.md section 1."""

_Z: Final = 1.96

Found = Callable[[str], frozenset[str]]


@dataclass(frozen=True, slots=True)
class Saying:
    """What somebody said, the flag it is about, and whether the flag is there."""

    text: str
    flag: str
    present: bool


def wilson(right: int, total: int) -> tuple[float, float]:
    """Return the 95 % interval of a share."""
    if not total:
        return 0.0, 1.0
    share, square = right / total, _Z**2 / total
    middle = (share + square / 2) / (1 + square)
    half = _Z / (1 + square) * math.sqrt(share * (1 - share) / total + square / (4 * total))
    return round(max(0.0, middle - half), 4), round(min(1.0, middle + half), 4)


def rate(marks: Iterable[bool]) -> dict[str, object]:
    """Return a share with how many it is of, and its interval."""
    all_marks = list(marks)
    right, total = sum(all_marks), len(all_marks)
    share = round(right / total, 4) if total else 0.0
    return {"share": share, "of": total, "interval": wilson(right, total)}


def sayings_rates(sayings: Sequence[Saying], found: Sequence[frozenset[str]]) -> dict[str, object]:
    """Return the rates of sayings, given the flags that were found in each."""
    rows = list(zip(sayings, found, strict=True))
    return {
        "exact": rate(s.flag in flags for s, flags in rows if s.present),
        "emergency": rate(
            bool(flags & EMERGENCY) for s, flags in rows if s.present and s.flag in EMERGENCY
        ),
        "near": rate(s.flag in flags for s, flags in rows if not s.present),
    }


def read_sayings(path: Path, keep: Callable[[str], bool] = lambda _: True) -> list[Saying]:
    """Return the sayings of a JSON lines file: text, flag, polarity."""
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [
        Saying(row["text"], row["flag"], row["polarity"] == "yes")
        for row in rows
        if keep(row["text"])
    ]


def is_sealed(text: str) -> bool:
    """Return whether a phrasing belongs to the fifth that is kept for the closing figure."""
    return int(hashlib.sha1(text.encode()).hexdigest(), 16) % 5 == 0


def _lines(name: str) -> list[str]:
    return (DATA / name).read_text(encoding="utf-8").splitlines()


def _aloud(sayings: Sequence[Saying], found: Found, given: argparse.Namespace) -> dict[str, object]:
    """Return the rates of sayings read aloud by voices that no training held."""
    from audio.speech_model import SpeechModel
    from benchmarks.asr_sets.conditions import at_snr, clean
    from benchmarks.asr_sets.hearing import Listener
    from benchmarks.asr_sets.voices import Studio
    from models.catalog import bundled_path

    listener = Listener(SpeechModel.load(bundled_path()))
    studio = Studio(given.cache, given.data / "asr" / "voices.npz")
    clips = studio.clips("spotter", [saying.text for saying in sayings], VOICES)
    result: dict[str, object] = {
        "text": sayings_rates(sayings, [found(saying.text) for saying in sayings])
    }
    for name, condition in (("clean", clean), ("20db", at_snr(20)), ("10db", at_snr(10))):
        heard = [said for _, said in listener.openly(clips, condition).pairs]
        result[name] = sayings_rates(sayings, [found(text) for text in heard])
    return result


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--speech", action="store_true", help="also read the sayings aloud")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} sayings aloud, not all")
    parser.add_argument("--json", action="store_true", help="nothing but the JSON object")
    parser.add_argument("--sealed", type=Path, help="the clinical phrasings")
    parser.add_argument("--clinc", type=Path, help="CLINC150's full file, for its test lines")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--cache", type=Path, default=user_cache_path("backtalk") / "asr")
    given = parser.parse_args()
    spotter = SymptomSpotter.load()

    def found(text: str) -> frozenset[str]:
        return frozenset(f.flag for f in spotter.spot(text) if f.polarity is Polarity.YES)

    def raises(lines: Sequence[str]) -> dict[str, object]:
        return rate(bool(found(text) & EMERGENCY) for text in lines)

    sayings = read_sayings(DATA / "sayings.jsonl")
    topics = _lines("topics.txt")
    result: dict[str, object] = {
        **sayings_rates(sayings, [found(saying.text) for saying in sayings]),
        "workout": raises(_lines("workout.txt")),
        "topics": raises(topics),
        "asked": rate(bool(found(text)) for text in topics),
        "worries": rate(
            flag in found(text) for text, flag in (row.split("\t") for row in _lines("worries.tsv"))
        ),
    }
    if given.clinc:
        rows = json.loads(given.clinc.read_text(encoding="utf-8"))
        result["clinc"] = raises([text for text, _ in rows["test"] + rows["oos_test"]])
    if given.sealed:
        sealed = read_sayings(given.sealed, is_sealed)
        result["sealed"] = sayings_rates(sealed, [found(saying.text) for saying in sealed])
    taken = []
    for saying in sayings:
        began = time.perf_counter()
        spotter.spot(saying.text)
        taken.append((time.perf_counter() - began) * 1000)
    result["p50_ms"], result["p99_ms"] = (
        round(float(np.percentile(taken, p)), 3) for p in (50, 99)
    )
    if given.speech:
        result["speech"] = _aloud(
            sayings[:: len(sayings) // QUICK] if given.quick else sayings, found, given
        )
    if not given.json:
        for name, value in result.items():
            print(f"{name:10} {value}")
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
