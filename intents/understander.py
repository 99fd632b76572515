"""From an utterance to its meaning: symptoms first, then the intent, then the values."""

from typing import TYPE_CHECKING, Any, Final

from intents.corpus import DEFAULT_LOCALE, load_corpus
from intents.understanding import Finding, Outcome, Polarity, Understanding, Values

if TYPE_CHECKING:
    from intents.acts import ActReader
    from intents.matcher import IntentMatcher
    from intents.phrasebook import Reading
    from intents.symptoms import SymptomSpotter

__all__ = ["Understander"]

CRACK_HOW: Final = "crack_how"
COMPLAINT: Final = "complaint"

RULE_SCORE: Final = 0.75
"""Score of an intent that a rule found: above what a near phrase needs to be accepted."""

MIN_FINDING: Final = 0.5
"""Confidence from which a red flag said to be there makes the utterance a complaint."""

MOSTLY: Final = 0.6
"""Share of an utterance's words from which a sign in it is all that is said ("I can't pee")."""

MOST_WORDS: Final = 200
"""Words in which an intent and values are looked for; a minute and a half of speech."""


class Understander:
    """Understands utterances in one language. Immutable once loaded, and safe to share."""

    def __init__(
        self, matcher: "IntentMatcher", spotter: "SymptomSpotter", acts: "ActReader", locale: str
    ) -> None:
        self._matcher = matcher
        self._spotter = spotter
        self._acts = acts
        self._locale = locale
        self._controls = load_corpus(locale).controls

    @classmethod
    def load(cls, locale: str = DEFAULT_LOCALE) -> "Understander":
        """Return an understander. Raises LocaleError where the language is not there.

        The work is done here, once: importing this module loads no library.
        """
        from intents.acts import ActReader
        from intents.loading import uncollected
        from intents.phrases import load_matcher
        from intents.symptoms import SymptomSpotter

        with uncollected():
            understander = cls(
                load_matcher(locale), SymptomSpotter.load(locale), ActReader.load(locale), locale
            )
            understander.understand("hello")  # fills the readers' tables, so that no turn waits
        return understander

    @property
    def matcher(self) -> "IntentMatcher":
        """What tells intents by their phrases."""
        return self._matcher

    @property
    def spotter(self) -> "SymptomSpotter":
        """What finds red flags."""
        return self._spotter

    def readings(self, text: str, *, yes_means: str | None = None) -> "dict[str, Reading[Any]]":
        """Return the values in `text` by name, each with its confidence and its words."""
        from intents.text import tokens

        return self._readings(" ".join(tokens(text)[:MOST_WORDS]), yes_means)

    def understand(self, text: str, *, yes_means: str | None = None) -> Understanding:
        """Return what `text` means; `yes_means` is that of the closed question asked before it.

        `yes_means` is "yes" where a yes says that a sign is present, "no" where it says that all
        is well, and None where no question about a sign was asked.
        """
        from intents.people import read_person
        from intents.text import tokens

        words = tokens(text)
        if not words:
            return Understanding(text)
        read = " ".join(words[:MOST_WORDS])
        symptoms = self._spotter.spot(" ".join(words))  # however long
        values = _values(self._readings(read, yes_means))
        intent, score, outcome = self._intent(read, symptoms)
        if values.answer is not None and intent in self._controls and score < RULE_SCORE:
            intent, outcome = None, Outcome.REJECT  # "no i can't" is near "no i said no"
        concerned = read_person(read, self._locale)
        return Understanding(
            text=text,
            intent=intent,
            score=score,
            outcome=outcome,
            symptoms=symptoms,
            values=values,
            person=concerned.person,
            sex=concerned.sex,
        )

    def _intent(
        self, text: str, symptoms: tuple[Finding, ...]
    ) -> tuple[str | None, float, Outcome]:
        match = self._matcher.match(text)
        scores = {c.intent: c.score for c in match.candidates}
        if self._acts.asks_for_coaching(text):
            return CRACK_HOW, max(RULE_SCORE, scores.get(CRACK_HOW, 0.0)), Outcome.ACCEPT
        best = match.candidates[0] if match.candidates else None
        reports = match.outcome is not Outcome.ACCEPT and self._is_complaint(
            text, symptoms, match.outcome
        )
        if reports or (best and best.score < RULE_SCORE and _is_mostly_a_sign(text, symptoms)):
            return COMPLAINT, max(RULE_SCORE, scores.get(COMPLAINT, 0.0)), Outcome.ACCEPT
        if best is None or match.outcome is Outcome.REJECT:
            return None, best.score if best else 0.0, Outcome.REJECT
        return best.intent, best.score, match.outcome

    def _is_complaint(self, text: str, symptoms: tuple[Finding, ...], outcome: Outcome) -> bool:
        """Return whether an utterance that no phrase stands for reports a pain or a symptom."""
        from intents.regions import read_region

        placed = read_region(text, self._locale) is not None
        if self._acts.reports_pain(text, placed=placed):
            return True
        return outcome is Outcome.REJECT and any(
            f.polarity is Polarity.YES and f.confidence >= MIN_FINDING for f in symptoms
        )

    def _readings(self, text: str, yes_means: str | None) -> "dict[str, Reading[Any]]":
        from intents.ages import read_age
        from intents.answers import read_answer
        from intents.durations import read_duration
        from intents.numbers import read_number
        from intents.phrasebook import Reading
        from intents.regions import read_region, read_side
        from intents.severity import read_severity

        said = read_answer(text, yes_means, self._locale)
        answer = Reading(said.answer, said.confidence, said.span) if said.answer else None
        found: dict[str, Reading[Any] | None] = {
            "age": read_age(text, self._locale),
            "number": read_number(text, self._locale),
            "duration": read_duration(text, self._locale),
            "severity": read_severity(text, self._locale),
            "region": read_region(text, self._locale),
            "side": read_side(text, self._locale),
            "answer": answer,
        }
        return {name: reading for name, reading in found.items() if reading is not None}


def _is_mostly_a_sign(text: str, symptoms: tuple[Finding, ...]) -> bool:
    """Return whether little else is said than that a red flag is there."""
    most = MOSTLY * len(text.split())
    return any(
        f.polarity is Polarity.YES
        and f.confidence >= MIN_FINDING
        and len(f.evidence.split()) >= most
        for f in symptoms
    )


def _values(readings: "dict[str, Reading[Any]]") -> Values:
    answer = readings.get("answer")
    values = {name: reading.value for name, reading in readings.items()}
    return Values(**values, answer_confidence=answer.confidence if answer else 0.0)
