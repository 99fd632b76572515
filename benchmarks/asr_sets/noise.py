"""How errors grow with noise: the same clips under white noise and under other voices."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from audio.wav import resample
from benchmarks.asr_sets.clips import Clip, spread, to_float
from benchmarks.asr_sets.conditions import RATE, Condition, at_snr, babble, clean
from benchmarks.asr_sets.hearing import Listener
from benchmarks.asr_sets.people import corpus

NOISE_DB: Final = (20, 15, 10, 5, 0)
# Voices behind the speaker, from readers that models may have been trained on.
BABBLE_CLIPS: Final = 24


def noise_rates(listener: Listener, clips: Sequence[Clip], data: Path) -> dict[str, Any]:
    """Return the error rate of clips when clean, and for each kind of noise by its dB."""
    others = spread(corpus(data, "audiobooks", "train"), BABBLE_CLIPS)
    voices = [to_float(resample(clip.read(), RATE)) for clip in others]
    kinds: dict[str, Callable[[float], Condition]] = {
        "white": at_snr,
        "babble": lambda decibels: partial(babble, voices=voices, decibels=decibels),
    }
    rates: dict[str, Any] = {"clean": round(listener.openly(clips, clean).wer, 4)}
    for kind, condition in kinds.items():
        rates[kind] = {
            str(decibels): round(listener.openly(clips, condition(decibels)).wer, 4)
            for decibels in NOISE_DB
        }
    return rates
