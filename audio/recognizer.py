"""Speech to text with Vosk: one shared model, a recogniser for each session."""

import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

import numpy as np
import vosk
from numpy.typing import NDArray

from audio.errors import GrammarError
from audio.speech_model import SpeechModel
from audio.wav import Pcm, resample

__all__ = [
    "Alternative",
    "Hypothesis",
    "Mode",
    "Recognizer",
    "SpeechModel",
    "Word",
    "join",
    "prepare",
    "transcribe",
]

UNKNOWN: Final = "[unk]"
# What Vosk models write for a breath, a bump or plain silence. Alone they carry no meaning.
FILLERS: Final = frozenset({"a", "ah", "eh", "er", "hm", "hmm", "huh", "oh", "the", "uh", "um"})
# The network looks 0.34 s ahead, so a file that ends in mid word needs silence to end on.
TAIL_SECONDS: Final = 0.5
HISS_LEVEL: Final = 60  # of 32768; 30 to 150 were measured to do about as well
# A model trained with CTC, such as the bundled one, counts the silence before a word as the word,
# so a start is moved up to what a slow speaker would take. Such times are good to half a second.
WORD_SECONDS: Final = 0.2
LETTER_SECONDS: Final = 0.08
CHUNK_SECONDS: Final = 0.1  # what a microphone hands over at a time


class Mode(StrEnum):
    """Where a confidence comes from.

    WORDS: the mean of the words' confidences, which are posteriors of Vosk's lattice, so the mean
    estimates the share of the words heard right and does not fall with length as a product would.
    NBEST: a softmax over the scores of the alternatives, which are log-likelihoods; it compares
    the alternatives with each other and is 1.0 where there is only one. Neither is calibrated.
    """

    WORDS = "words"
    NBEST = "n-best"


