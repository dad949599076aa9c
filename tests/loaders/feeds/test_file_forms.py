"""Encodings, delimiters, headers and cells as programs write them: all give the same record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from core.settings import CryptoSuite
from core.values import InvalidValue
from governance.keys import MasterKey
from governance.sealing import SealingVault
from loaders.feeds.catalogue import builtin_mappings, load_mapping
from loaders.feeds.cells import clean, to_text
from loaders.feeds.loading import load_file
from loaders.feeds.mapping import Mapping
from loaders.feeds.opening import open_records
from loaders.feeds.sources.delimited import record_again
from loaders.feeds.sources.header import needed_columns
from loaders.lake.store import Lake

from .conftest import HEADER, PEOPLE, ROW, Load, csv_text, row

_DOCS = Path(__file__).resolve().parents[3] / "docs"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("declared", ["", "encoding: gb18030\n"])
def test_encoding_and_delimiter_are_found(
    load: Load, mapping: Callable[[str], Mapping], lake: Lake, encoding: str, delimiter: str, declared: str
) -> None:
    content = csv_text([row("P1"), row("P2")], delimiter=delimiter).encode(encoding)
    report = load(content, mapping(PEOPLE + declared))
    assert report.delimiter == delimiter
    assert lake.current("records_person", ["name"])["name"].to_list() == ["王建国", "王建国"]


def test_another_encoding_is_guessed_last(load: Load, mapping: Callable[[str], Mapping], lake: Lake) -> None:
    header = ("編號", "姓名欄", "身份證號", "出生日期", "電話", "住址欄", "遷入", "更新時間")
    traditional = PEOPLE
    for simple, other in zip(HEADER, header, strict=True):
        traditional = traditional.replace(simple, other)
    rows = [(f"P{n}", "陳麗華", "", "1958-03-12", "", "桂花苑三幢", "", "2026-04-12") for n in range(60)]
    load(csv_text(rows, header=header).encode("big5"), mapping(traditional))
    assert lake.current("records_person").height == 60


def test_a_workbook_with_merged_headers_dates_and_numbers(
    mapping: Callable[[str], Mapping], tmp_path: Path, lake: Lake, vault: SealingVault
) -> None:
    book = xlsxwriter.Workbook(tmp_path / "people.xlsx")
    sheet = book.add_worksheet("名册")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.merge_range("A1:A2", "编号")
    sheet.merge_range("B1:E1", "基本信息")
    sheet.write_row("B2", ["姓名", "身份证号", "出生日期", "电话"])
    sheet.merge_range("F1:G1", "居住")
    sheet.write_row("F2", ["住址", "迁入"])
    sheet.merge_range("H1:H2", "更新时间")
    sheet.write_row("A3", ["P1", "王建国", ROW[2]])
    sheet.write_datetime("D3", datetime(1958, 3, 12), day)  # noqa: DTZ001 -- a sheet knows no zones
    sheet.write_number("E3", 16012345678)
    sheet.merge_range("F3:F4", ROW[5])
    sheet.write_datetime("H3", datetime(2026, 4, 12, 9, 30), book.add_format({"num_format": "yyyy-mm-dd hh:mm"}))  # noqa: DTZ001
    sheet.write_row("A4", ["P2", "李秀英", "", "1960.01.02"])
    book.close()
    text = PEOPLE.replace("format: csv", "format: xlsx\nheader_rows: 2")
    for name in ("姓名", "身份证号", "出生日期", "电话"):
        text = text.replace(f": {name}", f": 基本信息/{name}").replace(f"column: {name}", f"column: 基本信息/{name}")
    text = text.replace("基本信息/基本信息/", "基本信息/").replace("住址", "居住/住址").replace("迁入", "居住/迁入")

    load_file(tmp_path / "people.xlsx", mapping(text), lake=lake, vault=vault)

    first, second = open_records(lake, "person", vault).sort("record_key").iter_rows(named=True)
    assert (first["phone"], first["birth_date"]) == ("16012345678", "1958-03-12")
    assert first["observed_at"] == datetime(2026, 4, 12, 9, 30)  # noqa: DTZ001
    assert second["birth_date"] == "1960-01-02"
    assert second["address"] == first["address"]


def test_a_parquet_file_with_typed_columns(
    mapping: Callable[[str], Mapping], tmp_path: Path, lake: Lake, vault: SealingVault
) -> None:
    frame = pl.DataFrame([row("P1")], schema=list(HEADER), orient="row").with_columns(
        pl.lit(19580312).alias("出生日期"), pl.lit(date(2011, 3, 5)).alias("迁入")
    )
    frame.write_parquet(tmp_path / "people.parquet")
    columnar = mapping(PEOPLE.replace("format: csv", "format: parquet"))
    load_file(tmp_path / "people.parquet", columnar, lake=lake, vault=vault)
    assert lake.current("records_person", ["birth_date"]).item() == "1958-03-12"
    assert lake.current("relations", ["valid_from"]).item() == "2011-03-05"


def test_constants_joined_columns_and_conditions(load: Load, mapping: Callable[[str], Mapping], lake: Lake) -> None:
    text = (
        "feed: owners\nlabel: 业主\ndepartment: 物业\nformat: csv\nkey: no\nmentions:\n"
        "  dwelling:\n    kind: dwelling\n    fields:\n"
        "      address: [小区, 楼栋, 单元]\n      usage: {constant: 住宅}\n"
        "      property_no: {column: 证号, when: {类型: [甲, 乙]}}\n"
    )
    content = "no,小区,楼栋,单元,证号,类型\n01,桂花苑,3幢,,A1,甲\n02,桂花苑,3幢,2单元,A2,丙\n"
    load(content, mapping(text))
    rows = lake.current("records_dwelling", ["record_key", "usage", "property_no"]).rows()
    assert rows == [("01#dwelling", "住宅", "A1"), ("02#dwelling", "住宅", None)]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("　王建国\u200b ", "王建国"),
        ("无", ""),
        ('="0571"', "0571"),
        ("+8616012345678", "+8616012345678"),
        ("-5.2", "-5.2"),
        ("===", "==="),
        (16012345678.0, "16012345678"),
        (12.5, "12.5"),
        (float("nan"), ""),
        (None, ""),
        (True, "true"),
        (date(2026, 4, 12), "2026-04-12"),
        (datetime(2026, 4, 12), "2026-04-12"),  # noqa: DTZ001
        (datetime(2026, 4, 12, 9, 30), "2026-04-12 09:30:00"),  # noqa: DTZ001
    ],
)
def test_cells_as_text(cell: object, text: str) -> None:
    assert clean(cell, frozenset({"无"})) == text


@given(st.one_of(st.text(), st.integers(), st.floats(), st.dates(), st.none(), st.booleans(), st.lists(st.text())))
def test_any_cell_is_text_or_refused(cell: object) -> None:
    try:
        assert isinstance(clean(cell, frozenset()), str)
        assert isinstance(to_text(cell), str)
    except InvalidValue as refusal:
        assert refusal.reason.startswith("cell.")  # noqa: PT017 -- most cells are accepted


_CELL = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters='\r\n\x00,"'), min_size=1, max_size=8)


@given(st.lists(_CELL, min_size=2, max_size=5), st.data())
def test_a_record_is_taken_apart_as_it_was_written(cells: list[str], data: st.DataObject) -> None:
    quoted = [f'"{cell}"' if data.draw(st.booleans()) else cell for cell in cells]
    text = ",".join(quoted)
    if text.strip():
        assert record_again(text, ",", len(cells)) == cells


def test_every_builtin_mapping_names_its_feed_and_columns() -> None:
    mappings = builtin_mappings()
    assert len(mappings) == 14
    for feed, one in mappings.items():
        assert one.feed == feed
        assert one.match
        assert one.observed_at is not None
        assert set(one.key) <= set(needed_columns(one)[""])


def test_the_example_mapping_reads_a_petition_export(tmp_path: Path) -> None:
    vault = SealingVault(MasterKey(CryptoSuite.AES, bytes(range(32))), CryptoSuite.AES)
    content = (
        "留言编号,留言用户,留言主题,留言时间,留言详情,反对数,点赞数\n"
        '1,A0001,路灯不亮,2019/2/28 11:25:05,"\n\t\t小区门口路灯坏了，\n请处理 16012345678\n",0,3\n'
        "2,A0002,咨询,2019/3/1 8:00:00,,0,0\n"
    )
    (tmp_path / "messages.csv").write_text(content, encoding="utf-8")
    lake = Lake(tmp_path / "lake")
    chosen = load_mapping(_DOCS / "examples" / "complaints-mapping.yaml")
    report = load_file(tmp_path / "messages.csv", chosen, lake=lake, vault=vault)
    assert report.counts.reasons == {"field.missing": 1}
    event = lake.current("events").row(0, named=True)
    assert (event["kind"], event["title"], event["reported_at"]) == ("complaint", "路灯不亮", "2019-02-28T11:25:05")
    assert "16012345678" not in event["text"]
