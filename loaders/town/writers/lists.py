"""民政 and 物业: lists kept in Excel; 综治: visits of the grid workers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import xlsxwriter

from loaders.town.model import Dwelling, Person
from loaders.town.writers.desk import Desk, json_lines, sex_label, stamp

_GROUPS = (
    ("", ("序号",)), ("", ("救助编号",)), ("基本信息", ("姓名", "身份证号", "性别", "出生日期", "民族")),
    ("联系方式", ("所属社区", "现住址", "联系电话")),
    ("救助信息", ("救助类别", "批准日期", "月补助金额（元）", "残疾等级", "健康状况")), ("", ("备注",)),
)  # fmt: skip
_OWNERS = (
    "编号",
    "小区",
    "楼栋",
    "单元",
    "房号",
    "业主姓名",
    "联系电话",
    "建筑面积",
    "入住日期",
    "登记日期",
    "物业公司",
)
_ITEMS = (
    "消防安全检查",
    "反诈宣传",
    "独居老人探访",
    "出租房登记",
    "垃圾分类宣传",
    "电动车充电检查",
    "矛盾排查",
    "防汛提醒",
)
_REMARKS = (
    "无异常",
    "已提醒楼道堆物",
    "家中无人，邻居代答",
    "需再次走访",
    "老人身体尚可",
    "建议登记租客信息",
    "情绪稳定",
)


@contextmanager
def _workbook(path: Path, made: date, *, constant_memory: bool) -> Iterator[Any]:
    """A workbook whose bytes do not depend on the clock."""
    book = xlsxwriter.Workbook(str(path), {"constant_memory": constant_memory, "strings_to_formulas": False})
    book.set_properties({"created": datetime(made.year, made.month, made.day, 9, 0)})  # noqa: DTZ001 — local by design
    yield book
    book.close()


def write_assistance(desk: Desk) -> None:
    """civil_assistance.xlsx: two header lines with merged cells, one community after the other."""
    town = desk.town
    chosen = sorted(_needy(desk), key=lambda pair: (pair[1], pair[0].index))
    with _workbook(desk.path, town.today, constant_memory=False) as book:
        sheet = book.add_worksheet("救助对象名册")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        bold = book.add_format({"bold": True, "align": "center", "border": 1})
        _header(sheet, bold)
        line, begin, current = 2, 2, -1
        for person, community in chosen:
            for again in range(1 + desk.hand.again()):
                if community != current:
                    _merge(desk, sheet, begin, line, current)
                    begin, current = line, community
                row = _assistance_row(desk, person)
                if again:
                    desk.hand.start(row[1], "person")
                    desk.hand.note("row", "duplicate_entry", person.entity, row[1])
                _put(sheet, line, row, day)
                line += 1
        _merge(desk, sheet, begin, line, current)


def _header(sheet: Any, bold: Any) -> None:
    column = 0
    for group, names in _GROUPS:
        if not group:
            sheet.merge_range(0, column, 1, column, names[0], bold)
        else:
            sheet.merge_range(0, column, 0, column + len(names) - 1, group, bold)
            for offset, name in enumerate(names):
                sheet.write_string(1, column + offset, name, bold)
        column += len(names)


def _merge(desk: Desk, sheet: Any, begin: int, end: int, community: int) -> None:
    if end - begin >= 1 and community >= 0:
        name = desk.town.communities[community].name
        if end - begin > 1:
            sheet.merge_range(begin, 7, end - 1, 7, name)
        else:
            sheet.write_string(begin, 7, name)


def _needy(desk: Desk) -> list[tuple[Person, int]]:
    """Six in a hundred residents, first the disabled and the very old; sets their kind of assistance."""
    town, rng, found = desk.town, desk.rng, []
    for person in town.persons:
        if person.household < 0 or not person.local:
            continue
        age = (town.today - person.birth).days // 365
        chance = 0.75 if person.disability else 0.5 if age >= 80 else 0.11 if age >= 62 else 0.038
        if rng.random() < chance:
            dwelling = town.dwellings[town.households[person.household].dwelling]
            person.assistance = (
                "残疾人两项补贴" if person.disability else "高龄津贴" if age >= 80
                else rng.choice(("城市低保", "城市低保", "低保边缘", "特困供养", "临时救助", "医疗救助"))
            )  # fmt: skip
            found.append((person, town.compounds[dwelling.compound].community))
    return found


def _assistance_row(desk: Desk, person: Person) -> list[Any]:
    hand, rng, town = desk.hand, desk.rng, desk.town
    desk.serial += 1
    desk.rows += 1
    key = f"JZ-{desk.serial:06d}"
    hand.start(key, "person")
    place = hand.residence(person)
    address = hand.address(place)
    birth: Any = hand.birth(person)
    if birth and rng.random() < 0.12:
        birth = f"{birth.year}.{birth.month:02d}.{birth.day:02d}"
    phone: Any = hand.phone(person)
    if len(phone) == 11 and phone.isdigit() and rng.random() < 0.15:
        phone = int(phone)
    row = [
        desk.serial, key, hand.name(person), hand.citizen_id(person), sex_label(hand.sex(person)), birth,
        desk.nations[person.nation], "", address, phone, person.assistance,
        max(town.today - timedelta(days=30 + int(rng.random() * 1700)), person.birth),
        rng.choice((120, 150, 200, 260, 480, 645, 710, 890, 1020)), person.disability or "无", person.health or "一般",
        rng.choice(("", "", "", "", "户主申请", "社区代办", "已公示")),
    ]  # fmt: skip
    hand.spoil(
        {"key": (row, 1), "name": (row, 2), "citizen_id": (row, 3), "phone": (row, 9), "date": (row, 5)}, "1962.02.31"
    )
    desk.record(row[1], "person", "person", person.entity)
    desk.record(row[1], "residence", "dwelling", town.dwellings[place].entity)
    if not row[1]:
        row[1] = ""
    return row


def _put(sheet: Any, line: int, row: list[Any], day: Any) -> None:
    for column, value in enumerate(row):
        if value is None or value == "":
            continue
        if isinstance(value, date):
            sheet.write_datetime(line, column, value, day)
        elif isinstance(value, (int, float)):
            sheet.write_number(line, column, value)
        else:
            sheet.write_string(line, column, value)


def write_owners(desk: Desk) -> None:
    """property_owners.xlsx: what property companies know; names and telephones, no ids."""
    town = desk.town
    with _workbook(desk.path, town.today, constant_memory=True) as book:
        sheet = book.add_worksheet("业主信息")
        day = book.add_format({"num_format": "yyyy/m/d"})
        for column, name in enumerate(_OWNERS):
            sheet.write_string(0, column, name)
        line = 0
        for compound in town.compounds:
            if compound.company < 0:
                continue
            for index in compound.dwellings:
                if desk.rng.random() > 0.76:
                    continue
                for again in range(1 + desk.hand.again()):
                    line += 1
                    row, owner = _owner_row(desk, town.dwellings[index])
                    if again:
                        desk.hand.start(row[0], "owner")
                        desk.hand.note("row", "duplicate_entry", owner.entity, row[0])
                    _put(sheet, line, row, day)


def _owner_row(desk: Desk, dwelling: Dwelling) -> tuple[list[Any], Person]:
    hand, rng, town = desk.hand, desk.rng, desk.town
    desk.serial += 1
    desk.rows += 1
    key = f"YZ-{desk.serial:06d}"
    hand.start(key, "owner")
    owner = dwelling.owners[0]
    if dwelling.former_owners and rng.random() < hand.rate("row", "stale_owner"):
        owner = dwelling.former_owners[0]
        hand.note("row", "stale_owner", desk.person(dwelling.owners[0]).entity, desk.person(owner).entity)
    person = desk.person(owner)
    compound = town.compounds[dwelling.compound]
    phone: Any = hand.phone(person)
    if len(phone) == 11 and phone.isdigit() and rng.random() < 0.2:
        phone = int(phone)
    noun = compound.noun
    if rng.random() < 0.08:
        noun = {"幢": "栋", "栋": "幢", "号楼": "幢"}.get(noun, noun)
    room = dwelling.room + ("室" if rng.random() < 0.3 else "")
    row = [
        key, compound.name, f"{dwelling.building}{noun}", f"{dwelling.unit}单元" if dwelling.unit else "", room,
        hand.name(person), phone, dwelling.area, dwelling.bought, desk.moment(1200).date(),
        town.organizations[compound.company].name,
    ]  # fmt: skip
    hand.spoil({"key": (row, 0), "name": (row, 5), "phone": (row, 6), "date": (row, 9)}, "2022/2/31")
    desk.record(row[0], "owner", "person", person.entity)
    desk.record(row[0], "dwelling", "dwelling", dwelling.entity)
    return row, person


def write_visits(desk: Desk) -> None:
    """grid_visits.jsonl: whoever was met at the door."""
    town, rng = desk.town, desk.rng
    workers = {d.grid: "" for d in town.dwellings}
    adults = [p for p in town.persons if p.household >= 0 and (town.today - p.birth).days > 365 * 16]
    for grid in workers:
        workers[grid] = adults[int(rng.random() * len(adults))].name
    with json_lines(desk.path) as out:
        for _ in range(round(town.residents * 0.3)):
            person = adults[int(rng.random() * len(adults))]
            for again in range(1 + desk.hand.again()):
                row, key = _visit_row(desk, person, workers)
                if again:
                    desk.hand.start(key, "person")
                    desk.hand.note("row", "duplicate_entry", person.entity, key)
                out.write(row)


def _visit_row(desk: Desk, person: Person, workers: dict[str, str]) -> tuple[dict[str, Any], str]:
    hand, rng, town = desk.hand, desk.rng, desk.town
    desk.serial += 1
    desk.rows += 1
    at = desk.moment(540)
    key = f"ZF-{at:%Y%m}-{desk.serial:06d}"
    household = town.households[person.household]
    dwelling = town.dwellings[household.dwelling]
    hand.start(key, "dwelling")
    address = hand.address(dwelling.index)
    hand.start(key, "person")
    live = {"owner": "自住", "tenant": "租住", "guest": "借住", "dormitory": "集体宿舍"}[household.role]
    birth = hand.birth(person)
    resident: dict[str, Any] = {"name": hand.name(person), "gender": sex_label(hand.sex(person))}
    for name, value in (
        ("idNo", hand.citizen_id(person)), ("birth", birth.isoformat() if birth else ""), ("phone", hand.phone(person)),
        ("liveType", live if rng.random() < 0.85 else ""),
    ):  # fmt: skip
        if value or rng.random() < 0.3:
            resident[name] = value or None
    row: dict[str, Any] = {
        "visitId": key, "visitTime": stamp(at), "gridCode": dwelling.grid, "gridWorker": workers[dwelling.grid],
        "address": address, "resident": resident, "items": rng.sample(_ITEMS, rng.randint(1, 3)),
        "remark": rng.choice(_REMARKS) if rng.random() < 0.5 else "",
    }  # fmt: skip
    slots = {"key": (row, "visitId"), "name": (resident, "name"), "date": (row, "visitTime")}
    if resident.get("idNo"):
        slots["citizen_id"] = (resident, "idNo")
    if resident.get("phone"):
        slots["phone"] = (resident, "phone")
    hand.spoil(slots, f"{at.year}-02-31 10:00:00")  # type: ignore[arg-type]
    desk.record(row["visitId"], "person", "person", person.entity)
    desk.record(row["visitId"], "dwelling", "dwelling", dwelling.entity)
    return row, key
