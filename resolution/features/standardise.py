"""Records into comparison columns: read each field, add what the data at hand says, derive the rest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
import polars as pl

from core.errors import ModelInvalid
from resolution.expressions import columns, compile_value
from resolution.features.columns import column
from resolution.features.feature_type import FeatureType, Learned, Row
from resolution.features.parallel import finish_all, read_one, readers
from resolution.features.registry import AS_THEY_ARE, column_names, feature_type
from resolution.model.declaration import Declaration


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


@dataclass(frozen=True, slots=True)
class _Read:
    """A field's values, its distinct texts, and the parts that its type read in each."""

    values: pl.Series
    texts: pl.Series
    parts: pl.DataFrame


def fit(declared: Declaration, records: pl.DataFrame) -> Context:
    """Learn from all `records` (record_id and the declared fields in clear)."""
    return _fit(declared, _read(declared, records))


def standardise(declared: Declaration, records: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Comparison columns, one row per record in the order of `records`."""
    return _standardise(declared, context, _read(declared, records))


def fit_and_standardise(declared: Declaration, records: pl.DataFrame) -> tuple[Context, pl.DataFrame]:
    """Both, reading every text once."""
    read = _read(declared, records)
    context = _fit(declared, read)
    return context, _standardise(declared, context, read)


def read_row(declared: Declaration, record: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """The comparison columns of one record: the same values as `standardise` gives."""
    row: dict[str, Any] = {}
    for feature in declared.features:
        text = next((text for source in feature.sources if (text := _text(record.get(source)))), None)
        kind = feature_type(feature.type)
        read = None if text is None else read_one(kind, text)
        row |= zip(
            column_names(feature.name, feature.type),
            _finished(kind, read, context.learned.get(feature.name, {})),
            strict=True,
        )
    for usage in declared.usage:
        value = row[usage.value]
        row[usage.name] = None if value is None else context.usage[usage.name].get(value, 1)
    for name, sql in declared.derive:
        row[name] = compile_value(sql)(row)
    return row


def _read(declared: Declaration, records: pl.DataFrame) -> dict[str, _Read]:
    fields: dict[str, tuple[str, pl.Series, pl.Series]] = {}
    for feature in declared.features:
        values = column(records, feature.sources[0])
        for source in feature.sources[1:]:
            values = values.fill_null(column(records, source))
        texts = values.clear() if feature.type in AS_THEY_ARE else values.drop_nulls().unique().sort()
        fields[feature.name] = feature.type, values, texts
    with readers(sum(texts.len() for _, _, texts in fields.values())) as read:
        return {name: _Read(values, texts, read(type_, texts)) for name, (type_, values, texts) in fields.items()}


def _fit(declared: Declaration, read: Mapping[str, _Read]) -> Context:
    learned: dict[str, Learned] = {}
    for feature in declared.features:
        kind, field = feature_type(feature.type), read[feature.name]
        if kind.fit is not None:
            counts = field.values.drop_nulls().alias("@text").value_counts(name="count")
            texts = field.texts.alias("@text").to_frame()
            counted = texts.join(counts, on="@text", how="left", maintain_order="left")
            learned[feature.name] = kind.fit(field.parts.with_columns(counted["count"].cast(pl.Int64)))
    usage: dict[str, dict[str, int]] = {}
    for item in declared.usage:
        value, owner = (_column_of(declared, name, read) for name in (item.value, item.by))
        used = pl.DataFrame({"value": value, "by": owner}).drop_nulls()
        owners = used.group_by("value").agg(pl.col("by").n_unique().alias("owners")).filter(pl.col("owners") > 1)
        usage[item.name] = dict(owners.sort("value").iter_rows())
    return Context(learned, usage)


def _column_of(declared: Declaration, name: str, read: Mapping[str, _Read]) -> pl.Series:
    """One column of a type that learns nothing. Raises `ModelInvalid` for any other name."""
    for feature in declared.features:
        kind, field = feature_type(feature.type), read[feature.name]
        names = column_names(feature.name, feature.type)
        if name in names and kind.finish is None:
            if feature.type in AS_THEY_ARE:
                return AS_THEY_ARE[feature.type](field.values)
            return _spread(field, field.parts.to_series(names.index(name)).alias(name).to_frame()).to_series()
    raise ModelInvalid(f"“{declared.kind}”的用量统计引用了未知的列 {name}")


def _spread(field: _Read, table: pl.DataFrame) -> pl.DataFrame:
    """Columns of the distinct texts as columns of the records."""
    keyed = table.with_columns(field.texts.alias("@text"))
    return field.values.to_frame("@text").join(keyed, on="@text", how="left", maintain_order="left").drop("@text")


def _standardise(declared: Declaration, context: Context, read: dict[str, _Read]) -> pl.DataFrame:
    frames: list[pl.DataFrame] = []
    for feature in declared.features:
        kind, field = feature_type(feature.type), read.pop(feature.name)
        if as_it_is := AS_THEY_ARE.get(feature.type):
            frames.append(as_it_is(field.values).alias(feature.name).to_frame())
            continue
        table = finish_all(kind, field.parts, context.learned.get(feature.name, {}))
        table.columns = column_names(feature.name, feature.type)
        frames.append(_spread(field, table))
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
    # Only what the expressions name goes over to the database, and only what they make comes back.
    names = [name for name, _ in declared.derive]
    named = {column for _, sql in declared.derive for column in columns(sql)}
    with duckdb.connect(":memory:", config={"threads": 2, "temp_directory": ""}) as connection:
        connection.register("records", frame.select(name for name in frame.columns if name in named).to_arrow())
        try:
            for number, (name, sql) in enumerate(declared.derive):
                source = f"step_{number - 1}" if number else "records"
                connection.execute(f'CREATE TEMP VIEW step_{number} AS SELECT *, {sql} AS "{name}" FROM {source}')  # noqa: S608
            chosen = ", ".join(f'"{name}"' for name in names)
            made = connection.sql(f"SELECT {chosen} FROM step_{len(names) - 1}").to_arrow_table()  # noqa: S608
        except duckdb.Error as error:
            raise ModelInvalid(f"“{declared.kind}”的派生列无法计算：{type(error).__name__}") from None
    return frame.hstack(pl.DataFrame(pl.from_arrow(made)))


def _finished(kind: FeatureType, row: Row | None, learned: Learned) -> Row:
    if row is None:
        return (None,) * len(kind.columns)
    return kind.finish(row, learned) if kind.finish else row


def _text(value: Any) -> str | None:
    return None if value is None else str(value).strip() or None
