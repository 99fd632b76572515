"""What the coach knows and says, as data: read once from YAML, then immutable."""

from skill.content.loader import load_content
from skill.content.types import (
    Adaptation,
    Check,
    Content,
    Country,
    Exercise,
    Extra,
    Flag,
    FollowUp,
    Route,
    Rule,
    Topic,
)

__all__ = [
    "Adaptation",
    "Check",
    "Content",
    "Country",
    "Exercise",
    "Extra",
    "Flag",
    "FollowUp",
    "Route",
    "Rule",
    "Topic",
    "load_content",
]
