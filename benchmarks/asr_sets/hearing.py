"""What a model makes of clips: errors, unknown words, confidences, and the time that it took."""

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import compress
from operator import not_
from typing import Any, Final

import jiwer
import vosk

from audio.speech_model import SpeechModel
from audio.wav import Pcm
from benchmarks.asr_sets.catalog import UNKNOWN
from benchmarks.asr_sets.clips import Clip, spoken_form
from benchmarks.asr_sets.conditions import Condition, arriving

CHUNK_S: Final = 0.1  # what a microphone hands over at a time
# The words that turn a sentence round: one that is lost or made up turns an answer round.
_NEGATIONS: Final = frozenset("no not never nothing none nobody neither nor without cannot".split())

Confidence = tuple[float, bool]
"""A confidence from 0 to 1, and whether what it belongs to was right."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard of one clip: words in the form of `spoken_form`, each with its confidence."""

    words: tuple[str, ...]
    confidences: tuple[float, ...]
    unknown: bool = False

    @property
    def text(self) -> str:
        """The words with spaces between them."""
        return " ".join(self.words)


@dataclass
class Score:
    """What a model made of one set. Times are in seconds; `cpu_s` is of one core, hearing only."""

    errors: int = 0
    words: int = 0
    unknown: int = 0
    clips: int = 0
    right: int = 0
    negations: int = 0
    negations_lost: int = 0
    negations_invented: int = 0
    audio_s: float = 0.0
    cpu_s: float = 0.0
    confidences: list[Confidence] = field(default_factory=list)
    pairs: list[tuple[str, str]] = field(default_factory=list)

    @property
    def wer(self) -> float:
        """Word errors over the words said."""
        return self.errors / self.words if self.words else 0.0

    @property
    def accuracy(self) -> float:
        """The share of clips that were heard exactly."""
        return self.right / self.clips if self.clips else 0.0


class Listener:
    """A model that clips are played to."""

    def __init__(self, model: SpeechModel) -> None:
        self.model = model

    def openly(self, clips: Iterable[Clip], condition: Condition) -> Score:
        """Play clips to the open recogniser and count the errors of its words."""
        score = Score()
        for clip in clips:
            heard = self._hear(clip, condition, score)
            said = clip.words.split()
            aligned = jiwer.process_words(clip.words, heard.text)
            score.errors += aligned.substitutions + aligned.deletions + aligned.insertions
            score.words += len(said)
            score.unknown += sum(not self.model.knows(word) for word in said)
            score.right += heard.words == tuple(said)
            score.pairs.append((clip.words, heard.text))
            kept, right = _hits(aligned, len(said), len(heard.words))
            score.negations += sum(map(_negates, said))
            score.negations_lost += sum(map(_negates, compress(said, map(not_, kept))))
            score.negations_invented += sum(map(_negates, compress(heard.words, map(not_, right))))
            score.confidences += list(zip(heard.confidences, right, strict=True))
        return score

    def within(self, grammar: Sequence[str], clips: Iterable[Clip], rejects: bool) -> Score:
        """Play clips to a recogniser that is limited to phrases, and count what it gets right.

        Right is the phrase and nothing else; with `rejects`, right is to have heard no phrase.
        """
        phrases = json.dumps(list(grammar))
        score = Score()
        for clip in clips:
            heard = self._hear(clip, None, score, phrases)
            right = not heard.words if rejects else heard.text == clip.words and not heard.unknown
            score.right += right
            score.pairs.append(
                (clip.words, f"{heard.text} {UNKNOWN}" * heard.unknown or heard.text)
            )
            if heard.confidences:
                score.confidences.append((min(heard.confidences), right))
        return score

    def _hear(self, clip: Clip, condition: Condition | None, score: Score, *grammar: str) -> Heard:
        given = (condition,) if condition else ()
        pcm = arriving(clip.read(), self.model.rate, clip.name, *given)
        recognizer = vosk.KaldiRecognizer(self.model.native, float(pcm.rate), *grammar)
        recognizer.SetWords(True)
        begin = time.process_time()
        results = _decode(recognizer, pcm)
        score.cpu_s += time.process_time() - begin
        score.audio_s += pcm.seconds
        score.clips += 1
        return _heard(results)


def _decode(recognizer: Any, pcm: Pcm) -> list[dict[str, Any]]:
    results = [
        json.loads(recognizer.Result())
        for chunk in pcm.chunks(CHUNK_S)
        if recognizer.AcceptWaveform(chunk)
    ]
    return [*results, json.loads(recognizer.FinalResult())]


def _heard(results: Iterable[dict[str, Any]]) -> Heard:
    """Join utterances that follow each other; a word that is `[unk]` says nothing."""
    words: list[str] = []
    confidences: list[float] = []
    unknown = False
    for result in results:
        for word in result.get("result", ()):
            if word["word"].startswith(("[", "<")):
                unknown = True
                continue
            for part in spoken_form(word["word"]).split():
                words.append(part)
                confidences.append(min(1.0, max(0.0, float(word["conf"]))))
    return Heard(tuple(words), tuple(confidences), unknown)


def _hits(aligned: Any, said: int, heard: int) -> tuple[list[bool], list[bool]]:
    """Return which words that were said were heard, and which that were heard were said."""
    kept, right = [False] * said, [False] * heard
    for chunk in aligned.alignments[0]:
        if chunk.type == "equal":
            kept[chunk.ref_start_idx : chunk.ref_end_idx] = [True] * (
                chunk.ref_end_idx - chunk.ref_start_idx
            )
            right[chunk.hyp_start_idx : chunk.hyp_end_idx] = [True] * (
                chunk.hyp_end_idx - chunk.hyp_start_idx
            )
    return kept, right


def _negates(word: str) -> bool:
    return word in _NEGATIONS or word.endswith("n't")
