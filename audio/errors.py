"""The errors of sound and speech recognition: each says what to do next."""

from models.errors import BacktalkError

__all__ = ["AudioFileError", "BacktalkError", "GrammarError", "SpeechModelError"]


class AudioFileError(BacktalkError):
    """A sound file cannot be read or written."""

    code = "audio-file"


class SpeechModelError(BacktalkError):
    """A speech model is missing, incomplete, damaged or not a Vosk model."""

    code = "speech-model"


class GrammarError(BacktalkError):
    """A grammar is empty, or the speech model cannot be limited to one."""

    code = "grammar"
