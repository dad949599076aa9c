"""What is true between people, dwellings and organizations, for the truth folder."""

from __future__ import annotations

from datetime import date

import orjson

from loaders.town.addresses import Addresses
from loaders.town.model import Town
from loaders.town.truth import Truth


def write_relations(town: Town, truth: Truth) -> None:
    """The `relations` table: dates are ISO text, an open end is null."""

    def add(type_: str, source: str, target: str, start: date | None, end: date | None = None, **props: str) -> None:
        truth.add(
            "relations", type_, source, target, start.isoformat() if start else None, end.isoformat() if end else None,
            orjson.dumps(props).decode(),
        )  # fmt: skip

    dwellings, persons = town.dwellings, town.persons
    for household in town.households:
        home = dwellings[household.dwelling]
        if household.role == "tenant":
            add("RENTS", persons[household.members[0]].entity, home.entity, household.since)
        for index in household.members:
            person = persons[index]
            role = (
                "family"
                if person.relation not in ("02", "99") and household.role in ("owner", "tenant")
                else household.role
            )
            since = max(household.since, person.birth) if household.since else None
            add("LIVES_IN", person.entity, home.entity, since, role=role)
            settled = max(household.settled, person.birth) if household.settled else None
            add("MEMBER_OF", person.entity, household.entity, settled, relation_to_head=person.relation)
            if household.registered >= 0 and person.local:
                add("REGISTERED_AT", person.entity, dwellings[household.registered].entity, settled)
            for spell in household.former:
                if person.birth < spell.end:
                    start = max(spell.start, person.birth)
                    add("LIVES_IN", person.entity, dwellings[spell.dwelling].entity, start, spell.end, role=spell.role)
    for person in persons:
        for parent, kind in ((person.father, "father"), (person.mother, "mother")):
            if parent >= 0:
                add("KIN", persons[parent].entity, person.entity, None, kind=kind)
    for dwelling in dwellings:
        for owner in dwelling.owners:
            add("OWNS", persons[owner].entity, dwelling.entity, dwelling.bought)
        for owner in dwelling.former_owners:
            add("OWNS", persons[owner].entity, dwelling.entity, None, dwelling.sold)
    for job in town.jobs:
        add("WORKS_AT", persons[job.person].entity, town.organizations[job.organization].entity, job.start, job.end)
    for organization in town.organizations:
        add("LEGAL_REPRESENTATIVE_OF", persons[organization.legal].entity, organization.entity, organization.appointed)


def write_entities(town: Town, truth: Truth, addresses: Addresses) -> None:
    """The true attributes of every person, dwelling, household and organization."""
    for person in town.persons:
        household = town.households[person.household] if person.household >= 0 else None
        truth.add(
            "people", person.entity, person.name, person.former_name, str(person.sex), person.birth.isoformat(),
            person.citizen_id, person.nation, person.phone, person.old_phone, household.entity if household else "",
            town.dwellings[household.dwelling].entity if household else "", "1" if household else "0",
        )  # fmt: skip
    for dwelling in town.dwellings:
        compound = town.compounds[dwelling.compound]
        truth.add(
            "dwellings", dwelling.entity, addresses.standard(dwelling), town.communities[compound.community].code,
            compound.name or compound.road + compound.road_no, dwelling.building, dwelling.unit, dwelling.room,
            dwelling.property_no, dwelling.grid,
        )  # fmt: skip
    for home in town.households:
        truth.add(
            "households", home.entity, home.number, home.kind, town.dwellings[home.dwelling].entity, home.role,
            home.since.isoformat() if home.since else None,
        )  # fmt: skip
    for organization in town.organizations:
        truth.add(
            "organizations", organization.entity, organization.name, organization.uscc, organization.kind,
            organization.address, town.persons[organization.legal].entity,
        )  # fmt: skip
