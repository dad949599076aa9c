"""Companies, shops, schools and their legal representatives; employment and its history."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from loaders.town.homes import HISTORY_DAYS, outsider
from loaders.town.identifiers import Identifiers
from loaders.town.model import Community, Job, Organization, Town
from loaders.town.people import Population
from loaders.town.places import CITY
from loaders.town.tables import Picker, parts, rows

_COMPOUNDS_OF_A_COMPANY = 4
_CHANNELS = ("澜江市", "澜江", "青枫区", "云泽", "临湖区")


class _Makers:
    def __init__(self, town: Town, population: Population, identifiers: Identifiers, rng: Random) -> None:
        self.town, self.population, self.ids, self.rng = town, population, identifiers, rng
        self.trades = Picker((row, float(row["weight"])) for row in rows("trades"))
        self.words = parts("trade_names")
        self.used: set[str] = set()
        self.adults = [
            p.index for p in town.persons if p.household >= 0 and 24 <= (town.today - p.birth).days // 365 <= 68
        ]

    def trade_name(self) -> str:
        rng, words = self.rng, self.words
        while True:
            name = rng.choice(words["first"]) + rng.choice(words["second"])
            if rng.random() < 0.35:
                name += rng.choice(words["third"])
            if name[0] != name[1]:
                return name

    def shop(self) -> Organization:
        rng = self.rng
        trade = self.trades.pick(rng)
        sole = rng.random() < float(trade["sole_share"])
        community = rng.choice(self.town.communities)
        legal = rng.choice(self.adults) if rng.random() > 0.14 else outsider(self.population, rng).index
        activity = rng.choice(trade["trade"].split("|"))
        forms = trade["form"].split("|")
        form = rng.choice(forms) if not sole else rng.choice((forms[0], "")) if "公司" not in forms[0] else "工作室"
        for attempt in range(30):
            if sole and rng.random() < 0.3:
                name = self.town.persons[legal].name
                word = rng.choice(("老", "小", "阿")) + name[rng.choice((0, -1))] + ("记" if rng.random() < 0.3 else "")
            else:
                word = self.trade_name() + (rng.choice(self.words["first"]) if attempt > 15 else "")
            region = community.county if sole else rng.choice(_CHANNELS)
            full = f"{region}{word}{activity}{form}"
            if full not in self.used:
                break
        return self._make(
            full, word + activity, word + activity + form, "sole" if sole else "company", trade["industry"], community,
            legal, max(1, int(rng.paretovariate(1.3) * int(trade["size"]) * 0.5)),
        )  # fmt: skip

    def _make(
        self, full: str, short: str, bare: str, kind: str, industry: str, community: Community, legal: int, size: int
    ) -> Organization:
        rng, town = self.rng, self.town
        self.used.add(full)
        founded = town.today - timedelta(days=int(60 + rng.random() ** 1.6 * 8000))
        road = town.compounds[rng.choice(community.compounds)].road
        address = f"{community.county}{community.street}{road}{rng.randint(1, 480)}号" + (
            f"{rng.randint(1, 3)}层{rng.randint(101, 128)}" if rng.random() < 0.3 else ""
        )
        status = (
            "存续" if rng.random() < 0.87 or kind in ("property", "public") else rng.choice(("注销", "吊销", "迁出"))
        )
        phone = town.persons[legal].phone if kind == "sole" else self.ids.landline()
        code = self.ids.uscc(community.county_code, kind == "sole")
        organization = Organization(
            len(town.organizations), full, short, bare, kind, code, industry, address, community.index,
            phone or self.ids.mobile(), founded, status, size, legal,
        )  # fmt: skip
        organization.appointed = (
            founded if rng.random() < 0.7 else founded + timedelta(days=int(rng.random() * (town.today - founded).days))
        )
        town.organizations.append(organization)
        return organization

    def property_companies(self) -> None:
        rng, town = self.rng, self.town
        managed = [c for c in town.compounds if c.kind in ("old", "slab", "tower")]
        count = max(2, len(managed) // _COMPOUNDS_OF_A_COMPANY)
        companies = []
        for _ in range(count):
            word = self.trade_name()
            while f"{CITY}{word}物业管理有限公司" in self.used:
                word = self.trade_name()
            tail = rng.choice(("物业管理有限公司", "物业服务有限公司", "物业有限公司"))
            legal = rng.choice(self.adults)
            company = self._make(
                f"{CITY}{word}{tail}", f"{word}物业", word + tail, "property", "物业管理",
                rng.choice(town.communities), legal, 30,
            )  # fmt: skip
            companies.append(company.index)
        for position, compound in enumerate(managed):
            compound.company = companies[position % count] if position < count else rng.choice(companies)

    def public_bodies(self) -> None:
        town, rng = self.town, self.rng
        streets = {place.street_code: place for place in town.communities}
        counties = {place.county_code: place for place in town.communities}
        for row in rows("public_bodies"):
            template = row["name"]
            places = (
                list(streets.values()) if "{street}" in template
                else list(counties.values()) if "{county}" in template else [town.communities[0]]
            )  # fmt: skip
            for place in places:
                name = template.format(street=place.street, county=place.county, city=CITY)
                short = name.replace(CITY, "")
                self._make(
                    name, short, short, "public", row["industry"], place, rng.choice(self.adults), int(row["size"])
                )


def build_organizations(town: Town, population: Population, identifiers: Identifiers, count: int, rng: Random) -> None:
    """About `count` organizations; property companies get their compounds."""
    makers = _Makers(town, population, identifiers, rng)
    makers.property_companies()
    makers.public_bodies()
    while len(town.organizations) < count:
        makers.shop()


def employ(town: Town, rng: Random) -> None:
    """Jobs of residents of working age, with those they left in the last five years."""
    pool = [o for o in town.organizations if o.status == "存续"]
    picker = Picker((o.index, float(o.size)) for o in pool)
    begin = town.today - timedelta(days=HISTORY_DAYS)
    for person in town.persons:
        age = (town.today - person.birth).days // 365
        if person.household < 0 or not 19 <= age <= 59 or rng.random() > 0.66:
            continue
        start = (
            begin + timedelta(days=int(rng.random() * HISTORY_DAYS))
            if rng.random() < 0.45
            else _earlier(person.birth, begin, rng)
        )
        employer = picker.pick(rng)
        organization = town.organizations[employer]
        start = min(max(start, organization.founded, person.birth + timedelta(days=365 * 18 + 5)), town.today)
        end = None if rng.random() < 0.93 else min(start + timedelta(days=rng.randint(60, 900)), town.today)
        town.jobs.append(Job(person.index, employer, start, end))
        person.employer = employer if end is None else -1
        if start > begin and rng.random() < 0.5:
            former = picker.pick(rng)
            left = start - timedelta(days=rng.randint(5, 200))
            joined = max(left - timedelta(days=rng.randint(90, 1500)), person.birth + timedelta(days=365 * 18 + 5))
            if former != employer and joined < left:
                town.jobs.append(Job(person.index, former, joined, left))


def _earlier(birth: date, begin: date, rng: Random) -> date:
    first = birth + timedelta(days=365 * 20)
    return first + timedelta(days=int(rng.random() * max((begin - first).days, 1)))
