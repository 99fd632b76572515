import json
import math
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from audio.errors import GrammarError, SpeechModelError
from audio.recognizer import (
    Alternative,
    Hypothesis,
    Mode,
    Recognizer,
    SpeechModel,
    Word,
    join,
    prepare,
    transcribe,
)
from audio.wav import Pcm, decode, load, resample
from models.catalog import bundled_path
from tests.sounds import at_rate, wav_bytes

DATA = Path(__file__).parent / "data"
CLIP = DATA / "human" / "drink_orders-0362.flac"
RECORDINGS = Path(__file__).parents[1] / "skill" / "demo" / "recordings"
MATE = RECORDINGS / "bm_daniel" / "is-it-safe-to-get-my-mate-to-crack-my-back.flac"
SAID = "make me a dark roast iced coffee"


@pytest.fixture(scope="module")
def clip() -> Pcm:
    return load(CLIP)


@pytest.fixture
def model_copy(tmp_path: Path) -> Path:
    """A copy of the bundled model without checksums, to be damaged."""
    folder = tmp_path / "model"
    shutil.copytree(bundled_path(), folder)
    (folder / "SHA256SUMS").unlink(missing_ok=True)
    return folder


def test_the_words_come_with_times_and_confidences(speech_model: SpeechModel, clip: Pcm) -> None:
    heard = transcribe(Recognizer(speech_model), clip)
    assert heard.text == SAID
    assert [word.text for word in heard.words] == SAID.split()
    assert heard.mode is Mode.WORDS
    assert heard.confidence == pytest.approx(sum(w.confidence for w in heard.words) / 7)
    assert 0.9 < heard.confidence <= 1
    assert heard.alternatives == (Alternative(heard.text, heard.confidence),)
    for word, following in zip(heard.words, heard.words[1:], strict=False):
        assert word.start < word.end <= following.start + 0.001
    assert heard.words[0].start >= 0
    assert heard.words[-1].end < clip.seconds


@pytest.mark.parametrize("wait", [0, 1, 3])
def test_silence_before_a_word_is_not_the_word(
    speech_model: SpeechModel, clip: Pcm, wait: int
) -> None:
    loud = np.abs(np.frombuffer(clip.samples, "<i2").astype(int)) > 2500
    first, last = np.flatnonzero(loud)[[0, -1]] / clip.rate + wait
    late = Pcm(bytes(2 * 16_000 * wait) + clip.samples, 16_000)
    words = transcribe(Recognizer(speech_model), late).words
    assert words[0].start == pytest.approx(first, abs=0.15)
    # A word ends where its last phone is sure, which may be before it has died away.
    assert last - 0.3 < words[-1].end < last + 0.3


def test_partials_grow_while_somebody_speaks(speech_model: SpeechModel, clip: Pcm) -> None:
    recognizer = Recognizer(speech_model)
    partials, finals = [], []
    for chunk in clip.chunks():
        final = recognizer.accept(chunk)
        finals += [final] if final else []
        partials.append(recognizer.partial())
    assert partials[0] == ""
    assert "make me a dark" in partials
    assert len(dict.fromkeys(partials)) >= 4
    finals.append(recognizer.final())
    assert join(f for f in finals if f.text).text == SAID


def test_each_utterance_ends_with_a_final_of_its_own(speech_model: SpeechModel, clip: Pcm) -> None:
    recognizer = Recognizer(speech_model)
    pause = bytes(2 * 16_000 * 2)
    finals = [
        final
        for chunk in Pcm((clip.samples + pause) * 2, 16_000).chunks()
        if (final := recognizer.accept(chunk))
    ]
    assert [final.text for final in finals] == [SAID, SAID]
    # Times count on from the beginning of the session.
    apart = finals[1].words[0].start - finals[0].words[0].start
    assert apart == pytest.approx(clip.seconds + 2, abs=0.3)
    assert recognizer.final() == Hypothesis()


def test_a_recogniser_goes_on_after_a_final(speech_model: SpeechModel, clip: Pcm) -> None:
    recognizer = Recognizer(speech_model)
    assert transcribe(recognizer, clip).text == SAID
    assert transcribe(recognizer, clip).text == SAID


def test_alternatives_share_one_probability(speech_model: SpeechModel) -> None:
    hard = load(CLIP.with_name("drink_orders-0317.flac"))
    heard = transcribe(Recognizer(speech_model, alternatives=5), hard)
    assert heard.mode is Mode.NBEST
    assert 2 <= len(heard.alternatives) <= 5
    shares = [a.confidence for a in heard.alternatives]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1)
    assert (heard.text, heard.confidence) == (
        heard.alternatives[0].text,
        heard.alternatives[0].confidence,
    )
    assert len({a.text for a in heard.alternatives}) == len(heard.alternatives)
    # A word that every alternative shares is surer than the whole sentence.
    assert max(w.confidence for w in heard.words) > heard.confidence
    assert all(0 < w.confidence <= 1 + 1e-9 for w in heard.words)


