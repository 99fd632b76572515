"""Build the graph of a model from texts: `python -m models.graph`.

A plain interface for training; users have `backtalk models adapt`.
"""

import argparse
import sys
from pathlib import Path

from models.graph.build import (
    DEFAULT_FILLER,
    DEFAULT_UNKNOWN,
    Corpus,
    build_graph,
    corpus_model,
    frequency_model,
    mixture,
    numbered,
)
from models.graph.decoding import Filler
from models.graph.lexicon import english


def _corpus(text: str) -> Corpus:
    path, _, weight = text.partition("=")
    return Corpus(Path(path).stem, (Path(path),), float(weight or 1))


def main(arguments: list[str] | None = None) -> int:
    """Run the command; the exit code is 0 where the graph was written."""
    parser = argparse.ArgumentParser(prog="python -m models.graph", description=__doc__)
    parser.add_argument("out", type=Path, help="the folder to write")
    parser.add_argument("--text", type=_corpus, action="append", required=True, metavar="FILE=W")
    parser.add_argument("--frequencies", type=Path, required=True, help="lines: word, frequency")
    parser.add_argument("--frequency-weight", type=float, default=0.1)
    parser.add_argument("--max-grammar-bytes", type=int)
    parser.add_argument("--unknown", type=float, default=DEFAULT_UNKNOWN)
    parser.add_argument("--filler-phones", type=int, default=DEFAULT_FILLER.phones)
    parser.add_argument("--filler-cost", type=float, default=DEFAULT_FILLER.cost)
    given = parser.parse_args(arguments)
    lines = (line.split() for line in given.frequencies.read_text("utf-8").splitlines())
    frequencies = {word: float(value) for word, value in lines}
    words = numbered(list(frequencies))
    models = [corpus_model(corpus, words) for corpus in given.text]
    models.append(frequency_model(frequencies, words))
    weights = [corpus.weight for corpus in given.text] + [given.frequency_weight]
    report = build_graph(
        given.out,
        mixture(models, weights),
        english(),
        max_grammar_bytes=given.max_grammar_bytes,
        unknown=given.unknown,
        filler=Filler(given.filler_phones, given.filler_cost) if given.filler_phones else None,
    )
    print(f"{report.words} words, n-grams {report.ngrams}")
    print(f"{report.decoding_bytes + report.grammar_bytes} bytes")
    for word in report.guessed:
        print(f"guessed: {word.word}: {word}")
    if report.left_out:
        print(f"left out: {' '.join(report.left_out)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
