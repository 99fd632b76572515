"""Kaldi's binary nnet3 acoustic models (`final.mdl`): read, held as plain arrays, and written.

The layout on disk is that of Kaldi's `nnet3-am-copy`, as far as TDNN-F models use it: a transition
model, the network's config lines, its components field by field, its context and its priors.
Reading a file and writing it gives the same bytes.
"""

import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.errors import BacktalkError
from models.training.packed import Packed

Array = NDArray[np.float32] | NDArray[np.float64]

_BINARY: Final = b"\0B"
_NETWORK: Final = b"<Nnet3> "
_COUNT: Final = b"<NumComponents> "
_END: Final = b"</Nnet3> "
# A four byte value does not say whether it is an integer: its field's name does.
_INTEGERS: Final = frozenset(
    "Dim BlockDim InputDim OutputDim RankIn RankOut RankInOut UpdatePeriod TimePeriod".split()
)
_INTEGER_LISTS: Final = frozenset({"TimeOffsets"})
_ARRAYS: Final = {b"FM ": "<f4", b"FV ": "<f4", b"DM ": "<f8", b"DV ": "<f8"}
_PACKED: Final = b"CM2 "


class Nnet3Error(BacktalkError):
    """A file is no binary nnet3 model, is cut short, or holds what this reader does not know."""

    code = "model-nnet3"


# Kaldi's basic types: bool, int32, float, double, a list of int32, a vector or matrix.
Value = bool | np.int32 | np.float32 | np.float64 | tuple[int, ...] | Array | Packed


@dataclass(slots=True)
class Component:
    """One component: its name, its kind (such as `TdnnComponent`) and its fields in file order.

    Fields carry their names without the angle brackets, such as `LinearParams`.
    """

    name: str
    kind: str
    fields: dict[str, tuple[Value, ...]] = field(default_factory=dict)

    def array(self, name: str) -> NDArray[np.float32]:
        """Return a field that is a vector or a matrix; `Nnet3Error` where there is none."""
        values = self.fields.get(name, ())
        if len(values) == 1 and isinstance(values[0], Packed):
            return values[0].unpacked()
        if len(values) != 1 or not isinstance(values[0], np.ndarray):
            raise _lacking(self, name)
        return values[0].astype(np.float32)

    def number(self, name: str) -> float:
        """Return a field that is one number; `Nnet3Error` where there is none."""
        values = self.fields.get(name, ())
        if len(values) != 1 or not isinstance(values[0], np.int32 | np.float32 | np.float64):
            raise _lacking(self, name)
        return float(values[0])

    def offsets(self) -> tuple[int, ...]:
        """Return a `TdnnComponent`'s time offsets in frames."""
        values = self.fields.get("TimeOffsets", ())
        if len(values) != 1 or not isinstance(values[0], tuple):
            raise _lacking(self, "TimeOffsets")
        return values[0]


@dataclass(slots=True)
class Nnet3Model:
    """A `final.mdl`: `transitions` are the bytes of its transition model, left as they are.

    `config` are the lines that join the components. Contexts are in input frames. `priors`, where
    not empty, hold a positive number for each output, whose logarithm Kaldi takes from the score.
    """

    transitions: bytes
    config: tuple[str, ...]
    components: tuple[Component, ...]
    left_context: int
    right_context: int
    priors: Array

    def component(self, name: str) -> Component:
        """Return a component by its name; `Nnet3Error` where there is none."""
        for component in self.components:
            if component.name == name:
                return component
        raise Nnet3Error(
            f"The network has no component {name}.", "Use a TDNN-F model such as the bundled one."
        )

    def has(self, name: str) -> bool:
        """Tell whether there is a component of this name."""
        return any(component.name == name for component in self.components)


