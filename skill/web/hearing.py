"""Speech that arrives as a WAV or FLAC body: heard in memory, and never written down."""

from typing import Final

import miniaudio

from audio.errors import AudioFileError
from audio.recognizer import Recognizer, SpeechModel, transcribe
from audio.wav import decode
from skill.errors import SkillError
from skill.turn import Heard

# Nobody says more in one turn, and a minute takes about as long to hear as a client will wait.
MAX_SECONDS: Final = 60.0


class SpeechTooLongError(SkillError):
    """The sound lasts longer than one turn may."""

    code = "speech-too-long"


class UnknownSoundError(SkillError):
    """The body is neither WAV nor FLAC."""

    code = "unsupported-sound"


class DamagedSoundError(SkillError):
    """The body is a WAV or FLAC file that cannot be decoded."""

    code = "damaged-sound"


class Ears:
    """Hears with a speech model, which threads may share."""

    def __init__(self, model: SpeechModel) -> None:
        self._model = model

    def hear(self, data: bytes) -> tuple[Heard, ...]:
        """Return the readings of a WAV or FLAC file, best first; none where nothing was said.

        Raises:
            UnknownSoundError, DamagedSoundError, SpeechTooLongError: it cannot be heard.
        """
        _check(data)
        try:
            pcm = decode(data)
        except AudioFileError as error:
            raise DamagedSoundError(str(error), error.hint) from error
        _check_length(pcm.seconds)
        heard = transcribe(Recognizer(self._model), pcm)
        if not heard.text:
            return ()
        readings = tuple(Heard(a.text, a.confidence) for a in heard.alternatives if a.text)
        return readings or (Heard(heard.text, heard.confidence),)


def _check(data: bytes) -> None:
    """Refuse what is not WAV or FLAC, and what its own header calls too long, before decoding."""
    if data.startswith(b"fLaC"):
        read = miniaudio.flac_get_info
    elif data[:4] in (b"RIFF", b"RF64") and data[8:12] == b"WAVE":
        read = miniaudio.wav_get_info
    else:
        raise UnknownSoundError(
            "The body is not a WAV or FLAC file", "Send WAV or FLAC, for example 16 kHz mono."
        )
    try:
        _check_length(float(read(data).duration))
    except miniaudio.MiniaudioError:
        return  # decoding says what is wrong


def _check_length(seconds: float) -> None:
    if seconds > MAX_SECONDS:
        raise SpeechTooLongError(
            f"The sound lasts {seconds:.0f} s; one turn may last {MAX_SECONDS:.0f} s",
            "Send one utterance a request.",
        )
