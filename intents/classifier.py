"""A learned second opinion on red flags: what people's sayings have in common that no rule names.

Multinomial logistic regression over words, letters and the ideas of the lexicon, fitted to the
sayings in the language's folder (`sayings/*.tsv`: text, flag or "none"). Rules go first; this
model only speaks where they found nothing.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final
from zipfile import BadZipFile

import numpy as np

from intents.corpus import DEFAULT_LOCALE, load_corpus
from intents.errors import LocaleError
from intents.features import BUCKETS, Features, Floats, features, word_bucket
from intents.lexicon import Lexicon, locale_files, read_text
from intents.negation import Scopes
from intents.patterns import Chart
from intents.softmax import fit, softmax

__all__ = ["NONE", "FlagClassifier", "classifier_path", "read_sayings", "write_classifier"]

NONE: Final = "none"
"""The label of a saying that holds no red flag."""

_FILE: Final = "classifier.npz"
_RIDGE: Final = 0.003


class FlagClassifier:
    """Tells how likely an utterance is to mean each red flag."""

    def __init__(self, labels: Sequence[str], rarity: Floats, weights: Floats) -> None:
        """`rarity` has a number for each bucket of features, `weights` a row of one per label."""
        self.labels = tuple(labels)
        self._rarity = rarity
        self._weights = weights

    @classmethod
    def load(cls, locale: str = DEFAULT_LOCALE) -> "FlagClassifier":
        """Read the model of a locale. Raises LocaleError where it is missing or damaged."""
        path = classifier_path(locale)
        try:
            with path.open("rb") as file, np.load(file) as held:
                weights = held["weights"].astype(np.float32) * held["scale"].astype(np.float32)
                return cls(held["labels"].tolist(), held["rarity"].astype(np.float32), weights)
        except (OSError, EOFError, ValueError, KeyError, BadZipFile) as error:
            raise LocaleError(
                f"{path} cannot be read: {error}", "Make it: backtalk intents fit"
            ) from error

    @classmethod
    def fitted(cls, sayings: Iterable[tuple[str, str]], lexicon: Lexicon) -> "FlagClassifier":
        """Return a model of (text, flag) pairs; takes seconds for some thousands of them."""
        rows = sorted(sayings, key=lambda row: row[1])
        labels = sorted({label for _, label in rows})
        owner = np.array([labels.index(label) for _, label in rows], dtype=np.intp)
        seen = [_features(lexicon.chart(text)) for text, _ in rows]
        counts = np.zeros(BUCKETS)
        for found in seen:
            for kind in found.kinds:
                counts[kind] += 1
        rarity = (np.log((1 + len(rows)) / (1 + counts)) + 1).astype(np.float32)
        table = np.zeros((len(rows), BUCKETS), dtype=np.float32)
        for row, found in zip(table, seen, strict=True):
            places, values = found.weighted(rarity)
            np.add.at(row, places, values)
        weights = table.T @ fit(table @ table.T, owner, len(labels), _RIDGE)
        return cls(labels, rarity, weights)

    def chances(self, chart: Chart, scopes: Scopes) -> dict[str, float]:
        """Return how likely each red flag is, from 0 to 1; they sum to at most 1."""
        places, values = features(chart, scopes).weighted(self._rarity)
        found = softmax(values @ self._weights[places])
        return {
            label: float(chance)
            for label, chance in zip(self.labels, found, strict=True)
            if label != NONE
        }

    def telling(self, flag: str, chart: Chart, most: int = 3) -> tuple[int, ...]:
        """Return the places of the words that speak most for a flag, in order."""
        column = self._weights[:, self.labels.index(flag)]
        gains = []
        for place, (piece, filler) in enumerate(zip(chart.pieces, chart.fillers, strict=True)):
            if not filler:
                bucket = word_bucket(piece)
                gains.append((float(column[bucket] * self._rarity[bucket]), place))
        return tuple(sorted(place for gain, place in sorted(gains)[-most:] if gain > 0))

    def save(self, path: Path) -> None:
        """Write the model, with one byte a weight."""
        scale = np.maximum(np.abs(self._weights).max(axis=0), 1e-6) / 127
        np.savez_compressed(
            path,
            labels=np.array(self.labels),
            rarity=self._rarity.astype(np.float16),
            weights=np.rint(self._weights / scale).astype(np.int8),
            scale=scale.astype(np.float32),
        )


def read_sayings(locale: str = DEFAULT_LOCALE) -> tuple[tuple[str, str], ...]:
    """Return the (text, flag) pairs of a locale. Raises LocaleError where a row is malformed."""
    rows: dict[str, str] = {}
    for name in locale_files(locale, "sayings", "tsv"):
        for number, line in enumerate(read_text(locale, name).splitlines(), 1):
            if not line or line.startswith("#"):
                continue
            text, _, flag = line.partition("\t")
            if not text.strip() or not flag.strip() or rows.get(text, flag) != flag:
                raise LocaleError(
                    f"{locale}/{name}, line {number}: not one text and one flag, or said twice.",
                    "Write the text, a tab and the flag or none.",
                )
            rows[text] = flag
    return tuple(rows.items())


def write_classifier(locale: str = DEFAULT_LOCALE) -> Path:
    """Fit the model to the sayings as they are now, and keep it in the language's folder.

    The phrases of the intents count as sayings of no flag.
    """
    lexicon = Lexicon.load(locale)
    lexicon.ready()
    path = classifier_path(locale)
    known = dict(read_sayings(locale))
    asked = {text: NONE for texts in load_corpus(locale).phrases.values() for text in texts}
    FlagClassifier.fitted((asked | known).items(), lexicon).save(path)
    return path


def classifier_path(locale: str) -> Path:
    """Return the file that holds the model of a language."""
    return Path(__file__).parent / "locale" / locale / _FILE


def _features(chart: Chart) -> Features:
    return features(chart, Scopes(chart))
