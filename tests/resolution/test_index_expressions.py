"""Conditions and derived columns in Python say what DuckDB says, on random rows with gaps and hanzi."""

from __future__ import annotations

from random import Random
from typing import Any

import duckdb
import polars as pl
import pytest

from core.errors import ModelInvalid
from resolution.expressions import columns, compile_condition, compile_value, to_spark
from resolution.model.declaration import declaration

KINDS = ("person", "organization", "dwelling")
ROWS = 700
CODES = ("19800101", "19800110", "19801001", "19800102", "19790101", "88010219800101123X", "880102********123X")
CODES += ("880102198001011232", "88010219800101132X", "16012345678", "16012345679", "16012345687", "160123456")
WORDS = ("张伟", "张炜", "张", "王芳", "阿依古丽·买买提", "阿依古丽", "valid", "masked", "broken", "1", "2", "")


def text(random: Random, pool: tuple[str, ...]) -> str | None:
    return None if random.random() < 0.2 else random.choice(pool)


def value(random: Random, name: str, sql: str) -> Any:
    """A value of the type that the expression wants of the column."""
    if any(part in name for part in ("sounds", "holes", "list")):
        return None if random.random() < 0.2 else random.sample(WORDS, random.randint(0, 3))
    if any(part in name for part in ("names", "soundings", "number", "usage")):
        return None if random.random() < 0.2 else random.randint(0, 14)
    if "_from_" in name or name.startswith("flag"):
        return random.choice((None, True, False))
    if "state" in name:
        return text(random, ("valid", "masked", "broken"))
    coded = any(part in name for part in ("id", "birth", "phone", "uscc"))
    return text(random, CODES if coded or ":" in sql else WORDS)


def table(names: list[str], sql: str, seed: int) -> pl.DataFrame:
    random = Random(seed)
    rows = [[value(random, name, sql) for name in names] for _ in range(ROWS)]
    # Every second row has equal sides now and then, so that conditions hold.
    for row in rows[::2]:
        for place, name in enumerate(names):
            if name.endswith("_r") and f"{name[:-2]}_l" in names and random.random() < 0.7:
                row[place] = row[names.index(f"{name[:-2]}_l")]
    listed = {n: pl.List(pl.String) for n in names if any(part in n for part in ("sounds", "holes", "list"))}
    return pl.DataFrame(rows, schema=names, orient="row", schema_overrides=listed, infer_schema_length=None)


def in_duckdb(frame: pl.DataFrame, sql: str) -> list[Any]:
    with duckdb.connect() as connection:
        connection.register("given", frame.to_arrow())
        return [row[0] for row in connection.execute(f"SELECT {sql} FROM given").fetchall()]


def levels() -> list[Any]:
    return [
        pytest.param(level.raw, level.when, id=f"{kind}-{comparison.name}-{level.name}")
        for kind in KINDS
        for comparison in declaration(kind).comparisons
        for level in comparison.levels
        if level.when != "ELSE"
    ]


def sided(row: dict[str, Any], side: str) -> dict[str, Any]:
    return {name[:-2]: value for name, value in row.items() if name.endswith(side)}


@pytest.mark.parametrize(("raw", "written_out"), levels())
def test_every_declared_condition(raw: str, written_out: str) -> None:
    frame = table(sorted(columns(raw)), raw, 11)
    condition = compile_condition(raw)
    found = [condition(sided(row, "_l"), sided(row, "_r")) for row in frame.iter_rows(named=True)]
    assert found == in_duckdb(frame, written_out)


@pytest.mark.parametrize("kind", KINDS)
def test_every_derived_column(kind: str) -> None:
    for name, sql in declaration(kind).derive:
        frame = table(sorted(columns(sql)), sql, 5)
        derive = compile_value(sql)
        assert [derive(row) for row in frame.iter_rows(named=True)] == in_duckdb(frame, sql), name


