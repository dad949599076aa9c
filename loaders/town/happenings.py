"""What goes wrong in the town: complaints, disputes, incidents and cases, with the structures planted among them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random

from loaders.town.model import Dwelling, Happening, Organization, Town
from loaders.town.tables import Picker, rows

_DAYS = 730


class Plan:
    """Draws callers, neighbours and times; `categories` lie in `data/event_categories.csv`."""

    def __init__(self, town: Town, rng: Random) -> None:
        self.town, self.rng = town, rng
        table = rows("event_categories")
        self.categories = {
            feed: Picker((row, float(row["weight"])) for row in table if row["feed"] == feed)
            for feed in dict.fromkeys(row["feed"] for row in table)
        }
        self.callers = [
            p.index for p in town.persons
            if p.household >= 0 and p.phone and 18 <= (town.today - p.birth).days // 365 <= 82
        ]  # fmt: skip
        self.shops: dict[int, list[int]] = {}
        self.bodies: dict[str, list[int]] = {}
        for organization in town.organizations:
            if organization.kind in ("sole", "company") and organization.status == "存续":
                self.shops.setdefault(organization.community, []).append(organization.index)
            if organization.kind == "public":
                self.bodies.setdefault(organization.industry, []).append(organization.index)

    # --- pieces ----------------------------------------------------------------------------------------------

    def moment(self, first: date | None = None, days: int = _DAYS) -> datetime:
        """A time of day when people complain: evenings more than mornings, hardly at night."""
        rng = self.rng
        start = first or self.town.today - timedelta(days=days)
        day = start + timedelta(days=int(rng.random() * max(days - 1, 1)))
        hour = min(max(int(rng.gauss(15, 4.5)), 0), 23)
        return datetime.combine(day, time(hour, int(rng.random() * 60), int(rng.random() * 60)))

    def reported(self, at: datetime) -> datetime:
        latest = datetime.combine(self.town.today, time(0, 0)) - timedelta(minutes=1)
        draw = self.rng.random()
        delay = timedelta(minutes=self.rng.randint(2, 90)) if draw < 0.5 else timedelta(hours=self.rng.uniform(3, 90))
        return max(at, min(at + delay, latest)).replace(microsecond=0)

    def home(self, person: int) -> Dwelling:
        household = self.town.households[self.town.persons[person].household]
        return self.town.dwellings[household.dwelling]

    def adult(self, dwelling: Dwelling) -> int:
        """The head, or now and then another adult, of the household at that door; -1 where nobody lives."""
        if dwelling.household < 0:
            return -1
        members = self.town.households[dwelling.household].members
        other = members[int(self.rng.random() * len(members))]
        return other if (self.town.today - self.town.persons[other].birth).days > 7000 else members[0]

    def neighbour(self, dwelling: Dwelling, *, above: bool = False) -> int:
        """Somebody of the same building; `above`: of the floor above where possible. -1 where there is nobody."""
        town, rng = self.town, self.rng
        doors = town.compounds[dwelling.compound].dwellings
        place = dwelling.index - doors[0]
        near = [
            town.dwellings[i] for i in doors[max(0, place - 14) : place + 15]
            if i != dwelling.index and town.dwellings[i].household >= 0
            and town.dwellings[i].building == dwelling.building
        ]  # fmt: skip
        if above:
            same = [d for d in near if d.unit == dwelling.unit and d.floor == dwelling.floor + 1]
            near = [d for d in same if d.room[-1] == dwelling.room[-1]] or same or near
        return self.adult(near[int(rng.random() * len(near))]) if near else -1

    def event(self, feed: str, category: str, caller: int, at: datetime, home: Dwelling | None = None) -> Happening:
        dwelling = home or self.home(caller)
        compound = self.town.compounds[dwelling.compound]
        return Happening(
            feed, category, at, self.reported(at), compound.community, compound.index, dwelling.index, caller
        )

    def organization(self, wanted: str, caller: int, happening: Happening) -> int:
        """The organization that a complaint of this kind is about; -1 for none."""
        town, rng = self.town, self.rng
        if wanted == "property":
            return town.compounds[happening.compound].company
        if wanted == "employer":
            employer = town.persons[caller].employer
            return employer if employer >= 0 else rng.choice(self.shops.get(happening.community) or [-1])
        if wanted == "shop":
            shops = self.shops.get(happening.community) or next(iter(self.shops.values()), [-1])
            return rng.choice(shops)
        return rng.choice(self.bodies.get(wanted) or [-1])

    # --- the ordinary ----------------------------------------------------------------------------------------

    def ordinary(self, feed: str) -> Happening:
        """One happening for `feed` without a plan behind it."""
        rng = self.rng
        row = self.categories[feed].pick(rng)
        caller = self.callers[int(rng.random() * len(self.callers))]
        happening = self.event(feed, row["category"], caller, self.moment())
        target = row["target"]
        if target in ("neighbour", "above"):
            other = self.neighbour(self.town.dwellings[happening.dwelling], above=target == "above")
            if other >= 0:
                happening.others.append(("respondent", other))
        elif target == "stranger":
            happening.others.append(("respondent", self.callers[int(rng.random() * len(self.callers))]))
        elif target == "family":
            self._family(happening)
        elif target == "landlord":
            household = self.town.households[self.town.persons[caller].household]
            owner = self.town.dwellings[household.dwelling].owners[0]
            if owner != caller:
                happening.others.append(("respondent", owner))
        elif target:
            happening.organization = self.organization(target, caller, happening)
        if row["public"] == "1":
            happening.dwelling = -1
        if row["sums"]:
            low, high = (int(part) for part in row["sums"].split("-"))
            happening.amount = float(round(low * (high / low) ** rng.random(), -1 if low < 1000 else -2))
        return happening

    def _family(self, happening: Happening) -> None:
        members = self.town.households[self.town.persons[happening.caller].household].members
        others = [
            m for m in members if m != happening.caller and (self.town.today - self.town.persons[m].birth).days > 6600
        ]
        if others:
            happening.others.append(("respondent", others[0]))

    def company_of(self, happening: Happening) -> Organization | None:
        return self.town.organizations[happening.organization] if happening.organization >= 0 else None


def plan_happenings(town: Town, rng: Random) -> None:
    """Fill `town.happenings`, planted structures first, in the order of their reporting."""
    from loaders.town.structures import plant

    plan = Plan(town, rng)
    people = town.residents
    wanted = {
        "hotline_complaints": round(people * 0.06), "police_incidents": round(people * 0.03),
        "urban_cases": round(people * 0.03), "grid_mediations": max(6, round(people * 0.012)),
        "sensor_alarms": max(4, round(people * 0.01)),
    }  # fmt: skip
    town.happenings = plant(plan)
    planted = dict.fromkeys(wanted, 0)
    for happening in town.happenings:
        planted[happening.feed] += 1
    for feed, count in wanted.items():
        town.happenings.extend(plan.ordinary(feed) for _ in range(max(count - planted[feed], 2)))
    town.happenings.sort(key=lambda happening: happening.reported)