def test_scores_of_alternatives_become_a_softmax(
    speech_model: SpeechModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def word(text: str, start: float) -> dict[str, object]:
        return {"word": text, "start": start, "end": start + 0.4}

    found = [
        {"confidence": 200.0, "text": " no pain", "result": [word("no", 0), word("pain", 0.5)]},
        {"confidence": 200.0 - math.log(2), "text": "low pain", "result": [word("pain", 0.5)]},
        {"confidence": 200.0 - math.log(4), "text": "no pain", "result": [word("no", 0.1)]},
    ]
    recognizer = Recognizer(speech_model, alternatives=3)

    class Native:
        def FinalResult(self) -> str:  # noqa: N802 (Vosk's name)
            return json.dumps({"alternatives": found})

    monkeypatch.setattr(recognizer, "_native", Native())
    heard = recognizer.final()
    assert heard.text == "no pain"
    assert heard.confidence == pytest.approx(5 / 7)
    assert heard.alternatives[1] == Alternative("low pain", pytest.approx(2 / 7))
    assert [w.confidence for w in heard.words] == pytest.approx([5 / 7, 6 / 7])


def test_a_grammar_limits_what_is_heard(speech_model: SpeechModel, clip: Pcm) -> None:
    recognizer = Recognizer(speech_model, grammar=["dark roast", "light roast", "iced coffee"])
    heard = transcribe(recognizer, clip)
    assert "dark roast" in heard.text
    assert "iced coffee" in heard.text
    assert set(heard.text.split()) <= {"dark", "light", "roast", "iced", "coffee", "[unk]"}
    assert recognizer.unknown == ()


def test_words_the_model_does_not_know_are_listed(speech_model: SpeechModel, clip: Pcm) -> None:
    recognizer = Recognizer(
        speech_model, grammar=["Yes", " no ", "xyzzy plugh", "dark xyzzy", "", "no"]
    )
    assert recognizer.unknown == ("xyzzy", "plugh")
    # "dark" may not be heard on its own: only the whole phrase was wanted.
    assert "dark" not in transcribe(recognizer, clip).text.split()


@pytest.mark.parametrize("grammar", [[], [""], [" ", ""]])
def test_an_empty_grammar_is_an_error(speech_model: SpeechModel, grammar: list[str]) -> None:
    with pytest.raises(GrammarError, match="empty"):
        Recognizer(speech_model, grammar=grammar)


def test_a_grammar_of_unknown_words_hears_only_strangers(
    speech_model: SpeechModel, clip: Pcm
) -> None:
    recognizer = Recognizer(speech_model, grammar=["xyzzy"])
    assert recognizer.unknown == ("xyzzy",)
    assert set(transcribe(recognizer, clip).text.split()) <= {"[unk]"}


@pytest.mark.parametrize("word", ["<eps>", "#0", "<s>", "ye\udc80s", 'yes"', "]"])
def test_words_that_are_none_are_not_known(speech_model: SpeechModel, clip: Pcm, word: str) -> None:
    recognizer = Recognizer(speech_model, grammar=[word, "iced coffee"])
    assert recognizer.unknown == (word,)
    assert "iced coffee" in transcribe(recognizer, clip).text


def test_a_model_with_a_fixed_graph_refuses_a_grammar(
    speech_model: SpeechModel, tmp_path: Path
) -> None:
    (tmp_path / "graph").mkdir()
    (tmp_path / "graph" / "HCLG.fst").write_bytes(b"fst")
    fixed = SpeechModel(tmp_path, speech_model.native)
    with pytest.raises(GrammarError, match="cannot be limited"):
        Recognizer(fixed, grammar=["yes", "no"])


@pytest.mark.parametrize("loudness", [0, 1, 30, 1000])
@pytest.mark.parametrize("grammar", [None, ["yes", "no", "not sure"]])
def test_silence_and_hiss_say_nothing(
    speech_model: SpeechModel, loudness: int, grammar: list[str] | None
) -> None:
    noise = np.random.default_rng(7).standard_normal(16_000 * 8) * loudness
    hiss = Pcm(noise.astype("<i2").tobytes(), 16_000)
    heard = transcribe(Recognizer(speech_model, grammar=grammar), hiss)
    assert heard.text in ("", "[unk]")
    assert transcribe(Recognizer(speech_model, alternatives=3), hiss).text == ""


@pytest.mark.parametrize("filler", ["the", "huh"])
def test_a_lone_filler_is_silence(
    speech_model: SpeechModel, monkeypatch: pytest.MonkeyPatch, filler: str
) -> None:
    class Native:
        def AcceptWaveform(self, _: bytes) -> int:  # noqa: N802 (Vosk's names)
            return 1

        def Result(self) -> str:  # noqa: N802
            word = {"word": filler, "start": 0.1, "end": 0.2, "conf": 0.8}
            return json.dumps({"text": filler, "result": [word]})

        FinalResult = Result

    recognizer = Recognizer(speech_model)
    monkeypatch.setattr(recognizer, "_native", Native())
    assert recognizer.accept(bytes(3200)) is None
    assert recognizer.final() == Hypothesis()
    asked_for = Recognizer(speech_model, grammar=[filler])
    monkeypatch.setattr(asked_for, "_native", Native())
    assert asked_for.final().words == (Word(filler, 0.1, 0.2, 0.8),)


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 44_100, 48_000])
@pytest.mark.parametrize("kind", ["8", "16", "24", "32"])
@pytest.mark.parametrize("channels", [1, 2])
def test_every_input_format_gives_the_same_words(
    speech_model: SpeechModel, rate: int, kind: str, channels: int
) -> None:
    sound = at_rate(load(MATE), rate)
    if channels == 2:
        sound = np.stack([sound * 0.8, sound * 0.6], 1)
    pcm = decode(wav_bytes(sound, rate, kind))
    heard = transcribe(Recognizer(speech_model), pcm).text
    assert heard == "is it safe to get my mate to crack my back"


