"""Weighted transducers in OpenFst's binary formats: read as any of three, written as `const`.

The layouts are those of OpenFst 1.6 to 1.8 (fst.h, const-fst.h, vector-fst.h, symbol-table.h),
little-endian, tropical weights. Where all of a transducer is held in arrays, a million arcs are
read, changed and written in about a tenth of a second.
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
import numpy.typing as npt

from models.errors import BrokenModelError

Ints = npt.NDArray[np.int64]
Labels = npt.NDArray[np.int32]
Costs = npt.NDArray[np.float32]

MAGIC: Final = 2125659606
SYMBOLS_MAGIC: Final = 2125658996
EXPANDED: Final = 0x1
INPUT_SORTED: Final = 0x1000_0000
OUTPUT_SORTED: Final = 0x4000_0000

_CONST_VERSION: Final = 2
_CONST_ALIGNED: Final = 1
_VECTOR_VERSION: Final = 2
_HAS_INPUT_SYMBOLS: Final = 1
_HAS_OUTPUT_SYMBOLS: Final = 2
_IS_ALIGNED: Final = 4
_ALIGNMENT: Final = 16

_STATE: Final = np.dtype(
    [("final", "<f4"), ("first", "<u4"), ("arcs", "<u4"), ("ieps", "<u4"), ("oeps", "<u4")]
)
_ARC: Final = np.dtype([("ilabel", "<i4"), ("olabel", "<i4"), ("cost", "<f4"), ("next", "<i4")])


@dataclass(frozen=True, slots=True)
class Fst:
    """A transducer: the arcs of state s are those from `first[s]` up to `first[s + 1]`.

    `final` holds the cost (negative natural logarithm) of ending in each state, infinite where
    none may. `symbols` maps output labels to words where the file carries them.
    """

    start: int
    final: Costs
    first: Ints
    ilabel: Labels
    olabel: Labels
    cost: Costs
    next: Labels
    symbols: dict[int, str] | None = None

    @property
    def states(self) -> int:
        """The number of states."""
        return len(self.final)

    @property
    def sources(self) -> Ints:
        """The state that each arc leaves."""
        return np.repeat(np.arange(self.states), np.diff(self.first))


def from_arcs(
    start: int,
    final: Costs,
    source: npt.ArrayLike,
    ilabel: npt.ArrayLike,
    olabel: npt.ArrayLike,
    cost: npt.ArrayLike,
    target: npt.ArrayLike,
    *,
    by_output: bool,
) -> Fst:
    """Return a transducer of arcs given in any order, sorted by output or by input label."""
    sources = np.asarray(source, np.int64)
    inputs, outputs = np.asarray(ilabel, np.int32), np.asarray(olabel, np.int32)
    key, other = (outputs, inputs) if by_output else (inputs, outputs)
    targets = np.asarray(target, np.int32)
    order = np.lexsort((targets, other, key, sources))
    first = np.zeros(len(final) + 1, np.int64)
    np.cumsum(np.bincount(sources, minlength=len(final)), out=first[1:])
    return Fst(
        start,
        final,
        first,
        inputs[order],
        outputs[order],
        np.asarray(cost, np.float32)[order],
        targets[order],
    )


def write_header(
    file: BinaryIO,
    kind: str,
    version: int,
    flags: int,
    properties: int,
    shape: tuple[int, int, int],
) -> None:
    """Write the head of every transducer; `shape` is the start, the states and the arcs."""
    file.write(struct.pack("<i", MAGIC) + _text(kind) + _text("standard"))
    file.write(struct.pack("<iiQqqq", version, flags, properties, *shape))


def write_const(file: BinaryIO, fst: Fst, properties: int) -> None:
    """Write a transducer as `const`; `properties` says how its arcs are sorted."""
    flags = _HAS_OUTPUT_SYMBOLS if fst.symbols else 0
    shape = (fst.start, fst.states, len(fst.next))
    write_header(file, "const", _CONST_VERSION, flags, properties | EXPANDED, shape)
    if fst.symbols:
        file.write(_symbols("words.txt", fst.symbols))
    states = np.zeros(fst.states, _STATE)
    states["final"] = fst.final
    states["first"], states["arcs"] = fst.first[:-1], np.diff(fst.first)
    sources = fst.sources
    states["ieps"] = np.bincount(sources[fst.ilabel == 0], minlength=fst.states)
    states["oeps"] = np.bincount(sources[fst.olabel == 0], minlength=fst.states)
    arcs = np.zeros(len(fst.next), _ARC)
    arcs["ilabel"], arcs["olabel"], arcs["cost"], arcs["next"] = (
        fst.ilabel,
        fst.olabel,
        fst.cost,
        fst.next,
    )
    file.write(states.tobytes())
    file.write(arcs.tobytes())


def read_fst(path: Path) -> Fst:
    """Read a `const` or `vector` transducer; raise `BrokenModelError` where it is neither."""
    data = path.read_bytes()
    try:
        return _read(data, path)
    except (struct.error, ValueError, IndexError, UnicodeDecodeError) as error:
        raise BrokenModelError(
            f"{path} is damaged: {error}.", "Install that model again, or choose another."
        ) from error


def _read(data: bytes, path: Path) -> Fst:
    kind, at, (version, flags, _, start, states, count) = read_header(data, 0)
    symbols: dict[int, str] | None = None
    if flags & _HAS_INPUT_SYMBOLS:
        _, at = _read_symbols(data, at)
    if flags & _HAS_OUTPUT_SYMBOLS:
        symbols, at = _read_symbols(data, at)
    if kind == "const":
        aligned = flags & _IS_ALIGNED or version == _CONST_ALIGNED
        return _read_const(data, at, start, states, count, symbols, bool(aligned))
    if kind == "vector" and version == _VECTOR_VERSION:
        return _read_vector(data, at, start, states, symbols)
    if kind == "ngram":
        from models.graph.ngram_fst import read_ngram

        return read_ngram(data, at, start, symbols)
    raise BrokenModelError(
        f"{path} is a transducer of the kind {kind!r}, which Backtalk cannot change.",
        "Adapt a model whose Gr.fst is of the kind const, ngram or vector: "
        "fstconvert --fst_type=const changes one into it.",
    )


def read_header(data: bytes, at: int) -> tuple[str, int, tuple[int, ...]]:
    """Return the kind, the offset behind the head, and version, flags, properties and shape."""
    (magic,) = struct.unpack_from("<i", data, at)
    if magic != MAGIC:
        raise ValueError("it is no OpenFst file")
    kind, at = _read_text(data, at + 4)
    arc, at = _read_text(data, at)
    if arc != "standard":
        raise ValueError(f"its weights are {arc!r}")
    numbers = struct.unpack_from("<iiQqqq", data, at)
    return kind, at + struct.calcsize("<iiQqqq"), numbers


def _read_const(
    data: bytes,
    at: int,
    start: int,
    states: int,
    arcs: int,
    symbols: dict[int, str] | None,
    aligned: bool,
) -> Fst:
    def skip(offset: int) -> int:
        return -(-offset // _ALIGNMENT) * _ALIGNMENT if aligned else offset

    at = skip(at)
    heads = np.frombuffer(data, _STATE, states, at)
    body = np.frombuffer(data, _ARC, arcs, skip(at + heads.nbytes))
    first = np.append(heads["first"].astype(np.int64), arcs)
    if not np.array_equal(np.diff(first), heads["arcs"]):
        raise ValueError("its states and arcs do not fit")
    return Fst(
        start,
        heads["final"].copy(),
        first,
        body["ilabel"].copy(),
        body["olabel"].copy(),
        body["cost"].copy(),
        body["next"].copy(),
        symbols,
    )


def _read_vector(
    data: bytes, at: int, start: int, states: int, symbols: dict[int, str] | None
) -> Fst:
    final = np.zeros(states, np.float32)
    first = np.zeros(states + 1, np.int64)
    blocks = []
    for state in range(states):
        final[state], count = struct.unpack_from("<fq", data, at)
        blocks.append(np.frombuffer(data, _ARC, count, at + 12))
        first[state + 1] = first[state] + count
        at += 12 + count * _ARC.itemsize
    body = np.concatenate(blocks) if blocks else np.zeros(0, _ARC)
    return Fst(
        start,
        final,
        first,
        body["ilabel"].copy(),
        body["olabel"].copy(),
        body["cost"].copy(),
        body["next"].copy(),
        symbols,
    )


def _text(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack("<i", len(encoded)) + encoded


def _read_text(data: bytes, at: int) -> tuple[str, int]:
    (length,) = struct.unpack_from("<i", data, at)
    if not 0 <= length <= len(data) - at - 4:
        raise ValueError("a text in it has no end")
    return data[at + 4 : at + 4 + length].decode(), at + 4 + length


def _symbols(name: str, symbols: dict[int, str]) -> bytes:
    parts = [struct.pack("<i", SYMBOLS_MAGIC), _text(name)]
    parts.append(struct.pack("<qq", max(symbols) + 1, len(symbols)))
    parts += [_text(word) + struct.pack("<q", label) for label, word in sorted(symbols.items())]
    return b"".join(parts)


def _read_symbols(data: bytes, at: int) -> tuple[dict[int, str], int]:
    (magic,) = struct.unpack_from("<i", data, at)
    if magic != SYMBOLS_MAGIC:
        raise ValueError("its table of symbols is damaged")
    _, at = _read_text(data, at + 4)
    _, count = struct.unpack_from("<qq", data, at)
    at += 16
    symbols = {}
    for _ in range(count):
        word, at = _read_text(data, at)
        (label,) = struct.unpack_from("<q", data, at)
        symbols[label] = word
        at += 8
    return symbols, at
