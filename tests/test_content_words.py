"""Every sentence that the coach can speak is short, plain and safe; every fact has a source."""

import re
from collections.abc import Iterator
from pathlib import Path
from statistics import mean
from typing import Any

import pytest
import yaml

CONTENT = Path(__file__).resolve().parents[1] / "skill" / "content" / "en_US"

MAX_WORDS = 20
# Reading age 9 is about grade 4; 6 leaves room for words such as "physiotherapist".
MAX_MEAN_GRADE = 6.0

# Keys whose strings are never spoken, and the files that hold none.
UNSPOKEN = {
    "id",
    "sources",
    "related",
    "range",
    "group",
    "offer",
    "bars",
    "regions",
    "level",
    "why",
}
UNSPOKEN_FILES = {"sources.yaml"}

FORBIDDEN = ("saddle", "urinate", "radiate")


def ids(text: str) -> list[str]:
    return text.split()


DIGIT = dict(
    zip("0123456789", ids("zero one two three four five six seven eight nine"), strict=True)
)

TOPICS = ids("""
    crack_someone friend_crack pop_sound crack_again arthritis self_crack feels_good sore_after
    neck_stroke neck_signs walk_on_back chiropractor professional_risk never_cracked slipped_disc
    how_long bed_rest heat_ice painkiller scan when_to_see cauda_equina sciatica cracks_itself
    kidneys foam_roller roll_low_back best_exercise hurts_to_exercise sleep lifting posture
    thin_bones pregnancy child night_sweats stuck_floor
""")
EXERCISES = ids("""
    cat_cow pelvic_tilt roller_thoracic roller_towel knee_to_chest knee_rolls child_pose bird_dog
    bridge open_book seated_rotation chin_tuck doorway walking
""")
# What an exercise may be barred by or adapted to, beside the flags (clinical.md section 4).
CONDITIONS = set(
    ids("""
    wrist knee shoulder hip_replacement later_pregnancy balance chest_injury breathless
""")
)
TOPIC_KEYS = set(ids("id number title answer more sources related offer"))
EXERCISE_KEYS = set(ids("id name regions setup steps dose range breath bars adapt sources"))


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def folder(name: str) -> dict[str, dict[str, Any]]:
    return {path.stem: read(path) for path in sorted((CONTENT / name).glob("*.yaml"))}


