"""Comparison columns on Spark: the same readers as on one machine, over partitions.

What one text says is read by Python in the workers; what all records say together is counted by Spark; the derived
columns are Spark SQL. Only what a feature type learns passes through the driver, and the distinct readings that it
learns from.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from resolution.expressions import to_spark
from resolution.features.columns import column
from resolution.features.feature_type import Learned
from resolution.features.parallel import read_chunk
from resolution.features.registry import feature_type
from resolution.features.standardise import Context, standardise
from resolution.model.declaration import Declaration, Feature, Usage
from resolution.spark.frames import Batches, fetch, frame_of, plain, schema_of

if TYPE_CHECKING:
    from pyspark import Broadcast
    from pyspark.sql import Column, DataFrame


def fit_and_standardise(declared: Declaration, records: DataFrame) -> tuple[Context, DataFrame]:
    """Context, and record_id with the comparison columns: those of `resolution.features.standardise`.

    `usage` of the context stays in the cluster, as columns; `usage_of` fetches it.
    """
    found = {feature.name: _learn(feature, records) for feature in declared.features}
    learned = {name: table for name, table in found.items() if table is not None}
    frame = _read(declared, records, learned)
    columns = frame.columns
    for usage in declared.usage:
        frame = _with_usage(frame, usage)
    frame = frame.select(*columns, *(usage.name for usage in declared.usage))
    for name, sql in declared.derive:
        frame = frame.selectExpr("*", f"{to_spark(sql)} AS `{name}`")
    return Context(learned, {}), frame


def usage_of(declared: Declaration, frame: DataFrame) -> dict[str, dict[str, int]]:
    """`Context.usage`, on the driver: an entry for each value that several owners use."""
    return {usage.name: dict(fetch(_several(frame, usage)).sort(usage.value).iter_rows()) for usage in declared.usage}


def _several(frame: DataFrame, usage: Usage) -> DataFrame:
    return frame.where(f"`{usage.name}` > 1").select(usage.value, usage.name).distinct()


def _with_usage(frame: DataFrame, usage: Usage) -> DataFrame:
    used = frame.select(usage.value, usage.by).dropna()
    owners = used.groupBy(usage.value).agg(_count_distinct(usage.by)).where("`@owners` > 1")
    known = f"CASE WHEN `{usage.value}` IS NOT NULL THEN coalesce(`@owners`, 1L) END AS `{usage.name}`"
    return frame.join(owners, on=usage.value, how="left").selectExpr("* EXCEPT (`@owners`)", known)


def _count_distinct(name: str) -> Column:
    from pyspark.sql import functions

    return functions.countDistinct(name).alias("@owners")


def _read(declared: Declaration, records: DataFrame, learned: dict[str, Learned]) -> DataFrame:
    session = records.sparkSession
    bare = replace(declared, usage=(), derive=())
    empty = pl.DataFrame({name: pl.Series([], dtype=pl.String) for name in records.columns})
    columns = standardise(bare, empty, Context(learned, {}))
    schema = schema_of(session, pl.concat([empty.select("record_id"), columns], how="horizontal"))
    shared = session.sparkContext.broadcast(learned)
    return records.mapInArrow(partial(_standardise, bare, shared), schema)


def _standardise(declared: Declaration, learned: Broadcast[dict[str, Learned]], batches: Batches) -> Batches:
    for batch in batches:
        records = frame_of(batch)
        columns = standardise(declared, records, Context(learned.value, {}))
        yield from plain(columns.insert_column(0, records["record_id"])).to_batches()


def _learn(feature: Feature, records: DataFrame) -> Learned | None:
    """What the feature's type learns from the distinct readings and how many records have each."""
    kind = feature_type(feature.type)
    if kind.fit is None or kind.parts is None:
        return None
    sources = [source for source in feature.sources if source in records.columns]
    counted = records.select(*sources).mapInArrow(partial(_count_texts, feature), "text string, count bigint")
    distinct = counted.groupBy("text").sum("count").toDF("text", "count")
    schema = schema_of(records.sparkSession, pl.DataFrame(schema=dict(kind.parts) | {"count": pl.Int64}))
    read = distinct.mapInArrow(partial(_read_texts, feature.type, dict(kind.parts)), schema)
    return kind.fit(fetch(read.groupBy(*kind.parts).sum("count").toDF(*kind.parts, "count")))


def _count_texts(feature: Feature, batches: Batches) -> Batches:
    for batch in batches:
        frame = frame_of(batch)
        values = column(frame, feature.sources[0])
        for source in feature.sources[1:]:
            values = values.fill_null(column(frame, source))
        counts = values.rename("text").drop_nulls().value_counts(name="count")
        yield from plain(counts.with_columns(pl.col("count").cast(pl.Int64))).to_batches()


def _read_texts(type_name: str, parts: dict[str, pl.DataType], batches: Batches) -> Batches:
    nothing = (None,) * len(parts)
    for batch in batches:
        texts = frame_of(batch)
        rows = [row or nothing for row in read_chunk(type_name, texts["text"].to_list())]
        yield from plain(pl.DataFrame(rows, schema=parts, orient="row").with_columns(texts["count"])).to_batches()
