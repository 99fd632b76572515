"""The figures of a measurement: a line for people, an object for programs, the card's details."""

from typing import Any

from benchmarks.asr_sets.catalog import SETS
from benchmarks.asr_sets.footprint import Footprint
from benchmarks.asr_sets.hearing import Score


def line_of(name: str, score: Score) -> str:
    """Return what a set came to, for people."""
    spent = f"{score.clips:4} clips, rtf {score.cpu_s / score.audio_s:.3f}"
    if SETS[name].grammar:
        return f"{name:20} {100 * score.accuracy:5.1f} % right       {spent}"
    unknown = 100 * score.unknown / score.words
    return f"{name:20} {100 * score.wer:5.1f} % wrong ({unknown:.1f} % unknown)  {spent}"


def summary(model: str, scores: dict[str, Score], taken: Footprint) -> dict[str, Any]:
    """Return the figures of the last line; `rtf` is None where no set could be heard."""
    cpu, audio = (sum(getattr(s, n) for s in scores.values()) for n in ("cpu_s", "audio_s"))
    return {
        "model": model,
        "sets": {
            name: {
                "wer": round(score.wer, 4),
                "words": score.words,
                "unknown": round(score.unknown / score.words, 4),
            }
            for name, score in scores.items()
            if not SETS[name].grammar
        },
        "grammar": {
            name: round(score.accuracy, 4) for name, score in scores.items() if SETS[name].grammar
        },
        "rtf": round(cpu / audio, 4) if audio else None,
        "load_s": round(taken.load_s, 4),
        "rss_mb": round(taken.rss_mb, 1),
        "size_mb": round(taken.size_mb, 2),
    }


def detail(
    result: dict[str, Any], scores: dict[str, Score], noise: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    """Return what the model card is made of; of a clip's words it holds no more than right, wrong.

    `confidences` has a list for each set, of pairs [confidence, right].
    """
    return {
        "figures": result,
        "titles": {name: SETS[name].title for name in (*scores, *noise)},
        "clips": {name: score.clips for name, score in scores.items()},
        "minutes": {name: round(score.audio_s / 60, 1) for name, score in scores.items()},
        "negations": {
            name: {
                "said": score.negations,
                "lost": score.negations_lost,
                "invented": score.negations_invented,
            }
            for name, score in scores.items()
            if not SETS[name].grammar
        },
        "confidences": {
            name: [[round(value, 4), right] for value, right in score.confidences]
            for name, score in scores.items()
        },
        "noise": noise,
    }
