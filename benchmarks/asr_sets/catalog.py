"""Every set by its name: which clips it holds, how they arrive, and what may be looked at.

A test set is what the figures are quoted for: nothing is tuned on it and its errors are not shown.
A development set may be looked at; no training holds its people, voices and sentences.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.asr_sets import people, said
from benchmarks.asr_sets.clips import DIGITS, Clip
from benchmarks.asr_sets.conditions import Condition, at_snr, clean, echo
from benchmarks.asr_sets.voices import Studio

HELD_OUT: Final = tuple(
    f"kokoro:{name}"
    for name in ("af_nova", "am_puck", "bf_lily", "bm_daniel", "af_heart", "am_fenrir")
)
DEV_VOICES: Final = (
    "flite:rms",
    "flite:kal16",
    "espeak:gmw/en-us",
    "espeak:gmw/en-us+f3",
    "kokoro:af_sarah",
    "kokoro:bm_lewis",
)
TEST_VOICES: Final = ("piper:joe", "flite:slt", "flite:awb", *HELD_OUT)
HELD_OUT_CLIPS: Final = 150
DEV_CLIPS: Final = 60
# In a grammar for a question's answer, all other talk is to be heard as unknown or as nothing.
UNKNOWN: Final = "[unk]"


@dataclass(frozen=True, slots=True)
class Source:
    """Where clips come from: the folder of corpora, and the voices."""

    data: Path
    studio: Studio


@dataclass(frozen=True, slots=True)
class SpeechSet:
    """A set: what it is, its clips, how they arrive; with a `grammar`, what is listened for.

    With `rejects`, the clips are talk that the grammar should not take for any of its phrases.
    """

    title: str
    clips: Callable[[Source], list[Clip]]
    condition: Condition = clean
    grammar: tuple[str, ...] = ()
    rejects: bool = False
    dev: bool = False
    limit: int | None = None


def _corpus(name: str, split: str) -> Callable[[Source], list[Clip]]:
    return lambda source: people.corpus(source.data, name, split)


def _read_by(name: str, *voices: str) -> Callable[[Source], list[Clip]]:
    def clips(source: Source) -> list[Clip]:
        texts = said.test_texts(source.data)
        if len(voices) > 1:  # the second time round, each text has another voice
            texts = (texts * 2)[:HELD_OUT_CLIPS]
        return source.studio.clips(name, texts, voices)

    return clips


def _dev_domain(source: Source) -> list[Clip]:
    return source.studio.clips("dev_domain", said.dev_texts(source.data), DEV_VOICES)


def _phrases(name: str, voices: Iterable[str]) -> Callable[[Source], list[Clip]]:
    def clips(source: Source) -> list[Clip]:
        each = [source.studio.clips(name, said.PHRASES, (voice,)) for voice in voices]
        return [clip for of_voice in each for clip in of_voice]

    return clips


_joe = _read_by("piper_joe", "piper:joe")
_COMMANDS: Final = (*said.PHRASES, UNKNOWN)
_ANSWERS: Final = (*said.ANSWERS, UNKNOWN)
_dev_set = partial(SpeechSet, dev=True, limit=DEV_CLIPS)

SETS: Final[dict[str, SpeechSet]] = {
    "audiobooks": SpeechSet("people: books, 4 readers", _corpus("audiobooks", "test")),
    "speechocean": SpeechSet(
        "people: Mandarin accents, half children, 23 readers", _corpus("speechocean", "test")
    ),
    "drink_orders": SpeechSet("people: spontaneous drink orders", _corpus("drink_orders", "test")),
    "asterisk": SpeechSet("people: telephone prompts, one woman", lambda _: people.asterisk()),
    "pocketsphinx": SpeechSet("people: a novel and cards", lambda _: people.pocketsphinx()),
    "piper_joe": SpeechSet("the skill's language, piper joe", _joe),
    "piper_joe_20db": SpeechSet("the same, white noise at 20 dB", _joe, at_snr(20)),
    "piper_joe_10db": SpeechSet("the same, white noise at 10 dB", _joe, at_snr(10)),
    "piper_joe_echo": SpeechSet("the same, with a room's echo", _joe, echo),
    "flite_slt": SpeechSet("the skill's language, flite slt", _read_by("flite_slt", "flite:slt")),
    "flite_awb": SpeechSet(
        "the skill's language, flite awb (Scottish)", _read_by("flite_awb", "flite:awb")
    ),
    "kokoro_heldout": SpeechSet(
        "the skill's language, 6 held-out Kokoro voices", _read_by("kokoro_heldout", *HELD_OUT)
    ),
    "synthetic_commands": SpeechSet(
        "answers, digits, commands; 9 unseen synthetic voices",
        _phrases("synthetic_commands", TEST_VOICES),
        grammar=_COMMANDS,
    ),
    "human_digits": SpeechSet(
        "digits of 6 people at 8 kHz",
        lambda source: people.digits(source.data),
        grammar=(*DIGITS, UNKNOWN),
    ),
    "dev_audiobooks": _dev_set("people: books, one reader", _corpus("audiobooks_more", "dev")),
    "dev_speechocean": _dev_set(
        "people: Mandarin accents, 5 readers", _corpus("speechocean", "dev")
    ),
    "dev_drinks": _dev_set("people: spontaneous drink orders", _corpus("drink_orders", "dev")),
    "dev_domain": _dev_set("the skill's language, 6 synthetic voices", _dev_domain),
    "dev_domain_10db": _dev_set("the same, white noise at 10 dB", _dev_domain, at_snr(10)),
    "dev_commands": _dev_set(
        "answers, digits, commands; 6 synthetic voices",
        _phrases("dev_commands", DEV_VOICES),
        grammar=_COMMANDS,
        limit=None,
    ),
    "dev_rejects": _dev_set(
        "other talk, that a grammar of answers should not take",
        _corpus("drink_orders", "dev"),
        grammar=_ANSWERS,
        rejects=True,
    ),
}
TEST_NAMES: Final = tuple(name for name, a_set in SETS.items() if not a_set.dev)
DEV_NAMES: Final = tuple(name for name, a_set in SETS.items() if a_set.dev)
