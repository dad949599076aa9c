"""What a department says of a person that cannot be so: the row is kept as it came, and flagged.

Fixture strategy: the sample register of conftest.py, loaded into a real lake. `core.catalogue.plausible` decides, for
these rows as for what people state over the interface (tests/api/test_stated_changes.py).
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.catalogue import KINDS
from core.catalogue.plausible import LONGEST_LIFE, doubt, refusal
from core.clock import local_now
from core.values import value_type
from loaders.feeds.mapping import Mapping
from loaders.lake.store import Lake

from .conftest import Load, csv_text, row

TODAY = local_now().date()


@pytest.mark.parametrize(
    ("born", "flags"),
    [
        ("1850-01-01", ["birth_date:birth.too_early"]),
        ((TODAY + timedelta(days=1)).isoformat(), ["birth_date:birth.future"]),
        (TODAY.isoformat(), []),
        (f"{TODAY.year - LONGEST_LIFE}-12-31", []),
        ("1900-01-01", [] if TODAY.year <= 1900 + LONGEST_LIFE else ["birth_date:birth.too_early"]),
    ],
)
def test_a_birth_that_cannot_be_is_kept_and_flagged(
    load: Load, lake: Lake, people: Mapping, born: str, flags: list[str]
) -> None:
    report = load(csv_text([row("P1", 出生日期=born, 身份证号="")]), people)
    assert report.counts.quarantined == 0
    [kept] = lake.current("records_person", ["birth_date", "flags"]).to_dicts()
    assert kept["flags"] == flags
    assert born.startswith(kept["birth_date"][:4])


@pytest.mark.parametrize(
    ("kind", "field", "text", "reason"),
    [
        ("dwelling", "area", "-5", "number.negative"),
        ("dwelling", "area", "0", None),
        ("event", "amount", "-0.01", "number.negative"),
        ("organization", "registered_on", (TODAY + timedelta(days=2)).isoformat(), "date.future"),
        ("organization", "registered_on", TODAY.isoformat(), None),
        ("event", "occurred_at", "1999-01-01", None),
        ("event", "occurred_at", "2199-01-01 08:00", "date.future"),
        ("person", "education", " ", "value.empty"),
        ("person", "phone", "16012345678", None),
        ("person", "phone", "13800138000", "value.placeholder"),
        ("person", "phone", "160****5678", "value.masked"),
        ("organization", "uscc", "91880102MA0000001Y", "value.bad_checksum"),
        ("person", "address", "不详", None),
    ],
)
def test_what_nobody_can_state(kind: str, field: str, text: str, reason: str | None) -> None:
    declared = KINDS[kind].field(field)
    found = refusal(declared, value_type(declared.type).parse(text))
    assert (found.reason if found else None) == reason
    if found:
        assert found.message
        assert found.remedy


def test_a_text_may_say_anything() -> None:
    assert doubt(KINDS["person"].field("education")) is None
