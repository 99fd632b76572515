"""Reads facts from JSON, for the decision table on its own."""

import json
from typing import Any

from skill.triage.rules import Facts

_KEYS = ("yes", "unsure", "unheard", "long_standing")
_IGNORED = ("no", "sex", "summary")
"""Keys that a vignette's facts may hold and the decision table does not use."""

MAX_AGE = 120
"""Years."""


def read_facts(text: str, flags: frozenset[str]) -> Facts:
    """Return the facts of one JSON object; every flag not named is a no.

    Raises:
        ValueError: not a JSON object, an unknown key or flag, or an age outside 0 to 120.
    """
    try:
        data: Any = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        raise ValueError("the line is not JSON") from None
    if not isinstance(data, dict):
        raise ValueError("the line is not a JSON object")
    if unknown := sorted(set(data) - {"age", *_KEYS, *_IGNORED}):
        raise ValueError(f"unknown key {unknown[0]!r}: use age, {', '.join(_KEYS)}")
    named = {key: _flags(key, data.get(key), flags) for key in _KEYS}
    return Facts(age=_age(data.get("age")), **named)


def _flags(key: str, value: Any, flags: frozenset[str]) -> frozenset[str]:
    if value is None:
        return frozenset()
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise ValueError(f"{key!r} is not a list of flags")
    if unknown := sorted(set(value) - flags):
        raise ValueError(f"unknown flag {unknown[0]!r} in {key!r}")
    return frozenset(value)


def _age(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_AGE:
        raise ValueError("'age' is not a whole number of years from 0 to 120")
    return value
