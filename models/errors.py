"""The errors of the device side (models and audio): each says what to do next."""


class BacktalkError(Exception):
    """Base class: `code` is stable and can be matched, `hint` is the next step for a person."""

    code = "backtalk"
    exit_code = 2

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint
