"""The answer reader: what a closed question's answer says, and what is no answer at all."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from intents.answers import read_answer
from intents.text import tokens
from intents.understanding import Answer
from tests.understanding_data import rows, share

# text, the question's yes_means, the answers that are right ("none": it is no answer)
SAID = [
    ("yes", "yes", "yes"),
    ("no I can't", "no", "no"),
    ("yes I can", "no", "yes"),
    ("yeah fine", "no", "yes"),
    ("yeah fine", "yes", "unsure"),
    ("no I couldn't", "no", "no"),
    ("it felt different", "no", "no"),
    ("not really", "no", "no"),
    ("not really", "yes", "no"),
    ("yes I could", "no", "yes"),
    ("I could", "no", "yes"),
    ("same as always", "no", "yes"),
    ("same as always", "yes", "no"),
    ("I wish", "yes", "no"),
    ("not that I know of", "yes", "no"),
    ("nope never", "yes", "no"),
    ("a bit", "yes", "yes"),
    ("kind of", "yes", "yes"),
    ("sometimes", "yes", "yes"),
    ("only when I sit", "yes", "yes"),
    ("no actually yes", "yes", "yes"),
    ("yes wait no", "yes", "no|unsure"),
    ("well I did have a bit of that on Sunday but no not now", "yes", "unsure|yes"),
    ("I'd rather not say", "yes", "unsure"),
    ("I don't know", "yes", "unsure"),
    ("maybe", "yes", "unsure"),
    ("dunno", "yes", "unsure"),
    ("hard to say", "yes", "unsure"),
    ("either of those", "yes", "unsure"),
    ("both", "yes", "yes"),
    ("neither", "yes", "no"),
    ("no no", "yes", "no"),
    ("uh no", "yes", "no"),
    ("know", "yes", "no"),
    ("what makes the pop", "yes", "none"),
    ("is it safe to crack my neck", "yes", "none"),
    ("not that I've noticed", "yes", "no"),
    ("no change", "yes", "no"),
    ("nothing like that", "yes", "no"),
    ("normal", "yes", "no"),
    ("all good", "yes", "no"),
    ("no it doesn't", "yes", "no"),
    ("no it's not numb", "yes", "no"),
    ("it isn't", "yes", "no"),
    ("it isn't is it", "yes", "no"),
    ("yes it is isn't it", "yes", "yes"),
    ("no I haven't got any of that", "yes", "no"),
    ("I haven't had anything like that thank you", "yes", "no"),
    ("no I can feel everything fine", "yes", "no"),
    ("no feeling at all", "yes", "yes"),
    ("no control over it", "yes", "yes"),
    ("no but my foot is dead", "yes", "yes|unsure"),
    ("no but it feels funny when I wipe", "yes", "yes|unsure"),
    ("no numbness but it feels funny", "yes", "yes|unsure"),
    ("no thanks", None, "no"),
    ("okay", None, "yes"),
    ("okay", "yes", "none"),
    ("sounds good", "yes", "yes"),
    ("I can't feel it", "yes", "unsure|none"),
    ("I can't feel it", "no", "no"),
    ("I can't tell", "no", "unsure"),
    ("no I don't know", "yes", "unsure"),
    ("fine now", "yes", "unsure"),
    ("it's fine now", "no", "unsure"),
    ("it went numb but it's fine now", "yes", "unsure|yes|none"),
    ("yes but it's fine now", "yes", "yes"),
    ("yes but it hurt", "no", "unsure"),
    ("I could but it was hard", "no", "unsure|no"),
    ("I think it was normal", "no", "yes|unsure"),
    ("I don't think so", "no", "no"),
    ("I don't think so", "yes", "no"),
    ("my sister said yes", "yes", "none|unsure"),
    ("no I was gardening on sunday and it came on slowly", "yes", "no"),
    ("no it's my back not my leg", "yes", "no"),
    ("the pain goes down my leg", "yes", "none"),
    ("my back hurts", "yes", "none"),
    ("no pain anywhere else", "yes", "no"),
    ("I'm not", "yes", "no"),
    ("he hasn't", "yes", "no"),
    ("she does sometimes", "yes", "yes"),
    ("they both do", "yes", "yes"),
    ("neither of them do", "yes", "no"),
    ("it doesn't no", "yes", "no"),
    ("oh yes definitely", "yes", "yes"),
    ("no definitely not", "yes", "no"),
    ("I'm fairly sure I haven't", "yes", "no|unsure|none"),
    ("not as far as I'm aware", "yes", "no"),
    ("never had cancer no", "yes", "no"),
    ("I had cancer ten years ago", "yes", "none|yes|unsure"),
    ("stop", "yes", "none"),
    ("say that again", "yes", "none"),
    ("sorry what was that", "yes", "none"),
    ("go back", "yes", "none"),
    ("no stop", "yes", "no|none"),
    ("forty two", "yes", "none"),
    ("nothing apart from a bit of tingling", "yes", "yes|unsure"),
    ("no except in my toes", "yes", "yes|unsure"),
    ("not exactly", "yes", "unsure"),
    ("not quite", "no", "unsure|no"),
    ("yes and no", "yes", "unsure"),
    ("it's the same as it always is", "no", "yes"),
    ("it wasn't the same", "no", "no"),
    ("it wasn't any different", "no", "yes"),
    ("no different", "no", "yes"),
    ("I didn't notice anything odd", "yes", "no"),
    ("I didn't notice anything odd", "no", "yes"),
    ("I didn't notice", "no", "unsure"),
    ("it takes me a while to get going", "no", "no|none|unsure"),
    ("I could feel it yes", "no", "yes"),
    ("couldn't feel a thing", "no", "no"),
    ("I managed it fine", "no", "yes"),
    ("just about", "no", "no|unsure"),
    ("with difficulty", "no", "no"),
    ("yes with difficulty", "no", "unsure|no"),
    ("yes no problem", "no", "yes"),
    ("no no problem", "no", "unsure|yes"),
    ("no problem at all", "yes", "no"),
    ("um well yeah I suppose", "yes", "yes"),
    ("hmm", "yes", "none"),
    ("huh", "yes", "none"),
    ("yes please", "yes", "yes"),
    ("no I'm good", None, "no"),
    ("I'm good thanks", None, "none|no"),
    ("I did but it stopped", "yes", "unsure|yes"),
    ("used to", "yes", "unsure"),
    ("not anymore", "yes", "unsure"),
    ("a long time ago yes", "yes", "yes|unsure"),
    ("only the left one", "yes", "yes"),
    ("just the left leg", "no", "unsure"),
    ("yes my left leg", "yes", "yes"),
    ("yes both of them", "yes", "yes"),
    ("I do and it's getting worse", "yes", "yes"),
    ("no worse than usual", "yes", "no"),
    ("could you repeat that", "yes", "none"),
    ("do I have to answer that", "yes", "none"),
    ("I don't want to talk about it", "yes", "unsure"),
    ("you bet", "yes", "yes"),
    ("absolutely not", "yes", "no"),
    ("absolutely", "yes", "yes"),
    ("hell no", "yes", "no"),
    ("god no", "yes", "no"),
    ("oh god yes", "yes", "yes"),
    ("I am", "yes", "yes"),
    ("there's blood", "yes", "none"),
    ("there is", "yes", "yes"),
    ("there isn't", "yes", "no"),
    ("there's nothing", "yes", "no"),
    ("nothing there", "yes", "no"),
    ("none", "yes", "no"),
    ("zero", "yes", "none|no"),
    ("it's numb", "yes", "yes"),
    ("it's not numb", "yes", "no"),
    ("it doesn't feel numb", "yes", "no"),
    ("my legs aren't weak", "yes", "no|none"),
    ("feels weird", "yes", "yes"),
    ("yeah it feels weird", "no", "unsure|no"),
    ("I had a fall last year", "yes", "none"),
    ("no I just told you", "yes", "no"),
    ("I already said no", "yes", "no"),
    ("I told you yes", "yes", "yes|unsure"),
    ("I told you no", "yes", "no|unsure"),
    ("well it's not great but no it's not numb", "yes", "no|unsure"),
    ("I have to say yes", "yes", "yes"),
    ("not to speak of", "yes", "no"),
    ("well you know how it is at my age but no nothing like that", "yes", "no|unsure"),
    ("well I've been a bit slow going but I can feel it all right", "no", "yes|unsure"),
    ("I suppose it might be a bit different yes", "yes", "yes|unsure"),
    ("oh I get up three times a night but I've always done that so no", "yes", "no|unsure"),
]

# The thirty that an inverted question is most easily got wrong by: "Last time you peed, could you
# feel it and start it as normal?"
INVERTED_YES = [
    "yes", "yes I can", "yeah fine", "fine", "yes I could", "I could", "normal", "same as always",
    "yep as normal", "no problem", "yeah no trouble", "perfectly normal", "I can", "it was fine",
    "yes just the same",
]  # fmt: skip
INVERTED_NO = [
    "no", "no I can't", "no I couldn't", "I can't", "I couldn't", "it felt different",
    "not really", "nope", "no it didn't", "it wasn't the same", "no not at all", "it felt numb",
    "couldn't feel a thing", "no I can't feel it", "it wasn't normal",
]  # fmt: skip

SAFE = {"yes": Answer.NO, "no": Answer.YES}


def said(answer: Answer | None) -> str:
    return "none" if answer is None else answer.value


@pytest.mark.parametrize(("text", "yes_means", "right"), SAID)
def test_what_was_said(text: str, yes_means: str | None, right: str) -> None:
    assert said(read_answer(text, yes_means).answer) in right.split("|")


@pytest.mark.parametrize("text", INVERTED_YES)
def test_all_is_well_on_an_inverted_question(text: str) -> None:
    reading = read_answer(text, "no")
    assert reading.answer is Answer.YES
    assert reading.confidence >= 0.5


@pytest.mark.parametrize("text", INVERTED_NO)
def test_the_flag_on_an_inverted_question(text: str) -> None:
    reading = read_answer(text, "no")
    assert reading.answer is Answer.NO
    assert reading.confidence >= 0.5


def test_held_out_answers() -> None:
    held_out = rows("answers.tsv")
    right, polarity_errors = [], []
    for text, yes_means, wanted in held_out:
        got = said(read_answer(text, None if yes_means == "-" else yes_means).answer)
        right.append(got in wanted.split("|"))
        if not right[-1] and {got, *wanted.split("|")} <= {"yes", "no"}:
            polarity_errors.append(text)
    assert share(right) >= 0.97
    assert polarity_errors == []


@pytest.mark.parametrize("yes_means", ["yes", "no"])
@pytest.mark.parametrize(
    "doubt", ["I don't know", "not sure", "maybe", "I'd rather not say", "couldn't tell you"]
)
@pytest.mark.parametrize("around", ["{}", "um {}", "well {} really", "no {}", "oh {} love"])
def test_not_sure_is_never_a_clean_answer(yes_means: str, doubt: str, around: str) -> None:
    assert read_answer(around.format(doubt), yes_means).answer is Answer.UNSURE


@pytest.mark.parametrize("yes_means", ["yes", "no"])
def test_a_yes_that_is_the_flag_survives_reassuring_words(yes_means: str) -> None:
    flag = {"yes": "yes", "no": "no"}[yes_means]
    for more in ("but not now", "but it's fine now", "but it comes and goes", "though not today"):
        assert read_answer(f"{flag} {more}", yes_means).answer is not SAFE[yes_means], more


@given(st.text(), st.sampled_from(["yes", "no", None]))
@example("no no no", "yes")
@example("wait", "no")
@example("but", None)
def test_any_text_is_read_the_same_twice(text: str, yes_means: str | None) -> None:
    reading = read_answer(text, yes_means)
    assert reading == read_answer(text, yes_means)
    assert 0.0 <= reading.confidence <= 1.0
    assert 0 <= reading.span[0] <= reading.span[1] <= len(tokens(text))
    assert (reading.answer is None) == (reading.confidence == 0.0)


_WORDS = st.sampled_from(
    "yes no not sure maybe but actually wait fine normal a bit sometimes it is i do can't could "
    "never numb different same as always now well um the leg when i sit both neither".split()
)


@given(st.lists(_WORDS, max_size=12), st.sampled_from(["yes", "no", None]))
def test_any_run_of_answer_words_is_read(words: list[str], yes_means: str | None) -> None:
    reading = read_answer(" ".join(words), yes_means)
    assert reading.answer in (None, Answer.YES, Answer.NO, Answer.UNSURE)
