"""Projection of a whole graph from the lake, against the bare driver's batched MERGE of the same rows.

    python -m benchmarks.graph.projection --rows 1000000

Rows are made up in the mix that a town has, and appended to a lake of their own; `WEINAO_GRAPH_URL` names a Neo4j that
may be emptied, otherwise each contender has an embedded server of its own. Both write into the same constraints and
indexes. Ours is timed with all that it does: reading the lake, parsing, typed dates, the watermark. The bare driver is
timed for its transactions alone: its rows lie parsed in memory, its dates stay text. Ours goes first, on a cold server.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Annotated, Any, Final

import orjson
import polars as pl
import typer

from benchmarks.measure import figures, show, timed
from core.progress import SILENT
from core.settings import load_settings
from graph.embedded import EmbeddedServer
from graph.linking.changes import EDGE_CHANGES, NODE_CHANGES
from graph.projection.clear import clear
from graph.projection.source import WRITE_EDGES, WRITE_NODES
from graph.schema import install
from graph.store import GraphStore
from services.app import App, open_app
from services.lake_changes import LakeChanges
from services.linking import append_changes
from services.projecting import apply_changes

_BATCH: Final = 5_000
_CHUNK: Final = 10_000  # people
_ROWS_OF_A_PERSON: Final = 71 / 3
_SEALED: Final = "AQFvKvBk" + "rHH/bImakI8ay6SOdmSQwjB2q5xhcQz51qZkNwUMk2vUzYPmcr1K7PuxWFAelQ=="


def main(
    rows: Annotated[int, typer.Option(min=100, help="Nodes and relations.")] = 200_000,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Rows a second, ours and the bare driver's."""
    settings = load_settings()
    with (
        tempfile.TemporaryDirectory(prefix="weinao-bench-") as home,
        open_app(settings.model_copy(update={"home": Path(home)})) as app,
    ):
        fill(app, round(rows / _ROWS_OF_A_PERSON))
        show([run(app)], as_json=as_json)


def run(app: App) -> dict[str, Any]:
    """One row of figures for the graph that the lake of `app` holds; its database is emptied first and filled again."""
    _empty(app.store)
    seconds, report = timed(lambda: apply_changes(app))
    row = figures("project", sum(report["nodes"].values()) + sum(report["edges"].values()), "rows", seconds, "", 1.0)
    with _another(app) as store:
        merged = _merge_all(store, LakeChanges(app))
    if app.settings.graph_url:
        apply_changes(app, rebuild=True)
    told = figures("project", row["items"], "rows", seconds, "bare driver, UNWIND MERGE", merged)
    return told | {"peak_mb": row["peak_mb"]}


def fill(app: App, people: int) -> None:
    """Append the first batch of a graph of about `people` people to an empty lake."""
    for first in range(0, people, _CHUNK):
        nodes, edges = _made_up(range(first, min(first + _CHUNK, people)))
        append_changes(
            app,
            pl.DataFrame(nodes, schema=NODE_CHANGES, orient="row"),
            pl.DataFrame(edges, schema=EDGE_CHANGES, orient="row"),
        )


