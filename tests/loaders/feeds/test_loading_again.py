"""Loading twice, corrections, duplicates: what is in the lake depends on what was delivered, not on how often."""

from __future__ import annotations

from collections.abc import Callable

import orjson
import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.settings import CryptoSuite
from governance.keys import MasterKey
from governance.sealing import SealingVault
from loaders.feeds.loading import load_file
from loaders.feeds.mapping import Mapping
from loaders.feeds.opening import open_events, open_records
from loaders.feeds.quarantine import list_entries
from loaders.feeds.report import LoadReport
from loaders.lake.store import Lake

from .conftest import Load, csv_text, row


def _without_loads(lake: Lake) -> dict[str, int]:
    return {table: version for table, version in lake.versions().items() if table != "loads"}


def test_the_same_file_twice_changes_only_the_load_log(load: Load, people: Mapping, lake: Lake) -> None:
    content = csv_text([row("P1"), row("P2", 身份证号="8801021958031212")])
    first = load(content, people)
    before, log = _without_loads(lake), lake.version("loads")

    second = load(content, people)

    assert (first.status, second.status) == ("loaded", "unchanged")
    assert _without_loads(lake) == before
    assert lake.version("loads") != log
    assert second.counts == first.counts


def test_the_same_rows_under_another_name_and_order_change_nothing(load: Load, people: Mapping, lake: Lake) -> None:
    rows = [row(f"P{number}") for number in range(30)]
    load(csv_text(rows), people)
    before = _without_loads(lake)

    report = load(csv_text(rows[::-1]), people, name="people-2.csv", batch_rows=7)

    assert _without_loads(lake) == before
    assert report.counts.unchanged == 30


def test_only_new_and_changed_rows_are_written(load: Load, people: Mapping, lake: Lake) -> None:
    load(csv_text([row("P1"), row("P2")]), people)

    report = load(csv_text([row("P1"), row("P2", 姓名="王建军"), row("P3")]), people)

    counts = report.counts
    assert (counts.unchanged, counts.superseded, counts.accepted) == (1, 1, 3)
    assert counts.appended == {"records_dwelling": 1, "records_person": 2, "relations": 1}
    names = lake.current("records_person", ["record_key", "name"]).sort("record_key")
    assert names["name"].to_list() == ["王建国", "王建军", "王建国"]


def test_a_correction_and_its_withdrawal_both_show(load: Load, people: Mapping, lake: Lake) -> None:
    load(csv_text([row("P1")]), people)
    load(csv_text([row("P1", 姓名="王建军")]), people)
    load(csv_text([row("P1"), row("P2")]), people)

    assert lake.current("records_person", ["name"])["name"].to_list() == ["王建国", "王建国"]
    assert lake.read("records_person", ["name"])["name"].to_list() == ["王建国", "王建军", "王建国", "王建国"]


def test_identical_rows_are_one_record_and_the_later_of_two_versions_counts(
    load: Load, people: Mapping, lake: Lake
) -> None:
    rows = [row("P1"), row("P1"), row("P2"), row("P2", 姓名="王建军")]

    report = load(csv_text(rows), people)

    assert lake.current("records_person").height == 2
    assert (report.counts.duplicates, report.counts.conflicts, report.counts.conflict_lines) == (1, 1, [4])
    assert set(lake.current("records_person", ["name"])["name"]) == {"王建国", "王建军"}


def test_what_a_row_no_longer_says_is_deleted(load: Load, disputes: Mapping, lake: Lake, vault: SealingVault) -> None:
    def event(*names: str) -> str:
        parties = [{"name": name, "role": "甲"} for name in names]
        return orjson.dumps({"no": "T1", "at": "2026-03-05 10:00:00", "summary": "漏水", "parties": parties}).decode()

    load(event("王建国", "李秀英", "陈磊"), disputes, name="disputes.jsonl")
    report = load(event("王建国", "李秀英"), disputes, name="disputes.jsonl")

    assert sorted(open_records(lake, "person", vault)["name"]) == ["李秀英", "王建国"]
    assert lake.current("relations").height == 2
    assert report.counts.deleted == 2  # a record and its relation


def test_a_changed_mapping_reads_the_file_again(
    load: Load, mapping: Callable[[str], Mapping], people: Mapping, lake: Lake
) -> None:
    from .conftest import PEOPLE

    content = csv_text([row("P1")])
    load(content, people)

    report = load(content, mapping(PEOPLE.replace("address: 住址\n  residence", "employer: 住址\n  residence")))

    assert report.status == "loaded"
    assert report.counts.superseded == 1
    assert lake.current("records_person", ["address"])["address"].to_list() == [None]


