"""The bundled conversations: what the person says, in recordings, and what must come of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from skill.errors import ContentError

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class DemoTurn:
    """One utterance: its words and its recording.

    `flag` is the red flag that the coach must be asking about when it is said; `digression` marks
    words that do not answer that question.
    """

    say: str
    file: Path
    flag: str | None
    digression: bool


@dataclass(frozen=True, slots=True)
class DemoConversation:
    """A conversation, and the level that the coach must reach (None: no outcome)."""

    name: str
    title: str
    region: str
    voice: str
    level: str | None
    turns: tuple[DemoTurn, ...]


def load_conversations(folder: Path = FOLDER) -> tuple[DemoConversation, ...]:
    """Return the conversations in their order.

    Raises:
        ContentError: the file is malformed, or a recording is missing.
    """
    path = folder / "conversations.yaml"
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        return tuple(_conversation(folder, c) for c in data["conversations"])
    except (OSError, KeyError, TypeError, yaml.YAMLError) as error:
        why = f"{type(error).__name__}: {error}".splitlines()[0]
        raise ContentError(f"{path} cannot be used ({why})", "Install Backtalk again.") from error


def _conversation(folder: Path, c: Mapping[str, Any]) -> DemoConversation:
    return DemoConversation(
        name=c["name"],
        title=c["title"],
        region=c["region"],
        voice=c["voice"],
        level=c["level"],
        turns=tuple(_turn(folder / "recordings", c["voice"], t) for t in c["turns"]),
    )


def _turn(recordings: Path, voice: str, t: Mapping[str, Any]) -> DemoTurn:
    file = recordings / voice / f"{t['file']}.flac"
    if not file.is_file():
        raise ContentError(f"The recording {file} is missing", "Install Backtalk again.")
    return DemoTurn(t["say"], file, t.get("flag"), bool(t.get("digression")))
