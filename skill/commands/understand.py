"""`backtalk understand`: utterances in, their meaning out."""

import typer


def understand(
    json_lines: bool = typer.Option(False, "--json", help="One JSON object out for each line in."),
    yes_means: str = typer.Option(
        "",
        "--yes-means",
        metavar="yes|no",
        help="Read answers to a question where yes means a sign is there, or no does.",
    ),
) -> None:
    """Understand what people say: one utterance a line on standard input, one answer a line out.

    Each answer holds the intent with its score and outcome (accept, confirm or reject), the red
    flags with their polarity, and the values read.

    Example: echo "my lower back hurts" | backtalk understand --json
    """
    import json
    import sys

    from intents import Understander, Understanding
    from skill.commands import lines
    from skill.wire import understanding_object

    if yes_means not in ("", "yes", "no"):
        raise typer.BadParameter("give yes or no", param_hint="--yes-means")
    understander = Understander.load()

    def read(line: str) -> Understanding:
        return understander.understand(line, yes_means=yes_means or None)

    def describe(meaning: Understanding) -> str:
        found = understanding_object(meaning)
        if json_lines:
            return json.dumps(found)
        parts = [f"{meaning.intent or 'no intent'} ({meaning.outcome}, {meaning.score:.2f})"]
        parts += [f"{f.flag}={f.polarity} ({f.evidence!r})" for f in meaning.symptoms]
        parts += [f"{name}={value}" for name, value in found["values"].items() if value is not None]
        return "  ".join(parts)

    lines.answer_each(sys.stdin.buffer, read, describe, json_lines=json_lines)
