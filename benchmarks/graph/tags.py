"""All built-in tag rules over everyone: from the lake's tables to the bearers of each rule, and why they bear it.

    python -m benchmarks.graph.tags --people 1000000

The state is made, of town-like distributions (`tag_state`). Beside it stand, in the same run, three of the rules as the
plain DuckDB SQL that somebody would write by hand on the same files, and all rules in Cypher on the embedded server for
a smaller town.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from hashlib import blake2b
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, Any

import duckdb
import orjson
import typer

from benchmarks.graph.tag_state import TODAY, Made, write_state
from benchmarks.measure import scratch_app, timed
from graph.filters.columns import MEMORY, open_columns
from graph.tags.evaluate import GraphEvaluator
from graph.tags.rules import TagRule, builtin_rules
from loaders.lake.store import Lake
from services.projecting import apply_changes

# The same rules by hand: no dates that are no dates, no deleted rows, no two nodes of one id.
_BY_HAND = {
    "advanced_age": """
        SELECT id FROM nodes WHERE label = 'Person' AND TRY_CAST(props->>'$.birth_date' AS DATE) <= DATE '1946-11-01'
    """,
    "elderly_living_alone": """
        WITH stays AS (
            SELECT DISTINCT from_id, to_id FROM edges WHERE type = 'LIVES_IN'
            AND coalesce((props->>'$.valid_from')::DATE <= DATE '2026-11-01', true)
            AND coalesce((props->>'$.valid_to')::DATE > DATE '2026-11-01', true))
        SELECT id FROM nodes WHERE label = 'Person' AND TRY_CAST(props->>'$.birth_date' AS DATE) <= DATE '1966-11-01'
        AND id IN (SELECT from_id FROM stays WHERE to_id IN
            (SELECT to_id FROM stays GROUP BY to_id HAVING count(*) = 1))
    """,
    "long_unvisited_home": """
        SELECT id FROM nodes WHERE label = 'Dwelling' AND id IN (
            SELECT to_id FROM edges WHERE type = 'LIVES_IN'
            AND coalesce((props->>'$.valid_from')::DATE <= DATE '2026-11-01', true)
            AND coalesce((props->>'$.valid_to')::DATE > DATE '2026-11-01', true))
        AND id NOT IN (SELECT e.to_id FROM edges e JOIN nodes r ON r.id = e.from_id AND r.label = 'Record'
            WHERE e.type = 'DESCRIBES' AND r.props->>'$.feed' = 'grid_visits'
            AND (r.props->>'$.observed_at')::TIMESTAMP BETWEEN TIMESTAMP '2025-11-01' AND TIMESTAMP '2026-11-02')
    """,
}


def blind(kind: str, key: str) -> str:
    """Stands for the keyed index of the vault."""
    return blake2b(f"{kind}/{key}".encode(), digest_size=16).hexdigest()


def made(folder: Path, people: int) -> Made:
    """A state in `folder`, written by a process of its own: its memory is none of the figures'."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(write_state, Lake(folder), people, blind).result()


@dataclass(slots=True)
class Clock:
    """Wall and processor seconds since it was made, in this process."""

    wall: float = 0.0
    processor: float = 0.0

    def __post_init__(self) -> None:
        self.wall, self.processor = time.perf_counter(), time.process_time()

    def read(self) -> dict[str, float]:
        return {
            "seconds": round(time.perf_counter() - self.wall, 2),
            "processor_seconds": round(time.process_time() - self.processor, 2),
        }


