"""Latin-script features: what two writings of one name, word or postcode have in common, and what they have not."""

from __future__ import annotations

from typing import Any

import pytest

from core.values import InvalidValue
from resolution.features.latin import base_name, fold, one_letter_open, soundex
from resolution.features.registry import FEATURE_TYPES


def _read(type_name: str, text: str) -> dict[str, Any]:
    kind = FEATURE_TYPES[type_name]
    return dict(zip(kind.columns, kind.read(text), strict=True))


def test_titles_and_ordinals_do_not_name_a_person() -> None:
    name = _read("latin_name", "Sir Thomas Clifford, 1st Baron Clifford of Chudleigh")
    assert (name["given"], name["surname"]) == ("thomas", "chudleigh")
    assert name["words"] == ["chudleigh", "clifford", "thomas"]
    assert name["middle"] == ["clifford", "clifford"]


def test_a_name_of_titles_only_keeps_its_words() -> None:
    assert _read("latin_name", "Sir, 1st Baronet")["words"] == ["1st", "baronet", "sir"]


def test_the_order_of_the_words_does_not_change_the_sorted_name() -> None:
    assert (
        _read("latin_name", "O'Brien, Máire")["sorted"]
        == _read("latin_name", "Maire OBrien")["sorted"]
        == "maire obrien"
    )


def test_a_single_word_has_no_given_name() -> None:
    name = _read("latin_name", "Overbury")
    assert name["surname"] == "overbury"
    assert name["given"] is None
    assert name["initial"] is None


@pytest.mark.parametrize(
    ("form", "name"), [("bill", "william"), ("harry", "henry"), ("ned", "edward"), ("peggy", "margaret")]
)
def test_a_pet_form_stands_for_its_name(form: str, name: str) -> None:
    assert base_name(form) == base_name(name) == name


def test_a_word_that_is_no_form_is_its_own_base() -> None:
    assert base_name("zebedee") == "zebedee"


@pytest.mark.parametrize(
    ("word", "code"),
    [("robert", "r163"), ("rupert", "r163"), ("ashcraft", "a261"), ("tymczak", "t522"), ("pfister", "p236")],
)
def test_soundex_is_the_american_one(word: str, code: str) -> None:
    assert soundex(word) == code


def test_digits_have_no_sound() -> None:
    assert soundex("1851") is None


@pytest.mark.parametrize("other", ["wztts", "wats", "watsts", "wattss"])
def test_words_one_letter_apart_share_an_open_form(other: str) -> None:
    assert set(one_letter_open("watts")) & set(one_letter_open(other))


@pytest.mark.parametrize("other", ["wzzts", "whites"])
def test_words_further_apart_share_none(other: str) -> None:
    assert not set(one_letter_open("watts")) & set(one_letter_open(other))


def test_short_words_have_no_open_form() -> None:
    assert one_letter_open("ann") == []


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("TQ13 8DF", ("tq138df", "tq138", "tq13", "tq")),
        ("w1j7bj", ("w1j7bj", "w1j7", "w1j", "w")),
        ("4223", ("4223", None, None, None)),
    ],
)
def test_a_british_postcode_is_known_by_its_parts(text: str, parts: tuple[str | None, ...]) -> None:
    assert tuple(_read("postcode", text).values()) == parts


@pytest.mark.parametrize("type_name", ["latin_name", "latin_word", "postcode"])
def test_a_text_without_letters_says_nothing(type_name: str) -> None:
    with pytest.raises(InvalidValue):
        FEATURE_TYPES[type_name].read(" - ")


def test_accents_and_punctuation_fold_away() -> None:
    assert fold("  Émile  St.-Denis’s ") == "emile st deniss"
