"""`python -m benchmarks.nlp.intake --home DIR`: how long the form of one complaint takes by GraphQL, linked.

DIR is a home that `weinao demo` filled. Its calls are asked one after the other, each with its caller's phone and name;
the form has places, parties with candidates, earlier events alike and the matter. Baseline in the same run: one person
by id, asked of the same server in turn.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any, Final

import httpx
import numpy as np
import orjson
import typer

from benchmarks.api.queries import ONE
from benchmarks.api.servers import weinao
from core.settings import Settings
from services.app import open_app

_WARM: Final = 300  # the database compiles what it does often
_FORM: Final = """query($text: String!, $at: DateTime, $caller: CallerInput) {
  readComplaint(text: $text, at: $at, caller: $caller) {
    category { code } categories { code probability } department time
    place { text address path { __typename ... on Node { id } } } places { text address relative }
    parties { role surface outcome node { __typename } candidates { probability reasons } }
    urgency { level reasons } demands { kind } caller { __typename }
    similar { event { id } reasons } same { event { id } reason } } }"""


def main(
    home: Annotated[Path, typer.Option(help="A home with a made town.")],
    texts: Annotated[int, typer.Option(min=50, help="How many complaints.")] = 400,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Milliseconds of readComplaint, and how many times those of the baseline. Raises `ValueError` for any error."""
    settings = Settings(home=home)
    asked = list(calls(home))[: texts + _WARM]
    with open_app(settings) as app:
        people = [row["id"] for row in app.store.read("MATCH (p:Person) RETURN p.id AS id ORDER BY id LIMIT 1000")]
        with weinao(settings) as address, httpx.Client(timeout=30) as client:
            pairs = [
                (_ask(client, address, _FORM, call), _ask(client, address, ONE, {"id": people[number % len(people)]}))
                for number, call in enumerate(asked)
            ]
    form, plain = np.array(pairs[_WARM:]).T * 1000
    told = {
        "texts": len(form),
        "p50_ms": round(float(np.percentile(form, 50)), 1),
        "p95_ms": round(float(np.percentile(form, 95)), 1),
        "baseline_p50_ms": round(float(np.percentile(plain, 50)), 1),
        "times_baseline": round(float(np.median(form / plain)), 1),
    }
    if as_json:
        sys.stdout.write(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    sys.stdout.write(
        f"{told['texts']} forms: p50 {told['p50_ms']} ms, p95 {told['p95_ms']} ms; one person by id p50 "
        f"{told['baseline_p50_ms']} ms: {told['times_baseline']} times\n"
    )


def calls(home: Path) -> Iterator[dict[str, Any]]:
    """What is asked of each call of the town that tells its phone."""
    with (home / "town" / "hotline_complaints.jsonl").open("rb") as lines:
        for call in map(orjson.loads, lines):
            if call.get("callerPhone") and call.get("content"):
                at = call["callTime"].replace(" ", "T") + "+08:00"
                caller = {"phone": call["callerPhone"], "name": call.get("callerName")}
                yield {"text": call["content"], "at": at, "caller": caller}


def _ask(client: httpx.Client, address: str, query: str, variables: dict[str, Any]) -> float:
    started = perf_counter()
    answer = client.post(address, json={"query": query, "variables": variables}).json()
    seconds = perf_counter() - started
    if answer.get("errors"):
        raise ValueError(f"refused: {answer['errors'][0]}")
    return seconds


if __name__ == "__main__":
    typer.run(main)
