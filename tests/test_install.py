import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from models.catalog import entry_named, models_dir
from models.disk import SPARE_BYTES
from models.download import Patience
from models.errors import (
    ArchiveError,
    BacktalkError,
    BrokenModelError,
    BundledModelError,
    BusyError,
    DiskFullError,
    DownloadError,
    FolderError,
    NotInstalledError,
)
from models.install import Stage, check, install, is_installed, remove
from models.manifest import MANIFEST
from tests.broken_server import Web, cut, ranged, serving, stalled, status, whole
from tests.small_model import FILES, NAME, entry_for, model_zip

QUICK = Patience(connect=2, read=1, attempts=2, pause=0)
ARCHIVE = model_zip()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as web:
        yield web


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def put(web: Web, home: Path, archive: bytes = ARCHIVE) -> Path:
    return install(entry_for(archive, web.url), home, patience=QUICK)


def left_in(home: Path) -> set[str]:
    """Return the names in the folder of models, the lock left out."""
    return {path.name for path in models_dir(home).iterdir()} - {".lock"}


def assert_whole(home: Path) -> None:
    folder = models_dir(home) / NAME
    for name, body in FILES.items():
        assert (folder / name).read_bytes() == body
    assert left_in(home) == {NAME}


def test_a_model_is_installed_with_its_manifest(web: Web, home: Path) -> None:
    web.script = [whole(ARCHIVE)]
    entry = entry_for(ARCHIVE, web.url)
    assert not is_installed(entry, home)
    assert put(web, home) == models_dir(home) / NAME
    assert_whole(home)
    assert is_installed(entry, home)
    state = check(entry, home)
    assert state.ok
    assert state.known
    manifest = (models_dir(home) / NAME / MANIFEST).read_text()
    assert len(manifest.splitlines()) == len(FILES)


def test_the_manifest_is_in_the_format_of_sha256sum(web: Web, home: Path) -> None:
    web.script = [whole(ARCHIVE)]
    command = ["sha256sum", "--check", "--strict", "--quiet", MANIFEST]
    assert subprocess.run(command, cwd=put(web, home), check=False).returncode == 0


def test_the_stages_are_told(web: Web, home: Path) -> None:
    web.script = [whole(ARCHIVE)]
    told: list[tuple[Stage, int, int]] = []
    install(
        entry_for(ARCHIVE, web.url),
        home,
        progress=lambda *step: told.append(step),
        patience=QUICK,
    )
    stages = [stage for stage, _, _ in told]
    assert stages == sorted(stages)
    assert (Stage.DOWNLOAD, len(ARCHIVE), len(ARCHIVE)) in told
    assert told[-1] == (Stage.UNPACK, *[sum(map(len, FILES.values()))] * 2)


def test_the_folder_is_named_by_the_catalogue_and_not_by_the_archive(web: Web, home: Path) -> None:
    archive = model_zip(top="another-name")
    web.script = [whole(archive)]
    assert put(web, home, archive).name == NAME
    assert_whole(home)


def test_a_whole_model_is_not_fetched_again(web: Web, home: Path) -> None:
    web.script = [whole(ARCHIVE)]
    put(web, home)
    put(web, home)
    assert len(web.requests) == 1


@pytest.mark.parametrize("damage", ["changed", "missing", "no layout"])
def test_a_broken_model_is_put_right(web: Web, home: Path, damage: str) -> None:
    web.script = [whole(ARCHIVE)]
    folder = put(web, home)
    if damage == "changed":
        (folder / "graph/words.txt").write_bytes(b"yes 1\n")
    elif damage == "missing":
        (folder / "graph/Gr.fst").unlink()
    else:
        (folder / "am/final.mdl").unlink()
    state = check(entry_for(ARCHIVE, web.url), home)
    assert not state.ok
    put(web, home)
    assert_whole(home)


def test_a_model_copied_by_hand_is_taken_as_it_is(web: Web, home: Path) -> None:
    folder = models_dir(home) / NAME
    for name, body in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(body)
    state = check(entry_for(ARCHIVE, web.url), home)
    assert state.ok
    assert not state.known
    assert put(web, home) == folder


