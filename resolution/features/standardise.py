"""Records into comparison columns: read each field, add what the data at hand says, derive the rest."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import duckdb
import polars as pl

from core.errors import ModelInvalid
from core.values import InvalidValue
from resolution.expressions import compile_value
from resolution.features.columns import column
from resolution.features.feature_type import FeatureType, Learned, Row
from resolution.features.parallel import read_all
from resolution.features.registry import AS_THEY_ARE, FEATURE_TYPES
from resolution.model.declaration import Declaration, Feature

_SEPARATOR: Final = "\x1f"


@dataclass(frozen=True, slots=True)
class Context:
    """What the records of a run said together, frozen for every record that is standardised after it.

    `learned[feature]` belongs to its type. `usage[name][value]` is how many different owners use a value; values of
    one owner are left out. It holds clear values: in memory, or sealed.
    """

    learned: dict[str, Learned]
    usage: dict[str, dict[str, int]]

    def to_json(self) -> str:
        return json.dumps({"learned": self.learned, "usage": self.usage}, ensure_ascii=False)

    @staticmethod
    def from_json(text: str) -> Context:
        data = json.loads(text)
        return Context(data["learned"], data["usage"])


@dataclass(slots=True)
class _Read:
    """A field's distinct texts and what its type read in each (None: it says nothing)."""

    values: pl.Series
    texts: list[str]
    rows: list[Row | None]


def fit(declared: Declaration, records: pl.DataFrame) -> Context:
    """Learn from all `records` (record_id and the declared fields in clear)."""
    return _fit(declared, records, _read(declared, records))


