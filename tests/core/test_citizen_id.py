"""Citizen ids: made from parts with the project's own check character, in the fictional provinces 84 to 88."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.values import CitizenId, IdStatus, InvalidValue, value_type
from core.values.citizen_id import check_character

ID = value_type("citizen_id")


@st.composite
def ids(draw: st.DrawFn) -> str:
    area = draw(st.sampled_from(("880102", "880121", "840102", "850121")))
    born = draw(st.dates(date(1890, 1, 1), date(2026, 12, 31)))
    first17 = f"{area}{born:%Y%m%d}{draw(st.integers(0, 999)):03d}"
    return first17 + check_character(first17)


def full_width(text: str) -> str:
    return "".join(chr(ord(character) + 0xFEE0) for character in text)


@given(ids())
def test_the_parts_of_an_id(text: str) -> None:
    citizen = CitizenId.parse(text)
    assert citizen.status is IdStatus.VALID
    assert citizen.text == text
    assert citizen.birth_date is not None
    assert f"{citizen.birth_date:%Y%m%d}" == text[6:14]
    assert citizen.sex == ("1" if int(text[16]) % 2 else "2")
    assert not citizen.upgraded


@given(ids(), st.integers(0, 17))
def test_every_single_substitution_is_detected(text: str, place: int) -> None:
    for other in "0123456789X" if place == 17 else "0123456789":
        if other != text[place]:
            wrong = text[:place] + other + text[place + 1 :]
            assert CitizenId.parse(wrong).status in (IdStatus.BAD_CHECKSUM, IdStatus.BAD_DATE)
            assert check_character(wrong[:17]) != wrong[17]


@given(ids())
def test_every_adjacent_swap_is_detected(text: str) -> None:
    for place in range(17):
        wrong = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
        if wrong == text:
            continue
        if "X" in wrong[:17]:
            with pytest.raises(InvalidValue):
                CitizenId.parse(wrong)
        else:
            assert CitizenId.parse(wrong).status is not IdStatus.VALID


@given(ids(), st.integers(1, 16))
def test_spelling_variants_have_one_key(text: str, place: int) -> None:
    variants = (
        text.lower(),
        f" {text}　",
        full_width(text),
        f"{text[:place]} {text[place:]}",
        f"\u200b{text[:6]}\u3000{text[6:14]} {text[14:]}",
    )
    assert {ID.key(variant) for variant in variants} == {text}
    assert {ID.parse(variant).text for variant in variants} == {text}


@given(ids().filter(lambda text: text[6:8] == "19"))
def test_fifteen_digits_are_upgraded(text: str) -> None:
    old = text[:6] + text[8:17]
    assert CitizenId.parse(old).text == text
    assert ID.parse(old) == (text, ("upgraded_15",))
    assert ID.key(old) == ID.key(text)


@given(ids())
def test_parsing_again_changes_nothing(text: str) -> None:
    once = ID.parse(text.lower())
    assert ID.parse(once.text) == once


@given(ids(), st.sets(st.integers(0, 17), min_size=1))
def test_a_masked_id_is_kept_and_cannot_be_looked_up(text: str, places: set[int]) -> None:
    masked = "".join("*" if place in places else character for place, character in enumerate(text))
    assert ID.parse(masked) == (masked, ("masked",))
    assert ID.key(masked) == ""
    assert ID.key(masked.replace("*", "＊")) == ""
    assert ID.parse(masked.replace("*", "＊")).text == masked


@given(ids())
def test_the_mask_shows_area_and_last_four_only(text: str) -> None:
    assert ID.mask(text) == f"{text[:6]}********{text[-4:]}"
    assert ID.mask(ID.mask(text)) == ID.mask(text)


def test_thirty_first_of_february_is_told() -> None:
    first17 = "88010219900231123"
    citizen = CitizenId.parse(first17 + check_character(first17))
    assert (citizen.status, citizen.birth_date) == (IdStatus.BAD_DATE, None)
    assert ID.parse(citizen.text).flags == ("bad_date",)


def test_a_birth_year_before_1900_and_any_area_are_accepted() -> None:
    first17 = "99999918991231123"
    assert CitizenId.parse(first17 + check_character(first17)).status is IdStatus.VALID


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", "citizen_id.empty"),
        ("　", "citizen_id.empty"),
        ("88010219900101123", "citizen_id.length"),
        ("8801021990010112345", "citizen_id.length"),
        ("88010219900101A234", "citizen_id.characters"),
        ("8801021990010X1234", "citizen_id.characters"),
        ("张三", "citizen_id.length"),
    ],
)
def test_refusals_name_the_reason_and_never_the_value(raw: str, reason: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        CitizenId.parse(raw)
    assert caught.value.reason == reason
    assert caught.value.remedy
    assert not raw.strip() or raw not in f"{caught.value}{caught.value.message}{caught.value.remedy}"


@given(st.text(max_size=40))
def test_any_text_parses_or_is_refused(raw: str) -> None:
    try:
        parsed = ID.parse(raw)
    except InvalidValue:
        assert ID.key(raw) == ""
        assert ID.mask(raw) == "***"
        return
    assert ID.parse(parsed.text).text == parsed.text


@pytest.mark.parametrize("first17", ["", "1234", "12345678901234567890", "1234567890123456X"])
def test_the_check_character_needs_seventeen_digits(first17: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        check_character(first17)
