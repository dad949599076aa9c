"""卫健, 住建, 市场监管, 人社: registers as flat files."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from loaders.town.model import Dwelling, Job, Organization, Person
from loaders.town.writers.desk import Desk, compact, csv_rows, dashed, sex_label, slashed, spoken

_MARITAL = {"10": "未婚", "20": "已婚", "21": "初婚", "22": "再婚", "30": "丧偶", "40": "离婚"}
_HEALTH = (
    "健康档案编号", "姓名", "证件号码", "性别", "出生日期", "民族", "文化程度", "婚姻状况", "联系电话", "现住址",
    "工作单位", "健康状况", "残疾情况", "建档日期", "更新日期",
)  # fmt: skip
_HOUSING = (
    "业务号", "不动产单元号", "坐落", "建筑面积", "房屋用途", "权利人", "权利人证件号", "权利人电话", "共有情况",
    "登记日期", "注销日期", "承租人", "承租人证件号", "承租人电话", "租赁起始日期", "租赁终止日期", "更新时间",
)  # fmt: skip
_MARKET = (
    "注册号", "统一社会信用代码", "企业名称", "企业类型", "法定代表人", "法定代表人证件号", "任职日期", "联系电话",
    "经营场所", "行业", "成立日期", "经营状态", "核准日期",
)  # fmt: skip
_INSURANCE = pa.schema(
    [
        ("baz159", pa.string()), ("aac001", pa.string()), ("aac002", pa.string()), ("aac003", pa.string()),
        ("aac004", pa.string()), ("aac006", pa.int32()), ("aac005", pa.string()), ("aae005", pa.string()),
        ("aae006", pa.string()), ("aab001", pa.string()), ("bab010", pa.string()), ("aab004", pa.string()),
        ("aae030", pa.date32()), ("aae031", pa.date32()), ("aae036", pa.timestamp("s")),
    ]
)  # fmt: skip
_BATCH = 50_000


def write_health(desk: Desk) -> None:
    """health_records.csv: half of the residents, the old and the young first; a fifth without an id."""
    today, rng = desk.town.today, desk.rng
    with csv_rows(desk.path, "utf-8-sig") as out:
        out.writerow(_HEALTH)
        for person in desk.town.persons:
            if person.household < 0:
                continue
            age = (today - person.birth).days // 365
            if rng.random() < (0.82 if age >= 60 or age < 7 else 0.41):
                _health_row(desk, out, person)
                if desk.hand.again():
                    key = _health_row(desk, out, person)
                    desk.hand.start(key, "person")
                    desk.hand.note("row", "duplicate_entry", person.entity, key)


def _health_row(desk: Desk, out: Any, person: Person) -> str:
    hand, rng, town = desk.hand, desk.rng, desk.town
    desk.serial += 1
    desk.rows += 1
    place = town.dwellings[town.households[person.household].dwelling]
    county = town.communities[town.compounds[place.compound].community].county_code
    key = f"JD{county}-{desk.serial:07d}"
    hand.start(key, "person")
    residence = hand.residence(person)
    address = hand.address(residence)
    updated = desk.moment(1000).date()
    employer = town.organizations[person.employer].short if person.employer >= 0 and rng.random() < 0.4 else ""
    birth = hand.birth(person)
    row = [
        key, hand.name(person), hand.citizen_id(person), sex_label(hand.sex(person)), dashed(birth),
        desk.nations[person.nation], person.education, _MARITAL[person.marital] if rng.random() < 0.9 else "",
        hand.phone(person), address, employer, person.health or "无", person.disability or "无",
        dashed(max(person.birth, updated - timedelta(days=int(rng.random() * 3000)))), dashed(updated),
    ]  # fmt: skip
    hand.spoil(
        {"key": (row, 0), "name": (row, 1), "citizen_id": (row, 2), "phone": (row, 8), "date": (row, 4)},
        f"{person.birth.year}-02-31",
    )
    out.writerow(row)
    desk.record(row[0], "person", "person", person.entity)
    if address:
        desk.record(row[0], "residence", "dwelling", town.dwellings[residence].entity)
    return key


def write_housing(desk: Desk) -> None:
    """housing_register.csv: one row per owner, former owners with the day their right was struck off."""
    with csv_rows(desk.path, "utf-8", ";", "\n") as out:
        out.writerow(_HOUSING)
        for dwelling in desk.town.dwellings:
            if not dwelling.registered or desk.rng.random() < 0.2:
                continue
            if dwelling.sold and dwelling.former_owners:
                began = dwelling.sold - timedelta(days=desk.rng.randint(400, 5000))
                for owner in dwelling.former_owners:
                    _housing_row(desk, out, dwelling, owner, began, dwelling.sold, 1)
            for position, owner in enumerate(dwelling.owners):
                _housing_row(desk, out, dwelling, owner, dwelling.bought, None, len(dwelling.owners), position)
                if desk.hand.again():
                    key = _housing_row(desk, out, dwelling, owner, dwelling.bought, None, len(dwelling.owners), 1)
                    desk.hand.start(key, "owner")
                    desk.hand.note("row", "duplicate_entry", desk.person(owner).entity, key)


def _housing_row(
    desk: Desk, out: Any, dwelling: Dwelling, owner: int, start: date | None, end: date | None, count: int,
    position: int = 0,
) -> str:  # fmt: skip
    hand, town, rng = desk.hand, desk.town, desk.rng
    desk.serial += 1
    desk.rows += 1
    key = f"FW{desk.serial:07d}"
    hand.start(key, "dwelling")
    address = hand.address(dwelling.index)
    hand.start(key, "owner")
    person = desk.person(owner)
    share = "单独所有" if count == 1 else "共同共有" if rng.random() < 0.8 else "按份共有"
    row = [
        key, dwelling.property_no if rng.random() < 0.9 else "", address, f"{dwelling.area:.2f}", "住宅",
        hand.name(person), hand.citizen_id(person), hand.phone(person), share, slashed(start), slashed(end),
    ]  # fmt: skip
    tenant = -1
    household = town.households[dwelling.household] if dwelling.household >= 0 else None
    if end is None and position == 0 and household and household.role == "tenant" and rng.random() < 0.6:
        tenant = household.members[0]
        renter = desk.person(tenant)
        hand.start(key, "tenant")
        until = (household.since or town.today) + timedelta(days=365 * rng.randint(1, 8))
        row += [hand.name(renter), hand.citizen_id(renter), hand.phone(renter), slashed(household.since)]
        row.append(slashed(until) if until > town.today or rng.random() < 0.4 else "")
    else:
        row += [""] * 5
    row.append(slashed(desk.moment(800).date()))
    hand.start(key, "owner")
    hand.spoil(
        {"key": (row, 0), "name": (row, 5), "citizen_id": (row, 6), "phone": (row, 7), "date": (row, 9)}, "2009/2/31"
    )
    out.writerow(row)
    desk.record(row[0], "dwelling", "dwelling", dwelling.entity)
    desk.record(row[0], "owner", "person", person.entity)
    if tenant >= 0:
        desk.record(row[0], "tenant", "person", desk.person(tenant).entity)
    return key


def write_businesses(desk: Desk) -> None:
    """market_businesses.csv: GB18030; representatives' ids partly masked."""
    with csv_rows(desk.path, "gb18030") as out:
        out.writerow(_MARKET)
        for organization in desk.town.organizations:
            _business_row(desk, out, organization)
            if desk.hand.again():
                key = _business_row(desk, out, organization)
                desk.hand.start(key, "organization")
                desk.hand.note("row", "duplicate_entry", organization.entity, key)


