"""The one filter language: what queries, tags, alerts and access predicates ask of an object of the graph.

A filter is a JSON object, the same in GraphQL's typed inputs, in rule files and in stored templates. `parse` turns it
into the tree of `model`, checked against the `vocabulary`; what runs it on a database stands elsewhere.
"""

from core.filters.model import (
    AllOf,
    Along,
    AnyOf,
    Condition,
    Count,
    EdgeTest,
    Not,
    OfKind,
    Op,
    Ratio,
    Same,
    Shares,
    Test,
    conditions,
)
from core.filters.parse import parse, parse_edge
from core.filters.vocabulary import Attribute, ValueKind, attributes, edge_attributes

__all__ = [
    "AllOf",
    "Along",
    "AnyOf",
    "Attribute",
    "Condition",
    "Count",
    "EdgeTest",
    "Not",
    "OfKind",
    "Op",
    "Ratio",
    "Same",
    "Shares",
    "Test",
    "ValueKind",
    "attributes",
    "conditions",
    "edge_attributes",
    "parse",
    "parse_edge",
]
