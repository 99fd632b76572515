"""Sentences to clips: who says what, that a stopped run goes on, and that the engines speak."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

np = pytest.importorskip("numpy")
soundfile = pytest.importorskip("soundfile", reason="needs the extra `train`")
pytest.importorskip("scipy", reason="needs the extra `train`")

from models.graph.text import normal_form  # noqa: E402
from models.training import engines, kokoro  # noqa: E402
from models.training.engines import Engine, EngineError, Voice  # noqa: E402
from models.training.kokoro import DEVELOPMENT, HELD_OUT  # noqa: E402
from models.training.sound import RATE, Sound  # noqa: E402
from models.training.synthesis import (  # noqa: E402
    SHARES,
    TRANSCRIPTS,
    SynthesisError,
    all_engines,
    synthesize,
    synthetic_clips,
)

SENTENCES = ["My back hurts.", "No, it doesn’t.", "I’m not sure.", "Call a well-known doctor."]


class Tones:
    """An engine that hums for a tenth of a second a word, and may refuse a word."""

    def __init__(self, name: str, refuses: str = "\0") -> None:
        self.name, self.refuses = name, refuses
        self.said: list[str] = []

    def choose(self, rng: random.Random) -> Voice:
        return Voice(self.name, rng.choice("abcdefgh"), "en-us", round(rng.uniform(0.8, 1.2), 2))

    def speak(self, text: str, voice: Voice) -> Sound:
        if self.refuses in text:
            raise EngineError(f"I cannot say {self.refuses}.")
        self.said.append(text)
        time = np.arange(len(text.split()) * RATE // 10) / RATE
        return (0.5 * np.sin(2 * np.pi * 220 * voice.speed * time)).astype(np.float32)


def say(out: Path, sentences: list[str], *voices: Tones, seed: int = 1, workers: int = 1) -> int:
    cast = {voice.name: voice for voice in voices}
    return synthesize(sentences, out, cast, dict.fromkeys(cast, 1.0), seed, workers=workers)


def test_clips_are_flac_at_16_khz_with_their_words_in_normal_form(tmp_path: Path) -> None:
    assert say(tmp_path, SENTENCES, Tones("hum")) == 0
    clips = list(synthetic_clips(tmp_path))
    assert [clip.words for clip in clips] == [normal_form(sentence) for sentence in SENTENCES]
    for clip in clips:
        info = soundfile.info(clip.file)
        assert (info.format, info.samplerate, info.channels) == ("FLAC", 16_000, 1)
        assert info.duration == pytest.approx(0.1 * len(clip.words.replace("well ", "").split()))
        assert clip.speaker.startswith("hum:")


def test_the_seed_and_the_place_decide_engine_and_voice(tmp_path: Path) -> None:
    def speakers(name: str, sentences: list[str], seed: int, workers: int = 1) -> list[str]:
        say(tmp_path / name, sentences, Tones("a"), Tones("b"), seed=seed, workers=workers)
        return [clip.speaker for clip in synthetic_clips(tmp_path / name)]

    first = speakers("first", SENTENCES * 5, 1)
    assert {speaker[0] for speaker in first} == {"a", "b"}
    assert speakers("again", SENTENCES * 5, 1, workers=4) == first
    assert speakers("longer", SENTENCES * 6, 1)[:20] == first
    assert speakers("other", SENTENCES * 5, 2) != first


def test_shares_are_kept(tmp_path: Path) -> None:
    cast = {"often": Tones("often"), "seldom": Tones("seldom"), "never": Tones("never")}
    synthesize(["Yes."] * 200, tmp_path, cast, {"often": 9, "seldom": 1, "never": 0}, 3)
    assert 5 <= len(cast["seldom"].said) <= 40
    assert len(cast["often"].said) == 200 - len(cast["seldom"].said)
    assert cast["never"].said == []


def test_a_killed_run_goes_on_where_it_was(tmp_path: Path) -> None:
    def kill(done: int, total: int) -> None:
        assert total == 4
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        synthesize(SENTENCES, tmp_path, {"hum": Tones("hum")}, {"hum": 1}, 1, kill)
    # As if the power had gone while the third row was written.
    table = tmp_path / TRANSCRIPTS
    rows = table.read_text(encoding="utf-8").splitlines()[:2]
    table.write_text("\n".join(rows) + "\n000002.flac\ti’m no", encoding="utf-8")
    assert len(list(synthetic_clips(tmp_path))) == 2

    engine, seen = Tones("hum"), []
    synthesize(SENTENCES, tmp_path, {"hum": engine}, {"hum": 1}, 1, lambda *step: seen.append(step))
    assert engine.said == SENTENCES[2:]
    assert seen == [(3, 4), (4, 4)]
    assert len(list(synthetic_clips(tmp_path))) == 4
    assert not list(tmp_path.glob("*.part"))


def test_a_sentence_that_cannot_be_said_is_left_out_and_tried_again(tmp_path: Path) -> None:
    assert say(tmp_path, SENTENCES, Tones("hum", refuses="sure")) == 1
    assert len(list(synthetic_clips(tmp_path))) == 3
    assert say(tmp_path, SENTENCES, Tones("hum")) == 0
    words = [clip.words for clip in synthetic_clips(tmp_path)]
    assert words == [normal_form(sentence) for sentence in SENTENCES]


def test_an_engine_that_says_nothing_any_more_stops_the_run(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="cannot say back"):
        say(tmp_path, ["My back hurts."] * 50, Tones("hum", refuses="back"))


@pytest.mark.parametrize("sentence", ["It began 3 days ago.", "…", ""])
def test_what_has_no_transcript_is_refused(tmp_path: Path, sentence: str) -> None:
    with pytest.raises(SynthesisError, match="Sentence 1 has no transcript") as caught:
        say(tmp_path, ["Yes.", sentence], Tones("hum"))
    assert "numbers as words" in caught.value.hint


@pytest.mark.parametrize(("sentences", "seed"), [(["Yes.", "Maybe."], 1), (["Yes.", "No."], 2)])
def test_a_folder_of_other_clips_is_left_alone(
    tmp_path: Path, sentences: list[str], seed: int
) -> None:
    say(tmp_path, ["Yes.", "No."], Tones("hum"))
    before = (tmp_path / TRANSCRIPTS).read_bytes()
    with pytest.raises(SynthesisError, match="another sentence, or in another voice"):
        say(tmp_path, sentences, Tones("hum"), seed=seed)
    assert (tmp_path / TRANSCRIPTS).read_bytes() == before


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(SynthesisError, match="cannot be written to"):
        say(tmp_path / "file", ["Yes."], Tones("hum"))


def test_at_rate_keeps_pitch_and_evens_loudness() -> None:
    tone = np.sin(2 * np.pi * 500 * np.arange(24_000) / 24_000).astype(np.float32) * 0.01
    sound = engines.at_rate(np.stack([tone, tone], 1), 24_000)
    assert sound.dtype == np.float32
    assert len(sound) == RATE
    assert np.abs(np.fft.rfft(sound)).argmax() == 500
    assert np.abs(sound).max() == pytest.approx(0.7)


def installed(make: Callable[[], Engine]) -> Engine:
    try:
        return make()
    except EngineError as error:
        pytest.skip(f"{error} {error.hint}")


@pytest.mark.parametrize("make", [engines.Flite, engines.Festival, engines.Espeak, engines.Pico])
def test_an_engine_speaks_faster_when_told(make: Callable[[], Engine]) -> None:
    engine = installed(make)
    chosen = engine.choose(random.Random(4))
    slow, fast = (
        engine.speak("I hurt my back.", Voice(chosen.engine, chosen.name, chosen.accent, speed))
        for speed in (0.8, 1.25)
    )
    assert 0.5 * RATE < len(fast) < len(slow) < 5 * RATE
    assert np.abs(slow).max() == pytest.approx(0.7, abs=0.01)


@pytest.mark.parametrize("make", [engines.Flite, engines.Festival, engines.Espeak, engines.Pico])
def test_voices_for_tests_are_never_chosen(make: Callable[[], Engine]) -> None:
    engine, rng = installed(make), random.Random(0)
    names = {engine.choose(rng).name for _ in range(300)}
    assert len(names) > 1
    assert not [name for name in names if "slt" in name or "awb" in name]


def test_a_missing_program_is_named_with_the_packages_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(EngineError, match="text2wave is not installed") as caught:
        engines.Festival()
    assert "apt-get install festival festvox-kallpc16k festvox-kdlpc16k" in caught.value.hint


def test_a_voice_that_is_not_installed_fails_with_the_packages_to_install() -> None:
    engine = installed(engines.Festival)
    with pytest.raises(EngineError, match="voice_nobody") as caught:
        engine.speak("Yes.", Voice("festival", "nobody", "en-us", 1.0))
    assert "festvox-kdlpc16k" in caught.value.hint


@pytest.fixture(scope="module")
def cast(shared_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Engine]:
    voices = shared_dir / "asr" / "voices.npz"
    try:
        return all_engines(voices, tmp_path_factory.mktemp("kokoro"))
    except EngineError as error:
        pytest.skip(f"{error} {error.hint}")


@pytest.fixture(scope="module")
def neural(cast: dict[str, Engine]) -> Engine:
    return cast["kokoro"]


def test_every_engine_has_a_share(cast: dict[str, Engine]) -> None:
    assert set(cast) == set(SHARES)


def test_kokoro_says_a_word(neural: Engine) -> None:
    voice = Voice("kokoro", "af_bella*0.40+am_adam*0.60", "en-us", 1.3)
    sound = neural.speak("Yes.", voice)
    assert 0.2 * RATE < len(sound) < 2 * RATE
    assert np.abs(sound).max() == pytest.approx(0.7, abs=0.01)


def test_kokoro_never_takes_a_voice_that_is_held_out(neural: Engine) -> None:
    rng = random.Random(7)
    names = [neural.choose(rng).name for _ in range(2000)]
    single = {part.split("*")[0] for name in names for part in name.split("+")}
    assert single.isdisjoint(HELD_OUT | DEVELOPMENT)
    assert len(single) == 54 - len(HELD_OUT | DEVELOPMENT)
    assert 0.4 < sum("+" in name for name in names) / 2000 < 0.7


def test_another_kokoro_model_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "a_part_of_another_model"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "part.bin").write_bytes(b"another")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(kokoro, "_PARTS", (package.name,))
    with pytest.raises(EngineError, match="another one"):
        kokoro.joined_model(tmp_path / "cache")
    assert not (tmp_path / "cache").exists()
