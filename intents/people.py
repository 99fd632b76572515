"""Who the words are about: the speaker, or somebody the speaker asks for."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from intents.ages import read_age
from intents.corpus import DEFAULT_LOCALE, load_table
from intents.phrasebook import Mark, PhraseBook, Words
from intents.text import is_filler, tokens

__all__ = ["Concerned", "PeopleReader", "read_person"]


@dataclass(frozen=True, slots=True)
class Concerned:
    """The person that the words are about: None is the speaker; sex is "f", "m" or not known."""

    person: str | None = None
    sex: str | None = None


class PeopleReader:
    """Finds the person concerned."""

    def __init__(self, table: Mapping[str, Any], locale: str = DEFAULT_LOCALE) -> None:
        classes = {**table["classes"], "cancer": table["kinds_of_cancer"]}
        people: Mapping[str, Any] = table["people"]
        self._people = PhraseBook({p: row["forms"] for p, row in people.items()}, classes=classes)
        self._sexes = {p: row.get("sex") for p, row in people.items()}
        self._before = PhraseBook(table["before"], classes=classes)
        self._after = PhraseBook(table["after"], classes=classes)
        self._own_body = PhraseBook({"own": table["own_body"]}, classes=classes)
        self._handling = PhraseBook({"handling": table["handling"]}, classes=classes)
        self._speaker = PhraseBook(table["speaker"], classes=classes)
        self._aged: dict[str, str] = table["aged"]
        self._pronouns: dict[str, str] = table["pronouns"]
        self._near: int = table["near"]
        self._locale = locale

    def read(self, text: str) -> Concerned:
        """Return the person concerned."""
        words = tuple(w for w in Words.of(text).words if not is_filler(w))
        for mark in self._people.scan(words):
            if self._concerns(words, mark):
                following = (self._pronouns.get(word) for word in words[mark.end :])
                sex = self._sexes[mark.label] or next((s for s in following if s), None)
                return Concerned(mark.label, sex)
        return Concerned(None, self._own_sex(text, words))

    def _concerns(self, words: tuple[str, ...], mark: Mark) -> bool:
        """Return whether the words are about the person at a place among them."""
        rest = words[mark.end :]
        after = self._after.after(words, mark.end)
        own = any("speaker" in self._after.after(rest, i) for i in range(self._near))
        if "history" in after or own or self._own_body.scan(rest):
            return False
        if self._handling.scan(words[: mark.start + 1]):
            return False
        if "about" in self._before.before(words, mark.start):
            return True
        leads = self._before.scan(words[: mark.start])
        begins = sum(lead.end - lead.start for lead in leads) == mark.start
        return begins and (not rest or "state" in after)

    def _own_sex(self, text: str, words: tuple[str, ...]) -> str | None:
        said = self._speaker.scan(words)
        if said:
            return said[0].label
        age = read_age(text, self._locale)
        following = tokens(text)[age.span[1] : age.span[1] + 1] if age is not None else ()
        return self._aged.get(following[0]) if following else None


@functools.cache
def _reader(locale: str) -> PeopleReader:
    return PeopleReader(load_table(locale, "people"), locale)


def read_person(text: str, locale: str = DEFAULT_LOCALE) -> Concerned:
    """Return who a text is about, and the sex where the words say it.

    "My wife's back has gone" is about the wife; "my wife thinks I should rest", "my mum had
    cancer" and "should I let my friend crack my back" are about the speaker.
    """
    return _reader(locale).read(text)
