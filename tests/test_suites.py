"""Public sets of queries, read from files of the tests' own."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from intents.errors import IntentsError
from intents.suites import SUITES, Suite, SuiteError, draw, read_suite

CLINC = {
    "train": [["wake me at six", "alarm"], ["what is two and two", "calculator"]],
    "val": [["an alarm for nine", "alarm"]],
    "test": [["set an alarm", "alarm"], ["add these up", "calculator"]],
    "oos_train": [["who won"]],
    "oos_val": [["how tall is he", "oos"]],
    "oos_test": [["why is the sky blue", "oos"], ["sing to me", "oos"]],
}
BANKING = {
    "train": [("Where's my card?", "card_arrival"), ("Top up, please", "top_up")],
    "test": [('It says "declined", why?', "declined")],
}


def chunks(*texts: str) -> dict[str, Any]:
    """Return a query as Snips writes it, in pieces of which some are slots."""
    return {"data": [{"text": text} for text in texts]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the three sets in small."""
    (tmp_path / "clinc150_full.json").write_text(json.dumps(CLINC))
    for part, rows in BANKING.items():
        with (tmp_path / f"banking77_{part}.csv").open("w", newline="") as file:
            csv.writer(file).writerows([("text", "category"), *rows])
    for part in ("train", "validate"):
        for intent, query in (
            ("PlayMusic", chunks("play ", "some jazz", f" to {part}")),
            ("GetWeather", chunks("will it rain")),
        ):
            path = tmp_path / f"snips_{part}_{intent}.json"
            path.write_text(json.dumps({intent: [query]}))
    return tmp_path


def test_clinc150(folder: Path) -> None:
    suite = read_suite("clinc150", folder)
    assert suite.train == (("wake me at six", "alarm"), ("what is two and two", "calculator"))
    assert suite.test == (("set an alarm", "alarm"), ("add these up", "calculator"))
    assert suite.stray == ("why is the sky blue", "sing to me")


def test_the_validation_queries_take_the_place_of_the_test(folder: Path) -> None:
    suite = read_suite("clinc150", folder, part="val")
    assert suite.test == (("an alarm for nine", "alarm"),)
    assert suite.stray == ("how tall is he",)


def test_banking77(folder: Path) -> None:
    suite = read_suite("banking77", folder)
    assert suite.train == tuple(BANKING["train"])
    assert suite.test == (('It says "declined", why?', "declined"),)


def test_snips(folder: Path) -> None:
    suite = read_suite("snips", folder)
    assert set(suite.train) == {
        ("play some jazz to train", "PlayMusic"),
        ("will it rain", "GetWeather"),
    }
    assert ("play some jazz to validate", "PlayMusic") in suite.test


def test_bytes_that_are_no_utf_8_do_not_stop_snips(folder: Path) -> None:
    path = folder / "snips_train_PlayMusic.json"
    path.write_bytes(
        json.dumps({"PlayMusic": [chunks("play caf?")]}).encode().replace(b"?", b"\xe9")
    )
    assert any(text.startswith("play caf") for text, _ in read_suite("snips", folder).train)


@pytest.mark.parametrize("name", SUITES)
def test_every_set_has_the_stray_queries(folder: Path, name: str) -> None:
    suite = read_suite(name, folder)
    assert suite.name == name
    assert suite.stray == ("why is the sky blue", "sing to me")


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("clinc150", {"clinc150_full.json": None}),
        ("clinc150", {"clinc150_full.json": "{"}),
        ("clinc150", {"clinc150_full.json": "{}"}),
        ("clinc150", {"clinc150_full.json": json.dumps({**CLINC, "test": [["no intent"]]})}),
        ("banking77", {"banking77_test.csv": None}),
        ("banking77", {"banking77_test.csv": "query,label\nhello,greeting\n"}),
        ("banking77", {"clinc150_full.json": None}),
        (
            "snips",
            {"snips_validate_PlayMusic.json": None, "snips_validate_GetWeather.json": None},
        ),
        ("snips", {"snips_train_PlayMusic.json": '{"PlayMusic": [{}]}'}),
    ],
)
def test_what_cannot_be_read_is_said_with_a_next_step(
    folder: Path, name: str, spoil: dict[str, str | None]
) -> None:
    for file, text in spoil.items():
        if text is None:
            (folder / file).unlink()
        else:
            (folder / file).write_text(text)
    with pytest.raises(SuiteError, match=name) as caught:
        read_suite(name, folder)
    assert "--data" in caught.value.hint


def test_an_unknown_set_names_those_that_there_are(folder: Path) -> None:
    with pytest.raises(IntentsError, match="'atis'") as caught:
        read_suite("atis", folder)
    assert all(name in caught.value.hint for name in SUITES)


LETTERS = "abcdefghijklmnop"
MANY = Suite(
    "many", tuple((f"{who} {letter}", who) for letter in LETTERS for who in ("two", "one")), (), ()
)


def test_a_draw_is_made_by_its_seed() -> None:
    first = draw(MANY, 10, seed=0)
    assert draw(MANY, 10, seed=0) == first
    assert draw(MANY, 10, seed=1) != first


def test_a_draw_is_the_same_however_the_queries_are_mixed() -> None:
    apart = Suite("many", tuple(sorted(MANY.train, key=lambda row: row[1])), (), ())
    assert draw(apart, 10, seed=0) == draw(MANY, 10, seed=0)


def test_a_draw_gives_each_intent_its_own_phrases_once() -> None:
    for intent, phrases in draw(MANY, 10, seed=0).items():
        assert len(phrases) == len(set(phrases)) == 10
        assert all(phrase.startswith(intent) for phrase in phrases)


def test_all_phrases_are_no_draw() -> None:
    for seed in (0, 1):
        assert draw(MANY, None, seed) == {
            who: [f"{who} {letter}" for letter in LETTERS] for who in ("two", "one")
        }