def test_an_unreadable_file_is_reported(
    web: Web, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.script = [whole(ARCHIVE)]
    put(web, home)

    def unreadable(path: Path) -> str:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr("models.manifest.sha256_of", unreadable)
    state = check(entry_for(ARCHIVE, web.url), home)
    assert not state.ok
    assert "unreadable: am/final.mdl" in str(state)


def test_a_failed_download_leaves_no_model_and_keeps_the_part(web: Web, home: Path) -> None:
    web.script = [cut(ARCHIVE, 81_920), status(500)]
    with pytest.raises(DownloadError):
        put(web, home)
    assert left_in(home) == {f".{NAME}.zip.part", f".{NAME}.zip.part.json"}
    web.requests.clear()
    web.script = [ranged(ARCHIVE)]
    put(web, home)
    assert web.ranges == ["bytes=81920-"]
    assert_whole(home)


def test_a_wrong_archive_leaves_the_old_model_in_place(web: Web, home: Path) -> None:
    web.script = [whole(ARCHIVE)]
    folder = put(web, home)
    (folder / "graph/words.txt").write_bytes(b"old\n")
    web.script = [whole(ARCHIVE[:-1] + b"X")]
    with pytest.raises(DownloadError, match="checksum"):
        put(web, home)
    assert (folder / "graph/words.txt").read_bytes() == b"old\n"
    assert left_in(home) == {NAME}


def test_an_archive_that_unpacks_badly_leaves_nothing_but_itself(web: Web, home: Path) -> None:
    broken = ARCHIVE.replace(b"yes 1\nno 2\n", b"yes 1\nno 3\n")
    web.script = [whole(broken)]
    with pytest.raises(ArchiveError, match="damaged"):
        put(web, home, broken)
    assert NAME not in left_in(home)
    assert not any(name.startswith(".work") for name in left_in(home))


def test_an_archive_that_is_no_model_is_refused(web: Web, home: Path) -> None:
    archive = model_zip({"readme.txt": b"no model"})
    web.script = [whole(archive)]
    with pytest.raises(BrokenModelError, match=r"am/final\.mdl"):
        put(web, home, archive)
    assert NAME not in left_in(home)


def test_an_archive_over_its_limit_is_refused(web: Web, home: Path) -> None:
    web.script = [whole(ARCHIVE)]
    with pytest.raises(ArchiveError, match="over 1000"):
        install(entry_for(ARCHIVE, web.url, limit=1000), home, patience=QUICK)
    assert NAME not in left_in(home)


def test_an_older_layout_with_one_graph_is_a_model(web: Web, home: Path) -> None:
    archive = model_zip(dict.fromkeys(("final.mdl", "mfcc.conf", "words.txt", "HCLG.fst"), b"x"))
    web.script = [whole(archive)]
    assert (put(web, home, archive) / "HCLG.fst").is_file()


# From a file.


def test_a_file_carried_on_a_stick_is_installed_and_left_alone(tmp_path: Path, home: Path) -> None:
    stick = tmp_path / "stick.zip"
    stick.write_bytes(ARCHIVE)
    install(entry_for(ARCHIVE, "http://nowhere.invalid/"), home, archive=stick)
    assert_whole(home)
    assert stick.read_bytes() == ARCHIVE


@pytest.mark.parametrize(
    ("content", "words"),
    [(ARCHIVE[:-1], "bytes"), (ARCHIVE[:-1] + b"X", "checksum"), (b"", "0 bytes")],
)
def test_another_file_is_refused(tmp_path: Path, home: Path, content: bytes, words: str) -> None:
    stick = tmp_path / "stick.zip"
    stick.write_bytes(content)
    with pytest.raises(ArchiveError, match=words) as caught:
        install(entry_for(ARCHIVE, "http://nowhere.invalid/"), home, archive=stick)
    assert caught.value.exit_code == 2
    assert left_in(home) == set()


def test_a_file_that_is_not_there_is_named(tmp_path: Path, home: Path) -> None:
    for path in (tmp_path / "absent.zip", tmp_path):
        with pytest.raises(ArchiveError, match="There is no file"):
            install(entry_for(ARCHIVE, "http://nowhere.invalid/"), home, archive=path)


# The disk.


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def test_room_is_checked_before_the_download(
    web: Web, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = entry_for(ARCHIVE, web.url)
    need = entry.size + entry.unpacked_limit + SPARE_BYTES
    web.script = [whole(ARCHIVE)]
    monkeypatch.setattr("shutil.disk_usage", lambda path: Usage(need, 1, need - 1))
    with pytest.raises(DiskFullError, match="51 MB are needed, 51 MB are free") as caught:
        put(web, home)
    assert "BACKTALK_HOME" in caught.value.hint
    assert web.requests == []
    monkeypatch.setattr("shutil.disk_usage", lambda path: Usage(need, 0, need))
    put(web, home)
    assert_whole(home)


def test_a_disk_that_fills_during_the_download_keeps_the_part(
    web: Web, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.script = [cut(ARCHIVE, 81_920), status(500)]
    with pytest.raises(DownloadError):
        put(web, home)
    part = models_dir(home) / f".{NAME}.zip.part"
    original = Path.open

    class Full:
        """A file on a full disk."""

        def __enter__(self) -> "Full":
            return self

        def __exit__(self, *exception: object) -> None:
            pass

        def write(self, data: bytes) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    def opened(path: Path, mode: str = "r", *arguments: object, **named: object) -> object:
        if path == part and mode == "ab":
            return Full()
        return original(path, mode, *arguments, **named)  # type: ignore[call-overload]

    web.script = [ranged(ARCHIVE)]
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", opened)
        with pytest.raises(DiskFullError, match="became full") as caught:
            put(web, home)
    assert "again" in caught.value.hint
    assert part.stat().st_size == 81_920
    put(web, home)
    assert_whole(home)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_device_that_is_really_full_is_named(web: Web, home: Path) -> None:
    web.script = [cut(ARCHIVE, 81_920), status(500)]
    with pytest.raises(DownloadError):
        put(web, home)
    part = models_dir(home) / f".{NAME}.zip.part"
    part.unlink()
    part.symlink_to("/dev/full")
    web.script = [whole(ARCHIVE)]
    with pytest.raises(DiskFullError):
        put(web, home)


def test_a_disk_that_fills_while_unpacking_keeps_the_download(
    web: Web, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.EDQUOT, "Disk quota exceeded")

    web.script = [whole(ARCHIVE)]
    with monkeypatch.context() as patch:
        patch.setattr("models.archive.os.fsync", full)
        with pytest.raises(DiskFullError):
            put(web, home)
    assert left_in(home) == {f".{NAME}.zip"}
    put(web, home)
    assert_whole(home)
    assert len(web.requests) == 1


def test_a_kept_download_that_rotted_is_fetched_again(web: Web, home: Path) -> None:
    models_dir(home).mkdir(parents=True)
    (models_dir(home) / f".{NAME}.zip").write_bytes(ARCHIVE[:-1] + b"X")
    web.script = [whole(ARCHIVE)]
    put(web, home)
    assert_whole(home)


def test_a_folder_that_cannot_be_written_is_named(web: Web, tmp_path: Path) -> None:
    """A file stands where the folder should be: that stops even the superuser."""
    home = tmp_path / "home"
    home.write_text("in the way")
    with pytest.raises(FolderError, match=str(home)) as caught:
        put(web, home)
    assert "BACKTALK_HOME" in caught.value.hint
    assert home.read_text() == "in the way"


def test_a_folder_with_no_permission_is_named(
    web: Web, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*arguments: object, **named: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", denied)
    with pytest.raises(FolderError, match="Permission denied"):
        put(web, home)


# Two at once, stopped, killed.

_CHILD = """
import sys
from pathlib import Path
sys.path[:0] = [{root!r}]
from models.install import install
from models.download import Patience
from tests.small_model import entry_for, model_zip
install(entry_for(model_zip(), sys.argv[1]), Path(sys.argv[2]), patience=Patience(read=60))
"""


@pytest.fixture
def child(web: Web, home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process in the middle of the download: 163,840 bytes are there, and no more come."""
    web.script = [stalled(ARCHIVE, 163_840, web)]
    code = _CHILD.format(root=str(Path(__file__).parent.parent))
    with subprocess.Popen(
        [sys.executable, "-c", code, web.url, str(home)], stderr=subprocess.PIPE
    ) as process:
        part = models_dir(home) / f".{NAME}.zip.part"
        deadline = time.monotonic() + 30
        while not part.exists() or part.stat().st_size < 163_840:
            assert process.poll() is None, process.stderr and process.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        try:
            yield process
        finally:
            process.kill()


def test_two_installers_do_not_meet_and_a_killed_one_is_resumed(
    web: Web, home: Path, child: subprocess.Popen[bytes]
) -> None:
    entry = entry_for(ARCHIVE, web.url)
    with pytest.raises(BusyError, match="Another"):
        put(web, home)
    with pytest.raises(BusyError, match="Another"):
        remove(entry, home)
    child.send_signal(signal.SIGKILL)
    assert child.wait(10) == -signal.SIGKILL
    assert not is_installed(entry, home)
    web.requests.clear()
    web.script = [ranged(ARCHIVE)]
    put(web, home)
    assert web.ranges == ["bytes=163840-"]
    assert_whole(home)


def test_what_a_killed_installer_was_unpacking_is_swept_up(web: Web, home: Path) -> None:
    left = models_dir(home) / ".work-of-the-dead" / "new"
    left.mkdir(parents=True)
    (left / "file").write_text("half")
    web.script = [whole(ARCHIVE)]
    put(web, home)
    assert_whole(home)


def test_a_stop_while_unpacking_leaves_no_half_model(web: Web, home: Path) -> None:
    def stop(stage: Stage, done: int, total: int) -> None:
        if stage is Stage.UNPACK:
            raise KeyboardInterrupt

    web.script = [whole(ARCHIVE)]
    with pytest.raises(KeyboardInterrupt):
        install(entry_for(ARCHIVE, web.url), home, progress=stop, patience=QUICK)
    assert left_in(home) == {f".{NAME}.zip"}
    put(web, home)
    assert len(web.requests) == 1


# Removing.


def test_a_model_is_removed(web: Web, home: Path) -> None:
    web.script = [whole(ARCHIVE)]
    put(web, home)
    remove(entry_for(ARCHIVE, web.url), home)
    assert left_in(home) == set()


def test_a_stopped_download_is_removed_too(web: Web, home: Path) -> None:
    web.script = [cut(ARCHIVE, 81_920), status(500)]
    with pytest.raises(DownloadError):
        put(web, home)
    remove(entry_for(ARCHIVE, web.url), home)
    assert left_in(home) == set()


def test_what_is_not_there_cannot_be_removed_or_checked(web: Web, home: Path) -> None:
    entry = entry_for(ARCHIVE, web.url)
    for act in (remove, check):
        with pytest.raises(NotInstalledError):
            act(entry, home)


def test_the_bundled_model_is_neither_installed_nor_removed(home: Path) -> None:
    bundled = entry_named("en-us-small")
    for act in (install, remove):
        with pytest.raises(BundledModelError):
            act(bundled, home)
    assert check(bundled, home).ok


def test_every_error_has_a_code_of_its_own() -> None:
    kinds = list(BacktalkError.__subclasses__())
    kinds += [kind for base in kinds for kind in base.__subclasses__()]
    kinds = [kind for kind in kinds if kind.__module__ == "models.errors"]
    codes = [kind.code for kind in kinds]
    assert len(kinds) > 8
    assert len(set(codes)) == len(codes)
