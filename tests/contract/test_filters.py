"""Both ways to evaluate a filter find the same, on each database: Cypher on the graph, SQL on the columns of the lake.

Fixture strategy: a town written out by hand, for which every answer is known; and a few random graphs, each written
once, for which Hypothesis makes filters over the whole vocabulary (`--hypothesis-profile search` makes many more).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.filters import parse
from graph.filters import select
from graph.filters.columns import open_columns
from graph.filters.evaluator import Evaluator
from graph.store import GraphStore
from graph.tags.evaluate import GraphEvaluator
from tests.graph.filters.state import write_graph, write_log
from tests.graph.filters.strategies import AS_OF, LABELS, Graph, blind, filters, graph
from tests.graph.filters.town import CASES, EVIDENCE, town

_ASKED = st.sampled_from(LABELS).flatmap(lambda label: st.tuples(st.just(label), filters(label)))


@contextmanager
def both(store: GraphStore, folder: Path, made: Graph) -> Iterator[tuple[Evaluator, Evaluator]]:
    """The two evaluators over one graph."""
    write_graph(store, made)
    nodes, edges = write_log(folder, made)
    with open_columns(nodes, edges, as_of=AS_OF, blind=blind, folder=folder) as columns:
        yield GraphEvaluator(store, AS_OF, blind), columns


def found_by(evaluator: Evaluator) -> dict[str, str]:
    return {
        name: " ".join(sorted(evaluator.bearers(label, parse(label, raw)))) for name, (label, raw, _) in CASES.items()
    }


def evidence_by(evaluator: Evaluator) -> dict[str, Any]:
    return {
        name: evaluator.evidence(label, parse(label, raw), [bearer]).get(bearer)
        for name, (label, raw, bearer, _) in EVIDENCE.items()
    }


def test_every_construct_finds_what_it_should(store: GraphStore, tmp_path: Path) -> None:
    with both(store, tmp_path, town()) as (cypher, columns):
        known = {name: expected for name, (_, _, expected) in CASES.items()}
        assert found_by(columns) == known
        assert found_by(cypher) == known


def test_evidence_is_what_made_the_filter_true(store: GraphStore, tmp_path: Path) -> None:
    with both(store, tmp_path, town()) as (cypher, columns):
        known = {name: told for name, (*_, told) in EVIDENCE.items()}
        assert evidence_by(columns) == known
        assert evidence_by(cypher) == known


def test_chosen_ids_are_sifted_as_all_are(store: GraphStore, tmp_path: Path) -> None:
    with both(store, tmp_path, town()) as (_, columns):
        for label, raw, expected in CASES.values():
            among = sorted(columns.bearers(label, parse(label, {})))[::2]
            chosen = select(label, parse(label, raw), as_of=AS_OF, blind=blind, ids=among)
            rows = store.read(f"{chosen.text} RETURN n.id AS id", **chosen.params)
            assert {row["id"] for row in rows} == set(among) & set(expected.split())


@pytest.mark.parametrize("seed", range(4))
def test_both_find_the_same_in_random_graphs(store: GraphStore, tmp_path: Path, seed: int) -> None:
    with both(store, tmp_path, graph(seed)) as (cypher, columns):
        # Neo4j plans each new statement for a second or two.
        fewer = 1 if store.endpoint.database == "weinao" else 20

        @given(_ASKED)
        @settings(max_examples=settings.default.max_examples // fewer, suppress_health_check=list(HealthCheck))
        def agree(asked: tuple[str, dict[str, Any]]) -> None:
            label, condition = asked[0], parse(*asked)
            bearers = list(columns.bearers(label, condition))
            assert bearers == list(cypher.bearers(label, condition))
            told = {bearer: held for bearer, held in cypher.evidence(label, condition, bearers).items() if held}
            assert columns.evidence(label, condition, bearers) == told

        agree()
