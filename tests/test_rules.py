"""The decision table against the text of clinical.md section 2.2, row by row."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skill.content import load_content
from skill.triage.facts import read_facts
from skill.triage.rules import DecisionTable, Facts
from skill.turn import Level

CONTENT = load_content()
TABLE = DecisionTable(CONTENT)
FLAGS = sorted(CONTENT.flags)
VIGNETTES = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "vignettes.jsonl").read_text().splitlines()
]

# Written from the text of section 1 (its fourth column), not from the content file.
EMERGENCY = """
    STROKE_FACE STROKE_BALANCE CHEST_BREATH COLLAPSE AAA_KNOWN VERY_ILL CES_BLADDER
    CES_BOWEL CES_SADDLE SELF_HARM LEGS_BOTH TRAUMA_BIG OVERDOSE PREG_WARN
""".split()
SAME_DAY = """
    NECK_HEAD NECK_DIZZY SUDDEN_SEVERE CES_SEX LEG_WEAK HANDS_CORD LUMP_SHAPE FEVER
    INFECT_RISK WEIGHT_LOSS NIGHT_PAIN THORACIC KIDNEY UNBEARABLE
""".split()
SOON = """
    LEG_ONE CANCER SHINGLES CHILD MORNING_STIFF NOT_BETTER
""".split()
CONTEXT = """
    NECK_TRIGGER RAPID FRAGILE SMALL_FALL PREGNANT POST_CRACK BLOOD_THIN
""".split()

POINTING_THE_SAME_WAY = """
    LEG_WEAK LEG_ONE HANDS_CORD CES_SEX POST_CRACK NECK_TRIGGER FEVER CANCER SUDDEN_SEVERE
