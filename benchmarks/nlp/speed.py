"""`python -m benchmarks.nlp.speed [--texts 2000] [--model category=DIR] [--json]`: how fast the reader reads.

Texts of 370 characters are put together from complaints of the project's own gold set, each beginning with another one.
The gazetteer has 10,000 made names beside the places and organizations of those texts. Milliseconds are CPU time of one
process; the rate of several processes is by the clock, from the first reading on (starting them is not counted).

Baseline in the same run: the text cut into clauses by one regular expression, and the gazetteer's names found in it.
"""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import count, product
from pathlib import Path
from typing import Annotated, Any, Final

import orjson
import typer

from nlp.gazetteer import Gazetteer
from nlp.gold import Complaint, read_gold
from nlp.pipeline import build_pipeline
from nlp.reading import Item, read_complaints, read_text

LENGTH: Final = 370
_NAMES: Final = 10_000
_WARM: Final = 50
_CLAUSE: Final = re.compile(r"[^。！？；!?;\n，,]+")
_SYLLABLES: Final = "青枫梧桐澜江翠湖云杉石榴望月桂花华辰远山百合明珠金域锦绣"
_ENDS: Final = (("compound", "花园"), ("road", "路"), ("organization", "物业管理有限公司"), ("compound", "苑"))


def main(
    texts: Annotated[int, typer.Option(min=100, help="How many texts.")] = 2_000,
    processes: Annotated[int, typer.Option(min=1, help="Processes of the second measurement.")] = 2,
    model: Annotated[list[str] | None, typer.Option(help="A trained model, as KIND=DIR; may be repeated.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Complaints a minute, by one process and by several; milliseconds of each component; ratio to the baseline."""
    models = {kind: Path(folder) for kind, _, folder in (one.partition("=") for one in model or ())}
    gold = read_gold()
    items, gazetteer = list(complaints(gold, texts)), _gazetteer(gold)
    told = measure(items, gazetteer, models, processes)
    print(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode() if as_json else _table(told))


def measure(items: list[Item], gazetteer: Gazetteer, models: Mapping[str, Path], processes: int) -> dict[str, Any]:
    """All figures, milliseconds of CPU for a text where not said otherwise."""
    for item in items[:_WARM]:
        read_text(item.text, gazetteer, at=item.at, models=models)
    plain = cpu(lambda: [(_CLAUSE.findall(item.text), list(gazetteer.find(item.text))) for item in items])
    whole = cpu(lambda: [read_text(item.text, gazetteer, at=item.at, models=models) for item in items])
    parts = _parts(items, gazetteer, models)
    readings = read_complaints(items, gazetteer, models=models, processes=processes)
    next(readings)
    started = time.perf_counter()
    read = sum(1 for _ in readings)
    rate = read / (time.perf_counter() - started)
    each = 1000 / len(items)
    return {
        "texts": len(items),
        "characters": LENGTH,
        "models": sorted(models),
        "ms_whole": round(whole * each, 3),
        "ms_baseline": round(plain * each, 4),
        "times_baseline": round(whole / plain, 1),
        "per_minute_and_core": round(60 * len(items) / whole),
        "processes": processes,
        "per_minute_all_processes": round(60 * rate),
        "ms_components": {name: round(seconds * each, 3) for name, seconds in parts.items()},
    }


def _parts(items: list[Item], gazetteer: Gazetteer, models: Mapping[str, Path]) -> dict[str, float]:
    """CPU seconds of each component over all texts; `tokens` is the making of the document."""
    reader = build_pipeline(gazetteer, models)
    spent: defaultdict[str, float] = defaultdict(float)
    for number in count(-_WARM):
        if number == len(items):
            break
        item = items[max(number, 0)]
        mark = time.process_time()
        doc = reader.make_doc(item.text)
        doc._.at = item.at
        for name, component in [("tokens", None), *reader.pipeline]:
            doc = component(doc) if component else doc
            now = time.process_time()
            spent[name] += (now - mark) * (number >= 0)
            mark = now
    return dict(spent)


def complaints(gold: tuple[Complaint, ...], texts: int) -> Iterator[Item]:
    """Each text begins with the next complaint and goes on with others, a different row of them each time round."""
    for number in range(texts):
        step = 1 + 2 * (number // len(gold))
        words = ""
        for further in count():
            words += gold[(number + further * step) % len(gold)].text
            if len(words) >= LENGTH:
                break
        at: datetime | None = gold[number % len(gold)].at
        yield Item(f"text-{number}", words[:LENGTH], at)


def _gazetteer(gold: tuple[Complaint, ...]) -> Gazetteer:
    named = {
        (complaint.text[entity.start : entity.end], {"place": "compound"}.get(entity.kind, entity.kind))
        for complaint in gold
        for entity in complaint.entities
        if entity.kind in ("place", "organization")
    }
    made = (("".join(signs) + end, kind) for *signs, (kind, end) in product(_SYLLABLES, _SYLLABLES, _SYLLABLES, _ENDS))
    named |= {name for name, _ in zip(made, range(_NAMES), strict=False)}
    return Gazetteer.of((surface, kind, f"key_{number}") for number, (surface, kind) in enumerate(sorted(named)))


def cpu(work: Callable[[], object]) -> float:
    """Seconds of this process's CPU time."""
    started = time.process_time()
    work()
    return time.process_time() - started


def _table(told: Mapping[str, Any]) -> str:
    lines = [
        f"{told['texts']:,} texts of {told['characters']} characters, models: {', '.join(told['models']) or 'none'}",
        f"one process          {told['per_minute_and_core']:>8,} a minute   {told['ms_whole']:.2f} ms a text",
        f"baseline             {told['ms_baseline']:.3f} ms a text, a {told['times_baseline']:.0f}th of it",
        f"{told['processes']} processes          {told['per_minute_all_processes']:>8,} a minute, by the clock",
        *(f"  {name:<22} {spent:7.3f} ms" for name, spent in told["ms_components"].items()),
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    typer.run(main)
