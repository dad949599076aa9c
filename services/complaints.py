"""A complaint taken in with the form that a person confirmed: what he said counts, and what he left open is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, Final

from core.catalogue.links import PLACES
from core.clock import local_now
from core.errors import ChangeInvalid, EntityUnknown
from core.values import InvalidValue, shown_id, value_type
from governance.access import AccessContext
from nlp.reading import Reading
from nlp.tables import taxonomy
from services import burden, corrections, receipts
from services.app import App
from services.complaint_form import URGENCY_LABELS, ComplaintForm, FormParty, filled_form, told_at
from services.confirmed import SEPARATOR, Told, ToldParty, weigh
from services.confirmed import corrections as differences
from services.intake import Tie, happened_at, may_report, party_of, take_in
from services.lookup import views
from services.place_paths import place_path
from services.requests import RESOLVES, Act, Content
from services.subjects import subject_of

CHANNELS: Final[Mapping[str, str]] = {
    "phone": "电话", "app": "应用", "web": "网站", "counter": "窗口", "grid": "网格", "other": "其他",
}  # fmt: skip
ROLES: Final = frozenset({"complainant", "respondent", "victim", "mediator", "witness"})
_MOST_PARTIES: Final = 20
_PREFIX: Final = {"bld": "Building", "cmp": "Compound", "com": "Community", "str": "Street"}
_ABOVE: Final = tuple(label for label in reversed(PLACES) if label != "Grid")  # the highest first, as addresses go


def submitting(receipt: str) -> Act:
    """The change that takes in one complaint and gives it `receipt`, which is nowhere in what it tells.

    Its content: `text`, `at` (ISO), `caller` (id, name, phone), `channel`, `form` (see `_told`). It tells the event's
    id and the burden of the form. Raises as `intake.take_in` and `complaint_form.read_complaint` do, `EntityUnknown`
    for a party or a place that the reader may not see, `ChangeInvalid` for what is none.
    """

    def submit_complaint(app: App, context: AccessContext, token: str, content: Content) -> dict[str, Any]:
        return _submit(app, context, token, content, receipt)

    return submit_complaint


def _submit(app: App, context: AccessContext, token: str, content: Content, receipt: str) -> dict[str, Any]:
    may_report(context)
    moment = told_at(datetime.fromisoformat(content["at"]) if content["at"] else None)
    caller: Mapping[str, Any] = content["caller"] or {}
    if caller.get("id") and (caller.get("name") or caller.get("phone")):
        raise ChangeInvalid("caller：编号与姓名、电话只写一种", remedy="已知来电人的编号时只写编号。")
    text = _as_kept(content["text"])
    form, reading, _, _ = filled_form(app, context, text, moment, caller)
    told = _told(content["form"] or {}, moment)
    told = replace(told, parties=_complete(told, form, reading))
    place, ties = _place(app, context, told)
    ties += _ties(app, context, caller, told)
    weighed = weigh(form, told)
    row = {
        "kind": "complaint",
        "text": text,
        "category": taxonomy()[told.category].name if told.category else None,
        "place": place,
        "occurredAt": time.isoformat(timespec="seconds") if (time := told.time or form.time) else None,
        "reportedAt": moment.isoformat(timespec="seconds"),
        "complainantName": caller.get("name"),
        "complainantPhone": caller.get("phone"),
        "channel": content["channel"],
        "department": told.department or _department(told, form),
        "urgency": told.urgency,
        "confirmed": SEPARATOR.join(told.fields) or None,
        "parties": [_item(one) for one in told.parties or () if one.id is None and (one.name or one.phone)] or None,
    }
    with app.writing():
        event_id, resolves = take_in(app, context, token, row, ties)
        receipts.keep(app, event_id, receipt)
        now = local_now()
        burden.keep(app, token, event_id, content["channel"], now, weighed)
        corrections.keep(app, token, event_id, now, differences(text, form, replace(told, place=place), weighed))
    return {"event": event_id, "burden": asdict(burden.counts(weighed)), RESOLVES: resolves}


def _department(told: Told, form: ComplaintForm) -> str | None:
    """That of the category, where a person or the reader is sure of it; a guess sends a matter nowhere."""
    if told.category:
        return taxonomy()[told.category].department
    return form.category.department if form.category else None


def _as_kept(text: str) -> str:
    """The text as the lake keeps it: offsets of corrections are those of this one. What is none is refused later on."""
    try:
        return value_type("narrative").parse(text).text
    except InvalidValue:
        return text


def _told(form: Mapping[str, Any], moment: datetime) -> Told:
    """`category`, `place`, `place_id`, `time` (ISO), `urgency`, `department`, `parties` (role, kind, id, name, phone,
    index); None for what the person did not look at. Raises `ChangeInvalid`.
    """
    category, urgency = form.get("category"), form.get("urgency")
    known = taxonomy().get(category) if category else None
    if category and (known is None or not known.valid_on(moment.date())):
        raise ChangeInvalid(
            "form.category：没有这个事项分类", remedy="请从 readComplaint 的 categories 或分类表中选取代码。"
        )
    if urgency and urgency not in URGENCY_LABELS:
        raise ChangeInvalid("form.urgency：没有这种紧急程度")
    if form.get("place") and form.get("place_id"):
        raise ChangeInvalid("form.placeId：不能与 place 同时给出", remedy="已知地点的编号时只写编号。")
    parties = form.get("parties")
    if parties is not None and len(parties) > _MOST_PARTIES:
        raise ChangeInvalid(f"form.parties：超过 {_MOST_PARTIES} 方")
    return Told(
        category=category,
        place=(form.get("place") or "").strip() or None,
        place_id=form.get("place_id"),
        time=happened_at(form.get("time"), moment, "form.time"),
        urgency=urgency,
        department=(form.get("department") or "").strip() or None,
        parties=None if parties is None else tuple(_party(number, one) for number, one in enumerate(parties)),
    )


def _party(number: int, told: Mapping[str, Any]) -> ToldParty:
    role = told.get("role")
    if role is None and told.get("index") is None:
        raise ChangeInvalid(f"form.parties.{number}.role：没有写角色", remedy="只有照 index 确认时可以不写。")
    if role is not None and role not in ROLES:
        raise ChangeInvalid(f"form.parties.{number}.role：没有这种角色")
    if told.get("id") and (told.get("name") or told.get("phone")):
        raise ChangeInvalid(f"form.parties.{number}：编号与姓名、电话只写一种", remedy="已知当事人的编号时只写编号。")
    if told.get("index") is None and not (told.get("id") or told.get("name") or told.get("phone")):
        raise ChangeInvalid(f"form.parties.{number}：没有写是谁", remedy="请写编号、姓名、电话，或解读给出的 index。")
    kind = told.get("kind") or "person"
    return ToldParty(role or "", kind, told.get("id"), told.get("name"), told.get("phone"), told.get("index"))


def _complete(told: Told, form: ComplaintForm, reading: Reading) -> tuple[ToldParty, ...] | None:
    """Parties named by their number alone are as the reader has them, with the phone that the form showed masked."""
    if told.parties is None:
        return None
    made = []
    for number, one in enumerate(told.parties):
        if one.index is not None and not 0 <= one.index < len(form.parties):
            raise ChangeInvalid(f"form.parties.{number}.index：解读没有这一方", remedy="请先用 readComplaint 核对。")
        if one.index is None:
            made.append(one)
            continue
        named = one.id or one.name or one.phone
        meant = _as_read(number, one, form.parties[one.index], kind=not named)
        node, said = form.parties[one.index].node, reading.parties[one.index]
        if named:
            made.append(meant)
        elif node:
            made.append(replace(meant, id=node.id))
        else:
            made.append(replace(meant, name=said.name or said.org, phone=said.phone))
    return tuple(made)


def _as_read(number: int, told: ToldParty, party: FormParty, *, kind: bool) -> ToldParty:
    """The role that was read where none is told, and with `kind` also whether it is a person or an organization.

    Raises `ChangeInvalid` for an agency, which has no role of its own in a matter.
    """
    role = told.role or party.role
    if role not in ROLES:
        raise ChangeInvalid(
            f"form.parties.{number}.role：读出的这一方不是当事人", remedy="请写它的角色，或不写这一方。"
        )
    read = party.kind if kind and party.kind in {"person", "organization"} else told.kind
    return replace(told, role=role, kind=read)


def _place(app: App, context: AccessContext, told: Told) -> tuple[str | None, list[Tie]]:
    """The address of the place, and the tie to it where it is a home."""
    if told.place_id is None:
        return told.place, []
    label = _PREFIX.get(told.place_id.partition("_")[0])
    if label is None:
        home = subject_of(app, context, told.place_id)
        if home.kind != "dwelling":
            raise ChangeInvalid("form.placeId：不是房屋、楼栋、小区、社区或街道的编号")
        seen = views(app, context, [("Dwelling", home.id)]).get(home.id)
        address = seen.values.get("address") if seen else None
        return str(address) if address else None, [Tie("place", home)]
    path = place_path(app, context, label, told.place_id)
    if not path:
        raise EntityUnknown(f"没有地点 {shown_id(told.place_id)}", remedy="请核对编号。")
    names = {one.label: str(one.values.get("name") or "") for one in path}
    # A building is often called by its compound and its number: what the next name says already is not said twice.
    said = [names[one] for one in _ABOVE if names.get(one)]
    below = [*said[1:], ""]
    return "".join(name for name, next_one in zip(said, below, strict=True) if not next_one.startswith(name)), []


def _ties(app: App, context: AccessContext, caller: Mapping[str, Any], told: Told) -> list[Tie]:
    ties = {}
    if caller.get("id"):
        found = party_of(app, context, caller["id"], "caller.id")
        ties[found.id, "complainant"] = Tie("complainant", found, "complainant")
    for number, one in enumerate(told.parties or ()):
        if one.id:
            found = party_of(app, context, one.id, f"form.parties.{number}.id")
            ties.setdefault((found.id, one.role), Tie(f"party.{number}", found, one.role))
    return list(ties.values())


def _item(party: ToldParty) -> dict[str, Any]:
    told = {"role": party.role, "kind": party.kind, "name": party.name, "phone": party.phone}
    return {name: value for name, value in told.items() if value}
