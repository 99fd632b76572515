"""Which recordings are trained on, and which are kept out."""

from pathlib import Path

import pytest

from models.training.speech import LICENCES, clips, split_of


@pytest.mark.parametrize(
    ("corpus", "file", "speaker", "split"),
    [
        ("audiobooks", "1737-142396-0001.opus", "1737", "test"),
        ("audiobooks", "6848-252323-0002.opus", "6848", "test"),
        ("audiobooks", "19-198-0001.opus", "19", "train"),
        ("audiobooks_more", "27-123349-0001.opus", "ls27", "dev"),
        ("audiobooks_more", "26-495-0001.opus", "ls26", "train"),
        ("speechocean", "000010011.opus", "so0010", "test"),
        ("speechocean", "000250011.opus", "so0050", "test"),
        ("speechocean", "000250011.opus", "so0025", "dev"),
        ("speechocean", "000010011.opus", "so0001", "train"),
        ("drink_orders", "0294.ogg", "drink_orders", "test"),
        ("drink_orders", "0373.ogg", "drink_orders", "test"),
        ("drink_orders", "0293.ogg", "drink_orders", "dev"),
        ("drink_orders", "0273.ogg", "drink_orders", "train"),
        ("digits", "0_george_0.flac", "george", "test"),
        ("something_new", "0.flac", "somebody", "test"),
    ],
)
def test_split(corpus: str, file: str, speaker: str, split: str) -> None:
    assert split_of(corpus, file, speaker) == split


def test_digits_are_never_trained_on() -> None:
    assert "digits" not in LICENCES


def test_clips_are_read_from_the_transcripts(tmp_path: Path) -> None:
    folder = tmp_path / "drink_orders"
    folder.mkdir()
    rows = ('0001.ogg\tI want a "dark roast", house coffee.', "0290.ogg\tTea.", "0300.ogg\tMilk.")
    (folder / "transcripts.tsv").write_text("\n".join((*rows, "0002.ogg\t...")) + "\n")
    found = {split: list(clips(tmp_path, split, ("drink_orders",))) for split in ("train", "dev")}
    assert [c.words for c in found["train"]] == ["i want a dark roast house coffee"]
    assert [c.file for c in found["dev"]] == [folder / "0290.ogg"]
    assert found["train"][0].speaker == "drink_orders"


def test_the_real_recordings_keep_the_test_readers_out(shared_dir: Path) -> None:
    trained = list(clips(shared_dir / "speech", "train"))
    names = {(c.corpus, c.file.name) for c in trained}
    assert len(names) == len(trained) > 10_000
    barred = {c.speaker for c in trained if c.corpus == "speechocean"}
    assert not [s for s in barred if int(s.removeprefix("so")) % 10 == 0]
    readers = {name.split("-")[0] for corpus, name in names if corpus == "audiobooks"}
    assert len(readers) == 24
    assert not readers & {"1737", "1970", "226", "6848"}
