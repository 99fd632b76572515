"""The phones of the English model, and the numbers that Kaldi gives them."""

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

TRANSITIONS: Final = 2 * len(PHONES)
"""How many transition ids there are: each phone has one state, to enter and to stay in."""


def phone_id(phone: str) -> int:
    """Return Kaldi's number of a phone, from 1."""
    return INDEX[phone] + 1


def entering(phone: int) -> int:
    """Return the transition id that enters a phone, given as Kaldi's number."""
    return 2 * phone


def staying(phone: int) -> int:
    """Return the transition id that stays in a phone, given as Kaldi's number."""
    return 2 * phone - 1