def test_a_corrected_row_settles_its_quarantine_entry(load: Load, people: Mapping, lake: Lake) -> None:
    load(csv_text([row("P1", 身份证号="8801021958031212"), row("P2", 出生日期="1999-02-31")]), people)
    assert list_entries(lake)["reason"].to_list() == ["citizen_id.length", "date.calendar"]

    report = load(csv_text([row("P1"), row("P2", 出生日期="1999-02-31")]), people)

    assert list_entries(lake)["reason"].to_list() == ["date.calendar"]
    assert report.counts.resolved == 1
    settled = lake.current("quarantine").filter(pl.col("status") == "resolved")
    assert settled["row_sealed"].to_list() == [None]


def test_a_row_corrected_later_in_the_same_file_is_settled(load: Load, people: Mapping, lake: Lake) -> None:
    rows = [row("P1", 身份证号="8801021958031212"), row("P1"), row("P2"), row("P2", 出生日期="1999-02-31")]
    load(csv_text(rows), people)

    assert list_entries(lake).select("line", "reason").rows() == [(5, "date.calendar")]
    assert lake.current("records_person").height == 2


def test_quarantine_entries_are_not_repeated(load: Load, people: Mapping, lake: Lake) -> None:
    bad = row("P1", 身份证号="8801021958031212")
    load(csv_text([bad, bad]), people)
    load(csv_text([row("P2"), bad]), people, name="people-next.csv")

    assert lake.read("quarantine").height == 1


def test_the_report_adds_up(load: Load, people: Mapping) -> None:
    load(csv_text([row("P1"), row("P2")]), people)
    rows = [row("P1"), row("P2", 姓名="李强"), row("P3"), row("P3"), row("P4"), row("P4", 姓名="李敏"), row("")]

    report = load(csv_text(rows), people)

    counts = report.counts
    assert counts.rows == counts.accepted + counts.quarantined == 7
    new = counts.accepted - counts.unchanged - counts.superseded - counts.duplicates - counts.conflicts
    assert new == 2
    assert counts.reasons == {"key.missing": 1}
    told = report.as_dict()
    assert told["rows"] == 7
    assert told["reasons"] == {"key.missing": 1}


def test_events_keep_their_text_parties_and_steps(
    load: Load, disputes: Mapping, lake: Lake, vault: SealingVault
) -> None:
    content = orjson.dumps(
        {
            "no": "T1",
            "at": "2026-03-05T02:00:00Z",
            "summary": "楼上漏水，联系 16012345678",
            "parties": [{"name": "王建国", "phone": "16012345678", "role": "甲"}, {"name": "李秀英", "role": "乙"}],
            "flow": [{"unit": "枫桥社区", "action": "受理", "time": "2026-03-05 11:00:00"}],
        }
    )
    load(content, disputes, name="disputes.jsonl")

    event = open_events(lake, vault).row(0, named=True)
    assert event["text"] == "楼上漏水，联系 16012345678"
    assert event["reported_at"] == "2026-03-05T10:00:00"
    assert lake.current("events", ["text"]).item() == "楼上漏水，联系 160****5678"
    assert orjson.loads(event["steps"])[0] | {"from": None, "to": None} == {
        "step": 1,
        "department": "枫桥社区",
        "action": "受理",
        "at": "2026-03-05T11:00:00",
        "from": None,
        "to": None,
    }
    relations = lake.current("relations")
    assert set(relations["to_id"]) == {event["event_id"]}
    assert sorted(orjson.loads(props)["role"] for props in relations["props"]) == ["complainant", "respondent"]
    keys = lake.current("records_person", ["record_key"])["record_key"].to_list()
    assert keys == ["T1#party.0", "T1#party.1"]


_VERSIONS = st.lists(
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["王建国", "李秀英", "陈磊"])), min_size=1, max_size=12),
    min_size=1,
    max_size=4,
)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(deliveries=_VERSIONS, batch_rows=st.integers(1, 5))
def test_the_last_delivered_version_of_each_key_is_current(
    deliveries: list[list[tuple[int, str]]], batch_rows: int, tmp_path_factory: object, people: Mapping
) -> None:
    folder = tmp_path_factory.mktemp("run")  # type: ignore[attr-defined]
    vault = SealingVault(MasterKey(CryptoSuite.AES, bytes(range(32))), CryptoSuite.AES)
    lake = Lake(folder / "lake")
    expected: dict[str, str] = {}
    seen: list[list[tuple[int, str]]] = []
    for number, delivery in enumerate(deliveries):
        path = folder / f"people-{number}.csv"
        path.write_text(csv_text([row(f"P{key}", 姓名=name) for key, name in delivery]), encoding="utf-8")
        report: LoadReport = load_file(path, people, lake=lake, vault=vault, batch_rows=batch_rows, workers=1)
        assert report.status == ("unchanged" if delivery in seen else "loaded")
        if delivery not in seen:
            expected |= {f"P{key}#person": name for key, name in delivery}
        seen.append(delivery)
    found = lake.current("records_person", ["record_key", "name"]).rows()
    assert dict(found) == expected
    assert len(found) == len(expected)
