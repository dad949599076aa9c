"""Reading many distinct texts on every core."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from typing import Any, Final

import polars as pl

from core.values import InvalidValue
from resolution.features.feature_type import FeatureType, Learned, Row
from resolution.features.registry import FEATURE_TYPES

# Fewer texts are read before a worker process has started.
_WORTH_WORKERS: Final = 60_000
_CHUNK: Final = 20_000
_SEPARATOR: Final = "\x1f"


Readers = Callable[[str, pl.Series], pl.DataFrame]


@contextmanager
def readers(texts: int) -> Iterator[Readers]:
    """What reads a series of texts by a feature type: its parts, all null where a text says nothing.

    In worker processes where `texts` in all are worth their start.
    """
    workers = min(os.cpu_count() or 1, 8)
    if texts < _WORTH_WORKERS or workers < 2:
        yield lambda name, values: pl.concat(map(partial(read_frame, name), _chunks(values)))
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield lambda name, values: pl.concat(pool.map(partial(read_frame, name), _chunks(values)))


def _chunks(texts: pl.Series) -> Iterator[list[str]]:
    return (texts.slice(start, _CHUNK).to_list() for start in range(0, max(texts.len(), 1), _CHUNK))


def read_frame(type_name: str, texts: list[str]) -> pl.DataFrame:
    """The work of one worker."""
    kind = FEATURE_TYPES[type_name]
    parts = kind.columns if kind.parts is None else kind.parts
    nothing = (None,) * len(parts)
    return columns_of([row or nothing for row in read_chunk(type_name, texts)], parts)


def read_chunk(type_name: str, texts: list[str]) -> list[Row | None]:
    """What is read in each text; None where it says nothing."""
    kind = FEATURE_TYPES[type_name]
    return [read_one(kind, text) for text in texts]


def read_one(kind: FeatureType, text: str) -> Row | None:
    """What is read in one text; None where it says nothing."""
    try:
        return kind.read(text)
    except InvalidValue:
        return None


def finish_all(kind: FeatureType, parts: pl.DataFrame, learned: Learned) -> pl.DataFrame:
    """The columns of a type, by suffix, from what was read and what was learned."""
    if kind.finish is None:
        return parts
    finish = kind.finish
    chunks = [
        columns_of([finish(row, learned) for row in chunk.iter_rows()], kind.columns)
        for chunk in parts.iter_slices(_CHUNK)
    ]
    return pl.concat([columns_of([], kind.columns), *chunks])


def columns_of(rows: Sequence[Row], schema: Mapping[str, Any]) -> pl.DataFrame:
    """Rows as a frame: column by column is several times faster than row by row."""
    columns = zip(*rows, strict=True) if rows else ([] for _ in schema)
    return pl.DataFrame(
        [_series(name, dtype, values) for (name, dtype), values in zip(schema.items(), columns, strict=True)]
    )


def _series(name: str, dtype: Any, values: Sequence[Any]) -> pl.Series:
    if dtype != pl.List(pl.String):
        return pl.Series(name, values, dtype=dtype)
    # A Python list for each row is slow to take over; one text for each row is not.
    joined = pl.Series("@", [None if value is None else _SEPARATOR.join(value) for value in values], dtype=pl.String)
    split = pl.when(pl.col("@") == "").then(pl.lit([], dtype=dtype)).otherwise(pl.col("@").str.split(_SEPARATOR))
    return joined.to_frame().select(split.alias("@")).to_series().alias(name)
