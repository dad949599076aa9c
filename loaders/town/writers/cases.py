"""公安 incidents, 综治 mediations, 城管 cases and sensor alarms."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import yaml

from loaders.town.grammar import Node, compile_line, expand
from loaders.town.model import Happening, Person
from loaders.town.narrator import Narrator, at_clock
from loaders.town.tables import DATA
from loaders.town.writers.desk import Desk, json_lines, sex_label, spoken, stamp
from loaders.town.writers.hotline import place_truth

_OFFSET = timedelta(hours=8)
_SENSORS = {
    "烟感报警": ("smoke", "区消防救援大队"), "燃气泄漏": ("gas", "澜江市燃气有限公司"),
    "水浸报警": ("water", "社区网格中心"), "门磁异常": ("door", "社区网格中心"),
    "电梯困人": ("elevator", "电梯应急救援中心"), "用电异常": ("power", "社区网格中心"),
}  # fmt: skip

_POLICE_OUTCOMES = ("现场调解", "已立案", "口头警告", "移交社区", "不予立案", "治安调解")
_MEDIATION_OUTCOMES = ("调解成功", "调解成功", "调解成功", "调解不成", "当事人撤回", "引导诉讼")
_ALARM_OUTCOMES = ("误报", "现场已处置", "烹饪油烟触发", "设备故障", "已通知住户")
_SOURCES = ("巡查发现", "群众举报", "视频监控", "上级交办")


def _lines(feed: str) -> dict[str, list[list[Node]]]:
    with (DATA / "event_grammar.yaml").open(encoding="utf-8") as file:
        raw: dict[str, dict[str, str]] = yaml.safe_load(file)
    return {
        category: [compile_line(line) for line in text.splitlines() if line] for category, text in raw[feed].items()
    }


class _Clerk:
    """Takes down one happening after the other for one feed."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.lines = desk, _lines(desk.feed)
        self.narrator = Narrator(desk.town, desk.addresses, desk.hand.slips, desk.rng)

    def next(self) -> None:
        self.desk.serial += 1
        self.desk.rows += 1

    def narrative(self, happening: Happening) -> str:
        rng = self.desk.rng
        self.narrator.begin(happening, "formal", precise=True)
        nodes = rng.choice(self.lines[happening.category])
        return self.narrator.finish(expand(nodes, self.narrator.slot, rng)).text + "。"

    def address(self, happening: Happening, key: str) -> str:
        """The place of the event, written down in one line; goes into the truth of places."""
        desk = self.desk
        desk.hand.start(key, "")
        if happening.dwelling >= 0:
            text, level = desk.hand.address(happening.dwelling), "door"
        else:
            self.narrator.begin(happening, "formal", precise=True)
            text, level = self.narrator.place(), "public"
        place_truth(desk, happening, key, text, level)
        return text

    def party(self, key: str, mention: str, person: Person, keys: dict[str, str]) -> dict[str, Any]:
        """A person as this feed writes one; `keys` gives the names of the fields."""
        hand = self.desk.hand
        hand.start(key, mention)
        row: dict[str, Any] = {keys["name"]: hand.name(person)}
        if "sex" in keys:
            row[keys["sex"]] = sex_label(person.sex)
        for field, value in (("citizen_id", hand.citizen_id(person)), ("phone", hand.phone(person))):
            if value:
                row[keys[field]] = value
        if "address" in keys and person.household >= 0 and self.desk.rng.random() < 0.6:
            row[keys["address"]] = hand.address(self.desk.town.households[person.household].dwelling)
        self.desk.record(key, mention, "person", person.entity)
        return row

    def done(self, happening: Happening, key: str) -> None:
        self.desk.truth.add("categories", self.desk.feed, key, happening.category)
        if happening.structure >= 0:
            self.desk.town.structures[happening.structure].keys.append((self.desk.feed, key))

    def closing(self, at: datetime, days: float, share: float) -> datetime | None:
        closed = at_clock(at, self.desk.rng.uniform(60, days * 1440))
        today = datetime.combine(self.desk.town.today, datetime.min.time())
        return closed if closed < today and self.desk.rng.random() < share else None


