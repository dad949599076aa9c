"""Makes a town and writes its files."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from random import Random

from core.progress import SILENT, Progress
from loaders.town.addresses import Addresses
from loaders.town.happenings import plan_happenings
from loaders.town.homes import settle
from loaders.town.identifiers import Identifiers
from loaders.town.model import Town
from loaders.town.names import Names
from loaders.town.organizations import build_organizations, employ
from loaders.town.people import Population
from loaders.town.places import build_places
from loaders.town.relations import write_entities, write_relations
from loaders.town.slips import Slips
from loaders.town.truth import Truth
from loaders.town.twins import plant_likenesses
from loaders.town.writers.cases import write_alarms, write_incidents, write_mediations, write_urban
from loaders.town.writers.desk import Desk, open_desk
from loaders.town.writers.hotline import write_hotline
from loaders.town.writers.lists import write_assistance, write_owners, write_visits
from loaders.town.writers.police import write_population
from loaders.town.writers.registers import write_businesses, write_health, write_housing, write_insurance
from loaders.town.writers.utilities import write_utilities

TODAY = date(2026, 6, 30)
VERSION = 1
_DOORS_A_HOUSEHOLD = 1.14

FILES: dict[str, tuple[str, Callable[[Desk], None]]] = {
    "police_population": ("police_population.csv", write_population),
    "police_incidents": ("police_incidents.jsonl", write_incidents),
    "civil_assistance": ("civil_assistance.xlsx", write_assistance),
    "health_records": ("health_records.csv", write_health),
    "housing_register": ("housing_register.csv", write_housing),
    "market_businesses": ("market_businesses.csv", write_businesses),
    "social_insurance": ("social_insurance.parquet", write_insurance),
    "urban_cases": ("urban_cases.jsonl", write_urban),
    "property_owners": ("property_owners.xlsx", write_owners),
    "grid_visits": ("grid_visits.jsonl", write_visits),
    "grid_mediations": ("grid_mediations.jsonl", write_mediations),
    "hotline_complaints": ("hotline_complaints.jsonl", write_hotline),
    "sensor_alarms": ("sensor_alarms.jsonl", write_alarms),
    "utility_accounts": ("utility_accounts.csv", write_utilities),
}


@dataclass(frozen=True, slots=True)
class TownSummary:
    """What was written: rows by feed, truth rows by table, entities by kind."""

    people: int
    seed: int
    today: str
    rows: dict[str, int]
    truth: dict[str, int]
    entities: dict[str, int]


def generate(out: Path, *, people: int, seed: int, today: date = TODAY, progress: Progress = SILENT) -> TownSummary:
    """Write the files of a town of `people` residents under `out`, and the truth under `out/truth`.

    The same `people`, `seed` and `today` give the same bytes. Raises `OSError` when `out` cannot be written.
    """
    out.mkdir(parents=True, exist_ok=True)
    town, names = build_town(people, seed, today, progress)
    slips, addresses = Slips(), Addresses(town)
    rows: dict[str, int] = {}
    with Truth(out / "truth") as truth, progress.task("写出部门文件", total=len(FILES), unit="个") as task:
        for feed, (name, write) in FILES.items():
            desk = open_desk(feed, out / name, town, truth, slips, addresses, names.nation_labels)
            write(desk)
            rows[feed] = desk.rows
            task.advance()
        write_relations(town, truth)
        write_entities(town, truth, addresses)
    entities = {
        "person": len(town.persons), "household": len(town.households), "dwelling": len(town.dwellings),
        "organization": len(town.organizations),
    }  # fmt: skip
    summary = TownSummary(people, seed, today.isoformat(), rows, truth.counts, entities)
    _write_json(out / "truth" / "structures.json", [asdict(structure) for structure in town.structures])
    _write_json(out / "truth" / "town.json", {"version": VERSION, **asdict(summary)})
    return summary


def build_town(people: int, seed: int, today: date, progress: Progress) -> tuple[Town, Names]:
    """Everything that is true, before anybody writes it down, and the names that it drew from."""

    def rng(part: str) -> Random:
        return Random(f"{seed}:{people}:{part}")

    town, names = Town(seed, today), Names()
    identifiers = Identifiers(rng("numbers"))
    with progress.task("生成小镇", total=7, unit="步") as task:
        population = Population(town, names, identifiers, rng("people"))
        population.fill(people)
        task.advance()
        build_places(town, max(40, round(len(town.households) * _DOORS_A_HOUSEHOLD)), people, rng("places"))
        task.advance()
        settle(town, population, rng("homes"))
        task.advance()
        plant_likenesses(town, rng("likenesses"))
        task.advance()
        build_organizations(town, population, identifiers, max(24, round(people * 0.06)), rng("organizations"))
        task.advance()
        employ(town, rng("jobs"))
        task.advance()
        plan_happenings(town, rng("happenings"))
        task.advance()
    return town, names


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
