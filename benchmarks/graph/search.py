"""The search box over a made-up city: how long the index takes to make, how large it is, how fast searches are.

`python -m benchmarks.graph.search [--people 1000000] [--index-only] [--json]` asks two hundred questions of every way
to find something and prints p50 and p95 in milliseconds: of the index alone, and of the whole use case (index, graph,
masking, audit line). The baseline of the same run is the graph asked for a part of a name without an index.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Callable
from random import Random
from typing import Annotated, Any, Final, NamedTuple

import orjson
import typer

from benchmarks.graph.city import City
from benchmarks.measure import scratch_app, timed
from core.values import PersonName, StandardAddress, value_type
from governance.access import AccessContext
from graph.schema import install
from graph.search import store
from graph.search.asked import Asked
from graph.search.find import find
from graph.search.similar import look_alikes
from graph.search.store import Mark
from graph.search.terms import LABELS, entries
from services.app import App
from services.identity import reader
from services.indexing import search_folder
from services.search import search

_QUESTIONS: Final = 200
_BATCH: Final = 5_000
_CREATE: Final = "UNWIND $rows AS row CREATE (n:{label}) SET n = row"
_CREATE_PERSON: Final = (
    "UNWIND $rows AS row CREATE (n:Person {id: row.id, name: row.name, name_key: row.name}) "
    "CREATE (r:Record {id: 'rec' + row.id, name_index: row.index})-[:DESCRIBES]->(n)"
)
_SCAN: Final = "MATCH (n:Person) WHERE n.name CONTAINS $text RETURN n.id AS id LIMIT 20"


def questions(city: City, rng: Random) -> dict[str, list[str]]:
    """What people type, by the way in which it must be found."""
    names = [name for name in rng.sample(city.names, _QUESTIONS * 2) if "·" not in name][:_QUESTIONS]
    read = [PersonName.parse(name) for name in names]
    doors = rng.sample(city.addresses, _QUESTIONS)
    parsed = [StandardAddress.parse(door) for door in doors]
    shops = rng.sample(city.organizations, _QUESTIONS)
    return {
        "name": names,
        "common name": ["张伟", "王芳", "李娜", "王伟", "李强", "张敏", "刘洋", "王静"] * (_QUESTIONS // 8),
        "pinyin": [name.pinyin[0] for name in read],
        "initials": [name.initials for name in read],
        "mistyped name": [_mistyped(name, rng) for name in names],
        "part of a name": [name[1:] for name in names],
        "pinyin begun": [name.pinyin[0][:4] for name in read],
        "address": doors,
        "short address": [f"{one.compound}{one.building}-{one.unit}-{one.room}" for one in parsed],
        "compound": [str(one.compound) for one in parsed],
        "road": [str(one.road) for one in parsed],
        "organization": shops,
        "trade name": [name[3:7] for name in shops],
        "abbreviation": [f"{name[:2]}{name[3:5]}{name[-2:]}" for name in shops],
        "household no.": [f"H{rng.randrange(len(city.addresses)):08}" for _ in range(_QUESTIONS)],
        "event no.": rng.sample(city.events, _QUESTIONS),
    }


def main(
    people: Annotated[int, typer.Option(min=3_000, help="Size of the city.")] = 1_000_000,
    index_only: Annotated[bool, typer.Option("--index-only", help="Make no graph.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Make the city, its index and its graph, and search."""
    told = run(people, index_only=index_only)
    if as_json:
        sys.stdout.write(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        show(told)


def run(people: int, *, index_only: bool = False) -> dict[str, Any]:
    """All figures of a city of `people` in a home of its own."""
    with scratch_app() as app:
        city, folder = City(people), search_folder(app)
        changes = ((node_id, entries(label, props)) for label, node_id, props in city.nodes())
        seconds, count = timed(lambda: store.rebuild(folder, changes, Mark(1, "", 0)))
        size = sum(file.stat().st_size for file in folder.iterdir())
        told: dict[str, Any] = {"people": people, "objects": count, "build_s": round(seconds, 1), "mb": size // 10**6}
        asked = questions(city, Random(1))
        told["index"] = _figures(asked, lambda text: _in_index(app, text))
        if not index_only:
            told["graph_s"] = round(timed(lambda: _fill(app, City(people)))[0], 1)
            context = reader(app.settings)
            told["search"] = _figures(asked, lambda text: _in_all(app, context, text))
            told["scan"] = _figures({"part of a name": asked["part of a name"][:10]}, lambda text: _scan(app, text))
    return told


class _Told(NamedTuple):
    """Milliseconds on the clock and of this process, and how many hits."""

    wall: float
    worked: float
    hits: int


def _in_index(app: App, text: str) -> int:
    with store.reading(search_folder(app)) as file:
        return len(find(file, Asked.read(text), LABELS, 30))


def _in_all(app: App, context: AccessContext, text: str) -> int:
    return len(search(app, context, text))


def _scan(app: App, text: str) -> int:
    return len(app.store.read(_SCAN, text=text))


def _figures(asked: dict[str, list[str]], answer: Callable[[str], int]) -> dict[str, dict[str, float]]:
    """p50, p95 and share of questions with an answer, of each way and of all together."""
    found: dict[str, dict[str, float]] = {}
    every: list[_Told] = []
    for way, texts in asked.items():
        for text in texts[:3]:
            answer(text)  # warm
        told = [_timed(answer, text) for text in texts]
        found[way] = _ranks(told)
        every += told
    return found | {"all": _ranks(every)}


def _timed(answer: Callable[[str], int], text: str) -> _Told:
    started, worked = time.perf_counter(), time.process_time()
    hits = answer(text)
    return _Told((time.perf_counter() - started) * 1000, (time.process_time() - worked) * 1000, hits)


def _ranks(told: list[_Told]) -> dict[str, float]:
    def rank(times: list[float], share: float) -> float:
        return round(sorted(times)[int(len(times) * share)], 1)

    wall, worked = [one.wall for one in told], [one.worked for one in told]
    answered = round(sum(one.hits > 0 for one in told) / len(told), 3)
    return {
        "p50_ms": rank(wall, 0.5),
        "p95_ms": rank(wall, 0.95),
        "p95_cpu_ms": rank(worked, 0.95),
        "answered": answered,
    }


def _mistyped(name: str, rng: Random) -> str:
    place = rng.randrange(len(name))
    likes = look_alikes().get(name[place], (name[place],))
    return name[:place] + rng.choice(likes) + name[place + 1 :]


def _fill(app: App, city: City) -> None:
    """The city as nodes of the embedded database; every person has a record with the blind index of the name."""
    install(app.store)
    waiting: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)

    def write(label: str) -> None:
        statement = _CREATE_PERSON if label == "Person" else _CREATE.format(label=label)
        app.store.write(statement, rows=waiting.pop(label))

    for label, node_id, props in city.nodes():
        waiting[label].append(_row(app, label, node_id, props))
        if len(waiting[label]) == _BATCH:
            write(label)
    for label in list(waiting):
        write(label)


def _row(app: App, label: str, node_id: str, props: dict[str, Any]) -> dict[str, Any]:
    row = {"id": node_id, **props}
    if label == "Person":
        key = value_type("person_name").key(props["name"])
        row["index"] = app.vault.blind_index(key, value_type="person_name")
    return row


def show(told: dict[str, Any]) -> None:
    head = {name: value for name, value in told.items() if not isinstance(value, dict)}
    sys.stdout.write("  ".join(f"{name} {value:,}" for name, value in head.items()) + "\n")
    for part in ("index", "search", "scan"):
        for way, figures in told.get(part, {}).items():
            sys.stdout.write(
                f"{part:<7} {way:<16} p50 {figures['p50_ms']:>8.1f} ms  p95 {figures['p95_ms']:>8.1f} ms  "
                f"(of this process {figures['p95_cpu_ms']:.1f})  "
                f"answered {figures['answered']:.1%}\n"
            )


if __name__ == "__main__":
    typer.run(main)
