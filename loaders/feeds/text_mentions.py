"""Parties that a text names, as records of their own, beside those that the row's fields name.

Their `record_key` is `<event key>#text.<n>`, and their `row_id` is that of the text, not of the source row: when the
row is loaded again with the same text, they stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from core.catalogue import KINDS
from core.sealing import Vault
from core.values import InvalidValue, value_type
from loaders.feeds.sealing import LakeRow, canonical, sealed_fields
from loaders.feeds.values import Value
from loaders.lake.schema import TABLES, records_table
from loaders.lake.store import Lake

_KINDS = ("person", "organization")


@dataclass(frozen=True, slots=True)
class TextParty:
    """One party of one event's text: catalogue values of `kind` in clear; `index` is its place in the text."""

    event_id: str
    feed: str
    department: str
    event_key: str
    observed_at: datetime
    index: int
    kind: str
    role: str
    certainty: float
    values: dict[str, str]


def text_rows(
    parties: Sequence[TextParty], event_ids: Sequence[str], lake: Lake, vault: Vault, reader: str
) -> dict[str, pl.DataFrame]:
    """Rows to append by table: a record and a PARTY_TO relation for each party, and deletions of what an earlier
    reading of `event_ids` said and this one does not. Values that their type refuses are left out.
    """
    made: dict[str, list[LakeRow]] = {table: [] for table in (*map(records_table, _KINDS), "relations")}
    for party in parties:
        record_key = f"{party.event_key}#text.{party.index}"
        record_id = "rec_" + vault.token(party.feed, record_key)
        values, flags = _parsed(party)
        common = {
            "row_id": _row_id(vault, party.event_id),
            "feed": party.feed,
            "observed_at": party.observed_at,
            "load_id": reader,
        }
        content = vault.token("content", canonical([party.kind, values, flags]))
        record = {"record_id": record_id, "record_key": record_key, "department": party.department, "flags": flags}
        sealed = sealed_fields(vault, KINDS[party.kind], values, record_id, minor=False)
        made[records_table(party.kind)].append(common | record | sealed | {"content_hash": content})
        props = canonical({"role": party.role, "certainty": f"{party.certainty:.2f}"})
        relation = {
            "relation_id": "rel_" + vault.token(party.feed, record_key, "PARTY_TO"),
            "type": "PARTY_TO",
            "from_id": record_id,
            "to_id": party.event_id,
            "props": props,
            "content_hash": vault.token("content", record_id, party.event_id, props),
        }
        made["relations"].append(common | relation)
    row_ids = [_row_id(vault, event_id) for event_id in event_ids]
    return {
        table: pl.concat([_typed(table, rows), _gone(lake, table, rows, row_ids)], how="diagonal")
        for table, rows in made.items()
    }


def _parsed(party: TextParty) -> tuple[dict[str, Value], list[str]]:
    values: dict[str, Value] = {}
    flags: list[str] = []
    for name, text in party.values.items():
        try:
            parsed = value_type(KINDS[party.kind].field(name).type).parse(text)
        except InvalidValue as error:
            flags.append(f"{name}:{error.reason}")
            continue
        values[name] = parsed.text
        flags += [f"{name}:{flag}" for flag in parsed.flags]
    return values, flags


def _row_id(vault: Vault, event_id: str) -> str:
    return "row_" + vault.token("text", event_id)


def _typed(table: str, rows: list[LakeRow]) -> pl.DataFrame:
    used = {name for row in rows for name in row}
    schema = {name: dtype for name, dtype in TABLES[table].columns.items() if name in used}
    return pl.DataFrame(rows, schema=schema)


def _gone(lake: Lake, table: str, rows: list[LakeRow], row_ids: list[str]) -> pl.DataFrame:
    key = TABLES[table].key[0]
    said = [row[key] for row in rows]
    before = lake.current(table, [key, "row_id", "feed"], where=pl.col("row_id").is_in(row_ids))
    return before.filter(~pl.col(key).is_in(said)).with_columns(pl.lit(value=True).alias("deleted"))
