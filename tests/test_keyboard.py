import io
import os
import pty
import termios
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import TextIO

import pytest

from skill.keyboard import Keyboard


@pytest.fixture
def terminal() -> Iterator[tuple[int, TextIO]]:
    """A terminal: the end that a person types at, and the end that a program reads."""
    person, program = pty.openpty()
    with open(program, encoding="utf-8") as stream, suppress(OSError):
        yield person, stream
        os.close(person)


def pressed(keyboard: Keyboard) -> str | None:
    deadline = time.monotonic() + 2
    while (key := keyboard.pressed()) is None and time.monotonic() < deadline:
        time.sleep(0.01)
    return key


def test_keys_arrive_one_by_one_without_enter(terminal: tuple[int, TextIO]) -> None:
    person, stream = terminal
    with Keyboard(stream) as keyboard:
        assert keyboard.present
        assert keyboard.pressed() is None
        os.write(person, b"y?")
        assert [pressed(keyboard), pressed(keyboard)] == ["y", "?"]
        assert keyboard.pressed() is None
        os.write(person, "é".encode())
        time.sleep(0.05)
        assert [keyboard.pressed(), keyboard.pressed()] == [None, None]


def test_the_terminal_is_put_back_whatever_happens(terminal: tuple[int, TextIO]) -> None:
    _, stream = terminal
    before = termios.tcgetattr(stream)
    keyboard = Keyboard(stream)

    def use() -> None:
        with keyboard:
            modes = termios.tcgetattr(stream)[3]
            assert not modes & termios.ICANON
            assert modes & termios.ISIG  # Ctrl-C is still an interrupt
            raise RuntimeError

    with pytest.raises(RuntimeError):
        use()
    assert termios.tcgetattr(stream) == before
    assert not keyboard.present
    assert keyboard.pressed() is None


def test_what_is_no_terminal_has_no_keys() -> None:
    with Keyboard(io.StringIO("yyy")) as keyboard:
        assert not keyboard.present
        assert keyboard.pressed() is None


def test_a_terminal_that_goes_away_has_no_keys(terminal: tuple[int, TextIO]) -> None:
    person, stream = terminal
    with Keyboard(stream) as keyboard:
        os.close(person)
        assert keyboard.pressed() is None
