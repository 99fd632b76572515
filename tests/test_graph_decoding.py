"""The lexicon as a transducer: which sounds give which words, and what can follow."""

import shutil
import struct
import subprocess
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from models.errors import BrokenModelError
from models.graph.build import build_graph, frequency_model, mixture, numbered
from models.graph.counts import Text, estimate
from models.graph.decoding import UNKNOWN, Decoding, Filler, decoding_graph
from models.graph.fst import INPUT_SORTED, Fst, read_fst, write_const
from models.graph.lexicon import Lexicon
from models.graph.lookahead import write_lookahead
from models.graph.phones import PLACED, TRANSITIONS, entering, in_word, name, staying
from models.graph.wordtree import FIRST_DISAMBIGUATION, ROOT, word_tree

LEXICON = {
    "red": (("R", "EH", "D"),),
    "read": (("R", "EH", "D"), ("R", "IY", "D")),
    "reader": (("R", "IY", "D", "ER"),),
    "leader": (("L", "IY", "D", "ER"),),
    "a": (("AH",), ("EY",)),
    UNKNOWN: (("SPN",),),
}


NUMBERS = {name(number): number for number in range(1, len(PLACED) + 1)}


def tid(phone: str) -> int:
    return entering(NUMBERS[phone])


def again(phone: str) -> int:
    return staying(NUMBERS[phone])


def words_heard(decoding: Decoding, ids: list[int]) -> set[tuple[str, ...]]:
    """Every row of words that a row of transition ids can give, ends in words only."""
    fst, names = decoding.fst, {label: word for word, label in decoding.labels.items()}
    silent = {0, *decoding.disambiguations[1:]}
    found: set[tuple[str, ...]] = set()
    todo: list[tuple[int, int, tuple[str, ...]]] = [(fst.start, 0, ())]
    seen = set(todo)
    while todo:
        state, at, words = todo.pop()
        if at == len(ids) and np.isfinite(fst.final[state]):
            found.add(words)
        for arc in range(fst.first[state], fst.first[state + 1]):
            read, label = int(fst.ilabel[arc]), int(fst.olabel[arc])
            if read not in silent and (at == len(ids) or read != ids[at]):
                continue
            following = (
                int(fst.next[arc]),
                at + (read not in silent),
                (*words, names[label]) if label else words,
            )
            if following not in seen:
                seen.add(following)
                todo.append(following)
    return found


@pytest.fixture(scope="module")
def plain() -> Decoding:
    return decoding_graph(word_tree(LEXICON), None)


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        ([tid("R_B"), tid("EH_I"), tid("D_E")], {("red",), ("read",)}),
        ([tid("R_B"), again("R_B"), tid("IY_I"), tid("D_E"), again("D_E")], {("read",)}),
        (
            [tid("R_B"), tid("SIL_I"), again("SIL_I"), tid("IY_I"), tid("D_I"), tid("ER_E")],
            {("reader",)},
        ),
        ([tid("SIL"), tid("AH_S"), tid("SIL"), tid("EY_S"), tid("SIL")], {("a", "a")}),
        ([*map(tid, "L_B IY_I D_I ER_E SPN_S".split())], {("leader", UNKNOWN)}),
        ([tid("L_B"), tid("IY_I"), tid("D_I")], set()),
        ([tid("L_B"), tid("SIL"), tid("IY_I"), tid("D_I"), tid("ER_E")], set()),
        ([tid("AH_S"), tid("SIL_I")], set()),
        ([again("AH_S")], set()),
        ([tid("SIL")], {()}),
    ],
)
def test_sounds_give_their_words(
    plain: Decoding, ids: list[int], words: set[tuple[str, ...]]
) -> None:
    assert words_heard(plain, ids) == words


