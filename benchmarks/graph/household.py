"""One changed household: which rules it can touch, of whom, and who bears their tags now.

    make demo ARGS='--no-serve'
    python -m benchmarks.graph.household [--json]

A change as a visit makes it: somebody moved out (the relation to the home and the one to the household), and what the
person said of themselves. Nothing is written. Beside it: the same rules asked of the same people one after the other.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final

import orjson
import typer

from core.settings import load_settings
from graph.tags.evaluate import GraphEvaluator, evaluate_within
from graph.tags.reach import Changed, touched
from graph.tags.rules import builtin_rules
from services.app import App, open_app
from services.browse import blind_of
from services.days import present

_WARM: Final = 10  # households before the clock runs
_MOVES: Final = (
    "MATCH (d:Dwelling)<-[r:LIVES_IN]-(p:Person)-[:MEMBER_OF]->(h:Household) WHERE r.valid_to IS NULL "
    "RETURN p.id AS person, d.id AS home, h.id AS household ORDER BY person"
)


def main(
    runs: Annotated[int, typer.Option(min=10, help="Households.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """p50 and p95 in milliseconds, and the baseline's."""
    with open_app(load_settings()) as app:
        app.store.verify()
        row = run(app, runs)
    if as_json:
        sys.stdout.write(orjson.dumps(row, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        show(row)


def run(app: App, runs: int = 100) -> dict[str, Any]:
    rules, evaluator = builtin_rules(), GraphEvaluator(app.store, present(app), blind_of(app))
    moves = app.store.read(_MOVES)
    chosen = random.Random(1).sample(moves, min(len(moves), runs + _WARM))
    within = [touched(app.store, rules, _changed(move)) for move in chosen]

    def incremental(number: int) -> None:
        evaluate_within(evaluator, rules, touched(app.store, rules, _changed(chosen[number])))

    def one_by_one(number: int) -> None:
        for rule in rules:
            if ids := within[number].get(rule.name):
                evaluator.bearers(rule.applies_to, rule.condition, ids)

    ours, beside = _timed(incremental, len(chosen)), _timed(one_by_one, len(chosen))
    return {
        "benchmark": "one changed household",
        "rules": len(rules),
        "rules_touched": statistics.median(len(each) for each in within),
        **ours,
        "one_by_one": beside,
        "ratio": round(ours["p50_ms"] / beside["p50_ms"], 2),
    }


def _changed(move: dict[str, Any]) -> Changed:
    person, home, household = move["person"], move["home"], move["household"]
    return Changed(
        {"Person": {person}},
        {
            "LIVES_IN": {("Person", person, "Dwelling", home)},
            "MEMBER_OF": {("Person", person, "Household", household)},
        },
    )


def _timed(work: Callable[[int], None], count: int) -> dict[str, float]:
    took: list[float] = []
    for number in range(count):
        start = time.perf_counter()
        work(number)
        if number >= _WARM:
            took.append(time.perf_counter() - start)
    return {"p50_ms": _rank(took, 0.5), "p95_ms": _rank(took, 0.95)}


def _rank(seconds: Sequence[float], share: float) -> float:
    return round(sorted(seconds)[int(share * (len(seconds) - 1))] * 1_000, 1)


def show(row: dict[str, Any]) -> None:
    beside = row["one_by_one"]
    sys.stdout.write(
        f"{row['benchmark']}: {row['rules']} rules, {row['rules_touched']:g} touched   p50 {row['p50_ms']}  "
        f"p95 {row['p95_ms']} ms   rule by rule p50 {beside['p50_ms']}  p95 {beside['p95_ms']} ms   "
        f"ratio {row['ratio']:.2f}\n"
    )


if __name__ == "__main__":
    typer.run(main)
