"""Whole conversations from YAML, played in words through the coach and through the web service."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from skill.conversation import Conversation, build_coach, new_session
from skill.store.sqlite import SessionStore
from skill.turn import Turn, TurnKind
from skill.web.app import create_app
from skill.web.conversations import Conversations
from skill.wire import chat_object

FOLDER = Path(__file__).parent / "conversations"
COACH = build_coach()
CONVERSATIONS = [
    pytest.param(c, id=f"{path.stem}: {c['name']}")
    for path in sorted(FOLDER.glob("*.yaml"))
    for c in yaml.safe_load(path.read_text())
]
Say = Callable[[str | None], dict[str, Any]]


def typed(region: str | None) -> Say:
    talk = Conversation(COACH, new_session(COACH, region=region))
    talk.launch()

    def say(text: str | None) -> dict[str, Any]:
        turn = Turn(TurnKind.SILENCE) if text is None else Turn.said(text)
        return chat_object(talk.step(turn), text)

    return say


@pytest.mark.parametrize("conversation", CONVERSATIONS)
def test_in_words(conversation: dict[str, Any]) -> None:
    play(conversation, typed(conversation.get("region")))


@pytest.mark.parametrize("conversation", CONVERSATIONS)
def test_over_the_web(conversation: dict[str, Any], tmp_path: Path) -> None:
    with SessionStore(tmp_path / "sessions.db") as store:
        client = create_app(Conversations(COACH, store)).test_client()
        session: dict[str, str] = {}

        def say(text: str | None) -> dict[str, Any]:
            body = {"silence": True} if text is None else {"text": text}
            if not session and (region := conversation.get("region")):
                body["region"] = region
            answer = client.post("/v1/turn", json={**body, **session})
            assert answer.status_code == 200, answer.text
            got: dict[str, Any] = answer.get_json()
            session["session_id"] = got["session_id"]
            return got

        play(conversation, say)


def play(conversation: dict[str, Any], say: Say) -> None:
    for number, turn in enumerate(conversation["turns"], 1):
        assert set(turn) <= {"say", "silence", "expect"}
        assert isinstance(turn.get("say", ""), str), "quote yes and no"
        got = say(None if turn.get("silence") else turn["say"])
        check(got, turn.get("expect", {}), f"turn {number}, {turn.get('say', 'silence')!r}: {got}")


def check(got: dict[str, Any], expect: dict[str, Any], where: str) -> None:
    decision = got["decision"] or {}
    facts = {
        "intent": got["intent"],
        "topic": (got["intent"] or "").removeprefix("topic."),
        "level": decision.get("level"),
        "rules": decision.get("rules"),
        "flags": decision.get("flags"),
        "expect_kind": got["expect"]["kind"],
        "expect_flag": got["expect"]["flag"],
        "ended": got["ended"],
    }
    for key, value in expect.items():
        if key == "says_about":
            missing = [words for words in value if words.lower() not in got["reply"].lower()]
            assert not missing, f"{where} does not say {missing}"
        elif key in ("rules", "flags"):
            assert set(value) <= set(facts[key] or ()), f"{where}: {key}"
        else:
            assert facts[key] == value, f"{where}: {key}"
