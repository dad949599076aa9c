"""What every department claims about one entity, and why one claim of each field became its value."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import polars as pl

from core.catalogue import KINDS
from governance.access import AccessContext
from loaders.feeds.opening import open_records
from resolution.golden import claims, order_of
from services.app import App
from services.record_values import entity_named, records_of, views_of


@dataclass(frozen=True, slots=True)
class Claim:
    """One record's value of a field as the reader may see it. `soundness`, `agreement`, `rank`: `resolution.golden`."""

    field: str
    label: str
    value: str
    feed: str
    department: str
    record_id: str
    record_key: str
    observed_at: datetime
    soundness: int
    agreement: int
    rank: int
    chosen: bool
    reason: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def claims_of(app: App, context: AccessContext, kind: str | None, entity_id: str) -> list[Claim]:
    """The claims of an entity in the order of the catalogue's fields, the chosen value's first.

    A merged id leads to the entity that it went into. Raises `EntityUnknown`.
    """
    found, living = entity_named(app, entity_id)
    del kind  # the id tells it
    ids = records_of(app, found, living)
    app.audit.record(context, f"{found}.claims", [living])
    opened = open_records(app.lake, found, app.vault, where=pl.col("record_id").is_in(ids))
    assigned = opened.select("record_id", pl.lit(living).alias("entity_id"))
    weighed = claims(found, opened, assigned)
    shown = views_of(app, context, found, ids)
    declared = KINDS[found]
    return [
        Claim(
            field=row["field"],
            label=declared.field(row["field"]).label,
            # A value read from the citizen id stands in no field of its own and is shown as the id allows.
            value=shown.value(row["record_id"], row["field"]) or shown.implied(row["field"], row["value"]),
            **{name: row[name] for name in _TAKEN},
        )
        for row in weighed.iter_rows(named=True)
    ]


_TAKEN = (
    "feed", "department", "record_id", "record_key", "observed_at", "soundness", "agreement", "rank", "chosen",
    "reason",
)  # fmt: skip


def order_label(kind: str, field: str) -> str:
    """The criteria of a field's value type in the order in which they count, in Chinese."""
    words = {"soundness": "完整有效", "agreement": "部门一致", "authority": "来源权威", "recency": "新旧"}
    return " > ".join(words[name] for name in order_of(KINDS[kind].field(field)))
