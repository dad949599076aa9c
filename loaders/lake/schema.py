"""The tables of the lake; those of records and events derive from the catalogue.

Every table is an append-only log. `seq` counts the rows of one table upwards without end; the row with the highest
`seq` of a key is the current one, and a row with `deleted` takes its key out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from core.catalogue import EVENT, KINDS, Field, Kind

Columns = dict[str, pl.DataType]

TEXT = pl.String()
NUMBER = pl.Float64()
WHOLE = pl.Int64()
MOMENT = pl.Datetime("us")
YES_NO = pl.Boolean()
DAY = pl.Date()
BYTES = pl.Binary()
TEXTS = pl.List(pl.String)
WHOLES = pl.List(pl.Int64)


@dataclass(frozen=True, slots=True)
class TableSchema:
    """One table. `key` names the columns of which the current row is the one with the highest `seq`."""

    name: str
    key: tuple[str, ...]
    columns: Mapping[str, pl.DataType]

    def empty(self, columns: list[str] | None = None) -> pl.DataFrame:
        chosen = self.columns if columns is None else {name: self.columns[name] for name in columns}
        return pl.DataFrame(schema=dict(chosen))


def records_table(kind: str) -> str:
    """The table that holds the records of an entity kind."""
    return f"records_{kind}"


def field_columns(field: Field) -> Columns:
    """Clear (or masked) value, sealed value, blind index of one catalogue field."""
    columns: Columns = {field.name: NUMBER if field.type == "number" else TEXT}
    if field.sealable:
        columns[f"{field.name}_sealed"] = BYTES
    if field.indexed:
        columns[f"{field.name}_index"] = TEXT
    return columns


def _catalogue_columns(kind: Kind) -> Columns:
    return {name: dtype for field in kind.fields for name, dtype in field_columns(field).items()}


def _records(kind: Kind) -> TableSchema:
    columns: Columns = {
        "seq": WHOLE,
        "deleted": YES_NO,
        "record_id": TEXT,
        "row_id": TEXT,
        "feed": TEXT,
        "department": TEXT,
        "record_key": TEXT,
        "observed_at": MOMENT,
        "content_hash": TEXT,
        "load_id": TEXT,
        "flags": TEXTS,
    }
    return TableSchema(records_table(kind.name), ("record_id",), columns | _catalogue_columns(kind))


def _events() -> TableSchema:
    # `department` is the department that handles the event (a catalogue field); `source_department` delivered it.
    columns: Columns = {
        "seq": WHOLE,
        "deleted": YES_NO,
        "event_id": TEXT,
        "row_id": TEXT,
        "feed": TEXT,
        "source_department": TEXT,
        "record_key": TEXT,
        "observed_at": MOMENT,
        "content_hash": TEXT,
        "load_id": TEXT,
        "flags": TEXTS,
        "steps": TEXT,
        "props": TEXT,
    }
    return TableSchema("events", ("event_id",), columns | _catalogue_columns(EVENT))


def _table(name: str, key: tuple[str, ...], columns: Columns) -> TableSchema:
    return TableSchema(name, key, {"seq": WHOLE, "deleted": YES_NO} | columns)


_OTHERS = (
    _table(
        "relations",
        ("relation_id",),
        {
            "relation_id": TEXT,
            "row_id": TEXT,
            "type": TEXT,
            "from_id": TEXT,
            "to_id": TEXT,
            "valid_from": TEXT,
            "valid_to": TEXT,
            "observed_at": MOMENT,
            "feed": TEXT,
            "props": TEXT,
            "content_hash": TEXT,
            "load_id": TEXT,
        },
    ),
    _table(
        "quarantine",
        ("entry_id",),
        {
            "entry_id": TEXT,
            "row_id": TEXT,
            "feed": TEXT,
            "file": TEXT,
            "line": WHOLE,
            "column": TEXT,
            "field_label": TEXT,
            "reason": TEXT,
            "message": TEXT,
            "remedy": TEXT,
            "row_sealed": BYTES,
            "status": TEXT,
            "load_id": TEXT,
            "observed_at": MOMENT,
        },
    ),
    _table(
        "loads",
        ("load_id",),
        {
            "load_id": TEXT,
            "feed": TEXT,
            "file": TEXT,
            "file_digest": TEXT,
            "mapping_digest": TEXT,
            "rows": WHOLE,
            "accepted": WHOLE,
            "quarantined": WHOLE,
            "unchanged": WHOLE,
            "superseded": WHOLE,
            "started_at": MOMENT,
            "finished_at": MOMENT,
            "status": TEXT,
            "detail": TEXT,
        },
    ),
    _table(
        "readings",
        ("event_id",),
        {
            "event_id": TEXT,
            "reader": TEXT,
            "text_hash": TEXT,
            "category": TEXT,
            "category_score": NUMBER,
            "categories": TEXT,
            "urgency": TEXT,
            "urgency_reasons": TEXTS,
            "sentiment": TEXT,
            "relation": TEXT,
            "demands": TEXTS,
            "place_text": TEXT,
            "place_level": TEXT,
            "parties": TEXT,
            "spans": TEXT,
        },
    ),
    _table(
        "text_links",
        ("event_id",),
        {
            "event_id": TEXT,
            "text_hash": TEXT,
            "reader": TEXT,
            "linker": TEXT,
            "waiting": YES_NO,
            "known": WHOLE,
            "links": TEXT,
        },
    ),
    _table(
        "imprints",
        ("event_id",),
        {
            "event_id": TEXT,
            "digest": TEXT,
            **dict.fromkeys(
                (
                    "spots",
                    "buildings",
                    "doors",
                    "categories",
                    "subjects",
                    "surnames",
                    "rooms",
                    "people",
                    "number",
                    "numbers",
                    "days",
                    "again",
                    "words",
                ),
                TEXTS,
            ),
            "wording": BYTES,
            "bands": WHOLES,
        },
    ),
    _table(
        "matters",
        ("event_id",),
        {
            "event_id": TEXT,
            "digest": TEXT,
            "at": MOMENT,
            "callers": TEXTS,
            "names": TEXTS,
            "matter": TEXT,
            "relation": TEXT,
            "to_id": TEXT,
            "confidence": NUMBER,
            "reason": TEXT,
        },
    ),
    _table(
        "assignments",
        ("record_id",),
        {"kind": TEXT, "record_id": TEXT, "entity_id": TEXT, "probability": NUMBER, "weight": NUMBER, "run_id": TEXT},
    ),
    _table("runs", ("run_id",), {"run_id": TEXT, "kind": TEXT, "report": TEXT, "at": MOMENT}),
    _table(
        "entity_changes",
        ("change", "entity_id", "other_id", "run_id"),
        {"change": TEXT, "kind": TEXT, "entity_id": TEXT, "other_id": TEXT, "run_id": TEXT},
    ),
    _table(
        "judgements",
        ("judgement_id",),
        {
            "judgement_id": TEXT,
            "kind": TEXT,
            "record_a": TEXT,
            "record_b": TEXT,
            "verdict": TEXT,
            "who": TEXT,
            "why": TEXT,
            "at": MOMENT,
            "origin": TEXT,
        },
    ),
    _table(
        "rules",
        ("name",),
        {"name": TEXT, "version": WHOLE, "body": TEXT, "owner": TEXT, "at": MOMENT, "enabled": YES_NO},
    ),
    _table(
        "templates",
        ("name",),
        {
            "name": TEXT,
            "version": WHOLE,
            "label": TEXT,
            "description": TEXT,
            "document": TEXT,
            "owner": TEXT,
            "at": MOMENT,
        },
    ),
    _table(
        "hand_tags",
        ("tagging_id",),
        {
            "tagging_id": TEXT,
            "entity_id": TEXT,
            "tag": TEXT,
            "label": TEXT,
            "author": TEXT,
            "reason": TEXT,
            "valid_from": DAY,
            "valid_to": DAY,
            "at": MOMENT,
            "removed": YES_NO,
        },
    ),
    _table(
        "requests",
        ("request",),
        {"request": TEXT, "action": TEXT, "content_hash": TEXT, "answer": TEXT, "who": TEXT, "at": MOMENT},
    ),
    _table("receipts", ("event_id",), {"event_id": TEXT, "receipt": TEXT, "at": MOMENT}),
    _table(
        "form_fields",
        ("event_id", "field", "number"),
        {"event_id": TEXT, "field": TEXT, "number": WHOLE, "outcome": TEXT, "at": MOMENT, "channel": TEXT},
    ),
    _table(
        "corrections",
        ("event_id", "field"),
        {"event_id": TEXT, "field": TEXT, "read": TEXT, "told": TEXT, "reader": TEXT, "at": MOMENT},
    ),
    _table(
        "graph_nodes",
        ("label", "id"),
        {"batch": WHOLE, "op": TEXT, "label": TEXT, "id": TEXT, "props": TEXT, "hash": TEXT},
    ),
    _table(
        "graph_edges",
        ("id",),
        {
            "batch": WHOLE,
            "op": TEXT,
            "type": TEXT,
            "id": TEXT,
            "from_label": TEXT,
            "from_id": TEXT,
            "to_label": TEXT,
            "to_id": TEXT,
            "props": TEXT,
            "hash": TEXT,
        },
    ),
)

_RECORDS = tuple(_records(kind) for kind in KINDS.values() if kind is not EVENT)

TABLES: dict[str, TableSchema] = {schema.name: schema for schema in (*_RECORDS, _events(), *_OTHERS)}
