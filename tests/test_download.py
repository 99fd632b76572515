import hashlib
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.download import Patience, Source, bytes_here, discard, download, part_paths
from models.errors import DownloadError, OfflineError
from tests.broken_server import Handler, Web, cut, ranged, serving, stalled, status, whole

QUICK = Patience(connect=2, read=1, attempts=2, pause=0)
DATA = b"PK\x03\x04" + random.Random(1).randbytes(400_000)
SHA = hashlib.sha256(DATA).hexdigest()
OTHER = b"PK\x03\x04" + random.Random(2).randbytes(400_000)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as web:
        yield web


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "model.zip"


def source(web: Web, size: int = len(DATA)) -> Source:
    return Source(web.url, size, SHA)


def fetch(web: Web, target: Path) -> list[int]:
    """Download and return what the progress callback was told."""
    told: list[int] = []

    def progress(done: int, total: int) -> None:
        assert total == len(DATA)
        told.append(done)

    download(source(web), target, progress=progress, patience=QUICK)
    return told


def fail(web: Web, target: Path) -> DownloadError:
    with pytest.raises(DownloadError) as caught:
        fetch(web, target)
    assert caught.value.hint
    assert caught.value.exit_code == 1
    return caught.value


def begin(web: Web, target: Path, count: int = 147_456) -> None:
    """Leave a part of `count` bytes behind, as a first run that was cut does."""
    web.script = [cut(DATA, count), status(503)]
    fail(web, target)
    assert bytes_here(target) == count
    web.requests.clear()


def test_a_download_arrives_whole_and_tells_its_progress(web: Web, target: Path) -> None:
    web.script = [whole(DATA)]
    told = fetch(web, target)
    assert target.read_bytes() == DATA
    assert told == sorted(told)
    assert told[-1] == len(DATA)
    assert len(told) > 3
    assert not any(path.exists() for path in part_paths(target))


def test_compression_is_refused_because_ranges_count_plain_bytes(web: Web, target: Path) -> None:
    web.script = [whole(DATA)]
    fetch(web, target)
    assert web.requests[0]["Accept-Encoding"] == "identity"


def test_a_cut_connection_is_continued_in_the_same_run(web: Web, target: Path) -> None:
    web.script = [cut(DATA, 98_304), ranged(DATA)]
    fetch(web, target)
    assert target.read_bytes() == DATA
    assert web.ranges == [None, "bytes=98304-"]
    assert web.requests[1]["If-Range"] == '"one"'


def test_a_server_that_falls_silent_is_asked_again(web: Web, target: Path) -> None:
    web.script = [stalled(DATA, 200_000, web), ranged(DATA)]
    fetch(web, target)
    assert target.read_bytes() == DATA
    assert web.ranges[1] is not None


def test_a_line_that_keeps_breaking_gets_there_while_it_brings_something(
    web: Web, target: Path
) -> None:
    def some(handler: Handler) -> None:
        start = int((handler.headers.get("Range") or "bytes=0-")[6:-1])
        place = f"bytes {start}-{len(DATA) - 1}/{len(DATA)}"
        body = DATA[start : start + 57_344]
        length = str(len(DATA) - start)
        if start:
            handler.send(206, body, Content_Range=place, Content_Length=length)
        else:
            handler.send(200, body, Content_Length=length)

    web.script = [some]
    fetch(web, target)
    assert target.read_bytes() == DATA
    assert len(web.requests) == 7


def test_a_server_that_stays_silent_keeps_the_part(web: Web, target: Path) -> None:
    web.script = [stalled(DATA, 147_456, web), stalled(DATA, 0, web)]
    error = fail(web, target)
    assert "broke off" in str(error)
    assert "stopped sending" in str(error)
    assert "again" in error.hint


def test_a_second_run_goes_on_where_the_first_one_stopped(web: Web, target: Path) -> None:
    begin(web, target)
    web.script = [ranged(DATA)]
    told = fetch(web, target)
    assert target.read_bytes() == DATA
    assert web.ranges == ["bytes=147456-"]
    assert told[0] > 147_456


def test_a_server_that_ignores_range_starts_anew(web: Web, target: Path) -> None:
    begin(web, target)
    web.script = [whole(DATA)]
    fetch(web, target)
    assert target.read_bytes() == DATA
    assert web.ranges == ["bytes=147456-"]


def test_a_file_that_changed_meanwhile_is_fetched_anew(web: Web, target: Path) -> None:
    """The part is of another file, and its ETag tells: the server sends the right one whole."""
    web.script = [cut(OTHER, 147_456, '"old"'), status(503)]
    fail(web, target)
    web.script = [ranged(DATA, '"new"')]
    fetch(web, target)
    assert target.read_bytes() == DATA


