"""The phones of the English model, where in a word each may stand, and Kaldi's numbers of them.

Kaldi finds where a word begins and ends by its phones: one that begins a word is another than one
inside it, though both sound alike and the network has one output for them.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

SILENCE: Final = "SIL"
"""Silence, which is also the blank of CTC."""

SPOKEN_NOISE: Final = "SPN"
"""Speech that is no word of the vocabulary: the pronunciation of `[unk]`."""

_ARPABET: Final = (
    "AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW "
    "V W Y Z ZH"
)

PHONES: Final[tuple[str, ...]] = (SILENCE, *sorted([*_ARPABET.split(), SPOKEN_NOISE]))
"""Every phone; its index is the output of the network (the pdf) that scores it."""

INDEX: Final = {phone: index for index, phone in enumerate(PHONES)}


class Place(StrEnum):
    """Where in a word a phone stands, in Kaldi's words; silence between words is `NONWORD`."""

    NONWORD = "nonword"
    BEGIN = "begin"
    END = "end"
    INTERNAL = "internal"
    SINGLETON = "singleton"


_IN_WORDS: Final = (Place.BEGIN, Place.END, Place.INTERNAL, Place.SINGLETON)
PLACED: Final[tuple[tuple[str, Place], ...]] = (
    (SILENCE, Place.NONWORD),
    (SILENCE, Place.INTERNAL),
    *((phone, place) for phone in PHONES[1:] for place in _IN_WORDS),
)
"""Kaldi's phones in the order of their numbers, which begin at 1: a phone and its place."""

_NUMBERS: Final = {placed: number for number, placed in enumerate(PLACED, 1)}

TRANSITIONS: Final = 2 * len(PLACED)
"""How many transition ids there are: each phone has one state, to enter and to stay in."""


def phone_id(phone: str, place: Place) -> int:
    """Return Kaldi's number of a phone in a place, from 1."""
    return _NUMBERS[phone, place]


def in_word(phones: Sequence[str]) -> tuple[int, ...]:
    """Return Kaldi's numbers of the phones that make a whole word."""
    if len(phones) == 1:
        return (phone_id(phones[0], Place.SINGLETON),)
    inside = (phone_id(phone, Place.INTERNAL) for phone in phones[1:-1])
    return (phone_id(phones[0], Place.BEGIN), *inside, phone_id(phones[-1], Place.END))


def outputs() -> tuple[int, ...]:
    """Return for each of Kaldi's phones the output of the network that scores it."""
    return tuple(INDEX[phone] for phone, _ in PLACED)


def name(number: int) -> str:
    """Return what a phone is called in `phones.txt`: `AA_B` begins a word."""
    phone, place = PLACED[number - 1]
    return phone if place is Place.NONWORD else f"{phone}_{place[0].upper()}"


def entering(phone: int) -> int:
    """Return the transition id that enters a phone, given as Kaldi's number."""
    return 2 * phone


def staying(phone: int) -> int:
    """Return the transition id that stays in a phone, given as Kaldi's number."""
    return 2 * phone - 1
