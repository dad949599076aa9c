"""Events as nodes, where they happened, and which departments handled them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
import polars as pl

from core.catalogue import EVENT
from core.codes import table
from core.sealing import Vault
from core.values import redact
from graph.linking.derived import PlaceId
from graph.linking.entities import Sealer
from graph.linking.inputs import NODE_COLUMNS
from graph.linking.places import Place, PlaceTree
from graph.linking.relations import TEXT_MENTION, event_days

DEPTH = {"Street": 1, "Community": 2, "Compound": 3, "Building": 4, "Dwelling": 5}


def event_nodes(
    events: pl.DataFrame, readings: Mapping[str, Mapping[str, Any]], linked: set[str], sealer: Sealer
) -> pl.DataFrame:
    """Event nodes. `linked`: record keys of text mentions that lead to an entity; the words of all others stay here."""
    fields = [name for name in EVENT.field_names if name in events.columns and name != "text"]
    rows = []
    for row in events.sort("event_id").iter_rows(named=True):
        reading = readings.get(row["event_id"], {})
        clear: dict[str, Any] = {name: _text(row[name]) for name in fields}
        clear["feed"] = row.get("feed")
        clear["category"] = clear.get("category") or reading.get("category")
        clear |= _urgency(clear.get("urgency") or _said(row.get("props")), reading)
        clear["place_text"] = reading.get("place_text") or clear.get("address")
        clear["parties_text"] = _unlinked(str(row.get("record_key")), reading.get("parties"), linked)
        text = row.get("text")
        sealed = {"text": (text, redact(text))} if text else {}
        rows.append(sealer.node("Event", row["event_id"], clear, sealed))
    return pl.DataFrame(rows, schema=dict.fromkeys(NODE_COLUMNS, pl.String), orient="row")


def _said(props: str | None) -> str | None:
    """The urgency that a person confirmed, which a report carries beside its fields."""
    said = orjson.loads(props).get("urgency") if props and "urgency" in props else None
    codes = table("urgency")
    return codes.code(said) if isinstance(said, str) and said in codes else None


def _urgency(said: str | None, reading: Mapping[str, Any]) -> dict[str, Any]:
    """What was said of it before what was read; the reasons are the reader's, so they speak for his level alone."""
    read = reading.get("urgency")
    level = said or read
    return {"urgency": level, "urgency_reasons": list(reading.get("urgency_reasons") or ()) if level == read else []}


def _text(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _unlinked(record_key: str, parties: str | None, linked: set[str]) -> list[str]:
    if not parties:
        return []
    words = []
    for position, party in enumerate(orjson.loads(parties)):
        key = party.get("record_key") or f"{record_key}{TEXT_MENTION}{position}"
        surface = party.get("surface")
        if surface and key not in linked and surface not in words:
            words.append(str(surface))
    return words


def occurrences(
    events: pl.DataFrame,
    readings: Mapping[str, Mapping[str, Any]],
    tree: PlaceTree,
    place_id: PlaceId,
    asserted: set[str],
) -> Iterator[dict[str, Any]]:
    """OCCURRED_AT rows: the deepest place that the event's address or its text leads to.

    `asserted`: events whose place a feed stated itself; those are left out.
    """
    days = dict(event_days(events).iter_rows())
    columns = [name for name in ("event_id", "feed", "address", "observed_at") if name in events.columns]
    for row in events.select(columns).sort("event_id").iter_rows(named=True):
        event_id = row["event_id"]
        if event_id in asserted:
            continue
        found = _deepest(tree, row.get("address"), readings.get(event_id, {}).get("place_text"))
        if found is None:
            continue
        place, confidence = found
        yield {
            "type": "OCCURRED_AT",
            "from_label": "Event",
            "from_id": event_id,
            "to_label": place.label,
            "to_id": place_id(place),
            "valid_from": days.get(event_id),
            "observed_at": row.get("observed_at"),
            "sources": [row["feed"]] if row.get("feed") else [],
            "confidence": confidence,
        }


def _deepest(tree: PlaceTree, address: str | None, words: str | None) -> tuple[Place, float] | None:
    """The place and how surely: a field of the file is a better statement than words in a text."""
    best: tuple[Place, float] | None = None
    for text, confidence in ((address, 0.9), (words, 0.75)):
        place = tree.find(text) if text else None
        if place and (best is None or DEPTH[place.label] > DEPTH[best[0].label]):
            best = place, confidence
    return best


def handlings(events: pl.DataFrame, vault: Vault) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """Departments by id with their names, and HANDLED_BY rows, one per step."""
    departments: dict[str, str] = {}
    rows: list[dict[str, Any]] = []
    tokens: dict[str, str] = {}

    def department(name: str) -> str:
        if name not in tokens:
            tokens[name] = f"dep_{vault.token('department', name)}"
            departments[tokens[name]] = name
        return tokens[name]

    columns = [name for name in ("event_id", "feed", "department", "steps", "observed_at") if name in events.columns]
    for row in events.select(columns).sort("event_id").iter_rows(named=True):
        steps = orjson.loads(row["steps"]) if row.get("steps") else []
        if not steps and row.get("department"):
            steps = [{"department": row["department"]}]
        for position, step in enumerate(steps, start=1):
            if not (name := step.get("department")):
                continue
            at = step.get("at")
            rows.append(
                {
                    "type": "HANDLED_BY",
                    "from_label": "Event",
                    "from_id": row["event_id"],
                    "to_label": "Department",
                    "to_id": department(str(name)),
                    "discriminator": str(position),
                    "step": position,
                    "action": step.get("action"),
                    "at": at,
                    "from": step.get("from"),
                    "to": step.get("to"),
                    "valid_from": str(at)[:10] if at else None,
                    "observed_at": row.get("observed_at"),
                    "sources": [row["feed"]] if row.get("feed") else [],
                    "confidence": 0.95,
                }
            )
    return departments, rows
