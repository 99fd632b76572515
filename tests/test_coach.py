"""The dialogue on its own, with an understanding that is spelled out."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skill.content import load_content
from skill.dialog.manager import Coach
from skill.session import Session, Status
from skill.speech import Pace, plain
from skill.turn import ExpectKind, Heard, Level, Reply, Turn, TurnKind
from tests.scripted import Scripted

CONTENT = load_content()
COACH = Coach(CONTENT, Scripted())
LOW_BACK = CONTENT.routes["low_back"].ask


class Talk:
    """A conversation with the scripted coach."""

    def __init__(self, region: str | None = "uk") -> None:
        self.session = Session("s", region=region, introduced=True)
        self.reply = Reply(())

    def say(self, text: str, confidence: float = 1.0) -> Reply:
        return self.turn(Turn.said(text, confidence))

    def silence(self) -> Reply:
        return self.turn(Turn(TurnKind.SILENCE))

    def turn(self, turn: Turn) -> Reply:
        self.session, self.reply = COACH.step(self.session, turn)
        return self.reply

    @property
    def text(self) -> str:
        return plain(self.reply.speech)

    @property
    def asks(self) -> str | None:
        return self.reply.expect.flag

    def status(self, flag: str) -> Status | None:
        assert self.session.case is not None
        return self.session.case.status(flag)

    def interview(self, place: str = "low_back", age: int = 30) -> "Talk":
        """Get to the first red-flag question."""
        self.say(f"@complaint place={place} age={age}")
        assert self.reply.expect.kind is ExpectKind.FREE  # how did it start?
        self.say("gardening")
        return self

    def answer_no(self, until: str) -> "Talk":
        """Answer no until `until` is asked about."""
        for _ in range(30):
            if self.asks == until:
                return self
            self.say("no")
        raise AssertionError(f"{until} was never asked; the last words were: {self.text}")


def level(reply: Reply) -> str | None:
    return reply.decision.level.value if reply.decision else None


# -- the interview ------------------------------------------------------------------------------


def test_the_low_back_route_asks_its_questions_in_order() -> None:
    talk = Talk().interview()
    asked = []
    while talk.reply.decision is None:
        if talk.asks not in asked[-1:]:
            asked.append(talk.asks)
        talk.say("no")
    assert asked == [*LOW_BACK, "PREGNANT"]
    assert level(talk.reply) == "selfcare"
    assert talk.reply.decision is not None
    assert talk.reply.decision.rules == ("R20",)
    assert "999" in talk.text


@pytest.mark.parametrize("route", ["upper_back", "neck"])
def test_other_routes_ask_their_questions(route: str) -> None:
    talk = Talk().interview(place=route, age=60)
    asked = []
    while talk.reply.decision is None:
        asked.append(talk.asks)
        talk.say("no")
    expected = set(CONTENT.routes[route].ask)
    assert expected <= set(asked)


def test_the_bladder_question_has_two_parts_and_needs_two_noes() -> None:
    talk = Talk().interview()
    first = talk.text
    assert talk.asks == "CES_BLADDER"
    talk.say("no")
    assert talk.asks == "CES_BLADDER"
    assert talk.text != first
    talk.say("yes")
    assert level(talk.reply) == "emergency"


def test_the_choices_are_said_once_and_no_prompt_ends_on_an_answer_word() -> None:
    talk = Talk().interview()
    assert "yes, no, or not sure" in talk.text
    texts = []
    while talk.reply.decision is None:
        talk.say("no")
        texts.append(talk.text)
    assert not any("not sure" in t for t in texts)


def test_the_count_is_true_and_half_way_is_said() -> None:
    talk = Talk().interview()
    count = int(next(w for w in talk.text.split() if w.isdigit()))
    heard_half = False
    answers = 0
    while talk.reply.decision is None:
        flag = talk.asks
        talk.say("no")
        answers += talk.asks != flag
        heard_half |= "half" in talk.text
    assert answers == count
    assert heard_half


def test_volunteered_signs_are_not_asked_again() -> None:
    talk = Talk()
    talk.say("@complaint +FEVER -CES_SADDLE place=low_back age=30")
    talk.say("since monday")
    asked = set()
    while talk.reply.decision is None:
        asked.add(talk.asks)
        talk.say("no")
    assert "FEVER" not in asked
    assert "CES_SADDLE" not in asked
    assert level(talk.reply) == "urgent"


def test_a_yes_to_an_emergency_question_ends_the_interview_at_once() -> None:
    talk = Talk().interview().answer_no("LEGS_BOTH")
    talk.say("yes")
    assert level(talk.reply) == "emergency"
    assert talk.reply.urgent
    assert talk.reply.decision is not None
    assert talk.reply.decision.flags == ("LEGS_BOTH",)
    assert all(s.pace is Pace.SLOW for s in talk.reply.speech)


def test_a_sign_volunteered_in_an_answer_interrupts() -> None:
    talk = Talk().interview().answer_no("CHEST_BREATH")
    talk.say("no +CES_BOWEL")
    assert level(talk.reply) == "emergency"
    assert "poo" in talk.text


def test_a_combination_interrupts_too() -> None:
    talk = Talk().interview(place="neck").answer_no("NECK_TRIGGER")
    talk.say("yes")
    assert talk.asks == "NECK_HEAD"
    talk.say("yes")
    assert level(talk.reply) == "emergency"
    assert talk.reply.decision is not None
    assert talk.reply.decision.rules[0] == "R02"


def test_follow_ups_come_next() -> None:
    talk = Talk().interview().answer_no("LEG_WEAK")
    talk.say("yes")
    assert talk.asks == "RAPID"
    talk.say("no")
    assert talk.asks == "CES_SEX"
    talk.say("yes")
    assert talk.reply.decision is not None
    assert talk.reply.decision.rules[0] == "R08"


def test_after_a_crack_to_the_neck_stroke_comes_first() -> None:
    talk = Talk()
    talk.say("@complaint +POST_CRACK +NECK_TRIGGER place=neck age=30")
    assert talk.asks == "STROKE_FACE"


def test_an_urgent_sign_leaves_only_questions_that_could_make_it_an_emergency() -> None:
    talk = Talk().interview()
    talk.answer_no("FEVER").say("yes")
    asked = set()
    while talk.reply.decision is None:
        asked.add(talk.asks)
        talk.say("no")
    assert level(talk.reply) == "urgent"
    assert "WEIGHT_LOSS" not in asked
    assert {"KIDNEY", "LEG_ONE"} <= asked


# -- not sure, misses, silence ------------------------------------------------------------------


def test_not_sure_is_checked_once_and_never_a_no() -> None:
    talk = Talk().interview()
    talk.say("unsure")
    assert talk.asks == "CES_BLADDER"
    assert talk.reply.expect.yes_means == "no"
    talk.say("unsure")
    assert talk.status("CES_BLADDER") is Status.UNSURE
    while talk.reply.decision is None:
        talk.say("no" if talk.reply.expect.yes_means == "yes" else "yes")
    assert level(talk.reply) == "urgent"
    assert talk.reply.decision.rules == ("R18",)


def test_an_inverted_check_reads_no_as_the_sign() -> None:
    talk = Talk().interview()
    talk.say("unsure")
    talk.say("no")
    assert level(talk.reply) == "emergency"


def test_two_noes_after_an_unsure_bladder_check_clear_it() -> None:
    talk = Talk().interview()
    talk.say("unsure")
    talk.say("yes")
    assert talk.status("CES_BLADDER") is Status.NO
    assert talk.asks == "CES_SADDLE"


def test_two_silences_end_at_urgent_with_the_true_reason() -> None:
    talk = Talk().interview()
    talk.silence()
    assert "press y" in talk.text
    talk.silence()
    assert level(talk.reply) == "urgent"
    assert "could not hear" in talk.text
    assert "need help at once" in talk.text


def test_unheard_answers_offer_keys_before_the_cautious_branch() -> None:
    talk = Talk().interview()
    talk.say("mumble")
    assert "press y" not in talk.text
    talk.say("mumble")
    assert "press y" in talk.text
    talk.say("mumble")
    assert level(talk.reply) == "urgent"
    assert "could not hear" in talk.text


def test_a_second_unheard_question_offers_keys_at_once() -> None:
    talk = Talk().interview().answer_no("CES_SADDLE")
    talk.say("mumble")
    talk.say("no")
    talk.say("mumble")
    assert "press y" in talk.text


def test_low_confidence_on_a_red_flag_counts_as_unanswered() -> None:
    talk = Talk().interview()
    talk.say("no", confidence=0.3)
    assert talk.asks == "CES_BLADDER"
    assert talk.status("CES_BLADDER") is None


def test_two_alternatives_that_dispute_an_answer_count_as_unanswered() -> None:
    talk = Talk().interview()
    talk.turn(Turn(TurnKind.SPEECH, (Heard("no", 0.8), Heard("yes", 0.75))))
    assert talk.asks == "CES_BLADDER"
    assert talk.status("CES_BLADDER") is None


def test_an_unheard_soon_question_is_not_urgent() -> None:
    talk = Talk().interview().answer_no("NOT_BETTER")
    for _ in range(3):
        talk.say("mumble")
    assert level(talk.reply) == "professional"


def test_on_the_neck_route_two_misses_ask_about_speech() -> None:
    talk = Talk().interview(place="neck").answer_no("HANDS_CORD")
    talk.silence()
    talk.silence()
    assert talk.asks == "STROKE_FACE"
    assert "speech" in talk.text
    talk.say("yes")
    assert level(talk.reply) == "emergency"


def test_normal_speech_goes_back_to_the_question() -> None:
    talk = Talk().interview(place="neck").answer_no("HANDS_CORD")
    talk.silence()
    talk.silence()
    talk.say("no")
    assert talk.asks == "HANDS_CORD"


def test_an_old_sign_is_asked_about_once() -> None:
    talk = Talk().interview().answer_no("LEGS_BOTH")
    talk.say("yes years")
    assert "last two weeks" in talk.text
    talk.say("no")
    assert talk.status("LEGS_BOTH") is Status.LONG_STANDING
    while talk.reply.decision is None:
        talk.say("no")
    assert level(talk.reply) == "professional"


def test_an_old_sign_that_is_worse_stays_a_yes() -> None:
    talk = Talk().interview().answer_no("LEGS_BOTH")
    talk.say("yes years")
    talk.say("unsure")
    assert level(talk.reply) == "emergency"


def test_a_contradiction_is_a_yes_and_said_back() -> None:
    talk = Talk().interview().answer_no("FEVER")
    talk.say("no +FEVER")
    assert talk.status("FEVER") is Status.YES
    assert "fever" in talk.text


def test_an_age_not_heard_is_asked_as_a_question() -> None:
    talk = Talk()
    talk.say("@complaint place=low_back")
    assert talk.reply.expect.kind is ExpectKind.AGE
    talk.say("mumble")
    talk.say("mumble")
    talk.say("gardening")
    assert talk.asks == "CHILD"


def test_a_place_not_heard_takes_the_widest_route() -> None:
    talk = Talk()
    talk.say("@complaint age=30")
    assert talk.reply.expect.kind is ExpectKind.CHOICE
    talk.say("mumble")
    talk.say("mumble")
    talk.say("gardening")
    assert talk.asks == "CHEST_BREATH"


# -- levels hold --------------------------------------------------------------------------------


def test_a_later_no_never_lowers_a_level() -> None:
    talk = Talk().interview()
    talk.say("yes")
    assert level(talk.reply) == "emergency"
    talk.say("no -CES_BLADDER")
    talk.say("@exercise_request")
    assert talk.session.case is not None
    assert talk.session.case.level is Level.EMERGENCY
    assert "999" in talk.text


def test_misheard_asks_once_more_and_only_a_clear_no_clears_it() -> None:
    talk = Talk().interview().answer_no("LEGS_BOTH")
    talk.say("yes")
    talk.say("@misheard")
    assert talk.asks == "LEGS_BOTH"
    assert talk.reply.decision is None
    talk.say("no")
    assert talk.asks == "LEG_WEAK"
    assert talk.session.case is not None
    assert [f.flag for f in talk.session.case.misheard] == ["LEGS_BOTH"]


@pytest.mark.parametrize("answer", ["yes", "unsure"])
def test_misheard_without_a_clear_no_stands(answer: str) -> None:
    talk = Talk().interview().answer_no("LEGS_BOTH")
    talk.say("yes")
    talk.say("@misheard")
    talk.say(answer)
    assert level(talk.reply) == "emergency"


def test_start_again_opens_a_new_case() -> None:
    talk = Talk().interview()
    talk.say("yes")
    talk.say("@start_over")
    assert talk.session.case is None
    talk.interview()
    assert talk.session.case is not None
    assert talk.session.case.number == 2
    assert talk.session.case.level is None


def test_another_person_is_another_case() -> None:
    talk = Talk().interview().answer_no("LEGS_BOTH")
    talk.say("@stop")
    talk.say("@complaint for=wife place=neck age=50")
    assert talk.session.case is not None
    assert talk.session.case.person == "wife"
    assert talk.session.case.facts == ()


def test_he_is_the_person_whom_the_case_is_about() -> None:
    talk = Talk()
    talk.say("@complaint for=husband place=back age=50")
    talk.answer_no("LEGS_BOTH")
    number = talk.session.case and talk.session.case.number
    talk.say("@stop")
    talk.say("@complaint for=other")
    assert talk.session.case is not None
    assert (talk.session.case.number, talk.session.case.person) == (number, "husband")


# -- digressions and controls -------------------------------------------------------------------


def test_a_question_in_the_middle_is_answered_and_the_interview_resumes() -> None:
    talk = Talk().interview().answer_no("FEVER")
    talk.say("@topic.pop_sound")
    assert "bubble" in talk.text
    assert talk.asks == "FEVER"
    assert talk.reply.expect.kind is ExpectKind.YES_NO


@pytest.mark.parametrize(
    "intent", ["help", "why", "how_many", "thanks", "who_are_you", "slower", "repeat", "no_phone"]
)
def test_controls_keep_the_question_open(intent: str) -> None:
    talk = Talk().interview().answer_no("FEVER")
    talk.say(f"@{intent}")
    assert talk.asks == "FEVER"
    talk.say("no")
    assert talk.asks == "CANCER"


def test_go_back_asks_the_question_before() -> None:
    talk = Talk().interview().answer_no("FEVER")
    talk.say("@go_back")
    assert talk.asks == "SUDDEN_SEVERE"
    assert talk.status("SUDDEN_SEVERE") is None
    talk.say("no")
    assert talk.asks == "FEVER"


def test_slower_slows_everything_after() -> None:
    talk = Talk().interview()
    talk.say("@slower")
    assert all(s.pace is Pace.SLOW for s in talk.reply.speech)
    talk.say("@faster")
    talk.say("no")
    assert all(s.pace is Pace.NORMAL for s in talk.reply.speech)


@pytest.mark.parametrize("intent", ["stop", "goodbye"])
def test_leaving_half_way_says_what_to_watch_for(intent: str) -> None:
    talk = Talk().interview()
    talk.say(f"@{intent}")
    assert "not finished" in talk.text
    assert talk.reply.ended


def test_repeat_says_the_same_again() -> None:
    talk = Talk()
    first = talk.say("@topic.scan")
    again = talk.say("@repeat")
    assert again.speech == first.speech


def test_forget_me_leaves_nothing() -> None:
    talk = Talk().interview()
    talk.say("@forget_me")
    assert talk.reply.ended
    assert talk.session.forgotten
    assert talk.session.case is None
    assert talk.session.last.speech == ()


# -- numbers and countries ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("region", "number"),
    [("uk", "999"), ("us", "911"), ("new_zealand", "111"), ("australia", "000"), ("eu", "112")],
)
def test_the_emergency_number_is_the_countrys(region: str, number: str) -> None:
    talk = Talk(region)
    talk.say("+CES_BLADDER")
    assert f"call {number}" in talk.text


def test_no_number_is_spoken_before_the_country_is_known() -> None:
    talk = Talk(None)
    talk.say("+CES_BLADDER")
    assert not any(c.isdigit() for c in talk.text)
    assert talk.reply.expect.kind is ExpectKind.REGION
    talk.say("new zealand")
    assert "111" in talk.text
    assert talk.session.region == "new_zealand"


@pytest.mark.parametrize("topic", sorted(CONTENT.topics))
def test_no_topic_speaks_a_number_before_the_country_is_known(topic: str) -> None:
    talk = Talk(None)
    talk.say(f"@topic.{topic}")
    telephone = {"999", "911", "111", "112", "000", "988", "811"}
    assert not telephone.intersection(talk.text.replace(".", " ").split())


def test_an_urgent_outcome_asks_for_the_country_afterwards() -> None:
    talk = Talk(None).interview()
    talk.answer_no("WEIGHT_LOSS").say("yes")
    while talk.reply.decision is None:
        talk.say("no")
    assert level(talk.reply) == "urgent"
    assert talk.reply.expect.kind is ExpectKind.REGION
    talk.say("england")
    assert "999" in talk.text


def test_the_number_can_be_asked_for_in_the_middle_of_the_questions() -> None:
    talk = Talk(None).interview().answer_no("FEVER")
    talk.say("@emergency_number")
    assert talk.reply.expect.kind is ExpectKind.REGION
    talk.say("england")
    assert "999" in talk.text
    assert talk.asks == "FEVER"


def test_the_number_can_be_asked_for_at_the_start() -> None:
    talk = Talk(None)
    talk.say("@emergency_number")
    talk.say("mumble")
    assert talk.reply.expect.kind is ExpectKind.REGION
    talk.say("england")
    assert "999" in talk.text


def test_who_asks_for_the_number_and_names_no_country_goes_on_with_the_questions() -> None:
    talk = Talk(None).interview().answer_no("FEVER")
    talk.say("@emergency_number")
    talk.say("mumble")
    talk.say("mumble")
    assert talk.asks == "FEVER"
    talk.say("no")
    assert talk.asks == "CANCER"


# -- crisis -------------------------------------------------------------------------------------


def test_a_crisis_gets_its_own_script_and_nothing_else() -> None:
    talk = Talk().interview()
    talk.say("+SELF_HARM +FEVER")
    assert "really glad you told me" in talk.text
    assert "116 123" in talk.text
    assert level(talk.reply) == "emergency"
    talk.say("mumble")
    assert "still here" in talk.text
    assert talk.reply.expect.flag is None


# -- offers, refusals and exercises --------------------------------------------------------------


def test_selfcare_offers_an_exercise_and_reads_it_step_by_step() -> None:
    talk = Talk().interview()
    while talk.reply.decision is None:
        talk.say("no")
    talk.say("yes")
    name = COACH.content.exercises[CONTENT.exercise_order[0]]
    assert name.name in talk.text
    for step in name.steps:
        talk.say("@next")
        assert step in talk.text
    talk.say("@next")
    assert name.dose in talk.text
    assert talk.session.activity is None


def test_an_exercise_request_is_screened_first() -> None:
    talk = Talk()
    talk.say("@exercise_request age=30")
    assert talk.asks == "CES_BLADDER"
    asked = []
    while talk.reply.expect.kind is ExpectKind.YES_NO:
        if talk.asks not in asked:
            asked.append(talk.asks)
        talk.say("no")
    assert asked == list(CONTENT.routes["exercise"].ask)
    assert "Here is" in talk.text


def test_thin_bones_adapt_the_exercise_and_bar_what_they_must() -> None:
    talk = Talk()
    talk.say("@exercise_request +FRAGILE age=60")
    while talk.reply.expect.kind is ExpectKind.YES_NO:
        talk.say("no")
    reading = talk.session.activity
    assert reading is not None
    assert "FRAGILE" not in CONTENT.exercises[reading.exercise].bars  # type: ignore[union-attr]


def test_an_emergency_is_never_sent_back_to_stretching() -> None:
    talk = Talk()
    talk.say("+CES_BLADDER")
    talk.say("@exercise_request")
    assert "Here is" not in talk.text
    assert "999" in talk.text


def test_pain_in_an_exercise_stops_it() -> None:
    talk = Talk().interview()
    while talk.reply.decision is None:
        talk.say("no")
    talk.say("yes")
    talk.say("+LEGS_BOTH")
    assert level(talk.reply) == "emergency"


@pytest.mark.parametrize("at", ["start", "middle"])
def test_a_crack_is_never_coached(at: str) -> None:
    talk = Talk()
    if at == "middle":
        talk.interview()
    talk.say("@crack_how")
    assert "won't guide" in talk.text


def test_on_the_floor_the_fall_is_asked_first() -> None:
    talk = Talk()
    talk.say("@topic.stuck_floor")
    assert talk.asks == "TRAUMA_BIG"
    talk.say("no")
    assert "roll" in talk.text.lower()


def test_on_the_floor_an_emergency_asks_for_a_phone() -> None:
    talk = Talk()
    talk.say("@topic.stuck_floor")
    talk.say("yes")
    assert level(talk.reply) == "emergency"
    assert "reach a phone" in talk.text
    talk.say("no")
    assert "Shout" in talk.text


def test_words_not_understood_twice_lead_to_the_questions() -> None:
    talk = Talk()
    talk.say("mumble")
    assert talk.reply.expect.kind is ExpectKind.YES_NO
    talk.say("mumble")
    talk.say("mumble")
    assert talk.reply.expect.kind is ExpectKind.AGE


# -- properties ---------------------------------------------------------------------------------

words = st.lists(
    st.sampled_from(
        ["yes", "no", "unsure", "mumble", "years", "age=4", "age=44", "age=74", "place=neck",
         "place=back", "place=tummy", "place=nowhere", "for=wife", "england", "+NOT_A_FLAG"]
        + [f"{m}{f}" for m in "+-?" for f in CONTENT.flags]
        + [f"+{f}!" for f in ("LEGS_BOTH", "LEG_ONE")]
        + [f"@topic.{t}" for t in ("scan", "painkiller", "stuck_floor", "friend_crack", "none")]
        + [f"{m}{i}" for m in "@~" for i in
           ("complaint exercise_request crack_how repeat stop help goodbye start_over misheard why "
            "how_many go_back next skip slower faster thanks greeting who_are_you emergency_number "
            "what_to_tell forget_me no_phone topic.scan unknown").split()]
    ),
    max_size=4,
).map(" ".join)  # fmt: skip
turns = st.one_of(
    st.builds(
        lambda text, confidence, region: replace(Turn.said(text, confidence), region=region),
        words,
        st.sampled_from([1.0, 0.9, 0.4]),
        st.sampled_from([None, "uk", "atlantis"]),
    ),
    st.builds(lambda kind: Turn(kind), st.sampled_from(list(TurnKind))),
    st.builds(lambda i: Turn(TurnKind.INTENT, intent=i), st.sampled_from(["yes", "no", "help"])),
    st.builds(lambda a, b: Turn(TurnKind.SPEECH, (Heard(a, 0.8), Heard(b, 0.7))), words, words),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(turns, max_size=25), st.sampled_from([None, "uk", "us"]))
def test_any_sequence_of_turns(sequence: list[Turn], region: str | None) -> None:
    session = Session("s", region=region)
    worst: dict[int, Level] = {}
    for turn in sequence:
        after, reply = COACH.step(session, turn)
        assert COACH.step(session, turn) == (after, reply)
        assert Session.from_json(json.loads(json.dumps(after.to_json()))) == after
        spoken_region = after.region
        if spoken_region is None:
            assert not any(n in plain(reply.speech).split() for n in ("999", "911", "112."))
        case = after.case
        if case is None:
            worst.clear()  # Forgotten: the cases are numbered from one again.
        if case is not None and case.level is not None:
            if not case.misheard:
                assert case.level.rank >= worst.get(case.number, Level.SELFCARE).rank
            worst[case.number] = case.level
        if reply.decision is not None:
            assert reply.decision.rules
        session = after
