"""The house itself: what a file may hold, what may import what, and papers that say the truth."""

import ast
import json
import re
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from models.catalog import BUNDLED, catalog, entry_named
from skill.content import load_content
from skill.conversation import Conversation
from skill.turn import Turn
from skill.wire import chat_object

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("audio", "intents", "models", "skill")
MOST_LINES = 300
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCK = (ROOT / "requirements.lock").read_text()

# What a checkout holds that nobody wrote.
MADE = {"build", "dist", "out", "__pycache__"}
TEXT = {".py", ".md", ".toml", ".yaml", ".sh", ".svg", ".lock", ".tsv", ".jsonl", ""}


def files() -> Iterator[Path]:
    """Every file that somebody wrote."""
    for top in ROOT.iterdir():
        if top.name in MADE or (top.name.startswith(".") and top.name != ".ci"):
            continue
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file() and not MADE.intersection(path.parts[len(ROOT.parts) :]):
                yield path


def modules(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def requirements(lines: list[str]) -> list[str]:
    """The names of requirements such as `numpy>=1.26`."""
    return [re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in lines]


RUNTIME = requirements(PROJECT["dependencies"])
OPTIONAL = requirements([r for extra in PROJECT["optional-dependencies"].values() for r in extra])
DEV = requirements(PROJECT["optional-dependencies"]["dev"])


# --- code --------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", modules(*PACKAGES), ids=name)
def test_a_module_says_what_it_is_and_is_short(path: Path) -> None:
    text = path.read_text()
    docstring = ast.get_docstring(ast.parse(text)) or ""
    first = docstring.partition("\n")[0]
    assert len(first.split()) >= 3, "its docstring says too little"
    assert first[-1] in ".:", "its docstring does not begin with a sentence"
    length = len(text.splitlines())
    assert length <= MOST_LINES


@pytest.mark.parametrize("path", modules("benchmarks", "docs"), ids=name)
def test_a_script_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text()))


def test_nothing_imports_the_tests() -> None:
    for path in modules(*PACKAGES, "benchmarks", "docs"):
        for node in ast.walk(ast.parse(path.read_text())):
            found = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                found = [node.module or ""]
            assert not [m for m in found if m.partition(".")[0] == "tests"], name(path)


def test_the_import_rules_hold() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def spoken_literals(source: str) -> list[str]:
    """Sentences in code: strings of two words or more that end as a sentence does.

    Docstrings and the words of errors are none.
    """
    tree = ast.parse(source)
    unspoken: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise):
            unspoken.update(ast.walk(node))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            unspoken.add(node.value)  # a docstring, or a comment on a constant
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and node not in unspoken
        and isinstance(node.value, str)
        and " " in node.value.strip()
        and node.value.rstrip()[-1] in ".?!"
    ]


def test_the_lint_finds_a_sentence_in_code() -> None:
    source = (
        '"""A module."""\nX = "Call a doctor."\n"""What X is."""\nraise ValueError("Not so.")\n'
    )
    assert spoken_literals(source) == ["Call a doctor."]
    assert spoken_literals("def f(n: int) -> str:\n    return f'You have {n} left.'\n") == []
    assert spoken_literals("def f(n: int) -> str:\n    return f'Take {n} steps back.'\n")


@pytest.mark.parametrize("path", modules("skill/dialog", "skill/triage"), ids=name)
def test_the_dialogue_holds_no_words_of_its_own(path: Path) -> None:
    assert spoken_literals(path.read_text()) == []


# --- what is written where ---------------------------------------------------------------------


# Put together here, so that this file does not name them.
PLACES = tuple(f"/{top}/" for top in ("work", "root", "home", "opt", "srv"))
URL = re.compile(r"\b(?:https?|git|ssh)://(?:[^/\s@]*@)?([\w.-]+)")
PRIVATE = ("internal", "local", "lan", "corp", "intranet", "home")


@pytest.mark.parametrize("path", [p for p in files() if p.suffix in TEXT], ids=name)
def test_a_file_names_nothing_that_only_one_machine_has(path: Path) -> None:
    text = path.read_text(encoding="utf-8", errors="replace")
    assert [place for place in PLACES if place in text] == []
    assert [host for host in URL.findall(text) if host.rpartition(".")[2] in PRIVATE] == []


def test_the_lock_names_versions_and_hashes_only() -> None:
    for line in LOCK.splitlines():
        assert re.fullmatch(
            r"[\w.-]+==[\w.!+]+( ; [^\\]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?", line
        ), line
        assert "/" not in line


