"""The schema holds what the catalogue declares, under its labels and levels, and nothing that must stay inside."""

from __future__ import annotations

import re

import pytest
from graphql import GraphQLField, GraphQLInputObjectType, GraphQLObjectType, build_schema, get_named_type

from api.sdl import print_sdl
from core.catalogue import KINDS, Field, Kind
from core.catalogue.links import LINKS
from core.filters import attributes

SCHEMA = build_schema(print_sdl())
FIELDS = [(kind, field) for kind in KINDS.values() for field in kind.fields]


def camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), name)


def is_link(field: GraphQLField) -> bool:
    return get_named_type(field.type).name.endswith(("Connection", "Edge"))


def graphql_type(kind: Kind) -> GraphQLObjectType:
    found = SCHEMA.get_type(kind.node_label)
    assert isinstance(found, GraphQLObjectType)
    return found


@pytest.mark.parametrize(("kind", "field"), FIELDS, ids=lambda value: value.name)
def test_every_catalogue_field_is_there_with_its_label_and_level(kind: Kind, field: Field) -> None:
    described = graphql_type(kind).fields[camel(field.name)].description or ""
    assert described.startswith(field.label)
    assert field.level.label in described
    assert field.standard in described


@pytest.mark.parametrize(("kind", "field"), FIELDS, ids=lambda value: value.name)
def test_what_may_be_masked_is_text(kind: Kind, field: Field) -> None:
    if field.sealable:
        assert str(graphql_type(kind).fields[camel(field.name)].type) == "String"


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_fields_beside_the_catalogue_are_links_labels_and_provenance(kind: Kind) -> None:
    declared = {camel(field.name) for field in kind.fields}
    labels = {camel(f"{field.name}_label") for field in kind.fields if field.type.startswith("code:")}
    beside = {"id", "recordCount", "feed", "placeText", "partiesText", "urgencyReasons", "claims", "matter"}
    for name, field in graphql_type(kind).fields.items():
        if name not in declared | labels | beside:
            assert is_link(field), name


def test_nothing_sealed_or_indexed_has_a_field() -> None:
    for kind in KINDS.values():
        assert not [name for name in graphql_type(kind).fields if name.endswith(("Sealed", "Index", "Key", "Hash"))]


def test_every_linked_field_takes_a_date() -> None:
    for kind in KINDS.values():
        for name, field in graphql_type(kind).fields.items():
            if is_link(field):
                assert "asOf" in field.args, name


def test_every_connection_is_a_page_of_a_link_under_its_label() -> None:
    for kind in KINDS.values():
        for name, field in graphql_type(kind).fields.items():
            if get_named_type(field.type).name.endswith("Connection"):
                assert (field.description or "").startswith(LINKS[kind.node_label, name].label)
                assert {"first", "after", "filter", "orderBy"} <= set(field.args)


@pytest.mark.parametrize("label", [kind.node_label for kind in KINDS.values()])
def test_what_can_be_filtered_is_in_the_filter_with_its_level(label: str) -> None:
    found = SCHEMA.get_type(f"{label}Filter")
    assert isinstance(found, GraphQLInputObjectType)
    for name, attribute in attributes(label).items():
        described = found.fields[name].description or ""
        assert described == f"{attribute.label}（{attribute.level.label}）"
    for source, name in LINKS:
        assert source != label or name in found.fields


def test_every_type_field_and_argument_is_described() -> None:
    for kind in SCHEMA.type_map.values():
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            assert kind.description, kind.name
            for name, field in kind.fields.items():
                assert field.description or name in {"edges", "node", "nodes"}, f"{kind.name}.{name}"
                assert all(argument.description for argument in field.args.values()), f"{kind.name}.{name}"


def test_sdl_is_stable_and_holds_the_root_fields() -> None:
    assert print_sdl() == print_sdl()
    assert SCHEMA.query_type is not None
    assert {
        "persons", "households", "dwellings", "organizations", "events", "tags", "places", "node", "nodes",
        "person", "household", "dwelling", "organization", "event", "place", "disputeGroups", "search", "pattern",
        "path", "neighbourhood", "personGroups", "dwellingGroups", "organizationGroups", "eventGroups",
    } <= set(SCHEMA.query_type.fields)  # fmt: skip