def standardise(declared: Declaration, records: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Comparison columns, one row per record in the order of `records`."""
    return _standardise(declared, records, context, _read(declared, records))


def fit_and_standardise(declared: Declaration, records: pl.DataFrame) -> tuple[Context, pl.DataFrame]:
    """Both, reading every text once."""
    read = _read(declared, records)
    context = _fit(declared, records, read)
    return context, _standardise(declared, records, context, read)


def read_row(declared: Declaration, record: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """The comparison columns of one record: the same values as `standardise` gives."""
    row: dict[str, Any] = {}
    for feature in declared.features:
        text = next((text for source in feature.sources if (text := _text(record.get(source)))), None)
        kind = feature_type(feature.type)
        read = None if text is None else _read_one(kind, text)
        row |= zip(_names(feature, kind), _finished(kind, read, context.learned.get(feature.name, {})), strict=True)
    for usage in declared.usage:
        value = row[usage.value]
        row[usage.name] = None if value is None else context.usage[usage.name].get(value, 1)
    for name, sql in declared.derive:
        row[name] = compile_value(sql)(row)
    return row


def feature_type(name: str) -> FeatureType:
    """Raises `ModelInvalid` for an unknown type."""
    try:
        return FEATURE_TYPES[name]
    except KeyError:
        raise ModelInvalid(f"匹配声明中有未知的特征类型 {name}（可用：{'、'.join(sorted(FEATURE_TYPES))}）") from None


def _read(declared: Declaration, records: pl.DataFrame) -> dict[str, _Read]:
    read: dict[str, _Read] = {}
    for feature in declared.features:
        values = column(records, feature.sources[0])
        for source in feature.sources[1:]:
            values = values.fill_null(column(records, source))
        texts = [] if feature.type in AS_THEY_ARE else values.drop_nulls().unique().sort().to_list()
        read[feature.name] = _Read(values, texts, read_all(feature.type, texts))
    return read


def _fit(declared: Declaration, records: pl.DataFrame, read: Mapping[str, _Read]) -> Context:
    learned: dict[str, Learned] = {}
    for feature in declared.features:
        kind = feature_type(feature.type)
        if kind.fit is not None and kind.parts is not None:
            field = read[feature.name]
            nothing = (None,) * len(kind.parts)
            parts = columns_of([row or nothing for row in field.rows], kind.parts)
            texts = pl.DataFrame({"@text": pl.Series(field.texts, dtype=pl.String)})
            counts = field.values.drop_nulls().value_counts(name="count").rename({field.values.name: "@text"})
            counted = texts.join(counts, on="@text", how="left", maintain_order="left")
            learned[feature.name] = kind.fit(parts.with_columns(counted["count"].cast(pl.Int64)))
    usage: dict[str, dict[str, int]] = {}
    for item in declared.usage:
        owner = _column_of(declared, item.by, read)
        used = pl.DataFrame({"value": read[item.value].values, "by": owner}).drop_nulls()
        owners = used.group_by("value").agg(pl.col("by").n_unique().alias("owners")).filter(pl.col("owners") > 1)
        usage[item.name] = dict(owners.sort("value").iter_rows())
    return Context(learned, usage)


def _column_of(declared: Declaration, name: str, read: Mapping[str, _Read]) -> pl.Series:
    """One column of a type that learns nothing."""
    for feature in declared.features:
        kind = feature_type(feature.type)
        names = _names(feature, kind)
        if name in names and kind.finish is None:
            place, field = names.index(name), read[feature.name]
            table = {text: row[place] for text, row in zip(field.texts, field.rows, strict=True) if row}
            return field.values.replace_strict(table, default=None, return_dtype=pl.String)
    raise ModelInvalid(f"“{declared.kind}”的用量统计引用了未知的列 {name}")


def _standardise(
    declared: Declaration, records: pl.DataFrame, context: Context, read: Mapping[str, _Read]
) -> pl.DataFrame:
    frames: list[pl.DataFrame] = []
    for feature in declared.features:
        kind, field = feature_type(feature.type), read[feature.name]
        if as_it_is := AS_THEY_ARE.get(feature.type):
            frames.append(as_it_is(field.values).alias(feature.name).to_frame())
            continue
        learned = context.learned.get(feature.name, {})
        rows = [_finished(kind, row, learned) for row in field.rows]
        schema = dict(zip(_names(feature, kind), kind.columns.values(), strict=True))
        table = columns_of(rows, schema).with_columns(pl.Series("@text", field.texts, dtype=pl.String))
        frames.append(
            field.values.to_frame("@text").join(table, on="@text", how="left", maintain_order="left").drop("@text")
        )
    frame = pl.concat(frames, how="horizontal")
    for usage in declared.usage:
        known = context.usage[usage.name]
        counts = pl.DataFrame(
            {usage.value: list(known), "@count": list(known.values())},
            schema_overrides={usage.value: pl.String, "@count": pl.Int64},
        )
        joined = frame.select(usage.value).join(counts, on=usage.value, how="left", maintain_order="left")
        used = pl.when(pl.col(usage.value).is_not_null()).then(pl.col("@count").fill_null(1))
        frame = frame.with_columns(joined.select(used.alias(usage.name)))
    return derived(declared, frame)


def derived(declared: Declaration, frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` with the declaration's derived columns, in its order."""
    if not declared.derive or frame.is_empty():
        return frame.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name, _ in declared.derive)
    with duckdb.connect(":memory:", config={"threads": 2, "temp_directory": ""}) as connection:
        connection.register("records", frame.to_arrow())
        for number, (name, sql) in enumerate(declared.derive):
            source = f"step_{number - 1}" if number else "records"
            connection.execute(f'CREATE TEMP VIEW step_{number} AS SELECT *, {sql} AS "{name}" FROM {source}')  # noqa: S608
        try:
            return pl.DataFrame(pl.from_arrow(connection.sql(f"FROM step_{len(declared.derive) - 1}").to_arrow_table()))
        except duckdb.Error as error:
            raise ModelInvalid(f"“{declared.kind}”的派生列无法计算：{type(error).__name__}") from None


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
    joined = pl.Series(name, [None if value is None else _SEPARATOR.join(value) for value in values], dtype=pl.String)
    split = pl.col(name).str.split(_SEPARATOR)
    return (
        joined.to_frame()
        .select(pl.when(pl.col(name) == "").then(pl.lit([], dtype=dtype)).otherwise(split))
        .to_series()
        .alias(name)
    )


def _names(feature: Feature, kind: FeatureType) -> list[str]:
    return [f"{feature.name}_{suffix}" if suffix else feature.name for suffix in kind.columns]


def _read_one(kind: FeatureType, text: str) -> Row | None:
    try:
        return kind.read(text)
    except InvalidValue:
        return None


def _finished(kind: FeatureType, row: Row | None, learned: Learned) -> Row:
    if row is None:
        return (None,) * len(kind.columns)
    return kind.finish(row, learned) if kind.finish else row


def _text(value: Any) -> str | None:
    return None if value is None else str(value).strip() or None
