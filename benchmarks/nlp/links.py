"""`python -m benchmarks.nlp.links --home DIR`: parties of a made town's complaints, as linked, against the truth.

DIR is a home that `weinao demo` or `weinao town`, `load`, `update` filled. A link is right when the entity is the one
that most records of the meant person or organization became; one of a mention that the truth does not know is left out.
Beside it stands what a plain join would link: the only bearer of a full name, the only organization of a name.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import orjson
import polars as pl
import typer

from core.settings import Settings
from graph.reads.surroundings import bearers
from services.app import App, open_app

FEED = "hotline_complaints"


class Spoken(NamedTuple):
    """A party of a text that the truth knows: its kind, the true entity, what came of it, and the full name if any."""

    kind: str
    entity: str
    outcome: str
    linked: str | None
    candidates: tuple[str | None, ...]
    name: str | None


def main(
    home: Annotated[Path, typer.Option(help="A home with a made town.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Precision and recall of automatic links, and how often the candidates hold the meant one."""
    with open_app(Settings(home=home)) as app:
        spoken = list(parties(app, home / "town" / "truth"))
        plain = by_name_alone(app, spoken)
    rows = [figures(kind, [one for one in spoken if one.kind == kind], plain) for kind in ("person", "organization")]
    if as_json:
        sys.stdout.write(orjson.dumps({"figures": rows}, option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    for row in rows:
        sys.stdout.write(
            f"{row['kind']:<13} linked {row['linked']:>5}, right {row['right']:>5}: precision {row['precision']:.4f}, "
            f"recall {row['recall']:.3f} of {row['parties']}; a question with the right answer among its candidates "
            f"{row['asked_rightly']}, without {row['asked_wrongly']}; new {row['new']}; "
            f"by the name alone P {row['plain_precision']:.4f} R {row['plain_recall']:.3f}\n"
        )


def parties(app: App, truth: Path) -> Iterator[Spoken]:
    """The parties of the hotline's texts that the truth knows, complainants left out."""
    meant: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    mentions = pl.read_parquet(truth / "mentions.parquet").filter(pl.col("role") == "respondent")
    for key, start, surface, entity in mentions.select("record_key", "start", "surface", "entity").iter_rows():
        meant["evt_" + app.vault.token(FEED, key)].append((start, start + len(surface), entity))
    true_of = entities(app, truth)
    readings = dict(app.lake.current("readings", ["event_id", "parties"]).select("event_id", "parties").iter_rows())
    for event_id, links in (
        app.lake.current("text_links", ["event_id", "links"]).select("event_id", "links").iter_rows()
    ):
        read = orjson.loads(readings[event_id])
        for link in orjson.loads(links):
            party = read[link["index"]]
            found = {entity for start, end, entity in meant[event_id] if start <= party["start"] < end}
            if len(found) == 1 and party["role"] != "complainant":
                yield Spoken(
                    party["kind"],
                    next(iter(found)),
                    link["outcome"],
                    true_of.get(link["entity_id"]),
                    tuple(true_of.get(one["entity_id"]) for one in link["candidates"]),
                    party["name"],
                )


def entities(app: App, truth: Path) -> dict[str, str]:
    """Entity of the graph → the true one that most of its records are of."""
    known = pl.read_parquet(truth / "records.parquet")
    records = pl.concat(
        app.lake.current(f"records_{kind}", ["record_id", "feed", "record_key"]).select(
            "record_id", "feed", "record_key"
        )
        for kind in ("person", "organization")
    )
    assigned = app.lake.current("assignments", ["record_id", "entity_id"]).select("record_id", "entity_id")
    counted = records.join(known, on=["feed", "record_key"]).join(assigned, on="record_id")
    most = counted.group_by("entity_id", "entity").len().sort("len", "entity")
    return dict(most.group_by("entity_id").agg(pl.col("entity").last()).iter_rows())


def by_name_alone(app: App, spoken: list[Spoken]) -> Counter[tuple[str, bool]]:
    """(kind, right) of what the only bearer of a full name gives."""
    names = {one.name for one in spoken if one.kind == "person" and one.name}
    true_of = entities(app, app.settings.home / "town" / "truth")
    holders = {name: {person.id for person in found} for name, found in bearers(app.store, names).items()}
    counts: Counter[tuple[str, bool]] = Counter()
    for one in spoken:
        alone = holders.get(one.name or "", set())
        if one.kind == "person" and len(alone) == 1:
            counts["person", true_of.get(next(iter(alone))) == one.entity] += 1
    return counts


def figures(kind: str, spoken: list[Spoken], plain: Counter[tuple[str, bool]]) -> dict[str, Any]:
    linked = [one for one in spoken if one.outcome == "linked"]
    right = sum(one.linked == one.entity for one in linked)
    asked = [one for one in spoken if one.outcome == "ambiguous"]
    named = plain[kind, True] + plain[kind, False]
    return {
        "kind": kind,
        "parties": len(spoken),
        "linked": len(linked),
        "right": right,
        "precision": right / max(len(linked), 1),
        "recall": right / max(len(spoken), 1),
        "asked_rightly": sum(one.entity in one.candidates for one in asked),
        "asked_wrongly": sum(one.entity not in one.candidates for one in asked),
        "new": sum(one.outcome == "new" for one in spoken),
        "plain_precision": plain[kind, True] / max(named, 1),
        "plain_recall": plain[kind, True] / max(len(spoken), 1),
    }


if __name__ == "__main__":
    typer.run(main)
