"""Who lives where and since when, who owns what, and where people lived in the last five years."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from loaders.town.model import Dwelling, Household, Person, Spell, Town
from loaders.town.people import Population

HISTORY_DAYS = 5 * 365 + 1


def settle(town: Town, population: Population, rng: Random) -> None:
    """Give each household a dwelling, a history and a registered address, and each dwelling its owners."""
    order = list(range(len(town.dwellings)))
    rng.shuffle(order)
    for household, place in zip(town.households, order, strict=False):
        dwelling = town.dwellings[place]
        household.dwelling, dwelling.household = place, household.index
        if household.role == "owner" and rng.random() < 0.13:
            household.role = "tenant"
        elif household.role == "tenant" and household.kind in ("couple", "family") and rng.random() < 0.3:
            household.role = "owner"
        elif household.role == "tenant" and rng.random() < 0.05:
            household.role = "guest"
        _since(town, household, dwelling, rng)
        dwelling.free_until = household.since or date.min
    _former_homes(town, rng)
    _owners(town, population, rng)
    _registered(town, rng)


def _since(town: Town, household: Household, dwelling: Dwelling, rng: Random) -> None:
    head = town.persons[household.members[0]]
    grown = head.birth + timedelta(days=365 * 19)
    recent = 0.13 if household.role == "owner" else 0.72
    if rng.random() < recent:
        household.since = town.today - timedelta(days=rng.randint(15, HISTORY_DAYS))
    else:
        earliest = max(grown, dwelling.bought or grown)
        span = max((town.today - earliest).days - HISTORY_DAYS, 1)
        household.since = min(earliest + timedelta(days=int(rng.random() * span)), town.today - timedelta(days=15))
    if household.role != "owner":
        household.since = max(household.since, town.today - timedelta(days=3600))
    household.since = max(household.since, grown)


def _former_homes(town: Town, rng: Random) -> None:
    """Earlier residences back to five years ago; nobody else is known to have lived there at that time."""
    begin = town.today - timedelta(days=HISTORY_DAYS)
    total = len(town.dwellings)
    for household in town.households:
        until = household.since
        if until is None or until <= begin:
            continue
        role = "tenant" if rng.random() < 0.6 else "owner"
        while until > begin and len(household.former) < 3 and rng.random() < 0.75:
            start = until - timedelta(days=rng.randint(150, 1400))
            place = next(
                (d for _ in range(12) if (d := int(rng.random() * total)) != household.dwelling
                 and town.dwellings[d].free_until >= until),
                None,
            )  # fmt: skip
            if place is None:
                break
            town.dwellings[place].free_until = start
            household.former.append(Spell(place, start, until, role))
            until, role = start, "tenant"


def _owners(town: Town, population: Population, rng: Random) -> None:
    landlords = [h for h in town.households if h.role == "owner"]
    for dwelling in town.dwellings:
        household = town.households[dwelling.household] if dwelling.household >= 0 else None
        if household and household.role == "owner":
            dwelling.owners = _couple_or_head(town, household, rng)
            if household.since and (town.today - household.since).days < HISTORY_DAYS:
                dwelling.bought = dwelling.sold = household.since
                dwelling.former_owners = (_other_owner(town, population, landlords, rng),)
            elif household.since and dwelling.bought and household.since > dwelling.bought:
                dwelling.bought = household.since
            continue
        owner = _other_owner(town, population, landlords, rng)
        dwelling.owners = (owner,)
        if rng.random() < 0.05:
            dwelling.bought = dwelling.sold = town.today - timedelta(days=rng.randint(30, HISTORY_DAYS))
            dwelling.former_owners = (_other_owner(town, population, landlords, rng),)
        adult = town.persons[owner].birth + timedelta(days=365 * 19)
        dwelling.bought = max(dwelling.bought or adult, adult)
    for household in town.households:  # whoever left an own home sold it on the day of the move
        for spell in household.former:
            dwelling = town.dwellings[spell.dwelling]
            if spell.role == "owner" and not dwelling.former_owners and household.members[0] not in dwelling.owners:
                dwelling.former_owners, dwelling.sold, dwelling.bought = (household.members[0],), spell.end, spell.end
            elif spell.role == "owner":
                spell.role = "tenant"


def _couple_or_head(town: Town, household: Household, rng: Random) -> tuple[int, ...]:
    members = household.members
    if len(members) > 1 and town.persons[members[1]].relation in ("11", "12") and rng.random() < 0.4:
        return (members[0], members[1])
    return (members[0],)


def _other_owner(town: Town, population: Population, landlords: list[Household], rng: Random) -> int:
    """A resident who owns another home, or (one in six) somebody who lives elsewhere."""
    if landlords and rng.random() > 0.16:
        return landlords[int(rng.random() * len(landlords))].members[0]
    return outsider(population, rng).index


def outsider(population: Population, rng: Random) -> Person:
    """An adult who lives outside the town; no household, no row in the population register."""
    area = population.area(rng.random() < 0.5)
    person = population.person(1 if rng.random() < 0.6 else 2, population.birth(25, 68), area=area)
    person.local, person.old_phone, person.former_name = False, "", ""
    return person


def _registered(town: Town, rng: Random) -> None:
    total = len(town.dwellings)
    for household in town.households:
        if household.origin:
            continue
        since = household.since or town.today
        if household.role == "owner" and rng.random() < 0.85:
            household.registered = household.dwelling
            household.settled = since
        else:  # 人户分离: registered at an old home or with relatives
            former = household.former[-1].dwelling if household.former and rng.random() < 0.5 else -1
            household.registered = former if former >= 0 else int(rng.random() * total)
            household.settled = since - timedelta(days=rng.randint(400, 6000))
