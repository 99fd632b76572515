"""The JSON objects that `chat --json`, `understand --json` and `/v1/turn` share."""

from typing import TYPE_CHECKING, Any

from intents.understanding import Understanding
from skill.codec import encode
from skill.speech import plain
from skill.turn import Decision, Reply

if TYPE_CHECKING:
    from intents.explain import Explanation


def chat_object(reply: Reply, heard: str | None) -> dict[str, Any]:
    """Return one exchange: what was heard, what it meant, the reply and what is expected next.

    `decision` is None until an outcome is spoken. `score` runs from 0 to 1.
    """
    meaning = reply.understanding
    return {
        "heard": heard,
        "intent": meaning.intent if meaning else None,
        "score": meaning.score if meaning else 0.0,
        "symptoms": symptoms(meaning),
        "values": values(meaning),
        "reply": plain(reply.speech),
        "expect": {
            "kind": reply.expect.kind.value,
            "flag": reply.expect.flag,
            "yes_means": reply.expect.yes_means,
        },
        "decision": decision(reply.decision),
        "ended": reply.ended,
    }


def understanding_object(meaning: Understanding) -> dict[str, Any]:
    """Return what an utterance means, without any dialogue."""
    return {
        "text": meaning.text,
        "intent": meaning.intent,
        "score": meaning.score,
        "outcome": meaning.outcome.value,
        "symptoms": symptoms(meaning),
        "values": values(meaning),
    }


def decision(decision: Decision | None) -> dict[str, Any] | None:
    """Return a decision as level, rules and flags."""
    return encode(decision) if decision else None


def symptoms(meaning: Understanding | None) -> list[dict[str, Any]]:
    """Return the red flags spotted."""
    return [
        {
            "flag": f.flag,
            "polarity": f.polarity.value,
            "evidence": f.evidence,
            "confidence": f.confidence,
        }
        for f in (meaning.symptoms if meaning else ())
    ]


def values(meaning: Understanding | None) -> dict[str, Any]:
    """Return the values read; `duration` in days, `severity` from 0 to 10."""
    read = meaning.values if meaning else None
    return {
        "age": read.age if read else None,
        "number": read.number if read else None,
        "duration": read.duration if read else None,
        "severity": read.severity if read else None,
        "region": read.region if read else None,
        "side": read.side if read else None,
        "answer": read.answer.value if read and read.answer else None,
    }


def explanation_object(explanation: "Explanation") -> dict[str, Any]:
    """Return which words made what; `by` says what settled an intent or found a red flag.

    `person` is who the words are about, None for the speaker.
    """
    return {
        "person": explanation.meaning.person,
        "intent": {
            "by": explanation.by.value,
            "nearest": [
                {"intent": c.intent, "score": c.score, "phrase": c.phrase}
                for c in explanation.nearest
            ],
        },
        "symptoms": [
            {
                "flag": flag.finding.flag,
                "polarity": flag.finding.polarity.value,
                "confidence": flag.finding.confidence,
                "evidence": flag.finding.evidence,
                "by": "learned" if flag.learned else "rule",
                "ideas": [{"idea": idea.name, "words": idea.words} for idea in flag.ideas],
                "cues": [{"kind": cue.kind.value, "words": cue.words} for cue in flag.cues],
            }
            for flag in explanation.flags
        ],
        "values": [
            {"name": v.name, "value": v.value, "words": v.words, "confidence": v.confidence}
            for v in explanation.values
        ],
    }
