"""Text to meaning: the intent, the red flags and the values of what somebody said.

from intents import Understander

understander = Understander.load()
understander.understand("my lower back hurts and I can't pee").symptoms
"""

from intents.understander import Understander
from intents.understanding import Answer, Finding, Outcome, Polarity, Understanding, Values

__all__ = [
    "Answer",
    "Finding",
    "Outcome",
    "Polarity",
    "Understander",
    "Understanding",
    "Values",
]
