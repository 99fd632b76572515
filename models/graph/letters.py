"""Guessing how a word is said from its letters, with the rules of espeak-ng.

espeak-ng comes with Backtalk for its voice. Its phonemes for American English, in the International
Phonetic Alphabet, are written here in the phones of the model.
"""

import ctypes
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from models.errors import BacktalkError

_VOICE: Final = b"en-us"
_SYNCHRONOUS: Final = 2  # AUDIO_OUTPUT_SYNCHRONOUS of speak_lib.h: no sound card is opened
_NO_EXIT: Final = 0x8000  # espeakINITIALIZE_DONT_EXIT
_UTF8: Final = 1
_IPA: Final = 0x02
_SEPARATOR: Final = "_"

# Marks that do not change the phone: stress, length that carries no meaning, syllables, ties.
_MARKS: Final = str.maketrans("", "", "ˈˌ̩͡‍'")

_PHONES: Final = {
    "æ": "AE", "ɑː": "AA", "ɑ": "AA", "a": "AA", "aː": "AA", "ɒ": "AA", "ɔː": "AO", "ɔ": "AO",
    "oː": "AO", "o": "OW", "ʌ": "AH", "ə": "AH", "ɐ": "AH", "ᵻ": "IH", "ɪ": "IH", "i": "IY",
    "iː": "IY", "u": "UW", "uː": "UW", "ʊ": "UH", "ɛ": "EH", "e": "EH", "ɚ": "ER", "ɜː": "ER",
    "ɜ": "ER", "eɪ": "EY", "aɪ": "AY", "ɔɪ": "OY", "aʊ": "AW", "oʊ": "OW", "əʊ": "OW",
    "aɪə": "AY AH", "aɪɚ": "AY ER", "iə": "IY AH", "eə": "EH AH", "ɑ̃": "AA N", "ɔ̃": "AO N",
    "p": "P", "b": "B", "t": "T", "d": "D", "k": "K", "ɡ": "G", "g": "G", "f": "F", "v": "V",
    "θ": "TH", "ð": "DH", "s": "S", "z": "Z", "ʃ": "SH", "ʒ": "ZH", "h": "HH", "m": "M",
    "n": "N", "ŋ": "NG", "l": "L", "ɫ": "L", "ɹ": "R", "r": "R", "w": "W", "j": "Y", "tʃ": "CH",
    "dʒ": "JH", "ʔ": "T", "x": "K", "ç": "HH", "ɬ": "L", "ɲ": "N Y", "əl": "AH L", "ɾ": "T",
}  # fmt: skip
_LONGEST: Final = max(map(len, _PHONES))
_FLAP: Final = "ɾ"


class GuessError(BacktalkError):
    """espeak-ng, which guesses how words are said, cannot be used."""

    code = "pronunciation-guess"
    exit_code = 1


def guess(words: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return how each word is probably said; a word that gives no phones is left out.

    Raises `GuessError` where espeak-ng cannot be started.
    """
    library = _library()
    guessed = {}
    for word in words:
        if phones := tuple(phones_of(_ipa(library, word), word)):
            guessed[word] = phones
    return guessed


def phones_of(ipa: str, word: str) -> Iterator[str]:
    """Return the phones of phonemes that espeak-ng has written, separated, for a word.

    A double consonant is written once, and so is R behind ER, as in the dictionary.
    """
    before = ""
    for phone in _phones_of(ipa, word):
        if phone != before and (before, phone) != ("ER", "R"):
            yield phone
        before = phone


def _phones_of(ipa: str, word: str) -> Iterator[str]:
    for piece in ipa.split(_SEPARATOR):
        rest = piece.translate(_MARKS)
        syllabic = "̩" in piece
        while rest:
            for length in range(min(_LONGEST, len(rest)), 0, -1):
                if phones := _PHONES.get(rest[:length]):
                    break
            else:
                rest = rest[1:]
                continue
            if syllabic:
                yield "AH"
            if rest[:length] == _FLAP and "t" not in word:
                phones = "D"
            yield from phones.split()
            rest = rest[length:]


def _ipa(library: Any, word: str) -> str:
    text = ctypes.create_string_buffer(word.encode("utf-8"))
    pointer = ctypes.c_void_p(ctypes.addressof(text))
    parts = []
    while pointer.value:
        mode = ord(_SEPARATOR) << 8 | _IPA
        part = library.espeak_TextToPhonemes(ctypes.byref(pointer), _UTF8, mode)
        if part is None:
            break
        parts.append(part.decode("utf-8"))
    return _SEPARATOR.join(parts)


@lru_cache(maxsize=1)
def _library() -> Any:
    try:
        import espeakng_loader

        library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = Path(espeakng_loader.get_data_path()).parent
    except (ImportError, OSError, RuntimeError) as error:
        raise _unusable(str(error)) from error
    library.espeak_TextToPhonemes.restype = ctypes.c_char_p
    rate = library.espeak_Initialize(_SYNCHRONOUS, 0, str(data).encode(), _NO_EXIT)
    if rate <= 0 or library.espeak_SetVoiceByName(_VOICE) != 0:
        raise _unusable("its voice en-us cannot be loaded")
    return library


def _unusable(why: str) -> GuessError:
    return GuessError(
        f"Words without a known pronunciation cannot be guessed: espeak-ng does not start ({why}).",
        "Install Backtalk again, or give their pronunciations with --words.",
    )
