import errno
import io
import random
import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.archive import MAX_ENTRIES, unpack
from models.errors import ArchiveError

LIMIT = 1_000_000
GOOD = {"top/am/final.mdl": b"a" * 5000, "top/conf/mfcc.conf": b"--x\n", "top/README": b""}


def zipped(
    entries: dict[str, bytes] | list[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED
) -> bytes:
    """Return a zip of the entries, with their names as they are."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as archive:
        for name, body in entries.items() if isinstance(entries, dict) else entries:
            info = zipfile.ZipInfo("x")
            info.filename = name  # The constructor would tidy it.
            info.compress_type = method
            archive.writestr(info, body)
    return data.getvalue()


@pytest.fixture
def into(tmp_path: Path) -> Path:
    folder = tmp_path / "deep" / "into"
    folder.mkdir(parents=True)
    return folder


def opened(data: bytes, into: Path, limit: int = LIMIT) -> Path:
    archive = into.parent.parent / "model.zip"
    archive.write_bytes(data)
    return unpack(archive, into, limit=limit)


def refused(data: bytes, into: Path, match: str, limit: int = LIMIT) -> None:
    """Assert that an archive is refused with words, and that nothing was written anywhere."""
    with pytest.raises(ArchiveError, match=match) as caught:
        opened(data, into, limit)
    assert caught.value.hint
    assert list(into.iterdir()) == []
    found = sorted(path.name for path in into.parent.parent.rglob("*"))
    assert found == ["deep", "into", "model.zip"]


def test_files_come_out_as_they_went_in(into: Path) -> None:
    top = opened(zipped({"top/": b"", **GOOD}), into)
    assert top == into / "top"
    for name, body in GOOD.items():
        assert (into / name).read_bytes() == body


def test_progress_ends_at_the_total(tmp_path: Path, into: Path) -> None:
    archive = tmp_path / "model.zip"
    archive.write_bytes(zipped(GOOD))
    told: list[tuple[int, int]] = []
    unpack(archive, into, limit=LIMIT, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (5004, 5004)


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "top/../../evil",
        "top/..",
        "/etc/evil",
        "//evil/x",
        "top//evil",
        "./top/evil",
        "top/./evil",
        "..\\evil",
        "top\\evil",
        "C:/evil",
        "C:evil/x",
        "top/evil\nname",
        "top/evil\x7f",
        "",
        "/",
    ],
)
def test_a_name_that_could_reach_outside_is_refused(into: Path, name: str) -> None:
    refused(zipped([*GOOD.items(), (name, b"evil")]), into, "unsafe name")


def test_a_name_cut_by_a_nul_is_refused(into: Path) -> None:
    data = zipped([*GOOD.items(), ("top/evilX.conf", b"evil")])
    refused(data.replace(b"evilX", b"evil\0"), into, "unsafe name")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_links_and_devices_are_refused(into: Path, kind: int) -> None:
    data = io.BytesIO(zipped(GOOD))
    with zipfile.ZipFile(data, "a") as archive:
        info = zipfile.ZipInfo("top/link")
        info.external_attr = (kind | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    refused(data.getvalue(), into, "link or a device")


def test_a_bomb_is_refused_before_it_is_unpacked(into: Path) -> None:
    data = zipped({"top/bomb": bytes(50_000_000)})
    assert len(data) < 100_000
    refused(data, into, "unpacks to 50000000 bytes, over 1000000")


def test_many_small_files_are_one_bomb(into: Path) -> None:
    data = zipped([(f"top/{n}", bytes(2_000)) for n in range(600)])
    refused(data, into, "unpacks to")


def test_too_many_entries_are_refused(into: Path) -> None:
    data = zipped([(f"top/{n}", b"") for n in range(MAX_ENTRIES + 1)])
    refused(data, into, "entries")


def test_a_bomb_that_lies_about_its_length_writes_no_more_than_it_says(into: Path) -> None:
    """The central directory says 5 bytes; the packed stream holds 40 MB."""
    data = zipped({"top/bomb": bytes(40_000_000)})
    true_size = (40_000_000).to_bytes(4, "little")
    lie = data.replace(true_size, (5).to_bytes(4, "little"))
    assert lie != data
    with pytest.raises(ArchiveError, match="damaged"):
        opened(lie, into)
    assert (into / "top/bomb").stat().st_size <= 5


@pytest.mark.parametrize(
    "names",
    [
        ["one/a", "two/b"],
        ["loose"],
        ["top/a", "loose"],
        ["top/a", "other/"],
    ],
)
def test_an_archive_needs_exactly_one_folder(into: Path, names: list[str]) -> None:
    refused(zipped([(name, b"x") for name in names]), into, "exactly one folder")


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    "names", [["top/a", "top/a"], ["top/a", "top/A"], ["top/a", "top/a/b"], ["top/A/b", "top/a"]]
)
def test_a_name_twice_is_refused(into: Path, names: list[str]) -> None:
    refused(zipped([(name, b"x") for name in names]), into, "twice")


@pytest.mark.parametrize("entries", [{}, {"top/": b""}])
def test_an_archive_with_no_files_is_refused(into: Path, entries: dict[str, bytes]) -> None:
    refused(zipped(entries), into, "empty")


def test_a_password_is_refused(into: Path) -> None:
    data = bytearray(zipped({"top/secret": b"x"}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    refused(bytes(data), into, "password")


def test_an_unknown_packing_is_refused(into: Path) -> None:
    refused(zipped(GOOD, zipfile.ZIP_LZMA), into, "unknown way")


@pytest.mark.parametrize("length", [0, 3, 50, 0.5, -1])
def test_a_truncated_archive_is_refused(into: Path, length: float) -> None:
    data = zipped(GOOD, zipfile.ZIP_STORED)
    end = int(len(data) * length) if isinstance(length, float) else length
    refused(data[:end], into, "damaged")


def test_something_else_than_a_zip_is_refused(into: Path) -> None:
    refused(random.Random(3).randbytes(10_000), into, "damaged")


def test_a_changed_byte_inside_a_file_is_noticed(into: Path) -> None:
    data = zipped(GOOD, zipfile.ZIP_STORED).replace(b"aaaa", b"aaab", 1)
    with pytest.raises(ArchiveError, match="damaged"):
        opened(data, into)


def test_a_name_that_is_no_text_is_refused(into: Path) -> None:
    data = zipped({"top/caf\xe9": b"x"}).replace("\xe9".encode(), b"\xff\xff")
    refused(data, into, "damaged")


def test_a_directory_that_points_before_the_file_is_refused(into: Path) -> None:
    data = bytearray(zipped(GOOD))
    data[-6:-2] = (len(data) * 2).to_bytes(4, "little")
    with pytest.raises(ArchiveError, match="damaged"):
        opened(bytes(data), into)


def test_a_full_disk_passes_as_it_is(into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("models.archive.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        opened(zipped(GOOD), into)


@settings(max_examples=300, deadline=None)
@given(
    places=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=6
    )
)
def test_damage_anywhere_is_unpacked_right_or_refused(
    tmp_path_factory: pytest.TempPathFactory, places: list[tuple[float, int]]
) -> None:
    """Whatever bytes change: an `ArchiveError`, or files inside the folder within the limit."""
    data = bytearray(zipped(GOOD))
    for place, value in places:
        data[int(place * len(data))] = value
    root = tmp_path_factory.mktemp("damage")
    into = root / "into"
    into.mkdir()
    (root / "model.zip").write_bytes(data)
    try:
        top = unpack(root / "model.zip", into, limit=LIMIT)
    except ArchiveError:
        pass
    else:
        assert top.parent == into
        assert top.is_dir()
    assert sorted(path.name for path in root.iterdir()) == ["into", "model.zip"]
    assert sum(path.stat().st_size for path in into.rglob("*") if path.is_file()) <= LIMIT