def test_a_changed_file_on_a_server_with_no_validators_is_noticed_by_its_checksum(
    web: Web, target: Path
) -> None:
    web.script = [cut(OTHER, 147_456, ""), status(503)]
    fail(web, target)
    web.requests.clear()
    web.script = [ranged(DATA)]
    fetch(web, target)
    assert target.read_bytes() == DATA
    assert web.ranges == ["bytes=147456-", None]


def test_a_weak_etag_is_no_proof_and_is_not_sent(web: Web, target: Path) -> None:
    web.script = [cut(DATA, 147_456, 'W/"one"'), ranged(DATA)]
    fetch(web, target)
    assert "If-Range" not in web.requests[1]


def test_a_part_that_is_wrong_is_fetched_anew_only_once(web: Web, target: Path) -> None:
    begin(web, target)
    web.script = [ranged(OTHER)]
    error = fail(web, target)
    assert "checksum" in str(error)
    assert web.ranges == ["bytes=147456-", None]
    assert bytes_here(target) == 0


@pytest.mark.parametrize(
    "place", ["", "bytes 0-400003/400004", "bytes 147456-400003/500000", "nonsense"]
)
def test_a_part_sent_from_the_wrong_place_is_not_used(web: Web, target: Path, place: str) -> None:
    begin(web, target)
    web.script = [
        lambda handler: handler.send(206, DATA[147_456:], Content_Range=place),
        whole(DATA),
    ]
    fetch(web, target)
    assert target.read_bytes() == DATA
    assert web.ranges == ["bytes=147456-", None]


def test_a_range_that_cannot_be_satisfied_starts_anew(web: Web, target: Path) -> None:
    begin(web, target)
    web.script = [status(416), whole(DATA)]
    fetch(web, target)
    assert target.read_bytes() == DATA


def test_a_part_that_is_already_whole_needs_no_network(web: Web, target: Path) -> None:
    begin(web, target)
    part_paths(target)[0].write_bytes(DATA)
    web.script = [status(500)]
    fetch(web, target)
    assert target.read_bytes() == DATA
    assert web.requests == []


@pytest.mark.parametrize("junk", [OTHER, OTHER + b"too long"])
def test_a_part_with_the_wrong_content_is_fetched_anew(web: Web, target: Path, junk: bytes) -> None:
    begin(web, target)
    part_paths(target)[0].write_bytes(junk)
    web.script = [ranged(DATA)]
    fetch(web, target)
    assert target.read_bytes() == DATA


@pytest.mark.parametrize("note", ["", "{", "[]", '{"sha256": 1}', '{"sha256": "of another"}'])
def test_a_part_of_unknown_origin_is_not_continued(web: Web, target: Path, note: str) -> None:
    begin(web, target)
    part_paths(target)[1].write_text(note)
    web.script = [ranged(DATA)]
    fetch(web, target)
    assert web.ranges == [None]


def test_discard_leaves_nothing(web: Web, target: Path) -> None:
    begin(web, target)
    discard(target)
    assert list(target.parent.iterdir()) == []


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(web: Web, target: Path, code: int) -> None:
    web.script = [status(code, Location="/elsewhere.zip"), whole(DATA)]
    fetch(web, target)
    assert [request["path"] for request in web.requests] == ["/model.zip", "/elsewhere.zip"]


def test_a_redirect_keeps_the_place(web: Web, target: Path) -> None:
    begin(web, target)
    web.script = [status(302, Location="/elsewhere.zip"), ranged(DATA)]
    fetch(web, target)
    assert target.read_bytes() == DATA
    assert web.ranges == ["bytes=147456-", "bytes=147456-"]


def test_a_redirect_loop_ends(web: Web, target: Path) -> None:
    web.script = [status(302, Location="/model.zip")]
    assert "circles" in str(fail(web, target))
    assert len(web.requests) < 10


def test_a_redirect_to_no_web_address_is_refused(web: Web, target: Path) -> None:
    web.script = [status(302, Location="file:///etc/passwd")]
    assert "no web address" in str(fail(web, target))


@pytest.mark.parametrize("code", [401, 403, 404, 410, 451])
def test_a_missing_file_is_said_so_at_once(web: Web, target: Path, code: int) -> None:
    web.script = [status(code)]
    error = fail(web, target)
    assert f"answered {code}" in str(error)
    assert web.url in str(error)
    assert "--from" in error.hint
    assert len(web.requests) == 1


@pytest.mark.parametrize("code", [408, 429, 500, 502, 503])
def test_a_server_in_trouble_is_asked_again(web: Web, target: Path, code: int) -> None:
    web.script = [status(code), whole(DATA)]
    fetch(web, target)
    assert target.read_bytes() == DATA


def test_a_server_that_stays_in_trouble_is_given_up(web: Web, target: Path) -> None:
    web.script = [status(500)]
    assert "answered 500" in str(fail(web, target))
    assert len(web.requests) == QUICK.attempts


