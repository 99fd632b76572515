"""What the user chose once for this device, kept in one small JSON file."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from skill.errors import SkillError

APP_NAME: Final = "backtalk"
HOME_VARIABLE: Final = "BACKTALK_HOME"
FILE_NAME: Final = "settings.json"

# The regions whose numbers the clinical table knows (clinical.md 2.5).
REGIONS: Final = ("uk", "ireland", "eu", "us", "canada", "australia", "new_zealand", "india")

DEFAULT_RATE: Final = 150
# espeak-ng speaks no slower than 80; above 300 few people follow advice.
MIN_RATE: Final = 80
MAX_RATE: Final = 300

_ALIASES: Final = {
    "gb": "uk",
    "great_britain": "uk",
    "britain": "uk",
    "united_kingdom": "uk",
    "england": "uk",
    "scotland": "uk",
    "wales": "uk",
    "northern_ireland": "uk",
    "ie": "ireland",
    "europe": "eu",
    "european_union": "eu",
    "usa": "us",
    "united_states": "us",
    "america": "us",
    "ca": "canada",
    "au": "australia",
    "nz": "new_zealand",
    "in": "india",
}
# Nobody's settings are longer; a file that is was not written by Backtalk.
_MAX_BYTES: Final = 65_536


class SettingsError(SkillError):
    """The settings file cannot be read or written, or a setting has no meaning."""

    code = "settings"


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a device.

    `region` is one of `REGIONS` or None for not known yet, `voice` None for the default voice,
    `rate` in words a minute, `model` a catalogue name or a folder and None for the bundled one.
    `introduced` is True once the first-use line has been spoken on this device. `unknown` holds
    what another version wrote, which is kept on saving.
    """

    region: str | None = None
    voice: str | None = None
    rate: int = DEFAULT_RATE
    model: str | None = None
    introduced: bool = False
    unknown: Mapping[str, Any] = field(default_factory=dict)


def config_dir() -> Path:
    """Return the folder of the settings file; `BACKTALK_HOME` overrides it."""
    if home := _home():
        return home
    import platformdirs

    return platformdirs.user_config_path(APP_NAME, appauthor=False)


def data_dir() -> Path:
    """Return the folder of models and sessions; `BACKTALK_HOME` overrides it."""
    if home := _home():
        return home
    import platformdirs

    return platformdirs.user_data_path(APP_NAME, appauthor=False)


def settings_path() -> Path:
    """Return where the settings file lies, whether it is there or not."""
    return config_dir() / FILE_NAME


def parse_region(text: str) -> str:
    """Return the region that a name or an alias means; raise `SettingsError` for any other."""
    name = text.strip().casefold().replace(" ", "_").replace("-", "_")
    region = _ALIASES.get(name, name)
    if region not in REGIONS:
        raise SettingsError(f"There is no region {text!r}.", "Choose one of: " + ", ".join(REGIONS))
    return region


def load_settings(path: Path | None = None) -> Settings:
    """Read the settings; the defaults where there is no file. Raises `SettingsError`."""
    path = path or settings_path()
    raw = _read(path)
    values: dict[str, Any] = {}
    for name, read in _READERS.items():
        if (value := raw.pop(name, None)) is not None:
            try:
                values[name] = read(value)
            except ValueError as error:
                raise SettingsError(
                    f"{path}: {name!r} is {json.dumps(value)}, but must be {error}.",
                    f"Mend it, or delete the entry {name!r} to have the default.",
                ) from error
    return Settings(**values, unknown=raw)


def save_settings(settings: Settings, path: Path | None = None) -> Path:
    """Write the settings in one step, so that a crash leaves the old or the new file whole.

    Returns the file's path. Raises `SettingsError` where the folder cannot be written.
    """
    import tempfile

    # A link keeps pointing at its file: the file behind it is the one to replace.
    path = Path(os.path.realpath(path or settings_path()))
    known = {name: getattr(settings, name) for name in _READERS}
    text = json.dumps({**settings.unknown, **known}, indent=2) + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{FILE_NAME}-", dir=path.parent)
        try:
            with open(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise SettingsError(
            f"Cannot write the settings in {path}: {error.strerror or error}.",
            f"Make that folder writable, or set {HOME_VARIABLE} to one that is.",
        ) from error
    return path


def _home() -> Path | None:
    home = os.environ.get(HOME_VARIABLE, "").strip()
    return Path(home).expanduser().absolute() if home else None


def _read(path: Path) -> dict[str, Any]:
    """Return the file's object; an empty one where there is no file."""
    hint = "Mend the file, or delete it to go back to the defaults."
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SettingsError(f"Cannot read {path}: {error.strerror or error}.", hint) from error
    if len(data) > _MAX_BYTES:
        raise SettingsError(f"{path} is too long to be a settings file.", hint)
    try:
        value = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not UTF-8 text.", hint) from error
    except json.JSONDecodeError as error:
        raise SettingsError(f"{path}, line {error.lineno}: {error.msg}.", hint) from error
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{path} holds a value that no setting has.", hint) from error
    if not isinstance(value, dict):
        raise SettingsError(f'{path} is not an object, as in {{"region": "uk"}}.', hint)
    return value


def _region(value: object) -> str:
    try:
        return parse_region(_text(value))
    except (SettingsError, ValueError):
        raise ValueError("one of " + ", ".join(REGIONS)) from None


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a text that is not empty")
    return value


def _rate(value: object) -> int:
    if type(value) is not int or not MIN_RATE <= value <= MAX_RATE:
        raise ValueError(f"a whole number of words a minute from {MIN_RATE} to {MAX_RATE}")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


_READERS: Final[dict[str, Callable[[object], Any]]] = {
    "region": _region,
    "voice": _text,
    "rate": _rate,
    "model": _text,
    "introduced": _flag,
}
