"""Reading set-aside rows again."""

from __future__ import annotations

from collections.abc import Callable

import orjson
import pytest

from core.errors import FeedUnknown, QuarantineEntryUnknown
from governance.sealing import SealingVault
from loaders.feeds.mapping import Mapping
from loaders.feeds.opening import open_records
from loaders.feeds.quarantine import list_entries, retry, show_entry
from loaders.lake.store import Lake

from .conftest import EVENTS, PEOPLE, Load, csv_text, row

_LENIENT = PEOPLE.replace("birth_date: 出生日期", "birth_date: {column: 出生日期, invalid: flag}")


def test_after_the_mapping_changed_the_rows_are_loaded_once(
    load: Load, people: Mapping, mapping: Callable[[str], Mapping], lake: Lake, vault: SealingVault
) -> None:
    load(csv_text([row("P1"), row("P2", 出生日期="1999-02-31"), row("P3", 身份证号="123")]), people)

    report = retry(lake, vault, mappings={"people": mapping(_LENIENT)})

    assert (report.tried, report.accepted, report.remaining) == (2, 1, 1)
    assert report.reasons == {"citizen_id.length": 1}
    assert sorted(open_records(lake, "person", vault)["record_key"]) == ["P1#person", "P2#person"]
    assert list_entries(lake).select("line", "status").rows() == [(4, "retried")]
    before = lake.versions()
    again = retry(lake, vault, mappings={"people": mapping(_LENIENT)})
    assert (again.tried, again.accepted) == (1, 0)
    assert lake.versions() == before


def test_json_rows_and_broken_lines_are_read_again(
    load: Load, disputes: Mapping, people: Mapping, mapping: Callable[[str], Mapping], lake: Lake, vault: SealingVault
) -> None:
    event = {"no": "T1", "at": "2026-03-05 10:00:00", "summary": "漏水", "parties": [{"name": "王建国", "role": "丙"}]}
    load(orjson.dumps(event) + b'\n{"no":', disputes, name="disputes.jsonl")
    load(csv_text([row("P1"), (*row("P2"), "多余")]), people)
    known = {"people": people, "disputes": mapping(EVENTS.replace("乙: respondent", "乙: respondent, 丙: witness"))}

    report = retry(lake, vault, mappings=known)

    assert (report.tried, report.accepted) == (3, 1)
    assert set(list_entries(lake)["reason"]) == {"json.invalid", "row.too_many_cells"}
    assert lake.current("events").height == 1


def test_a_row_corrected_meanwhile_is_left_alone(
    load: Load, people: Mapping, mapping: Callable[[str], Mapping], lake: Lake, vault: SealingVault
) -> None:
    load(csv_text([row("P1", 出生日期="1999-02-31", 姓名="李秀英")]), people)
    load(csv_text([row("P1")]), people)

    report = retry(lake, vault, mappings={"people": mapping(_LENIENT)})

    assert report.tried == 0
    assert open_records(lake, "person", vault)["name"].to_list() == ["王建国"]


def test_unknown_feeds_and_entries(load: Load, people: Mapping, lake: Lake, vault: SealingVault) -> None:
    load(csv_text([row("P1", 出生日期="1999-02-31")]), people)
    with pytest.raises(FeedUnknown):
        retry(lake, vault, mappings={}, feed="people")
    with pytest.raises(QuarantineEntryUnknown):
        retry(lake, vault, entry_ids=["qua_none"])
    with pytest.raises(QuarantineEntryUnknown):
        show_entry(lake, vault, "qua_none")
    assert retry(lake, vault, mappings={}).skipped == 1
