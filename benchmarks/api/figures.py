"""The figures: one object, the page of a dwelling, and the way from a person to who lives where he does."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx

from benchmarks.api import load, queries, servers
from benchmarks.api.load import Round
from services.app import App

ROUNDS, SECONDS = 5, 4
_COMPARED = 50  # answers that must say the same before anything is measured

Contenders = dict[str, tuple[str, Sequence[bytes]]]


def run(app: App, *, rounds: int = ROUNDS, seconds: int = SECONDS) -> list[dict[str, Any]]:
    """Over what `app` has in its graph; @neo4j/graphql takes part where that graph is a Neo4j."""
    if needed := load.missing():
        sys.stderr.write(f"API figures left out: they need {needed}\n")
        return []
    people, dwellings = queries.people(app.store), queries.dwellings(app.store)
    with _addresses(app) as address:

        def among(**asked: str) -> Contenders:
            ids = dwellings if asked["weinao"] in (queries.HOUSEHOLD, queries.HOME) else people
            return {
                name: (address[name], queries.bodies(query, ids)) for name, query in asked.items() if name in address
            }

        one = among(weinao=queries.ONE, bare_driver="", neo4j_graphql=queries.ONE_NEO4J)
        page = among(weinao=queries.HOUSEHOLD)
        ever = among(weinao=queries.HOME, neo4j_graphql=queries.HOME_NEO4J)
        way = among(weinao=queries.WAY, neo4j_graphql=queries.WAY_NEO4J)
        rows = []
        asked = {"one object": one, "household page": page, "the same, ever": ever, "person's door": way}
        for name, contenders in asked.items():
            _check_same(contenders)
            rows += _told(name, load.rounds(contenders, rounds, seconds))
    return rows


@contextmanager
def _addresses(app: App) -> Iterator[dict[str, str]]:
    with ExitStack() as running:
        found = {
            "weinao": running.enter_context(servers.weinao(app.settings)),
            "bare_driver": running.enter_context(servers.bare_driver(app.settings)),
        }
        if app.settings.graph_url is None:
            sys.stderr.write("@neo4j/graphql left out: the graph is not a Neo4j (WEINAO_GRAPH_URL)\n")
        elif needed := servers.missing():
            sys.stderr.write(f"@neo4j/graphql left out: it needs {needed}\n")
        else:
            found["neo4j_graphql"] = running.enter_context(servers.neo4j_graphql(app.settings))
        yield found


def _check_same(contenders: Contenders) -> None:
    """Raises `ValueError` where two contenders do not say the same, or one tells an error."""
    with httpx.Client(trust_env=False, timeout=30) as client:
        for number in range(_COMPARED):
            said = {}
            for name, (address, bodies) in contenders.items():
                body = bodies[number % len(bodies)]
                answer = client.post(address, content=body, headers={"Content-Type": "application/json"}).json()
                if isinstance(answer, dict) and answer.get("errors"):
                    raise ValueError(f"{name} answers with an error: {answer['errors'][0]['message']}")
                said[name] = queries.facts(answer)
            if any(facts != said["weinao"] for facts in said.values()):
                raise ValueError(f"the contenders do not answer the same: {', '.join(said)}")


def _told(name: str, found: Mapping[str, Sequence[Round]]) -> list[dict[str, Any]]:
    ours = found["weinao"]
    return [
        {
            "benchmark": name,
            "contender": contender,
            "per_second": round(load.median(rounds, "rate")),
            **{f"{rank}_ms": round(load.median(rounds, rank), 1) for rank in ("p50", "p95", "p99")},
            "weinao_ratio": None if contender == "weinao" else round(load.ratio(ours, rounds), 2),
        }
        for contender, rounds in found.items()
    ]


def show(rows: Sequence[Mapping[str, Any]]) -> None:
    for row in rows:
        beside = f"   weinao has {row['weinao_ratio']:.2f} of it" if row["weinao_ratio"] else ""
        sys.stdout.write(
            f"{row['benchmark']:<15} {row['contender']:<14} {row['per_second']:>7,}/s   "
            f"p50 {row['p50_ms']:.1f}  p95 {row['p95_ms']:.1f}  p99 {row['p99_ms']:.1f} ms{beside}\n"
        )