def test_every_dependency_is_locked() -> None:
    locked = {m.replace("_", "-").lower() for m in re.findall(r"^([\w.-]+)==", LOCK, re.M)}
    assert {n.lower() for n in (*RUNTIME, *DEV)} <= locked


def test_what_makes_the_speech_model_is_pinned() -> None:
    # Too large for everybody's lock: torch alone is hundreds of megabytes.
    extra = PROJECT["optional-dependencies"]["train"]
    assert [r for r in extra if not re.fullmatch(r"[\w-]+==[\w.]+", r)] == []


# --- papers ------------------------------------------------------------------------------------


def paper(path: str) -> str:
    return (ROOT / path).read_text()


def papers() -> list[Path]:
    return [path for path in files() if path.suffix == ".md"]


@pytest.mark.parametrize("path", papers(), ids=name)
def test_what_a_paper_points_to_is_there(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)|src=\"([^\"]+)\"", path.read_text()):
        link = "".join(target)
        if "://" not in link:
            assert (path.parent / link).exists(), link


def test_every_dependency_has_its_reason() -> None:
    reasons = re.findall(r"^\| `([\w.-]+)` \| (.+) \|$", paper("docs/dependencies.md"), re.M)
    named = [n for n, _ in reasons]
    assert sorted(named) == sorted({*RUNTIME, *OPTIONAL})
    assert all(len(why.split()) >= 4 for _, why in reasons)


def test_the_notice_names_every_library_that_runs() -> None:
    notice = paper("NOTICE").lower()
    assert [n for n in RUNTIME if n.lower() not in notice] == []


def test_the_readme_shows_every_way_in() -> None:
    readme = paper("README.md")
    commands = sorted(p.stem for p in (ROOT / "skill" / "commands").glob("[a-z]*.py"))
    helpers = {"lines", "talk"}
    assert [c for c in commands if c not in helpers and f"backtalk {c}" not in readme] == []
    for words in ("make demo", "make test", "no doctor", "cannot call for help", "GPL-3"):
        assert words in readme


def test_the_readme_gives_the_measured_scores() -> None:
    readme = paper("README.md")
    for score in entry_named(BUNDLED).scores:
        assert re.search(rf"^\| {re.escape(score.speech)} \| {score.percent:g} \|$", readme, re.M)
    official = next(e for e in catalog() if not e.bundled)
    assert f"backtalk models install {official.name}" in readme


def test_the_readme_shows_an_exchange_as_it_is() -> None:
    (block,) = re.findall(r"```json\n(.+?)```", paper("README.md"), re.DOTALL)
    shown = json.loads(block)
    talk = Conversation.open(region="uk", introduced=True)
    talk.launch()
    got = chat_object(talk.step(Turn.said(shown["heard"])), shown["heard"])
    assert {**got, "score": shown["score"]} == shown
    assert 0 < got["score"] <= 1


def test_the_clinical_paper_shows_the_decision_table_as_it_is() -> None:
    rows = re.findall(
        r"^\| (R\d\d) \| (\w+) \| (.+?) \| (.+?) \|$", paper("docs/clinical.md"), re.M
    )
    rules = load_content().rules
    assert [row[:2] for row in rows] == [(rule.id, rule.level) for rule in rules]
    known = yaml.safe_load(paper("skill/content/en_US/sources.yaml"))
    for rule, _, words, sources in rows:
        assert len(words.split()) >= 4, rule
        assert re.findall(r"S\d+", sources), rule
        assert set(re.findall(r"S\d+", sources)) <= set(known), rule


def test_the_clinical_paper_says_that_nobody_has_reviewed_it() -> None:
    head = paper("docs/clinical.md")[:600]
    assert "no clinician has reviewed" in " ".join(head.lower().split())


def test_the_changelog_has_this_version() -> None:
    assert re.search(rf"^## {re.escape(PROJECT['version'])}\b", paper("CHANGELOG.md"), re.M)


@pytest.mark.parametrize(
    "picture", ["docs/architecture.svg", "docs/terminal.svg", "docs/understanding.svg"]
)
def test_a_picture_is_one_file_that_a_browser_can_draw(picture: str) -> None:
    root = ET.fromstring(paper(picture))
    assert root.tag.endswith("}svg")
    assert root.get("viewBox")
    assert "<script" not in paper(picture)
