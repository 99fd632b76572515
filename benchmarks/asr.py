"""How well a speech model hears: word errors, grammars, speed and size, on sets it never learnt.

Run: python benchmarks/asr.py [--model PATH] [--sets NAME,NAME...] [--dev] [--quick] [--json]

Any Vosk model can be measured. The default is the bundled model on all test sets, which takes a
quarter of an hour and, the first time, as long again for the synthetic voices. `--dev` takes the
development sets, which may be looked at (`--show`) and tuned on. A set whose packages or folders
are missing is left out and named. The last line is one JSON object; rates in it are from 0 to 1.
"""

import argparse
import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from platformdirs import user_cache_path

from audio.speech_model import SpeechModel
from audio.wav import load, resample
from benchmarks.asr_sets.catalog import DEV_NAMES, SETS, TEST_NAMES, Source
from benchmarks.asr_sets.clips import Clip, MissingError, spread
from benchmarks.asr_sets.footprint import footprint
from benchmarks.asr_sets.hearing import Listener, Score
from benchmarks.asr_sets.noise import noise_rates
from benchmarks.asr_sets.report import detail, line_of, summary
from benchmarks.asr_sets.voices import Studio
from models.catalog import bundled_path
from models.errors import BacktalkError

ROOT = Path(__file__).parent.parent
QUICK_CLIPS = 10
LOADS = 5
# What a fresh process hears while its memory is measured.
SPOKEN = ROOT / "tests" / "data" / "human" / "1970-28415-0030.flac"


def main(arguments: list[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    if given.list:
        for name, a_set in SETS.items():
            print(f"{name:20} {a_set.title}{' (development)' if a_set.dev else ''}")
        return 0
    try:
        return measure(given)
    except BacktalkError as error:
        print(f"{error}\n{error.hint}" if error.hint else str(error), file=sys.stderr)
        return error.exit_code


def measure(given: argparse.Namespace) -> int:
    """Do what the command line asks for; raises BacktalkError where it cannot be done."""
    say: Callable[[str], None] = _silent if given.json else partial(print, flush=True)
    names, noisy = _names(given), _known(given.noise)
    voices = given.voices or given.data / "asr" / "voices.npz"
    source = Source(given.data, Studio(given.cache, voices))
    model = SpeechModel.load(given.model)
    listener = Listener(model)
    limit = given.limit or (QUICK_CLIPS if given.quick else None)
    scores: dict[str, Score] = {}
    for name in names:
        if clips := _clips(name, source, limit):
            scores[name] = _score(listener, name, clips)
            say(line_of(name, scores[name]))
            wrong = [pair for pair in scores[name].pairs if pair[0] != pair[1]]
            for said, heard in wrong[: given.show]:
                say(f"    {said} | {heard}")
    noise = {}
    for name in noisy:
        if clips := _clips(name, source, limit):
            try:
                noise[name] = noise_rates(listener, clips, given.data)
            except MissingError as error:
                _leave_out(f"{name} in noise", error)
            else:
                say(f"{name}: {noise[name]}")
    taken = footprint(given.model, resample(load(SPOKEN), model.rate), 1 if given.quick else LOADS)
    result = summary(given.model.resolve().name, scores, taken)
    say(
        f"load {taken.load_s:.3f} s ({min(taken.loads_s):.3f} to {max(taken.loads_s):.3f}, "
        f"{taken.load_cpu_s:.3f} of one core), "
        f"memory {taken.rss_mb:.0f} MB, files {taken.size_mb:.1f} MB, "
        f"{result['rtf']} of one core's time"
    )
    if given.detail:
        given.detail.write_text(json.dumps(detail(result, scores, noise)) + "\n", encoding="utf-8")
    print(json.dumps(result))
    return 0


def _silent(_: str) -> None:
    """Say nothing."""


def _clips(name: str, source: Source, limit: int | None) -> list[Clip]:
    """Return a set's clips; where something is missing say so, and return none."""
    try:
        clips = SETS[name].clips(source)
    except MissingError as error:
        _leave_out(name, error)
        return []
    limits = [count for count in (limit, SETS[name].limit) if count is not None]
    return spread(clips, min(limits, default=None))


def _leave_out(what: str, error: MissingError) -> None:
    print(f"{what} is left out: {error}. {error.hint}", file=sys.stderr)


def _score(listener: Listener, name: str, clips: list[Clip]) -> Score:
    a_set = SETS[name]
    if a_set.grammar:
        return listener.within(a_set.grammar, clips, a_set.rejects)
    return listener.openly(clips, a_set.condition)


def _names(given: argparse.Namespace) -> list[str]:
    """Return the sets to measure; raises MissingError where the errors asked for are a test's."""
    names = _known(given.sets) or list(DEV_NAMES if given.dev else TEST_NAMES)
    tests = [name for name in names if not SETS[name].dev]
    if given.show and tests:
        raise MissingError(
            f"The errors of test sets are not shown: {', '.join(tests)}.",
            "Who has seen them tunes on them. Use --show with --dev.",
        )
    return names


def _known(names: str) -> list[str]:
    """Return the names of a list with commas; raises MissingError for one that is no set's."""
    asked = [name for name in names.split(",") if name]
    if strange := [name for name in asked if name not in SETS]:
        raise MissingError(f"There is no set {', '.join(strange)}.", "See them all: --list")
    return asked


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--model", type=Path, default=bundled_path(), help="the folder of a Vosk model")
    add("--sets", default="", metavar="NAME,...", help="only these sets")
    add("--dev", action="store_true", help="the development sets instead of the test sets")
    add("--list", action="store_true", help="list the sets and end")
    add("--quick", action="store_true", help=f"{QUICK_CLIPS} clips of each set, one load")
    add("--limit", type=int, metavar="N", help="at most N clips of each set")
    add("--show", type=int, default=0, metavar="N", help="N errors of each development set")
    add("--noise", default="", metavar="NAME,...", help="sets to hear in noise too, for --detail")
    add("--detail", type=Path, metavar="FILE", help="write what a model card needs")
    add("--data", type=Path, default=ROOT.parent / "shared", help="holds speech/ and clinical/")
    add("--voices", type=Path, help="Kokoro's voices: voices.npz, or the package kokoro-js")
    add("--cache", type=Path, default=user_cache_path("backtalk") / "asr", help="for made speech")
    add("--json", action="store_true", help="print only the JSON object")
    return parser


if __name__ == "__main__":
    sys.exit(main())