def write_incidents(desk: Desk) -> None:
    """police_incidents.jsonl."""
    clerk, rng = _Clerk(desk), desk.rng
    keys = {"name": "xm", "sex": "xb", "citizen_id": "sfzh", "phone": "lxdh", "address": "zz"}
    with json_lines(desk.path) as out:
        for happening in desk.town.happenings:
            if happening.feed != desk.feed:
                continue
            clerk.next()
            key = f"JJ{happening.reported:%Y%m%d}-{desk.serial:06d}"
            text = clerk.narrative(happening)
            place = clerk.address(happening, key)
            reporter = clerk.party(
                key,
                "reporter",
                desk.person(happening.caller),
                {k: v for k, v in keys.items() if k not in ("sex", "address")},
            )
            parties = []
            listed = [*happening.others]
            if happening.category in ("盗窃", "诈骗", "打架斗殴", "犬只伤人") or rng.random() < 0.2:
                listed.append(("victim", happening.caller))
            if rng.random() < 0.08:
                witness = clerk_neighbour(desk, happening)
                if witness >= 0:
                    listed.append(("witness", witness))
            for position, (role, index) in enumerate(listed):
                entry = clerk.party(key, f"party.{position}", desk.person(index), keys)
                entry["js"] = {"victim": "受害人", "witness": "证人"}.get(role) or (
                    "嫌疑人" if happening.category in ("打架斗殴", "犬只伤人") and rng.random() < 0.4 else "当事人"
                )
                parties.append(entry)
            closed = clerk.closing(happening.reported, 9, 0.93)
            street = desk.town.communities[happening.community].street
            row: dict[str, Any] = {
                "jjdbh": key, "bjlb": happening.category, "bjsj": stamp(happening.reported),
                "afsj": stamp(happening.at),
                "afdd": place, "jyaq": text, "bjr": reporter, "dsr": parties, "cjdw": f"{street}派出所",
                "clzt": "2" if closed else rng.choice("01"), "jasj": stamp(closed) if closed else None,
                "cljg": rng.choice(_POLICE_OUTCOMES) if closed else None,
            }  # fmt: skip
            _spoil_case(desk, key, row, "jjdbh", "bjsj", f"{happening.at.year}-02-31 12:00:00")
            clerk.done(happening, key)
            out.write(row)


def clerk_neighbour(desk: Desk, happening: Happening) -> int:
    """Somebody else who lives in the compound; -1 where nobody was found."""
    doors = desk.town.compounds[happening.compound].dwellings
    for _ in range(8):
        dwelling = desk.town.dwellings[desk.rng.choice(doors)]
        if dwelling.household >= 0:
            index = desk.town.households[dwelling.household].members[0]
            if index != happening.caller and all(index != other for _, other in happening.others):
                return index
    return -1


def _spoil_case(desk: Desk, key: str, row: dict[str, Any], key_name: str, date_name: str, bad_date: str) -> None:
    desk.hand.start(key, "")
    desk.hand.spoil({"key": (row, key_name), "date": (row, date_name)}, bad_date)


