"""Facts that a grid worker at the door or an application confirms or corrects: one field, or one relation.

What is stated becomes a record or a relation of a source of its own, tied to the entity by a judgement that binds every
later run, and takes the way of everything else: resolved, made golden, linked. Nobody states what he may not see.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from core.catalogue import KINDS, Field, Level
from core.catalogue.links import Link, links_of
from core.errors import ChangeInvalid, ChangeRefused, PurposeRequired
from core.values import StandardAddress
from governance.access import AccessContext, Visibility, visibility
from resolution.kinds import EXACT_KEYS
from services.app import App
from services.claims import Claim, claims_of
from services.days import asked_day
from services.fact_rows import (
    Stated,
    anchor,
    parsed,
    state_relation,
    state_values,
    stated_before,
    stated_now,
)
from services.lookup import ids_by_key
from services.record_values import entity_members
from services.requests import RESOLVES, Content
from services.subjects import Subject, subject_of

_STATED: Final = frozenset(
    {"LIVES_IN", "REGISTERED_AT", "OWNS", "RENTS", "MEMBER_OF", "WORKS_AT", "LEGAL_REPRESENTATIVE_OF", "LOCATED_AT"}
)
_OF_ONE: Final = frozenset({("person", "citizen_id"), ("organization", "uscc")})
_HOME: Final = ("person", "address")  # where a person lives is said by a relation, too


def state_field(app: App, context: AccessContext, token: str, content: Content) -> dict[str, Any]:
    """`id`, `field`, `value` (None: the value that counts now is right), `why`. Returns the ids and the field.

    Raises `EntityUnknown`, `ChangeInvalid`, `ChangeRefused`, `PurposeRequired`, `AccessDenied`.
    """
    stated = stated_now(context, token, content["why"])
    about = subject_of(app, context, content["id"])
    field = _field(about.kind, content["field"])
    _may_see(context, field, about)
    with app.writing():
        before = _chosen(app, context, about.id, field.name)
        if content["value"] is None and before is None:
            raise ChangeRefused(f"“{field.label}”现在没有值，没有什么可以确认", remedy="请用 correctFact 给出值。")
        text = content["value"] if content["value"] is not None else before.value if before else ""
        value, flags = parsed(about.kind, field.name, text)
        _own(app, about, field, text, flags)
        values = {field.name: value} | _key_of(app, context, about)
        app.audit.record(context, "fact.state", [about.id])
        record_id = state_values(
            app, stated, about.kind, about.id, field.name, values, flags,
            tied_to=anchor(app, about.kind, about.records), minor=about.minor,
        )  # fmt: skip
        moved = (about.kind, field.name) == _HOME and _move(app, stated, about, record_id, str(value), flags)
        after = _chosen(app, context, about.id, field.name)
    told = {"id": about.id, "field": field.name, "record": record_id, RESOLVES: moved}
    return told | {
        name: _kept(app, field, record_id, claim.value) if claim else None
        for name, claim in (("before", before), ("after", after))
    }


def state_link(app: App, context: AccessContext, token: str, content: Content) -> dict[str, Any]:
    """`id`, `link` (such as livesIn), `other`, `holds`, `day` (ISO, or None), `why`: that it holds, since a day where
    that is known; or that it holds no longer, since a day (today). Returns the ids and the link.

    Raises as `state_field`.
    """
    stated = stated_now(context, token, content["why"])
    near = subject_of(app, context, content["id"])
    link = _link(near, content["link"])
    far = subject_of(app, context, content["other"])
    if far.label not in link.targets:
        raise ChangeInvalid(f"other：{link.label}不能是“{KINDS[far.kind].label}”")
    day = asked_day(app, date.fromisoformat(content["day"]) if content["day"] else None)
    start, end = (far, near) if link.reverse else (near, far)
    with app.writing():
        since = date.fromisoformat(content["day"]) if content["day"] else None
        until = None
        if not content["holds"]:
            found = _standing(app, link.type, start, end)
            if not found:
                raise ChangeRefused("图里现在没有这个关系", remedy="请先查看对象现在的关系。")
            since, until = found[0], max(day, stated.at.date()) if not content["day"] else day
            if since is not None and until < since:
                raise ChangeInvalid(f"until：早于这个关系的起始日期 {since}")
        app.audit.record(context, "fact.state", [near.id, far.id])
        records = (anchor(app, start.kind, start.records, filed=False), anchor(app, end.kind, end.records, filed=False))
        state_relation(app, stated, link.type, (start.id, end.id), records, since, until)
        if link.type == "LIVES_IN" and content["holds"]:
            _address_of(app, stated, start, end, records[0])
    return {"id": near.id, "other": far.id, "link": link.name}


def _address_of(app: App, stated: Stated, person: Subject, dwelling: Subject, tied_to: str) -> None:
    """Who lives somewhere has that address."""
    rows = app.store.read("MATCH (d:Dwelling {id: $id}) RETURN d.address AS address", id=dwelling.id)
    if rows and rows[0]["address"]:
        value, flags = parsed("person", "address", rows[0]["address"])
        state_values(
            app, stated, "person", person.id, "address", {"address": value}, flags,
            tied_to=tied_to, minor=person.minor,
        )  # fmt: skip


def change_of(app: App, context: AccessContext, told: Content) -> tuple[str | None, str | None]:
    """The values that counted before and after a fact of a field was stated, for a reader who may see them.

    Those of that time: what has been stated since changes nothing in the answer to a request that is sent again.
    """
    about = subject_of(app, context, told["id"])
    field = _field(about.kind, told["field"])
    _may_see(context, field, about)

    def opened(name: str) -> str | None:
        kept = told.get(name)
        return kept and app.vault.open(base64.b64decode(kept), field=field.name, owner=told["record"])

    return opened("before"), opened("after")


def _field(kind: str, name: str) -> Field:
    declared = KINDS[kind]
    if name not in declared.field_names or name == EXACT_KEYS.get(kind):
        known = "、".join(each for each in declared.field_names if each != EXACT_KEYS.get(kind))
        raise ChangeInvalid(f"field：{declared.label}没有这一项，或它不能核实", remedy=f"可以写：{known}")
    return declared.field(name)


def _link(near: Subject, name: str) -> Link:
    known = {one.name: one for one in links_of(near.label).values() if one.type in _STATED}
    if name not in known:
        raise ChangeInvalid(
            f"link：{KINDS[near.kind].label}没有这种关系，或它不能核实",
            remedy=f"可以写：{'、'.join(known)}",
        )
    return known[name]


def _may_see(context: AccessContext, field: Field, about: Subject) -> None:
    level = max(field.level, Level.SENSITIVE) if about.minor and field.sealed_for_minors else field.level
    if visibility(context, level) is not Visibility.CLEAR:
        raise PurposeRequired(f"核实“{field.label}”须说明用途")


def _chosen(app: App, context: AccessContext, entity_id: str, field: str) -> Claim | None:
    told = claims_of(app, context, entity_id, fields=[field])
    return next((claim for claim in told if claim.chosen), None)


def _key_of(app: App, context: AccessContext, about: Subject) -> dict[str, str]:
    """The register's own number, of a kind that resolves by it."""
    name = EXACT_KEYS.get(about.kind)
    number = _chosen(app, context, about.id, name) if name else None
    return {name: number.value} if name and number else {}


