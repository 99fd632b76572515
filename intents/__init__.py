"""Text to meaning: the intent, the red flags and the values of what somebody said.

from intents import Understander

understander = Understander.load()
understander.understand("my lower back hurts and I can't pee").symptoms

The matcher and the readers can be used alone: `read_age("i'm forty two").value`. They are loaded
when they are first named, so that importing this package stays quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from intents.understander import Understander
from intents.understanding import Answer, Finding, Outcome, Polarity, Understanding, Values

if TYPE_CHECKING:
    from intents.ages import read_age
    from intents.answers import read_answer
    from intents.choices import read_choice
    from intents.durations import read_duration
    from intents.matcher import IntentMatcher
    from intents.numbers import read_number
    from intents.regions import read_region, read_side
    from intents.severity import read_severity

__all__ = [
    "Answer",
    "Finding",
    "IntentMatcher",
    "Outcome",
    "Polarity",
    "Understander",
    "Understanding",
    "Values",
    "read_age",
    "read_answer",
    "read_choice",
    "read_duration",
    "read_number",
    "read_region",
    "read_severity",
    "read_side",
]

_MODULES: Final = {
    "IntentMatcher": "matcher",
    "read_age": "ages",
    "read_answer": "answers",
    "read_choice": "choices",
    "read_duration": "durations",
    "read_number": "numbers",
    "read_region": "regions",
    "read_severity": "severity",
    "read_side": "regions",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