@dataclass(frozen=True, slots=True)
class Word:
    """A word with its start and end in seconds since the session began; confidence 0 to 1."""

    text: str
    start: float
    end: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way of reading what was heard; confidence from 0 to 1."""

    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What was heard: empty text with confidence 0.0 is silence.

    `alternatives` starts with the best; in the mode WORDS it holds nothing else.
    """

    text: str = ""
    confidence: float = 0.0
    words: tuple[Word, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    mode: Mode = Mode.WORDS


class Recognizer:
    """The ears of one session: feed it sound, ask it for words. Use each in one thread only."""

    def __init__(
        self, model: SpeechModel, *, grammar: Iterable[str] | None = None, alternatives: int = 0
    ) -> None:
        """Listen for anything, or only for the phrases of `grammar`.

        With `alternatives` above 0 a final holds up to that many readings (mode NBEST), else word
        confidences (mode WORDS). A phrase with a word that the model does not know is left out,
        and the word is listed in `unknown`: without it Vosk would listen for the rest ("not" for
        "not sure"). Raises GrammarError.
        """
        self.model = model
        self.unknown: tuple[str, ...] = ()
        self._mode = Mode.NBEST if alternatives > 0 else Mode.WORDS
        self._fillers = FILLERS
        if grammar is None:
            self._native = vosk.KaldiRecognizer(model.native, model.rate)
        else:
            phrases = self._known_phrases(grammar)
            self._fillers = FILLERS - set(phrases)
            self._native = vosk.KaldiRecognizer(model.native, model.rate, json.dumps(phrases))
        self._native.SetWords(True)
        self._native.SetMaxAlternatives(alternatives)

    def accept(self, samples: bytes) -> Hypothesis | None:
        """Take 16-bit mono samples at the model's rate.

        Returns a final where Vosk heard the end of an utterance, and None while nothing was said
        or somebody is still speaking.
        """
        if not self._native.AcceptWaveform(samples):
            return None
        heard = self._hypothesis(self._native.Result())
        return heard if heard.text else None

    def partial(self) -> str:
        """Return the words of the open utterance so far; the last second may be missing."""
        return str(json.loads(self._native.PartialResult()).get("partial", ""))

    def final(self) -> Hypothesis:
        """End the open utterance and return it; the recogniser is ready for the next."""
        return self._hypothesis(self._native.FinalResult())

    def _known_phrases(self, grammar: Iterable[str]) -> list[str]:
        """Return the phrases to listen for and set `unknown`; Vosk crashes on an empty list."""
        if not self.model.takes_grammar:
            raise GrammarError(
                f"The speech model {self.model.path.name} cannot be limited to a list of phrases.",
                "Use a model with a dynamic graph, such as the bundled one.",
            )
        wanted = [" ".join(phrase.lower().split()) for phrase in grammar]
        wanted = list(dict.fromkeys(phrase for phrase in wanted if phrase))
        if not wanted:
            raise GrammarError("The grammar is empty.", "Name at least one word to listen for.")
        words = dict.fromkeys(word for phrase in wanted for word in phrase.split())
        self.unknown = tuple(word for word in words if not self.model.knows(word))
        known = [p for p in wanted if not set(self.unknown).intersection(p.split())]
        if self.model.knows(UNKNOWN) and UNKNOWN not in known:
            known.append(UNKNOWN)
        if not known:
            raise GrammarError(
                "The speech model knows none of the grammar's phrases.",
                f"Unknown words: {', '.join(self.unknown)}.",
            )
        return known

    def _hypothesis(self, result: str) -> Hypothesis:
        fields = json.loads(result)
        heard = _from_alternatives(fields) if self._mode is Mode.NBEST else _from_words(fields)
        if not heard.text or heard.text in self._fillers:
            return Hypothesis(mode=self._mode)
        return heard


def transcribe(
    recognizer: Recognizer, pcm: Pcm, *, progress: Callable[[float], None] | None = None
) -> Hypothesis:
    """Return all that is said in a sound of any rate, heard in pieces of 100 ms.

    Where Vosk hears several utterances they are joined. `progress` is told the seconds heard.
    """
    rate = recognizer.model.rate
    sound = prepare(pcm, rate)
    tail = bytes(2 * round(rate * TAIL_SECONDS))
    finals = []
    for number, chunk in enumerate(Pcm(sound.samples + tail, rate).chunks(CHUNK_SECONDS), 1):
        finals.append(recognizer.accept(chunk))
        if progress:
            progress(min(pcm.seconds, number * CHUNK_SECONDS))
    return join(h for h in [*finals, recognizer.final()] if h and h.text)


def prepare(pcm: Pcm, rate: int) -> Pcm:
    """Return a sound as a model of `rate` Hz needs it; use it on a whole sound, not on pieces.

    Telephone sound has nothing above its own Nyquist frequency, and a model trained on full
    bands takes perfect silence there for something said: a faint hiss in the empty band brought
    the word error rate of people at 8 kHz from 58 to 45 percent, at 11 kHz from 40 to 34.
    """
    sound = resample(pcm, rate)
    if pcm.rate >= rate:
        return sound
    samples = np.frombuffer(sound.samples, "<i2")
    hissing = samples + np.resize(_hiss(pcm.rate, rate), len(samples))
    return Pcm(np.clip(hissing, -32768, 32767).astype("<i2").tobytes(), rate)


@lru_cache(maxsize=8)
def _hiss(empty_from: int, rate: int) -> NDArray[np.int32]:
    """Return four seconds of noise between two Nyquist frequencies; it repeats without a seam."""
    noise = np.fft.rfft(np.random.default_rng(0).standard_normal(4 * rate) * HISS_LEVEL)
    noise[: len(noise) * empty_from // rate] = 0
    return np.rint(np.fft.irfft(noise)).astype(np.int32)


def join(hypotheses: Iterable[Hypothesis]) -> Hypothesis:
    """Return utterances that follow each other as one.

    The confidence is their mean, weighted by words; only a lone utterance keeps its alternatives.
    """
    parts = tuple(hypotheses)
    if len(parts) < 2:
        return parts[0] if parts else Hypothesis()
    weights = [len(part.text.split()) for part in parts]
    weighted = sum(p.confidence * w for p, w in zip(parts, weights, strict=True))
    return Hypothesis(
        " ".join(part.text for part in parts),
        weighted / sum(weights),
        tuple(word for part in parts for word in part.words),
        mode=parts[0].mode,
    )


def _from_words(fields: dict[str, Any]) -> Hypothesis:
    words = tuple(_word(w, w["conf"]) for w in fields.get("result", ()))
    if not words:
        return Hypothesis()
    text = str(fields["text"])
    confidence = sum(word.confidence for word in words) / len(words)
    return Hypothesis(text, confidence, words, (Alternative(text, confidence),))


def _from_alternatives(fields: dict[str, Any]) -> Hypothesis:
    found = fields.get("alternatives", ())
    if not found:
        return Hypothesis(mode=Mode.NBEST)
    top = max(a["confidence"] for a in found)
    weights = [math.exp(a["confidence"] - top) for a in found]
    shares = [weight / sum(weights) for weight in weights]
    texts: dict[str, float] = {}  # Vosk may list one text twice, with other times
    for alternative, share in zip(found, shares, strict=True):
        text = alternative["text"].strip()
        texts[text] = texts.get(text, 0.0) + share
    ranked = sorted(texts.items(), key=lambda item: -item[1])
    best = next(a for a in found if a["text"].strip() == ranked[0][0])
    return Hypothesis(
        ranked[0][0],
        _unit(ranked[0][1]),
        tuple(_word(w, _support(w, found, shares)) for w in best.get("result", ())),
        tuple(Alternative(text, _unit(share)) for text, share in ranked),
        Mode.NBEST,
    )


def _support(word: dict[str, Any], found: list[dict[str, Any]], shares: list[float]) -> float:
    """Return the share of the alternatives that have the same word at the same time."""
    return sum(
        share
        for alternative, share in zip(found, shares, strict=True)
        if any(
            w["word"] == word["word"] and w["start"] < word["end"] and word["start"] < w["end"]
            for w in alternative.get("result", ())
        )
    )


def _word(fields: dict[str, Any], confidence: float) -> Word:
    text, end = fields["word"], fields["end"]
    longest = WORD_SECONDS + LETTER_SECONDS * len(text)
    return Word(text, max(fields["start"], end - longest), end, _unit(confidence))


def _unit(value: float) -> float:
    return min(1.0, max(0.0, float(value)))
