import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import pytest
import typer
from typer.testing import CliRunner

from audio.devices import Device
from audio.speaker import Speaker
from audio.wav import Pcm
from models.catalog import ADVICE, bundled_path, entry_named
from skill.commands import doctor as doctor_command
from skill.commands.doctor import Check, Status, doctor, examine
from skill.settings import Settings, save_settings

app = typer.Typer()
app.command()(doctor)


@pytest.fixture(autouse=True)
def home(isolated_home: Path) -> Path:
    return isolated_home


def found(name: str) -> Check:
    """Make every check and return one."""
    return {check.name: check for check in examine()}[name]


@contextmanager
def only(monkeypatch: pytest.MonkeyPatch, *checks: Check) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setattr(doctor_command, "examine", lambda: list(checks))
        yield


def test_on_a_fresh_machine_everything_needed_works() -> None:
    result = CliRunner().invoke(app)
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    for name in ("Python", "Libraries", "Settings", "Speech model", "Voice", "Disk"):
        assert any(line.startswith(f"ok    {name}: ") for line in lines), result.output
    assert any(line.startswith("warn  Region: ") for line in lines)
    assert lines[-2] == "Backtalk can work here."
    assert "no doctor" in lines[-1]
    assert "cannot call for help" in lines[-1]


def test_the_same_as_json() -> None:
    result = CliRunner().invoke(app, ["--json"])
    report = json.loads(result.stdout)
    assert report["works"] is True
    assert "cannot call for help" in report["notice"]
    names = [check["name"] for check in report["checks"]]
    assert len(names) == len(set(names)) == 10
    assert {check["status"] for check in report["checks"]} <= {"ok", "warn", "fail"}
    assert all(check["mend"] for check in report["checks"] if check["status"] != "ok")


def test_one_failure_means_that_it_cannot_work(monkeypatch: pytest.MonkeyPatch) -> None:
    bad = Check("Voice", Status.FAIL, "silent", "mend it")
    with only(monkeypatch, Check("Python", Status.OK, "3"), bad):
        result = CliRunner().invoke(app)
        assert result.exit_code == 1
        assert "fail  Voice: silent" in result.output
        assert "→ mend it" in result.output
        assert "cannot work here yet" in result.output
        result = CliRunner().invoke(app, ["--json"])
        assert result.exit_code == 1
        assert json.loads(result.stdout)["works"] is False


def test_a_warning_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    with only(monkeypatch, Check("Microphone", Status.WARN, "none", "plug one in")):
        assert CliRunner().invoke(app).exit_code == 0


def test_the_model_says_what_it_scores_and_that_another_hears_better() -> None:
    check = found("Speech model")
    assert check.status is Status.OK
    assert "every file as published" in check.found
    assert entry_named("en-us-small").hears in check.found
    assert ADVICE in check.mend
    assert "backtalk models install vosk-model-small-en-us-0.15" in check.mend


def test_a_model_that_is_not_installed_fails() -> None:
    save_settings(Settings(model="vosk-model-small-en-us-0.15"))
    check = found("Speech model")
    assert check.status is Status.FAIL
    assert "not installed" in check.found
    assert check.mend == "Install it: backtalk models install vosk-model-small-en-us-0.15"


@pytest.mark.parametrize("damage", ["words.txt", "Gr.fst"])
def test_a_damaged_model_fails(home: Path, damage: str) -> None:
    folder = home / "mine"
    shutil.copytree(bundled_path(), folder)
    (folder / "graph" / damage).write_bytes(b"damaged")
    save_settings(Settings(model=str(folder)))
    check = found("Speech model")
    assert check.status is Status.FAIL
    assert f"changed: graph/{damage}" in check.found
    assert "backtalk models use en-us-small" in check.mend


