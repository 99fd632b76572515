"""The errors of understanding: each says what to do next."""


class IntentsError(Exception):
    """Base class: `code` is stable and can be matched, `hint` is the next step for a person."""

    code = "intents"
    exit_code = 2

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class LocaleError(IntentsError):
    """A language is not there, or one of its files is malformed."""

    code = "intents-locale"