def strings(node: object) -> Iterator[str]:
    """Every string of a content file that may be spoken or shown, in its order."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, list):
        for item in node:
            yield from strings(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key not in UNSPOKEN:
                yield from strings(value)


def texts() -> list[tuple[str, str]]:
    """(file, string) of all content files that hold spoken words."""
    return [
        (path.relative_to(CONTENT).as_posix(), text)
        for path in sorted(CONTENT.rglob("*.yaml"))
        if path.name not in UNSPOKEN_FILES
        for text in strings(read(path))
    ]


def longest(values: Iterator[str]) -> str:
    return max(values, key=lambda value: len(words(value)))


def placeholders() -> dict[str, str]:
    """The longest words that each placeholder can stand for, where content holds them."""
    regions = read(CONTENT / "numbers.yaml").values()
    routes = read(CONTENT / "routes.yaml")["routes"].values()
    return {
        "number": longest(region["emergency"] for region in regions),
        "urgent_line": longest(region["urgent"] for region in regions),
        "crisis_line": longest(region["crisis"] for region in regions),
        "signs": longest(route["signs"] for route in routes),
    }


def chunks(text: str, fill: dict[str, str] | None = None) -> list[str]:
    """A text cut after each sentence; what follows the last, or a fragment, is a chunk too."""
    full = re.sub(r"{(\w+)}", lambda m: (fill or {}).get(m[1], m[1]), text)
    return [part for part in re.split(r"(?<=[.?!])\s+", full.strip()) if words(part)]


def sentences(text: str, fill: dict[str, str] | None = None) -> list[str]:
    """The whole sentences of a text (a name or a list item is a fragment, and none)."""
    return [part for part in chunks(text, fill) if part.endswith((".", "?", "!"))]


def words(text: str) -> list[str]:
    return re.findall(r"[A-Za-z0-9][A-Za-z0-9'’-]*", text)


def syllables(word: str) -> int:
    """Vowel groups, less a silent ending: an estimate, as in every grade formula."""
    word = re.sub(r"[^a-z]", "", word.lower())
    if not word:
        return 1
    count = len(re.findall(r"[aeiouy]+", word))
    if re.search(r"[^aeiouylr]e$|[aeiou][lr]e$|[^aeioutd]ed$|[^aeiousxzcg]es$", word):
        count -= 1
    return max(1, count)


def grade(parts: list[str]) -> float:
    """The Flesch-Kincaid grade of a text given as sentences."""
    spoken = [word for part in parts for word in words(part)]
    per_word = sum(map(syllables, spoken)) / len(spoken)
    return 0.39 * len(spoken) / len(parts) + 11.8 * per_word - 15.59


ALL_TEXTS = texts()


def by_file() -> dict[str, list[str]]:
    fill = placeholders()
    found: dict[str, list[str]] = {}
    for name, text in ALL_TEXTS:
        found.setdefault(name, []).extend(sentences(text, fill))
    return {name: parts for name, parts in found.items() if parts}


# --- the words ---------------------------------------------------------------------------------


def test_the_lint_reads_words_as_a_person_would() -> None:
    assert sentences("Stop. Is it {x}?", {"x": "all right"}) == ["Stop.", "Is it all right?"]
    assert (sentences("cat cow"), chunks("cat cow")) == ([], ["cat cow"])
    counted = {"back": 1, "knees": 1, "joined": 1, "moved": 1, "fine": 1, "little": 2, "needed": 2}
    assert {word: syllables(word) for word in counted} == counted
    assert syllables("paracetamol") == 5
    # The worked figure of the formula: 10 words and 11 syllables in one sentence.
    assert grade(["You can move your back a little if it helps."]) == pytest.approx(1.29)


def test_no_sentence_is_longer_than_twenty_words() -> None:
    fill = placeholders()
    long = [
        f"{name}: {len(words(part))} words: {part}"
        for name, text in ALL_TEXTS
        for part in chunks(text, fill)
        if len(words(part)) > MAX_WORDS
    ]
    assert not long, "\n".join(long)


def test_the_words_are_easy_to_read() -> None:
    grades = {name: mean(grade([part]) for part in parts) for name, parts in by_file().items()}
    assert len(grades) > len(TOPICS) + len(EXERCISES)
    assert {name: value for name, value in grades.items() if value > MAX_MEAN_GRADE} == {}


def test_no_forbidden_word_is_spoken() -> None:
    found = [
        f"{name}: {text}"
        for name, text in ALL_TEXTS
        # An identifier such as CES_SADDLE is not speech.
        if " " in text and any(word in text.lower() for word in FORBIDDEN)
    ]
    assert not found, "\n".join(found)


def emergency_numbers() -> set[str]:
    found = {"999", "911", "111", "112", "000"}
    for region in read(CONTENT / "numbers.yaml").values():
        for key in ("emergency", "urgent", "crisis"):
            found |= {n.replace(" ", "") for n in re.findall(r"<([\d ]+)>", region[key])}
    return found


def names_a_number(text: str, numbers: set[str]) -> bool:
    """Whether a text holds one of the numbers, in figures, in words, or as "triple nine"."""
    flat = " ".join(words(text.lower().replace("-", " ").replace("double o", "zero zero")))
    flat = re.sub(r"\b(oh|nought)\b", "zero", flat)
    flat = re.sub(r"\btriple (\w+)\b", r"\1 \1 \1", flat)
    flat = re.sub(r"\bdouble (\w+)\b", r"\1 \1", flat)
    spelled = " ".join(
        " ".join(DIGIT[c] for c in token) if token.isdigit() else token for token in flat.split()
    )
    return any(
        re.search(rf"\b{' '.join(DIGIT[c] for c in number)}\b", spelled) for number in numbers
    )


def test_no_telephone_number_stands_outside_numbers_yaml() -> None:
    numbers = emergency_numbers()
    for sample in ("Call 999.", "nine nine nine", "dial triple nine", "9 1 1", "call one-one-two"):
        assert names_a_number(sample, numbers), sample
    for sample in ("one or two", "in 2011", "nineteen ninety nine", "nine people"):
        assert not names_a_number(sample, numbers), sample
    found = [
        f"{name}: {text}"
        for name, text in ALL_TEXTS
        if name != "numbers.yaml" and names_a_number(text, numbers)
    ]
    assert not found, "\n".join(found)


FORCE = re.compile(
    r"\b(thrust|jerk|yank|wrench|snap)\b"
    r"|\b(crack|pop) (it|them|your|his|her|their|the|my|another|someone)\b"
    r"|\b(push|press|pull|twist|turn|lean|bounce|drop|roll)\b.*\b(hard|sharply|suddenly|fast|quickly)\b"
    r"|\b(stand|walk|jump) on (your|his|her|their|the|someone's) back\b"
    r"|\broll your (neck|head|low back)\b",
    re.IGNORECASE,
)
REFUSAL = re.compile(r"\b(no|not|never|nobody|don't|won't|can't|cannot|without)\b", re.IGNORECASE)


def tells_to_force(sentence: str) -> bool:
    """Whether a statement tells somebody to use force (a question or a warning does not)."""
    found = FORCE.search(sentence)
    return bool(
        found and not sentence.endswith("?") and not REFUSAL.search(sentence[: found.start()])
    )


def test_nothing_tells_anyone_to_thrust() -> None:
    for sample in ("Press down hard.", "Crack your neck.", "Now snap it round.", "Roll your neck."):
        assert tells_to_force(sample), sample
    for sample in (
        "Never twist hard.",
        "Has your neck been twisted hard?",
        "Press your feet down.",
    ):
        assert not tells_to_force(sample), sample
    found = [
        f"{name}: {part}"
        for name, parts in by_file().items()
        for part in parts
        if tells_to_force(part)
    ]
    assert not found, "\n".join(found)


# --- the links ---------------------------------------------------------------------------------


def cited(node: object) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from cited(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "sources":
                assert isinstance(value, list), value
                assert value, "a list of sources is empty"
                yield from value
            else:
                yield from cited(value)


def test_every_source_exists() -> None:
    sources = read(CONTENT / "sources.yaml")
    for name, source in sources.items():
        assert source["title"], name
        assert source["mark"] in {"seen", "part", "known"}, name
        assert source.keys() <= {"title", "url", "year", "mark"}, name
        assert source.get("url", "https://").startswith("https://"), name
        assert isinstance(source.get("year", 0), int), name
    for path in CONTENT.rglob("*.yaml"):
        if path.name not in UNSPOKEN_FILES:
            missing = set(cited(read(path))) - sources.keys()
            assert not missing, f"{path.name}: {missing}"


def test_the_topics_are_the_thirty_seven() -> None:
    topics = folder("topics")
    assert sorted(topics, key=lambda name: topics[name]["number"]) == TOPICS
    assert [topics[name]["number"] for name in TOPICS] == list(range(1, 38))
    for name, topic in topics.items():
        assert set(topic) == TOPIC_KEYS, name
        assert topic["id"] == name
        assert topic["title"].endswith("?"), name
        assert 1 <= len(topic["answer"]) <= 3, name
        assert len(topic["more"]) <= 3, name
        assert topic["offer"] in {"check", "exercise", "none"}, name
        assert topic["sources"], name
        for line in (*topic["answer"], *topic["more"]):
            assert len(sentences(line)) == 1, f"{name}: {line}"
            assert not re.search(r"\d", line), f"{name}: write figures as words: {line}"
            assert set(re.findall(r"{(\w*)}", line)) <= {"number"}, f"{name}: {line}"


def test_every_related_topic_exists() -> None:
    for name, topic in folder("topics").items():
        related = topic["related"]
        assert related, name
        assert set(related) <= set(TOPICS) - {name}, name
        assert len(related) == len(set(related)), name


def test_the_exercises_are_the_fourteen() -> None:
    exercises = folder("exercises")
    known = read(CONTENT / "flags.yaml").keys() | CONDITIONS
    assert set(exercises) == set(EXERCISES)
    for name, exercise in exercises.items():
        assert set(exercise) == EXERCISE_KEYS, name
        assert exercise["id"] == name
        assert exercise["regions"], name
        assert set(exercise["regions"]) <= {"low_back", "upper_back", "neck"}, name
        assert exercise["setup"], name
        assert exercise["steps"], name
        assert set(exercise["bars"]) <= known, name
        assert exercise["adapt"].keys() <= known - set(exercise["bars"]), name
        spoken = (
            *exercise["setup"],
            *exercise["steps"],
            *exercise["adapt"].values(),
            exercise["breath"],
            exercise["dose"],
        )
        for line in spoken:
            assert len(sentences(line)) == 1, f"{name}: {line}"
            assert not re.search(r"[\d{}]", line), f"{name}: {line}"


def test_exercises_are_barred_and_adapted_as_the_table_says() -> None:
    exercises = folder("exercises")

    def with_bar(flag: str) -> set[str]:
        return {name for name, exercise in exercises.items() if flag in exercise["bars"]}

    def with_adaptation(flag: str) -> set[str]:
        return {name for name, exercise in exercises.items() if flag in exercise["adapt"]}

    assert with_bar("FRAGILE") == {"roller_thoracic", "roller_towel", "knee_to_chest"}
    assert with_adaptation("FRAGILE") == set(
        ids("cat_cow knee_rolls child_pose open_book seated_rotation")
    )
    assert with_bar("later_pregnancy") == set(
        ids("roller_thoracic knee_to_chest knee_rolls bridge")
    )
    assert with_adaptation("later_pregnancy") == {"pelvic_tilt"}
    assert with_bar("PREGNANT") == {"roller_thoracic"}
    assert with_adaptation("PREGNANT") == {"cat_cow"}
    assert with_bar("hip_replacement") == {"knee_to_chest"}
    assert with_bar("wrist") == {"bird_dog"}
    assert with_adaptation("wrist") == {"cat_cow"}
    assert with_adaptation("knee") == {"cat_cow", "child_pose"}
    assert with_bar("shoulder") == {"doorway"}
    assert with_adaptation("shoulder") == {"open_book"}
    assert with_bar("balance") == {"bird_dog"}
    assert with_bar("chest_injury") == with_bar("breathless") == {"roller_thoracic"}
    assert with_bar("POST_CRACK") == {"roller_thoracic", "chin_tuck"}


def test_no_neck_exercise_after_a_neck_event_and_no_roller_off_the_upper_back() -> None:
    for name, exercise in folder("exercises").items():
        if "neck" in exercise["regions"]:
            assert set(exercise["bars"]) >= set(
                ids("POST_CRACK NECK_TRIGGER NECK_DIZZY HANDS_CORD")
            ), name
        if name.startswith("roller"):
            assert exercise["regions"] == ["upper_back"], name
