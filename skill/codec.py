"""Frozen dataclasses to plain JSON data and back, guided by their type hints."""

import types
from dataclasses import fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")


def encode(value: Any) -> Any:
    """Return `value` as dicts, lists and scalars that `json` can write."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: encode(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, tuple):
        return [encode(v) for v in value]
    if isinstance(value, StrEnum):
        return value.value
    return value


def decode(cls: type[T], data: Any) -> T:
    """Return `data` as an instance of the dataclass `cls`.

    A union of dataclasses is told apart by a `kind: Literal[...]` field.

    Raises:
        ValueError: the data does not have the shape of `cls`.
    """
    result: T = _decode(cls, data)
    return result


def _decode(hint: Any, data: Any) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _decode_union(get_args(hint), data)
    if origin is Literal:
        return _expect(data in get_args(hint), hint, data)
    if origin is tuple:
        _expect(isinstance(data, list), hint, data)
        return tuple(_decode(get_args(hint)[0], item) for item in data)
    if is_dataclass(hint):
        _expect(isinstance(data, dict), hint, data)
        hints = _hints(cast(type, hint))
        _expect(set(data) == set(hints), hint, data)
        return hint(**{name: _decode(h, data[name]) for name, h in hints.items()})  # type: ignore[operator]
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint(data)
    if hint is float and type(data) is int:
        return float(data)
    return _expect(type(data) is (type(None) if hint is None else hint), hint, data)


def _decode_union(options: tuple[Any, ...], data: Any) -> Any:
    if data is None and type(None) in options:
        return None
    options = tuple(o for o in options if o is not type(None))
    if len(options) > 1 and isinstance(data, dict):
        options = tuple(o for o in options if data.get("kind") in get_args(_hints(o)["kind"]))
    _expect(len(options) == 1, options, data)
    return _decode(options[0], data)


def _expect(holds: bool, hint: Any, data: Any) -> Any:
    if not holds:
        raise ValueError(f"expected {hint}, found {str(data)[:60]!r}")
    return data


@cache
def _hints(cls: Any) -> dict[str, Any]:
    return get_type_hints(cls)