def _made_up(people: range) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Rows of the log: each person with nine records; three share a door and a household."""
    nodes: list[tuple[Any, ...]] = []
    edges: list[tuple[Any, ...]] = []

    def node(label: str, key: str, **props: Any) -> str:
        nodes.append((1, "create", label, key, orjson.dumps(props).decode(), key))
        return key

    def edge(relation: str, start: tuple[str, str], end: tuple[str, str], /, **props: Any) -> None:
        key = _id("rel", relation, start[1], end[1])
        edges.append((1, "create", relation, key, *start, *end, orjson.dumps(props).decode(), key))

    for number in people:
        door = number - number % 3
        address = f"云泽省澜江市青枫区南桥街道春晖社区翠屏路{door % 900 + 1}号锦绣华庭7栋2单元{door % 97}室"
        person = ("Person", _id("per", number))
        dwelling, household = ("Dwelling", _id("dwe", door)), ("Household", _id("hou", door))
        node(
            *person, name=f"王{number % 997}", name_key=f"王{number % 997}", initials="ww", pinyin=["wang", "wei"],
            citizen_id="880103********9765", citizen_id_sealed=_SEALED, phone="164****3054", phone_sealed=_SEALED,
            birth_date=f"{1940 + number % 70}-02-03", sex="1", nation="01", address=address, record_count=9,
        )  # fmt: skip
        if number == door:
            node(*dwelling, address=address, compound="锦绣华庭", dwelling_key=f"锦绣华庭|{door}", record_count=12)
            node(*household, household_no=f"H{door}", address=address, record_count=6)
        for index, described in enumerate((person, person, person, *[dwelling] * 4, household, household)):
            record = ("Record", _id("rec", number, index))
            node(
                *record, kind=described[0].lower(), feed="police_population", department="公安",
                record_key=f"P{number:08}#{index}", observed_at="2026-05-10T10:11:13",
                citizen_id_index=_id("idx", "citizen", number), phone_index=_id("idx", "phone", number),
            )  # fmt: skip
            edge("DESCRIBES", record, described, probability=1.0, run="run_4caecac68f0cfadd06d59265")
        told = {"confidence": 0.925, "observed_at": "2025-11-14T13:15:01", "sources": ["police_population"]}
        edge("LIVES_IN", person, dwelling, role="family", valid_from="2020-07-04", **told)
        edge("REGISTERED_AT", person, dwelling, valid_from="2020-07-04", **told)
        edge("MEMBER_OF", person, household, relation_to_head="20", **told)
        if number != door:
            edge("KIN", person, ("Person", _id("per", door)), kind="child", **told)
    return nodes, edges


def _id(prefix: str, *parts: object) -> str:
    return f"{prefix}_{blake2b(repr(parts).encode(), digest_size=12).hexdigest()}"


@contextmanager
def _another(app: App) -> Iterator[GraphStore]:
    """An empty graph for the baseline."""
    if app.settings.graph_url:
        _empty(app.store)
        yield app.store
        return
    with tempfile.TemporaryDirectory(prefix="weinao-bench-") as folder:
        server = EmbeddedServer(Path(folder), app.settings.db_memory)
        with server.running() as endpoint, GraphStore.connect(endpoint) as store:
            _empty(store)
            yield store


def _empty(store: GraphStore) -> None:
    install(store)
    clear(store, _BATCH, SILENT)
    store.write("MATCH (w:Watermark) DELETE w")


def _merge_all(store: GraphStore, log: LakeChanges) -> float:
    """Seconds that the transactions of the bare driver take."""
    seconds = 0.0
    for phase, group in (
        (WRITE_NODES, itemgetter("label")),
        (WRITE_EDGES, itemgetter("type", "from_label", "to_label")),
    ):
        for frame in log.latest(phase).frames:
            for key, rows in groupby(frame.iter_rows(named=True), key=group):
                statement = _merge_edges(*key) if phase.edges else _merge_nodes(key)
                parsed = [row | {"props": orjson.loads(row["props"]) | {"id": row["id"]}} for row in rows]
                sent = [
                    {name: row[name] for name in ("id", "from_id", "to_id", "props") if name in row} for row in parsed
                ]
                for start in range(0, len(sent), _BATCH):
                    seconds += timed(lambda: store.write(statement, rows=sent[start : start + _BATCH]))[0]  # noqa: B023
    return seconds


def _merge_nodes(label: str) -> str:
    return f"UNWIND $rows AS row MERGE (n:{label} {{id: row.id}}) SET n += row.props"


def _merge_edges(kind: str, start: str, end: str) -> str:
    return (
        f"UNWIND $rows AS row MATCH (a:{start} {{id: row.from_id}}) MATCH (b:{end} {{id: row.to_id}}) "
        f"MERGE (a)-[r:{kind} {{id: row.id}}]->(b) SET r += row.props"
    )


if __name__ == "__main__":
    typer.run(main)