""".split()


def decide(*yes: str, unsure: str = "", unheard: str = "", age: int | None = 40) -> tuple[str, str]:
    facts = Facts(frozenset(yes), frozenset(unsure.split()), frozenset(unheard.split()), age=age)
    decision = TABLE.decide(facts)
    return decision.level.value, decision.rules[0]


def test_the_table_holds_every_flag_once() -> None:
    assert sorted(EMERGENCY + SAME_DAY + SOON + CONTEXT) == [f for f in FLAGS if f != "LIMP"]
    assert [r.id for r in CONTENT.rules] == [f"R{n:02d}" for n in range(1, 21)]


@pytest.mark.parametrize("flag", EMERGENCY)
def test_row_1_any_emergency_flag(flag: str) -> None:
    assert decide(flag) == ("emergency", "R01")


@pytest.mark.parametrize("flag", SAME_DAY)
def test_row_12_any_same_day_flag(flag: str) -> None:
    assert decide(flag) == ("urgent", "R12")


@pytest.mark.parametrize("flag", SOON)
def test_row_19_any_soon_flag(flag: str) -> None:
    assert decide(flag) == ("professional", "R19")


@pytest.mark.parametrize("flag", CONTEXT)
def test_row_20_context_alone_changes_nothing(flag: str) -> None:
    assert decide(flag) == ("selfcare", "R20")


@pytest.mark.parametrize(
    ("row", "level", "yes", "age"),
    [
        ("R02", "emergency", "NECK_TRIGGER NECK_HEAD", 40),
        ("R02", "emergency", "NECK_TRIGGER NECK_DIZZY", 40),
        ("R02", "emergency", "NECK_TRIGGER HANDS_CORD", 40),
        ("R02", "emergency", "NECK_HEAD NECK_DIZZY", 40),
        ("R02", "emergency", "NECK_HEAD SUDDEN_SEVERE", 40),
        ("R03", "emergency", "SUDDEN_SEVERE", 60),
        ("R04", "emergency", "POST_CRACK LEG_WEAK", 40),
        ("R04", "emergency", "POST_CRACK HANDS_CORD", 40),
        ("R05", "emergency", "RAPID LEG_WEAK", 40),
        ("R05", "emergency", "RAPID HANDS_CORD", 40),
        ("R06", "emergency", "FEVER LEG_WEAK", 40),
        ("R06", "emergency", "FEVER LEG_ONE", 40),
        ("R06", "emergency", "FEVER HANDS_CORD", 40),
        ("R06", "emergency", "FEVER CES_SEX", 40),
        ("R06", "emergency", "INFECT_RISK LEG_WEAK", 40),
        ("R06", "emergency", "INFECT_RISK HANDS_CORD", 40),
        ("R07", "emergency", "CANCER LEG_WEAK", 40),
        ("R07", "emergency", "CANCER LEG_ONE", 40),
        ("R07", "emergency", "CANCER HANDS_CORD", 40),
        ("R08", "emergency", "CES_SEX LEG_WEAK", 40),
        ("R08", "emergency", "CES_SEX LEG_ONE", 40),
        ("R09", "emergency", "KIDNEY UNBEARABLE", 40),
        ("R09", "emergency", "KIDNEY FEVER", 40),
        ("R09", "emergency", "KIDNEY PREGNANT", 40),
        ("R10", "emergency", "CHILD LEG_ONE", None),
        ("R10", "emergency", "LEG_ONE", 15),
        ("R10", "emergency", "CHILD LEG_WEAK", None),
        ("R10", "emergency", "CHILD HANDS_CORD", None),
        ("R10", "emergency", "CHILD CES_SEX", None),
        ("R13", "urgent", "FRAGILE SMALL_FALL", 40),
        ("R13", "urgent", "SMALL_FALL", 70),
        ("R13", "urgent", "FRAGILE POST_CRACK", 40),
        ("R13", "urgent", "BLOOD_THIN POST_CRACK", 40),
        ("R13", "urgent", "BLOOD_THIN SMALL_FALL", 40),
        ("R14", "urgent", "POST_CRACK LEG_ONE", 40),
        ("R14", "urgent", "RAPID LEG_ONE", 40),
        ("R16", "urgent", "", 4),
        ("R16", "urgent", "CHILD LIMP", None),
        ("R16", "urgent", "LIMP", 15),
    ],
)
def test_combinations(row: str, level: str, yes: str, age: int | None) -> None:
    assert decide(*yes.split(), age=age) == (level, row)


@pytest.mark.parametrize(
    ("row", "yes", "age"),
    [
        # These rows stand behind row 1 or 12 in the table, so they never come first alone.
        ("R03", "SUDDEN_SEVERE AAA_KNOWN", 40),
        ("R03", "SUDDEN_SEVERE COLLAPSE", 40),
        ("R06", "INFECT_RISK LEGS_BOTH", 40),
        ("R06", "FEVER CES_BLADDER", 40),
        ("R07", "CANCER LEGS_BOTH", 40),
        ("R08", "CES_SEX CES_SADDLE", 40),
        ("R08", "CES_SEX CES_BLADDER", 40),
        ("R08", "CES_SEX CES_BOWEL", 40),
        ("R08", "CES_SEX LEGS_BOTH", 40),
        ("R10", "CHILD LEGS_BOTH", None),
        ("R13", "FRAGILE SUDDEN_SEVERE", 40),
        ("R13", "SUDDEN_SEVERE", 59),
        ("R15", "CANCER NIGHT_PAIN", 40),
        ("R15", "CANCER THORACIC", 40),
        ("R15", "CANCER WEIGHT_LOSS", 40),
        ("R15", "CANCER SUDDEN_SEVERE", 40),
        ("R15", "CANCER UNBEARABLE", 40),
        ("R16", "CHILD FEVER", None),
        ("R16", "CHILD NIGHT_PAIN", None),
        ("R16", "CHILD WEIGHT_LOSS", None),
        ("R17", "PREGNANT FEVER", 30),
        ("R17", "PREGNANT UNBEARABLE", 30),
        ("R17", "PREGNANT SUDDEN_SEVERE", 30),
    ],
)
def test_rows_behind_a_stronger_one_are_named_too(row: str, yes: str, age: int | None) -> None:
    decision = TABLE.decide(Facts(frozenset(yes.split()), age=age))
    if row == "R13" and yes == "SUDDEN_SEVERE":
        assert row not in decision.rules  # 59 is neither 60 nor 70
    else:
        assert row in decision.rules


@pytest.mark.parametrize("flag", ["STROKE_FACE", "STROKE_BALANCE"])
def test_row_11_not_sure_about_a_stroke_sign(flag: str) -> None:
    assert decide(unsure=flag) == ("emergency", "R11")


@pytest.mark.parametrize(
    "other",
    [
        "LEG_WEAK",
        "LEG_ONE",
        "HANDS_CORD",
        "CES_SEX",
        "POST_CRACK",
        "NECK_TRIGGER",
        "FEVER",
        "CANCER",
        "SUDDEN_SEVERE",
    ],
)
def test_row_11_not_sure_with_something_that_points_the_same_way(other: str) -> None:
    assert decide(other, unsure="CES_SADDLE") == ("emergency", "R11")


def test_row_11_not_sure_twice() -> None:
    assert decide(unsure="CES_SADDLE CHEST_BREATH") == ("emergency", "R11")


@pytest.mark.parametrize("flag", [f for f in EMERGENCY if not f.startswith("STROKE")])
def test_row_18_not_sure_about_an_emergency_flag(flag: str) -> None:
    assert decide(unsure=flag) == ("urgent", "R18")


@pytest.mark.parametrize("flag", EMERGENCY + SAME_DAY)
def test_row_18_an_unheard_answer(flag: str) -> None:
    assert decide(unheard=flag) == ("urgent", "R18")


@pytest.mark.parametrize("flag", SAME_DAY + SOON)
def test_row_19_not_sure_about_a_lesser_flag(flag: str) -> None:
    assert decide(unsure=flag) == ("professional", "R19")


@pytest.mark.parametrize("flag", SOON)
def test_row_19_an_unheard_soon_question(flag: str) -> None:
    assert decide(unheard=flag) == ("professional", "R19")


def test_row_19_an_old_nerve_sign() -> None:
    decision = TABLE.decide(Facts(long_standing=frozenset({"LEGS_BOTH"}), age=40))
    assert (decision.level, decision.rules) == (Level.PROFESSIONAL, ("R19",))


@pytest.mark.parametrize("flag", CONTEXT)
def test_row_20_not_sure_about_a_context_flag_changes_nothing(flag: str) -> None:
    assert decide(unsure=flag) == ("selfcare", "R20")


def test_row_20_all_clear() -> None:
    assert decide() == ("selfcare", "R20")
    assert TABLE.decide(Facts(age=16)).level is Level.SELFCARE
    assert TABLE.decide(Facts(age=15)).level is Level.PROFESSIONAL


@pytest.mark.parametrize("vignette", VIGNETTES, ids=lambda v: v["id"])
def test_the_development_vignettes_reach_their_level(vignette: dict[str, object]) -> None:
    facts = read_facts(json.dumps(vignette["facts"]), frozenset(FLAGS))
    assert TABLE.decide(facts).level == vignette["expected"]


some_flags = st.frozensets(st.sampled_from(FLAGS), max_size=8)
ages = st.one_of(st.none(), st.integers(0, 120))


@given(yes=some_flags, unsure=some_flags, unheard=some_flags, age=ages, more=st.sampled_from(FLAGS))
def test_adding_a_yes_never_lowers_the_level(
    yes: frozenset[str], unsure: frozenset[str], unheard: frozenset[str], age: int | None, more: str
) -> None:
    facts = Facts(yes, unsure - yes, unheard - unsure - yes, age=age)
    before, after = TABLE.decide(facts), TABLE.decide(facts.with_yes(more))
    assert after.level.rank >= before.level.rank
    assert before.rules
    assert TABLE.level(facts) is before.level
    assert set(before.flags) <= facts.yes | facts.unsure | facts.unheard | {"CHILD"}


@pytest.mark.parametrize(
    "line",
    ["", "[]", "{", '{"age": -1}', '{"age": true}', '{"age": 4.5}', '{"yes": "FEVER"}',
     '{"yes": ["FEVR"]}', '{"yess": []}', '{"yes": [1]}', "[" * 100_000],
)  # fmt: skip
def test_bad_facts_are_refused_by_name(line: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_facts(line, frozenset(FLAGS))
