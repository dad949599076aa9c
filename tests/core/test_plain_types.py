"""Dates, numbers, plates, codes and plain text; and what holds for every value type."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.catalogue import KINDS
from core.values import VALUE_TYPES, DivisionCode, InvalidValue, Plate, value_type

DATE, DATETIME = value_type("date"), value_type("datetime")
TYPES = [*VALUE_TYPES, "code:sex", "code:nation", "code:event_status"]
days = st.dates(date(1900, 3, 1), date(2080, 12, 31))
moments = st.datetimes(datetime(1950, 1, 1), datetime(2080, 1, 1)).map(lambda moment: moment.replace(microsecond=0))  # noqa: DTZ001


@given(days)
def test_every_way_to_write_a_day(day: date) -> None:
    y, m, d = day.year, day.month, day.day
    written = [
        f"{y}-{m:02d}-{d:02d}", f"{y}{m:02d}{d:02d}", f"{y}/{m}/{d}", f"{y}.{m:02d}.{d:02d}", f"{y}年{m}月{d}日",
        f" {y}-{m}-{d} ",
        f"{y}-{m:02d}-{d:02d} 00:00:00", f"{y}/{m}/{d} 0:00", f"{y}-{m:02d}-{d:02d}T13:05:06+08:00",
        f"{y}{m:02d}{d:02d}.0",
        f"{y}年{m}月{d}日".translate({48 + n: 0xFF10 + n for n in range(10)}),
        "".join("〇一二三四五六七八九"[int(c)] for c in str(y)) + f"年{m}月{d}日",
    ]  # fmt: skip
    serial = (day - date(1899, 12, 30)).days
    if serial >= 10_000:
        written += [str(serial), f"{serial}.0"]
    assert {DATE.parse(one).text for one in written} == {day.isoformat()}
    assert {DATE.key(one) for one in written} == {day.isoformat()}
    assert DATE.mask(day.isoformat()) == f"{y}-**-**"


@given(moments, st.integers(-12, 14))
def test_a_time_with_an_offset_becomes_local(moment: datetime, offset: int) -> None:
    local = (moment - timedelta(hours=offset) + timedelta(hours=8)).isoformat()
    assert DATETIME.parse(f"{moment.isoformat()}{offset:+03d}:00").text == local
    assert DATETIME.parse(f"{moment:%Y-%m-%d %H:%M:%S}{offset:+03d}00").text == local
    assert DATETIME.parse(f"{moment.isoformat()}Z").text == (moment + timedelta(hours=8)).isoformat()


@given(moments)
def test_every_way_to_write_a_moment(moment: datetime) -> None:
    written = [
        moment.isoformat(), f"{moment:%Y-%m-%d %H:%M:%S}", f"{moment:%Y/%m/%d %H:%M:%S}", f"{moment:%Y%m%d%H%M%S}",
        f"{moment:%Y年%m月%d日%H时%M分%S秒}", f"{moment:%Y-%m-%dT%H:%M:%S}.000", f"{moment:%Y-%m-%d %I:%M:%S %p}",
    ]  # fmt: skip
    assert {DATETIME.parse(one).text for one in written} == {moment.isoformat()}
    assert DATETIME.parse(moment.isoformat()) == DATETIME.parse(DATETIME.parse(moment.isoformat()).text)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("2024-02-30", "date.calendar"),
        ("20230229", "date.calendar"),
        ("2024年2月31日", "date.calendar"),
        ("2024-13-01", "date.calendar"),
        ("2024-01-01 25:00:00", "date.calendar"),
        ("9999-01-01", "date.range"),
        ("2024-01", "date.form"),
        ("昨天", "date.form"),
        ("", "date.empty"),
    ],
)
def test_days_that_do_not_exist(raw: str, reason: str) -> None:
    for kind in (DATE, DATETIME):
        with pytest.raises(InvalidValue) as caught:
            kind.parse(raw)
        assert caught.value.reason == reason


@given(st.decimals(-(10**9), 10**9, places=2))
def test_numbers(number: object) -> None:
    kind = value_type("number")
    once = kind.parse(f" {number} ")
    assert float(once.text) == float(str(number))
    assert kind.parse(once.text) == once
    assert kind.parse(f"{float(str(number)):,.2f}").text == once.text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("1,200.50", "1200.5"),
        ("３万元", "30000"),
        ("89.53㎡", "89.53"),
        ("￥12", "12"),
        ("-0", "0"),
        (".5", "0.5"),
        ("1.2E3", "1200"),
    ],
)
def test_written_numbers(raw: str, text: str) -> None:
    assert value_type("number").parse(raw).text == text


def test_numbers_that_are_none() -> None:
    for raw, reason in (
        ("abc", "number.form"),
        ("nan", "number.form"),
        ("1,2", "number.form"),
        ("", "number.empty"),
        ("=1+1", "number.form"),
    ):
        with pytest.raises(InvalidValue) as caught:
            value_type("number").parse(raw)
        assert caught.value.reason == reason
    with pytest.raises(InvalidValue, match=r"number\.not_whole"):
        value_type("integer").parse("1.5")
    assert value_type("integer").parse("12.0人").text == "12"


def test_booleans() -> None:
    kind = value_type("boolean")
    assert {kind.parse(raw).text for raw in ("是", "有", "1", "true", "Y", "√")} == {"true"}
    assert {kind.parse(raw).text for raw in ("否", "无", "0", "FALSE", "n", "×")} == {"false"}
    with pytest.raises(InvalidValue, match=r"boolean\.form"):
        kind.parse("也许")


plates = st.from_regex(r"\A[浙云苏京][A-HJ-NP-Z](?:[A-HJ-NP-Z0-9]{5}|[DF][0-9]{5}|[0-9]{5}[DF])\Z")


@given(plates)
def test_plates(text: str) -> None:
    kind = value_type("plate")
    variants = (
        text,
        text.lower(),
        f"{text[:2]}·{text[2:]}",
        f"{text[0]} {text[1]}-{text[2:]}",
        f"{text[:2]}•{text[2:]} ",
    )
    assert {kind.parse(variant) for variant in variants} == {(text, ())}
    assert {kind.key(variant) for variant in variants} == {text}
    assert kind.mask(text) == text[:2] + "*" * (len(text) - 3) + text[-1]
    assert kind.parse(kind.mask(text)).flags == ("masked",)
    assert kind.key(kind.mask(text)) == ""
    assert Plate.parse(text).new_energy == (len(text) == 8)


@pytest.mark.parametrize("raw", ["", "浙A1234", "浙AI2345", "浙AO2345", "A12345", "浙A1234567"])
def test_what_is_no_plate(raw: str) -> None:
    with pytest.raises(InvalidValue, match=r"plate\."):
        Plate.parse(raw)


def test_division_codes() -> None:
    assert DivisionCode.parse("880102000000").text == "880102"
    assert (DivisionCode.parse("88").text, DivisionCode.parse("88").level) == ("880000", "province")
    assert DivisionCode.parse("880102001001").name() == "云泽省澜江市青枫区梧桐街道枫桥社区"
    assert DivisionCode.parse("880102").contains(DivisionCode.parse("880102001001"))
    assert not DivisionCode.parse("880103").contains(DivisionCode.parse("880102001001"))
    for raw in ("", "88010", "8801o2", "000000"):
        with pytest.raises(InvalidValue, match=r"division\."):
            DivisionCode.parse(raw)


@given(st.tuples(st.integers(10, 99), st.integers(0, 99), st.integers(0, 99), st.integers(0, 999), st.integers(0, 999)))
def test_a_division_code_is_its_own_normal_form(parts: tuple[int, ...]) -> None:
    code = DivisionCode.parse("{:02d}{:02d}{:02d}{:03d}{:03d}".format(*parts))
    assert DivisionCode.parse(code.text) == code
    assert code.contains(code)


@pytest.mark.parametrize("kind", ["text", "narrative"])
@pytest.mark.parametrize(
    "raw", ["=cmd|' /C calc'!A0", "@SUM(A1:A9)", " =1+1", "+HYPERLINK(1)", "-2+3+cmd|' /C calc'!A0", "＝1+1"]
)
def test_formulas_are_refused(kind: str, raw: str) -> None:
    with pytest.raises(InvalidValue, match=r"text\.formula"):
        value_type(kind).parse(raw)


@pytest.mark.parametrize("raw", ["-5℃以下", "@张三 请处理", "+86 区号", "1=1", "a@b.cn", "- 无"])
def test_plain_text_that_only_looks_like_a_formula_passes(raw: str) -> None:
    assert value_type("text").parse(raw).text == raw


def test_text_is_cleaned_and_limited() -> None:
    assert value_type("text").parse("  低保\x00１２３\x07 ") == ("低保123", ("control_characters",))
    assert value_type("narrative").parse("第一行\r\n第二行").text == "第一行\n第二行"
    for kind, limit in (("text", 10_000), ("narrative", 200_000)):
        assert len(value_type(kind).parse("字" * limit).text) == limit
        with pytest.raises(InvalidValue, match=r"text\.too_long"):
            value_type(kind).parse("字" * (limit + 1))


@given(st.sampled_from(TYPES), st.text(max_size=40))
def test_every_type_reads_any_text_or_refuses_it(name: str, raw: str) -> None:
    kind = value_type(name)
    assert isinstance(kind.mask(raw), str)
    assert isinstance(kind.key(raw), str)
    try:
        parsed = kind.parse(raw)
    except InvalidValue:
        return
    assert kind.parse(parsed.text).text == parsed.text
    parsed.text.encode()


def test_every_catalogue_field_has_a_value_type() -> None:
    for kind in KINDS.values():
        for field in kind.fields:
            assert value_type(field.type).label


@pytest.mark.parametrize("name", ["colour", "code:colour", "code:../errors", "code:divisions", ""])
def test_an_unknown_type_is_a_key_error(name: str) -> None:
    with pytest.raises(KeyError):
        value_type(name)
