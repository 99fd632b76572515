"""What the talking commands share: the country option and how an exchange is shown."""

import json
import sys
from typing import Protocol

from skill.session import Session
from skill.turn import Reply

KEYS = {"y": "yes", "n": "no", "?": "not sure"}
"""Single keys that answer a question, as the prompts offer."""

MAX_TEXT = 2_000
"""Characters of one turn; nobody says more at once, and the rest is not read."""


class Screen(Protocol):
    """Shows a conversation."""

    def show(self, reply: Reply, heard: str | None) -> None:
        """Show the reply to what was heard (None for the opening)."""
        ...

    def prompt(self) -> None:
        """Ask for the next line, where a person is typing."""
        ...


class JsonScreen:
    """One JSON object a line, flushed, for other programs."""

    def show(self, reply: Reply, heard: str | None) -> None:
        """Write the exchange."""
        from skill.wire import chat_object

        sys.stdout.write(json.dumps(chat_object(reply, heard), ensure_ascii=False) + "\n")
        sys.stdout.flush()

    def prompt(self) -> None:
        """Nothing: programs need no prompt."""


class TerminalScreen:
    """For a person: what the coach says, with the outcome beside it."""

    def __init__(self, *, echo: bool) -> None:
        from rich.console import Console

        self._console = Console(highlight=False)
        self._echo = echo

    def show(self, reply: Reply, heard: str | None) -> None:
        """Print the exchange."""
        from rich.markup import escape

        from skill.speech import plain

        if self._echo and heard is not None:
            self._console.print(f"[bold]you[/]       {escape(heard) or '(silence)'}")
        style = "bold red" if reply.urgent else "cyan"
        if reply.speech:
            self._console.print(f"[{style}]backtalk[/]  {escape(plain(reply.speech))}")
        if reply.decision is not None:
            rules = ", ".join(reply.decision.rules)
            self._console.print(f"[dim]          {reply.decision.level} by {rules}[/]")

    def prompt(self) -> None:
        """Show where to type."""
        if not self._echo and sys.stdin.isatty():
            self._console.print("[bold]you[/]       ", end="")


def country(name: str | None) -> str | None:
    """Return the id of the country for `name`, or the one in the settings where it is None.

    Raises:
        SkillError: there are no numbers for that country.
    """
    from skill.settings import load_settings, parse_region

    return load_settings().region if name is None else parse_region(name)


def introduce(model: str | None) -> None:
    """Print what somebody who starts Backtalk for the first time must know."""
    from models.catalog import ADVICE, BUNDLED, entry_named
    from skill.commands.doctor import NOTICE

    print(NOTICE)
    if model in (None, BUNDLED):
        print(f"{entry_named(BUNDLED).hears} {ADVICE}")


def remember(session: Session, *, keep_region: bool) -> None:
    """Keep in the settings that the first-use line was said, and a country that was told."""
    from dataclasses import replace

    from skill.settings import load_settings, save_settings

    before = load_settings()
    after = replace(before, introduced=before.introduced or session.introduced)
    if keep_region and session.region is not None:
        after = replace(after, region=session.region)
    if after != before:
        save_settings(after)
