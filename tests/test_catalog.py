import json
import re
import subprocess
from pathlib import Path

import pytest

from models import catalog as models
from models.catalog import (
    BUNDLED,
    SCORES,
    bundled_path,
    catalog,
    entry_named,
    entry_path,
    resolve,
)
from models.errors import NotInstalledError, UnknownModelError
from models.manifest import MANIFEST, missing_parts, verify

SMALL = "vosk-model-small-en-us-0.15"


def test_the_bundled_model_comes_first_and_the_official_ones_follow() -> None:
    names = [entry.name for entry in catalog()]
    assert names == ["en-us-small", SMALL, "vosk-model-en-us-0.22-lgraph"]
    assert [entry.bundled for entry in catalog()] == [True, False, False]


def test_official_models_are_pinned() -> None:
    for entry in catalog()[1:]:
        assert entry.url == f"https://alphacephei.com/vosk/models/{entry.name}.zip"
        assert re.fullmatch(r"[0-9a-f]{64}", entry.sha256)
        assert entry.unpacked_limit > entry.size > 40_000_000
    small = entry_named(SMALL)
    assert small.size == 41_205_931
    assert small.sha256 == "30f26242c4eb449f948e42cb302dd7a686cb29a3423a8367f99ff41780942498"


def test_names_are_safe_as_folders() -> None:
    for entry in catalog():
        assert re.fullmatch(r"[a-z0-9][a-z0-9.-]*", entry.name)


def test_scores_are_said_plainly() -> None:
    bundled = entry_named(BUNDLED).hears
    scores = json.loads((bundled_path() / SCORES).read_text())
    assert len(scores) >= 4
    for score in scores:
        assert f"{score['percent']:g} on {score['speech']}" in bundled
    assert "9.85" in entry_named(SMALL).hears
    assert "official model" in models.ADVICE
    assert "no network" in models.ADVICE


def test_the_bundled_model_is_whole() -> None:
    state = verify(bundled_path())
    assert state.ok, str(state)
    assert state.known
    assert str(state) == "every file as published"
    listed = (bundled_path() / MANIFEST).read_text().splitlines()
    names = {line.split("  ")[1] for line in listed}
    files = {p.relative_to(bundled_path()).as_posix() for p in bundled_path().rglob("*.*")}
    assert files - names == set()
    sizes = [(bundled_path() / name).stat().st_size for name in (*names, MANIFEST)]
    assert sum(sizes) == entry_named(BUNDLED).size < 40_000_000


def test_sha256sum_agrees_with_the_bundled_manifest() -> None:
    command = ["sha256sum", "--check", "--strict", "--quiet", MANIFEST]
    assert subprocess.run(command, cwd=bundled_path(), check=False).returncode == 0


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UnknownModelError, match="'nope'") as caught:
        entry_named("nope")
    assert SMALL in caught.value.hint


def test_nothing_chosen_is_the_bundled_model(tmp_path: Path) -> None:
    assert resolve(None, tmp_path) == resolve(BUNDLED, tmp_path) == bundled_path()


def test_a_catalogue_name_is_found_where_it_was_installed(tmp_path: Path) -> None:
    with pytest.raises(NotInstalledError) as caught:
        resolve(SMALL, tmp_path)
    assert caught.value.hint == f"Install it: backtalk models install {SMALL}"
    path = entry_path(entry_named(SMALL), tmp_path)
    path.parent.mkdir(parents=True)
    path.symlink_to(bundled_path())
    assert resolve(SMALL, tmp_path) == path


def test_a_folder_with_a_model_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert resolve(str(bundled_path()), tmp_path) == bundled_path()
    monkeypatch.chdir(bundled_path().parent)
    assert resolve(f"./{BUNDLED}", tmp_path) == bundled_path()


def test_a_folder_without_a_model_says_what_one_holds(tmp_path: Path) -> None:
    with pytest.raises(UnknownModelError, match="holds no Vosk model") as caught:
        resolve(str(tmp_path), tmp_path)
    assert "am/final.mdl" in caught.value.hint
    with pytest.raises(UnknownModelError, match="no model or folder"):
        resolve(str(tmp_path / "absent"), tmp_path)


@pytest.mark.parametrize(
    ("files", "missing"),
    [
        ((), ("am/final.mdl",)),
        (
            ("am/final.mdl",),
            (
                "conf/mfcc.conf",
                "conf/model.conf",
                "graph/words.txt",
                "graph/HCLr.fst",
                "graph/Gr.fst",
            ),
        ),
        (
            ("am/final.mdl", "conf/mfcc.conf", "conf/model.conf", "graph/words.txt"),
            ("graph/HCLr.fst", "graph/Gr.fst"),
        ),
        (("final.mdl", "mfcc.conf", "words.txt", "HCLr.fst"), ("Gr.fst",)),
        (("final.mdl", "mfcc.conf", "words.txt", "HCLG.fst"), ()),
    ],
)
def test_missing_parts_are_named(
    tmp_path: Path, files: tuple[str, ...], missing: tuple[str, ...]
) -> None:
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert missing_parts(tmp_path) == missing


def test_a_damaged_manifest_is_no_proof(tmp_path: Path) -> None:
    for name in ("final.mdl", "mfcc.conf", "words.txt", "HCLG.fst"):
        (tmp_path / name).touch()
    (tmp_path / MANIFEST).write_bytes(b"\xff\xfe junk\n\n")
    state = verify(tmp_path)
    assert state.ok
    assert not state.known
    assert str(state) == "layout right"
    (tmp_path / MANIFEST).write_text("0" * 64 + "  final.mdl\n" + "0" * 64 + "  gone\n")
    assert str(verify(tmp_path)) == "missing: gone; changed: final.mdl"
