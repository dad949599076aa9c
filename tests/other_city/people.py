"""Builds the other city: homes, families, organizations."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random

from core.values.citizen_id import check_character
from core.values.uscc import check_character as uscc_check
from core.values.uscc import organisation_check_character
from tests.other_city.model import City, Home, Organization, Person

HERE = Path(__file__).parent
TODAY = date(2026, 5, 20)
# Districts of the city first; the rest came from other provinces that do not exist either.
_AREAS = ("870302",) * 9 + ("870303",) * 8 + ("870321",) * 4 + ("840221", "850121", "860202", "870221")
_SEGMENTS = ("154", "161", "164", "168", "169")
_PLACES = {
    "lane": (
        ("汀兰区", "永庆街道", "永庆里社区"),
        ("汀兰区", "永庆街道", "霁阳路社区"),
        ("汀兰区", "鹤鸣街道", "鹤鸣池社区"),
    ),
    "yard": (
        ("汀兰区", "鹤鸣街道", "砖桥社区"),
        ("柏舟区", "苇塘街道", "苇塘社区"),
        ("柏舟区", "观澜街道", "观澜台社区"),
    ),
    "court": (("柏舟区", "观澜街道", "柳叶社区"), ("柏舟区", "苇塘街道", "铁佛社区")),
    "village": (
        ("石埠县", "石埠镇", "柳溪村"),
        ("石埠县", "石埠镇", "大屋场村"),
        ("石埠县", "麻石镇", "青岗村"),
        ("石埠县", "麻石镇", "双井村"),
    ),
}


@cache
def words(part: str) -> tuple[str, ...]:
    """The items of one row of `names.csv`."""
    with (HERE / "names.csv").open(encoding="utf-8", newline="") as file:
        return next(tuple(row["items"].split()) for row in csv.DictReader(file) if row["part"] == part)


def build_city(people: int, seed: int) -> City:
    """A city of about `people` residents; the same arguments give the same city."""
    city, rng = City(TODAY), Random(f"other city:{seed}:{people}")
    builder = _Builder(city, rng)
    builder.build_homes(max(30, round(people * 0.48)))
    while len(city.people) < people:
        builder.add_family()
    builder.plant_likenesses()
    builder.build_organizations(max(14, people // 22))
    builder.employ()
    return city


class _Builder:
    def __init__(self, city: City, rng: Random) -> None:
        self.city, self.rng = city, rng
        self.taken: set[str] = set()
        self.free: list[Home] = []

    # --- homes -------------------------------------------------------------------------------------------------

    def build_homes(self, count: int) -> None:
        rng, homes = self.rng, self.city.homes
        lanes: set[tuple[str, str]] = set()
        while len(homes) < count:
            kind = rng.choices(("lane", "yard", "court", "village"), (44, 24, 12, 20))[0]
            county, street, community = rng.choice(_PLACES[kind])
            if kind == "lane":
                road, lane = rng.choice(words("lane_road")), str(rng.randint(20, 990))
                estate = rng.choice((*words("estate"), "", "", ""))
                if (road, lane) in lanes or (estate and ("", estate) in lanes):
                    continue
                lanes |= {(road, lane), ("", estate)}
                for house in rng.sample(range(1, 60), rng.randint(3, 8)):
                    for room in self._rooms(rng.choice((4, 5, 6)), 2):
                        self._home("lane", county, street, community, f"{road}{lane}弄", estate, str(house), "", room)
            elif kind == "yard":
                road = (
                    rng.choice(words("yard"))
                    if rng.random() < 0.7
                    else f"{rng.choice(words('hutong'))}{rng.randint(2, 60)}号院"
                )
                if ("yard", road) in lanes:
                    continue
                lanes.add(("yard", road))
                for house in range(1, rng.randint(3, 6)):
                    for unit in range(1, rng.randint(2, 4)):
                        for room in self._rooms(rng.choice((3, 5)), 2):
                            self._home("yard", county, street, community, road, "", str(house), str(unit), room)
            elif kind == "court":
                road = rng.choice(words("hutong"))
                for place in rng.sample(range(1, 121), 12):
                    number = f"甲{place}" if rng.random() < 0.15 else str(place)
                    if (road, number) not in lanes:
                        lanes.add((road, number))
                        self._home("court", county, street, community, road, "", number, "", "")
            else:
                group = str(rng.randint(1, 9))
                for place in rng.sample(range(1, 70), 12):
                    if (community, f"{group}:{place}") not in lanes:
                        lanes.add((community, f"{group}:{place}"))
                        self._home("village", county, street, community, community, group, str(place), "", "")
        self.free = homes[:]
        rng.shuffle(self.free)

    def _rooms(self, floors: int, doors: int) -> list[str]:
        return [f"{floor}0{door}" for floor in range(1, floors + 1) for door in range(1, doors + 1)]

    def _home(self, kind: str, *parts: str) -> None:
        home = Home(len(self.city.homes), kind, *parts)
        if self.rng.random() < 0.35:
            home.landline = f"8{self.rng.randint(2_000_000, 8_999_999)}"
        self.city.homes.append(home)

    # --- people ------------------------------------------------------------------------------------------------

    def add_family(self) -> None:
        """A couple with children and perhaps a grandparent, an old couple, one alone, or people who share a flat."""
        rng = self.rng
        home = self.free.pop() if self.free else rng.choice(self.city.homes)
        number, members = len(self.city.families), list[Person]()
        self.city.families.append(members)
        shape = rng.choices(("parents", "old", "alone", "shared"), (55, 20, 17, 8))[0]

        def add(role: str, sex: str, low: int, high: int, surname: str = "", generation: str = "") -> Person:
            person = self._person(home, number, role, sex, low, high, surname, generation)
            members.append(person)
            return person

        if shape == "parents":
            father, mother = add("head", "1", 26, 52), add("spouse", "2", 24, 49)
            children = rng.choices((0, 1, 2, 3), (18, 45, 30, 7))[0]
            generation = rng.choice(words("male_first"))
            oldest = min(self.city.age(father), self.city.age(mother)) - 22
            for _ in range(children if oldest > 0 else 0):
                sex = rng.choice("12")
                add(
                    "child",
                    sex,
                    0,
                    min(oldest, 24),
                    self._surname(father.name),
                    generation if rng.random() < 0.6 else "",
                )
            kids = [member for member in members if member.role == "child"]
            if len(kids) == 2 and rng.random() < 0.08:
                self._rebirth(kids[1], kids[0].birth)  # twins
            if rng.random() < 0.22:
                add("elder", rng.choice("12"), self.city.age(father) + 22, 93, self._surname(father.name))
        elif shape == "old":
            add("head", "1", 60, 90)
            add("spouse", "2", 58, 88)
        elif shape == "alone":
            add("head", rng.choice("12"), 20, 92)
        else:
            for _ in range(rng.randint(2, 4)):
                add("tenant", rng.choice("12"), 19, 38)

    def _person(
        self, home: Home, family: int, role: str, sex: str, low: int, high: int, surname: str, generation: str
    ) -> Person:
        rng = self.rng
        birth = self.city.today - timedelta(days=rng.randint(low * 365 + 20, max(low, high) * 365 + 380))
        name = self._name(
            sex, surname or rng.choices(words("surname"), range(90, 90 - len(words("surname")), -1))[0], generation
        )
        person = Person(len(self.city.people), name, sex, birth, self._citizen_id(birth, sex), home, family, role)
        age = self.city.age(person)
        if 12 <= age < 84:
            person.phone = self._mobile()
            if rng.random() < 0.35:
                person.old_phone = self._mobile()
        if rng.random() < 0.03 and age > 20:
            person.former_name = name[: len(self._surname(name))] + self._given(sex, "")
        if rng.random() < 0.15:
            person.old_home = rng.choice(self.city.homes)
        self.city.people.append(person)
        return person

    def _surname(self, name: str) -> str:
        return name[:2] if name[:2] in words("surname") else name[:1]

    def _name(self, sex: str, surname: str, generation: str) -> str:
        return surname + self._given(sex, generation)

    def _given(self, sex: str, generation: str) -> str:
        rng, word = self.rng, "male" if sex == "1" else "female"
        if not generation and rng.random() < 0.2:
            return rng.choice(words(f"{word}_single"))
        return (generation or rng.choice(words(f"{word}_first"))) + rng.choice(words(f"{word}_second"))

    def _citizen_id(self, birth: date, sex: str) -> str:
        while True:
            sequence = self.rng.randint(0, 499) * 2 + (1 if sex == "1" else 0)
            first = f"{self.rng.choice(_AREAS)}{birth:%Y%m%d}{sequence:03d}"
            if first not in self.taken:
                self.taken.add(first)
                return first + check_character(first)

    def _rebirth(self, person: Person, birth: date) -> None:
        person.birth = birth
        person.citizen_id = self._citizen_id(birth, person.sex)

    def _mobile(self) -> str:
        while (number := f"{self.rng.choice(_SEGMENTS)}{self.rng.randint(0, 99_999_999):08d}") in self.taken:
            pass
        self.taken.add(number)
        return number

    def plant_likenesses(self) -> None:
        """Neighbours of one name, and pairs who were given one number by mistake."""
        rng, people = self.rng, self.city.people
        adults = [person for person in people if self.city.age(person) >= 18]
        by_road: dict[str, list[Person]] = {}
        for person in adults:
            by_road.setdefault(person.home.road, []).append(person)
        for _ in range(max(2, len(people) // 120)):
            group = rng.choice([group for group in by_road.values() if len(group) > 4])
            first, second = rng.sample(group, 2)
            if first.sex == second.sex and first.family != second.family:
                second.name = first.name
        for _ in range(max(1, len(people) // 1500)):
            first, second = rng.sample(adults, 2)
            second.citizen_id = first.citizen_id

    # --- organizations -----------------------------------------------------------------------------------------

    def build_organizations(self, count: int) -> None:
        rng = self.rng
        names: set[str] = set()
        while len(self.city.organizations) < count:
            home = rng.choice(self.city.homes)
            former, school, draw = "", False, rng.random()
            if draw < 0.1:
                if rng.random() < 0.5:
                    short = f"{rng.choice('一二三四五六七八九')}中"
                    name = f"霁川市第{short[0]}中学"
                else:
                    short = f"{rng.choice(words('lane_road'))}小学"
                    name = f"霁川市{home.county}{short}"
                school = True
            elif draw < 0.3:
                given = rng.choice(("老", "小", "阿")) + rng.choice(words("surname"))
                short = f"{given}{rng.choice(('', '记'))}{rng.choice(words('sole'))}"
                name = f"{home.county}{short}"
            elif draw < 0.36:
                short = f"{home.community}{rng.choice(('蔬菜', '果业', '水产', '茶叶'))}合作社"
                name = f"石埠县{short.removesuffix('合作社')}专业合作社"
            else:
                trade, form = rng.choice(words("trade")).split(":")
                trade_name = rng.choice(words("trade_name"))
                short = f"{trade_name}{trade}"
                name = f"霁川市{trade_name}{trade}{form}"
                if form != "厂" and rng.random() < 0.12:
                    former = f"霁川市{trade_name}{trade}厂"
            if name in names:
                continue
            names.add(name)
            adults = [person for person in rng.sample(self.city.people, 40) if 24 < self.city.age(person) < 66]
            phone = f"0846-8{rng.randint(2_000_000, 8_999_999)}"
            self.city.organizations.append(
                Organization(
                    len(self.city.organizations), name, short, former, self._uscc(), home, phone, adults[0], school
                )
            )
        if not any(organization.school for organization in self.city.organizations):
            self.city.organizations[0].school = True

    def _uscc(self) -> str:
        while True:
            organisation = "MA" + "".join(self.rng.choice("0123456789ABCDEFGHJKLMNPQRTUWXY") for _ in range(6))
            first = f"91{self.rng.choice(('870302', '870303', '870321'))}{organisation}"
            first += organisation_check_character(organisation)
            if first not in self.taken:
                self.taken.add(first)
                return first + uscc_check(first)

    def employ(self) -> None:
        rng = self.rng
        for person in self.city.people:
            if 20 <= self.city.age(person) < 62 and rng.random() < 0.7:
                person.employer = rng.choices(
                    self.city.organizations, [1 + 40 // (1 + one.index) for one in self.city.organizations]
                )[0]