@pytest.mark.parametrize(
    "sql",
    [
        "NOT (a = b AND c < d)",
        "NOT (a = 'x' OR b IS NULL) AND c <> d",
        "a IN ('x', 'y') OR b NOT IN ('x', NULL)",
        "number BETWEEN 2 AND 9",
        "number NOT BETWEEN number2 AND 9",
        "a IS DISTINCT FROM b",
        "(a = b) IS TRUE",
        "(a = b) IS NOT FALSE",
        "a = NULL",
        "flag AND NOT flag2",
        "CASE WHEN flag THEN a WHEN number > 3 THEN b ELSE c END",
        "CASE a WHEN 'x' THEN 1 WHEN 'y' THEN 2 END",
        "coalesce(a, b, 'none') || '|' || length(c)",
        "concat(a, '-', number)",
        "substr(a, number - 7, number2 - 3)",
        "substr(a, 2)",
        "left(a, number - 3) || right(b, number2 - 3)",
        "greatest(number, number2) - least(number, number2, 3)",
        "abs(number - number2) * 2 + 1 >= 7",
        "-number < number2",
        "lower(a) = b",
        "starts_with(a, b) OR contains(b, a)",
        "list_has_any(list, list2)",
        "len(list_intersect(list, list2)) >= 1",
        "list_contains(list, a)",
        "CAST(number AS VARCHAR) || 'x'",
        "CAST('3.6' AS INTEGER) + CAST(number AS DOUBLE)",
        "a < b OR a >= c",
        "levenshtein(a, b)",
        "damerau_levenshtein(a, b)",
    ],
)
def test_what_a_declaration_may_write(sql: str) -> None:
    random = Random(3)
    names = columns(sql) or ["a"]
    pool = ("x", "y", "abcab", "bacab", "李小龍", "张伟A", "")
    rows = []
    for _ in range(ROWS):
        row = {}
        for name in names:
            row[name] = text(random, pool) if len(name) == 1 else value(random, name, sql)
            if name.startswith("list"):
                row[name] = None if random.random() < 0.2 else random.choices(pool, k=random.randint(0, 3))
        rows.append(row)
    frame = pl.DataFrame(rows, schema_overrides={n: pl.List(pl.String) for n in names if n.startswith("list")})
    compiled = compile_value(sql)
    assert [compiled(row) for row in rows] == in_duckdb(frame, sql)


def test_jaro_winkler_and_distances_of_random_words() -> None:
    random = Random(8)
    words = ["".join(random.choices("abcde", k=random.randint(0, 9))) for _ in range(2 * ROWS)]
    frame = pl.DataFrame({"a": words[:ROWS], "b": words[ROWS:]})
    for sql in ("jaro_winkler_similarity(a, b)", "levenshtein(a, b)", "damerau_levenshtein(a, b)"):
        compiled = compile_value(sql)
        found = [compiled(row) for row in frame.iter_rows(named=True)]
        assert found == pytest.approx(in_duckdb(frame, sql), abs=1e-12)


@pytest.mark.parametrize("sql", ["md5(a_l) = a_r", "a_l = ", "a_l IN (SELECT 1)", "a = b_r", "a_l LIKE 'x%'"])
def test_what_is_not_understood_is_refused_by_name(sql: str) -> None:
    with pytest.raises(ModelInvalid) as raised:
        compile_condition(sql)
    assert any(part in raised.value.message for part in ("a_l", "a "))


def test_spark_gets_its_own_functions() -> None:
    assert to_spark("list_has_any(a_l, a_r)") == "ARRAYS_OVERLAP(a_l, a_r)"
    assert to_spark("len(list_intersect(a_l, a_r)) > 1") == "ARRAY_SIZE(ARRAY_INTERSECT(a_l, a_r)) > 1"
    with pytest.raises(ModelInvalid):
        to_spark("{one_error:a:3}")
    with pytest.raises(ModelInvalid):
        to_spark("md5(a_l) = a_r")
