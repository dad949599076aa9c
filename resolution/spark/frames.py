"""Frames between polars and Spark, without a file in between."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

Batches = Iterator[pa.RecordBatch]

# Rows that cross to the cluster at a time: what the driver's JVM holds beside the frame itself.
_SLICE = 1_000_000


def upload(session: SparkSession, frame: pl.DataFrame) -> DataFrame:
    """`frame` in the memory of the cluster, and no longer in that of the driver's JVM."""
    whole = session.createDataFrame([], schema_of(session, frame))
    for start in range(0, frame.height, _SLICE):
        table = session.createDataFrame(plain(frame.slice(start, _SLICE)))
        whole = whole.unionAll(table.repartition(partitions(session)).localCheckpoint())
    return whole


def fetch(frame: DataFrame) -> pl.DataFrame:
    """All rows on the driver."""
    return pl.DataFrame(pl.from_arrow(frame.toArrow()))


def schema_of(session: SparkSession, frame: pl.DataFrame) -> StructType:
    """The Spark schema of a polars frame's columns."""
    return session.createDataFrame(plain(frame.clear(1))).schema  # a row of nulls: Spark refuses a table without any


def partitions(session: SparkSession) -> int:
    return int(session.conf.get("spark.sql.shuffle.partitions") or 200)


def plain(frame: pl.DataFrame) -> pa.Table:
    """Arrow with the types that Spark reads, offsets of 32 bits."""
    table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
    return table.cast(pa.schema([(field.name, _narrow(field.type)) for field in table.schema]))


def _narrow(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_large_list(kind):
        return pa.list_(_narrow(kind.value_type))
    return pa.string() if pa.types.is_large_string(kind) else kind


def frame_of(batch: pa.RecordBatch) -> pl.DataFrame:
    return pl.DataFrame(pl.from_arrow(batch))