def test_the_filler_hears_any_run_of_phones_as_unknown() -> None:
    decoding = decoding_graph(word_tree(LEXICON), Filler(phones=2, cost=1.0))
    one, two = [tid("K_S")], [tid("K_B"), again("K_B"), tid("SIL_I"), tid("AE_E")]
    assert words_heard(decoding, one) == words_heard(decoding, [tid("K_B")]) == set()
    assert words_heard(decoding, two) == {(UNKNOWN,)}
    three = [tid("K_B"), tid("AE_I"), again("AE_I"), tid("SIL_I"), tid("T_I"), tid("S_E")]
    assert words_heard(decoding, three) == {(UNKNOWN,)}
    assert words_heard(decoding, [*two, tid("SIL"), tid("AH_S")]) == {(UNKNOWN, "a")}
    assert words_heard(decoding, [*two, *two]) == {(UNKNOWN, UNKNOWN)}
    entries = decoding.fst.olabel == decoding.labels[UNKNOWN]
    costs = decoding.fst.cost[entries & (decoding.fst.ilabel != tid("SPN_S"))]
    assert set(costs.tolist()) == {1.0}


@pytest.mark.parametrize("least", [2, 3, 4])
def test_the_filler_hears_no_run_that_is_too_short(least: int) -> None:
    decoding = decoding_graph(word_tree(LEXICON), Filler(phones=least, cost=1.0, entry=2.0))
    for length in range(2, 6):
        run = [tid("K_B"), *[tid("T_I")] * (length - 2), tid("S_E")]
        assert bool(words_heard(decoding, run)) == (length >= least)


def test_a_word_is_written_as_soon_as_it_is_sure() -> None:
    tree = word_tree(
        {"ab": (("K", "AA", "B"), ("K", "AA", "D")), "x": (("T", "AA", "B"), ("T", "AA", "D"))}
    )
    labels = {arc.symbol: arc.label for arc in tree.arcs[ROOT]}
    assert labels == {NUMBERS["K_B"]: tree.labels["ab"], NUMBERS["T_B"]: tree.labels["x"]}
    # Both words end in the same states.
    assert len(tree.arcs) == 3


def test_a_phone_tells_its_place_in_the_word() -> None:
    assert [name(number) for number in in_word(("AH",))] == ["AH_S"]
    assert [name(number) for number in in_word(("R", "EH", "D"))] == ["R_B", "EH_I", "D_E"]
    assert len(NUMBERS) == len(PLACED) == TRANSITIONS / 2


def test_homophones_are_closed_by_symbols_and_beginnings_need_none() -> None:
    tree = word_tree(LEXICON)
    used = {arc.symbol for arcs in tree.arcs for arc in arcs if arc.symbol > len(PLACED)}
    assert used == {FIRST_DISAMBIGUATION + 1, FIRST_DISAMBIGUATION + 2}
    assert tree.disambiguations == 2
    decoding = decoding_graph(tree, None)
    assert decoding.disambiguations == [TRANSITIONS + 1, TRANSITIONS + 2, TRANSITIONS + 3]


def reachable(fst: Fst, final_label: int) -> Iterator[set[int]]:
    """What each state can write next, found by walking; the final label where it may end."""
    for origin in range(fst.states):
        labels: set[int] = set()
        todo, seen = [origin], {origin}
        while todo:
            state = todo.pop()
            if np.isfinite(fst.final[state]):
                labels.add(final_label)
            for arc in range(fst.first[state], fst.first[state + 1]):
                if fst.olabel[arc]:
                    labels.add(int(fst.olabel[arc]))
                elif int(fst.next[arc]) not in seen:
                    seen.add(int(fst.next[arc]))
                    todo.append(int(fst.next[arc]))
        yield labels


@pytest.mark.parametrize("filler", [None, Filler(2, 1.0)])
def test_what_can_follow_is_what_is_said_to_follow(filler: Filler | None) -> None:
    decoding = decoding_graph(word_tree(LEXICON), filler)
    final_label = decoding.back_off + 1
    walked = list(reachable(decoding.fst, final_label))
    said = [{n for a, b in spans for n in range(a, b)} for spans in decoding.reach]
    assert said == walked


