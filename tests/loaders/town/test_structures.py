# What is planted must be found again in the delivered files, by the keys that the truth names.
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from conftest import Files


def _of(town: Files, kind: str) -> list[dict[str, Any]]:
    return [structure for structure in town.structures() if structure["kind"] == kind]


def test_every_kind_is_planted(town: Files) -> None:
    for kind in ("feud", "mass_complaints", "hot_spot", "passed_around", "same_name_neighbours", "one_id"):
        assert _of(town, kind), kind


def test_feuds_repeat_over_months_in_several_files(town: Files) -> None:
    for feud in _of(town, "feud"):
        assert len(feud["keys"]) >= 3
        assert len({feed for feed, _ in feud["keys"]}) == 3
        assert feud["start"] < feud["end"]
        assert len(set(feud["persons"])) == 2


def test_the_company_is_named_by_many(town: Files) -> None:
    mentions = town.truth("mentions")
    for structure in _of(town, "mass_complaints"):
        (company,) = structure["organizations"]
        named = mentions.filter(pl.col("entity") == company)["record_key"].n_unique()
        assert len(structure["keys"]) >= 6
        assert named >= len(structure["keys"]) * 0.5


def test_the_hot_spot_is_narrow(town: Files) -> None:
    for spot in _of(town, "hot_spot"):
        assert len(spot["keys"]) >= 5
        first, last = (int(spot[end].replace("-", "")) for end in ("start", "end"))
        assert last - first < 12 or spot["start"][:7] != spot["end"][:7]


def test_cases_are_passed_back_and_forth(town: Files) -> None:
    steps = {row["workOrderNo"]: [s["action"] for s in row["flow"]] for row in town.lines("hotline_complaints")}
    steps |= {row["caseNo"]: [s["action"] for s in row["steps"]] for row in town.lines("urban_cases")}
    for structure in _of(town, "passed_around"):
        for _, key in structure["keys"]:
            assert sum(action in ("退单", "退回") for action in steps[key]) >= 3


def test_neighbours_share_a_name_and_strangers_an_id(town: Files) -> None:
    people = {row["entity"]: row for row in town.truth("people").to_dicts()}
    for structure in _of(town, "same_name_neighbours"):
        one, other = structure["persons"]
        assert people[one]["name"] == people[other]["name"]
        assert people[one]["household"] != people[other]["household"]
    for structure in _of(town, "one_id"):
        one, other = structure["persons"]
        assert people[one]["citizen_id"] == people[other]["citizen_id"]
    for structure in _of(town, "twins"):
        one, other = structure["persons"]
        assert people[one]["birth_date"] == people[other]["birth_date"]
