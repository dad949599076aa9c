"""公安: the population register, with former residences."""

from __future__ import annotations

from loaders.town.model import Household, Person
from loaders.town.writers.desk import Desk, compact, csv_rows

_COLUMNS = (
    "XH", "GMSFHM", "XM", "CYM", "XB", "MZ", "CSRQ", "HYZK", "WHCD", "HH", "YHZGX", "HB", "RYLB", "HJDZ", "LHRQ",
    "XZZ", "QRRQ", "QCRQ", "JZLB", "LXDH", "FWCS", "CPH", "GXSJ",
)  # fmt: skip
_AT = {name: place for place, name in enumerate(_COLUMNS)}
_ROLE_CODES = {"owner": "1", "family": "2", "tenant": "3", "guest": "4", "dormitory": "5"}
_TYPES = {"shared": "流动人口户", "dormitory": "集体户"}


def write_population(desk: Desk) -> None:
    """police_population.csv: GB18030, pinyin initials as column names, codes."""
    with csv_rows(desk.path, "gb18030") as out:
        out.writerow(_COLUMNS)
        for household in desk.town.households:
            for index in household.members:
                person = desk.person(index)
                _present(desk, out, household, person)
                if desk.hand.again():
                    key = _present(desk, out, household, person)
                    desk.hand.start(key, "person")
                    desk.hand.note("row", "duplicate_entry", person.entity, key)
                for place in range(len(household.former)):
                    _former(desk, out, household, person, place)


def _next_key(desk: Desk) -> str:
    desk.serial += 1
    desk.rows += 1
    return f"P{desk.serial:07d}"


def _role(household: Household, person: Person, role: str) -> str:
    return "family" if person.relation not in ("02", "99") and role in ("owner", "tenant") else role


def _person_cells(desk: Desk, key: str, person: Person) -> list[str]:
    hand = desk.hand
    hand.start(key, "person")
    name = hand.name(person)
    former = person.former_name if person.former_name and name == person.name else ""
    return [
        key, hand.citizen_id(person), name, former, str(person.sex), person.nation, compact(hand.birth(person)),
        person.marital, person.education,
    ]  # fmt: skip


def _present(desk: Desk, out: object, household: Household, person: Person) -> str:
    hand, town = desk.hand, desk.town
    key = _next_key(desk)
    row = _person_cells(desk, key, person)
    local = person.local and household.registered >= 0
    place = hand.residence(person)
    residence = hand.address(place)
    registered = desk.addresses.standard(town.dwellings[household.registered]) if local else household.origin
    settled = max(household.settled, person.birth) if household.settled else None
    employer = town.organizations[person.employer].name if person.employer >= 0 and desk.rng.random() < 0.7 else ""
    stale = place != household.dwelling
    since = household.former[0].start if stale else household.since
    since = max(since, person.birth) if since else None
    role = household.former[0].role if stale else household.role
    row += [
        household.number, person.relation, _TYPES.get(household.kind, "家庭户" if local else "流动人口户"),
        "1" if local else "2", registered, compact(settled), residence, compact(since), "",
        _ROLE_CODES[_role(household, person, role)], hand.phone(person), employer, person.plate,
        desk.moment(900).strftime("%Y%m%d%H%M%S"),
    ]  # fmt: skip
    _finish(desk, out, row)
    if row[0]:
        desk.record(key, "person", "person", person.entity)
        desk.record(key, "household", "household", household.entity)
        desk.record(key, "residence", "dwelling", town.dwellings[place].entity)
        if local:
            desk.record(key, "registered", "dwelling", town.dwellings[household.registered].entity)
    return key


def _former(desk: Desk, out: object, household: Household, person: Person, place: int) -> None:
    spell = household.former[place]
    if person.birth >= spell.end:
        return
    town, hand = desk.town, desk.hand
    key = _next_key(desk)
    row = _person_cells(desk, key, person)
    local = person.local and household.registered >= 0
    registered = desk.addresses.standard(town.dwellings[household.registered]) if local else household.origin
    row += [
        "", "", "", "1" if local else "2", registered, "", hand.address(spell.dwelling),
        compact(max(spell.start, person.birth)), compact(spell.end), _ROLE_CODES[_role(household, person, spell.role)],
        "", "", "", desk.moment(900).strftime("%Y%m%d%H%M%S"),
    ]  # fmt: skip
    _finish(desk, out, row)
    if row[0]:
        desk.record(key, "person", "person", person.entity)
        desk.record(key, "residence", "dwelling", town.dwellings[spell.dwelling].entity)
        if local:
            desk.record(key, "registered", "dwelling", town.dwellings[household.registered].entity)


def _finish(desk: Desk, out: object, row: list[str]) -> None:
    desk.hand.spoil(
        {
            "key": (row, 0), "name": (row, _AT["XM"]), "citizen_id": (row, _AT["GMSFHM"]),
            "phone": (row, _AT["LXDH"]), "date": (row, _AT["CSRQ"]),
        },
        f"{row[_AT['CSRQ']][:4] or '1970'}0231",
    )  # fmt: skip
    out.writerow(row)  # type: ignore[attr-defined]
