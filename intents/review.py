"""A second pair of eyes for whoever writes phrases: what overlaps, is too thin, or is stale."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from intents.corpus import DEFAULT_LOCALE, load_corpus
from intents.matcher import IntentMatcher
from intents.phrases import is_fitted, load_matcher
from intents.understanding import Outcome

__all__ = ["LEAST_PHRASES", "Checked", "Kind", "Remark", "check_lines", "review"]

LEAST_PHRASES: Final = 12
"""Phrases of an intent; accuracy on CLINC150 grows from 84 % with ten to 93 % with a hundred."""

NEAR: Final = 0.7
"""Similarity to another intent's phrase from which a phrase is worth a second look."""

ALIKE: Final = 0.9
"""Similarity of two phrases of different intents that a listener could not tell apart."""


class Kind(StrEnum):
    """What a remark is about."""

    FEW = "few"
    NEARER = "nearer"
    OVERLAP = "overlap"
    UNHEARD = "unheard"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to mend; `wrong` where it makes the coach misunderstand, else advice."""

    kind: Kind
    intent: str
    text: str
    wrong: bool


@dataclass(frozen=True, slots=True)
class Checked:
    """A line of a test file, what was wanted (any of it), and what was understood."""

    text: str
    wanted: tuple[str, ...]
    found: str
    score: float
    phrase: str

    @property
    def right(self) -> bool:
        """Return whether it was understood as wanted."""
        return self.found in self.wanted


def review(
    locale: str = DEFAULT_LOCALE, hears: Callable[[str], bool] | None = None
) -> tuple[Remark, ...]:
    """Return what is to be mended in the phrases of a language.

    `hears` says whether the recogniser's vocabulary holds a word. Raises LocaleError.
    """
    phrases = load_corpus(locale).phrases
    remarks = [
        Remark(Kind.FEW, intent, f"{len(texts)} phrases; give it {LEAST_PHRASES}", False)
        for intent, texts in phrases.items()
        if len(texts) < LEAST_PHRASES
    ]
    matcher = load_matcher(locale)
    owned = [(intent, text) for intent, texts in phrases.items() for text in texts]
    remarks += _overlaps(matcher, owned)
    if hears is not None:
        for intent, text in owned:
            unheard = [word for word in text.split() if not hears(word)]
            if unheard:
                remarks.append(
                    Remark(Kind.UNHEARD, intent, f"{text!r}: {', '.join(unheard)}", False)
                )
    if not is_fitted(locale):
        remarks.append(
            Remark(Kind.STALE, "", "The phrases changed since the layer was fitted.", False)
        )
    return tuple(remarks)


def check_lines(lines: Sequence[tuple[str, tuple[str, ...]]], locale: str) -> Iterator[Checked]:
    """Yield how each (text, wanted intents) is understood; "none" is wanted out of scope.

    An intent counts from where it would be asked about; what is rejected is "none".
    """
    matcher = load_matcher(locale)
    for text, wanted in lines:
        match = matcher.match(text)
        if match.outcome is Outcome.REJECT:
            score = match.candidates[0].score if match.candidates else 0.0
            yield Checked(text, wanted, "none", score, "")
        else:
            best = match.candidates[0]
            yield Checked(text, wanted, best.intent, best.score, best.phrase)


def _overlaps(matcher: IntentMatcher, owned: Sequence[tuple[str, str]]) -> Iterator[Remark]:
    """Yield the phrases that are nearer to a phrase of another intent than to any of their own."""
    names = np.array([intent for intent, _ in owned])
    for place, (intent, text) in enumerate(owned):
        scores = matcher.similarities(text)
        scores[place] = 0.0
        mine = names == intent
        own = float(scores[mine].max())
        other = int(np.where(mine, 0.0, scores).argmax())
        score = float(scores[other])
        if score < NEAR or score <= own:
            continue
        alike = score >= ALIKE
        yield Remark(
            Kind.OVERLAP if alike else Kind.NEARER,
            intent,
            f"{text!r} is {'all but' if alike else 'nearer to'} {owned[other][1]!r}"
            f" of {names[other]} ({score:.2f})",
            alike,
        )
