"""The nine registers of the other city: who is in them, and in which columns and file form."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from tests.other_city.files import Row, Write, csv_file, jsonl_file, xlsx_file
from tests.other_city.habits import Clerk
from tests.other_city.model import City, Home, Organization, Person

_GRIDS = {"永庆里社区": "11", "霁阳路社区": "12", "鹤鸣池社区": "13", "砖桥社区": "14"}


def _resides(clerk: Clerk, key: str, mention: str, person: Person) -> str:
    """The address of a person, which is a dwelling of its own to the mapping."""
    clerk.turn_to(key, mention)
    text, home = clerk.address(person)
    if text:
        _dwelling(clerk, key, mention, home)
    return text


def _dwelling(clerk: Clerk, key: str, mention: str, home: Home) -> None:
    clerk.about(key, mention, "dwelling", home.entity)


def _person(clerk: Clerk, key: str, mention: str, person: Person) -> None:
    clerk.about(key, mention, "person", person.entity)


def _organization(clerk: Clerk, key: str, mention: str, one: Organization) -> None:
    clerk.about(key, mention, "organization", one.entity)


def _times(clerk: Clerk) -> int:
    return 2 if clerk.happens("row", "row_twice") else 1


def _day(clerk: Clerk) -> date:
    return clerk.city.today - timedelta(days=clerk.rng.randint(5, 1400))


def fertility_cards(city: City, clerk: Clerk) -> list[Row]:
    """计生: one card for a woman of 18 to 49, with husband and up to two children in the same row."""
    rows: list[Row] = []
    for family in city.families:
        women = [
            one
            for one in family
            if one.sex == "2" and 18 <= city.age(one) < 50 and one.role in ("head", "spouse", "tenant")
        ]
        for woman in women:
            if clerk.rng.random() > 0.85:
                continue
            key = f"YL{len(rows) + 1:05d}"
            row: Row = {"卡号": key}
            row["现居住地"] = _resides(clerk, key, "home", woman)
            husband = next((one for one in family if one.role == "head" and woman.role == "spouse"), None)
            _person(clerk, key, "woman", woman)
            row["姓名"], row["证件号"] = clerk.name(woman), clerk.citizen_id(woman)
            row["出生年月"] = _month(clerk.birth(woman), "{0}年{1}月")
            row["联系方式"] = clerk.phone(woman)
            if husband:
                _person(clerk, key, "husband", husband)
                row["丈夫姓名"], row["丈夫证件号"] = clerk.name(husband), clerk.citizen_id(husband)
            children = [one for one in family if one.role == "child"] if husband else []
            for number, child in zip(("一", "二"), children[:2], strict=False):
                _person(clerk, key, "first_child" if number == "一" else "second_child", child)
                row[f"{number}孩姓名"], row[f"{number}孩性别"] = (
                    clerk.name(child),
                    clerk.sex(child, {"1": "男", "2": "女"}),
                )
                born = clerk.birth(child)
                row[f"{number}孩出生日期"] = f"{born:%Y.%m.%d}" if born else ""
            row["填卡日期"] = f"{_day(clerk):%Y.%m.%d}"
            rows.append(row)
    return rows


def job_seekers(city: City, clerk: Clerk) -> list[Row]:
    """人社: employment registration; works and code of the employer where there is one."""
    rows: list[Row] = []
    for person in city.people:
        if not 18 <= city.age(person) < 60 or clerk.rng.random() > 0.42:
            continue
        for _ in range(_times(clerk)):
            key = f"JY{len(rows) + 1:06d}"
            row: Row = {"DJH": key, "CZDZ": _resides(clerk, key, "home", person)}
            _person(clerk, key, "person", person)
            born = clerk.birth(person)
            row |= {
                "XM": clerk.name(person),
                "ZJH": clerk.citizen_id(person),
                "XB": clerk.sex(person, {"1": "M", "2": "F"}),
            }
            row |= {
                "CSNYR": f"{born:%Y%m%d}" if born else "",
                "SJ": clerk.phone(person),
                "DJRQ": f"{_day(clerk):%Y/%m/%d}",
            }
            if person.employer:
                _organization(clerk, key, "employer", person.employer)
                row |= {"DWMC": clerk.organization(person.employer), "DWDM": clerk.uscc(person.employer)}
            rows.append(row)
    return rows


def union_members(city: City, clerk: Clerk) -> list[Row]:
    """工会: members by works, sex as 1 and 0, year and month of birth."""
    rows: list[Row] = []
    for person in city.people:
        if person.employer is None or clerk.rng.random() > 0.5:
            continue
        for _ in range(_times(clerk)):
            key = f"GH-{len(rows) + 1:05d}"
            _organization(clerk, key, "works", person.employer)
            row: Row = {
                "会员证号": key,
                "所在单位": clerk.organization(person.employer),
                "单位代码": clerk.uscc(person.employer),
            }
            row["住址"] = _resides(clerk, key, "home", person)
            _person(clerk, key, "member", person)
            row |= {
                "会员": clerk.name(person),
                "身份证": clerk.citizen_id(person),
                "性别": clerk.sex(person, {"1": "1", "2": "0"}),
            }
            row |= {"出生": _month(clerk.birth(person), "{0}.{1:02d}"), "电话": clerk.phone(person)}
            row["入会时间"] = f"{_day(clerk):%Y-%m-%d}"
            rows.append(row)
    return rows


def school_roll(city: City, clerk: Clerk) -> list[Row]:
    """教育: pupils with their guardians, school by its spoken name."""
    rows: list[Row] = []
    schools = [one for one in city.organizations if one.school]
    for family in city.families:
        for pupil in family:
            if pupil.role != "child" or not 6 <= city.age(pupil) < 18 or clerk.rng.random() > 0.95:
                continue
            key = f"G{870302000000 + len(rows) + 1}"
            row: Row = {"xjh": key, "zz": _resides(clerk, key, "home", pupil)}
            school = clerk.rng.choice(schools)
            _organization(clerk, key, "school", school)
            row["xx"] = {"mc": clerk.organization(school), "dm": clerk.uscc(school)}
            _person(clerk, key, "pupil", pupil)
            born = clerk.birth(pupil)
            row["xs"] = {
                "xm": clerk.name(pupil),
                "sfzh": clerk.citizen_id(pupil),
                "xb": clerk.sex(pupil, {"1": "男生", "2": "女生"}),
                "csrq": f"{born:%Y-%m-%d}" if born else None,
            }
            row["jhr"] = []
            for place, guardian in enumerate(one for one in family if one.role in ("head", "spouse")):
                _person(clerk, key, f"guardian.{place}", guardian)
                row["jhr"].append({"xm": clerk.name(guardian), "dh": clerk.phone(guardian)})
            row["gxsj"] = f"{_day(clerk):%Y-%m-%d} 08:00:00"
            rows.append(row)
    return rows


def disabled_cards(city: City, clerk: Clerk) -> list[Row]:
    """残联: the number of the card is the citizen id with two digits behind it, for the kind and the grade."""
    rows: list[Row] = []
    for person in city.people:
        if clerk.rng.random() > 0.06:
            continue
        for _ in range(_times(clerk)):
            key = f"CL{len(rows) + 1:04d}"
            kind, grade = clerk.rng.randint(1, 7), clerk.rng.randint(1, 4)
            row: Row = {"档案号": key, "家庭住址": _resides(clerk, key, "home", person)}
            _person(clerk, key, "person", person)
            number, born = clerk.citizen_id(person), clerk.birth(person)
            row |= {
                "姓名": clerk.name(person),
                "残疾人证号": f"{number}{kind}{grade}" if number else "",
                "类别等级": f"{kind}类{grade}级",
            }
            row |= {
                "性别": clerk.sex(person, {"1": "男", "2": "女"}),
                "出生日期": f"{born:%Y年%m月%d日}" if born else "",
            }
            row |= {"联系电话": clerk.phone(person), "发证日期": f"{_day(clerk):%Y-%m-%d}"}
            rows.append(row)
    return rows


def senior_cards(city: City, clerk: Clerk) -> list[Row]:
    """老龄: cards of people of 60 and more."""
    rows: list[Row] = []
    for person in city.people:
        if city.age(person) < 60 or clerk.rng.random() > 0.8:
            continue
        for _ in range(_times(clerk)):
            key = f"LN{len(rows) + 1:05d}"
            row: Row = {"优待证号": key, "居住地址": _resides(clerk, key, "home", person)}
            _person(clerk, key, "person", person)
            born = clerk.birth(person)
            row |= {
                "老人姓名": clerk.name(person),
                "性别": clerk.sex(person, {"1": "男性", "2": "女性"}),
                "身份号码": clerk.citizen_id(person),
            }
            row |= {"生日": f"{born.year}/{born.month}/{born.day}" if born else "", "电话": clerk.phone(person)}
            row["发放日期"] = f"{_day(clerk):%Y/%m/%d}"
            rows.append(row)
    return rows


def commerce_members(city: City, clerk: Clerk) -> list[Row]:
    """工商联: member businesses and who stands for them."""
    rows: list[Row] = []
    for one in city.organizations:
        if one.school or clerk.rng.random() > 0.8 or one.representative is None:
            continue
        key = f"SL{len(rows) + 1:04d}"
        _organization(clerk, key, "business", one)
        row: Row = {
            "会员编号": key,
            "企业名称": clerk.organization(one),
            "信用代码或执照号": clerk.uscc(one),
            "经营地址": clerk.door(one.home),
        }
        row["办公电话"] = one.phone
        _person(clerk, key, "representative", one.representative)
        row |= {
            "负责人": clerk.name(one.representative),
            "负责人证件": clerk.citizen_id(one.representative),
            "负责人手机": clerk.phone(one.representative),
        }
        row["入会日期"] = f"{_day(clerk):%Y-%m-%d}"
        rows.append(row)
    return rows


def estate_rooms(city: City, clerk: Clerk) -> list[Row]:
    """物业: one line a flat of the lanes and works blocks, the door in three columns."""
    rows: list[Row] = []
    for family in city.families:
        head, home = family[0], family[0].home
        if home.kind not in ("lane", "yard") or clerk.rng.random() > 0.75:
            continue
        for _ in range(_times(clerk)):
            key = f"WY{len(rows) + 1:05d}"
            _dwelling(clerk, key, "flat", home)
            lane = home.kind == "lane"
            row: Row = {"序号": key, "弄(院)": (home.estate or home.road) if lane else home.road}
            row["号(楼)"] = f"{home.house}号" if lane else f"{home.house}号楼"
            row["室"] = f"{home.room}室" if lane else f"{home.unit}单元{home.room}室"
            _person(clerk, key, "owner", head)
            row |= {
                "业主": clerk.name(head),
                "业主电话": clerk.phone(head),
                "性别": clerk.sex(head, {"1": "先生", "2": "女士"}),
            }
            row["证件"] = clerk.citizen_id(head) if clerk.rng.random() < 0.3 else ""
            row["登记"] = f"{_day(clerk):%Y-%m-%d}"
            rows.append(row)
    return rows


def grid_families(city: City, clerk: Clerk) -> list[Row]:
    """网格平台: a family to a line, its members as a list."""
    rows: list[Row] = []
    for family in city.families:
        if clerk.rng.random() > 0.85:
            continue
        key, home = f"WG-{len(rows) + 1:05d}", family[0].home
        _dwelling(clerk, key, "home", home)
        row: Row = {
            "familyNo": key,
            "grid": f"8703{_GRIDS.get(home.community, '20')}-{home.index % 4 + 1}",
            "addr": clerk.door(home),
        }
        row["members"] = []
        for place, person in enumerate(family):
            _person(clerk, key, f"member.{place}", person)
            item: Row = {
                "name": clerk.name(person),
                "sex": clerk.sex(person, {"1": "M", "2": "F"}),
                "idcard": clerk.citizen_id(person),
            }
            item |= {"born": _month(clerk.birth(person), "{0}-{1:02d}"), "tel": clerk.phone(person)}
            if person.employer and clerk.rng.random() < 0.5:
                item["work"] = clerk.organization(person.employer)
            row["members"].append({name: value for name, value in item.items() if value})
        row["checked"] = f"{_day(clerk):%Y-%m-%d}"
        rows.append(row)
    return rows


def _month(day: date | None, form: str) -> str:
    return form.format(day.year, day.month) if day else ""


REGISTERS: dict[str, tuple[str, Callable[[City, Clerk], list[Row]], Write]] = {
    "fertility_cards": ("育龄妇女卡.xlsx", fertility_cards, xlsx_file("霁川市育龄妇女信息卡汇总")),
    "job_seekers": ("就业登记.txt", job_seekers, csv_file("gb18030", "\t")),
    "union_members": ("工会会员.xlsx", union_members, xlsx_file("工会会员花名册")),
    "school_roll": ("学籍.jsonl", school_roll, jsonl_file),
    "disabled_cards": ("残疾人证.csv", disabled_cards, csv_file("utf-8", "|")),
    "senior_cards": ("老年优待证.csv", senior_cards, csv_file("gb18030", ",")),
    "commerce_members": ("工商联会员.xlsx", commerce_members, xlsx_file("工商联会员企业")),
    "estate_rooms": ("物业房号.csv", estate_rooms, csv_file("utf-8-sig", ",")),
    "grid_families": ("网格家庭.jsonl", grid_families, jsonl_file),
}
