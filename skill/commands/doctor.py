"""`backtalk doctor`: what works on this machine, and how to mend what does not."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from audio.devices import Device
    from skill.settings import Settings

NOTICE: Final = (
    "Backtalk is no doctor, no clinician has checked its advice yet, and it cannot call for help."
)

# A session takes kilobytes; below this, even those and the log of the database may not fit.
_DISK_FAIL: Final = 10_000_000
# Room for the official small model, unpacked, and its archive.
_DISK_WARN: Final = 250_000_000
_MIN_PYTHON: Final = (3, 11)


class Status(StrEnum):
    """How a check ended: FAIL means that Backtalk cannot do its work."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report; `mend` is the next step, or empty."""

    name: str
    status: Status
    found: str
    mend: str = ""


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Check the model, the voice, the sound devices and the rest, and say how to mend each.

    Ends with 0 where Backtalk can work, warnings or not, and with 1 where it cannot.

    Example: backtalk doctor
    """
    import json

    checks = examine()
    works = all(check.status is not Status.FAIL for check in checks)
    if as_json:
        report = {"works": works, "notice": NOTICE, "checks": [asdict(check) for check in checks]}
        typer.echo(json.dumps(report))
    else:
        colours = {Status.OK: "green", Status.WARN: "yellow", Status.FAIL: "red"}
        for check in checks:
            word = typer.style(f"{check.status:<4}", fg=colours[check.status])
            typer.echo(f"{word}  {check.name}: {check.found}")
            if check.mend:
                typer.echo(f"      → {check.mend}")
        typer.echo("Backtalk can work here." if works else "Backtalk cannot work here yet.")
        typer.echo(NOTICE)
    if not works:
        raise typer.Exit(1)


def examine() -> list[Check]:
    """Make every check; none of them stops the others."""
    from skill.settings import Settings, SettingsError, load_settings

    try:
        settings = load_settings()
    except SettingsError:
        settings = Settings()  # The check of the settings file says what is wrong with it.
    checks: dict[str, Callable[[], Check]] = {
        "Python": _python,
        "Libraries": _libraries,
        "Settings": _settings,
        "Region": lambda: _region(settings),
        "Speech model": lambda: _model(settings),
        "Voice": lambda: _voice(settings),
        "Loudspeaker": _loudspeaker,
        "Microphone": _microphone,
        "Disk": _disk,
        "Content": _content,
    }
    return [_guarded(name, check) for name, check in checks.items()]


def _guarded(name: str, check: Callable[[], Check]) -> Check:
    """Return a check's result, or its failure as a result."""
    from models.errors import BacktalkError
    from skill.errors import SkillError

    try:
        return check()
    except (BacktalkError, SkillError) as error:
        return Check(name, Status.FAIL, str(error), error.hint)
    except Exception as error:  # A doctor that falls ill itself helps nobody.
        mend = "Install Backtalk again; if that does not help, report this line."
        return Check(name, Status.FAIL, f"{type(error).__name__}: {error}", mend)


def _python() -> Check:
    import platform
    import sys

    wanted = ".".join(map(str, _MIN_PYTHON))
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    if sys.version_info < _MIN_PYTHON:
        return Check("Python", Status.FAIL, found, f"Install Python {wanted} or newer.")
    return Check("Python", Status.OK, found)


def _libraries() -> Check:
    import re
    from importlib import metadata

    name = "Libraries"
    mend = "Set up again: make setup"
    try:
        wanted = metadata.requires("backtalk") or []
    except metadata.PackageNotFoundError:
        return Check(name, Status.FAIL, "Backtalk itself is not installed.", mend)
    found: list[str] = []
    missing: list[str] = []
    for requirement in wanted:
        if "extra ==" in requirement:
            continue
        library = re.split(r"[^\w.-]", requirement, maxsplit=1)[0]
        try:
            found.append(f"{library} {metadata.version(library)}")
        except metadata.PackageNotFoundError:
            missing.append(library)
    if missing:
        return Check(name, Status.FAIL, "missing: " + ", ".join(missing), mend)
    return Check(name, Status.OK, ", ".join(found))


def _settings() -> Check:
    from skill.settings import load_settings, settings_path

    path = settings_path()
    settings = load_settings()
    if settings.unknown:
        names = ", ".join(settings.unknown)
        return Check(
            "Settings",
            Status.WARN,
            f"{path} holds entries that this version does not know: {names}.",
            "They are kept; delete them if they are misspelt.",
        )
    return Check(
        "Settings", Status.OK, str(path) if path.exists() else f"none yet; they go in {path}"
    )


