"""`backtalk triage`: the decision table alone, facts in and dispositions out."""

from typing import Annotated

import typer


def triage(
    json_lines: Annotated[
        bool, typer.Option("--json", help="A JSON object out for each line in.")
    ] = False,
) -> None:
    """Decide from facts: one JSON object a line on standard input.

    Each line is like {"age": 42, "yes": ["FEVER"], "unsure": []}; flags not named are a no.
    The lists "unheard" and "long_standing" may be given too.

    Example: echo '{"age": 42, "yes": ["FEVER"]}' | backtalk triage --json
    """
    import json
    import sys

    from skill.commands import lines
    from skill.content import load_content
    from skill.triage.facts import read_facts
    from skill.triage.rules import DecisionTable
    from skill.turn import Decision

    content = load_content()
    table = DecisionTable(content)
    names = {rule.id: rule.why for rule in content.rules}

    def decide(line: str) -> Decision:
        return table.decide(read_facts(line, frozenset(content.flags)))

    def describe(decision: Decision) -> str:
        if json_lines:
            return json.dumps(
                {"level": decision.level, "rules": decision.rules, "flags": decision.flags}
            )
        why = "; ".join(f"{r}: {names[r]}" for r in decision.rules)
        return f"{decision.level}  ({why})  {' '.join(decision.flags)}".rstrip()

    lines.answer_each(sys.stdin.buffer, decide, describe, json_lines=json_lines)
