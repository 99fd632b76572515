"""Where the matcher's thresholds come from: five-fold cross-validation over the phrases.

Each phrase is matched by an index that has not seen it; lines that the coach knows nothing of
stand for everything else. Nothing here is test data.

Run: python benchmarks/intent_thresholds.py [--clinc data_full.json] [--json]
CLINC150 (CC BY 3.0) adds its 200 out-of-scope lines of train and validation; never its test lines.
"""

import argparse
import json
import random
from pathlib import Path

import numpy as np

from intents.corpus import DEFAULT_LOCALE, load_corpus, load_table
from intents.matcher import ACCEPT, CONFIRM, MARGIN, IntentMatcher, Match
from intents.phrases import load_concepts
from intents.understanding import Outcome

STRANGE = Path(__file__).parent.parent / "tests/data/understanding/out_of_scope_tuning.txt"
FOLDS = 5
SEEDS = 3


def cross_validated(seed: int) -> list[tuple[bool, Match]]:
    """Return, for each phrase, whether the best intent is its own, and the whole match."""
    phrases = load_corpus().phrases
    synonyms = load_table(DEFAULT_LOCALE, "synonyms")["synonyms"]
    dice = random.Random(seed)
    fold: dict[tuple[str, str], int] = {}
    for intent, texts in phrases.items():
        shuffled = list(texts)
        dice.shuffle(shuffled)
        fold.update({(intent, text): place % FOLDS for place, text in enumerate(shuffled)})
    found = []
    for out in range(FOLDS):
        kept = {i: [t for t in ts if fold[i, t] != out] for i, ts in phrases.items()}
        matcher = IntentMatcher(kept, synonyms, load_concepts(DEFAULT_LOCALE))
        for (intent, text), number in fold.items():
            if number == out:
                match = matcher.match(text)
                found.append((match.candidates[0].intent == intent, match))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clinc", type=Path, help="CLINC150's data_full.json")
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    options = parser.parse_args()
    matcher = IntentMatcher(
        load_corpus().phrases,
        load_table(DEFAULT_LOCALE, "synonyms")["synonyms"],
        load_concepts(DEFAULT_LOCALE),
    )
    strange = {"near": [t for t in STRANGE.read_text().splitlines() if t and t[0] != "#"]}
    if options.clinc:
        rows = json.loads(options.clinc.read_text())
        strange["clinc"] = [text for text, _ in rows["oos_train"] + rows["oos_val"]]
    known = [pair for seed in range(SEEDS) for pair in cross_validated(seed)]
    right = np.array([r for r, _ in known])
    scores = np.array([m.candidates[0].score for _, m in known])
    accepted = np.array([m.outcome is Outcome.ACCEPT for _, m in known])
    rejected = np.array([m.outcome is Outcome.REJECT for _, m in known])
    result: dict[str, object] = {
        "thresholds": {"accept": ACCEPT, "confirm": CONFIRM, "margin": MARGIN},
        "phrases": len(known) // SEEDS,
        "accuracy": round(float(right.mean()), 4),
        "accepted_right": round(float((accepted & right).mean()), 4),
        "accepted_wrong": round(float((accepted & ~right).mean()), 4),
        "rejected": round(float(rejected.mean()), 4),
    }
    for name, texts in strange.items():
        matches = [matcher.match(text) for text in texts]
        other = np.array([m.candidates[0].score if m.candidates else 0.0 for m in matches])
        above = (scores[right][:, None] > other).mean() + (
            scores[right][:, None] == other
        ).mean() / 2
        result[name] = {
            "lines": len(texts),
            "auroc": round(float(above), 4),
            "accepted": round(sum(m.outcome is Outcome.ACCEPT for m in matches) / len(texts), 4),
            "rejected": round(sum(m.outcome is Outcome.REJECT for m in matches) / len(texts), 4),
        }
    if options.json:
        print(json.dumps(result))
        return
    for name, value in result.items():
        print(f"{name:16} {value}")


if __name__ == "__main__":
    main()