def _region(settings: "Settings") -> Check:
    from skill.settings import REGIONS, settings_path

    if settings.region is None:
        return Check(
            "Region",
            Status.WARN,
            "not set, so that no telephone number can be spoken yet.",
            f'Tell Backtalk your country when it asks, or put "region": "uk" in {settings_path()} '
            f"(one of {', '.join(REGIONS)}).",
        )
    return Check("Region", Status.OK, settings.region)


def _model(settings: "Settings") -> Check:
    from time import perf_counter

    from audio.recognizer import SpeechModel
    from models.catalog import ADVICE, BUNDLED, catalog, resolve
    from models.manifest import verify
    from skill.settings import data_dir

    name = settings.model or BUNDLED
    path = resolve(settings.model, data_dir())
    state = verify(path)
    entry = next((entry for entry in catalog() if entry.name == name), None)
    if not state.ok:
        mend = "Install Backtalk again."
        if entry is None or not entry.bundled:
            again = f"backtalk models install {name}" if entry else "mend that folder"
            mend = f"{again}, or use the bundled one: backtalk models use {BUNDLED}"
        return Check("Speech model", Status.FAIL, f"{name} in {path} is broken, {state}.", mend)
    start = perf_counter()
    SpeechModel.load(path)
    seconds = perf_counter() - start
    found = f"{name}, {state}, loaded in {seconds:.1f} s. "
    if entry is None:
        return Check("Speech model", Status.OK, found + "What it scores is not known.")
    mend = f"{ADVICE} To have it: backtalk models install {catalog()[1].name}"
    return Check("Speech model", Status.OK, found + entry.hears, mend if entry.bundled else "")


def _voice(settings: "Settings") -> Check:
    from time import perf_counter

    from audio.speaker import Speaker

    start = perf_counter()
    with Speaker(voice=settings.voice, rate=settings.rate) as speaker:
        pcm = speaker.render("Hello.")
    seconds = perf_counter() - start
    voice = settings.voice or "default voice"
    if not any(pcm.samples):
        return Check("Voice", Status.FAIL, f"{voice} renders silence.", "Set up again: make setup")
    return Check(
        "Voice",
        Status.OK,
        f"{voice}, {settings.rate} words a minute, "
        f"{pcm.seconds:.1f} s of sound rendered in {seconds:.1f} s",
    )


def _device(name: str, found: "tuple[Device, ...]", instead: str) -> Check:
    if not found:
        return Check(name, Status.WARN, "none found.", f"Plug one in, or {instead}")
    return Check(name, Status.OK, ", ".join(device.name for device in found))


def _loudspeaker() -> Check:
    from audio.devices import outputs

    return _device("Loudspeaker", outputs(), "write to a file: backtalk say --out FILE")


def _microphone() -> Check:
    from audio.devices import inputs

    return _device("Microphone", inputs(), "type: backtalk chat")


def _disk() -> Check:
    import shutil
    import tempfile

    from skill.settings import HOME_VARIABLE, data_dir

    folder = data_dir()
    elsewhere = f"or set {HOME_VARIABLE} to a folder elsewhere."
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"0")
        free = shutil.disk_usage(folder).free
    except OSError as error:
        found = f"cannot write in {folder}: {error.strerror or error}."
        return Check("Disk", Status.FAIL, found, f"Make it writable, {elsewhere}")
    found = f"{free / 1e6:,.0f} MB free in {folder}"
    if free < _DISK_FAIL:
        return Check("Disk", Status.FAIL, found, f"Free some room, {elsewhere}")
    if free < _DISK_WARN:
        return Check(
            "Disk",
            Status.WARN,
            found + ", too little for another model.",
            f"Free some room, {elsewhere}",
        )
    return Check("Disk", Status.OK, found)


def _content() -> Check:
    from skill.content import load_content

    content = load_content()
    pieces = {
        "topics": len(content.topics),
        "red flags": sum(flag.group != "sign" for flag in content.flags.values()),
        "exercises": len(content.exercises),
    }
    found = ", ".join(f"{count} {what}" for what, count in pieces.items())
    return Check(
        "Content",
        Status.WARN,
        f"{found}; 0 of {sum(pieces.values())} approved by a clinician.",
        "Take what Backtalk says as general information, until a clinician has checked it.",
    )
