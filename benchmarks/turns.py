"""How long a typed turn takes inside the process: the conversations of the tests, over and over.

Usage: python benchmarks/turns.py [--quick] [--json]
"""

import argparse
import json
import statistics
import time
from pathlib import Path

import yaml

from skill.conversation import Conversation, build_coach, new_session
from skill.turn import Turn, TurnKind

FOLDER = Path(__file__).parent.parent / "tests" / "conversations"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one pass instead of ten")
    parser.add_argument("--json", action="store_true", help="print only the last line")
    options = parser.parse_args()
    begin = time.perf_counter()
    coach = build_coach()
    build_ms = (time.perf_counter() - begin) * 1000
    conversations = [
        c for p in sorted(FOLDER.glob("*.yaml")) for c in yaml.safe_load(p.read_text())
    ]
    took: list[float] = []
    for _ in range(1 if options.quick else 10):
        for conversation in conversations:
            talk = Conversation(coach, new_session(coach, region=conversation.get("region")))
            for turn in conversation["turns"]:
                said = turn.get("say")
                act = Turn(TurnKind.SILENCE) if said is None else Turn.said(said)
                begin = time.perf_counter()
                talk.step(act)
                took.append((time.perf_counter() - begin) * 1000)
    took.sort()
    figures = {
        "turns": len(took),
        "build_ms": round(build_ms, 1),
        "turn_ms": {
            "min": round(took[0], 2),
            "median": round(statistics.median(took), 2),
            "p99": round(took[int(len(took) * 0.99)], 2),
            "max": round(took[-1], 2),
        },
    }
    if not options.json:
        print(
            f"{len(took)} turns: median {figures['turn_ms']} ms, coach built in {build_ms:.0f} ms"
        )
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
