"""Single key presses from a terminal, without Enter."""

import os
import select
import sys
import termios
import tty
from contextlib import suppress
from typing import Any, Self, TextIO


class Keyboard:
    """The keys pressed on a terminal while the context is open; none where it is no terminal.

    Ctrl-C still interrupts. On exit the terminal is as it was, and keys not yet read are dropped
    so that they do not land in the shell.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stdin if stream is None else stream
        self._before: list[Any] | None = None
        self._fd = -1

    @property
    def present(self) -> bool:
        """True while keys can be pressed."""
        return self._before is not None

    def __enter__(self) -> Self:
        """Read keys one by one from now on."""
        if self._stream.isatty():
            self._fd = self._stream.fileno()
            self._before = termios.tcgetattr(self._fd)
            tty.setcbreak(self._fd)
        return self

    def __exit__(self, *_: object) -> None:
        """Put the terminal back."""
        if self._before is not None:
            with suppress(termios.error):  # the terminal may be gone
                termios.tcsetattr(self._fd, termios.TCSAFLUSH, self._before)
            self._before = None

    def pressed(self) -> str | None:
        """Return the next key, or None at once where none was pressed."""
        if self._before is None or not select.select([self._fd], [], [], 0)[0]:
            return None
        try:
            return os.read(self._fd, 1).decode("ascii", "ignore") or None
        except OSError:  # the terminal is gone
            return None
