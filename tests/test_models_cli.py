import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from audio.recognizer import SpeechModel
from models import catalog
from models.catalog import BUNDLED, bundled_path, models_dir
from models.errors import (
    BacktalkError,
    BrokenModelError,
    BundledModelError,
    DownloadError,
    NotInstalledError,
    UnknownModelError,
)
from models.manifest import MANIFEST
from skill.commands.models import app
from skill.settings import Settings, SettingsError, load_settings, save_settings
from tests.broken_server import Web, ranged, serving, stalled, status, whole
from tests.small_model import NAME, entry_for, model_zip

ARCHIVE = model_zip()


@pytest.fixture(autouse=True)
def home(isolated_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NO_PROXY", "*")
    return isolated_home


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """A server whose model stands in the catalogue beside the bundled one."""
    with serving() as web:
        offer(monkeypatch, web, ARCHIVE)
        yield web


def offer(monkeypatch: pytest.MonkeyPatch, web: Web, archive: bytes) -> None:
    entry = entry_for(archive, web.url, limit=50_000_000)
    monkeypatch.setattr(catalog, "_OFFICIAL", (entry,))
    web.script = [whole(archive)]


def run(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == code, (result.output, result.exception)
    return result


def fail(kind: type[Exception], *arguments: str) -> str:
    """Run a command that raises; the command line shows such an error as one line."""
    error = CliRunner().invoke(app, arguments).exception
    assert isinstance(error, kind), error
    assert getattr(error, "hint", "")
    return str(error)


def test_the_list_says_what_each_model_scores() -> None:
    output = run("list").output
    assert (
        f"en-us-small  (in use, {catalog.entry_named('en-us-small').size / 1e6:.0f} MB)" in output
    )
    assert "vosk-model-small-en-us-0.15  (not installed, 41 MB to download)" in output
    for entry in catalog.catalog():
        assert entry.hears in output
    assert catalog.ADVICE in output


def test_a_model_goes_through_its_whole_life(web: Web, home: Path) -> None:
    output = run("install", NAME).output
    assert f"{NAME} is installed: {models_dir(home) / NAME}" in output
    assert f"backtalk models use {NAME}" in output
    assert f"{NAME}  (installed, " in run("list").output
    assert "already installed" in run("install", NAME).output
    run("use", NAME)
    assert load_settings().model == NAME
    assert f"{NAME}  (in use, " in run("list").output
    output = run("verify").output
    assert f"{BUNDLED}: ok, every file as published" in output
    assert f"{NAME}: ok, every file as published" in output
    output = run("remove", NAME).output
    assert f"now hears with {BUNDLED}" in output
    assert load_settings().model is None
    assert f"{NAME}  (not installed, " in run("list").output


def test_the_progress_is_shown_apart_from_the_answer(web: Web) -> None:
    result = run("install", NAME)
    assert "Download" in result.stderr
    assert "Unpack" in result.stderr
    assert "Download" not in result.stdout


def test_a_real_model_installed_from_a_server_hears(
    home: Path, monkeypatch: pytest.MonkeyPatch, web: Web
) -> None:
    path = home / "real.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(bundled_path().rglob("*.*")):
            if file.name != MANIFEST:
                archive.write(file, f"real/{file.relative_to(bundled_path())}")
    offer(monkeypatch, web, path.read_bytes())
    run("install", NAME)
    run("use", NAME)
    chosen = catalog.resolve(load_settings().model, home)
    assert chosen == models_dir(home) / NAME
    assert SpeechModel.load(chosen).knows("back")


def test_a_file_is_installed_with_no_network(web: Web, home: Path) -> None:
    stick = home / "stick.zip"
    stick.write_bytes(ARCHIVE)
    web.script = [status(500)]
    assert "is installed" in run("install", NAME, "--from", str(stick)).output
    assert web.requests == []


def test_other_settings_are_kept(web: Web) -> None:
    save_settings(Settings(region="uk", rate=120, unknown={"later": 1}))
    run("install", NAME)
    run("use", NAME)
    assert load_settings() == Settings(region="uk", rate=120, model=NAME, unknown={"later": 1})


def test_the_bundled_model_is_used_by_default_and_by_name(web: Web) -> None:
    run("install", NAME)
    run("use", NAME)
    run("use", BUNDLED)
    assert load_settings().model is None


def test_a_folder_can_be_used(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "mine").symlink_to(bundled_path())
    monkeypatch.chdir(home)
    run("use", "./mine")
    assert load_settings().model == str(home / "mine")
    assert f"{home / 'mine'}  (in use)" in run("list").output


def test_removing_another_model_leaves_the_choice(web: Web, home: Path) -> None:
    (home / "mine").symlink_to(bundled_path())
    run("install", NAME)
    run("use", str(home / "mine"))
    run("remove", NAME)
    assert load_settings().model == str(home / "mine")


def test_names_that_do_not_exist_are_refused(home: Path) -> None:
    for command in ("install", "verify", "use", "remove"):
        assert "nope" in fail(UnknownModelError, command, "nope")
        assert "../evil" in fail(UnknownModelError, command, "../evil")
    assert load_settings() == Settings()


def test_the_bundled_model_stays() -> None:
    fail(BundledModelError, "remove", BUNDLED)
    fail(BundledModelError, "install", BUNDLED)
    assert bundled_path().is_dir()


def test_what_is_not_installed_is_neither_used_nor_verified_nor_removed(web: Web) -> None:
    for command in ("use", "verify", "remove"):
        assert "not installed" in fail(NotInstalledError, command, NAME)


def test_a_broken_model_is_told_and_cannot_be_used(web: Web, home: Path) -> None:
    run("install", NAME)
    (models_dir(home) / NAME / "graph/words.txt").write_text("yes 1\n")
    result = run("verify", code=1)
    assert f"{BUNDLED}: ok" in result.stdout
    assert f"{NAME}: broken, changed: graph/words.txt" in result.stdout
    assert f"backtalk models install {NAME}" in result.stderr
    assert "changed" in fail(BrokenModelError, "use", NAME)
    run("install", NAME)
    run("verify", NAME)


def test_a_model_in_use_whose_files_vanished_is_told(web: Web) -> None:
    save_settings(Settings(model=NAME))
    assert f"{NAME}  (in use, but not installed" in run("list").output


def test_a_missing_file_on_the_server_is_told(web: Web) -> None:
    web.script = [status(404)]
    assert "404" in fail(DownloadError, "install", NAME)


def test_broken_settings_stop_before_anything_is_removed(web: Web, home: Path) -> None:
    run("install", NAME)
    (home / "settings.json").write_text("{")
    for command in (["use", NAME], ["remove", NAME], ["list"]):
        fail(SettingsError, *command)
    assert (models_dir(home) / NAME).is_dir()


def test_errors_end_with_the_right_exit_code() -> None:
    assert UnknownModelError.exit_code == 2
    assert DownloadError.exit_code == BrokenModelError.exit_code == 1
    assert issubclass(DownloadError, BacktalkError)


_CHILD = """
import sys
sys.path[:0] = [{root!r}]
from models import catalog
from tests.small_model import entry_for, model_zip
catalog._OFFICIAL = (entry_for(model_zip(), sys.argv.pop(1)),)
from skill.commands.models import app
app()
"""


def test_ctrl_c_keeps_the_part_and_the_next_run_goes_on(web: Web, home: Path) -> None:
    web.script = [stalled(ARCHIVE, 163_840, web)]
    code = _CHILD.format(root=str(Path(__file__).parent.parent))
    command = [sys.executable, "-c", code, web.url, "install", NAME]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        part = models_dir(home) / f".{NAME}.zip.part"
        deadline = time.monotonic() + 30
        while not part.exists() or part.stat().st_size < 163_840:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"kept" in err
    assert b"Traceback" not in err
    assert out == b""
    web.requests.clear()
    web.script = [ranged(ARCHIVE)]
    run("install", NAME)
    assert web.ranges == ["bytes=163840-"]


@pytest.mark.parametrize("command", ["list", "install", "verify", "use", "remove"])
def test_every_command_has_an_example(command: str) -> None:
    assert f"Example: backtalk models {command}" in " ".join(run(command, "--help").output.split())
