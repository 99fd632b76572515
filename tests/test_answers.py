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
    # Whole sentences that say it without a plain yes or no.
    ("it's been doing that since sunday", "yes", "yes"),
    ("it's never done that", "yes", "no"),
    ("I do feel all shivery", "yes", "yes"),
    ("I haven't lost any weight", "yes", "no"),
    ("I haven't had any sleep", "yes", "yes|none"),
    ("I'd be lying if I said I hadn't", "yes", "yes"),
    ("I can't pretend I have", "yes", "no"),
    ("if I had I'd have called the doctor", "yes", "no"),
    ("I'd have noticed if it was different", "no", "yes"),
    ("if you mean the tingling then yes", "yes", "yes"),
    ("it felt like somebody else's bottom", "no", "no"),
    ("lying on my side helps", "no", "yes"),
    ("nothing helps", "no", "no"),
    ("my wife says I do", "yes", "yes"),
    ("my sister did but I haven't", "yes", "no"),
    ("no well yes", "yes", "yes"),
    ("I had that years ago but not this time no", "yes", "no"),
    ("I had that years ago", "yes", "unsure"),
    ("I've had nothing like that", "yes", "no"),
    ("I have had none of that", "yes", "no"),
    ("it does that alright", "yes", "yes"),
    ("I keep losing my balance", "yes", "yes"),
    ("I kept losing my balance", "no", "no"),
    ("I've never broken a bone in my life", "yes", "no"),
    ("I'm not losing weight", "yes", "no"),
    ("it's not worse at night no", "yes", "no"),
    ("not properly I had to run the tap", "no", "no"),
    ("definitely no feeling", "yes", "yes"),
    ("I have yes about ten years ago", "yes", "yes"),
    ("I'm sorry to say I couldn't", "no", "no"),
    ("I'm sorry to say", "yes", "yes"),
    ("no I've been well apart from this back", "yes", "no"),
    ("no apart from my back it's numb", "yes", "yes|unsure"),
    ("it's been harder than usual", "no", "no"),
    # Said to somebody else, or by the way.
    ("no jasper leave the cat alone", "yes", "none"),
    ("yes margaret I'm coming", "yes", "none"),
    ("no not you I was talking to the dog", "yes", "none"),
    ("I was a postman for forty years", "yes", "none"),
    # Offers.
    ("might as well", None, "yes"),
    ("I'd rather not", None, "no"),
    ("I'd rather not", "yes", "unsure"),
    ("I'm in two minds", None, "unsure"),
    ("I can't at the moment the grandchildren are coming", None, "no"),
    ("I can't wait", None, "yes"),
    ("let me just sit down first", None, "yes"),
    ("I'm a bit tired", None, "no"),
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

# What will not stop, ease or come right: a "not" in it denies nothing.
STILL_THERE = [
    "I can't feel anything when I wipe",
    "I haven't been able to feel it since sunday",
    "I never feel it coming",
    "I don't have any control",
    "I never know when I need to go any more",
    "it won't lift at all",
    "I haven't been right since",
    "I've not slept for any length of time",
    "it's not getting any better",
    "I can't move it any more",
    "I don't think it's getting any better",
    "I can't stand for any length of time",
    "not a day goes by without it",
    "never a night without it",
    "I've never had it so bad",
    "it's never been this bad",
    "there isn't a day that it doesn't",
    "I'm never without it",
    "it hasn't stopped",
    "it doesn't stop",
    "it doesn't go away",
    "it never lets up",
    "it won't go away",
    "I can't hold it like I used to",
    "nothing stops it",
    "if I had to say I'd say yes",
    "if it was only that I'd be happy",
    "I haven't noticed it getting better",
    "I'd know if it had gone",
    "not only that it burns as well",
    "not that it matters but yes",
    "not that I like to admit it but it does",
    "I don't feel right",
    "it is not fine",
    "I've no strength in it",
    "I couldn't say I was fine",
    "I wouldn't say it's fine",
    "I don't think it's normal",
    "couldn't be worse",
    "never felt worse",
    "nothing feels right",
]
NOT_AS_ALWAYS = [
    "I can feel it but not like before",
    "it started but then it stopped",
    "it helps for a minute then it comes back",
    "nothing eases it",
    "no position helps",
    "I lie on my side but it's no better",
    "lying down makes it worse",
    "I have to lie down but it doesn't help",
    "I can't say it felt normal",
    "I don't think it was normal",
    "I wouldn't call it fine",
    "I could not feel it",
    "it didn't feel like it always does",
    "if it was normal I wouldn't be ringing",
    "not as good as it was",
]

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


@pytest.mark.parametrize("text", STILL_THERE)
def test_a_sign_that_lasts_is_not_read_as_its_absence(text: str) -> None:
    assert read_answer(text, "yes").answer is not Answer.NO


@pytest.mark.parametrize("text", NOT_AS_ALWAYS)
def test_half_well_is_not_read_as_well(text: str) -> None:
    assert read_answer(text, "no").answer is not Answer.YES


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


_PLAIN = st.sampled_from(["yes", "no", "not really", "I have", "it never has", "kind of", "fine"])
_MEANS = st.sampled_from(["yes", "no", None])


@given(_PLAIN, _MEANS, st.sampled_from(["bloody", "flaming", "och"]), st.integers(0, 3))
def test_swearing_changes_no_answer(text: str, means: str | None, oath: str, place: int) -> None:
    words = text.split()
    sworn = " ".join([*words[:place], oath, *words[place:]])
    assert read_answer(sworn, means).answer is read_answer(text, means).answer


@given(_PLAIN, st.sampled_from(["yes", "no"]), st.text("abcdefghij ", max_size=40))
def test_a_reason_changes_no_answer(text: str, means: str, tale: str) -> None:
    given_reason = read_answer(f"{text} because {tale}", means).answer
    assert given_reason is read_answer(text, means).answer


@given(
    st.sampled_from(["I can't pretend", "I'd be lying if I said", "there's no use saying"]),
    st.sampled_from([("I have", "I haven't"), ("it does", "it doesn't"), ("yes", "no")]),
    st.sampled_from(["yes", "no"]),
)
def test_a_denied_saying_is_turned_round(denial: str, pair: tuple[str, str], means: str) -> None:
    positive, negative = pair
    assert read_answer(f"{denial} {positive}", means).answer is Answer.NO
    assert read_answer(f"{denial} {negative}", means).answer is Answer.YES


_WORDS = st.sampled_from(
    "yes no not sure maybe but actually wait fine normal a bit sometimes it is i do can't could "
    "never numb different same as always now well um the leg when i sit both neither".split()
)


@given(st.lists(_WORDS, max_size=12), st.sampled_from(["yes", "no", None]))
def test_any_run_of_answer_words_is_read(words: list[str], yes_means: str | None) -> None:
    reading = read_answer(" ".join(words), yes_means)
    assert reading.answer in (None, Answer.YES, Answer.NO, Answer.UNSURE)