def test_the_arcs_are_sorted_for_their_matchers() -> None:
    decoding = decoding_graph(word_tree(LEXICON), Filler(2, 1.0))
    for state in range(decoding.fst.states):
        labels = decoding.fst.olabel[decoding.fst.first[state] : decoding.fst.first[state + 1]]
        assert (np.diff(labels) >= 0).all()


def openfst(*arguments: str | Path) -> str:
    if shutil.which("fstconvert") is None:
        pytest.skip("OpenFst's tools are not installed: apt-get install libfst-tools")
    libraries = [
        path
        for name in ("lookahead", "ngram")
        for path in sorted(Path("/usr/lib").glob(f"*/libfst{name}.so.[0-9][0-9]"))
    ]
    if len(libraries) != 2:
        pytest.skip("OpenFst's look-ahead library is not installed: apt-get install libfst-tools")
    done = subprocess.run(
        [str(a) for a in arguments],
        env={"LD_PRELOAD": " ".join(map(str, libraries)), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_openfst_reads_what_is_written(tmp_path: Path) -> None:
    decoding = decoding_graph(word_tree(LEXICON), Filler(2, 1.0))
    with (tmp_path / "HCLr.fst").open("wb") as file:
        write_lookahead(file, decoding)
    openfst("fstconvert", "--fst_type=vector", tmp_path / "HCLr.fst", tmp_path / "plain.fst")
    plain = read_fst(tmp_path / "plain.fst")
    for part in ("first", "ilabel", "olabel", "cost", "next", "final"):
        assert np.array_equal(getattr(plain, part), getattr(decoding.fst, part)), part


def test_openfst_would_write_the_same_tables(tmp_path: Path) -> None:
    """OpenFst numbers the labels its own way, but what it says can follow is as much."""
    decoding = decoding_graph(word_tree(LEXICON), Filler(2, 1.0))
    with (tmp_path / "plain.fst").open("wb") as file:
        write_const(file, decoding.fst, 0)
    openfst(
        "fstconvert", "--fst_type=olabel_lookahead", tmp_path / "plain.fst", tmp_path / "theirs.fst"
    )
    ours = BytesIO()
    write_lookahead(ours, decoding)
    assert table_of(ours.getvalue()) == table_of((tmp_path / "theirs.fst").read_bytes())


def table_of(data: bytes) -> list[int]:
    """How many labels can follow each state, from the end of a look-ahead file."""
    from models.graph.fst import read_header

    _, at, _ = read_header(data, 0)
    _, at, (*_, states, arcs) = read_header(data, at + 4)
    at += states * 20 + arcs * 16
    assert data[at : at + 5] == bytes([1, 0, 1, 0, 0])
    (count,) = struct.unpack_from("<q", data, at + 9)
    at += 17
    sizes = []
    for _ in range(count):
        (spans,) = struct.unpack_from("<q", data, at)
        (covered,) = struct.unpack_from("<i", data, at + 8 + 8 * spans)
        pairs = struct.unpack_from(f"<{2 * spans}i", data, at + 8)
        assert covered == sum(pairs[1::2]) - sum(pairs[::2])
        sizes.append(covered)
        at += 12 + 8 * spans
    assert at == len(data)
    return sizes


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("graph")
    words = numbered(["yes", "no", "knackered", "back", "my", "hurts", "zzxq"])
    text = Text.of([["my", "back", "hurts"], ["yes"], ["no"]], words)
    model = mixture([estimate(text, words), frequency_model({"yes": 1e-3}, words)], [3, 1])
    lexicon = Lexicon({word: (("AA", "B", "K"[: i + 1]),) for i, word in enumerate(words)})
    lexicon.give("knackered", [("N", "AE", "K", "ER", "D")])
    report = build_graph(out, model, lexicon)
    assert report.words == len(words) - 2
    return out


def test_the_files_of_a_graph_fit_together(graph: Path) -> None:
    words = {
        line.split()[0]: int(line.split()[1])
        for line in (graph / "words.txt").read_text().splitlines()
    }
    grammar = read_fst(graph / "Gr.fst")
    assert grammar.symbols == {number: word for word, number in words.items()}
    back_off = words["#0"]
    assert set(grammar.olabel[grammar.ilabel == back_off].tolist()) == {0}
    kept = grammar.ilabel != back_off
    assert np.array_equal(grammar.ilabel[kept], grammar.olabel[kept])
    # Open recognition never gives [unk].
    assert words[UNKNOWN] not in grammar.ilabel
    assert (graph / "pronunciations.txt").read_text().startswith("knackered N AE K ER D\n")
    ids = [int(line) for line in (graph / "disambig_tid.int").read_text().split()]
    assert ids[0] == TRANSITIONS + 1
    assert (graph / "phones.txt").read_text().splitlines()[:3] == ["<eps> 0", "SIL 1", "SIL_I 2"]
    places = (graph / "phones" / "word_boundary.int").read_text().splitlines()
    assert places[:3] == ["1 nonword", "2 internal", "3 begin"]
    assert len(places) == len((graph / "phones.txt").read_text().splitlines()) - 1


@pytest.mark.parametrize("kind", ["vector", "ngram"])
def test_the_other_kinds_of_grammar_are_read(graph: Path, tmp_path: Path, kind: str) -> None:
    source = graph / "Gr.fst"
    if kind == "ngram":
        # That kind has no symbol for its back-off arcs.
        fst = read_fst(source)
        back_off = next(n for n, word in (fst.symbols or {}).items() if word == "#0")
        fst.ilabel[fst.ilabel == back_off] = 0
        with (tmp_path / "acceptor.fst").open("wb") as file:
            write_const(file, resorted(fst), INPUT_SORTED)
        source = tmp_path / "acceptor.fst"
    openfst("fstconvert", f"--fst_type={kind}", source, tmp_path / "other.fst")
    first, second = read_fst(source), read_fst(tmp_path / "other.fst")
    assert arcs_by_path(first) == arcs_by_path(second)


def resorted(fst: Fst) -> Fst:
    from models.graph.fst import from_arcs

    sorted_ = from_arcs(
        fst.start, fst.final, fst.sources, fst.ilabel, fst.olabel, fst.cost, fst.next,
        by_output=False,
    )  # fmt: skip
    return sorted_


def arcs_by_path(fst: Fst) -> dict[tuple[int, ...], dict[int, float]]:
    """The costs of the arcs of each state, which is named by the shortest way to it."""
    found: dict[tuple[int, ...], dict[int, float]] = {}
    names: dict[int, tuple[int, ...]] = {fst.start: ()}
    todo = [fst.start]
    for state in todo:
        costs = {-1: round(float(fst.final[state]), 3)}
        for arc in range(fst.first[state], fst.first[state + 1]):
            target, label = int(fst.next[arc]), int(fst.ilabel[arc])
            costs[label] = round(float(fst.cost[arc]), 3)
            if target not in names:
                names[target] = (*names[state], label)
                todo.append(target)
        found[names[state]] = costs
    return found


def test_damaged_and_foreign_files_are_named(graph: Path, tmp_path: Path) -> None:
    whole = (graph / "Gr.fst").read_bytes()
    damaged = tmp_path / "Gr.fst"
    for body in (b"", b"not an fst at all", whole[: len(whole) // 2], whole[:70]):
        damaged.write_bytes(body)
        with pytest.raises(BrokenModelError, match="damaged") as caught:
            read_fst(damaged)
        assert caught.value.hint
    damaged.write_bytes(whole.replace(b"const", b"hcons", 1))
    with pytest.raises(BrokenModelError, match="of the kind 'hcons'"):
        read_fst(damaged)
