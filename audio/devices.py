"""The sound devices of this machine, without the ones that swallow sound or make none up."""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import miniaudio

# What sound servers offer where there is no hardware (ALSA's "null", PulseAudio's and PipeWire's
# "auto_null"): sound sent there is lost and what comes from there is silence.
_HOLLOW: Final = (b"null", b"auto_null", b"auto_null.monitor")


@dataclass(frozen=True, slots=True)
class Device:
    """A sound device; `number` is how a user names it, `handle` is for miniaudio."""

    number: int
    name: str
    handle: Any


def inputs(backends: "Sequence[miniaudio.Backend] | None" = None) -> tuple[Device, ...]:
    """Return the microphones, numbered from 0; none where the machine has none."""
    return _listed("get_captures", backends)


def outputs(backends: "Sequence[miniaudio.Backend] | None" = None) -> tuple[Device, ...]:
    """Return the loudspeakers, numbered from 0; none where the machine has none."""
    return _listed("get_playbacks", backends)


def real_backends() -> "list[miniaudio.Backend]":
    """Return every sound system that miniaudio knows here, but not its own null device."""
    import miniaudio

    quieten_alsa()
    return [
        backend
        for backend in miniaudio.Backend
        if backend is not miniaudio.Backend.NULL and miniaudio.is_backend_enabled(backend)
    ]


@cache
def quieten_alsa() -> object:
    """Stop libasound from writing a page to stderr wherever a device is missing.

    Its own handler is replaced for the whole process; the returned function must stay alive.
    """
    prototype = ctypes.CFUNCTYPE(
        None, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p
    )
    silent = prototype(lambda *_: None)
    try:
        ctypes.CDLL("libasound.so.2").snd_lib_error_set_handler(silent)
    except (OSError, AttributeError):
        return None  # no ALSA here, so it will not complain either
    return silent


def _listed(method: str, backends: "Sequence[miniaudio.Backend] | None") -> tuple[Device, ...]:
    import miniaudio

    class Names(miniaudio.Devices):  # type: ignore[misc]
        def _get_info(self, *_: object) -> dict[str, Any]:
            return {}  # asking for formats opens each device, and one in use spoils the list

    try:
        context = Names(list(backends or real_backends()))
        found = getattr(context, method)()
    except miniaudio.MiniaudioError:
        return ()
    real = (d for d in found if _identity(d["id"]) not in _HOLLOW)
    return tuple(Device(number, d["name"], d["id"]) for number, d in enumerate(real))


def _identity(handle: Any) -> bytes:
    import miniaudio

    return bytes(miniaudio.ffi.buffer(handle)).partition(b"\0")[0]
