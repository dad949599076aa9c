"""The schema agrees with the catalogue and with what linking writes."""

from __future__ import annotations

import pytest

from core.catalogue import KINDS
from core.catalogue.relations import RELATION_ENDS
from graph.linking.records import RECORD_PROPS
from graph.linking.relations import EDGE_PROPS
from graph.schema.nodes import NODES
from graph.schema.relations import RELATIONS
from graph.schema.types import ValueKind, property_types

TYPES = {"date": ValueKind.DATE, "datetime": ValueKind.DATETIME, "number": ValueKind.FLOAT, "integer": ValueKind.INT}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_field_of_the_catalogue_is_a_property_of_its_node(kind) -> None:  # type: ignore[no-untyped-def]
    types = property_types(kind.node_label)
    for field in kind.fields:
        assert types.get(field.name) == TYPES.get(field.type, ValueKind.TEXT), field.name
        if field.sealable:
            assert types.get(f"{field.name}_sealed") == ValueKind.TEXT, field.name


def test_every_node_has_our_unique_id() -> None:
    for label, cls in NODES.items():
        assert "id" in property_types(label)
        assert cls.defined_properties(rels=False, aliases=False)["uid"].unique_index, label


def test_every_relation_says_when_it_holds_and_where_it_is_known_from() -> None:
    for name in RELATIONS:
        types = property_types(name)
        if name != "DESCRIBES":
            assert types["valid_from"] == types["valid_to"] == ValueKind.DATE, name
            assert types["observed_at"] == ValueKind.DATETIME, name
            assert types["sources"] == ValueKind.LIST, name
            assert types["confidence"] == ValueKind.FLOAT, name


def test_linking_writes_what_the_schema_knows() -> None:
    assert set(RECORD_PROPS) <= set(property_types("Record"))
    assert set(RELATION_ENDS) <= set(RELATIONS)
    known = {key for name in RELATION_ENDS for key in property_types(name)}
    assert set(EDGE_PROPS) <= known
