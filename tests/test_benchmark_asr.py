"""The benchmark of recognition: what it counts, what it plays, and what it refuses to show."""

import hashlib
import json
import re
from pathlib import Path

import numpy as np
import pytest

from audio.recognizer import SpeechModel
from audio.speaker import Speaker
from audio.wav import Pcm, load, write
from benchmarks import asr
from benchmarks.asr_sets import conditions, said
from benchmarks.asr_sets.catalog import DEV_VOICES, HELD_OUT, SETS, TEST_VOICES, Source
from benchmarks.asr_sets.clips import Clip, MissingError, from_float, spoken_form, spread, to_float
from benchmarks.asr_sets.footprint import footprint
from benchmarks.asr_sets.hearing import Heard, Listener, Score
from benchmarks.asr_sets.voices import Studio
from models.catalog import bundled_path

HUMAN = Path(__file__).parent / "data" / "human"
RATE = 16_000
PLACES = ("back", "neck", "hip", "knee", "shoulder")
TIMES = ("morning", "evening", "car", "rain", "bath")


def clip(words: str, name: str = "a clip") -> Clip:
    return Clip(name, words, lambda: from_float(np.zeros(RATE), RATE))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Press 1, or say 'stop'.", "press one or say stop"),
        ("a well-known 5 5", "a well known five five"),
        ("It’s   my son’s back!", "it's my son's back"),
        ("I am 42", ""),
        ("...", ""),
    ],
)
def test_the_form_that_is_scored(text: str, words: str) -> None:
    assert spoken_form(text) == words


def test_fewer_clips_are_spread_over_all() -> None:
    clips = [clip("yes", str(number)) for number in range(10)]
    assert [c.name for c in spread(clips, 5)] == ["0", "2", "4", "6", "8"]
    assert spread(clips, None) == clips
    assert spread(clips, 20) == clips


class Scripted(Listener):
    """Hears what the test says it does."""

    def __init__(self, model: SpeechModel, heard: list[Heard]) -> None:
        super().__init__(model)
        self._left = iter(heard)

    def _hear(self, clip: Clip, condition: object, score: Score, *grammar: str) -> Heard:
        score.clips += 1
        return next(self._left)


def heard(text: str, *confidences: float, unknown: bool = False) -> Heard:
    words = tuple(text.split())
    return Heard(words, confidences or (1.0,) * len(words), unknown)


def test_errors_unknown_words_negations_and_confidences(speech_model: SpeechModel) -> None:
    listener = Scripted(
        speech_model,
        [heard("i can feel my feet", 0.9, 0.4, 0.8, 0.7, 0.6), heard(""), heard("not yes", 0.3, 1)],
    )
    score = listener.openly(
        [clip("i can't feel my feet"), clip("zyzzyva no"), clip("yes")], conditions.clean
    )
    assert (score.errors, score.words, score.unknown) == (1 + 2 + 1, 8, 1)
    assert score.wer == pytest.approx(0.5)
    assert (score.negations, score.negations_lost, score.negations_invented) == (2, 2, 1)
    assert score.confidences == [
        (0.9, True),
        (0.4, False),
        (0.8, True),
        (0.7, True),
        (0.6, True),
        (0.3, False),
        (1, True),
    ]


def test_a_grammar_is_right_only_when_nothing_else_is_heard(speech_model: SpeechModel) -> None:
    results = [heard("yes"), heard("yes", unknown=True), heard("not sure", 0.9, 0.5), heard("no")]
    clips = [clip("yes"), clip("yes"), clip("not sure"), clip("yes")]
    score = Scripted(speech_model, results).within(("yes", "no", "not sure"), clips, False)
    assert score.accuracy == 0.5
    assert score.confidences == [(1.0, True), (1.0, False), (0.5, True), (1.0, False)]


def test_other_talk_is_rejected_only_when_no_phrase_is_heard(speech_model: SpeechModel) -> None:
    results = [heard(""), heard("", unknown=True), heard("no", unknown=True)]
    score = Scripted(speech_model, results).within(("no",), [clip("a coffee please")] * 3, True)
    assert score.right == 2


