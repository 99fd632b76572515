"""Who the words are about: the speaker, or somebody the speaker asks for."""

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

from intents.ages import read_age
from intents.corpus import DEFAULT_LOCALE, load_table
from intents.phrasebook import Mark, PhraseBook, Words
from intents.text import is_filler, tokens
from intents.understanding import OTHER

__all__ = ["Concerned", "PeopleReader", "read_person"]

_FURTHEST: Final = 3  # words from "my" or "his" to the part of the body
_POSSESSIVE: Final = "'s"


@dataclass(frozen=True, slots=True)
class Concerned:
    """The person that the words are about: None is the speaker; sex is "f", "m" or not known."""

    person: str | None = None
    sex: str | None = None


class PeopleReader:
    """Finds the person concerned."""

    def __init__(self, table: Mapping[str, Any], locale: str = DEFAULT_LOCALE) -> None:
        classes: Mapping[str, Any] = table["classes"]
        people: Mapping[str, Any] = table["people"]

        def book(name: str) -> PhraseBook:
            rows = table[name]
            return PhraseBook(rows if isinstance(rows, dict) else {name: rows}, classes=classes)

        said = {p: list(_forms(row, table["forms"])) for p, row in people.items()}
        self._people = PhraseBook(said, classes=classes)
        self._first = PhraseBook({p: row.get("first", ()) for p, row in people.items()})
        after = {p: list(_forms(row, table["after_possessive"])) for p, row in people.items()}
        self._heads = PhraseBook(after, classes=classes, shared=True)
        self._kinds: dict[str, str] = {p: row.get("is", p) for p, row in people.items()}
        self._sexes: dict[str, str | None] = {p: row.get("sex") for p, row in people.items()}
        self._about, self._neutral = book("about"), book("neutral")
        self._own, self._idle, self._ill = book("own"), book("idle"), book("ill")
        self._suffers, self._handling = book("suffers"), book("handling")
        self._idioms, self._healers = book("idioms"), book("healers")
        self._speaker, self._self_leads = book("speaker"), book("self_leads")
        self._better = book("better")
        self._body = frozenset(classes["body"])
        self._reports = frozenset(classes["report"])
        self._pronouns: dict[str, str] = table["pronouns"]
        self._sexed: dict[str, str] = {
            word: sex for sex, words in table["selves"].items() for word in words
        }
        self._aged: dict[str, str] = table["aged"]
        self._openers = frozenset(table["openers"])
        self._name_leads = frozenset(table["name_leads"])
        self._denials = frozenset(table["denials"])
        self._subjects = frozenset(table["subjects"])
        self._owners = frozenset(table["owners"])
        self._speakers = frozenset(table["speakers"])
        self._self = frozenset(table["self"])
        self._stops = frozenset(table["stops"])
        self._self_articles = frozenset(table["self_articles"])
        self._self_stops = frozenset(table["self_stops"])
        self._most_between: int = table["most_between"]
        self._locale = locale

    def read(self, text: str) -> Concerned:
        """Return the person concerned."""
        words = tuple(w for w in Words.of(text).words if not is_filler(w))
        people = self._mentions(words)
        return self._other(words, people) or Concerned(None, self._own_sex(text, words, people))

    # -- who is named --------------------------------------------------------------------------

    def _mentions(self, words: tuple[str, ...]) -> list[Mark]:
        """Return the people named; "my wife's mother" is one, and "i am a mother" none."""
        found: list[Mark] = []
        for mark in self._people.scan(words):
            if found and mark.start < found[-1].end:
                continue
            if self._names_speaker(words, mark.start):
                continue
            found.append(self._chained(words, mark))
        if not found or found[0].start > 0:
            opening = next(i for i in range(len(words) + 1) if not self._opens(words, i))
            first = self._first.at(words, opening)
            if first is not None and (not found or first.end <= found[0].start):
                found.insert(0, first)
        return found

    def _opens(self, words: Sequence[str], place: int) -> bool:
        return place < len(words) and words[place] in self._openers

    def _names_speaker(self, words: Sequence[str], start: int) -> bool:
        """Return whether a person is the speaker: "i am a mother", "i am his wife"."""
        if words[start] not in self._self_articles:
            start -= 1
        return start > 0 and words[start] in self._self_articles and self._is_self(words, start)

    def _is_self(self, words: Sequence[str], start: int) -> bool:
        return bool(self._self_leads.before(words, start))

    def _chained(self, words: Sequence[str], mark: Mark) -> Mark:
        if words[mark.end : mark.end + 1] == (_POSSESSIVE,):
            head = self._heads.at(words, mark.end + 1)
            if head is not None:
                sex = self._sexes[head.label]
                label = OTHER if sex is None else f"{OTHER}_{sex}"
                return self._chained(words, Mark(label, mark.start, head.end))
        return mark

    # -- whom it is about ----------------------------------------------------------------------

    def _other(self, words: tuple[str, ...], people: Sequence[Mark]) -> Concerned | None:
        """Return the other person that the words are about, or None for the speaker."""
        if not people and self._subjects.isdisjoint(words) and self._owners.isdisjoint(words):
            return None
        if self._is_own(words, people):
            return None
        for mark in self._named_best(words, people):
            if self._concerns(words, mark, people):
                sex = self._sexes[mark.label] or self._pronoun(words, mark)
                return Concerned(self._kinds[mark.label], sex)
        return None if people else self._somebody(words)

    def _is_own(self, words: Sequence[str], people: Sequence[Mark]) -> bool:
        """Return whether the speaker's own body or state is told of."""
        named = {i for mark in people for i in range(mark.start, mark.end)}
        for mark in self._own.scan(words):
            denied = mark.start > 0 and words[mark.start - 1] in self._denials
            if not denied and mark.start not in named:
                return True
        return any(
            word in self._speakers
            and place not in named
            and self._owns(words, place + 1)
            and (place == 0 or words[place - 1] not in self._denials)
            for place, word in enumerate(words)
        )

    def _owns(self, words: Sequence[str], start: int) -> bool:
        """Return whether a part of the body follows closely."""
        for word in words[start : start + _FURTHEST]:
            if word in self._body:
                return True
            if word in self._stops:
                return False
        return False

    def _named_best(self, words: Sequence[str], people: Sequence[Mark]) -> list[Mark]:
        """Return the people in the order in which the words may be about them."""
        better = [
            m
            for m in people[1:]
            if "before" in self._better.before(words, m.start)
            or "before" in self._better.before(words, m.start + 1)
            or "after" in self._better.after(words, m.end)
        ]
        return better or [m for m in people if not self._is_denied(words, m)]

    def _is_denied(self, words: Sequence[str], mark: Mark) -> bool:
        return mark.start > 0 and words[mark.start - 1] in self._denials

    def _concerns(self, words: tuple[str, ...], mark: Mark, people: Sequence[Mark]) -> bool:
        """Return whether the words are about one of the people named."""
        if self._handling.scan(words[: mark.start + 1]):
            return False
        before, rest = words[: mark.start], words[mark.end :]
        about = self._about.before(words, mark.start)
        if "for" in about:
            return True
        if self._is_their_body(words, mark) or self._suffering(words, mark.end) is not None:
            return True
        named = {i for other in people for i in range(other.start, other.end)}
        neutral = self._neutral_places(words)
        if any(w in self._self and i not in named | neutral for i, w in enumerate(words)):
            return False
        if "have" in about:
            return True
        if rest and (rest[0] in self._reports or (rest[1:2] and rest[1] in self._reports)):
            return bool(self._ill.scan(rest[1:]))
        if self._idle.at(rest, 0) is not None:
            return False
        if not before or before[-1] in self._openers:
            return True
        if before[-2:-1] and before[-2] in self._name_leads:
            return True  # "our david my husband"
        return mark.start - 1 in neutral and before[-1] in self._self  # "not me my husband"

    def _is_their_body(self, words: Sequence[str], mark: Mark) -> bool:
        """Return whether "his back" or "my wife's back" is among the words."""
        follows = mark.end + (words[mark.end : mark.end + 1] == (_POSSESSIVE,))
        if self._owns(words, follows):
            return True
        return any(
            word in self._owners and self._owns(words, place + 1)
            for place, word in enumerate(words)
        )

    def _suffering(self, words: Sequence[str], start: int) -> int | None:
        """Return the place of a "he" or "she" of whom something bad is said."""
        for place in range(start, len(words)):
            if words[place] in self._subjects and self._suffers.at(words, place + 1) is not None:
                return place
        return None

    def _neutral_places(self, words: Sequence[str]) -> set[int]:
        """Return the places of words in which "i" or "me" is only the one who tells."""
        return {i for m in self._neutral.scan(words) for i in range(m.start, m.end)}

    def _pronoun(self, words: Sequence[str], mark: Mark) -> str | None:
        """Return the sex that a pronoun after the person, or else before it, says."""
        for word in (*words[mark.end :], *words[: mark.start]):
            if word in self._pronouns:
                return self._pronouns[word]
        return None

    def _somebody(self, words: tuple[str, ...]) -> Concerned | None:
        """Return the "he" or "she" whom no noun names, where something is the matter."""
        if self._healers.scan(words) or self._idioms.scan(words) or self._handling.scan(words):
            return None
        place = self._suffering(words, 0)
        if place is None:
            owners = (i for i, word in enumerate(words) if word in self._owners)
            place = next((i for i in owners if self._owns(words, i + 1)), None)
        neutral = self._neutral_places(words)
        if place is None or any(w in self._self and i not in neutral for i, w in enumerate(words)):
            return None
        return Concerned(OTHER, self._pronouns.get(words[place]))

    # -- the speaker ---------------------------------------------------------------------------

    def _own_sex(self, text: str, words: tuple[str, ...], people: Sequence[Mark]) -> str | None:
        """Return the speaker's sex where it is said: "i'm a mum of three", "my prostate"."""
        for mark in self._speaker.scan(words):
            said, _, life = mark.label.partition("_")
            if not life or not any(person.end <= mark.start for person in people):
                return said
        for place in range(len(words)):
            if self._is_self(words, place) and (sex := self._self_noun(words, place)):
                return sex
        age = read_age(text, self._locale)
        following = tokens(text)[age.span[1] : age.span[1] + 1] if age is not None else ()
        return self._aged.get(following[0]) if following else None

    def _self_noun(self, words: Sequence[str], start: int) -> str | None:
        if start < len(words) and words[start] not in self._self_articles:
            return None
        for word in words[start : start + self._most_between]:
            if word in self._sexed:
                return self._sexed[word]
            if word in self._self_stops and word not in self._self_articles:
                return None
        return None


def _forms(row: Mapping[str, Any], forms: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Return templates of the ways in which a person is named."""
    for name, templates in forms.items():
        for head, template in product(row.get(name, ()), templates):
            yield template.replace("{head}", head)


@functools.cache
def _reader(locale: str) -> PeopleReader:
    return PeopleReader(load_table(locale, "people"), locale)


def read_person(text: str, locale: str = DEFAULT_LOCALE) -> Concerned:
    """Return who a text is about, and the sex where the words say it.

    "My wife's back has gone" is about the wife; "my wife thinks I should rest", "my mum had
    cancer" and "should I let my friend crack my back" are about the speaker. The persons are wife,
    husband, partner, mother, father, grandmother, grandfather, daughter, son, granddaughter,
    grandson, brother, sister, child, friend and other.
    """
    return _reader(locale).read(text)
