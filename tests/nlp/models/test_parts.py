# Spans written out by hand, as a model gives them, and the addresses of the rules that they complete.

from __future__ import annotations

import pytest

from core.values import StandardAddress
from nlp.models.parts import with_parts

TEXT = "青枫区望江里三巷07号观澜三期十二幢2单元0501室"
SPANS = [
    (0, 3, "district"), (3, 8, "road"), (8, 11, "roadno"), (11, 15, "poi"),
    (15, 18, "houseno"), (18, 21, "cellno"), (21, 26, "roomno"),
]  # fmt: skip


def test_parts_are_written_as_addresses_have_them() -> None:
    address = with_parts(None, TEXT, SPANS, sure=False)
    assert address is not None
    assert (address.county, address.road, address.road_no, address.compound) == (
        "青枫区",
        "望江里三巷",
        "7",
        "观澜三期",
    )
    assert (address.building, address.unit, address.room) == ("12", "2", "501")
    assert StandardAddress.parse(address.text).room == "501"


def test_what_the_gazetteer_is_sure_of_stays() -> None:
    known = StandardAddress.parse("澜江市青枫区桂花苑3幢")
    address = with_parts(known, TEXT, SPANS, sure=True)
    assert address is not None
    assert (address.compound, address.building, address.room) == ("桂花苑", "3", "501")


def test_divisions_that_were_read_stay_and_the_rest_follows_the_model() -> None:
    known = StandardAddress.parse("澜江市南桥区桂花苑3幢")
    address = with_parts(known, TEXT, SPANS, sure=False)
    assert address is not None
    assert (address.county, address.compound, address.building) == ("南桥区", "观澜三期", "12")


@pytest.mark.parametrize("spans", [[], [(0, 3, "assist")], [(0, 1, "houseno")]])
def test_nothing_read_is_no_address(spans: list[tuple[int, int, str]]) -> None:
    assert with_parts(None, TEXT, spans, sure=False) is None