def write_mediations(desk: Desk) -> None:
    """grid_mediations.jsonl."""
    clerk, rng, town = _Clerk(desk), desk.rng, desk.town
    keys = {"name": "name", "sex": "gender", "citizen_id": "idNo", "phone": "phone", "address": "address"}
    with json_lines(desk.path) as out:
        for happening in town.happenings:
            if happening.feed != desk.feed:
                continue
            clerk.next()
            key = f"TJ-{happening.reported.year}-{desk.serial:05d}"
            text = clerk.narrative(happening)
            place = clerk.address(happening, key)
            parties = []
            listed = [("complainant", happening.caller), *happening.others]
            if rng.random() < 0.12 and (witness := clerk_neighbour(desk, happening)) >= 0:
                listed.append(("witness", witness))
            for position, (role, index) in enumerate(listed):
                person = desk.person(index)
                entry = clerk.party(key, f"party.{position}", person, keys)
                if rng.random() < 0.5:
                    entry["nation"], entry["education"] = desk.nations[person.nation], person.education
                entry["role"] = {"complainant": "申请人", "respondent": "被申请人", "witness": "证人"}[role]
                parties.append(entry)
            organizations = (
                [_organization(desk, key, happening, role="被申请人")] if happening.organization >= 0 else []
            )
            closed = clerk.closing(happening.reported, 30, 0.9)
            community = town.communities[happening.community]
            row: dict[str, Any] = {
                "disputeNo": key, "title": f"{community.name}{happening.category}调解", "category": happening.category,
                "occurDate": spoken(happening.at.date()), "acceptTime": stamp(happening.reported), "place": place,
                "summary": text, "parties": parties, "organizations": organizations,
                "peopleCount": len(parties) + len(organizations) + rng.randint(0, 2), "amount": happening.amount,
                "mediator": desk.person(rng.choice(town.households).members[0]).name,
                "organ": f"{community.name}人民调解委员会",
                "result": rng.choice(_MEDIATION_OUTCOMES) if closed else None,
                "status": "已结案" if closed else rng.choice(("已受理", "调解中")),
                "closeTime": stamp(closed) if closed else None,
            }  # fmt: skip
            desk.hand.start(key, "party.0")
            first = parties[0]
            slots: dict[str, Any] = {"key": (row, "disputeNo"), "name": (first, "name"), "date": (row, "occurDate")}
            for field, name in (("citizen_id", "idNo"), ("phone", "phone")):
                if name in first:
                    slots[field] = (first, name)
            desk.hand.spoil(slots, f"{happening.at.year}年2月31日")
            clerk.done(happening, key)
            out.write(row)


def _organization(desk: Desk, key: str, happening: Happening, role: str = "") -> dict[str, Any]:
    hand = desk.hand
    organization = desk.town.organizations[happening.organization]
    mention = "organization.0" if role else "respondent"
    hand.start(key, mention)
    entry: dict[str, Any] = {"name": hand.organization_name(organization)}
    if code := hand.uscc(organization):
        entry["uscc"] = code
    if not role and desk.rng.random() < 0.5:
        entry["phone"] = organization.phone
    if role:
        entry["role"] = role
    desk.record(key, mention, "organization", organization.entity)
    return entry


def write_urban(desk: Desk) -> None:
    """urban_cases.jsonl: with the steps between the departments."""
    clerk, rng, town = _Clerk(desk), desk.rng, desk.town
    with json_lines(desk.path) as out:
        for happening in town.happenings:
            if happening.feed != desk.feed:
                continue
            clerk.next()
            key = f"CG-{happening.reported.year}-{desk.serial:06d}"
            text = clerk.narrative(happening)
            place = clerk.address(happening, key)
            steps, status = _urban_steps(desk, happening)
            closed = steps[-1]["time"] if status == "closed" else None
            row: dict[str, Any] = {
                "caseNo": key, "caseType": happening.category, "source": rng.choice(_SOURCES),
                "reportTime": _zoned(happening.reported), "occurTime": _zoned(happening.at),
                "location": {"address": place}, "description": text,
                "respondent": _organization(desk, key, happening) if happening.organization >= 0 else None,
                "status": status, "handler": steps[-1]["department"], "closeTime": closed,
                "result": rng.choice(("已整改", "已拆除", "警告", "罚款", "批评教育")) if closed else None,
                "fine": happening.amount if closed and rng.random() < 0.3 else None, "steps": steps,
            }  # fmt: skip
            _spoil_case(desk, key, row, "caseNo", "reportTime", f"{happening.at.year}-02-31T09:00:00+08:00")
            clerk.done(happening, key)
            out.write(row)


