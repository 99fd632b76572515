"""`backtalk understand`: utterances in, their meaning out."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import typer

if TYPE_CHECKING:
    from intents import Understanding
    from intents.explain import Explanation

_BY: Final = {
    "phrases": "by its phrases",
    "rule": "by a rule",
    "answer": "the words are an answer",
    "nothing": "nothing is near enough",
}


def understand(
    json_lines: bool = typer.Option(False, "--json", help="One JSON object out for each line in."),
    explain: bool = typer.Option(False, "--explain", help="Say which words made what."),
    yes_means: str = typer.Option(
        "",
        "--yes-means",
        metavar="yes|no",
        help="Read answers to a question where yes means a sign is there, or no does.",
    ),
) -> None:
    """Understand what people say: one utterance a line on standard input, one answer a line out.

    Each answer holds the intent with its score and outcome (accept, confirm or reject), the red
    flags with their polarity, and the values read. With --explain an answer is a few lines, or
    with --json one more object in the line: the intents that came near, and for each red flag and
    each value the words that made it.

    Example: echo "my lower back hurts" | backtalk understand --json
    """
    import json
    import sys

    from intents import Understander
    from intents.explain import explain as reasons
    from skill.commands import lines
    from skill.wire import explanation_object, understanding_object

    if yes_means not in ("", "yes", "no"):
        raise typer.BadParameter("give yes or no", param_hint="--yes-means")
    understander = Understander.load()
    asked = yes_means or None

    def answer(line: str) -> str:
        if not explain:
            meaning = understander.understand(line, yes_means=asked)
            found = understanding_object(meaning)
            return json.dumps(found) if json_lines else _summary(meaning)
        explanation = reasons(understander, line, yes_means=asked)
        if json_lines:
            found = understanding_object(explanation.meaning)
            return json.dumps({**found, "explanation": explanation_object(explanation)})
        return "\n".join((line, *_details(explanation), ""))

    lines.answer_each(sys.stdin.buffer, answer, str, json_lines=json_lines)


def _summary(meaning: "Understanding") -> str:
    """Return a meaning in one line."""
    from skill.wire import values

    parts = [f"{meaning.intent or 'no intent'} ({meaning.outcome}, {meaning.score:.2f})"]
    parts += [f"{f.flag}={f.polarity} ({f.evidence!r})" for f in meaning.symptoms]
    parts += [f"{name}={value}" for name, value in values(meaning).items() if value is not None]
    return "  ".join(parts)


def _details(explanation: "Explanation") -> Iterator[str]:
    """Yield the lines that tell which words made what."""
    meaning = explanation.meaning
    intent = meaning.intent or "none"
    yield f"  intent    {intent} ({meaning.outcome}, {meaning.score:.2f}), {_BY[explanation.by]}"
    for candidate in explanation.nearest:
        yield f"            {candidate.score:.2f} {candidate.intent}, near {candidate.phrase!r}"
    if meaning.person:
        yield f"  about     {meaning.person}"
    for flag in explanation.flags:
        found = flag.finding
        by = "the learned model" if flag.learned else "a rule"
        yield f"  red flag  {found.flag}: {found.polarity} ({found.confidence:.2f}), by {by}"
        yield f"            from {found.evidence!r}"
        if flag.ideas:
            ideas = ", ".join(f"{idea.name} ({idea.words!r})" for idea in flag.ideas)
            yield f"            ideas: {ideas}"
        for cue in flag.cues:
            yield f"            {cue.kind}: {cue.words!r}"
    for value in explanation.values:
        sure = f"({value.confidence:.2f})"
        yield f"  value     {value.name} = {value.value} {sure}, from {value.words!r}"
