"""The review queue as one reader may see it: what to ask a person next, and both records beside each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from core.catalogue import KINDS, Field
from governance.access import AccessContext
from loaders.lake.schema import records_table
from resolution.judgements import newest
from resolution.review import REASONS, band_of, questions
from services.app import App
from services.judging import current, may_decide
from services.kinds import checked_kind
from services.record_values import views_of
from services.state import fresh_state


def queue(app: App, context: AccessContext, kind: str, *, limit: int) -> tuple[list[dict[str, Any]], int]:
    """The first open questions, the most valuable first, and the number of all (`resolution.review` has the formula).

    Each: record_a, record_b, name_a, name_b (department feed/record_key), entity_a, entity_b, reason, why (the reason
    in Chinese), weight, probability, uncertainty, records, value. Raises `AccessDenied`, and as `fresh_state` does.
    """
    may_decide(context)
    state = fresh_state(app, checked_kind(kind))
    band = band_of(state.decision, state.model.prior(state.population))
    asked = questions(state.members, state.pairs, band, standing(app, kind, state.members))
    rows = asked.head(limit).to_dicts()
    views = views_of(app, context, kind, sorted({row[side] for row in rows for side in ("record_a", "record_b")}))
    app.audit.record(context, "review.list", sorted({row[side] for row in rows for side in ("entity_a", "entity_b")}))
    named = [
        row
        | {f"name_{side}": views.name(row[f"record_{side}"]) for side in ("a", "b")}
        | {"why": REASONS[row["reason"]]}
        for row in rows
    ]
    return named, asked.height


def side_by_side(app: App, context: AccessContext, kind: str, record_a: str, record_b: str) -> list[dict[str, Any]]:
    """Every field that either record has: field, label, a, b, same; audited.

    Values are as the reader may see them. `same` is told by what rests in clear or by the blind index, for two masked
    values look alike too easily; None where neither tells, one side has no value, or an address is worded otherwise.
    """
    may_decide(context)
    views = views_of(app, context, checked_kind(kind), [record_a, record_b])
    app.audit.record(context, "review.show", [record_a, record_b])
    rows = []
    for field in KINDS[kind].fields:
        a, b = views.value(record_a, field.name), views.value(record_b, field.name)
        if a is not None or b is not None:
            same = _same(field, views.rows[record_a], views.rows[record_b])
            rows.append({"field": field.name, "label": field.label, "a": a, "b": b, "same": same})
    return rows


def _same(field: Field, a: Mapping[str, Any], b: Mapping[str, Any]) -> bool | None:
    sealed = any(row.get(f"{field.name}_sealed") for row in (a, b))
    name = f"{field.name}_index" if sealed else field.name
    known = a.get(name) is not None and b.get(name) is not None
    if known and a[name] == b[name]:
        return True
    # Two wordings may be of one door: what the evidence says of them counts.
    return False if known and field.type != "address" else None


def standing(app: App, kind: str, members: pl.DataFrame) -> pl.DataFrame:
    """The newest judgement of each pair; an unsure one stands until one of its two entities changes.

    An entity changes when a record comes to it, or when one of its records is loaded with another content.
    """
    judged = newest(current(app, kind))
    moved = (
        app.lake.current("assignments", ["record_id", "run_id"], where=pl.col("kind") == kind)
        .join(app.lake.read("runs", ["run_id", "at"]), on="run_id")
        .select("record_id", "at")
    )
    loaded = (
        app.lake.current(records_table(kind), ["record_id", "load_id"])
        .join(app.lake.current("loads", ["load_id", "finished_at"]), on="load_id")
        .select("record_id", at="finished_at")
    )
    entity = members.select("record_id", "entity_id")
    changed = pl.concat([moved, loaded]).join(entity, on="record_id").group_by("entity_id").agg(pl.col("at").max())
    unsure = judged.filter(pl.col("verdict") == "unsure")
    stale = [
        unsure.join(entity, left_on=side, right_on="record_id")
        .join(changed, on="entity_id", suffix="_changed")
        .filter(pl.col("at_changed") > pl.col("at"))
        for side in ("record_a", "record_b")
    ]
    return judged.join(pl.concat(stale), on="judgement_id", how="anti").select("record_a", "record_b", "verdict")
