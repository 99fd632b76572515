"""Building the whole graph of a model: words, pronunciations and a language model into files."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from models.graph.counts import Text, estimate, unigrams
from models.graph.decoding import UNKNOWN, Decoding, Filler, decoding_graph
from models.graph.fst import INPUT_SORTED, write_const
from models.graph.grammar import to_fst
from models.graph.lexicon import Lexicon, Pronunciation, Source
from models.graph.lookahead import write_lookahead
from models.graph.ngram import END, START, NgramModel, mix
from models.graph.phones import PLACED, SPOKEN_NOISE, name
from models.graph.pruning import prune
from models.graph.text import words_of
from models.graph.wordtree import Pronunciations, word_tree

EPSILON: Final = "<eps>"
BACK_OFF: Final = "#0"
PHONES_FILE: Final = "phones.txt"
BOUNDARIES_FILE: Final = "phones/word_boundary.int"
WORDS_FILE: Final = "words.txt"
DISAMBIGUATION_FILE: Final = "disambig_tid.int"
LOOKAHEAD_FILE: Final = "HCLr.fst"
GRAMMAR_FILE: Final = "Gr.fst"
# What the dictionary cannot say again: given and guessed pronunciations. Vosk does not read it.
PRONUNCIATIONS_FILE: Final = "pronunciations.txt"

# Chosen on development speech: in a grammar of yes, no and not sure, 20 of 20 orders of drinks by
# people are refused. Costs are paid beside acoustic scores times 0.7, the model's acoustic scale.
DEFAULT_FILLER: Final = Filler(phones=2, cost=1.05, entry=14.0)
# Open recognition never gives `[unk]`: there is no arc for it in Gr.fst. Cheap as the filler must
# be to win in a grammar, it would swallow whole sentences there, whatever its first arc cost. A
# grammar that lists `[unk]` gives it the same chance as its own words.
DEFAULT_UNKNOWN: Final = 0.0
# How often a sentence ends, in a model that knows only how frequent words are.
_END_RATE: Final = 0.1
# Of a symbol in Gr.fst, beside its text.
_SYMBOL_BYTES: Final = 12


@dataclass(frozen=True, slots=True)
class Corpus:
    """Texts that are counted together, one sentence a line, and their share of the mixture.

    The shares of all models of a mixture are divided by their sum.
    """

    name: str
    files: tuple[Path, ...]
    weight: float

    def sentences(self) -> list[list[str]]:
        """Return the words of every sentence, in normal form."""
        found = []
        for file in self.files:
            lines = file.read_text(encoding="utf-8").splitlines()
            found += [words for line in lines if (words := words_of(line))]
        return found


@dataclass(frozen=True, slots=True)
class GraphReport:
    """What a graph holds, and what its files weigh in bytes.

    `left_out` are the words that nothing could pronounce.
    """

    words: int
    ngrams: tuple[int, ...]
    guessed: tuple[Pronunciation, ...]
    left_out: tuple[str, ...]
    decoding_bytes: int
    grammar_bytes: int


def numbered(vocabulary: Sequence[str]) -> tuple[str, ...]:
    """Return the words of a language model over a vocabulary."""
    special = (START, END, UNKNOWN)
    return (*special, *sorted(set(vocabulary) - set(special)))


def corpus_model(corpus: Corpus, words: tuple[str, ...]) -> NgramModel:
    """Return the trigram model of one corpus."""
    return estimate(Text.of(corpus.sentences(), words), words)


def frequency_model(frequencies: Mapping[str, float], words: tuple[str, ...]) -> NgramModel:
    """Return the unigram model of word frequencies; words without one get the least of them."""
    least = min((value for value in frequencies.values() if value > 0), default=1.0)
    given = np.array([frequencies.get(word, 0.0) or least for word in words])
    given[[words.index(START), words.index(END)]] = 0.0
    given *= (1 - _END_RATE) / given.sum()
    given[words.index(END)] = _END_RATE
    return unigrams(given, words)


def mixture(
    models: Sequence[NgramModel], weights: Sequence[float], by_history: float = 0.0
) -> NgramModel:
    """Return the models mixed by their weights, which are divided by their sum."""
    total = sum(weights)
    return mix(models, [weight / total for weight in weights], by_history)


def _with_unigrams(model: NgramModel, probabilities: Mapping[str, float]) -> NgramModel:
    """Return the model with other unigrams for a few words, the rest scaled to fill up to one."""
    level = model.levels[0]
    changed = [model.number(word) for word in probabilities]
    values = np.exp(level.log_prob)
    values[changed] = 0.0
    values *= (1 - sum(probabilities.values())) / values.sum()
    values[changed] = list(probabilities.values())
    with np.errstate(divide="ignore"):
        first = replace(level, log_prob=np.log(values))
    return replace(model, levels=(first, *model.levels[1:]))


def build_graph(
    out: Path,
    model: NgramModel,
    lexicon: Lexicon,
    *,
    max_grammar_bytes: int | None = None,
    filler: Filler | None = DEFAULT_FILLER,
    unknown: float = DEFAULT_UNKNOWN,
) -> GraphReport:
    """Write the files of Vosk's `graph/` folder into `out`.

    The words of the model, but `<s>` and `</s>`, are the vocabulary; it must hold `[unk]`, whose
    unigram probability becomes `unknown`. The model is pruned until Gr.fst fits into
    `max_grammar_bytes`.
    """
    out.mkdir(parents=True, exist_ok=True)
    said = lexicon.pronounce(word for word in model.words if word not in (START, END, UNKNOWN))
    entries: dict[str, Pronunciations] = {word: p.variants for word, p in said.items()}
    entries[UNKNOWN] = ((SPOKEN_NOISE,),)
    left_out = tuple(w for w in model.words if w not in entries and w not in (START, END))
    model = _with_unigrams(model, {UNKNOWN: unknown} | dict.fromkeys(left_out, 0.0))
    if max_grammar_bytes is not None:
        symbols = sum(len(word.encode()) + _SYMBOL_BYTES for word in model.words)
        model = prune(model, max_grammar_bytes - symbols)
    decoding = decoding_graph(word_tree(entries), filler)
    write_decoding(out, decoding)
    symbols_of = {n: word for word, n in decoding.labels.items()}
    symbols_of |= {0: EPSILON, decoding.back_off: BACK_OFF}
    write_grammar(out / GRAMMAR_FILE, model, symbols_of, (decoding.back_off, 0))
    write_pronunciations(out / PRONUNCIATIONS_FILE, said.values())
    return GraphReport(
        len(decoding.labels),
        tuple(len(level) for level in model.levels),
        tuple(p for p in said.values() if p.source is Source.GUESS),
        left_out,
        (out / LOOKAHEAD_FILE).stat().st_size,
        (out / GRAMMAR_FILE).stat().st_size,
    )


def write_decoding(out: Path, decoding: Decoding) -> None:
    """Write `HCLr.fst`, `words.txt`, the phones and `disambig_tid.int`."""
    with (out / LOOKAHEAD_FILE).open("wb") as file:
        write_lookahead(file, decoding)
    lines = [f"{EPSILON} 0\n", *(f"{word} {n}\n" for word, n in decoding.labels.items())]
    lines.append(f"{BACK_OFF} {decoding.back_off}\n")
    (out / WORDS_FILE).write_text("".join(lines), encoding="utf-8")
    (out / PHONES_FILE).write_text(phones_table(), encoding="utf-8")
    places = "".join(f"{number} {place}\n" for number, (_, place) in enumerate(PLACED, 1))
    (out / BOUNDARIES_FILE).parent.mkdir(exist_ok=True)
    (out / BOUNDARIES_FILE).write_text(places, encoding="utf-8")
    numbers = "".join(f"{number}\n" for number in decoding.disambiguations)
    (out / DISAMBIGUATION_FILE).write_text(numbers, encoding="utf-8")


def phones_table() -> str:
    """Return the text of `phones.txt`, by which a model with these phones is known."""
    numbers = range(1, len(PLACED) + 1)
    return f"{EPSILON} 0\n" + "".join(f"{name(number)} {number}\n" for number in numbers)


def write_grammar(
    path: Path, model: NgramModel, symbols: Mapping[int, str], back_off: tuple[int, int]
) -> None:
    """Write `Gr.fst` with the labels of a decoding graph."""
    labels = {word: label for label, word in symbols.items()}
    # A word without a label has no arc: its probability must be nothing.
    numbers = np.array([labels.get(word, 0) for word in model.words], np.int64)
    grammar = to_fst(model, numbers, back_off)
    with path.open("wb") as file:
        write_const(file, replace(grammar, symbols=dict(symbols)), INPUT_SORTED)


def write_pronunciations(path: Path, said: Iterable[Pronunciation]) -> None:
    """Write the pronunciations that the dictionary does not hold."""
    path.write_text(
        "".join(
            f"{p.word} {' '.join(phones)}\n"
            for p in said
            if p.source in (Source.GIVEN, Source.GUESS)
            for phones in p.variants
        ),
        encoding="utf-8",
    )
