"""Every value that any record ever said of an entity: who said it, from when to when, and what became of it.

The tables of records are append-only logs. A corrected row is a new row of the same record, so that what it said before
is still there; a row that its department took back is followed by one with `deleted`. A claim is one value of one field
that one record said for a while.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any, Final

import polars as pl

from core.catalogue import KINDS, Field, Kind
from core.errors import QueryInvalid
from core.values.citizen_id import CitizenId, IdStatus
from core.values.errors import InvalidValue
from governance.access import AccessContext
from loaders.lake.schema import TABLES, records_table
from resolution.golden import order_of
from services.app import App
from services.record_values import entity_members, members_of, shown, shown_implied
from services.statements import PAST, Statement
from services.weighing import Said, Verdict, rank, weigh

STATUS_LABELS: Final = {
    "chosen": "采用",
    "agrees": "与采用值同义",
    "contradicted": "与采用值不一致",
} | PAST
_HEADS: Final = ("seq", "deleted", "record_id", "feed", "department", "record_key", "observed_at", "load_id")
_BORN: Final = ("birth_date", "sex")  # read from a valid citizen id where nobody states them
_UNWEIGHED: Final = Verdict(0, 0, 0, 0, "", chosen=False, reason="")

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Claim(Statement):
    """One value of a field as the reader may see it, and the record that said it.

    `observed_at` is the newest version of the record that says so, `first_observed` the oldest of that stretch.
    `status` is a key of `STATUS_LABELS`; `by` names what was chosen instead or said later (`feed/record_key`), `until`
    the day of it. `soundness`, `agreement`, `rank` are those of `resolution.golden`, 0 for what no longer competes.
    """

    field: str
    label: str
    value: str
    feed: str
    department: str
    record_id: str
    record_key: str
    observed_at: datetime
    first_observed: datetime
    status: str
    by: str | None
    until: datetime | None
    soundness: int
    agreement: int
    rank: int
    chosen: bool
    reason: str

    LABELS = STATUS_LABELS


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Versions of one record, one after the other, that say the same; `after` is the version that ended it."""

    text: str
    first: Row
    last: Row
    after: Row | None
    implied: bool = False


def claims_of(
    app: App,
    context: AccessContext,
    entity_id: str,
    *,
    fields: Sequence[str] | None = None,
    as_of: date | None = None,
) -> list[Claim]:
    """The claims of an entity in the order of the catalogue's fields: the chosen value first, what is past last.

    `as_of` leaves out what was observed after that day, and judges by what was known then; the records are those that
    are assigned to the entity now. A merged id leads to the entity that it went into. Raises `EntityUnknown`, and
    `QueryInvalid` for a field that the kind does not have.
    """
    kind, living, records = entity_members(app, entity_id)
    wanted = _fields(KINDS[kind], fields)
    app.audit.record(context, f"{kind}.claims", [living])
    rows = _versions(app, KINDS[kind], wanted, records, as_of)
    return _told(app, context, KINDS[kind], wanted, rows)


def claims_of_each(
    app: App,
    context: AccessContext,
    kind: str,
    entity_ids: Sequence[str],
    *,
    fields: Sequence[str] | None = None,
    as_of: date | None = None,
) -> dict[str, list[Claim]]:
    """The claims of several living entities of one kind, read at once; an id that has no records has no claims.

    Raises `QueryInvalid`.
    """
    declared = KINDS[kind]
    wanted = _fields(declared, fields)
    app.audit.record(context, f"{kind}.claims", entity_ids)
    members = members_of(app, entity_ids)
    rows = _versions(app, declared, wanted, list(members), as_of)
    own: dict[str, dict[str, list[Row]]] = {entity_id: {} for entity_id in entity_ids}
    for record_id, versions in rows.items():
        own[members[record_id]][record_id] = versions
    return {entity_id: _told(app, context, declared, wanted, records) for entity_id, records in own.items()}


def _told(
    app: App, context: AccessContext, kind: Kind, fields: Sequence[Field], records: Mapping[str, Sequence[Row]]
) -> list[Claim]:
    return [claim for field in fields for claim in _claims(app, context, kind, field, records)]


def order_label(kind: str, field: str) -> str:
    """The criteria of a field's value type in the order in which they count, in Chinese."""
    words = {"soundness": "完整有效", "agreement": "部门一致", "authority": "来源权威", "recency": "新旧"}
    return " > ".join(words[name] for name in order_of(KINDS[kind].field(field)))


def _fields(kind: Kind, names: Sequence[str] | None) -> list[Field]:
    unknown = sorted(set(names or ()) - set(kind.field_names))
    if unknown:
        known = "、".join(kind.field_names)
        raise QueryInvalid(f"fields 里有 {len(unknown)} 项不是“{kind.label}”的数据项", remedy=f"可以写：{known}")
    return [field for field in kind.fields if names is None or field.name in names]


