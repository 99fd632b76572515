import pytest

from intents.errors import LocaleError
from intents.phrasebook import Mark, PhraseBook, Words, expand_template


def test_a_template_stands_for_every_form() -> None:
    forms = expand_template("[oh] (yes|yes i do) {more}", {"more": ["now", "(right|just) now"]})
    texts = {" ".join(form) for form in forms}
    assert len(texts) == 12
    assert {"yes now", "oh yes i do just now"} <= texts


@pytest.mark.parametrize("template", ["(a", "a)", "[a", "a]", "[a)", "{nobody}", "<nobody>"])
def test_a_malformed_template_is_refused(template: str) -> None:
    with pytest.raises(LocaleError):
        expand_template(template, {})


def test_a_template_with_too_many_forms_is_refused() -> None:
    with pytest.raises(LocaleError, match="too many"):
        expand_template(" ".join(["(a|b|c|d)"] * 9), {})


def test_the_longest_phrase_wins_and_none_is_found_twice() -> None:
    book = PhraseBook({"neck": ["neck"], "back": ["back", "back of <my> neck"]}, {}, {"my": ["my"]})
    assert book.scan("the back of my neck back".split()) == (
        Mark("back", 1, 5),
        Mark("back", 5, 6),
    )


def test_a_phrase_has_one_label_unless_it_may_be_shared() -> None:
    labels = {"a": ["one two"], "b": ["one (two|three)"]}
    with pytest.raises(LocaleError, match="listed as"):
        PhraseBook(labels)
    assert PhraseBook(labels, shared=True).labels_in(["one", "two"]) == {"a", "b"}


def test_labels_around_a_place() -> None:
    book = PhraseBook({"left": ["a b", "b"], "right": ["c d"]})
    assert book.before(["a", "b", "c", "d"], 2) == {"left"}
    assert book.after(["a", "b", "c", "d"], 2) == {"right"}


def test_places_among_words_are_given_back_as_places_among_tokens() -> None:
    words = Words.of("My mum's back isn't right")
    assert words.words == ("my", "mum", "'s", "back", "is", "not", "right")
    assert words.span(1, 4) == (1, 3)
    assert words.span(4, 6) == (3, 4)
