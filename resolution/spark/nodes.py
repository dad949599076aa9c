"""Nodes on Spark: records that say the same become one, numbered and keyed as on one machine."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Final

from resolution.collapse import compared_columns
from resolution.model.declaration import Declaration

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

# `monotonically_increasing_id` holds the partition above these bits.
_PARTITION_BITS: Final = 33
_SEPARATOR: Final = "\x1f"
_NULL: Final = "\x1e"


def collapse(frame: DataFrame, declared: Declaration, alone: Collection[str]) -> tuple[DataFrame, DataFrame]:
    """Nodes (node and the comparison columns) and members (record_id, node) of a standardised `frame`.

    The groups are those of `resolution.collapse.collapse`. Nodes are numbered from 0 by the smallest record_id of
    their records, so that numbers and ties come out as on one machine.
    """
    own = frame["record_id"].isin(list(alone)) if alone else frame["record_id"].isNull()
    keyed = frame.withColumn("@alone", own).selectExpr(
        "* EXCEPT (`@alone`)",
        f"CASE WHEN `@alone` THEN cast(record_id AS BINARY) ELSE {_group(frame, declared)} END AS `@group`",
    )
    keyed = keyed.persist()
    groups = _numbered(keyed.selectExpr("`@group`", "record_id").groupBy("@group").agg({"record_id": "min"}))
    members = keyed.select("record_id", "@group").join(groups.drop("first"), "@group").select("record_id", "node")
    firsts = groups.selectExpr("node", "first AS record_id")
    nodes = keyed.join(firsts, "record_id").drop("record_id", "@group")
    nodes, members = nodes.localCheckpoint(), members.localCheckpoint()
    keyed.unpersist()
    return nodes, members


def with_keys(nodes: DataFrame, declared: Declaration) -> tuple[DataFrame, dict[str, int]]:
    """What is compared of `nodes`, with `key_<name>` columns; and how many keys too many nodes share, by name.

    Those keys are left out. A key is a 64-bit hash of its columns: two of a hundred million keys fall together once in
    thousands of runs, and then a pair is compared for nothing.
    """
    compared = (f"`{name}`" for name in compared_columns(nodes.columns, declared))
    keys = (f"{_key(key.columns)} AS `key_{key.name}`" for key in declared.blocking)
    frame = nodes.selectExpr("node", *compared, *keys)
    frame = frame.persist()
    numbered = list(enumerate(f"key_{key.name}" for key in declared.blocking))
    stacked = ", ".join(f"{number}, `{name}`" for number, name in numbered)
    large = (
        frame.selectExpr(f"stack({len(numbered)}, {stacked}) AS (`@number`, `@key`)")
        .where("`@key` IS NOT NULL")
        .groupBy("@number", "@key")
        .count()
        .where(f"count > {declared.block_limit}")
        .localCheckpoint()
    )
    counts: dict[int, int] = dict(large.groupBy("@number").count().collect())
    kept = frame
    for number in counts:
        name = numbered[number][1]
        left_out = large.where(f"`@number` = {number}").selectExpr(f"`@key` AS `{name}`", "true AS `@large`")
        kept = kept.join(left_out, on=name, how="left").selectExpr(
            f"* EXCEPT (`{name}`, `@large`)", f"CASE WHEN `@large` IS NULL THEN `{name}` END AS `{name}`"
        )
    keyed = kept.localCheckpoint()
    frame.unpersist()
    return keyed, {key.name: counts[number] for number, key in enumerate(declared.blocking) if number in counts}


def _group(frame: DataFrame, declared: Declaration) -> str:
    """A digest of all that is compared; of a row without identifier its name, for its likeness may be chance.

    Lists are derived from the texts beside them, so equal texts have equal lists.
    """
    itself = "cast(record_id AS BINARY)"
    if declared.identifier is None:
        return itself
    kinds = dict(frame.dtypes)
    plain = [name for name in compared_columns(frame.columns, declared) if not kinds[name].startswith("array")]
    texts = ", ".join(f"coalesce(cast(`{name}` AS STRING), '{_NULL}')" for name in plain)
    digest = f"unhex(sha2(concat_ws('{_SEPARATOR}', {texts}), 256))"
    return f"CASE WHEN `{declared.identifier}` IS NULL THEN {itself} ELSE {digest} END"


def _key(columns: Sequence[str]) -> str:
    texts = f", '{_SEPARATOR}', ".join(f"cast(`{name}` AS STRING)" for name in columns)
    known = " AND ".join(f"`{name}` IS NOT NULL" for name in columns)
    return f"CASE WHEN {known} THEN xxhash64(concat({texts})) END"


def _numbered(groups: DataFrame) -> DataFrame:
    """`groups` (@group, smallest record_id) with the columns first and node: 0, 1, 2 … in the order of first."""
    ordered = groups.toDF("@group", "first").sort("first").selectExpr("*", "monotonically_increasing_id() AS `@place`")
    ordered = ordered.localCheckpoint()
    sizes = ordered.groupBy(ordered["@place"].bitwiseAND(-1 << _PARTITION_BITS).alias("start")).count()
    offset, starts = 0, []
    for row in sorted(sizes.collect()):
        starts.append(f"{row[0]}L, {offset - row[0]}L")
        offset += row[1]
    shift = f"map({', '.join(starts)})[`@place` & {-1 << _PARTITION_BITS}L]" if starts else "0L"
    return ordered.selectExpr("`@group`", "first", f"`@place` + {shift} AS node")
