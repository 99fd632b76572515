"""Two speech acts that rules find: asking to be taught a crack, and reporting a pain.

The first must be refused and the second checked however they are put, so neither depends only on
the nearest phrase.
"""

from collections.abc import Mapping
from typing import Any

from intents.corpus import DEFAULT_LOCALE, load_table
from intents.phrasebook import Mark, PhraseBook, Words
from intents.text import is_filler

__all__ = ["ActReader"]


class ActReader:
    """Finds the two acts in an utterance."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        classes = table["classes"]
        self._coaching = PhraseBook(table["coaching"], classes=classes, shared=True)
        self._reports = PhraseBook(table["reports"], classes=classes, shared=True)
        self._reach: int = table["reach"]
        self._denial_reach: int = table["denial_reach"]

    @classmethod
    def load(cls, locale: str = DEFAULT_LOCALE) -> "ActReader":
        """Return the reader of a language."""
        return cls(load_table(locale, "acts"))

    def asks_for_coaching(self, text: str) -> bool:
        """Return whether a text asks how to crack or force somebody's back or neck."""
        words = _words(text)
        marks = _all(self._coaching, words)
        if not {"teaching", "target"} <= {m.label for m in marks}:
            return False
        for teaching in (m for m in marks if m.label == "teaching"):
            for act in marks:
                forced = act.label == "forcing" and any(m.label == "other_person" for m in marks)
                if act.label != "cracking" and not forced:
                    continue
                near = teaching.end <= act.start <= teaching.end + self._reach
                between = self._coaching.labels_in(words[teaching.end : act.start])
                beyond = (m.start >= teaching.end for m in marks if m.label == "target")
                if near and "otherwise" not in between and any(beyond):
                    return True
        return False

    def reports_pain(self, text: str, *, placed: bool) -> bool:
        """Return whether a text says, rather than asks, that something hurts.

        `placed` is whether it names a part of the body: without one, only "it hurts" will do.
        """
        words = _words(text)
        marks = _all(self._reports, words)
        if any(m.label == "asking_anywhere" for m in marks):
            return False
        place = 0
        while (lead := self._reports.after(words, place)) and "empty" in lead:
            place += 1
        if "asking" in lead:
            return False
        denials = [m.start for m in marks if m.label == "denied"]
        return any(
            not any(0 < m.start - denial <= self._denial_reach for denial in denials)
            for m in marks
            if m.label == "plain" or (placed and m.label == "pain")
        )


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in Words.of(text).words if not is_filler(word))


def _all(book: PhraseBook, words: tuple[str, ...]) -> list[Mark]:
    """Return every phrase among the words, overlapping ones included."""
    return [mark for place in range(len(words)) for mark in book.all_at(words, place)]