def _kept(app: App, field: Field, owner: str, value: str) -> str:
    return base64.b64encode(app.vault.seal(value, field=field.name, owner=owner)).decode()


def _own(app: App, about: Subject, field: Field, text: str, flags: Sequence[str]) -> None:
    """Raises `ChangeRefused` for a number that only one can have and another has, `ChangeInvalid` for a broken one."""
    if (about.kind, field.name) not in _OF_ONE:
        return
    if flags:
        raise ChangeInvalid(f"{field.name}（{field.label}）：号码不完整，或校验不符")
    if set(ids_by_key(app, about.kind, field.name, text)) - {about.id}:
        raise ChangeRefused(
            f"这个{field.label}已登记在另一个对象名下", remedy="请核对号码；若两者是同一个，请数据专员用 judge 判定。"
        )


def _move(app: App, stated: Stated, about: Subject, record_id: str, address: str, flags: list[str]) -> bool:
    """A home of its own for an address that leads to a door; that the person lives there, and nowhere else any more.

    False for an address that leads to none.
    """
    told = StandardAddress.parse(address)
    door = told.dwelling_key
    known = _dwelling(app, door) if door else None
    if not door or (known is None and not told.room):
        return False
    for other_id, other_door, since in _homes(app, about):
        if other_door != door:
            kind, living, records = entity_members(app, other_id)
            ends = (record_id, anchor(app, kind, records, filed=False))
            state_relation(app, stated, "LIVES_IN", (about.id, living), ends, since, stated.at.date())
    home = state_values(
        app, stated, "dwelling", about.id, "address", {"address": known.address if known else address}, flags,
        tied_to=None, minor=False, part="/home",
    )  # fmt: skip
    state_relation(app, stated, "LIVES_IN", (about.id, "home"), (record_id, home), None, None)
    if known and stated_before(app, stated, "LIVES_IN", (about.id, known.id)):
        # What was said to have ended goes on.
        kind, living, records = entity_members(app, known.id)
        state_relation(
            app,
            stated,
            "LIVES_IN",
            (about.id, living),
            (record_id, anchor(app, kind, records, filed=False)),
            None,
            None,
        )
    return True


class _Door(NamedTuple):
    """A dwelling that the graph knows, and how its address is written there."""

    id: str
    address: str


def _dwelling(app: App, door: str) -> _Door | None:
    rows = app.store.read(
        "MATCH (d:Dwelling {dwelling_key: $door}) RETURN d.id AS id, d.address AS address ORDER BY id LIMIT 1",
        door=door,
    )
    return _Door(rows[0]["id"], rows[0]["address"]) if rows and rows[0]["address"] else None


def _homes(app: App, about: Subject) -> list[tuple[str, str | None, date | None]]:
    """Where a person lives now: the dwelling's id and key, and since when."""
    rows = app.store.read(
        "MATCH (:Person {id: $id})-[r:LIVES_IN]->(d:Dwelling) WHERE r.valid_to IS NULL "
        "RETURN d.id AS id, d.dwelling_key AS door, r.valid_from AS since ORDER BY id",
        id=about.id,
    )
    return [(row["id"], row["door"], _day(row["since"])) for row in rows]


def _day(value: Any) -> date | None:
    return None if value is None else date.fromisoformat(str(value)[:10])


def _standing(app: App, kind: str, start: Subject, end: Subject) -> list[date | None]:
    """The beginning of the relation that holds between two entities; nothing where none does."""
    rows = app.store.read(
        f"MATCH (a:{start.label} {{id: $a}})-[r:{kind}]->(b:{end.label} {{id: $b}}) WHERE r.valid_to IS NULL "
        "RETURN r.valid_from AS since ORDER BY since",
        a=start.id,
        b=end.id,
    )
    return [_day(row["since"]) for row in rows[:1]]
