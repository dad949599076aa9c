"""Phones: made numbers use segments that no operator was ever given."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.values import InvalidValue, Phone, value_type

PHONE = value_type("phone")

mobiles = st.builds(
    lambda segment, rest: f"{segment}{rest:08d}",
    st.sampled_from((160, 161, 163, 164, 168, 169, 154)),
    st.integers(10_203_040, 99_887_766),
).filter(lambda number: len(set(number[3:])) > 1)
landlines = st.builds(
    lambda area, local: (area, str(local)),
    st.sampled_from(("0880", "0571", "010", "021")),
    st.integers(20_100_200, 89_998_877),
).filter(lambda number: len(set(number[1])) > 1)


def full_width(text: str) -> str:
    return "".join(chr(ord(character) + 0xFEE0) if character != " " else "\u3000" for character in text)


@given(mobiles)
def test_spelling_variants_of_a_mobile_have_one_key(number: str) -> None:
    a, b, c = number[:3], number[3:7], number[7:]
    variants = [
        number,
        f"+86{number}",
        f"0086 {number}",
        f"+86-{number}",
        f"{a} {b} {c}",
        f"{a}-{b}-{c}",
        f"{a}－{b}－{c}",
        full_width(f"{a} {b} {c}"),
        f"0{number}",
        f"({a}){b}{c}",
        f"\t{number}\u200b",
    ]
    assert {PHONE.key(variant) for variant in variants} == {number}
    assert {PHONE.parse(variant) for variant in variants} == {(number, ())}


@given(landlines)
def test_spelling_variants_of_a_land_line_have_one_key(number: tuple[str, str]) -> None:
    area, local = number
    variants = [
        f"{area}-{local}",
        f"{area}{local}",
        f"({area}){local}",
        f"{area} {local[:4]} {local[4:]}",
        f"{area}—{local}",
    ]
    assert {PHONE.parse(variant).text for variant in variants} == {f"{area}-{local}"}
    assert {PHONE.key(variant) for variant in (*variants, f"{area}-{local}转801", f"{area}-{local}-801")} == {
        area + local
    }


@given(mobiles | landlines.map("-".join))
def test_parsing_again_changes_nothing(number: str) -> None:
    once = PHONE.parse(number)
    assert PHONE.parse(once.text) == once


@given(mobiles)
def test_the_mask_shows_segment_and_last_four_only(number: str) -> None:
    masked = PHONE.mask(number)
    assert masked == f"{number[:3]}****{number[-4:]}"
    assert PHONE.parse(masked) == (masked, ("masked",))
    assert PHONE.key(masked) == ""


def test_the_mask_of_a_land_line_shows_area_and_last_four_only() -> None:
    assert PHONE.mask("0571-88886666") == "0571-****6666"
    assert PHONE.mask("0571-88886666转801") == "0571-****6666"
    assert PHONE.mask("88886666") == "****6666"


@pytest.mark.parametrize(
    "raw", ["13800000000", "11111111111", "00000000", "12345678", "13800138000", "0000000", "１３８００００００００"]
)
def test_a_placeholder_is_flagged_and_cannot_be_looked_up(raw: str) -> None:
    assert PHONE.parse(raw).flags == ("placeholder",)
    assert PHONE.key(raw) == ""


def test_of_several_numbers_the_first_counts() -> None:
    assert PHONE.parse("16012345670/0571-88886666") == ("16012345670", ("several",))


def test_service_numbers() -> None:
    assert Phone.parse("400-800-1234").kind == "service"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", "phone.empty"),
        ("1601234567", "phone.length"),
        ("160123456789", "phone.length"),
        ("12345", "phone.length"),
        ("王建国", "phone.characters"),
        ("16012345678王", "phone.characters"),
    ],
)
def test_refusals(raw: str, reason: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        Phone.parse(raw)
    assert caught.value.reason == reason
    assert not raw or raw not in str(caught.value)


@given(st.text(max_size=30) | st.text("0123456789-+() *转/", max_size=24))
@example("2000000转0")
def test_any_text_parses_or_is_refused(raw: str) -> None:
    try:
        parsed = PHONE.parse(raw)
    except InvalidValue:
        assert PHONE.mask(raw) == "***"
        return
    assert PHONE.parse(parsed.text).text == parsed.text
    assert PHONE.key(parsed.text) == PHONE.key(raw)
