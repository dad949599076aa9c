"""Households and the people in them, until the town has as many residents as asked for."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path
from random import Random

import core.codes
from loaders.town.identifiers import Identifiers
from loaders.town.model import Household, Person, Town
from loaders.town.names import Names, surname_of
from loaders.town.tables import Picker

_LOCAL_AREAS = Picker((("880102", 62.0), ("880103", 20.0), ("880121", 12.0), ("880101", 6.0)))
# Kinds of household; shares after the census of 2020 (one person 25 %, two 30 %, three 21 %, …).
_KINDS = Picker(
    (
        ("single_young", 8.0), ("single_old", 9.0), ("couple_young", 6.0), ("couple_middle", 10.0),
        ("couple_old", 15.0), ("family", 26.0), ("grown_family", 12.0), ("three_generations", 8.0),
        ("one_parent", 5.0), ("shared", 2.5), ("dormitory", 0.6),
    )
)  # fmt: skip
_SCHOOLING = {
    1940: (("小学", 62.0), ("初中", 26.0), ("高中", 9.0), ("大专", 3.0)),
    1960: (("小学", 24.0), ("初中", 48.0), ("高中", 18.0), ("中专", 4.0), ("大专", 4.0), ("本科", 2.0)),
    1975: (("小学", 9.0), ("初中", 45.0), ("高中", 17.0), ("中专", 8.0), ("大专", 13.0), ("本科", 8.0)),
    1990: (("初中", 22.0), ("高中", 18.0), ("中专", 9.0), ("大专", 23.0), ("本科", 24.0), ("研究生", 4.0)),
}


class Population:
    """Makes people and households; numbers come from one generator, so the order of calls is the town."""

    def __init__(self, town: Town, names: Names, identifiers: Identifiers, rng: Random) -> None:
        self.town, self.names, self.ids, self.rng = town, names, identifiers, rng
        self._schooling = {year: Picker(pairs) for year, pairs in _SCHOOLING.items()}
        self._grown: list[tuple[Person, Person | None]] = []
        with (Path(core.codes.__file__).parent / "divisions_demo.csv").open(encoding="utf-8", newline="") as file:
            table = list(csv.DictReader(file))
        self.division_names = {row["code"]: row["name"] for row in table}
        self._away = [r["code"] for r in table if r["level"] == "county" and not r["code"].startswith("88")]
        self._away.sort()

    def fill(self, people: int) -> None:
        """Households until `people` residents live in the town; the last one is cut short."""
        while self.town.residents < people:
            kind = _KINDS.pick(self.rng)
            left = people - self.town.residents
            getattr(self, f"_{kind}")()
            self._cut(left)

    def _cut(self, left: int) -> None:
        household = self.town.households[-1]
        while len(household.members) > max(left, 1):
            gone = household.members.pop()
            self.town.persons.pop()
            for person in self.town.persons[household.members[0] :]:
                person.father = -1 if person.father >= gone else person.father
                person.mother = -1 if person.mother >= gone else person.mother
        self.town.residents += len(household.members)

    # --- persons ---------------------------------------------------------------------------------------------

    def birth(self, age_low: int, age_high: int) -> date:
        """A birth date of someone who is `age_low` to `age_high` years old today."""
        days = self.rng.randint(age_low * 365 + age_low // 4, age_high * 365 + age_high // 4 + 364)
        return self.town.today - timedelta(days=days)

    def person(self, sex: int, birth: date, *, area: str, surname: str = "", nation: str = "") -> Person:
        """A new person without a household; `surname` is kept where the nation has surnames."""
        rng, town = self.rng, self.town
        nation = nation or self.names.nation(rng)
        age = (town.today - birth).days // 365
        name = self.names.full(rng, sex, birth.year, nation, surname or self.names.surname(rng, nation))
        person = Person(len(town.persons), name, sex, birth, self.ids.citizen_id(area, birth, sex), nation)
        person.local = area.startswith("88")
        person.education = self._education(birth.year, age)
        if age >= 13 and not (age > 75 and rng.random() < 0.3):
            person.phone = self.ids.mobile()
            if rng.random() < 0.14:
                person.old_phone = self.ids.mobile()
        if age >= 19:
            if rng.random() < 0.025 and "·" not in name:
                person.former_name = self.names.full(rng, sex, birth.year, nation, surname_of(name))
                if person.former_name == name:
                    person.former_name = ""
            if 22 <= age < 70 and rng.random() < 0.3:
                person.plate = self.ids.plate()
        if age >= 50 and rng.random() < 0.35:
            person.health = rng.choice(("高血压", "糖尿病", "高血压;糖尿病", "冠心病", "慢阻肺", "关节炎", "高血脂"))
        if rng.random() < 0.018:
            person.disability = rng.choice(("肢体", "视力", "听力", "智力", "精神")) + rng.choice("一二三四") + "级"
        town.persons.append(person)
        return person

    def _education(self, year: int, age: int) -> str:
        if age < 22:
            return (
                "学龄前" if age < 6 else "小学" if age < 12 else "初中" if age < 15 else "高中" if age < 18 else "大专"
            )
        return self._schooling[1940 if year < 1955 else 1960 if year < 1970 else 1975 if year < 1982 else 1990].pick(
            self.rng
        )

    def area(self, local: bool) -> str:
        return _LOCAL_AREAS.pick(self.rng) if local else self.rng.choice(self._away)

    def origin(self, area: str) -> str:
        """A registered address far away, in the words of an id card."""
        rng = self.rng
        names = self.division_names
        place = f"{names[area[:2] + '0000']}{names[area[:4] + '00']}{names[area]}"
        if rng.random() < 0.6:
            village = rng.choice(("大坪", "上湾", "石桥", "李家", "高庄", "双河", "柳树", "东沟", "新民", "白杨"))
            town = rng.choice(("红星", "前进", "河口", "马家", "双龙", "青山"))
            return f"{place}{town}乡{village}村{rng.randint(1, 12)}组{rng.randint(1, 90)}号"
        road = f"{rng.choice(('人民', '建设', '解放', '胜利', '长征'))}路{rng.randint(1, 300)}号"
        door = f"{rng.randint(1, 20)}栋{rng.randint(1, 4)}单元{rng.randint(1, 7)}0{rng.randint(1, 2)}室"
        return f"{place}{road}{door}"

    # --- households ------------------------------------------------------------------------------------------

    def _household(self, kind: str, local: bool) -> Household:
        household = Household(len(self.town.households), kind, -1, None, "owner" if local else "tenant", None)
        self.town.households.append(household)
        return household

    def _join(self, household: Household, person: Person, relation: str) -> Person:
        person.household, person.relation = household.index, relation
        household.members.append(person.index)
        return person

    def _head(
        self, low: int, high: int, kind: str, *, local_share: float = 0.72, sex: int = 0
    ) -> tuple[Household, Person, str]:
        rng = self.rng
        local = rng.random() < local_share
        area = self.area(local)
        household = self._household(kind, local)
        sex = sex or (1 if rng.random() < 0.72 else 2)
        parents: tuple[Person, Person | None] | None = None
        if local and low < 45 and self._grown and rng.random() < 0.7:
            parents = self._grown.pop(int(rng.random() * len(self._grown)))
            surname, nation = surname_of(parents[0].name), parents[0].nation
            birth = self._child_birth(parents[0], parents[1], low, high)
        else:
            surname, nation, birth = "", "", self.birth(low, high)
        head = self._join(household, self.person(sex, birth, area=area, surname=surname, nation=nation), "02")
        if parents:
            head.father, head.mother = parents[0].index, parents[1].index if parents[1] else -1
        if not local:
            household.origin = self.origin(area)
        return household, head, area

    def _child_birth(self, father: Person, mother: Person | None, low: int, high: int) -> date:
        oldest = max(father.birth, mother.birth if mother else father.birth) + timedelta(days=365 * 20)
        birth = self.birth(low, high)
        return (
            birth if birth > oldest else min(oldest + timedelta(days=int(self.rng.random() * 2000)), self.birth(19, 21))
        )

    def _couple(self, low: int, high: int, kind: str) -> tuple[Household, Person, Person, str]:
        rng = self.rng
        household, head, area = self._head(low, high, kind, sex=1 if rng.random() < 0.85 else 2)
        shift = int(rng.gauss(-550 if head.sex == 2 else 550, 900))
        limit = self.town.today - timedelta(days=365 * 22)
        birth = head.birth + timedelta(days=shift)
        if birth > limit:
            birth = limit - timedelta(days=int(rng.random() * 900))
        other_area = area if rng.random() < 0.6 else self.area(rng.random() < 0.8)
        spouse = self.person(3 - head.sex, birth, area=other_area, nation=head.nation if rng.random() < 0.85 else "")
        spouse.local = head.local
        self._join(household, spouse, "11" if spouse.sex == 1 else "12")
        head.marital = spouse.marital = "20" if rng.random() < 0.8 else "21" if rng.random() < 0.6 else "22"
        return household, head, spouse, area

    def _children(self, household: Household, father: Person, mother: Person | None, area: str, count: int) -> None:
        rng = self.rng
        younger = max(father.birth, mother.birth) if mother else father.birth
        first = younger + timedelta(days=int(365 * rng.uniform(21, 33)))
        surname = surname_of(father.name if father.sex == 1 or mother is None else mother.name)
        twins = count == 2 and rng.random() < 0.02
        for position in range(count):
            birth = first if twins else first + timedelta(days=int(position * 365 * rng.uniform(1.5, 5)))
            latest = self.town.today - timedelta(days=20 + 400 * (0 if twins else count - position))
            if birth > latest:  # the couple is too young for that: a child of the last years
                birth = max(latest - timedelta(days=int(rng.random() * 2600)), younger + timedelta(days=6600))
                first = birth if twins else first
            sex = 1 if rng.random() < 0.52 else 2
            child = self.person(sex, birth, area=area, surname=surname, nation=father.nation)
            child.local = father.local
            child.father, child.mother = father.index, mother.index if mother else -1
            if twins and position:
                twin = self.town.persons[-2]
                if len(twin.name) == 3 and len(child.name) == 3:
                    child.name = twin.name[:2] + child.name[2] if child.name[2] != twin.name[2] else child.name
            self._join(household, child, "20" if sex == 1 else "30")

    def _single_young(self) -> None:
        self._head(20, 38, "single", local_share=0.45)

    def _single_old(self) -> None:
        _, head, _ = self._head(62, 90, "single", local_share=0.95)
        head.marital = "30" if self.rng.random() < 0.8 else "40"
        if self.rng.random() < 0.5 and self.town.today.year - head.birth.year < 82:
            self._grown.append((head, None))

    def _couple_young(self) -> None:
        self._couple(23, 36, "couple")

    def _couple_middle(self) -> None:
        self._parents_of_grown(47, 62)

    def _couple_old(self) -> None:
        self._parents_of_grown(60, 86)

    def _parents_of_grown(self, low: int, high: int) -> None:
        _, head, spouse, _ = self._couple(low, high, "couple")
        if self.rng.random() < 0.6:
            self._grown.append((head, spouse) if head.sex == 1 else (spouse, head))

    def _family(self) -> None:
        self._parents_and_children(27, 50)

    def _grown_family(self) -> None:
        """Parents whose grown children still live with them."""
        self._parents_and_children(47, 60)

    def _parents_and_children(self, low: int, high: int) -> None:
        household, head, spouse, area = self._couple(low, high, "family")
        father, mother = (head, spouse) if head.sex == 1 else (spouse, head)
        count = 1 if self.rng.random() < 0.68 else 2 if self.rng.random() < 0.9 else 3
        self._children(household, father, mother, area, count)

    def _three_generations(self) -> None:
        household, head, spouse, area = self._couple(28, 48, "family")
        father, mother = (head, spouse) if head.sex == 1 else (spouse, head)
        self._children(household, father, mother, area, 1 if self.rng.random() < 0.6 else 2)
        surname = surname_of(head.name)
        for sex, relation in ((1, "51"), (2, "52")):
            if self.rng.random() < 0.8:
                birth = head.birth - timedelta(days=int(365 * self.rng.uniform(21, 32)))
                elder = self.person(sex, birth, area=area, surname=surname if sex == 1 else "", nation=head.nation)
                elder.local, elder.marital = head.local, "20"
                self._join(household, elder, relation)
                if sex == 1:
                    head.father = elder.index
                else:
                    head.mother = elder.index

    def _one_parent(self) -> None:
        household, head, area = self._head(28, 55, "one_parent", sex=2 if self.rng.random() < 0.7 else 1)
        head.marital = "40"
        self._children(household, head, None, area, 1)

    def _shared(self) -> None:
        """Several tenants in one flat (群租)."""
        self._strangers("shared", self.rng.randint(3, 7), "tenant")

    def _dormitory(self) -> None:
        self._strangers("dormitory", self.rng.randint(6, 12), "dormitory")

    def _strangers(self, kind: str, count: int, role: str) -> None:
        household, head, area = self._head(19, 45, kind, local_share=0.06)
        household.role = role
        for _ in range(count - 1):
            birth = self.birth(19, 45)
            other = area if self.rng.random() < 0.5 else self.area(False)
            person = self.person(head.sex if self.rng.random() < 0.8 else 3 - head.sex, birth, area=other)
            person.local = head.local
            self._join(household, person, "99")
