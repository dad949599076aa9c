"""One-object GraphQL reads over HTTP, against the same Cypher by the bare driver behind a JSON route."""

from __future__ import annotations

import asyncio
import multiprocessing
import socket
import time
from typing import Any

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.asgi import create_app
from benchmarks.measure import figures
from core.settings import Settings
from graph.store import GraphStore
from services.app import App, open_app
from services.identity import reader

_CONNECTIONS, _REQUESTS = 8, 4_000
_QUERY = "query One($id: ID!) { person(id: $id) { id name sex birthDate nation phone recordCount } }"


def run(app: App) -> list[dict[str, Any]]:
    ids = [row["id"] for row in app.store.read("MATCH (p:Person) RETURN p.id AS id ORDER BY id LIMIT 500")]
    told = {}
    for name, target in (("graphql", _serve_graphql), ("bare", _serve_bare)):
        bodies = [
            orjson.dumps({"query": _QUERY, "variables": {"id": node_id}} if name == "graphql" else {"id": node_id})
            for node_id in ids
        ]
        told[name] = _measured(target, app.settings, bodies)
    seconds, latencies = told["graphql"]
    row = figures("read", _REQUESTS, "requests", seconds, "bare driver behind a JSON route", told["bare"][0])
    row |= {f"p{rank}_ms": round(latencies[int(len(latencies) * rank / 100)] * 1000, 2) for rank in (50, 95, 99)}
    return [row]


def _measured(target: Any, settings: Settings, bodies: list[bytes]) -> tuple[float, list[float]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = multiprocessing.get_context("spawn").Process(target=target, args=(settings, port), daemon=True)
    server.start()
    try:
        return asyncio.run(_load(port, bodies))
    finally:
        server.terminate()
        server.join()


async def _load(port: int, bodies: list[bytes]) -> tuple[float, list[float]]:
    await _await_listening(port)
    await asyncio.gather(*(_client(port, bodies, 50) for _ in range(_CONNECTIONS)))  # warm
    started = time.perf_counter()
    timings = await asyncio.gather(*(_client(port, bodies, _REQUESTS // _CONNECTIONS) for _ in range(_CONNECTIONS)))
    return time.perf_counter() - started, sorted(one for timing in timings for one in timing)


async def _await_listening(port: int) -> None:
    for _ in range(600):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return
    raise TimeoutError("the server did not come up within a minute")


async def _client(port: int, bodies: list[bytes], requests: int) -> list[float]:
    stream, writer = await asyncio.open_connection("127.0.0.1", port)
    timings = []
    for number in range(requests):
        body = bodies[number % len(bodies)]
        head = f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        started = time.perf_counter()
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        header = await stream.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1]) for line in header.lower().split(b"\r\n") if line.startswith(b"content-length")
        )
        answer = await stream.readexactly(length)
        timings.append(time.perf_counter() - started)
        if b'"errors"' in answer or b" 200 " not in header.split(b"\r\n", 1)[0]:
            raise ValueError("a read was refused; the figures would mean nothing")
    writer.close()
    return timings


def _serve_graphql(settings: Settings, port: int) -> None:
    app = open_app(settings, start_database=False)
    context = reader(settings, host="127.0.0.1")
    _listen(create_app(app, lambda _request: context), port)


def _serve_bare(settings: Settings, port: int) -> None:
    store: GraphStore = open_app(settings, start_database=False).store

    async def one(request: Request) -> Response:
        wanted = orjson.loads(await request.body())["id"]
        rows = await asyncio.to_thread(store.read, "MATCH (n:Person {id: $id}) RETURN n", id=wanted)
        return Response(orjson.dumps(rows), media_type="application/json")

    _listen(Starlette(routes=[Route("/graphql", one, methods=["POST"])]), port)


def _listen(application: Starlette, port: int) -> None:
    uvicorn.run(application, host="127.0.0.1", port=port, access_log=False, log_config=None, lifespan="off", ws="none")