def tone() -> np.ndarray:
    return (0.3 * np.sin(np.arange(RATE) / 3)).astype(np.float32)


def played(condition: conditions.Condition, name: str = "a") -> np.ndarray:
    return to_float(conditions.arriving(from_float(tone(), RATE), RATE, name, condition))


BEFORE = round(RATE * conditions.BEFORE_S)


def ratio_of(noisy: np.ndarray, quiet: np.ndarray) -> float:
    speech = quiet[BEFORE : BEFORE + RATE]
    noise = noisy - quiet
    return float(10 * np.log10((speech**2).mean() / (noise**2).mean()))


def test_a_clip_arrives_with_silence_around_it_the_same_each_time() -> None:
    quiet = played(conditions.clean)
    assert len(quiet) == RATE * (1 + conditions.BEFORE_S + conditions.AFTER_S)
    assert 0 < np.std(quiet[:BEFORE]) < 2e-4
    assert np.allclose(quiet[BEFORE : BEFORE + RATE], tone(), atol=1e-3)
    assert np.array_equal(quiet, played(conditions.clean))
    assert not np.array_equal(quiet, played(conditions.clean, "b"))


@pytest.mark.parametrize("decibels", [0, 10, 20])
def test_noise_is_as_loud_as_it_says(decibels: int) -> None:
    voices = [np.random.default_rng(seed).standard_normal(9000, np.float32) for seed in range(8)]

    def crowd(sound: conditions.Sound, rng: np.random.Generator) -> conditions.Sound:
        return conditions.babble(sound, rng, voices=voices, decibels=decibels)

    for condition in (conditions.at_snr(decibels), crowd):
        noisy = played(condition)
        assert ratio_of(noisy, np.pad(tone(), (BEFORE, RATE // 2))) == pytest.approx(
            decibels, abs=1
        )


def test_a_room_answers_after_the_voice_with_half_its_energy() -> None:
    impulse = np.zeros(RATE, np.float32)
    impulse[0] = 1.0
    answered = conditions.echo(impulse, np.random.default_rng(1))
    assert answered[0] == pytest.approx(1.0, abs=0.01)
    assert (answered[48:] ** 2).sum() == pytest.approx(conditions.ECHO_ENERGY, rel=0.05)
    assert (answered[3200:] ** 2).sum() < 0.05 * (answered[48:] ** 2).sum()


def test_a_model_hears_people(speech_model: SpeechModel) -> None:
    rows = [row.split("\t") for row in (HUMAN / "transcripts.tsv").read_text().splitlines()]
    file, words = next(row for row in rows if row[0].startswith("drink"))
    person = Clip(file, spoken_form(words), lambda: load(HUMAN / file))
    score = Listener(speech_model).openly([person], conditions.clean)
    assert 0 <= score.wer < 0.6
    assert len(score.confidences) > 3
    assert all(0 <= confidence <= 1 for confidence, _ in score.confidences)
    assert 0 < score.cpu_s < score.audio_s


def test_what_a_model_takes() -> None:
    taken = footprint(bundled_path(), Pcm(bytes(RATE), RATE), runs=2)
    assert len(taken.loads_s) == 2
    assert min(taken.loads_s) <= taken.load_s <= max(taken.loads_s)
    files = sum(file.stat().st_size for file in bundled_path().rglob("*") if file.is_file())
    assert taken.size_mb == pytest.approx(files / 1e6)
    assert taken.size_mb < taken.rss_mb < 1000


def test_what_was_read_aloud_is_kept(tmp_path: Path) -> None:
    studio = Studio(tmp_path, tmp_path / "none.npz")
    said_twice = studio.clips("set", ["hello there", "hello there"], ["espeak:gmw/en-us"])
    first = said_twice[0].read()
    assert first.seconds > 0.3
    (kept,) = tmp_path.glob("*/*.wav")
    write(kept, Pcm(bytes(3200), RATE))
    assert said_twice[1].read().seconds == pytest.approx(0.1)


def test_a_missing_engine_is_named_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match=r"(?i)kokoro"):
        Studio(tmp_path, tmp_path / "none.npz").clips("set", ["hello"], ["kokoro:af_nova"])


def test_no_voice_is_heard_in_development_and_in_a_test() -> None:
    assert not set(DEV_VOICES) & set(TEST_VOICES)
    assert set(HELD_OUT) <= set(TEST_VOICES)


def test_phrasings_are_shared_out_by_their_hash(tmp_path: Path) -> None:
    made_up = [f"my {place} aches in the {time}" for place in PLACES for time in TIMES]
    folder = tmp_path / "clinical"
    folder.mkdir()
    lines = [json.dumps({"flag": "x", "text": text}) + "\n" for text in made_up]
    (folder / "phrasings.jsonl").write_text("".join(lines))
    tests, dev = set(said.test_texts(tmp_path)), set(said.dev_texts(tmp_path))
    assert not tests & dev

    def remainder(text: str) -> int:
        return int(hashlib.sha1(text.encode()).hexdigest(), 16) % 5

    assert {text for text in made_up if remainder(text) == 0} == tests & set(made_up)
    assert {text for text in made_up if remainder(text) == 1} == dev & set(made_up)
    assert len(tests - set(made_up)) == 40
    assert len(dev - set(made_up)) == 20


def test_without_its_phrasings_a_set_is_missing(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="phrasings"):
        said.test_texts(tmp_path)


@pytest.fixture
def digits(tmp_path: Path) -> Path:
    """A data folder whose only corpus is three digits, read by a voice."""
    folder = tmp_path / "speech" / "digits"
    folder.mkdir(parents=True)
    rows = []
    with Speaker() as speaker:
        for word in ("seven", "three", "nine"):
            write(folder / f"{word}.wav", speaker.render(word))
            rows.append(f"{word}.wav\t{word}\tespeak\n")
    (folder / "transcripts.tsv").write_text("".join(rows))
    return tmp_path


def test_the_last_line_and_what_is_left_out(
    digits: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    detail = digits / "detail.json"
    cache = str(digits / "cache")
    arguments = ["--sets", "human_digits,drink_orders", "--data", str(digits), "--quick"]
    assert (
        asr.main([*arguments, "--cache", cache, "--detail", str(detail), "--noise", "human_digits"])
        == 0
    )
    out, err = capsys.readouterr()
    last = json.loads(out.splitlines()[-1])
    assert list(last) == ["model", "sets", "grammar", "rtf", "load_s", "rss_mb", "size_mb"]
    assert last["model"] == "en-us-small"
    assert last["sets"] == {}
    assert last["grammar"]["human_digits"] in {round(n / 3, 4) for n in range(4)}
    assert re.search(r"^drink_orders is left out: .*soundfile|transcripts", err)
    assert "human_digits in noise is left out: " in err
    more = json.loads(detail.read_text())
    assert more["clips"] == {"human_digits": 3}
    assert "seven" not in detail.read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--sets", "audiobooks", "--show", "3"], "errors of test sets are not shown: audiobooks"),
        (["--sets", "audiobook"], "There is no set audiobook."),
        (["--model", "/nowhere/model", "--dev"], "There is no speech model at /nowhere/model"),
    ],
)
def test_what_cannot_be_done_is_said(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asr.main(arguments) == 2
    assert message in capsys.readouterr().err


def test_the_list_names_every_set(capsys: pytest.CaptureFixture[str]) -> None:
    assert asr.main(["--list"]) == 0
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert listed == list(SETS)


def test_every_set_of_people_can_be_read(shared_dir: Path, tmp_path: Path) -> None:
    pytest.importorskip("soundfile")
    source = Source(shared_dir, Studio(tmp_path, tmp_path / "none.npz"))
    counts = {"audiobooks": 134, "speechocean": 460, "drink_orders": 80, "dev_drinks": 20}
    for name, count in counts.items():
        clips = SETS[name].clips(source)
        assert len(clips) == count
        assert clips[0].read().seconds > 0.3