def test_telephone_sound_gets_a_hiss_where_it_has_nothing(clip: Pcm) -> None:
    narrow = decode(wav_bytes(at_rate(clip, 8_000), 8_000))
    wide, plain = prepare(narrow, 16_000), resample(narrow, 16_000)
    assert wide.rate == 16_000
    added = np.frombuffer(wide.samples, "<i2").astype(float) - np.frombuffer(plain.samples, "<i2")
    spectrum = np.abs(np.fft.rfft(added)) ** 2
    low = np.fft.rfftfreq(len(added), 1 / 16_000) < 3_900
    assert 20 < np.sqrt(np.mean(added**2)) < 60
    assert spectrum[low].sum() < 0.001 * spectrum.sum()
    assert prepare(clip, 16_000) == clip


def test_joining_weighs_confidence_by_words() -> None:
    words = tuple(Word(t, i, i + 1, 0.5) for i, t in enumerate(["not", "at", "all"]))
    both = join([Hypothesis("no", 0.9), Hypothesis("not at all", 0.5, words)])
    assert both == Hypothesis("no not at all", pytest.approx(0.6), words)
    assert join([]) == Hypothesis()


def test_a_model_is_read_once(speech_model: SpeechModel, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(bundled_path())
    with ThreadPoolExecutor(4) as pool:
        models = list(pool.map(SpeechModel.load, [bundled_path(), link, str(bundled_path())]))
    assert all(model is speech_model for model in models)
    assert speech_model.rate == 16_000


def test_sessions_in_threads_do_not_disturb_each_other(
    speech_model: SpeechModel, clip: Pcm
) -> None:
    def session(_: int) -> str:
        return transcribe(Recognizer(speech_model), clip).text

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(session, range(6))) == [SAID] * 6


def test_nothing_is_printed(clip: Pcm) -> None:
    code = (
        "import sys; from audio.recognizer import *; from audio.wav import load;"
        "m = SpeechModel.load(sys.argv[1]);"
        "r = Recognizer(m, grammar=['yes', 'xyzzy']); transcribe(r, load(sys.argv[2]));"
        "transcribe(Recognizer(m, alternatives=3), load(sys.argv[2]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(bundled_path()), str(CLIP)],
        capture_output=True,
        cwd=Path(__file__).parent.parent,
        check=True,
    )
    assert (done.stdout, done.stderr) == (b"", b"")


def test_a_sound_copy_of_a_model_loads(model_copy: Path, clip: Pcm) -> None:
    assert transcribe(Recognizer(SpeechModel.load(model_copy)), clip).text == SAID


def test_a_missing_or_foreign_folder_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    for folder, words in ((tmp_path / "none", "no speech model"), (tmp_path / "photos", "missing")):
        with pytest.raises(SpeechModelError, match=words) as caught:
            SpeechModel.load(folder)
        assert "backtalk models list" in caught.value.hint


@pytest.mark.parametrize(
    "file",
    ["am/final.mdl", "conf/mfcc.conf", "conf/model.conf", "graph/Gr.fst", "graph/HCLr.fst"],
)
@pytest.mark.parametrize("damage", ["missing", "empty", "garbage"])
def test_a_damaged_model_is_a_clear_error(model_copy: Path, file: str, damage: str) -> None:
    path = model_copy / file
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(b"" if damage == "empty" else b"<!DOCTYPE html>\n" * 100)
    with pytest.raises(SpeechModelError) as caught:
        SpeechModel.load(model_copy)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("file", ["am/final.mdl", "graph/Gr.fst", "graph/HCLr.fst"])
def test_a_model_file_cut_in_half_is_a_clear_error(model_copy: Path, file: str) -> None:
    whole = (model_copy / file).read_bytes()
    (model_copy / file).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SpeechModelError, match="cannot load it"):
        SpeechModel.load(model_copy)


def test_damage_that_ends_the_process_ends_only_the_probe(model_copy: Path) -> None:
    """Vosk crashes on this file when it is cut short."""
    path = model_copy / "graph" / "disambig_tid.int"
    path.write_bytes(path.read_bytes()[:10])
    with pytest.raises(SpeechModelError, match="cannot load it"):
        SpeechModel.load(model_copy)