def read_nnet3(path: Path) -> Nnet3Model:
    """Read a model's `final.mdl`; raise `Nnet3Error` where it is not one or is damaged."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Nnet3Error(
            f"{path} cannot be read: {error.strerror}.", "Name a model's am/final.mdl."
        ) from error
    if not data.startswith(_BINARY + b"<TransitionModel> "):
        raise Nnet3Error(
            f"{path} is not a binary Kaldi acoustic model.",
            "Name a model's am/final.mdl. A text file becomes binary with nnet3-am-copy.",
        )
    return _Reader(data, path).model()


def write_nnet3(model: Nnet3Model, path: Path) -> None:
    """Write a `final.mdl` in one step, so that no half of one is left where writing fails."""
    partial = path.with_name(path.name + ".part")
    partial.write_bytes(nnet3_bytes(model))
    partial.replace(path)


def nnet3_bytes(model: Nnet3Model) -> bytes:
    """Return what stands in a `final.mdl`."""
    parts = [_BINARY, model.transitions, _NETWORK, b"\n"]
    parts += ["\n".join(model.config).encode(), b"\n\n", _COUNT, integer(len(model.components))]
    for component in model.components:
        parts.append(f"<ComponentName> {component.name} <{component.kind}> ".encode())
        for name, values in component.fields.items():
            parts.append(f"<{name}> ".encode())
            parts += [_value_bytes(value) for value in values]
        parts.append(f"</{component.kind}> ".encode())
    parts += [_END, b"<LeftContext> ", integer(model.left_context)]
    parts += [b"<RightContext> ", integer(model.right_context)]
    parts += [b"<Priors> ", _value_bytes(model.priors)]
    return b"".join(parts)


def integer(number: int) -> bytes:
    """Return an int32 as Kaldi writes it: its size, then itself, little endian."""
    return b"\x04" + struct.pack("<i", number)


def integers(numbers: tuple[int, ...]) -> bytes:
    """Return a list of int32 as Kaldi writes it."""
    return integer(len(numbers)) + struct.pack(f"<{len(numbers)}i", *numbers)


def _value_bytes(value: Value) -> bytes:
    if isinstance(value, bool):
        return b"T" if value else b"F"
    if isinstance(value, tuple):
        return integers(value)
    if isinstance(value, Packed):
        header = struct.pack("<ffii", value.lowest, value.span, *value.codes.shape)
        return _PACKED + header + value.codes.tobytes()
    if isinstance(value, np.ndarray):
        kind = (b"D" if value.dtype == np.float64 else b"F") + (b"M " if value.ndim == 2 else b"V ")
        sizes = b"".join(integer(size) for size in value.shape)
        return kind + sizes + value.astype(_ARRAYS[kind]).tobytes()
    return bytes([value.itemsize]) + value.tobytes()


def _lacking(component: Component, name: str) -> Nnet3Error:
    return Nnet3Error(
        f"Component {component.name} has no readable field {name}.",
        "Use a TDNN-F model such as the bundled one.",
    )


class _Reader:
    """Reads a file's bytes from front to back, never past the end."""

    def __init__(self, data: bytes, path: Path) -> None:
        self._data, self._path, self._at = data, path, 0

    def model(self) -> Nnet3Model:
        transitions = self._until(_NETWORK)[len(_BINARY) :]
        config = self._until(_COUNT).decode(errors="replace").strip().splitlines()
        components = tuple(self._component() for _ in range(self._size()))
        self._expect(_END.decode().strip())
        self._expect("<LeftContext>")
        left = self._size()
        self._expect("<RightContext>")
        right = self._size()
        self._expect("<Priors>")
        priors = self._value("Priors")
        if not isinstance(priors, np.ndarray) or self._at != len(self._data):
            raise self._broken("it does not end where it should")
        return Nnet3Model(transitions, tuple(config), components, left, right, priors)

    def _component(self) -> Component:
        self._expect("<ComponentName>")
        component = Component(self._token(), self._token().strip("<>"))
        while (token := self._token()) != f"</{component.kind}>":
            if not (token.startswith("<") and token.endswith(">")):
                raise self._broken(f"a field's name is missing in {component.name}")
            name, values = token.strip("<>"), []
            while self._peek(1) != b"<":
                values.append(self._value(name))
            if name in component.fields:
                raise self._broken(f"{component.name} has {token} twice")
            component.fields[name] = tuple(values)
        return component

    def _value(self, name: str) -> Value:
        if self._peek(3) in _ARRAYS:
            return self._array()
        if self._peek(len(_PACKED)) == _PACKED:
            return self._packed()
        if self._peek(1) in b"TF":
            return self._take(1) == b"T"
        if name in _INTEGER_LISTS:
            size = self._size()
            return struct.unpack(f"<{size}i", self._take(4 * size))
        kind = self._take(1)
        if kind == b"\x04":
            number = np.int32 if name in _INTEGERS else np.float32
            return number(np.frombuffer(self._take(4), number)[0])
        if kind == b"\x08":
            return np.float64(np.frombuffer(self._take(8), "<f8")[0])
        raise self._broken(f"the value of <{name}> is of a kind that is not known here")

    def _array(self) -> Array:
        kind = self._take(3)
        shape = [self._size() for _ in range(2 if kind[1:2] == b"M" else 1)]
        data_type = np.dtype(_ARRAYS[kind])
        raw = self._take(int(np.prod(shape)) * data_type.itemsize)
        return np.frombuffer(raw, data_type).reshape(shape)

    def _packed(self) -> Packed:
        self._take(len(_PACKED))
        lowest, span, rows, columns = struct.unpack("<ffii", self._take(16))
        if rows < 0 or columns < 0:
            raise self._broken("a matrix has no size")
        codes = np.frombuffer(self._take(2 * rows * columns), "<u2").reshape(rows, columns)
        return Packed(np.float32(lowest), np.float32(span), codes)

    def _size(self) -> int:
        raw = self._take(5)
        (number,) = struct.unpack("<i", raw[1:])
        if raw[:1] != b"\x04" or number < 0:
            raise self._broken("a count is not one")
        return int(number)

    def _token(self) -> str:
        return self._until(b" ").decode(errors="replace")

    def _expect(self, token: str) -> None:
        found = self._token()
        if found != token:
            raise self._broken(f"{token} is missing")

    def _until(self, mark: bytes) -> bytes:
        end = self._data.find(mark, self._at)
        if end < 0:
            raise self._broken(f"it is cut short before {mark.decode().strip() or 'a space'}")
        raw = self._data[self._at : end]
        self._at = end + len(mark)
        return raw

    def _peek(self, size: int) -> bytes:
        if self._at >= len(self._data):
            raise self._broken("it is cut short")
        return self._data[self._at : self._at + size]

    def _take(self, size: int) -> bytes:
        raw = self._data[self._at : self._at + size]
        if len(raw) < size:
            raise self._broken("it is cut short")
        self._at += size
        return raw

    def _broken(self, why: str) -> Nnet3Error:
        return Nnet3Error(
            f"{self._path} is damaged: {why} (byte {self._at}).",
            "Fetch or export the model again.",
        )
