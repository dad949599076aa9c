"""Credit codes: the sample of the standard, and made ones whose organisation part begins with MA."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.values import InvalidValue, Uscc, value_type
from core.values.uscc import check_character, organisation_check_character

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC = value_type("uscc")


@st.composite
def codes(draw: st.DrawFn) -> str:
    organisation = "MA" + draw(st.text(ALPHABET, min_size=6, max_size=6))
    first17 = f"91880102{organisation}{organisation_check_character(organisation)}"
    return first17 + check_character(first17)


def test_the_sample_of_the_standard_is_valid() -> None:
    sample = Uscc.parse("91350100M000100Y43")
    assert sample.valid
    assert (sample.division_code, sample.organisation_code) == ("350100", "M000100Y4")
    assert USCC.parse(sample.text) == ("91350100M000100Y43", ())


@given(codes())
def test_made_codes_are_valid_and_stable(text: str) -> None:
    assert Uscc.parse(text).valid
    assert USCC.parse(f" {text[:8].lower()} {text[8:].lower()}　") == (text, ())
    assert USCC.key(text.lower()) == text
    assert USCC.parse(USCC.parse(text).text).text == text


@given(codes(), st.integers(0, 17))
def test_every_single_substitution_is_detected(text: str, place: int) -> None:
    for other in ALPHABET:
        if other != text[place]:
            assert "bad_checksum" in USCC.parse(text[:place] + other + text[place + 1 :]).flags


@given(codes())
def test_every_adjacent_swap_is_detected(text: str) -> None:
    for place in range(17):
        wrong = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
        assert wrong == text or not Uscc.parse(wrong).valid


def test_a_wrong_inner_organisation_code_is_told_apart() -> None:
    first17 = "91880102MA000000" + ("1" if organisation_check_character("MA000000") != "1" else "2")
    assert USCC.parse(first17 + check_character(first17)).flags == ("bad_organisation_code",)


@given(codes())
def test_masked_codes_and_masks(text: str) -> None:
    masked = USCC.mask(text)
    assert masked == text[:8] + "*" * 8 + text[16:]
    assert USCC.parse(masked) == (masked, ("masked",))
    assert USCC.key(masked) == ""


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", "uscc.empty"),
        ("91350100M000100Y4", "uscc.length"),
        ("91350100M000100YO3", "uscc.characters"),
        ("91350100M000100Y4啊", "uscc.characters"),
    ],
)
def test_refusals(raw: str, reason: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        Uscc.parse(raw)
    assert caught.value.reason == reason


@given(st.text(max_size=30))
def test_any_text_parses_or_is_refused(raw: str) -> None:
    try:
        parsed = USCC.parse(raw)
    except InvalidValue:
        assert USCC.mask(raw) == "***"
        return
    assert USCC.parse(parsed.text) == parsed
