"""Planted structures: feuds, a company with mass complaints, hot spots, cases passed back and forth."""

from __future__ import annotations

from datetime import timedelta

from loaders.town.happenings import Plan
from loaders.town.model import Dwelling, Happening, Structure

_FEUD = (
    ("hotline_complaints", "噪音扰民"), ("grid_mediations", "邻里纠纷"), ("hotline_complaints", "楼道堆物"),
    ("police_incidents", "邻里纠纷"), ("hotline_complaints", "邻里矛盾"), ("grid_mediations", "噪音纠纷"),
    ("police_incidents", "打架斗殴"), ("hotline_complaints", "渗漏水"),
)  # fmt: skip


def plant(plan: Plan) -> list[Happening]:
    """All planted happenings; their structures are appended to the town's list."""
    people = plan.town.residents
    found: list[Happening] = []
    for _ in range(max(2, people // 4000)):
        found += _feud(plan)
    for _ in range(max(1, people // 60_000)):
        found += _mass_complaints(plan, max(8, min(people // 450, 120)))
    for _ in range(max(1, people // 25_000)):
        found += _hot_spot(plan, max(6, min(people // 600, 45)))
    for _ in range(max(1, people // 8000)):
        found.append(_passed_around(plan))
    return found


def _structure(plan: Plan, kind: str, note: str) -> Structure:
    structure = Structure(len(plan.town.structures), kind, note)
    plan.town.structures.append(structure)
    return structure


def _span(structure: Structure, happenings: list[Happening]) -> list[Happening]:
    structure.start = min(h.at for h in happenings).date().isoformat()
    structure.end = max(h.at for h in happenings).date().isoformat()
    return happenings


def _feud(plan: Plan) -> list[Happening]:
    """Two neighbours who meet again and again over months, in three departments' files."""
    rng, town = plan.rng, plan.town
    one = other = -1
    for _ in range(400):
        one = rng.choice(plan.callers)
        other = plan.neighbour(plan.home(one), above=True)
        if other >= 0 and town.persons[other].phone and town.compounds[plan.home(one).compound].company >= 0:
            break
    structure = _structure(plan, "feud", "邻里反复纠纷")
    structure.persons = [town.persons[one].entity, town.persons[other].entity]
    structure.places = [plan.home(one).entity, plan.home(other).entity]
    first = town.today - timedelta(days=rng.randint(260, 640))
    found = []
    kinds = [_FEUD[0], _FEUD[1], _FEUD[3], *rng.sample(_FEUD[2:], rng.randint(1, 4))]
    for position, (feed, category) in enumerate(kinds):
        caller, against = (one, other) if rng.random() < 0.7 else (other, one)
        at = plan.moment(first + timedelta(days=position * rng.randint(22, 40)), 18)
        happening = plan.event(feed, category, caller, at)
        happening.others.append(("respondent", against))
        happening.structure = structure.index
        found.append(happening)
    return _span(structure, found)


def _mass_complaints(plan: Plan, count: int) -> list[Happening]:
    """Many households against one property company within half a year."""
    rng, town = plan.rng, plan.town
    homes: dict[int, list[Dwelling]] = {}
    for dwelling in town.dwellings:
        company = town.compounds[dwelling.compound].company
        if company >= 0 and dwelling.household >= 0:
            homes.setdefault(company, []).append(dwelling)
    taken = {o for s in town.structures for o in s.organizations}
    company = max((c for c in homes if town.organizations[c].entity not in taken), key=lambda c: (len(homes[c]), -c))
    structure = _structure(plan, "mass_complaints", "多户投诉同一物业公司")
    structure.organizations = [town.organizations[company].entity]
    first = town.today - timedelta(days=rng.randint(200, 420))
    found: list[Happening] = []
    for dwelling in rng.sample(homes[company], min(count, len(homes[company]))):
        caller = plan.adult(dwelling)
        category = rng.choice(("物业服务", "物业服务", "物业服务", "电梯故障", "停车管理"))
        feed = "grid_mediations" if rng.random() < 0.08 else "hotline_complaints"
        happening = plan.event(
            feed, "物业纠纷" if feed == "grid_mediations" else category, caller, plan.moment(first, 170)
        )
        happening.organization, happening.structure = company, structure.index
        structure.persons.append(town.persons[caller].entity)
        found.append(happening)
    return _span(structure, found)


def _hot_spot(plan: Plan, count: int) -> list[Happening]:
    """One kind of trouble around one compound within ten days."""
    rng, town = plan.rng, plan.town
    busy = [
        c for c in town.compounds if c.company >= 0 and sum(town.dwellings[d].household >= 0 for d in c.dwellings) > 20
    ]
    compound = rng.choice(busy)
    shops = plan.shops.get(compound.community) or [-1]
    shop = rng.choice(shops)
    category = rng.choice(("油烟扰民", "噪音扰民", "环境卫生", "供水供电"))
    structure = _structure(plan, "hot_spot", f"短期集中反映{category}")
    structure.places = [f"C{compound.index:05d}"]
    first = town.today - timedelta(days=rng.randint(40, 500))
    homes = [town.dwellings[d] for d in compound.dwellings if town.dwellings[d].household >= 0]
    found: list[Happening] = []
    for dwelling in rng.sample(homes, min(count, len(homes))):
        happening = plan.event("hotline_complaints", category, plan.adult(dwelling), plan.moment(first, 10))
        happening.structure = structure.index
        if category == "油烟扰民":
            happening.organization = shop
        found.append(happening)
    return _span(structure, found)


def _passed_around(plan: Plan) -> Happening:
    """A case that departments send back to one another; the writer of its feed plays out the steps."""
    rng = plan.rng
    feed = "urban_cases" if rng.random() < 0.5 else "hotline_complaints"
    category = "施工扰民" if feed == "urban_cases" else rng.choice(("违法建设", "油烟扰民", "停车管理"))
    structure = _structure(plan, "passed_around", "部门之间来回退派")
    first = plan.town.today - timedelta(days=rng.randint(90, 600))
    happening = plan.event(feed, category, rng.choice(plan.callers), plan.moment(first, 20))
    happening.structure = structure.index
    structure.persons = [plan.town.persons[happening.caller].entity] if feed == "hotline_complaints" else []
    structure.places = [f"C{happening.compound:05d}"]
    _span(structure, [happening])
    return happening
