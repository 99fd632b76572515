"""Inverted questions after six straight noes: the answer is read, not the habit of answering no."""

import pytest

from skill.conversation import Conversation, build_coach, new_session
from skill.session import Status
from skill.turn import Turn

COACH = build_coach()

ALL_WELL = """
yes I can
yes
yeah fine
yeah
yep totally fine
yes as normal
it was normal
same as always
yeah no problem
yes I could
fine
of course
yes no trouble
it felt normal
""".strip().splitlines()
NOT_WELL = """
no I can't
no
nope
no I couldn't
I couldn't
not really
no it was hard to start
I couldn't feel it
no I had to push
no not at all
it felt different
no I can't feel it
no it won't start
""".strip().splitlines()
NOT_SURE = """
I'm not sure
I don't know
maybe
hard to say
""".strip().splitlines()


def after_six_noes() -> Conversation:
    """Return a conversation that has just put the inverted bladder check."""
    talk = Conversation(COACH, new_session(COACH, region="uk"))
    for text in ("I have a sore back", "thirty", "upper back", "I don't know"):
        reply = talk.step(Turn.said(text))
    noes = 0
    while reply.expect.flag != "CES_BLADDER":
        reply = talk.step(Turn.said("no"))
        noes += 1
    assert noes == 6
    reply = talk.step(Turn.said("not sure"))
    assert reply.expect.yes_means == "no"
    return talk


def status(talk: Conversation) -> Status | None:
    assert talk.session.case is not None
    return talk.session.case.status("CES_BLADDER")


@pytest.mark.parametrize("answer", ALL_WELL)
def test_all_is_well(answer: str) -> None:
    talk = after_six_noes()
    talk.step(Turn.said(answer))
    assert status(talk) is Status.NO


@pytest.mark.parametrize("answer", NOT_WELL)
def test_something_is_wrong(answer: str) -> None:
    talk = after_six_noes()
    reply = talk.step(Turn.said(answer))
    assert status(talk) is Status.YES
    assert reply.decision is not None
    assert reply.decision.level == "emergency"


@pytest.mark.parametrize("answer", NOT_SURE)
def test_not_sure_stays_not_sure(answer: str) -> None:
    talk = after_six_noes()
    talk.step(Turn.said(answer))
    assert status(talk) is Status.UNSURE
