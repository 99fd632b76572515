"""The errors of the coach's side: each says what to do next."""


class SkillError(Exception):
    """Base class: `code` is stable and can be matched, `hint` is the next step for a person."""

    code = "skill"
    exit_code = 2

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class ContentError(SkillError):
    """A content file is missing, malformed or breaks a rule of the content."""

    code = "content"


class SessionVersionError(SkillError):
    """A stored session has a schema that this version cannot read."""

    code = "session-version"


class UsageError(SkillError):
    """What was typed cannot be used: a file that is not there or is malformed."""

    code = "usage"
