"""Real recognition: how many words come out wrong, for people and for synthetic voices.

The limits leave room above what was measured, so noise in the recogniser (Vosk
dithers at random) does not fail them; a recogniser that is broken gets 90 % and more wrong.
"""

import re
import shutil
import subprocess
from pathlib import Path

import jiwer
import pytest

from audio.recognizer import Recognizer, SpeechModel, transcribe
from audio.wav import decode, load
from skill.demo.script import load_conversations
from tests.sounds import at_rate, wav_bytes

HUMAN = Path(__file__).parent / "data" / "human"
POCKETSPHINX = Path("/usr/share/pocketsphinx/test/data")

SENTENCES = (
    "my lower back aches when i bend over",
    "i lifted a heavy box yesterday",
    "my neck is stiff and sore",
    "is it safe to crack my back",
    "no nothing like that",
    "the pain goes down one leg",
    "i feel dizzy and sick",
    "what makes the popping sound",
    "it started on saturday morning",
    "i am forty two years old",
    "show me an exercise please",
    "stop and say that again",
)


def words(text: str) -> str:
    return " ".join(re.findall(r"[a-z']+", text.lower()))


def error_rate(model: SpeechModel, clips: list[tuple[Path, str]], rate: int | None = None) -> float:
    heard = []
    for file, _ in clips:
        pcm = load(file)
        if rate is not None:
            pcm = decode(wav_bytes(at_rate(pcm, rate), rate))
        heard.append(words(transcribe(Recognizer(model), pcm).text))
    return float(jiwer.wer([words(text) for _, text in clips], heard))


def test_people(speech_model: SpeechModel) -> None:
    rows = (HUMAN / "transcripts.tsv").read_text().splitlines()
    clips = [(HUMAN / file, text) for file, text in (row.split("\t") for row in rows)]
    assert len(clips) == 8
    assert error_rate(speech_model, clips) < 0.42  # measured: 0.24 to 0.28


def test_people_reading_a_novel_and_cards(speech_model: SpeechModel) -> None:
    if not POCKETSPHINX.is_dir():
        pytest.skip("the Debian package pocketsphinx-testdata is not installed: sh tests/apt.sh")
    clips = []
    for script in ("librivox/transcription", "cards/cards.transcription"):
        for line in (POCKETSPHINX / script).read_text().splitlines():
            if found := re.match(r"<s>(.*)</s> \((\S+)\)", line):
                clips.append(((POCKETSPHINX / script).parent / f"{found[2]}.wav", found[1]))
    assert len(clips) == 10
    assert error_rate(speech_model, clips) < 0.52  # measured: 0.36


@pytest.fixture(scope="module", params=["slt", "awb"])
def flite_clips(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> list[tuple[Path, str]]:
    """The sentences read by an engine whose voices slt and awb the model never heard."""
    if shutil.which("flite") is None:
        pytest.skip("the Debian package flite is not installed: sh tests/apt.sh")
    folder = tmp_path_factory.mktemp("flite")
    clips = []
    for number, text in enumerate(SENTENCES):
        file = folder / f"{number}.wav"
        subprocess.run(["flite", "-voice", request.param, "-t", text, "-o", file], check=True)
        clips.append((file, text))
    return clips


def test_the_recordings_of_the_demo(speech_model: SpeechModel) -> None:
    """They were chosen so that the bundled model hears every word, in three voices."""
    turns = [turn for conversation in load_conversations() for turn in conversation.turns]
    said = {turn.file: turn.say for turn in turns}
    assert error_rate(speech_model, list(said.items())) == 0


def test_synthetic_voices(speech_model: SpeechModel, flite_clips: list[tuple[Path, str]]) -> None:
    assert error_rate(speech_model, flite_clips) < 0.1  # measured: 0.00


def test_synthetic_voices_by_telephone(
    speech_model: SpeechModel, flite_clips: list[tuple[Path, str]]
) -> None:
    assert error_rate(speech_model, flite_clips, rate=8_000) < 0.25  # measured: 0.10 and 0.05
