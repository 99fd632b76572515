"""The symptom spotter, on traps written before it, on phrasings, cases, and on any text."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.spotter import EMERGENCY
from intents.errors import LocaleError
from intents.symptoms import MOST_WORDS, SymptomSpotter
from intents.text import tokens
from intents.understanding import Finding, Polarity

DATA = Path(__file__).parent / "data"
SPOTTER = SymptomSpotter.load()

# clinical.md section 1: the flags that do not mean an emergency by themselves.
OTHERS = frozenset(
    "NECK_TRIGGER NECK_HEAD NECK_DIZZY SUDDEN_SEVERE CES_SEX LEG_WEAK RAPID HANDS_CORD LEG_ONE"
    " FRAGILE SMALL_FALL LUMP_SHAPE FEVER INFECT_RISK CANCER WEIGHT_LOSS NIGHT_PAIN THORACIC"
    " KIDNEY UNBEARABLE SHINGLES PREGNANT CHILD MORNING_STIFF NOT_BETTER POST_CRACK"
    " BLOOD_THIN".split()
)


def found(text: str, polarity: Polarity = Polarity.YES) -> set[str]:
    return {f.flag for f in SPOTTER.spot(text) if f.polarity is polarity}


def only(text: str, flag: str) -> Finding:
    return next(f for f in SPOTTER.spot(text) if f.flag == flag)


def read(name: str) -> Any:
    return yaml.safe_load((DATA / name).read_text(encoding="utf-8"))


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


TRAPS = [
    pytest.param(group, row if isinstance(row, dict) else {"say": row}, id=f"{group}-{number}")
    for group, rows in read("symptoms_traps.yaml").items()
    for number, row in enumerate(rows)
]


def test_every_flag_of_the_table_can_be_found() -> None:
    assert set(SPOTTER.flags) == EMERGENCY | OTHERS
    assert len(SPOTTER.flags) == 41


@pytest.mark.parametrize(("group", "row"), TRAPS)
def test_trap(group: str, row: dict[str, Any]) -> None:
    say = row["say"]
    yes = found(say)
    present = set(row.get("present", ()))
    assert present <= yes
    assert set(row.get("denied", ())) <= found(say, Polarity.NO)
    assert set(row.get("open", ())) <= found(say, Polarity.UNSURE)
    assert not set(row.get("absent", ())) & yes
    if group in ("denials", "topics", "idioms"):
        assert yes <= present
    if group == "workout":
        assert not yes & EMERGENCY
    if group == "crisis":
        assert "SELF_HARM" in yes


def test_traps_are_as_many_as_promised() -> None:
    traps = read("symptoms_traps.yaml")
    assert sum(map(len, traps.values())) >= 120
    assert len(traps["workout"]) >= 40
    assert len(traps["topics"]) >= 30


def test_phrasings() -> None:
    rows = lines("phrasings_dev.jsonl")
    yes = [row for row in rows if row["polarity"] == "yes"]
    no = [row for row in rows if row["polarity"] == "no"]
    pressing = [row for row in yes if row["flag"] in EMERGENCY]
    assert len(rows) == 345
    assert sum(row["flag"] in found(row["text"]) for row in yes) / len(yes) >= 0.88
    heard = sum(bool(found(row["text"]) & EMERGENCY) for row in pressing)
    assert heard / len(pressing) >= 0.88
    taken = sum(row["flag"] in found(row["text"]) for row in no)
    assert taken / len(no) <= 0.02


def test_a_mangled_word_is_mended() -> None:
    """One word of five letters or more has a letter changed, lost, added or swapped."""
    draw = random.Random(3)
    kept = tried = 0
    for row in lines("phrasings_dev.jsonl"):
        words = row["text"].split()
        places = [n for n, word in enumerate(words) if len(word) >= 5 and word.isalpha()]
        if not places or row["flag"] not in found(row["text"]):
            continue
        place = draw.choice(places)
        word = words[place]
        at = draw.randrange(1, len(word))
        words[place] = draw.choice(
            [
                word[:at] + draw.choice("abcdefghijklmnopqrstuvwxyz") + word[at + 1 :],
                word[:at] + word[at + 1 :],
                word[:at] + draw.choice("abcdefghijklmnopqrstuvwxyz") + word[at:],
                word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :],
            ]
        )
        tried += 1
        kept += row["flag"] in found(" ".join(words))
    assert tried > 150
    assert kept / tried >= 0.85


@pytest.mark.parametrize(
    ("heard", "flag"),
    [
        ("i have no bladdar control", "CES_BLADDER"),
        ("my face is druping", "STROKE_FACE"),
        ("i am leeking urine", "CES_BLADDER"),
        ("both my legs are week", "LEGS_BOTH"),
        ("i have lost control of my bowls", "CES_BOWEL"),
        ("it is num between my thys", "CES_SADDLE"),
        ("they found an anurism", "AAA_KNOWN"),
    ],
)
def test_what_sounds_alike_is_mended(heard: str, flag: str) -> None:
    assert flag in found(heard)


@pytest.mark.parametrize(
    "ordinary",
    ["i am listening to music", "cancel my order", "the spelling is wrong", "delicious soup"],
)
def test_an_ordinary_word_is_not_mended_into_a_sign(ordinary: str) -> None:
    assert found(ordinary) == set()


def test_openings_of_cases() -> None:
    """An emergency that its opening names is heard; nobody who can help himself is alarmed."""
    missed = set()
    for row in lines("vignettes.jsonl"):
        pressing = found(row["utterance"]) & EMERGENCY
        if row["expected"] != "emergency":
            assert not pressing, row["utterance"]
        elif not pressing:
            missed.add(row["id"])
    # What these say is no emergency by itself: it takes an answer or a second sign.
    assert missed == {"C05", "C12", "C16", "G15", "G24", "P03"}


def test_ways_to_say_it() -> None:
    said = {flag: rows for flag, rows in read("symptoms_said.yaml").items() if rows}
    assert set(said) == EMERGENCY | OTHERS
    total = sum(map(len, said.values()))
    assert sum(flag in found(row) for flag, rows in said.items() for row in rows) / total >= 0.97
    for flag, rows in said.items():
        assert sum(flag in found(row) for row in rows) / len(rows) >= 0.85, flag


@pytest.mark.parametrize(
    ("group", "most"), [("topics", 0.0), ("workout", 0.05), ("everyday", 0.01), ("near", 0.0)]
)
def test_what_raises_no_emergency(group: str, most: float) -> None:
    rows = read("symptoms_calm.yaml")[group]
    assert sum(bool(found(row) & EMERGENCY) for row in rows) / len(rows) <= most


@pytest.mark.parametrize("place", read("symptoms_calm.yaml")["places"])
def test_where_it_hurts_is_no_sign(place: str) -> None:
    assert SPOTTER.spot(place) == ()


def test_a_finding_names_the_words_that_made_it() -> None:
    finding = only("well I think my left foot has started to drag a bit", "LEG_WEAK")
    assert finding.evidence == "foot has started to drag"
    assert finding.polarity is Polarity.YES
    assert finding.scopes == ()
    denial = only("there is no weakness at all", "LEG_WEAK")
    assert denial.evidence == "no weakness"
    assert denial.scopes == ("negated",)


def test_a_sign_that_passed_and_one_that_is_old_are_marked() -> None:
    assert (
        "past" in only("one side of my face went numb for a minute, fine now", "STROKE_FACE").scopes
    )
    assert "long_standing" in only("my foot's been numb for years", "LEG_ONE").scopes


def test_a_denial_of_one_part_denies_no_question_of_two() -> None:
    """Chest pain or hard to breathe: only both together answer it."""
    assert found("no chest pain", Polarity.NO) == set()
    assert "CHEST_BREATH" in found("no chest pain and no trouble breathing", Polarity.NO)


def test_a_yes_beats_a_denial_of_the_same_sign() -> None:
    assert only(
        "no numbness between my legs but it feels funny when I wipe", "CES_SADDLE"
    ).polarity is (Polarity.YES)


def test_a_sure_sign_is_surer_than_a_mended_or_an_open_one() -> None:
    sure = only("I have lost control of my bladder", "CES_BLADDER")
    bent = only("I have lost control of my bladdar", "CES_BLADDER")
    doubted = only("maybe I have lost control of my bladder", "CES_BLADDER")
    assert sure.confidence > bent.confidence > doubted.confidence > 0
    assert doubted.polarity is Polarity.UNSURE


def test_punctuation_changes_little() -> None:
    """The recogniser writes none, so the same words must do without."""
    rows = [row["text"] for row in lines("phrasings_dev.jsonl")]
    same = sum(found(row) == found(" ".join(tokens(row))) for row in rows)
    assert same / len(rows) >= 0.97


def test_a_sign_is_heard_wherever_it_stands_in_a_long_story() -> None:
    story = "well it was a nice day and we went out for tea "
    for before in (0, 3, 5, 9, 40):
        text = story * before + "and then I lost control of my bladder " + story * 7
        assert "CES_BLADDER" in found(text), before
    assert len((story * 400).split()) > MOST_WORDS
    assert SPOTTER.spot(story * 400) == ()


def test_findings_come_in_the_order_of_the_flags() -> None:
    flags = [f.flag for f in SPOTTER.spot("I have cancer, a fever, chest pain and I can't pee")]
    assert flags == sorted(flags, key=SPOTTER.flags.index)
    assert {"CANCER", "FEVER", "CHEST_BREATH", "CES_BLADDER"} <= set(flags)


def test_a_language_that_is_not_there_is_named() -> None:
    with pytest.raises(LocaleError, match="xx_XX"):
        SymptomSpotter.load("xx_XX")


WORDS = sorted({word for row in lines("phrasings_dev.jsonl") for word in row["text"].split()})


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(st.text(max_size=200), st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join))
)
def test_any_text_is_read_without_error_and_always_the_same(text: str) -> None:
    findings = SPOTTER.spot(text)
    assert findings == SPOTTER.spot(text)
    assert len({f.flag for f in findings}) == len(findings)
    words = set(tokens(text))
    for finding in findings:
        assert finding.flag in SPOTTER.flags
        assert finding.evidence
        assert set(finding.evidence.split()) <= words
        assert 0.0 < finding.confidence <= 1.0
        assert set(finding.scopes) <= {"negated", "unsure", "past", "long_standing", "learned"}