def _business_row(desk: Desk, out: Any, organization: Organization) -> str:
    hand, rng = desk.hand, desk.rng
    desk.serial += 1
    desk.rows += 1
    key = f"ZC{desk.town.communities[organization.community].county_code}-{desk.serial:06d}"
    hand.start(key, "organization")
    name, code = hand.organization_name(organization), hand.uscc(organization)
    legal = desk.person(organization.legal)
    hand.start(key, "legal_representative")
    sole = organization.kind == "sole"
    form = (
        "个体工商户"
        if sole
        else "事业单位"
        if organization.kind == "public" and "公司" not in organization.name
        else "有限责任公司"
    )
    approved = organization.founded + timedelta(days=int(rng.random() * (desk.town.today - organization.founded).days))
    row = [
        key, code, name, form, hand.name(legal), hand.citizen_id(legal),
        spoken(organization.appointed) if rng.random() < 0.8 else "", hand.phone(legal) if sole else organization.phone,
        organization.address, organization.industry, spoken(organization.founded), organization.status,
        spoken(approved),
    ]  # fmt: skip
    hand.spoil({"key": (row, 0), "name": (row, 2), "citizen_id": (row, 5), "date": (row, 10)}, "2015年2月31日")
    out.writerow(row)
    desk.record(row[0], "organization", "organization", organization.entity)
    desk.record(row[0], "legal_representative", "person", legal.entity)
    return key


def write_insurance(desk: Desk) -> None:
    """social_insurance.parquet: one row per job."""
    columns: list[list[Any]] = [[] for _ in _INSURANCE]
    with pq.ParquetWriter(desk.path, _INSURANCE, compression="zstd") as out:
        for job in desk.town.jobs:
            _insurance_row(desk, columns, job)
            if desk.hand.again():
                key = _insurance_row(desk, columns, job)
                desk.hand.start(key, "person")
                desk.hand.note("row", "duplicate_entry", desk.person(job.person).entity, key)
            if len(columns[0]) >= _BATCH:
                _flush(out, columns)
        _flush(out, columns)


def _flush(out: Any, columns: list[list[Any]]) -> None:
    arrays = [pa.array(column, type=field.type) for column, field in zip(columns, _INSURANCE, strict=True)]
    out.write_table(pa.Table.from_arrays(arrays, schema=_INSURANCE))
    for column in columns:
        column.clear()


def _insurance_row(desk: Desk, columns: list[list[Any]], job: Job) -> str:
    hand, rng = desk.hand, desk.rng
    person, organization = desk.person(job.person), desk.town.organizations[job.organization]
    desk.serial += 1
    desk.rows += 1
    key = f"GX{desk.serial:08d}"
    hand.start(key, "person")
    birth = hand.birth(person)
    place = hand.residence(person)
    address = hand.address(place) if place >= 0 else ""
    row: list[Any] = [
        key, f"30{person.index + 1:08d}A", hand.citizen_id(person) or None, hand.name(person), str(hand.sex(person)),
        int(compact(birth)) if birth else None, person.nation, hand.phone(person) or None, address or None,
        f"DW{organization.index + 1:06d}",
    ]  # fmt: skip
    hand.start(key, "employer")
    row += [hand.uscc(organization) or None, hand.organization_name(organization), job.start, job.end]
    ended = job.end or desk.town.today
    row.append(
        datetime.combine(max(job.start, ended - timedelta(days=1 + int(rng.random() * 60))), desk.moment(1).time())
    )
    hand.start(key, "person")
    hand.spoil(
        {"key": (row, 0), "name": (row, 3), "citizen_id": (row, 2), "phone": (row, 7), "date": (row, 5)},
        person.birth.year * 10_000 + 231,
    )
    for column, value in zip(columns, row, strict=True):
        column.append(value)
    desk.record(row[0], "person", "person", person.entity)
    desk.record(row[0], "employer", "organization", organization.entity)
    return key
