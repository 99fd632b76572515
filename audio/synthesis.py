"""The child process that speaks: a text comes in by one pipe, its sound goes out by another.

`audio.speaker` runs this file by its path, so it imports nothing of this package. pyttsx3 prints,
and the library under it can hang or corrupt its memory; here it can do neither harm to a
conversation, because this process is killed and replaced.

A frame is two lengths (unsigned 32-bit little-endian), that of a JSON object and that of the
sound behind it, then both. Each request gets one reply, and a `{"ready": true}` comes first.
Requests: `{"do": "say", "text", "voice", "rate"}` and `{"do": "voices"}`.
Replies: `{"rate"}` with 16-bit mono sound, `{"voices", "variants"}`, or `{"error", "message"}`
where `error` is "start" (nothing will work), "voice" (no such voice) or "fault".
"""

import json
import os
import select
import struct
import threading
import time
import wave
from pathlib import Path
from typing import Any, Final

LENGTHS: Final = struct.Struct("<II")
DEFAULT_VOICE: Final = "gmw/en-us"  # the accent that the bundled recogniser was made for

_RATE, _CURRENT = 1, 1  # espeakRATE and "as it is now", from speak_lib.h


def pack(message: dict[str, Any], sound: bytes = b"") -> bytes:
    """Return a frame."""
    body = json.dumps(message).encode("ascii")
    return LENGTHS.pack(len(body), len(sound)) + body + sound


class NoSuchVoiceError(Exception):
    """The voice asked for is not in the library."""


class Synthesizer:
    """pyttsx3 on the packaged espeak-ng library, asked for one text at a time."""

    def __init__(self) -> None:
        import ctypes

        import espeakng_loader

        data = Path(espeakng_loader.get_data_path())
        # pyttsx3 asks for the library by its bare name; once it is loaded, that name finds it.
        self._library = ctypes.CDLL(espeakng_loader.get_library_path(), ctypes.RTLD_GLOBAL)
        os.environ["ESPEAK_DATA_PATH"] = str(data)
        import pyttsx3

        self._data = data
        self._engine = pyttsx3.init("espeak")
        self._finished = threading.Event()
        self._complete = False
        self._failure: Exception | None = None
        self._engine.connect("finished-utterance", self._on_finished)
        self._engine.connect("error", self._on_error)
        # pyttsx3 delivers sound only as a file: this one lies in memory and dies with us.
        self._sound = os.memfd_create("speech")
        self._engine.runAndWait()  # from now on pyttsx3 sets a property at once and not later
        self._voice = ""
        self._names: dict[str, str] = {}

    def say(self, text: str, voice: str, rate: int) -> tuple[bytes, int]:
        """Return 16-bit mono sound and its rate in Hz. Raises NoSuchVoiceError."""
        self._finished.clear()
        self._complete, self._failure = False, None
        os.truncate(self._sound, 0)  # so that a text can never get the sound of the one before
        self._rest()
        if voice != self._voice:
            self._engine.setProperty("voice", self._resolve(voice))
            self._voice = voice
        self._engine.setProperty("rate", rate)
        self._rest()
        if self._failure:
            raise self._failure
        if self._library.espeak_GetParameter(_RATE, _CURRENT) != rate:
            raise RuntimeError("espeak-ng did not take the rate")
        file = f"/proc/self/fd/{self._sound}"
        self._engine.save_to_file(text, file)
        self._engine.runAndWait()
        # runAndWait may return before the sound is there. A text that never finishes is left to
        # the parent, which loses patience and kills this process.
        while not self._finished.wait(0.05):
            if self._failure:
                raise self._failure
        if not self._complete:
            raise RuntimeError("pyttsx3 cancelled the text")
        with wave.open(file, "rb") as sound:
            return sound.readframes(sound.getnframes()), sound.getframerate()

    def voices(self) -> list[dict[str, str]]:
        """Return the voices whose pronunciation rules are in the package."""
        found = []
        for voice in self._engine.getProperty("voices"):
            language = (voice.languages or [""])[0]
            if (self._data / f"{language.partition('-')[0]}_dict").exists():
                found.append(
                    {
                        "id": voice.id,
                        "name": voice.name,
                        "language": language,
                        "gender": (voice.gender or "").lower(),
                    }
                )
        return found

    def variants(self) -> list[str]:
        """Return what may follow a voice's name and a plus sign to change its sound."""
        return sorted(path.name for path in (self._data / "voices" / "!v").iterdir())

    def _rest(self) -> None:
        """Wait until the library's own thread has nothing to do.

        A new rate is an errand for that thread, and pyttsx3 begins every text by cancelling
        whatever errands are left: without this, most changes of rate were lost.
        """
        while self._library.espeak_IsPlaying():
            time.sleep(0.0005)

    def _resolve(self, name: str) -> str:
        """Return the identifier for a voice's id, name or language, with its variant.

        The library itself takes a wrong variant without a word, and anything like a path.
        """
        if name == DEFAULT_VOICE:
            return name  # without the 40 ms that a list of all voices takes
        if not self._names:
            for voice in reversed(self.voices()):
                for key in (voice["language"], voice["name"], voice["id"]):
                    self._names[key.casefold()] = voice["id"]
        base, plus, wanted = name.partition("+")
        variants = {variant.casefold(): variant for variant in self.variants()}
        identifier = self._names.get(base.strip().casefold())
        variant = variants.get(wanted.strip().casefold())
        if identifier is None or (plus and variant is None):
            raise NoSuchVoiceError(name)
        return f"{identifier}+{variant}" if plus else identifier

    def _on_finished(self, completed: bool = False, **_: object) -> None:
        self._complete = completed
        self._finished.set()

    def _on_error(self, exception: Exception | None = None, **_: object) -> None:
        self._failure = exception or RuntimeError("pyttsx3 gave no reason")


def answer(synthesizer: Synthesizer, request: dict[str, Any]) -> bytes:
    """Return the reply frame to one request; whatever goes wrong is in it."""
    try:
        if request["do"] == "voices":
            return pack({"voices": synthesizer.voices(), "variants": synthesizer.variants()})
        sound, rate = synthesizer.say(request["text"], request["voice"], request["rate"])
    except NoSuchVoiceError as error:
        return pack({"error": "voice", "message": str(error)})
    except Exception as error:
        return pack({"error": "fault", "message": f"{type(error).__name__}: {error}"})
    return pack({"rate": rate}, sound)


def main() -> None:
    """Answer requests until the parent goes away."""
    # Only frames may reach the parent: what any library prints goes nowhere.
    requests, replies = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    threading.Thread(target=_leave_with_parent, args=(requests,), daemon=True).start()
    with open(requests, "rb") as incoming, open(replies, "wb") as outgoing:
        try:
            synthesizer = Synthesizer()
        except Exception as error:
            outgoing.write(pack({"error": "start", "message": f"{type(error).__name__}: {error}"}))
            return
        outgoing.write(pack({"ready": True}))
        outgoing.flush()
        while lengths := incoming.read(LENGTHS.size):
            size, _ = LENGTHS.unpack(lengths)
            outgoing.write(answer(synthesizer, json.loads(incoming.read(size))))
            outgoing.flush()


def _leave_with_parent(pipe: int) -> None:
    """End this process when the parent's end of the pipe closes, even in the middle of a text."""
    watch = select.poll()
    watch.register(pipe, 0)  # a hang-up is reported without being asked for
    watch.poll()
    os._exit(0)


if __name__ == "__main__":
    main()
