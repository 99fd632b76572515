"""Pronunciations: the dictionary, what was added to it, the rules, and the guesses."""

import gzip
from pathlib import Path

import pytest

from models.graph.dictionary import make_dictionary
from models.graph.letters import GuessError, guess, phones_of
from models.graph.lexicon import ADDITIONS, Lexicon, Source, english
from models.graph.phones import INDEX, PHONES


def said(word: str) -> list[str]:
    known = english().known(word)
    return [" ".join(phones) for phones in known.variants] if known else []


def test_there_are_41_phones_and_silence_is_the_first() -> None:
    assert len(PHONES) == 41
    assert PHONES[0] == "SIL"
    assert list(PHONES[1:]) == sorted(PHONES[1:])
    assert "SPN" in PHONES


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("back", ["B AE K"]),
        ("read", ["R EH D", "R IY D"]),
        ("ibuprofen", ["AY B Y UW P R OW F AH N"]),
        ("osteoporosis", ["AO S T IY AA P ER OW S IH S"]),
        ("can't", ["K AE N T", "K AA N T"]),
        ("knackered", ["N AE K ER D"]),
    ],
)
def test_words_of_the_dictionary_keep_their_variants(word: str, expected: list[str]) -> None:
    assert set(expected) <= set(said(word))


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("osteopath's", "AA S T IY OW P AE TH S"),
        ("kettlebell's", "K EH T AH L B EH L Z"),
        ("masseuse's", "M AE S UW Z IH Z"),
        ("nns", "EH N EH N EH S"),
    ],
)
def test_rules_make_possessives_and_initials(word: str, expected: str) -> None:
    known = english().known(word)
    assert known is not None
    assert known.source is Source.RULE
    assert str(known) == expected


def test_what_is_given_wins() -> None:
    lexicon = english()
    lexicon.give("back", [("B", "AA", "K")])
    assert str(lexicon.pronounce(["back"])["back"]) == "B AA K"
    assert str(english().pronounce(["back"])["back"]) == "B AE K"
    with pytest.raises(ValueError, match="no phone: QQ"):
        lexicon.give("back", [("QQ",)])


def test_unknown_words_are_guessed_and_marked() -> None:
    found = english().pronounce(["back", "flibbertigibbet", "splonk"])
    assert [p.source for p in found.values()] == [
        Source.DICTIONARY,
        Source.GUESS,
        Source.GUESS,
    ]
    assert str(found["splonk"]) == "S P L AO NG K"


def test_guesses_are_close_to_the_dictionary() -> None:
    """Nobody wrote these for espeak-ng's sake: regular words, all phones of which must be right."""
    words = ["strumming", "blanketed", "ratify", "shopper", "kindled", "frosting", "lamps"]
    guesses = guess(words)
    right = sum(" ".join(guesses[word]) in said(word) for word in words)
    assert right >= 5
    assert all(phone in INDEX for phones in guesses.values() for phone in phones)


@pytest.mark.parametrize(
    ("ipa", "word", "phones"),
    [
        ("w_ˈɔː_ɾ_ɚ", "water", "W AO T ER"),
        ("l_ˈæ_ɾ_ɚ", "ladder", "L AE D ER"),
        ("b_ˈʌ_ʔ_n̩", "button", "B AH T AH N"),
        ("tʃ_ˈɜː_tʃ", "church", "CH ER CH"),
        ("h_ˈuː_v_ɚ_ɹ_ɪ_ŋ", "hoovering", "HH UW V ER IH NG"),
        ("ɪ_n_n_ɪ_t", "innit", "IH N IH T"),
        ("", "", ""),
    ],
)
def test_phonemes_become_phones(ipa: str, word: str, phones: str) -> None:
    assert " ".join(phones_of(ipa, word)) == phones


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from models.graph import letters

    letters._library.cache_clear()
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    with pytest.raises(GuessError, match="espeak-ng does not start") as caught:
        guess(["splonk"])
    assert "--words" in caught.value.hint


def test_every_addition_is_well_formed() -> None:
    path = Path(__file__).parents[1] / "models" / "graph" / "data" / ADDITIONS
    rows = [line.split() for line in path.read_text().splitlines() if line and line[0] != "#"]
    assert len(rows) > 300
    for word, *phones in rows:
        assert phones, word
        assert set(phones) <= set(INDEX), word
    assert len({tuple(row) for row in rows}) == len(rows)


def test_the_dictionary_is_made_from_cmudict(tmp_path: Path) -> None:
    source, target = tmp_path / "cmu.dict", tmp_path / "out.gz"
    source.write_text("b. B IY\nread R EH D\nread(2) R IY D\n3d TH R IY D IY\n'bout B AW T\n")
    assert make_dictionary(source, target) == 4
    first = target.read_bytes()
    text = gzip.decompress(first).decode()
    assert text == "b. B IY\nread R EH D\nread R IY D\n'bout B AW T\n"
    make_dictionary(source, target)
    assert target.read_bytes() == first
    source.write_text("read R EH QQ\n")
    with pytest.raises(ValueError, match="QQ"):
        make_dictionary(source, target)


def test_a_word_that_gives_no_sound_is_left_out() -> None:
    assert Lexicon({}).pronounce(["'"]) == {}
