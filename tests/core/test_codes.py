"""Code tables and divisions with validity."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from core.codes import divisions, table
from core.codes.divisions import read_divisions
from core.errors import InvalidSetting
from core.values import InvalidValue, value_type

TABLES = ("sex", "nation", "kinship", "marital", "event_kind", "event_status", "urgency")


@pytest.fixture
def fresh_divisions() -> object:
    divisions.cache_clear()
    yield None
    divisions.cache_clear()


@pytest.mark.parametrize("name", TABLES)
def test_label_and_code_lead_to_each_other(name: str) -> None:
    codes = table(name)
    assert len({entry.code for entry in codes.entries}) == len(codes.entries)
    for entry in codes.entries:
        assert codes.code(entry.code) == codes.code(entry.label) == entry.code
        assert codes.label(entry.code) == entry.label
        assert value_type(f"code:{name}").parse(entry.label).text == entry.code


def test_what_clerks_write_is_understood() -> None:
    assert table("sex").code("男性") == "1"
    assert table("nation").code("1") == "01"
    assert table("nation").code("汉") == "01"
    assert table("kinship").code("妻") == "12"
    assert table("event_status").code("已办结") == "closed"
    assert len(table("nation").entries) == 58


def test_an_unknown_code_is_refused_without_being_named() -> None:
    with pytest.raises(KeyError):
        table("sex").code("5")
    with pytest.raises(InvalidValue) as caught:
        value_type("code:sex").parse("机密内容")
    assert caught.value.reason == "code.unknown"
    assert "机密内容" not in str(caught.value)


def test_every_division_stands_below_its_parent() -> None:
    known = divisions()
    for division in known:
        path = known.path(division.code)
        assert path[-1].code == division.code
        assert path[0].level == "province"
        if division.parent:
            assert known.get(division.parent) is not None
            assert division.code.startswith(division.parent.rstrip("0")[:2])


def test_a_code_means_what_it_meant_then() -> None:
    known = divisions()
    assert known.get("420600", date(2005, 1, 1)).name == "襄樊市"  # type: ignore[union-attr]
    assert known.get("420600", date(2020, 1, 1)).name == "襄阳市"  # type: ignore[union-attr]
    old = known.get("880102006")
    assert old is not None
    assert old.name == "老城街道"
    assert not old.valid_on(date(2020, 1, 1))
    assert old.valid_on(date(2019, 12, 31))
    assert known.current("880102006").code == "880102001"  # type: ignore[union-attr]
    assert known.current("880102006", date(2019, 1, 1)) is old
    assert known.get("999999") is None
    assert known.current("999999") is None


def test_children_are_those_valid_on_the_day() -> None:
    streets = [row.name for row in divisions().children("880102", date(2026, 1, 1))]
    assert "梧桐街道" in streets
    assert "老城街道" not in streets
    assert "老城街道" in [row.name for row in divisions().children("880102", date(2019, 1, 1))]


@pytest.mark.usefixtures("fresh_divisions")
def test_a_file_of_further_divisions_is_merged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "more.csv"
    path.write_text(
        "code,name,parent,level,valid_from,valid_to\n880199,新设区,880100,county,2025-01-01,\n", encoding="utf-8"
    )
    monkeypatch.setenv("WEINAO_DIVISIONS_FILE", str(path))
    assert divisions().get("880199").name == "新设区"  # type: ignore[union-attr]


@pytest.mark.usefixtures("fresh_divisions")
@pytest.mark.parametrize(
    "content", ["code,name\n1,2\n", "code,name,parent,level,valid_from,valid_to\n1,a,,planet,,\n", None]
)
def test_a_file_that_cannot_be_used_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    path = tmp_path / "more.csv"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    monkeypatch.setenv("WEINAO_DIVISIONS_FILE", str(path))
    with pytest.raises(InvalidSetting):
        divisions()


def test_dates_must_be_dates(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("code,name,parent,level,valid_from,valid_to\n1,a,,county,2024-02-30,\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"."):
        list(read_divisions(path))
