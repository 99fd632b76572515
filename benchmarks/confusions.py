"""Learns which words the recogniser writes for which: locale/en_US/confusions.tsv of `intents`.

Sayings of the spotter are read aloud by voices that no measurement uses, with white noise at 20 dB,
and what is heard is laid beside what was said. A pair counts where one word was written for one
other, and where the word written was seldom said itself.

Run: python benchmarks/confusions.py [--lines 500] [--quick] [--json] [--write]
"""

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import jiwer
from platformdirs import user_cache_path
from rapidfuzz.distance import Indel

from audio.speech_model import SpeechModel
from benchmarks.asr_sets.clips import spoken_form
from benchmarks.asr_sets.conditions import at_snr
from benchmarks.asr_sets.hearing import Listener
from benchmarks.asr_sets.voices import Studio
from intents.classifier import NONE, read_sayings
from intents.symptoms import SymptomSpotter
from models.catalog import bundled_path
from models.errors import BacktalkError

ROOT: Final = Path(__file__).parent.parent
TABLE: Final = ROOT / "intents" / "locale" / "en_US" / "confusions.tsv"
VOICES: Final = ("flite:rms", "espeak:gmw/en-us", "flite:kal16", "espeak:gmw/en-gb-x-rp")
SNR_DB: Final = 20
QUICK: Final = 100
SHORTEST: Final = 3  # letters of a word that is worth mending
ALIKE: Final = 0.55
"""Similarity of the letters of two words that can be the same sounds."""
_HEAD: Final = (
    "# What the bundled recogniser writes for what was said: written, said, times. Learned by\n"
    "# benchmarks/confusions.py from sayings read aloud; read by intents/lexicon.py.\n"
)


def confusions(
    pairs: Iterable[tuple[str, str]], known: frozenset[str], common: Counter[str]
) -> list[tuple[str, str, int]]:
    """Return (written, said, times) of words of the lexicon, where what was written is seldom said.

    `known` are the lexicon's words; `common` counts how often each word is said in all sayings, of
    a flag or of none.
    """
    written: Counter[tuple[str, str]] = Counter()
    for reference, heard in pairs:
        written.update(_swapped(reference, heard))
    return [
        (one, other, times)
        for (one, other), times in written.most_common()
        if other in known and one not in known and times > common[one] and _is_like(one, other)
    ]


def _is_like(one: str, other: str) -> bool:
    """Return whether a pair is more than the neighbours of a lost word, laid side by side."""
    return len(other) >= SHORTEST and Indel.normalized_similarity(one, other) >= ALIKE


def _swapped(reference: str, heard: str) -> Iterator[tuple[str, str]]:
    if not reference or not heard:
        return
    aligned = jiwer.process_words(reference, heard)
    told, wrote = aligned.references[0], aligned.hypotheses[0]
    for chunk in aligned.alignments[0]:
        if chunk.type == "substitute":
            yield from zip(
                wrote[chunk.hyp_start_idx : chunk.hyp_end_idx],
                told[chunk.ref_start_idx : chunk.ref_end_idx],
                strict=True,
            )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=500)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} lines")
    parser.add_argument("--json", action="store_true", help="nothing but the JSON object")
    parser.add_argument("--write", action="store_true", help=f"write {TABLE.name}")
    parser.add_argument("--cache", type=Path, default=user_cache_path("backtalk") / "asr")
    given = parser.parse_args()
    texts = [text for text, flag in read_sayings() if flag != NONE and text.isascii()]
    random.Random(7).shuffle(texts)
    texts = texts[: QUICK if given.quick else given.lines]
    try:
        listener = Listener(SpeechModel.load(bundled_path()))
        clips = Studio(given.cache, Path()).clips("confusions", texts, VOICES)
        score = listener.openly(clips, at_snr(SNR_DB))
    except BacktalkError as error:
        print(f"{error}\n{error.hint}", file=sys.stderr)
        return error.exit_code
    common = Counter(word for text, _ in read_sayings() for word in spoken_form(text).split())
    rows = confusions(score.pairs, SymptomSpotter.load().lexicon.words, common)
    if given.write:
        lines = (f"{one}\t{other}\t{times}\n" for one, other, times in rows)
        TABLE.write_text(_HEAD + "".join(lines), encoding="utf-8")
    if not given.json:
        for one, other, times in rows:
            print(f"{one:16} {other:16} {times}")
    print(json.dumps({"lines": len(texts), "wer": round(score.wer, 4), "pairs": len(rows)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