def test_a_web_page_instead_of_the_model_is_named(web: Web, target: Path) -> None:
    page = b"<html>Welcome to the hotel</html>"
    web.script = [lambda handler: handler.send(200, page, Content_Type="text/html; charset=x")]
    error = fail(web, target)
    assert "web page" in str(error)
    assert "sign in" in error.hint
    assert bytes_here(target) == 0


def test_a_web_page_in_between_does_not_cost_the_part(web: Web, target: Path) -> None:
    begin(web, target)
    web.script = [lambda handler: handler.send(200, b"<html>", Content_Type="text/html")]
    fail(web, target)
    assert bytes_here(target) == 147_456


def test_a_web_page_that_calls_itself_a_zip_is_not_kept(web: Web, target: Path) -> None:
    web.script = [whole(b"<html>" + DATA[6:])]
    assert "web page" in str(fail(web, target))
    assert bytes_here(target) == 0


def test_a_length_that_differs_is_refused_before_the_download(web: Web, target: Path) -> None:
    web.script = [whole(DATA + b"more")]
    error = fail(web, target)
    assert str(len(DATA) + 4) in str(error)
    assert str(len(DATA)) in str(error)
    assert bytes_here(target) == 0


def test_a_wrong_checksum_in_one_piece_is_not_fetched_twice(web: Web, target: Path) -> None:
    web.script = [whole(OTHER)]
    assert "checksum" in str(fail(web, target))
    assert len(web.requests) == 1
    assert not target.exists()
    assert bytes_here(target) == 0


def test_a_body_with_no_length_is_read_to_its_end(web: Web, target: Path) -> None:
    web.script = [whole(DATA, Content_Length="")]
    fetch(web, target)
    assert target.read_bytes() == DATA


def test_a_body_with_no_length_that_ends_early_is_cut(web: Web, target: Path) -> None:
    web.script = [whole(DATA[:8192], Content_Length=""), status(500)]
    assert "broke off after 8192" in str(fail(web, target))


def test_a_body_that_never_ends_is_cut_off(web: Web, target: Path) -> None:
    def endless(handler: Handler) -> None:
        handler.send(200, b"PK", Content_Length="")
        while True:
            handler.wfile.write(bytes(98_304))

    web.script = [endless]
    assert "longer" in str(fail(web, target))
    assert bytes_here(target) == 0


def test_chunks_of_a_byte_are_put_together(web: Web, target: Path) -> None:
    def chunked(handler: Handler) -> None:
        handler.send(200, Content_Length="", Transfer_Encoding="chunked")
        for chunk in (DATA[:1], DATA[1:2], DATA[2:]):
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        handler.wfile.write(b"0\r\n\r\n")

    web.script = [chunked]
    fetch(web, target)
    assert target.read_bytes() == DATA


def test_a_server_that_talks_no_http_is_given_up(web: Web, target: Path) -> None:
    web.script = [lambda handler: handler.wfile.write(b"\x00\xff not http\r\n\r\n") and None]
    assert "connection was lost" in str(fail(web, target))


def test_a_refused_connection_is_offline(target: Path) -> None:
    with serving() as gone:
        pass
    with pytest.raises(OfflineError, match="offline") as caught:
        download(Source(gone.url, len(DATA), SHA), target, patience=QUICK)
    assert "--from" in caught.value.hint


def test_an_unknown_host_is_offline(target: Path) -> None:
    wanted = Source("http://nowhere.invalid/model.zip", len(DATA), SHA)
    with pytest.raises(OfflineError, match=r"Cannot reach nowhere\.invalid"):
        download(wanted, target, patience=QUICK)


def test_going_offline_half_way_says_that_the_part_is_kept(web: Web, target: Path) -> None:
    begin(web, target)
    with serving() as gone:
        pass
    with pytest.raises(OfflineError) as caught:
        download(Source(gone.url, len(DATA), SHA), target, patience=QUICK)
    assert "goes on" in caught.value.hint
    assert bytes_here(target) == 147_456


def test_a_server_with_no_certificate_is_named(web: Web, target: Path) -> None:
    web.script = [whole(DATA)]
    wanted = Source(web.url.replace("http:", "https:"), len(DATA), SHA)
    with pytest.raises(DownloadError, match="secure connection") as caught:
        download(wanted, target, patience=QUICK)
    assert "clock" in caught.value.hint


def test_a_dead_proxy_is_named(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as gone:
        pass
    monkeypatch.setenv("http_proxy", gone.url)
    wanted = Source("http://nowhere.invalid/model.zip", len(DATA), SHA)
    with pytest.raises(OfflineError, match="proxy"):
        download(wanted, target, patience=QUICK)
