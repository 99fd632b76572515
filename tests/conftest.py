"""What several test files share."""

from pathlib import Path

import pytest

from audio.recognizer import SpeechModel
from models.catalog import bundled_path

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The reference folder beside the checkout, which most machines do not have."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not here: this test compares with the reference material in it")
    return folder


@pytest.fixture(scope="session")
def speech_model() -> SpeechModel:
    """The bundled model."""
    return SpeechModel.load(bundled_path())


@pytest.fixture
def isolated_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings and data in a folder of their own."""
    monkeypatch.setenv("BACKTALK_HOME", str(tmp_path))
    return tmp_path