def _versions(
    app: App, kind: Kind, fields: Sequence[Field], record_ids: Sequence[str], as_of: date | None
) -> dict[str, list[Row]]:
    """record_id → its versions by `as_of`, oldest first. A deletion has the time of the load that brought it."""
    names = {field.name for field in fields}
    if names & set(_BORN) and "citizen_id" in kind.field_names:
        names.add("citizen_id")
    table = records_table(kind.name)
    columns = [*_HEADS, *(name for name in TABLES[table].columns if name.removesuffix("_sealed") in names)]
    scan = app.lake.scan(table).filter(pl.col("record_id").is_in(record_ids)).select(columns)
    rows = scan.collect().sort("seq").to_dicts()
    if any(row["deleted"] for row in rows):
        loads = dict(app.lake.read("loads", ["load_id", "started_at"]).iter_rows())
        rows = [row | {"observed_at": loads.get(row["load_id"])} if row["deleted"] else row for row in rows]
    found: dict[str, list[Row]] = {}
    for row in rows:
        moment = row["observed_at"]
        if as_of is None or (moment is not None and moment.date() <= as_of):
            found.setdefault(row["record_id"], []).append(row)
    return found


def _claims(
    app: App, context: AccessContext, kind: Kind, field: Field, records: Mapping[str, Sequence[Row]]
) -> Iterator[Claim]:
    stretches = [one for versions in records.values() for one in _stretches(app, field, versions)]
    present = [one for one in stretches if one.after is None]
    if kind.name == "person" and field.name in _BORN and not present:
        present = list(_implied(app, field, records))
    said = [_said(one) for one in present]
    verdicts = weigh(kind, field, said)
    ranks = {one.record_id: rank(kind, field, one) for one in said}

    def place(one: _Stretch) -> tuple[Any, ...]:
        head = one.last
        newest = -head["observed_at"].timestamp()
        return verdicts[one.text].place, ranks[head["record_id"]], newest, head["record_id"]

    present.sort(key=place)
    winner = present[0] if present else None
    for one in present:
        verdict = verdicts[one.text]._replace(rank=ranks[one.last["record_id"]])
        yield _claim(app, context, field, one, verdict, _standing(one, verdict, winner, verdicts))
    past = [one for one in stretches if one.after is not None]
    for one in sorted(past, key=lambda one: one.last["seq"], reverse=True):
        after = one.after or {}
        status = "withdrawn" if after["deleted"] else "superseded"
        yield _claim(app, context, field, one, _UNWEIGHED, (status, _named(one.last), after["observed_at"]))


def _standing(
    one: _Stretch, verdict: Verdict, winner: _Stretch | None, verdicts: Mapping[str, Verdict]
) -> tuple[str, str | None, datetime | None]:
    if verdict.chosen or winner is None:
        return "chosen", None, None
    if verdict.same == verdicts[winner.text].same:
        return "agrees", _named(winner.last), None
    return "contradicted", _named(winner.last), None


def _claim(
    app: App,
    context: AccessContext,
    field: Field,
    one: _Stretch,
    verdict: Verdict,
    standing: tuple[str, str | None, datetime | None],
) -> Claim:
    head = one.last
    status, by, until = standing
    return Claim(
        field=field.name,
        label=field.label,
        value=shown_implied(context, field, one.text) if one.implied else shown(app, context, field, head),
        **{name: head[name] for name in ("feed", "department", "record_id", "record_key", "observed_at")},
        first_observed=one.first["observed_at"],
        status=status,
        by=by,
        until=until,
        soundness=verdict.soundness,
        agreement=verdict.agreement,
        rank=verdict.rank,
        chosen=verdict.chosen,
        reason=verdict.reason or f"{STATUS_LABELS[status]}（{until:%Y-%m-%d}）" if until else verdict.reason,
    )


def _stretches(app: App, field: Field, versions: Sequence[Row]) -> Iterator[_Stretch]:
    told = [(None if row["deleted"] else _text(app, field, row), row) for row in versions]
    runs = [(text, [row for _, row in members]) for text, members in groupby(told, key=lambda pair: pair[0])]
    followers: Iterable[Row | None] = [*(rows[0] for _, rows in runs[1:]), None]
    for (text, rows), after in zip(runs, followers, strict=True):
        if text is not None:
            yield _Stretch(text, rows[0], rows[-1], after)


def _implied(app: App, field: Field, records: Mapping[str, Sequence[Row]]) -> Iterator[_Stretch]:
    """What valid citizen ids say of birth and sex."""
    for versions in records.values():
        row = versions[-1]
        number = None if row["deleted"] else _text(app, KINDS["person"].field("citizen_id"), row)
        told = _born(number)[_BORN.index(field.name)] if number else None
        if told:
            yield _Stretch(told, row, row, None, implied=True)


def _born(number: str) -> tuple[str | None, str | None]:
    try:
        read = CitizenId.parse(number)
    except InvalidValue:
        return None, None
    if read.status is not IdStatus.VALID or read.birth_date is None:
        return None, None
    return read.birth_date.isoformat(), read.sex


def _text(app: App, field: Field, row: Row) -> str | None:
    """The value in clear; in memory only."""
    sealed = row.get(f"{field.name}_sealed")
    if sealed:
        return app.vault.open(sealed, field=field.name, owner=row["record_id"]).strip() or None
    value = row[field.name]
    return None if value is None else str(value).strip() or None


def _said(one: _Stretch) -> Said:
    head = one.last
    return Said(
        one.text, head["record_id"], head["feed"], head["department"], head["observed_at"], implied=one.implied
    )  # fmt: skip


def _named(row: Row) -> str:
    return f"{row['feed']}/{row['record_key']}"
