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
from resolution.model.model import shipped_model
from resolution.run import RunReport, by_comparison

pytestmark = pytest.mark.filterwarnings(  # pyspark leaves its sockets to the garbage collector
    "ignore::ResourceWarning",
    "ignore::pytest.PytestUnraisableExceptionWarning",
    "ignore:PySpark does not yet fully support pandas:FutureWarning",
)

KINDS = ("person", "organization", "dwelling")
IDS = ("88010219700101001X", "88010219700101010X", "880102********001X")
DATES = (None, "19700101", "19700110", "19710110", "19701001", "19950110")
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
    model = shipped_model(kind)
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
def test_every_condition_says_the_same_on_both_engines(kind: str, session: Any, written: ModuleType) -> None:
    from resolution.spark.frames import fetch, upload

    declared = declaration(kind)
    conditions = [
        level.when for comparison in declared.comparisons for level in comparison.levels if level.when != "ELSE"
    ]
    random = Random(8)
    _, standard = fit_and_standardise(declared, MADE[kind](written))
    kinds = standard.schema
    values = {
        name: random.choices(DATES if name[:-2] == "birth" else VALUES[kinds[name[:-2]].base_type()], k=400)
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


def test_string_similarities_say_the_same_on_both_engines(session: Any) -> None:
    from resolution.spark.frames import fetch, upload
    from resolution.spark.scoring import register_functions

    random = Random(1)
    words = [None, "", *("".join(random.choices("abcde' -", k=random.randint(1, 9))) for _ in range(300))]
    rows = pl.DataFrame({"row": range(600), "a": random.choices(words, k=600), "b": random.choices(words, k=600)})
    asked = {
        "jaro": "jaro_winkler_similarity(a, b)",
        "edits": "levenshtein(a, b)",
        "swaps": "damerau_levenshtein(a, b)",
        "close": "jaro_winkler_similarity(a, b) >= 0.8 AND length(a) > 3",
    }
    with open_engine() as engine:
        engine.register("pairs", rows)
        listed = ", ".join(f"{sql} AS {name}" for name, sql in asked.items())
        here = engine.fetch(f"SELECT row, {listed} FROM pairs ORDER BY row")
    register_functions(session)
    there = fetch(
        upload(session, rows).selectExpr("row", *(f"{to_spark(sql)} AS {name}" for name, sql in asked.items()))
    )
    assert_frame_equal(there.sort("row"), here, check_dtypes=False, abs_tol=1e-12)


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
