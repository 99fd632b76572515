"""How fast understanding is: index build, one query against the phrases, one whole utterance.

Run: python benchmarks/understanding.py [--quick] [--json]
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from intents import Understander
from intents.corpus import load_corpus
from intents.phrases import load_matcher

QUERIES = Path(__file__).parent.parent / "tests" / "data" / "understanding" / "intents.tsv"
BUILDS = 5
ROUNDS = 20


def milliseconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def spread(work: Callable[[str], object], queries: list[str], rounds: int) -> dict[str, float]:
    """Return the median and the 99th percentile over all queries, after one round to warm up."""
    for query in queries:
        work(query)
    taken = [milliseconds(lambda q=query: work(q)) for _ in range(rounds) for query in queries]
    return {
        "p50_ms": round(float(np.percentile(taken, 50)), 3),
        "p99_ms": round(float(np.percentile(taken, 99)), 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round instead of twenty")
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    options = parser.parse_args()
    rounds = 1 if options.quick else ROUNDS
    lines = QUERIES.read_text(encoding="utf-8").splitlines()
    queries = [line.split("\t")[0] for line in lines if line and not line.startswith("#")]
    load_matcher()  # the language files are read and the libraries imported once
    build = min(milliseconds(load_matcher) for _ in range(1 if options.quick else BUILDS))
    matcher = load_matcher()
    understander = Understander.load()
    phrases = load_corpus().phrases
    result = {
        "intents": len(phrases),
        "phrases": sum(map(len, phrases.values())),
        "queries": len(queries) * rounds,
        "build_ms": round(build, 1),
        "match": spread(matcher.match, queries, rounds),
        "understand": spread(understander.understand, queries, rounds),
    }
    if not options.json:
        for name, value in result.items():
            print(f"{name:12} {value}")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
