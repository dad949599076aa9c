"""From department files to an answered question, on a small town."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

from api.ask import ask
from loaders.lake.schema import TABLES
from services.app import App
from services.demo import questions
from services.evaluation import evaluate_resolution
from services.export import export_assignments
from services.identity import reader
from services.linking import graph_state
from services.loading import known_feeds, load_town
from services.pipeline import update
from services.projecting import link_and_project, projected

NUMBER = re.compile(rb"(?<![0-9A-Za-z])(\d{17}[\dXx]|1[3-9]\d{9})(?![0-9A-Za-z])")


def test_no_row_is_lost(finished: App) -> None:
    loads = finished.lake.read("loads").filter(pl.col("status") == "loaded")
    delivered = [file for file in finished.settings.town_dir.iterdir() if file.is_file()]
    assert loads.height == len(delivered) == len(known_feeds())
    assert (loads["rows"] == loads["accepted"] + loads["quarantined"]).all()
    assert loads["quarantined"].sum() > 0


def test_a_second_load_changes_no_table_but_the_load_log(finished: App) -> None:
    before = finished.lake.versions()
    load_town(finished, reader(finished.settings), finished.settings.town_dir)
    after = finished.lake.versions()
    assert {name for name in after if after[name] != before.get(name)} == {"loads"}


def test_a_second_update_changes_nothing(finished: App) -> None:
    update(finished, reader(finished.settings))
    before = finished.lake.versions()
    report = update(finished, reader(finished.settings))
    assert finished.lake.versions() == before
    assert report["reading"]["read"] == 0
    assert all(run["skipped"] for run in report["runs"])


@pytest.mark.parametrize("kind", ["person", "organization", "dwelling", "household"])
def test_resolution_is_precise_and_finds_more_than_key_joins(finished: App, kind: str) -> None:
    scores = evaluate_resolution(finished, reader(finished.settings), finished.settings.town_dir / "truth")[kind]
    assert scores["resolved"]["precision"] >= 0.98
    assert scores["resolved"]["recall"] >= scores["baseline"]["recall"]
    assert scores["resolved"]["recall"] >= 0.9


def test_the_three_questions_are_answered(finished: App) -> None:
    door, household, organization = [
        ask(finished, reader(finished.settings), question.query, question.variables)
        for question in questions(finished, reader(finished.settings))
    ]
    assert not [answer for answer in (door, household, organization) if answer.get("errors")]
    residents = door["data"]["dwelling"]["residents"]["edges"]
    departments = {record["department"] for one in residents for record in one["node"]["records"]["nodes"]}
    assert len(residents) >= 3
    assert len(departments) >= 3
    assert household["data"]["household"]["openEvents"]
    events = organization["data"]["organization"]["events"]
    assert events["totalCount"] >= len(events["nodes"]) > 0
    parties = [party for event in events["nodes"] for party in event["parties"]["edges"]]
    accusers = [party["node"] for party in parties if party["roleLabel"] == "投诉人"]
    assert any(person["livesIn"]["nodes"] for person in accusers if "livesIn" in person)


def test_what_is_exported_names_every_assigned_record(finished: App, tmp_path: Path) -> None:
    out = tmp_path / "assignments.csv"
    rows = export_assignments(finished, reader(finished.settings), "person", out)
    frame = pl.read_csv(out)
    assert frame.columns == ["feed", "record_key", "entity_id", "probability", "match_weight"]
    assert frame.height == rows == finished.lake.current("records_person", ["record_id"]).height


def test_no_delivered_number_rests_in_clear(finished: App) -> None:
    home, town = finished.settings.home, finished.settings.town_dir
    known = set()
    for file in town.rglob("*"):
        if file.suffix in {".csv", ".jsonl"}:
            known |= {match.group(1).upper() for match in NUMBER.finditer(file.read_bytes())}
    assert len(known) > 500
    found = []
    for file in home.rglob("*"):
        if file.is_file() and town not in file.parents:
            texts = _cells(file) if file.suffix == ".parquet" else [file.read_bytes()]
            found += [file.name for text in texts for match in NUMBER.finditer(text) if match.group(1).upper() in known]
    assert not found


def _cells(file: Path) -> list[bytes]:
    frame = pl.read_parquet(file)
    return [value if isinstance(value, bytes) else str(value).encode() for row in frame.iter_rows() for value in row]


def test_every_relation_of_the_log_is_in_the_graph(finished: App) -> None:
    assert projected(finished)
    state = graph_state(finished)
    stored = finished.store.read("MATCH (n) WHERE n.id IS NOT NULL RETURN count(n) AS nodes")[0]["nodes"]
    edges = finished.store.read("MATCH ()-[r]->() RETURN count(r) AS edges")[0]["edges"]
    assert (stored, edges) == (state.nodes.height, state.edges.height)


def test_a_rebuilt_graph_is_the_same_graph(finished: App) -> None:
    query = "MATCH (a)-[r]->(b) RETURN a.id AS start, type(r) AS type, b.id AS end ORDER BY start, type, end"
    before = finished.store.read(query)
    link_and_project(finished, reader(finished.settings), rebuild=True)
    assert finished.store.read(query) == before


def test_each_read_of_a_person_is_audited(finished: App) -> None:
    before = len(list(finished.audit.entries()))
    query = '{ persons(first: 3, filter: { name: { startsWith: "王" } }) { nodes { id name } } }'
    found = ask(finished, reader(finished.settings), query)["data"]["persons"]["nodes"]
    (added,) = list(finished.audit.entries())[before:]
    assert added["action"] == "person.browse"
    assert sorted(added["ids"]) == sorted(person["id"] for person in found)
    assert found
    assert not [person for person in found if person["name"] in str(added)]
    assert finished.audit.verify() == []


def test_every_lake_table_is_declared(finished: App) -> None:
    assert set(finished.lake.versions()) <= set(TABLES)
