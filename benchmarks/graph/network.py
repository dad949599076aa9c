"""Neighbourhoods, paths and groups on a town that is already there, each beside the bare driver on the same questions.

    make demo ARGS='--no-serve'
    python -m benchmarks.graph.network [--json]

The baseline of a neighbourhood are the same nodes and relations fetched by id, a row each; that of a path the
database's own `shortestPath`, which names one path and knows nothing of hubs; that of groups the same statement.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated, Any, LiteralString, ParamSpec, TypeVar

import neo4j
import orjson
import typer

from core.settings import load_settings
from graph.reads.steps import TELLING
from services.aggregates import Dimension, Measure, aggregate
from services.app import App, open_app
from services.days import present
from services.identity import reader
from services.network import Canvas, neighbourhood, paths

P = ParamSpec("P")
T = TypeVar("T")
_WARM = 20  # questions before the clock runs

_NODES = "UNWIND $ids AS id MATCH (n:{label} {{id: id}}) RETURN n"
_RELATIONS = "UNWIND $ids AS id MATCH (a:{label} {{id: id}})-[r]->(b) WHERE $shown[b.id] RETURN a.id, b.id, r"
_SHORTEST = (
    "MATCH (a:Person {id: $source}), (b:Person {id: $target}) "
    f"MATCH p = shortestPath((a)-[:{'|'.join(TELLING)}*..8]-(b)) RETURN p"
)
_BY_STREET = (
    "MATCH (n:Event)-[:OCCURRED_AT]->(p)-[:PART_OF*0..4]->(d:Street) "
    "RETURN d.name, n.category, count(DISTINCT n) AS count ORDER BY count DESC"
)


def main(
    runs: Annotated[int, typer.Option(min=10, help="Questions of each sort.")] = 100,
    seed: Annotated[int, typer.Option(help="Which ones.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """p50 and p95 in milliseconds, and the baseline's."""
    with open_app(load_settings()) as app:
        app.store.verify()
        rows = run(app, runs, seed)
    if as_json:
        sys.stdout.write(orjson.dumps({"figures": rows}, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        show(rows)


def run(app: App, runs: int = 100, seed: int = 1) -> list[dict[str, Any]]:
    """Figures of the graph of `app`, `runs` questions of each sort."""
    with _bare(app) as driver:
        return [
            *_neighbourhoods(app, driver, runs, seed),
            *_paths(app, driver, runs, seed),
            *_groups(app, driver, runs),
        ]


def show(rows: Sequence[dict[str, Any]]) -> None:
    for row in rows:
        sys.stdout.write(
            f"{row['benchmark']:<34} p50 {row['p50_ms']:>7.1f}  p95 {row['p95_ms']:>7.1f} ms   bare driver p50 "
            f"{row['baseline_p50_ms']:>7.1f}  p95 {row['baseline_p95_ms']:>7.1f} ms   {row['note']}\n"
        )


def _bare(app: App) -> neo4j.Driver:
    endpoint = app.store.endpoint
    return neo4j.GraphDatabase.driver(
        endpoint.url, auth=(endpoint.user, endpoint.password), notifications_min_severity="OFF"
    )


def _neighbourhoods(app: App, driver: neo4j.Driver, runs: int, seed: int) -> list[dict[str, Any]]:
    """Around people as they come, and around places and employers that fill the picture."""
    context = reader(app.settings)
    chosen = random.Random(seed)
    everyone = _ids(app, "MATCH (n:Person) RETURN n.id AS id ORDER BY id")
    full = _ids(
        app,
        "MATCH (n) WHERE n:Organization OR n:Building OR n:Compound WITH n, COUNT { (n)--() } AS degree "
        "ORDER BY degree DESC, n.id LIMIT 50 RETURN n.id AS id",
    )
    told = []
    for name, centres, limit in (
        ("neighbourhood of a person, depth 2", everyone, 500),
        ("neighbourhood, 500 nodes, depth 2", full, 500),
        ("neighbourhood, 1,000 nodes, depth 3", full, 1_000),
    ):
        sizes: list[int] = []
        ours: list[float] = []
        theirs: list[float] = []
        options: dict[str, Any] = {"depth": 3 if limit > 500 else 2, "limit": limit}
        for centre in chosen.choices(centres, k=_WARM):
            neighbourhood(app, context, centre, **options)
        for centre in chosen.choices(centres, k=runs):
            seconds, canvas = _timed(neighbourhood, app, context, centre, **options)
            ours.append(seconds)
            sizes.append(len(canvas.nodes))
            theirs.append(_timed(_same_rows, app, driver, canvas)[0])
        told.append(_figure(name, ours, theirs, f"{statistics.median(sizes):.0f} nodes (median)"))
    return told


def _same_rows(app: App, driver: neo4j.Driver, canvas: Canvas) -> int:
    by_label: dict[str, list[str]] = {}
    for node in canvas.nodes:
        by_label.setdefault(node.kind.title(), []).append(node.id)
    shown = {node.id: True for node in canvas.nodes}
    count = 0
    with driver.session(database=app.store.endpoint.database) as session:
        for label, ids in by_label.items():
            count += len(session.run(_NODES.format(label=label), ids=ids).values())
            count += len(session.run(_RELATIONS.format(label=label), ids=ids, shown=shown).values())
    return count


def _paths(app: App, driver: neo4j.Driver, runs: int, seed: int) -> list[dict[str, Any]]:
    context, today = reader(app.settings), present(app)
    chosen = random.Random(seed)
    everyone = _ids(app, "MATCH (n:Person) RETURN n.id AS id ORDER BY id")
    pairs = [tuple(chosen.sample(everyone, 2)) for _ in range(runs)]
    database = app.store.endpoint.database
    told = []
    asked: tuple[tuple[str, dict[str, Any]], ...] = (
        ("shortest paths, ever, 8 hops", {}),
        ("shortest paths, today, 8 hops", {"as_of": today}),
        ("all simple paths, ever, 5 hops", {"shortest": False, "limit": 50}),
    )
    with driver.session(database=database) as session:
        theirs = [_timed(_rows, session, _SHORTEST, source=one, target=other)[0] for one, other in pairs]
    for name, options in asked:
        found = [_timed(paths, app, context, one, other, **options) for one, other in pairs]
        joined = sum(bool(one.paths) for _, one in found)
        told.append(_figure(name, [seconds for seconds, _ in found], theirs, f"{joined} of {runs} pairs are joined"))
    return told


def _groups(app: App, driver: neo4j.Driver, runs: int) -> list[dict[str, Any]]:
    context, repeats = reader(app.settings), max(5, runs // 10)
    day: date = present(app)
    asked: tuple[tuple[str, str, tuple[Dimension, ...], tuple[Measure, ...]], ...] = (
        ("events by street and category", "event", (Dimension.STREET, Dimension.CATEGORY), (Measure.COUNT,)),
        ("events by month, with parties", "event", (Dimension.MONTH,), (Measure.COUNT, Measure.PARTIES)),
        ("people by grid", "person", (Dimension.GRID,), (Measure.COUNT,)),
    )
    with driver.session(database=app.store.endpoint.database) as session:
        theirs = [_timed(_rows, session, _BY_STREET)[0] for _ in range(repeats)]
    return [
        _figure(
            name,
            [_timed(aggregate, app, context, kind, by, measures=measures, as_of=day)[0] for _ in range(repeats)],
            theirs,
            "baseline: events by street and category, by hand",
        )
        for name, kind, by, measures in asked
    ]


def _ids(app: App, query: str) -> list[str]:
    return [row["id"] for row in app.store.read(query)]


def _rows(session: neo4j.Session, query: LiteralString, **params: str) -> list[list[Any]]:
    return session.run(query, params).values()


def _timed(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> tuple[float, T]:
    started = time.perf_counter()
    result = work(*args, **kwargs)
    return time.perf_counter() - started, result


def _figure(name: str, ours: Sequence[float], theirs: Sequence[float], note: str) -> dict[str, Any]:
    return {
        "benchmark": name,
        **{f"p{rank}_ms": _percentile(ours, rank) for rank in (50, 95)},
        **{f"baseline_p{rank}_ms": _percentile(theirs, rank) for rank in (50, 95)},
        "note": note,
    }


def _percentile(seconds: Sequence[float], rank: int) -> float:
    ordered = sorted(seconds)
    return round(ordered[min(len(ordered) - 1, len(ordered) * rank // 100)] * 1000, 1)


if __name__ == "__main__":
    typer.run(main)
