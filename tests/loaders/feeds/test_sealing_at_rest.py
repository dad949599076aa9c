"""What rests in the lake: sealed values, masked forms, blind indexes, and no personal number in clear anywhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from core.errors import KeyUnusable
from core.settings import CryptoSuite
from core.values import value_type
from governance.keys import MasterKey
from governance.sealing import SealingVault
from loaders.feeds.mapping import Mapping
from loaders.feeds.opening import open_records
from loaders.feeds.quarantine import list_entries, show_entry
from loaders.lake.store import Lake

from .conftest import ID, PEOPLE, ROW, Load, csv_text, row

_PHONE = ROW[4]


def _bytes_at_rest(lake: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(lake.rglob("*")) if path.is_file())


def test_no_id_and_no_phone_rests_in_clear(
    load: Load, people: Mapping, disputes: Mapping, tmp_path: Path, lake: Lake
) -> None:
    bad = row("P2", 出生日期="1999-02-31", 住址=f"桂花苑（电话{_PHONE}）")
    load(csv_text([row("P1", 住址=f"桂花苑3幢501室 {_PHONE}"), bad]), people)
    parties = [{"name": "王建国", "phone": _PHONE, "role": "甲"}]
    event = {"no": "T1", "at": "2026-03-05 10:00:00", "summary": f"请联系{_PHONE}，身份证{ID}", "parties": parties}
    load(orjson.dumps(event), disputes, name="disputes.jsonl")

    frames = [lake.read(table) for table in lake.versions()]
    told = " ".join(str(value) for frame in frames for line in frame.iter_rows() for value in line)
    at_rest = _bytes_at_rest(tmp_path / "lake")
    for number in (ID, _PHONE):
        assert number not in told
        assert number.encode() not in at_rest


def test_sealed_values_open_in_memory_and_only_for_their_record(
    load: Load, people: Mapping, lake: Lake, vault: SealingVault
) -> None:
    load(csv_text([row("P1"), row("P2")]), people)

    opened = open_records(lake, "person", vault)
    assert opened["citizen_id"].to_list() == [ID, ID]
    assert opened["phone"].to_list() == [_PHONE, _PHONE]

    stored = lake.current("records_person")
    assert set(stored["citizen_id"]) == {value_type("citizen_id").mask(ID)}
    with pytest.raises(KeyUnusable):
        vault.open(stored["citizen_id_sealed"][0], field="citizen_id", owner=stored["record_id"][1])
    with pytest.raises(KeyUnusable):
        open_records(lake, "person", SealingVault(MasterKey(CryptoSuite.SM, bytes(32)), CryptoSuite.SM))


def test_the_blind_index_finds_a_value_however_it_is_written(
    load: Load, people: Mapping, lake: Lake, vault: SealingVault
) -> None:
    load(csv_text([row("P1"), row("P2", 身份证号=f"{ID[:6]}********{ID[-4:]}", 电话="160-1234-5678")]), people)
    stored = lake.current("records_person").sort("record_key")
    assert stored["phone_index"][0] == stored["phone_index"][1] == vault.blind_index(_PHONE, value_type="phone")
    assert stored["citizen_id_index"].to_list() == [vault.blind_index(ID, value_type="citizen_id"), None]


def test_a_minors_name_and_birth_date_rest_sealed(load: Load, people: Mapping, lake: Lake, vault: SealingVault) -> None:
    observed = "2026-04-12 09:30:15"
    child = row("P1", 身份证号="", 出生日期="2012-04-13", 更新时间=observed)
    fourteen = row("P2", 身份证号="", 出生日期="2012-04-12", 更新时间=observed)
    load(csv_text([child, fourteen]), people)

    young, old = lake.current("records_person").sort("record_key").iter_rows(named=True)
    assert young["name"] != "王建国"
    assert young["birth_date"] != "2012-04-13"
    assert (old["name"], old["name_sealed"]) == ("王建国", None)
    assert open_records(lake, "person", vault)["name"].to_list() == ["王建国", "王建国"]


def test_a_key_that_is_a_sealed_value_does_not_show(load: Load, mapping: Callable[[str], Mapping], lake: Lake) -> None:
    load(csv_text([row("P1")]), mapping(PEOPLE.replace("key: 编号", "key: 身份证号")))
    key = lake.current("records_person", ["record_key"]).item()
    assert key.endswith("#person")
    assert ID not in key


def test_a_shown_quarantine_entry_has_the_row_and_its_masked_form(
    load: Load, people: Mapping, lake: Lake, vault: SealingVault
) -> None:
    load(csv_text([row("P1", 出生日期="1999-02-31")]), people)
    shown = show_entry(lake, vault, list_entries(lake)["entry_id"].item())
    assert shown.cells["身份证号"] == ID
    assert shown.masked["身份证号"] == ID[0] + "*" * 7
    assert "row_sealed" not in shown.entry
