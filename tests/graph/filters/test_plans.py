"""Where the embedded server begins with a filter, by its own plan: at an index, or at what is small in the graph.

Fixture strategy: the little town in the shared embedded database; plans depend on the schema, not on its few nodes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.catalogue.links import PLACES
from core.filters import AnyOf, parse
from core.progress import SILENT
from graph.filters import Selection, select
from graph.filters.anchors import indexed
from graph.projection.clear import clear
from graph.schema import install
from graph.store import Endpoint, GraphStore
from tests.graph.filters.state import write_graph
from tests.graph.filters.strategies import AS_OF, blind
from tests.graph.filters.town import town

DOCUMENTED: list[dict[str, Any]] = json.loads(Path(__file__).with_name("documented.json").read_text(encoding="utf-8"))
_SMALL = (*PLACES, "Tag", "Department")
_SEEK = re.compile(r"(?:NodeIndexSeek|NodeIndexRangeScan)\(\w+:(\w+)\) \[index=\S+?, (\w+)")
_UNIQUE = re.compile(r"NodeIndexSeek\(\w+:(\w+)\) \[index=\w+\[(\w+)\]")
_SCAN = re.compile(r"NodeByLabelScan\(\w+:(\w+)\)")
_MATCH = re.compile(r"MATCH NODE \((\w+):(\w+)\)(?: \[filter: (.*)\])?")


@pytest.fixture(scope="module")
def store(embedded_endpoint: Endpoint) -> Iterator[GraphStore]:
    with GraphStore.connect(embedded_endpoint) as opened:
        install(opened)
        clear(opened, 5_000, SILENT)
        write_graph(opened, town())
        yield opened


def beginning(store: GraphStore, chosen: Selection) -> str:
    """`index Label.property`, `small Label` or `scan Label`: what the plan reads first."""
    plan = store.explain(f"{chosen.text} RETURN n.id AS id", **chosen.params)
    for line in plan.splitlines():
        for pattern in (_UNIQUE, _SEEK):
            if found := pattern.search(line):
                return f"index {found[1]}.{found[2]}"
        if found := _SCAN.search(line):
            return f"{'small' if found[1] in _SMALL else 'scan'} {found[1]}"
        if found := _MATCH.search(line):
            var, label, asked = found[1], found[2], found[3] or ""
            equal = re.findall(rf"{var}\.(\w+) = ", asked)
            if equal and " OR " not in asked and equal[0] in indexed(label):
                return f"index {label}.{equal[0]}"
            return f"{'small' if label in _SMALL else 'scan'} {label}"
    raise AssertionError(plan)


@pytest.mark.parametrize("case", DOCUMENTED, ids=lambda case: case["title"])
def test_a_documented_filter_begins_where_it_says(store: GraphStore, case: dict[str, Any]) -> None:
    condition = parse(case["label"], case["filter"])
    parts = condition.parts if isinstance(condition, AnyOf) else (condition,)
    chosen = [select(case["label"], part, as_of=AS_OF, blind=blind) for part in parts]
    assert [beginning(store, one) for one in chosen] == case["begins"]
    whole = select(case["label"], condition, as_of=AS_OF, blind=blind)
    assert whole.anchor.scans == any(one.startswith("scan") for one in case["begins"])
    store.read(f"{whole.text} RETURN n.id AS id", **whole.params)  # and it runs
