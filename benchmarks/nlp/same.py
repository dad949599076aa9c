"""How long it takes to tell which of many complaints are about one matter, beside a plain MinHash LSH.

    python -m benchmarks.nlp.same [--calls 100000] [--baseline 10000] [--json]

Texts are of the made town's hotline; places, callers and categories are drawn. Measured are CPU seconds of one process:
signatures of the texts, then candidates, evidence and matters. The baseline does the first half of that with datasketch
(`pip install datasketch`, not needed otherwise): signatures of the same character 4-grams and 64 permutations,
insertion and one query a text at threshold .5; it is run on fewer texts, for it is slower, and told per 1,000.
"""

from __future__ import annotations

import argparse
import importlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from time import process_time
from typing import Any

from core.progress import SILENT
from loaders.town.addresses import Addresses
from loaders.town.generate import TODAY, build_town
from loaders.town.grammar import Grammar
from loaders.town.happenings import Plan
from loaders.town.narrator import Narrator
from loaders.town.slips import Slips
from loaders.town.writers.hotline import tell
from nlp.same.calls import Call, calls_of
from nlp.same.imprint import Imprint
from nlp.same.matters import join
from nlp.same.minhash import PERMUTATIONS, minhash, neutral

KEY = b"benchmark"
_COMPOUNDS, _BUILDINGS, _CALLERS, _CATEGORIES, _DAYS = 3_000, 12, 60_000, 43, 730
_FEW = 2_000  # different texts are told; the others repeat their sentences in another order
_GRAM = 4
_REPEATED = 20  # one call in so many is about what was reported before


def texts(count: int, seed: int = 1) -> list[str]:
    town, _ = build_town(2_000, seed, TODAY, SILENT)
    plan, grammar = Plan(town, Random(seed)), Grammar()
    narrator = Narrator(town, Addresses(town), Slips(), Random(seed))
    told = [tell(grammar, narrator, plan.ordinary("hotline_complaints")).text for _ in range(min(count, _FEW))]
    rng = Random(seed)
    return [told[number] if number < len(told) else "，".join(rng.sample(told, 2)) for number in range(count)]


def made(given: list[str], seed: int = 1) -> list[Call]:
    rng, start = Random(seed), datetime.combine(TODAY, datetime.min.time()) - timedelta(days=_DAYS)
    found: list[Call] = []
    for number, text in enumerate(given):
        spot = f"s{rng.randrange(_COMPOUNDS)}"
        hashes = minhash(neutral(text), KEY)
        own = Imprint(
            event_id=f"evt_{number:07d}",
            spots=(spot,),
            buildings=(f"{spot}/{rng.randrange(_BUILDINGS)}",) if rng.random() < 0.7 else (),
            categories=(f"{rng.randrange(1, _CATEGORIES):02}01",),
            words=tuple(f"w{rng.randrange(1_000)}" for _ in range(rng.randint(0, 6))),
            wording=b"" if hashes is None else hashes.astype("<u4").tobytes(),
        )
        at = start + timedelta(minutes=rng.randrange(_DAYS * 24 * 60))
        call = Call(own, at, (f"c{rng.randrange(_CALLERS)}",))
        if found and number % _REPEATED == 0:  # a neighbour, in other words
            told = found[-1]
            kept = replace(told.imprint, event_id=own.event_id, wording=own.wording)
            call = replace(call, imprint=kept, at=told.at + timedelta(hours=5))
        found.append(call)
    return found


def timed(act: Callable[[], Any]) -> tuple[Any, float]:
    start = process_time()
    result = act()
    return result, process_time() - start


def baseline(given: list[str]) -> float:
    """CPU seconds of datasketch on these texts."""
    datasketch = importlib.import_module("datasketch")

    def run() -> None:
        index = datasketch.MinHashLSH(threshold=0.5, num_perm=PERMUTATIONS)
        for number, text in enumerate(given):
            words = neutral(text)
            own = datasketch.MinHash(num_perm=PERMUTATIONS)
            own.update_batch([words[place : place + _GRAM].encode() for place in range(len(words) - _GRAM + 1)])
            index.query(own)
            index.insert(number, own)

    return timed(run)[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--baseline", type=int, default=10_000, help="texts for datasketch; 0: none")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    given = texts(asked.calls)
    _, signatures = timed(lambda: [minhash(neutral(text), KEY) for text in given])
    calls = made(given)
    arrays, arranged = timed(lambda: calls_of(calls))
    places, joined = timed(lambda: join(arrays))
    told: dict[str, Any] = {
        "calls": len(given),
        "characters": sum(map(len, given)) / len(given),
        "signatures_seconds": signatures,
        "arrays_seconds": arranged,
        "matters_seconds": joined,
        "seconds_per_1000": (signatures + arranged + joined) / len(given) * 1_000,
        "related": sum(place.relation is not None for place in places),
    }
    if asked.baseline:
        few = given[: asked.baseline]
        told["datasketch_seconds_per_1000"] = baseline(few) / len(few) * 1_000
        told["ratio"] = told["datasketch_seconds_per_1000"] / told["seconds_per_1000"]
        told["signature_ratio"] = told["datasketch_seconds_per_1000"] / (signatures / len(given) * 1_000)
    if asked.json:
        print(json.dumps(told))
        return
    for name, value in told.items():
        print(f"{name:30} {value:.3f}" if isinstance(value, float) else f"{name:30} {value}")


if __name__ == "__main__":
    main()
