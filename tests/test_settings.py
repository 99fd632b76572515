import errno
import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio import speaker
from skill.content import load_content
from skill.settings import (
    MAX_RATE,
    MIN_RATE,
    REGIONS,
    Settings,
    SettingsError,
    config_dir,
    data_dir,
    load_settings,
    parse_region,
    save_settings,
    settings_path,
)

texts = st.text(min_size=1).filter(lambda text: text.strip())


@pytest.fixture(autouse=True)
def home(isolated_home: Path) -> Path:
    return isolated_home


def refused(content: str | bytes, match: str) -> SettingsError:
    """Assert that a file with this content gives one clear error that names it."""
    path = settings_path()
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(SettingsError, match=match) as caught:
        load_settings()
    assert str(path) in str(caught.value)
    assert "delete" in caught.value.hint
    assert caught.value.exit_code == 2
    return caught.value


def test_without_a_file_the_defaults_apply() -> None:
    assert load_settings() == Settings(None, None, 150, None, False)
    assert not settings_path().exists()


def test_what_is_saved_is_loaded() -> None:
    settings = Settings("new_zealand", "en-gb", 120, "/a/módel", True)
    assert save_settings(settings) == settings_path()
    assert load_settings() == settings


@given(
    region=st.none() | st.sampled_from(REGIONS),
    voice=st.none() | texts,
    rate=st.integers(MIN_RATE, MAX_RATE),
    model=st.none() | texts,
    introduced=st.booleans(),
    unknown=st.dictionaries(
        st.text().filter(lambda name: name not in Settings.__slots__),
        st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.integers()),
    ),
)
def test_any_settings_survive_the_file(
    tmp_path_factory: pytest.TempPathFactory,
    region: str | None,
    voice: str | None,
    rate: int,
    model: str | None,
    introduced: bool,
    unknown: dict[str, object],
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    settings = Settings(region, voice, rate, model, introduced, unknown)
    save_settings(settings, path)
    assert load_settings(path) == settings


def test_unknown_entries_are_kept_and_reported() -> None:
    settings_path().write_text('{"volume": 11, "region": "uk"}')
    settings = load_settings()
    assert settings.unknown == {"volume": 11}
    save_settings(replace(settings, rate=130))
    stored = json.loads(settings_path().read_text())
    assert stored["volume"] == 11
    assert stored["rate"] == 130


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "line 1"),
        ('{"region": "uk",\n}', "line "),
        ("region: uk", "line 1"),
        ("[]", "not an object"),
        ('"uk"', "not an object"),
        (b"\xff\xfe{}", "not UTF-8"),
        ("[" * 30_000, "line|value"),
        ('{"rate": ' + "9" * 5000 + "}", "value"),
        (" " * 70_000, "too long"),
        ('{"region": "atlantis"}', "'region' is \"atlantis\", but must be one of uk, ireland"),
        ('{"region": 7}', "'region' is 7"),
        ('{"rate": "fast"}', "'rate'"),
        ('{"rate": 150.5}', "'rate'"),
        ('{"rate": true}', "'rate'"),
        ('{"rate": 79}', "from 80 to 300"),
        ('{"rate": 301}', "from 80 to 300"),
        ('{"voice": ""}', "'voice'"),
        ('{"voice": ["en"]}', "'voice'"),
        ('{"model": 3}', "'model'"),
        ('{"introduced": "yes"}', "true or false"),
    ],
)
def test_a_broken_file_is_named_with_the_next_step(content: str | bytes, words: str) -> None:
    refused(content, words)


def test_a_folder_in_the_files_place_is_named() -> None:
    settings_path().mkdir()
    with pytest.raises(SettingsError, match="Cannot read"):
        load_settings()
    with pytest.raises(SettingsError, match="Cannot write"):
        save_settings(Settings())


def test_a_byte_order_mark_is_no_fault() -> None:
    settings_path().write_bytes(b'\xef\xbb\xbf{"region": "gb"}')
    assert load_settings().region == "uk"


def test_null_means_the_default() -> None:
    settings_path().write_text('{"region": null, "rate": null, "introduced": null}')
    assert load_settings() == Settings()


def test_a_failed_write_leaves_the_old_file_whole(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_settings(Settings(region="uk"))

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SettingsError, match="No space left") as caught:
        save_settings(Settings(region="us"))
    assert "BACKTALK_HOME" in caught.value.hint
    assert load_settings().region == "uk"
    assert [path.name for path in home.iterdir()] == ["settings.json"]


def test_a_link_to_the_file_stays_a_link(home: Path) -> None:
    elsewhere = home / "dotfiles" / "backtalk.json"
    elsewhere.parent.mkdir()
    settings_path().symlink_to(elsewhere)
    save_settings(Settings(region="eu"))
    assert settings_path().is_symlink()
    assert json.loads(elsewhere.read_text())["region"] == "eu"


def test_only_the_user_can_read_the_file() -> None:
    save_settings(Settings())
    assert stat.S_IMODE(settings_path().stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("uk", "uk"),
        ("GB", "uk"),
        (" United Kingdom ", "uk"),
        ("northern-ireland", "uk"),
        ("ie", "ireland"),
        ("europe", "eu"),
        ("USA", "us"),
        ("united states", "us"),
        ("ca", "canada"),
        ("AU", "australia"),
        ("nz", "new_zealand"),
        ("New Zealand", "new_zealand"),
        ("in", "india"),
    ],
)
def test_a_region_has_aliases(text: str, region: str) -> None:
    assert parse_region(text) == region


@pytest.mark.parametrize("text", ["", "none", "mars", "u k u k"])
def test_any_other_region_lists_the_known_ones(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_region(text)
    assert "new_zealand" in caught.value.hint


def test_the_regions_are_those_of_the_numbers_table() -> None:
    assert set(load_content().countries) == {*REGIONS, "not_set"}


def test_every_rate_that_can_be_set_can_be_spoken() -> None:
    assert speaker.MIN_RATE <= MIN_RATE < MAX_RATE <= speaker.MAX_RATE


def test_one_variable_moves_both_folders(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert config_dir() == data_dir() == home
    monkeypatch.setenv("BACKTALK_HOME", "~/elsewhere")
    assert data_dir() == Path.home() / "elsewhere"
    monkeypatch.setenv("BACKTALK_HOME", "")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    assert config_dir() == home / "config" / "backtalk"
    assert data_dir() == home / "data" / "backtalk"