def by_columns(folder: Path, rules: tuple[TagRule, ...], memory: str) -> dict[str, Any]:
    """Reading, bearers and evidence of all rules."""
    lake = Lake(folder)
    nodes, edges = lake.files("graph_nodes"), lake.files("graph_edges")
    whole, found = Clock(), {}
    with open_columns(nodes, edges, as_of=TODAY, blind=blind, folder=folder, memory=memory) as columns:
        columns.prepare((rule.applies_to, rule.condition) for rule in rules)
        read, asking = whole.read(), Clock()
        slowest: dict[str, float] = {}
        for rule in rules:
            started = time.perf_counter()
            found[rule.name] = columns.bearers(rule.applies_to, rule.condition)
            slowest[rule.name] = time.perf_counter() - started
        bearers, explaining = asking.read(), Clock()
        for rule in rules:
            columns.evidence(rule.applies_to, rule.condition, found[rule.name])
        evidence, total = explaining.read(), whole.read()
    return {
        "reading": read,
        "bearers": bearers,
        "evidence": evidence,
        "reading_and_bearers_seconds": round(read["seconds"] + bearers["seconds"], 2),
        "whole": total,
        "taggings": {name: len(ids) for name, ids in found.items()},
        "slowest_rules": dict(sorted(slowest.items(), key=lambda item: -item[1])[:5]),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def by_hand(folder: Path, found: dict[str, int]) -> dict[str, Any]:
    """Three rules in SQL on the files; each has to find as many as ours."""
    lake = Lake(folder)
    with duckdb.connect(":memory:", config={"threads": 2}) as connection:
        for name in ("nodes", "edges"):
            connection.read_parquet([str(file) for file in lake.files(f"graph_{name}")]).create_view(name)
        clock = Clock()
        for name, text in _BY_HAND.items():
            rows = connection.execute(text).fetchall()
            if len(rows) != found[name]:
                raise AssertionError(f"{name}: {len(rows)} by hand, {found[name]} by the filter")
    hand = clock.read()
    same = tuple(rule for rule in builtin_rules() if rule.name in _BY_HAND)
    clock = Clock()
    files = lake.files("graph_nodes"), lake.files("graph_edges")
    with open_columns(*files, as_of=TODAY, blind=blind, folder=folder) as ours:
        ours.prepare((rule.applies_to, rule.condition) for rule in same)
        for rule in same:
            ours.bearers(rule.applies_to, rule.condition)
    return {"rules": len(_BY_HAND), **hand, "by_columns": clock.read()}


def by_cypher(people: int, rules: tuple[TagRule, ...]) -> dict[str, Any]:
    """The bearers of all rules on the embedded server, in a town of its own."""
    with scratch_app() as app:
        made(app.settings.lake_dir, people)
        apply_changes(app, rebuild=True)
        evaluator = GraphEvaluator(app.store, TODAY, blind)
        seconds, _ = timed(lambda: [evaluator.bearers(rule.applies_to, rule.condition) for rule in rules])
    return {"people": people, "seconds": round(seconds, 2), "us_a_person": round(seconds / people * 1e6, 1)}


def run(people: int, small: int, memory: str) -> dict[str, Any]:
    """All figures."""
    rules = builtin_rules()
    with tempfile.TemporaryDirectory(prefix="weinao-bench-") as scratch:
        folder = Path(scratch)
        state = made(folder, people)
        ours = by_columns(folder, rules, memory)
        hand = by_hand(folder, ours["taggings"])
    graph = by_cypher(small, rules)
    mine = ours["reading_and_bearers_seconds"] / people * 1e6
    return {
        "people": people,
        "nodes": state.nodes,
        "edges": state.edges,
        "rules": len(rules),
        "columns": ours | {"us_a_person": round(mine, 1)},
        "three_rules_by_hand": hand,
        "cypher": graph,
        "cypher_to_columns": round(graph["us_a_person"] / mine, 1),
    }


def show(found: dict[str, Any]) -> None:
    ours, graph, hand = found["columns"], found["cypher"], found["three_rules_by_hand"]
    write = sys.stdout.write
    write(f"{found['people']:,} people, {found['nodes']:,} nodes, {found['edges']:,} edges, {found['rules']} rules\n")
    for name in ("reading", "bearers", "evidence", "whole"):
        part = ours[name]
        write(f"  {name:<10} {part['seconds']:>8.2f} s   {part['processor_seconds']:>8.2f} s of processor time\n")
    write(f"  taggings   {sum(ours['taggings'].values()):>8,}     peak {ours['peak_mb']:,} MB\n")
    write(f"  slowest    {', '.join(f'{name} {seconds:.2f} s' for name, seconds in ours['slowest_rules'].items())}\n")
    write(f"  by hand    {hand['seconds']:>8.2f} s   for {hand['rules']} of the rules; columns for these alone: ")
    write(f"{hand['by_columns']['seconds']:.2f} s\n")
    write(
        f"  Cypher     {graph['seconds']:>8.2f} s   for {graph['people']:,} people, {graph['us_a_person']:,} µs each\n"
    )
    write(
        f"  columns, reading included, {ours['us_a_person']:,} µs for one: {found['cypher_to_columns']} times as fast\n"
    )


def main(
    people: Annotated[int, typer.Option(min=1_000, help="Size of the town.")] = 100_000,
    small: Annotated[int, typer.Option("--cypher-people", min=1_000, help="Size of the town for Cypher.")] = 5_000,
    memory: Annotated[str, typer.Option(help="Memory of the engine; what is larger goes to disk.")] = MEMORY,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """All built-in tag rules over everyone."""
    found = run(people, small, memory)
    if as_json:
        sys.stdout.write(orjson.dumps({"tags": found}, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        show(found)


if __name__ == "__main__":
    typer.run(main)
