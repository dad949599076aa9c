# Card numbers of no issuer (9999…) and mail under .example; nothing is read from files.
"""Bank cards and mail addresses: read, checked, masked, and gone from redacted text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.values import InvalidValue, redact, value_type
from core.values.bank_card import luhn_ok

CARD = "9999454212472019864"


@pytest.mark.parametrize("raw", [CARD, "9999 4542 1247 2019 864", "９９９９-4542-1247-2019-864"])
def test_a_card_is_the_same_however_it_is_written(raw: str) -> None:
    assert value_type("bank_card").parse(raw) == (CARD, ())
    assert value_type("bank_card").key(raw) == CARD


def test_a_wrong_check_digit_is_told_and_kept() -> None:
    assert value_type("bank_card").parse(CARD[:-1] + "5") == (CARD[:-1] + "5", ("bad_checksum",))


def test_a_masked_card_cannot_be_looked_up() -> None:
    assert value_type("bank_card").parse("999945*********9864").flags == ("masked",)
    assert value_type("bank_card").key("999945*********9864") == ""


@pytest.mark.parametrize(
    ("raw", "reason"), [("", "bank_card.empty"), ("123", "bank_card.form"), ("abc", "bank_card.form")]
)
def test_what_is_no_card_says_why(raw: str, reason: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        value_type("bank_card").parse(raw)
    assert refused.value.reason == reason


@given(st.text("0123456789", min_size=15, max_size=18), st.integers(0, 14), st.integers(1, 9))
def test_every_wrong_digit_is_noticed(body: str, place: int, shift: int) -> None:
    (number,) = (body + str(last) for last in range(10) if luhn_ok(body + str(last))) if body.strip("0") else ("",)
    if number:
        wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
        assert not luhn_ok(wrong)


@pytest.mark.parametrize("raw", ["Wang_GF@Mail.example", " wang_gf@mail.example ", "ｗang_gf＠mail.example"])
def test_mail_is_the_same_however_it_is_written(raw: str) -> None:
    assert value_type("email").parse(raw) == ("wang_gf@mail.example", ())


@pytest.mark.parametrize("raw", ["", "wang", "wang@", "@mail.example", "a@b", "a b@mail.example x@mail.example"])
def test_what_is_no_mail_is_refused(raw: str) -> None:
    with pytest.raises(InvalidValue):
        value_type("email").parse(raw)


def test_masks_leave_nobody_known() -> None:
    assert value_type("bank_card").mask(CARD) == "999945*********9864"
    assert value_type("email").mask("wang_gf@mail.example") == "w***@mail.example"


def test_mail_is_redacted_in_free_text_once_and_for_all() -> None:
    redacted = redact("发到wang_gf@mail.example，或16012345678@mail.example。")
    assert redacted == "发到w***@mail.example，或1***@mail.example。"
    assert redact(redacted) == redacted
