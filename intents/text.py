"""Text as a recogniser writes it: the one form that every matcher and reader works on.

Typed text and recognised speech reach the same form: lower case, one kind of apostrophe, words
separated by single spaces, no punctuation, and the apostrophes that people leave out ("cant",
"im") put back where the word cannot be another one.
"""

import functools
import re
import unicodedata
from typing import Final

__all__ = ["expand", "is_filler", "normalize", "tokens"]

_CACHED_WORDS: Final = 8192  # people use few different words; most texts are read several times

# Marks that recognisers write for a sound that is not a word they know.
_NOISE = re.compile(r"\[(?:unk|noise|laughter)\]|<(?:unk|noise|sil|eps)>", re.IGNORECASE)
_APOSTROPHES = re.compile("[\u2018\u2019\u201b\u02bc\u02b9\u2032\uff07`\u00b4]")
_COMBINING = re.compile("[\u0300-\u036f]")
# A word holds letters and digits; an apostrophe or a decimal point may stand inside it only.
_WORD = re.compile(r"\d+(?:\.\d+)+|[^\W_]+(?:'[^\W_]+)*")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")

# Without the apostrophe these cannot be other words ("ill", "well", "were" and "id" can).
_NT = re.compile(
    "(ca|do|does|did|is|are|was|were|could|would|should|has|have|had|wo|need|must|ai)nt"
)
_CLITIC = re.compile("(i)(m|ve)|(you|they)(re|ve)|(we)(ve)|(s?he|that|what|who|how)(s)")
_FILLER = re.compile("u+h*m+|u+h+|e+r+m*|e+h+|a+h+|h+m+|mm+|mh+m+|huh|o+h+")
_NOT: Final = {"can't": ("can", "not"), "won't": ("will", "not"), "shan't": ("shall", "not")}
_ENDINGS: Final = (
    ("n't", "not"),
    ("'m", "am"),
    ("'re", "are"),
    ("'ve", "have"),
    ("'ll", "will"),
    ("'d", "would"),
)
# After these words 's is "is" (or "has"); after a name or a noun it may be a possessive.
_IS = re.compile("(it|he|she|that|what|where|there|how|who|this|here|when|why)'s")


def normalize(text: str) -> str:
    """Return text as a recogniser would write it; the function is idempotent."""
    return " ".join(tokens(text))


def tokens(text: str) -> tuple[str, ...]:
    """Return the words of `normalize(text)`."""
    text = _NOISE.sub(" ", text)
    text = _APOSTROPHES.sub("'", text)  # before NFKD, which takes U+00B4 apart
    text = _COMBINING.sub("", unicodedata.normalize("NFKD", text).lower())
    text = _THOUSANDS.sub("", unicodedata.normalize("NFKC", text))
    return tuple(map(_apostrophe, _WORD.findall(text)))


def expand(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return words with their contractions undone: ("i", "can't") → ("i", "can", "not").

    For matching only: the positions of words change, so evidence is cut from the original.
    """
    out: list[str] = []
    for word in words:
        if "'" not in word:
            out.append(word)
        elif word in _NOT:
            out.extend(_NOT[word])
        elif _IS.fullmatch(word):
            out.extend((word[:-2], "is"))
        else:
            for ending, full in _ENDINGS:
                if word.endswith(ending) and len(word) > len(ending):
                    out.extend((word[: -len(ending)], full))
                    break
            else:
                out.append(word)
    return tuple(out)


@functools.lru_cache(_CACHED_WORDS)
def is_filler(word: str) -> bool:
    """Return whether a word is a noise made while thinking ("um", "er", "hmm").

    Matchers leave these out; the answer reader does not ("uh huh" is a yes).
    """
    return _FILLER.fullmatch(word) is not None


@functools.lru_cache(_CACHED_WORDS)
def _apostrophe(word: str) -> str:
    """Return a word with the apostrophe that it was written without."""
    if found := _NT.fullmatch(word):
        return f"{found[1]}n't"
    if found := _CLITIC.fullmatch(word):
        return "'".join(part for part in found.groups() if part)
    return word
