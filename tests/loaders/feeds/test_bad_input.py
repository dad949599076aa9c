"""Files and rows as they should not be: a clear error, or a quarantine row, and the good rows are loaded."""

from __future__ import annotations

import io
import os
import struct
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest
import xlsxwriter

from core.errors import ColumnMissing, FeedUnknown, FileEmpty, FileTooLarge, FileUnreadable, LoadError
from governance.sealing import SealingVault
from loaders.feeds.loading import load_file, load_folder
from loaders.feeds.mapping import Mapping
from loaders.feeds.quarantine import list_entries
from loaders.lake.store import Lake

from .conftest import EVENTS, HEADER, ID, PEOPLE, Load, csv_text, row


@contextmanager
def as_nobody() -> Iterator[None]:
    """Drop the rights of root for a moment, since root may read and write everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def workbook(rows: list[tuple[object, ...]]) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    sheet = book.add_worksheet("名册")
    for number, cells in enumerate(rows):
        sheet.write_row(number, 0, cells)
    book.close()
    return buffer.getvalue()


@pytest.fixture
def sheet(mapping: Callable[[str], Mapping]) -> Mapping:
    return mapping(PEOPLE.replace("format: csv", "format: xlsx"))


@pytest.mark.parametrize(
    ("changes", "column", "reason"),
    [
        ({"身份证号": "88010219580312123"}, "身份证号", "citizen_id.length"),
        ({"出生日期": "1999-02-31"}, "出生日期", "date.calendar"),
        ({"姓名": '=HYPERLINK("http://a","b")'.replace(",", " ").replace('"', "'")}, "姓名", "cell.formula"),
        ({"姓名": "=1+1"}, "姓名", "cell.formula"),
        ({"姓名": "@SUM(A1)"}, "姓名", "cell.formula"),
        ({"姓名": "+cmd|' /C calc'!A0"}, "姓名", "cell.formula"),
        ({"姓名": "王\x00国"}, "姓名", "cell.control"),
        ({"姓名": ""}, "姓名", "field.missing"),
        ({"编号": ""}, "编号", "key.missing"),
        ({"编号": "\x00"}, "编号", "cell.control"),
        ({"住址": "街" * 1_000_000}, "住址", "cell.too_long"),
    ],
)
def test_a_bad_value_sets_its_row_aside_with_place_and_reason(
    load: Load, people: Mapping, lake: Lake, changes: dict[str, str], column: str, reason: str
) -> None:
    bad = row("P2", **{name: text for name, text in changes.items() if name != "编号"})
    if "编号" in changes:
        bad = (changes["编号"], *bad[1:])

    report = load(csv_text([row("P1"), bad, row("P3")]), people)

    entry = list_entries(lake).row(0, named=True)
    assert (entry["file"], entry["line"], entry["column"], entry["reason"]) == ("people.csv", 3, column, reason)
    assert entry["message"]
    assert entry["remedy"]
    assert (report.counts.accepted, report.counts.quarantined) == (2, 1)
    assert lake.current("records_person").height == 2


def test_no_message_holds_a_value(load: Load, people: Mapping, lake: Lake) -> None:
    load(csv_text([row("P1", 身份证号=f"{ID[:-1]}", 出生日期="1999-02-31")]), people)
    told = " ".join(str(value) for value in list_entries(lake).row(0))
    assert ID[:-1] not in told
    assert "1999" not in told
    assert "出生日期" in told  # the second fault of the row is named too


def test_an_unreadable_optional_value_is_dropped_and_flagged(load: Load, people: Mapping, lake: Lake) -> None:
    report = load(csv_text([row("P1", 电话="12")]), people)
    record = lake.current("records_person").row(0, named=True)
    assert record["phone"] is None
    assert record["flags"] == ["phone:phone.length"]
    assert report.counts.flags == {"phone:phone.length": 1}


@pytest.mark.parametrize("cells", [row("P2")[:-2], (*row("P2"), "多余")])
def test_too_few_and_too_many_cells(load: Load, people: Mapping, lake: Lake, cells: tuple[str, ...]) -> None:
    load(csv_text([row("P1"), cells, row("P3")]), people)
    assert list_entries(lake)["reason"].item() in {"row.too_few_cells", "row.too_many_cells"}
    assert lake.current("records_person").height == 2


def test_empty_trailing_cells_are_no_fault(load: Load, people: Mapping, lake: Lake) -> None:
    load(csv_text([(*row("P1"), "", "")]), people)
    assert list_entries(lake).height == 0


@pytest.mark.parametrize("after", [0, 3, 2_500])
def test_an_unclosed_quote_costs_its_own_line_alone(load: Load, people: Mapping, lake: Lake, after: int) -> None:
    broken = ",".join(row("P0")).replace("王建国", '"王建国')
    rest = csv_text([row(f"P{number}") for number in range(1, after + 1)]).split("\r\n", 1)[1]

    report = load(csv_text([]) + broken + "\r\n" + rest, people) if after else load(csv_text([]) + broken, people)

    assert list_entries(lake).select("line", "reason").rows() == [(2, "row.quote")]
    assert report.counts.accepted == after


def test_a_quoted_field_may_span_lines_and_hold_delimiters(load: Load, people: Mapping, lake: Lake) -> None:
    quoted = csv_text([row("P1", 住址='"桂花苑,3幢\n2单元501室"'), row("P2")])
    load(quoted, people)
    assert list_entries(lake).height == 0
    assert lake.current("records_person").height == 2


def test_a_line_in_another_encoding_is_set_aside(load: Load, people: Mapping, lake: Lake) -> None:
    good = csv_text([row(f"P{number}") for number in range(20)]).encode()
    load(good + ",".join(row("P99")).encode("gb18030") + b"\r\n", people)
    assert list_entries(lake).select("line", "reason").rows() == [(22, "row.encoding")]
    assert lake.current("records_person").height == 20


def test_bytes_in_no_encoding_are_refused(load: Load, people: Mapping) -> None:
    with pytest.raises((FileUnreadable, ColumnMissing)):
        load(bytes([0x81, 0xFF, 0x0A]) * 4000, people)


def test_half_a_json_line_is_set_aside(load: Load, disputes: Mapping, lake: Lake) -> None:
    lines = [
        orjson.dumps({"no": f"T{n}", "at": "2026-03-05 10:00:00", "summary": "漏水", "parties": []}) for n in range(3)
    ]
    lines[1] = lines[1][:20]
    load(b"\n".join([*lines, b"[1]", b'"text"']), disputes, name="disputes.jsonl")
    reasons = list_entries(lake).select("line", "reason").rows()
    assert reasons == [(2, "json.invalid"), (4, "json.not_object"), (5, "json.not_object")]
    assert lake.current("events").height == 2


def test_a_value_that_should_be_single_but_is_a_list(load: Load, disputes: Mapping, lake: Lake) -> None:
    content = {"no": "T1", "at": "2026-03-05 10:00:00", "summary": ["漏", "水"], "parties": []}
    load(orjson.dumps(content), disputes, name="disputes.jsonl")
    assert list_entries(lake)["reason"].item() == "cell.structure"


def test_a_cloud_event_without_its_attributes(load: Load, mapping: Callable[[str], Mapping], lake: Lake) -> None:
    alarms = mapping(
        "feed: alarms\nlabel: 告警\ndepartment: 物联网\nformat: cloudevents\nkey: id\n"
        "event: {fields: {kind: {constant: alarm}, reported_at: time}}\n"
    )
    good = {"specversion": "1.0", "id": "a1", "source": "/iot/1", "type": "t", "time": "2026-03-05T02:00:00Z"}
    content = orjson.dumps(good) + b"\n" + orjson.dumps(good | {"id": "a2", "specversion": None})
    load(content, alarms, name="alarms.jsonl")
    assert list_entries(lake).select("line", "column", "reason").rows() == [(2, "specversion", "cloudevents.missing")]
    assert lake.current("events", ["reported_at"]).item() == "2026-03-05T10:00:00"


@pytest.mark.parametrize("content", ["", "\r\n  \r\n", "\ufeff", csv_text([])])
def test_an_empty_file(load: Load, people: Mapping, lake: Lake, content: str) -> None:
    with pytest.raises(FileEmpty):
        load(content, people)
    assert lake.versions() == {}


def test_a_renamed_column_is_named_with_the_closest_one(load: Load, people: Mapping) -> None:
    header = [name.replace("身份证号", "身份证号码") for name in HEADER]
    with pytest.raises(ColumnMissing) as caught:
        load(csv_text([row("P1")], header=header), people)
    assert "“身份证号”" in caught.value.message
    assert "“身份证号码”" in caught.value.message


def test_blanks_and_widths_in_column_names_do_not_matter(load: Load, people: Mapping, lake: Lake) -> None:
    load(csv_text([row("P1")], header=[f" {name}　" for name in HEADER]), people)
    assert lake.current("records_person", ["name"]).item() == "王建国"


def test_a_renamed_path_in_json(load: Load, disputes: Mapping) -> None:
    content = {"no": "T1", "at": "2026-03-05", "summary": "漏水", "parties": [{"fullName": "王建国", "role": "甲"}]}
    with pytest.raises(ColumnMissing, match=r"parties\.name"):
        load(orjson.dumps(content), disputes, name="disputes.jsonl")


@pytest.mark.parametrize("share", [0.3, 0.9, 0.99])
def test_a_truncated_workbook(load: Load, sheet: Mapping, share: float) -> None:
    whole = workbook([HEADER, *(row(f"P{number}") for number in range(200))])
    with pytest.raises(FileUnreadable):
        load(whole[: int(len(whole) * share)], sheet, name="people.xlsx")


@pytest.mark.parametrize("content", [b"PK\x03\x04nothing", b"\xd0\xcf\x11\xe0old", b"<html></html>"])
def test_what_only_looks_like_a_workbook(load: Load, sheet: Mapping, content: bytes) -> None:
    with pytest.raises(FileUnreadable):
        load(content, sheet, name="people.xlsx")


def test_a_zip_bomb_is_refused_by_its_declared_size(load: Load, sheet: Mapping) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (64 << 20))
    with pytest.raises(FileTooLarge):
        load(buffer.getvalue(), sheet, name="people.xlsx")


def test_a_zip_bomb_that_lies_about_its_size_is_refused_by_its_content(load: Load, sheet: Mapping) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (64 << 20))
    content = bytearray(buffer.getvalue())
    directory = content.rindex(b"PK\x01\x02")
    struct.pack_into("<L", content, directory + 24, 1000)
    with pytest.raises(FileTooLarge):
        load(bytes(content), sheet, name="people.xlsx")


def test_a_workbook_row_is_named_by_its_sheet_row(load: Load, sheet: Mapping, lake: Lake) -> None:
    load(workbook([HEADER, row("P1"), row("P2", 出生日期="1999-02-31")]), sheet, name="people.xlsx")
    assert list_entries(lake).select("line", "column").rows() == [(3, "出生日期")]


def test_an_id_that_a_spreadsheet_kept_as_a_number_has_lost_digits(load: Load, sheet: Mapping, lake: Lake) -> None:
    cells: tuple[object, ...] = row("P1")
    load(workbook([HEADER, (*cells[:2], float(ID), *cells[3:])]), sheet, name="people.xlsx")
    assert list_entries(lake)["reason"].item() == "cell.precision"


def test_what_is_no_parquet_file(load: Load, mapping: Callable[[str], Mapping]) -> None:
    columnar = mapping(PEOPLE.replace("format: csv", "format: parquet"))
    with pytest.raises(FileUnreadable):
        load(b"PAR1 and then nothing", columnar, name="people.parquet")


def test_another_format_than_the_mapping_says(load: Load, people: Mapping) -> None:
    with pytest.raises(FileUnreadable, match="Excel"):
        load(workbook([HEADER, row("P1")]), people)


def test_a_folder_and_a_missing_file(tmp_path: Path, people: Mapping, lake: Lake, vault: SealingVault) -> None:
    for path in (tmp_path, tmp_path / "none.csv"):
        with pytest.raises(FileUnreadable):
            load_file(path, people, lake=lake, vault=vault)


def test_a_file_that_may_not_be_read(tmp_path: Path, people: Mapping, vault: SealingVault) -> None:
    path = tmp_path / "people.csv"
    path.write_text(csv_text([row("P1")]), encoding="utf-8")
    path.chmod(0)
    with as_nobody(), pytest.raises(FileUnreadable):
        load_file(path, people, lake=Lake(tmp_path / "lake"), vault=vault)


def test_one_bad_file_does_not_keep_the_others(
    tmp_path: Path, people: Mapping, disputes: Mapping, lake: Lake, vault: SealingVault
) -> None:
    folder = tmp_path / "delivery"
    folder.mkdir()
    (folder / "disputes.jsonl").write_text("{", encoding="utf-8")
    (folder / "people.csv").write_text(csv_text([row("P1")]), encoding="utf-8")
    (folder / "readme.txt").write_text("说明", encoding="utf-8")

    reports = load_folder(folder, lake=lake, vault=vault, mappings={"people": people, "disputes": disputes}, workers=1)

    assert [(report.file, report.status) for report in reports] == [
        ("disputes.jsonl", "failed"),
        ("people.csv", "loaded"),
        ("readme.txt", "unmatched"),
    ]
    assert reports[0].error is not None
    assert reports[0].error["code"] == FileUnreadable.code


def test_a_folder_with_nothing_known(tmp_path: Path, lake: Lake, vault: SealingVault) -> None:
    with pytest.raises(FeedUnknown):
        load_folder(tmp_path, lake=lake, vault=vault)


def test_a_number_in_a_file_name_does_not_reach_the_log(load: Load, people: Mapping, lake: Lake) -> None:
    load(csv_text([row("P1")]), people, name=f"people {ID}.csv")
    assert ID not in lake.read("loads", ["file"]).item(0, 0)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("feed: [", "第 1 行"),
        ("a: " + "[" * 3_000, "嵌套太深"),
        (PEOPLE + "key: 姓名\n", "行"),
        ("a list", "开头"),
        (PEOPLE.replace("citizen_id:", "citizen_number:"), "没有字段 citizen_number"),
        (PEOPLE.replace("kind: person", "kind: robot"), "没有类别 robot"),
        (PEOPLE.replace("type: LIVES_IN", "type: LIKES"), "没有关系 LIKES"),
        (PEOPLE.replace("to: residence", "to: nowhere"), "提到 nowhere"),
        (PEOPLE.replace("type: LIVES_IN", "type: MEMBER_OF"), "只能是 household"),
        (PEOPLE.replace("key: 编号", "key: []"), "要有 key"),
        (PEOPLE.replace("key: 编号", "keys: 编号"), "key：缺少这一项"),
        (PEOPLE.replace("format: csv", "format: cvs"), "应为 'csv', 'xlsx'"),
        (PEOPLE.replace("kind: dwelling", "kind: dwelling\n    each: list"), "each 只用于"),
        (PEOPLE + "colour: red\n", "colour：没有这样的项"),
        (EVENTS.replace("constant: dispute", "constant: picnic"), "constant 不是"),
        (EVENTS.replace("summary", "{column: summary, constant: x}"), "三者写其一"),
    ],
)
def test_a_faulty_mapping_says_where(mapping: Callable[[str], Mapping], text: str, told: str) -> None:
    with pytest.raises(LoadError) as caught:
        mapping(text)
    assert caught.value.code == "WN-LD-005"
    assert "mapping.yaml" in caught.value.message
    assert told in caught.value.message