def test_a_model_from_elsewhere_works_with_no_score(home: Path) -> None:
    folder = home / "mine"
    shutil.copytree(bundled_path(), folder, ignore=shutil.ignore_patterns("SHA256SUMS"))
    save_settings(Settings(model=str(folder)))
    check = found("Speech model")
    assert check.status is Status.OK
    assert "layout right" in check.found
    assert "not known" in check.found


def test_a_voice_that_does_not_exist_fails() -> None:
    save_settings(Settings(voice="klingon-of-nowhere"))
    check = found("Voice")
    assert check.status is Status.FAIL
    assert "klingon-of-nowhere" in check.found
    assert check.mend


def test_a_voice_that_renders_silence_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Speaker, "render", lambda *_: Pcm(bytes(44_100), 22_050))
    assert found("Voice") == Check(
        "Voice", Status.FAIL, "default voice renders silence.", "Set up again: make setup"
    )


def test_sound_devices_are_named_or_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audio.devices.outputs", lambda: (Device(0, "USB speaker", None),))
    monkeypatch.setattr("audio.devices.inputs", lambda: ())
    assert found("Loudspeaker") == Check("Loudspeaker", Status.OK, "USB speaker")
    microphone = found("Microphone")
    assert microphone.status is Status.WARN
    assert "backtalk chat" in microphone.mend


def test_broken_settings_fail_and_the_other_checks_still_run(home: Path) -> None:
    (home / "settings.json").write_text('{"region": "atlantis"}')
    checks = {check.name: check for check in examine()}
    assert checks["Settings"].status is Status.FAIL
    assert "atlantis" in checks["Settings"].found
    assert checks["Settings"].mend
    assert checks["Speech model"].status is Status.OK


def test_unknown_settings_are_reported() -> None:
    save_settings(Settings(unknown={"volum": 3}))
    check = found("Settings")
    assert check.status is Status.WARN
    assert "volum" in check.found


def test_a_region_is_told() -> None:
    assert "no telephone number" in found("Region").found
    save_settings(Settings(region="ireland"))
    assert found("Region") == Check("Region", Status.OK, "ireland")


def test_a_missing_library_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    original = metadata.version

    def version(name: str) -> str:
        if name == "rapidfuzz":
            raise metadata.PackageNotFoundError(name)
        return original(name)

    monkeypatch.setattr(metadata, "version", version)
    assert found("Libraries") == Check(
        "Libraries", Status.FAIL, "missing: rapidfuzz", "Set up again: make setup"
    )


def test_libraries_are_listed_with_their_versions() -> None:
    assert f"vosk {metadata.version('vosk')}" in found("Libraries").found
    assert "pytest" not in found("Libraries").found


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.mark.parametrize(
    ("free", "status"),
    [(9_000_000, Status.FAIL), (100_000_000, Status.WARN), (900_000_000, Status.OK)],
)
def test_the_disk_has_room_or_not(
    monkeypatch: pytest.MonkeyPatch, free: int, status: Status
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: Usage(free * 2, free, free))
    check = found("Disk")
    assert check.status is status
    assert f"{free / 1e6:.0f} MB free" in check.found


def test_a_data_folder_that_cannot_be_written_fails(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "file").touch()
    monkeypatch.setenv("BACKTALK_HOME", str(home / "file"))
    check = found("Disk")
    assert check.status is Status.FAIL
    assert "cannot write" in check.found
    assert "BACKTALK_HOME" in check.mend


def test_the_content_is_said_to_be_unreviewed() -> None:
    check = found("Content")
    assert check.status is Status.WARN
    assert "0 of" in check.found
    assert "clinician" in check.found


def test_a_check_that_falls_over_is_a_failure_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def fall() -> Check:
        raise ZeroDivisionError("nobody thought of this")

    monkeypatch.setattr(doctor_command, "_disk", fall)
    checks = {check.name: check for check in examine()}
    assert checks["Disk"].status is Status.FAIL
    assert "nobody thought of this" in checks["Disk"].found
    assert checks["Python"].status is Status.OK
