"""Spark gives what DuckDB gives: columns, nodes, pairs, weights, clusters and the state of the run."""

from __future__ import annotations

from itertools import pairwise
from random import Random
from types import ModuleType
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from resolution.clusters.components import components as local_components
from resolution.engine import open_engine
from resolution.expressions import columns, to_spark
from resolution.features.standardise import fit_and_standardise
from resolution.model.declaration import declaration
from resolution.model.model import Model
from resolution.run import RunReport, by_comparison

pytestmark = pytest.mark.filterwarnings(  # pyspark leaves its sockets to the garbage collector
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)

KINDS = ("person", "organization", "dwelling")
IDS = ("88010219700101001X", "88010219700101010X", "880102********001X")
VALUES: dict[Any, tuple[Any, ...]] = {
    pl.String: (
        None,
        "",
        "valid",
        "masked",
        "broken",
        "19700101",
        "19700110",
        "桂花苑",
        "桂花苑一",
        "16012345678",
        *IDS,
    ),
    pl.List: (None, [], ["zhang wei"], ["zhang wei", "zhang wai"], ["wang wei"]),
    pl.Boolean: (None, True, False),
    pl.Int64: (None, 1, 2, 13),
}


def people(written: ModuleType) -> pl.DataFrame:
    families = written.Households(Random(11))
    for number in range(45):
        families.add(number)
    # One surname and one birth date, as a register writes them that knows neither: no key to compare by.
    crowd = [
        {"name": f"王{a}{b}", "birth_date": "1970-01-01", "nation": "01"}
        for a in written.GIVEN[:16]
        for b in written.GIVEN[:17]
    ]
    return written.frame("person", [*families.rows, *crowd])


def organizations(written: ModuleType) -> pl.DataFrame:
    random, rows = Random(3), []
    for number in range(60):
        trade = "".join(random.sample(written.GIVEN, 2))
        code = f"9188010{number:02d}MA0000{number:03d}"
        rows += [
            {
                "name": name,
                "uscc": random.choice([None, code]),
                "legal_representative": random.choice([None, "王" + trade]),
                "phone": random.choice([None, f"160{number:08d}", "16000000000"]),
                "address": random.choice([None, f"桂花苑{number % 9 + 1}幢1单元101室"]),
            }
            for name in (f"澜江市{trade}贸易有限公司", f"{trade}贸易有限公司", f"澜江市{trade}商贸有限公司")
        ]
    return written.frame("organization", rows)


def dwellings(written: ModuleType) -> pl.DataFrame:
    random, rows = Random(4), []
    for number in range(150):
        compound, house, floor = random.choice(written.COMPOUNDS), random.randint(1, 6), number % 7 + 1
        rows += [
            {"address": address, "property_no": random.choice([None, f"88010{number:03d}"])}
            for address in (f"{compound}{house}幢1单元{floor}01室", f"{compound}{house}-1-{floor}01")
        ]
    return written.frame("dwelling", rows)


MADE = {"person": people, "organization": organizations, "dwelling": dwellings}


def made_up(kind: str) -> Model:
    """A model whose levels speak the less for one entity the later they stand."""
    declared = declaration(kind)
    parameters = {}
    for comparison in declared.comparisons:
        levels = [level for level in comparison.levels if not level.missing]
        parts = [0.5**place for place in range(len(levels))]
        whole = sum(parts)
        parameters[comparison.name] = {
            level.name: (level.m or m / whole, level.u or u / whole)
            for level, m, u in zip(levels, parts, reversed(parts), strict=True)
        }
    return Model(declaration=declared, parameters=parameters, mates=3.0, card={})


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_comes_out_as_on_one_machine(kind: str, session: Any, written: ModuleType) -> None:
    from resolution.spark.run import by_comparison as on_spark

    records = MADE[kind](written).sort("record_id")
    ids = records["record_id"].to_list()
    judgements = pl.DataFrame(
        {
            "judgement_id": ["1", "2", "3"],
            "record_a": [ids[0], ids[1], ids[2]],
            "record_b": [ids[-1], ids[3], ids[-2]],
            "verdict": ["positive", "negative", "positive"],
            "at": ["2026-01-01"] * 3,
        }
    )
    model = made_up(kind)
    here, there = RunReport(kind), RunReport(kind)
    clusters, state = by_comparison(records, model, judgements, "run", here, lambda: None)
    spark_clusters, spark_state = on_spark(session, records, model, judgements, "run", there, lambda: None)

    assert spark_state.context == state.context
    assert_frame_equal(spark_state.nodes, state.nodes)
    assert_frame_equal(spark_state.members, state.members)
    assert spark_state.pairs.select("a", "b").rows() == state.pairs.select("a", "b").rows()
    assert state.pairs.height > 100
    assert (spark_state.pairs["weight"] - state.pairs["weight"]).abs().max() < 1e-9
    assert_frame_equal(spark_clusters, clusters, abs_tol=1e-9)
    told, spark_told = here.as_dict(), there.as_dict()
    for name in ("compared", "pairs", "oversized_blocks", "clustering", "judgements"):
        assert spark_told[name] == told[name], name
    assert spark_state.decision.threshold == pytest.approx(state.decision.threshold, abs=1e-6)
    if kind == "person":
        assert told["oversized_blocks"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_condition_says_the_same_on_both_engines(kind: str, session: Any) -> None:
    from resolution.spark.frames import fetch, upload

    declared = declaration(kind)
    conditions = [
        level.when for comparison in declared.comparisons for level in comparison.levels if level.when != "ELSE"
    ]
    random = Random(8)
    _, columns_of_one = fit_and_standardise(declared, pl.DataFrame({"record_id": ["rec_1"]}))
    values = {
        name: random.choices(VALUES[columns_of_one.schema[name[:-2]].base_type()], k=400)
        for name in sorted({column for sql in conditions for column in columns(sql)})
    }
    rows = pl.DataFrame(values)
    with open_engine() as engine:
        engine.register("pairs", rows)
        listed = ", ".join(f"({sql}) AS c{n}" for n, sql in enumerate(conditions))
        here = engine.fetch(f"SELECT {listed} FROM pairs")
    numbered = upload(session, rows.with_row_index("row").cast({"row": pl.Int64}))
    there = fetch(numbered.selectExpr("row", *(f"({to_spark(sql)}) AS c{n}" for n, sql in enumerate(conditions))))
    assert_frame_equal(there.sort("row").drop("row"), here)
    assert any(here[name].any() for name in here.columns)


def test_components_of_chains_cycles_and_stars(session: Any) -> None:
    from resolution.spark.components import components
    from resolution.spark.frames import fetch, upload

    random = Random(2)
    names = random.sample(range(1_000), 1_000)
    chain = list(pairwise(names[:150]))
    star = [(names[200], node) for node in names[201:300]]
    cycle = list(zip(names[300:340], [*names[301:340], names[300]], strict=True))
    twice = [(b, a) for a, b in chain[:10]]
    links = pl.DataFrame([*chain, *star, *cycle, *twice], schema={"a": pl.Int64, "b": pl.Int64}, orient="row")
    found = dict(fetch(components(upload(session, links))).iter_rows())
    label = local_components(1_000, links["a"].to_numpy(), links["b"].to_numpy())
    assert found == {node: int(label[node]) for node in np.unique(links.to_numpy())}
    assert len(set(found.values())) == 3
