"""Golden records as nodes: derived lookup keys, and sensitive values sealed anew under the entity's own id."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

import orjson
import polars as pl

from core.catalogue import Kind, kind
from core.sealing import Vault
from core.values import InvalidValue, OrganizationName, PersonName, StandardAddress, value_type
from graph.linking.frames import digest, dumps
from graph.linking.inputs import NODE_COLUMNS, GraphState

# Part of every hash: raise it when the props of a node are made in another way, and all nodes are written again.
LAYOUT = "2"
ADULT_CARE_AGE = 14  # PIPL article 28: all data of a child below fourteen is sensitive


class Sealer:
    """Makes node props; takes those of an unchanged node over, because sealing the same value twice differs."""

    def __init__(self, vault: Vault, previous: GraphState) -> None:
        self._vault = vault
        self._previous = {
            (label, node_id): (node_hash, props)
            for label, node_id, props, node_hash in previous.nodes.select(NODE_COLUMNS).iter_rows()
        }

    def blind_index(self, key: str, field: str) -> str:
        return self._vault.blind_index(key, value_type=field)

    def node(
        self, label: str, node_id: str, clear: Mapping[str, Any], sealed: Mapping[str, tuple[str, str]]
    ) -> tuple[str, str, str, str]:
        """A row of NODE_COLUMNS. `sealed`: field → (value in clear, what may be shown of it)."""
        if not sealed:
            props = dumps(clear)
            return label, node_id, props, digest(LAYOUT, label, props)
        secret = orjson.dumps([clear, sealed], option=orjson.OPT_SORT_KEYS).decode()
        node_hash = self._vault.token("node", LAYOUT, label, node_id, secret)
        before = self._previous.get((label, node_id))
        if before and before[0] == node_hash:
            return label, node_id, before[1], node_hash
        shown_props: dict[str, Any] = dict(clear)
        for name, (value, shown) in sealed.items():
            shown_props[name] = shown
            shown_props[f"{name}_sealed"] = b64encode(self._vault.seal(value, field=name, owner=node_id)).decode()
        return label, node_id, dumps(shown_props), node_hash


def entity_nodes(name: str, golden: pl.DataFrame, live: set[str], sealer: Sealer) -> pl.DataFrame:
    """Nodes of one kind for the entities in `live`."""
    declared = kind(name)
    fields = [field for field in declared.field_names if field in golden.columns]
    rows = golden.filter(pl.col("entity_id").is_in(list(live))).sort("entity_id").iter_rows(named=True)
    return pl.DataFrame(
        list(_entities(declared, fields, rows, sealer)), schema=dict.fromkeys(NODE_COLUMNS, pl.String), orient="row"
    )


def _entities(
    declared: Kind, fields: list[str], rows: Iterator[dict[str, Any]], sealer: Sealer
) -> Iterator[tuple[str, str, str, str]]:
    derive = _DERIVED.get(declared.name)
    for row in rows:
        clear: dict[str, Any] = {"record_count": row.get("record_count")}
        if (born := row.get("birth_date")) and str(born)[:4].isdecimal():
            clear["birth_year"] = int(str(born)[:4])
        sealed: dict[str, tuple[str, str]] = {}
        child = _is_child(row)
        for field_name in fields:
            value = row[field_name]
            if value is None or value == "":
                continue
            field = declared.field(field_name)
            if field.level.sealed or (child and field.sealed_for_minors):
                text = str(value)
                sealed[field_name] = (text, value_type(field.type).mask(text))
                if field.categorical:
                    clear[f"{field_name}_index"] = sealer.blind_index(value_type(field.type).key(text), field_name)
            else:
                clear[field_name] = value
        if derive:
            clear |= derive(clear)
        yield sealer.node(declared.node_label, row["entity_id"], clear, sealed)


def _is_child(row: Mapping[str, Any]) -> bool:
    """Whether the person was below fourteen when last observed; an unknown age is taken as grown up."""
    birth, observed = row.get("birth_date"), row.get("last_observed")
    if not birth or observed is None:
        return False
    born, seen = date.fromisoformat(str(birth)[:10]), date.fromisoformat(str(observed)[:10])
    return (seen.year - born.year - ((seen.month, seen.day) < (born.month, born.day))) < ADULT_CARE_AGE


def _person(clear: Mapping[str, Any]) -> dict[str, Any]:
    # A child's name is sealed, and then it has no keys that would give it away.
    if not (text := clear.get("name")):
        return {}
    try:
        name = PersonName.parse(text)
    except InvalidValue:
        return {"name_key": text}
    return {"name_key": name.text, "pinyin": list(name.pinyin), "initials": name.initials}


def _organization(clear: Mapping[str, Any]) -> dict[str, Any]:
    if not (text := clear.get("name")):
        return {}
    try:
        return {"name_key": OrganizationName.parse(text).key}
    except InvalidValue:
        return {"name_key": text}


def _dwelling(clear: Mapping[str, Any]) -> dict[str, Any]:
    if not (text := clear.get("address")):
        return {}
    try:
        parsed = StandardAddress.parse(text)
    except InvalidValue:
        return {}
    return {
        "compound": parsed.compound,
        "building": parsed.building,
        "unit": parsed.unit,
        "room": parsed.room,
        "dwelling_key": parsed.dwelling_key or None,
    }


_DERIVED: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "person": _person,
    "organization": _organization,
    "dwelling": _dwelling,
}
