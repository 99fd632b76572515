"""What hearing costs the understanding: answers and requests as text, and as heard when read aloud.

Run: python benchmarks/heard.py [--model PATH] [--data DIR] [--quick] [--json]

The lines are those of tests/data/understanding that name an answer or an intent; no model was tuned
on them, and they stand in no language model. `clinc150` are test queries of that set, for a matcher
of ten phrases an intent. Synthetic voices that no training held take turns, clean and with white
noise at 20 and 10 dB. `swapped` counts answers of yes that were taken for a no, and the other way
round. The last line is one JSON object; rates are from 0 to 1.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from platformdirs import user_cache_path

from audio.speech_model import SpeechModel
from benchmarks.asr_sets.conditions import Condition, at_snr, clean
from benchmarks.asr_sets.hearing import Listener
from benchmarks.asr_sets.voices import Studio
from intents.answers import read_answer
from intents.errors import IntentsError
from intents.matcher import IntentMatcher
from intents.phrases import load_matcher
from intents.suites import Suite, draw, read_suite
from models.catalog import bundled_path
from models.errors import BacktalkError

ROOT: Final = Path(__file__).parent.parent
LINES: Final = ROOT / "tests" / "data" / "understanding"
VOICES: Final = ("piper:joe", "kokoro:af_heart", "kokoro:bm_daniel")
CONDITIONS: Final[dict[str, Condition]] = {"clean": clean, "20db": at_snr(20), "10db": at_snr(10)}
QUICK: Final = 60
CLINC: Final = 200
"""Queries of CLINC150 that are said aloud, by two voices that cost little."""

CLINC_VOICES: Final = ("piper:joe", "flite:slt")
_OPPOSITE: Final = {"yes": "no", "no": "yes"}


@dataclass(frozen=True, slots=True)
class Line:
    """Something said, what it is to be taken for (any of `wanted`), and the question's sense."""

    text: str
    wanted: tuple[str, ...]
    yes_means: str | None = None


Reader = Callable[[Line, str], str]
"""What a line is taken for, given the words that were heard of it."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=bundled_path())
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--cache", type=Path, default=user_cache_path("backtalk") / "asr")
    parser.add_argument("--quick", action="store_true", help="sixty lines of each kind")
    parser.add_argument("--json", action="store_true", help="nothing but the JSON object")
    given = parser.parse_args()
    try:
        listener = Listener(SpeechModel.load(given.model))
        studio = Studio(given.cache, given.data / "asr" / "voices.npz")
        clinc = read_suite("clinc150", given.data / "benchmarks")
        result = {
            name: _measured(
                lines[:: len(lines) // QUICK] if given.quick else lines,
                read,
                listener,
                studio,
                voices,
            )
            for name, lines, read, voices in (
                ("answers", _answers(), _answer, VOICES),
                ("intents", _requests(), _intent(load_matcher()), VOICES),
                ("clinc150", _queries(clinc), _intent(_learned(clinc)), CLINC_VOICES),
            )
        }
    except (BacktalkError, IntentsError) as error:
        print(f"{error}\n{error.hint}", file=sys.stderr)
        return error.exit_code
    if not given.json:
        for name, figures in result.items():
            print(name, ", ".join(f"{key} {value}" for key, value in figures.items()))
    print(json.dumps({"model": given.model.resolve().name, **result}))
    return 0


def _measured(
    lines: Sequence[Line],
    read: Reader,
    listener: Listener,
    studio: Studio,
    voices: Sequence[str],
) -> dict[str, float | int]:
    clips = studio.clips("heard", [line.text for line in lines], voices)
    figures: dict[str, float | int] = {"lines": len(lines)}
    figures["text"], figures["text_swapped"] = _rates(lines, read, (line.text for line in lines))
    for name, condition in CONDITIONS.items():
        heard = listener.openly(clips, condition).pairs
        figures[name], figures[f"{name}_swapped"] = _rates(lines, read, (said for _, said in heard))
    return figures


def _rates(lines: Sequence[Line], read: Reader, heard: Iterable[str]) -> tuple[float, int]:
    """Return the share that is taken rightly, and how many are taken for their opposite."""
    taken = [read(line, words) for line, words in zip(lines, heard, strict=True)]
    right = sum(found in line.wanted for line, found in zip(lines, taken, strict=True))
    swapped = sum(
        _OPPOSITE.get(found) in line.wanted and found not in line.wanted
        for line, found in zip(lines, taken, strict=True)
    )
    return round(right / len(lines), 4), swapped


def _rows(name: str) -> list[list[str]]:
    lines = (LINES / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def _answers() -> list[Line]:
    return [
        Line(text, tuple(wanted.split("|")), None if sense == "-" else sense)
        for text, sense, wanted in _rows("answers.tsv")
        if not any(letter.isdigit() for letter in text)
    ]


def _requests() -> list[Line]:
    """Return the requests that the skill knows: what is out of its scope has no right intent."""
    return [
        Line(text, tuple(wanted.split("|")))
        for text, wanted in _rows("intents.tsv")
        if wanted != "none" and not any(letter.isdigit() for letter in text)
    ]


def _queries(suite: Suite) -> list[Line]:
    """Return test queries of a set, every so many, that hold no digits to be read in two ways."""
    spoken = [(t, i) for t, i in suite.test if not any(letter.isdigit() for letter in t)]
    return [Line(text, (intent,)) for text, intent in spoken[:: len(spoken) // CLINC]]


def _learned(suite: Suite) -> IntentMatcher:
    return IntentMatcher(draw(suite, 10, 0))


def _answer(line: Line, words: str) -> str:
    reading = read_answer(words, line.yes_means)
    return str(reading.answer) if reading.answer else "none"


def _intent(matcher: IntentMatcher) -> Reader:
    def read(_: Line, words: str) -> str:
        candidates = matcher.match(words).candidates
        return candidates[0].intent if candidates else "none"

    return read


if __name__ == "__main__":
    sys.exit(main())
