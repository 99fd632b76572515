"""Ways to tell intents apart, ours and others', each behind two calls: build of phrases, then ask.

All get the same phrases and know nothing else. Others than ours get them and the queries in lower
case and without punctuation, since several read brackets as syntax.
"""

import functools
import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from rapidfuzz import fuzz
from rapidfuzz.process import extractOne
from rapidfuzz.utils import default_process

from intents.encoders import ENCODERS, Encoder, load_encoder
from intents.errors import IntentsError
from intents.matcher import IntentMatcher
from intents.understanding import Outcome

__all__ = ["OURS", "Answer", "Peer", "gather"]

OURS: Final = "backtalk"
SCORERS: Final = (
    "ratio",
    "token_sort_ratio",
    "token_set_ratio",
    "WRatio",
    "partial_ratio",
    "QRatio",
)
INVERSE_RIDGE: Final = 10.0
"""scikit-learn's `C`, from 600 validation queries of CLINC150: 1 and 1000 do worse, 100 as well."""

FEW: Final = 100
"""Queries of each kind for what takes long to ask."""

Phrases = Mapping[str, Sequence[str]]


class Answer(NamedTuple):
    """The best intent ("" where there is none) and its score from 0 to 1.

    `accepted` says whether the matcher would act on it, where it has thresholds of its own.
    """

    intent: str
    score: float
    accepted: bool | None = None


Ask = Callable[[str], Answer]


@dataclass(frozen=True, slots=True)
class Peer:
    """A way to tell intents apart; `most` is how many queries of each kind it is asked, or all."""

    name: str
    build: Callable[[Phrases], Ask]
    most: int | None = None


def gather() -> tuple[list[Peer], dict[str, str]]:
    """Return those whose packages are installed, and of each other one why it is left out."""
    peers = [Peer(OURS, functools.partial(_ours, None))]
    skipped: dict[str, str] = {}
    for extra in ENCODERS:
        try:
            encoder = load_encoder(extra)
        except IntentsError as error:
            skipped[f"{OURS}[{extra}]"] = f"{error} {error.hint}"
        else:
            peers.append(Peer(f"{OURS}[{extra}]", functools.partial(_ours, encoder)))
    peers += [Peer(f"rapidfuzz {name}", functools.partial(_rapidfuzz, name)) for name in SCORERS]
    for module, package, peer in (
        ("sklearn.linear_model", "scikit-learn", Peer("tf-idf + logistic", _logistic)),
        ("ovos_padatious", "ovos-padatious", Peer("padatious", _padatious, FEW)),
        ("nebulento", "nebulento", Peer("nebulento", _nebulento, FEW)),
        ("hassil", "hassil", Peer("hassil (exact)", _hassil)),
    ):
        try:
            # Imported here, so that no build has to wait for it.
            importlib.import_module(module)
        except ImportError as error:
            skipped[peer.name] = f"{error}. Install it: pip install {package}"
        else:
            peers.append(peer)
    return peers, skipped


def _ours(encoder: Encoder | None, phrases: Phrases) -> Ask:
    matcher = IntentMatcher(phrases, encoder=encoder)

    def ask(text: str) -> Answer:
        match = matcher.match(text)
        if not match.candidates:
            return Answer("", 0.0, False)
        best = match.candidates[0]
        return Answer(best.intent, best.score, match.outcome is Outcome.ACCEPT)

    return ask


def _rapidfuzz(name: str, phrases: Phrases) -> Ask:
    scorer = getattr(fuzz, name)
    owners, choices = _flat(phrases)

    def ask(text: str) -> Answer:
        found = extractOne(default_process(text), choices, scorer=scorer)
        if found is None:
            return Answer("", 0.0)
        _, score, place = found
        return Answer(owners[place], score / 100)

    return ask


def _logistic(phrases: Phrases) -> Ask:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union

    owners, texts = _flat(phrases)
    model = make_pipeline(
        make_union(
            TfidfVectorizer(ngram_range=(1, 2)),
            TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5)),
        ),
        LogisticRegression(C=INVERSE_RIDGE, max_iter=1000),
    ).fit(texts, owners)

    def ask(text: str) -> Answer:
        (chances,) = model.predict_proba([default_process(text)])
        best = int(chances.argmax())
        return Answer(str(model.classes_[best]), float(chances[best]))

    return ask


def _padatious(phrases: Phrases) -> Ask:
    from ovos_padatious import IntentContainer

    folder = TemporaryDirectory(prefix="padatious")  # it keeps a file of each intent
    container = IntentContainer(folder.name)
    names = list(phrases)
    for number, name in enumerate(names):
        container.add_intent(f"intent{number}", [default_process(t) for t in phrases[name]])
    container.train(debug=False)

    def ask(text: str, _folder: TemporaryDirectory[str] = folder) -> Answer:
        found = container.calc_intent(default_process(text))
        intent = names[int(found.name.removeprefix("intent"))] if found.name else ""
        return Answer(intent, float(found.conf or 0.0))

    return ask


def _nebulento(phrases: Phrases) -> Ask:
    from nebulento import IntentContainer

    container = IntentContainer()
    for name, texts in phrases.items():
        container.add_intent(name, [default_process(text) for text in texts])

    def ask(text: str) -> Answer:
        found = container.calc_intent(default_process(text))
        return Answer(found["name"] or "", float(found["conf"] or 0.0))

    return ask


def _hassil(phrases: Phrases) -> Ask:
    from hassil import Intents, recognize

    data = {
        name: {"data": [{"sentences": [default_process(text) for text in texts]}]}
        for name, texts in phrases.items()
    }
    intents = Intents.from_dict({"language": "en", "intents": data})
    recognize("", intents)  # builds its index

    def ask(text: str) -> Answer:
        found = recognize(default_process(text), intents)
        return Answer(found.intent.name, 1.0) if found else Answer("", 0.0)

    return ask


def _flat(phrases: Phrases) -> tuple[list[str], list[str]]:
    """Return the intent of each phrase, and the phrases as the peers get them."""
    owned = [(name, default_process(text)) for name, texts in phrases.items() for text in texts]
    return [name for name, _ in owned], [text for _, text in owned]
