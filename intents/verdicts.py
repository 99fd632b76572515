"""What one clause of an answer says: a spoken yes or no, or what its words imply."""

from dataclasses import dataclass
from itertools import pairwise, zip_longest
from typing import Final

from intents.clauses import (
    AUXILIARIES,
    FEW_OTHERS,
    UNTOLD,
    Clause,
    denied,
    says_none,
    spoken_answer,
    tone_of,
)
from intents.phrasebook import Mark
from intents.understanding import Answer

__all__ = ["CAUTIOUS", "NOTHING", "TOLD", "Verdict", "counterfactual", "read_clause"]

YES, NO, UNSURE = Answer.YES, Answer.NO, Answer.UNSURE

CAUTIOUS: Final = 0.6
"""Confidence where the words pull both ways and the safer one was taken."""

TOLD: Final = 0.75
"""Confidence of a statement about what was asked for: "it's been doing that since sunday"."""

_IMPLIED: Final = 0.8  # "all good", "a bit": no yes or no in it

# A phrase that implies an answer counts only in a short clause: "a bit of a cough last year when
# we were away" is no answer. Words of no meaning are not counted.
_MOST_OTHERS: Final = {
    "unsure": 8,
    "fine": 6,
    "abnormal": 9,
    "partial": 7,
    "past": 8,
    "both": 3,
    "one": 3,
    "can": 8,
    "told": 9,
    "consent": 10,
}
_HARDLY_ANY: Final = 2
_MORE: Final = 4  # words that may follow, where the phrase comes first: "just the once when ..."
_GONE: Final = frozenset({"past", "not_now"})
_SOME: Final = frozenset({"partial", "plenty"})
_HALF: Final = _GONE | {
    "partial",
    "almost",
}  # "no, only when i sit": next to a no, these take it back
_ITSELF: Final = frozenset({"sign", "did", "past", "cannot"})
_EASED: Final = frozenset({"eased", "posture"})
_UNDONE: Final = frozenset({"aux_no", "bare_not"})
_SUPPOSED: Final = frozenset({"any", "sign", "did", "fine", "abnormal"})
_PASSING: Final = frozenset({"sign", "past"})  # "it helps, then it comes back"
_LASTING: Final = frozenset({"eased", "past"})
_REFUSALS: Final = frozenset({"offer", "decline", "not_now"})
_POLITE: Final = frozenset({"cannot", "i_am_fine"})  # "i can't just now", "i'm fine thanks"
_CONSENTS: Final = frozenset({"consent", "agree", "can"})
_LEADS: Final = frozenset({"yes", "no", *AUXILIARIES})
_WELL: Final = {"yes": NO, "no": YES}
_UNWELL: Final = {"yes": YES, "no": NO}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a clause says: an answer or None, how sure, and whether "yes" or "no" was spoken."""

    answer: Answer | None = None
    confidence: float = 0.0
    spoken: bool = False
    faint: bool = False  # of long ago: a yes or no in the next clause goes before it


NOTHING: Final = Verdict()


def read_clause(clause: Clause, words: tuple[str, ...], yes_means: str | None) -> Verdict:
    """Return what one clause says to a question with that `yes_means` (None: an offer)."""
    labels = clause.labels
    if "aside" in labels:
        return NOTHING
    polar, sure = spoken_answer(clause)
    leads = polar is not None and clause.telling[0].label in _LEADS
    if doubt := _doubt(clause, leads=leads, offered=yes_means is None):
        return doubt
    if polar is None and "offer" in labels and yes_means is not None:
        return Verdict(UNSURE, 0.9)
    if polar is UNSURE:
        return Verdict(UNSURE, CAUTIOUS)
    if polar is not None and "reported" in labels and not leads:
        return _reported(clause, polar)
    tone = tone_of(clause, words)
    if yes_means is None and "decline" in labels and labels.isdisjoint({"yes", "no"}):
        return _to_an_offer(clause)  # "i am a bit tired"
    if polar is not None:
        return _spoken(polar, sure, clause, words, tone, yes_means)
    if clause.telling and clause.telling[0].label == "not_that" and yes_means == "yes":
        return Verdict(NO, TOLD)
    if "reported" in labels:
        return NOTHING
    if yes_means is None:
        return _to_an_offer(clause)
    return _implied(clause, words, tone, yes_means) or _told(clause, words, yes_means) or NOTHING


def counterfactual(condition: Clause, words: tuple[str, ...], yes_means: str | None) -> Verdict:
    """Return what "if i had (i would have called)" says: the condition does not hold."""
    labels = condition.labels
    stray = condition.others and labels.isdisjoint(_SUPPOSED)
    if yes_means is None or "counter" not in labels or stray:
        return NOTHING
    if "abnormal" in tone_of(condition, words):
        return Verdict(_WELL[yes_means], TOLD)
    return Verdict(NO, TOLD)


def _doubt(clause: Clause, *, leads: bool, offered: bool) -> Verdict | None:
    """Return UNSURE where a clause is one of doubt. After "no ..." only the next words can be."""
    if leads and (offered or not {"unsure", "may"} & clause.close):
        return None
    telling = clause.telling
    if "unsure" in clause.labels:
        first = telling[0].label == "unsure" or leads
        return Verdict(UNSURE, 0.9) if first or clause.others <= _MOST_OTHERS["unsure"] else NOTHING
    passing = leads or clause.opener == "contrast"
    for mark, following in zip_longest(telling, telling[1:]):
        if mark and mark.label == "may" and not (passing and _is_untold(following)):
            return Verdict(UNSURE, 0.9)
    return None


def _is_untold(mark: Mark | None) -> bool:
    return mark is not None and mark.label in UNTOLD


def _reported(clause: Clause, polar: Answer) -> Verdict:
    """Return what "my wife says i do" says; "my sister said yes" may be about anything."""
    telling = clause.telling
    for mark, following in pairwise(telling):
        if mark.label == "reported" and following.label in AUXILIARIES:
            return Verdict(polar, CAUTIOUS)
    return NOTHING


def _spoken(
    answer: Answer,
    sure: float,
    clause: Clause,
    words: tuple[str, ...],
    tone: frozenset[str],
    yes_means: str | None,
) -> Verdict:
    """Return a spoken yes or no, or UNSURE where the rest of the clause pulls the other way."""
    labels = clause.labels
    unwell = "abnormal" in tone or "cannot" in labels
    eases = yes_means == "no" and not labels.isdisjoint(_EASED)
    half = clause.close & _HALF - (_GONE if "any" in labels else set())
    if any(m.label == "abnormal" and denied(clause, m, words) for m in clause.marks):
        half -= {"partial"}  # "it is not worse at night"
    first = clause.telling[0]
    plain = first.label == "yes" or (first.label == "no" and _is_word(first))
    better = yes_means == "yes" and "eased" in labels and not plain
    doubt = unwell or better or (bool(half) and not eases)
    if yes_means is None:
        against = answer is NO and "abnormal" in tone
    elif answer.value == yes_means:
        well = "fine" in tone or (yes_means == "no" and "can" in labels)
        well = well and not unwell
        waved = _twice(clause) or (
            clause.telling[0].label not in _LEADS and says_none(clause, words)
        )
        if yes_means == "no" and well and waved:
            return Verdict(YES, CAUTIOUS, True)  # "no no it's fine", "nothing odd no"
        against = well and (yes_means == "no" or clause.others < FEW_OTHERS)
    else:
        against = doubt
    if yes_means is not None and answer is YES and "long_ago" in labels:
        said = YES if any(m.label == "yes" and _is_word(m) for m in clause.marks) else UNSURE
        return Verdict(said, CAUTIOUS, True, faint=True)
    if against:
        return Verdict(UNSURE, CAUTIOUS, True)
    return Verdict(answer, sure, True)


def _is_word(mark: Mark) -> bool:
    """Return whether a mark is one word: "yes", but not "i had that"."""
    return mark.end - mark.start == 1


def _twice(clause: Clause) -> bool:
    """Return whether a clause begins with "no no": it waves a worry away."""
    return [m.label for m in clause.telling[:2]] == ["no", "no"]


def _to_an_offer(clause: Clause) -> Verdict:
    """Return what a clause without a yes or no says to "shall i show you one?"."""
    labels, others = clause.labels, clause.others
    first = clause.telling[0].label if clause.telling else ""
    if not labels.isdisjoint(_REFUSALS) or first in _POLITE:
        return Verdict(NO, _IMPLIED)
    if "hurdle" in labels:
        return Verdict(UNSURE, CAUTIOUS)
    if first in _CONSENTS and others <= _MOST_OTHERS["consent"]:
        return Verdict(YES, _IMPLIED)
    return NOTHING


def _implied(
    clause: Clause, words: tuple[str, ...], tone: frozenset[str], yes_means: str
) -> Verdict | None:
    """Return what describing words imply: "all good", "a bit", "i couldn't"."""
    labels, others = clause.labels, clause.others
    first, second, *_ = (*(m.label for m in clause.telling), "", "")
    if "cannot" in labels and (first == "cannot" or yes_means == "no"):
        # To "is it hard to feel it?", "i can't" is a yes or a no: only the question knows.
        return Verdict(NO, 0.9) if yes_means == "no" else Verdict(UNSURE, CAUTIOUS)
    if "abnormal" in tone and "fine" in tone:
        return Verdict(UNSURE, CAUTIOUS)
    if "long_ago" in labels and (others < _HARDLY_ANY or not labels.isdisjoint(_ITSELF)):
        mark = next(m for m in clause.marks if m.label == "long_ago")
        not_since = denied(clause, mark, words, reach=len(words))
        answer = NO if not_since and yes_means == "yes" else UNSURE
        return Verdict(answer, CAUTIOUS, faint=True)
    if _GONE & labels and others <= _MOST_OTHERS["past"]:
        return Verdict(UNSURE, CAUTIOUS)
    if "abnormal" in tone and others <= _MOST_OTHERS["abnormal"]:
        return Verdict(_UNWELL[yes_means], _IMPLIED)
    if "likened" in labels and yes_means == "no" and "fine" not in tone:
        return Verdict(NO, TOLD)
    if first == "almost" and others < _HARDLY_ANY:
        return Verdict(UNSURE, CAUTIOUS)
    some = first in _SOME or (first in ("aux_yes", "aux_be", "can") and second in _SOME)
    if some and others <= _MOST_OTHERS["partial"] + _MORE * (first in _SOME):
        return Verdict(UNSURE if yes_means == "no" else YES, _IMPLIED)
    if "fine" in tone and others <= _MOST_OTHERS["fine"]:
        return Verdict(_WELL[yes_means], _IMPLIED)
    if first == "can" and others <= _MOST_OTHERS["can"]:
        return Verdict(UNSURE, CAUTIOUS) if yes_means == "yes" else Verdict(YES, 0.9)
    if first == "both" and others <= _MOST_OTHERS["both"]:
        return Verdict(YES, _IMPLIED)
    if first == "one" and others <= _MOST_OTHERS["one"]:
        return Verdict(UNSURE if yes_means == "no" else YES, _IMPLIED)
    if first == "consent" and others <= FEW_OTHERS:
        return Verdict(YES, _IMPLIED)
    return None


def _told(clause: Clause, words: tuple[str, ...], yes_means: str) -> Verdict | None:
    """Return what a statement about the thing asked for says: "it has never done that"."""
    labels = clause.labels
    if clause.others > _MOST_OTHERS["told"] or "kin" in labels:
        return None
    # "Not getting any better" denies no sign; nor does what has not stopped or eased.
    lasting = "faculty" in labels or (yes_means == "yes" and not labels.isdisjoint(_LASTING))
    no = None if lasting else Verdict(NO, TOLD)
    if yes_means == "no" and {"hurts", "posture"} <= labels and "eased" not in labels:
        return Verdict(NO, CAUTIOUS)
    for mark in clause.marks:
        if mark.label == "ails":
            return Verdict(_UNWELL[yes_means], TOLD)
        if mark.label == "any" and denied(clause, mark, words, reach=len(words)):
            return no
        if mark.label in ("sign", "did") or (yes_means == "no" and mark.label in _EASED):
            if denied(clause, mark, words):
                return no
            open_end = yes_means == "no" and not labels.isdisjoint(_PASSING)
            return Verdict(UNSURE, CAUTIOUS) if open_end else Verdict(YES, TOLD)
        if mark.label == "emphatic":
            return Verdict(YES, TOLD)
    if "ref" in labels and not labels.isdisjoint(_SOME) and "aux_no" not in labels:
        return Verdict(YES, TOLD) if yes_means == "yes" else Verdict(UNSURE, CAUTIOUS)
    if yes_means == "no" and clause.telling and clause.telling[0].label in _UNDONE:
        return Verdict(NO, CAUTIOUS)
    return None