def _zoned(at: datetime) -> str:
    return at.isoformat("T", "seconds") + "+08:00"


def _urban_steps(desk: Desk, happening: Happening) -> tuple[list[dict[str, Any]], str]:
    rng, town = desk.rng, desk.town
    street = town.communities[happening.community].street
    units = [f"{street}综合执法队", "区城管局", "区住建局", "区生态环境局", f"{street}办事处"]
    structure = town.structures[happening.structure] if happening.structure >= 0 else None
    passed = structure is not None and structure.kind == "passed_around"
    clock, today = happening.reported, datetime.combine(town.today, datetime.min.time())
    steps: list[dict[str, Any]] = []

    def step(department: str, action: str, source: str = "", target: str = "") -> None:
        nonlocal clock
        entry = {"department": department, "action": action, "time": _zoned(clock)}
        if source:
            entry["from"], entry["to"] = source, target
        steps.append(entry)
        clock = at_clock(clock, rng.uniform(30, 2600))

    centre = "数字城管指挥中心"
    step(centre, "受理")
    unit = units[0] if rng.random() < 0.7 else rng.choice(units)
    step(centre, "派遣", centre, unit)
    for _ in range(rng.randint(4, 7) if passed else 1 if rng.random() < 0.08 else 0):
        step(unit, "退回", unit, centre)
        unit = rng.choice([other for other in units if other != unit])
        step(centre, "重新派遣", centre, unit)
    if clock < today:
        step(unit, "处置")
        if clock < today and rng.random() < 0.92:
            step(centre, "结案")
            return steps, "closed"
    return steps, "returned" if passed else "processing" if len(steps) > 1 else "received"


def write_alarms(desk: Desk) -> None:
    """sensor_alarms.jsonl: CloudEvents, times in UTC."""
    rng, town = desk.rng, desk.town
    clerk_address = _AlarmPlace(desk)
    with json_lines(desk.path) as out:
        for happening in town.happenings:
            if happening.feed != desk.feed:
                continue
            desk.serial += 1
            desk.rows += 1
            key = f"alm-{desk.serial:06d}"
            kind, handler = _SENSORS[happening.category]
            place = town.communities[happening.community]
            device = f"DV{happening.dwelling:07d}"
            cleared = at_clock(happening.at, rng.uniform(4, 600)) if rng.random() < 0.94 else None
            data: dict[str, Any] = {
                "deviceNo": device, "alarmType": happening.category, "level": rng.randint(1, 3),
                "address": clerk_address.write(happening, key), "value": round(rng.uniform(0.5, 99), 1),
                "status": "已复位" if cleared else rng.choice(("未处理", "处理中")),
                "clearedAt": _utc(cleared) if cleared else None, "handler": handler,
                "result": rng.choice(_ALARM_OUTCOMES) if cleared else None,
            }  # fmt: skip
            row: dict[str, Any] = {
                "specversion": "1.0", "id": key, "source": f"/iot/{place.street_code}/{kind}/{device}",
                "type": f"cn.yunze.iot.alarm.{kind}", "subject": device, "time": _utc(happening.at),
                "datacontenttype": "application/json", "data": data,
            }  # fmt: skip
            _spoil_case(desk, key, row, "id", "time", f"{happening.at.year}-02-31T01:00:00Z")
            desk.truth.add("categories", desk.feed, key, happening.category)
            out.write(row)


class _AlarmPlace:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def write(self, happening: Happening, key: str) -> str:
        dwelling = self.desk.town.dwellings[happening.dwelling]
        lift = happening.category == "电梯困人"
        text = self.desk.addresses.building(dwelling) + "电梯" if lift else self.desk.addresses.standard(dwelling)
        place_truth(self.desk, happening, key, text, "building" if lift else "door")
        return text


def _utc(at: datetime) -> str:
    return (at - _OFFSET).replace(tzinfo=UTC).isoformat("T", "seconds").replace("+00:00", "Z")
