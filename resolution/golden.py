"""One golden value per field and entity, chosen among the claims of its records, and why it won.

A claim is one record's value of a field. What people stated (a grid worker at the door, an application: `by_people`)
wins while nobody has said anything else since. All other claims compete by four criteria: soundness (a valid number
before a damaged or a masked one, a complete address before a partial one), agreement (how many departments claim the
value), authority (the rank of the best source for that field, `authority.csv`) and recency. In which order they count
depends on the field's value type (`survivorship.csv`): what seldom changes goes by agreement, what changes often by
recency.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import polars as pl

from core.catalogue import Field, Kind
from core.catalogue import kind as catalogue_kind
from resolution.soundness import IMPLIED, born_by_id, sameness, soundness

_FOLDER: Final = Path(__file__).resolve().parent
_UNRANKED: Final = 99
GRID, APPLICATION = "grid", "app:"  # feeds of what people state: all grid workers; each application by its name
_ENTITY: Final = "entity_id"
# Criterion → the column that holds it, and whether a greater value is better.
CRITERIA: Final = {
    "soundness": ("soundness", True),
    "agreement": ("agreement", True),
    "authority": ("rank", False),
    "recency": ("latest", True),
}
STATED: Final = "stated"
"""Goes before all of them, whatever the field: whether people stated the value after all that is said for others."""
_COLUMNS: Final = {STATED: (STATED, True)} | CRITERIA
CLAIM_COLUMNS: Final = (
    _ENTITY, "field", "value", "feed", "department", "record_id", "record_key", "observed_at", "soundness",
    "agreement", "rank", "chosen", "reason",
)  # fmt: skip
_BETTER: Final = {
    "stated": "有人核实，且此后没有别的说法",
    "soundness": "更完整有效",
    "agreement": "更多部门一致",
    "authority": "来源更权威",
    "recency": "更新",
}
_WORSE: Final = {
    "stated": "入选值有人核实，且此后没有别的说法",
    "soundness": "不如入选值完整有效",
    "agreement": "不如入选值多部门一致",
    "authority": "来源不如入选值权威",
    "recency": "不如入选值新",
}


def golden(kind: str, records: pl.DataFrame, assignments: pl.DataFrame) -> pl.DataFrame:
    """One row per entity: entity_id, the kind's fields (clear), first_observed, last_observed, record_count.

    `records` as for `resolve`; records without an assignment are left out. Only values in dispute are weighed, so a
    million records take seconds, not minutes.
    """
    declared = catalogue_kind(kind)
    joined = _joined(records, assignments)
    result = joined.group_by("@entity").agg(
        pl.col(_ENTITY).first(),
        pl.col("observed_at").min().alias("first_observed"),
        pl.col("observed_at").max().alias("last_observed"),
        pl.len().alias("record_count"),
    )
    for field in declared.fields:
        best = _weighed(declared, field, joined).filter(pl.col("place") == 1)
        result = result.join(best.select("@entity", pl.col("value").alias(field.name)), on="@entity", how="left")
    return result.sort(_ENTITY).select(
        _ENTITY, *declared.field_names, "first_observed", "last_observed", "record_count"
    )


def claims(
    kind: str, records: pl.DataFrame, assignments: pl.DataFrame, entity_ids: list[str] | None = None
) -> pl.DataFrame:
    """Every claim of each field, the chosen value's first: `CLAIM_COLUMNS`.

    `value` is text; `rank` is the authority of the claim's own source (99 where the table has none), `agreement` the
    number of departments that claim the same value, `reason` a Chinese sentence. `soundness`: 2 in order, 1 damaged or
    partial, 0 masked or unresolved, -1 read from a valid citizen id.
    """
    declared = catalogue_kind(kind)
    wanted = assignments if entity_ids is None else assignments.filter(pl.col(_ENTITY).is_in(entity_ids))
    joined = _joined(records, wanted)
    return pl.concat([_claims_of(declared, field, joined) for field in declared.fields]).sort(
        _ENTITY, "@field", "place", "rank", "observed_at", "record_id", descending=[False] * 4 + [True, False]
    ).select(CLAIM_COLUMNS)  # fmt: skip


def by_people(feed: str | None) -> bool:
    """Whether a feed is what people stated of an entity one by one, and no department's file."""
    return feed == GRID or (feed or "").startswith(APPLICATION)


def order_of(field: Field) -> tuple[str, ...]:
    """The criteria in the order in which they count for a field's value type."""
    table = survivorship()
    return table.get(field.type, table["*"])


@cache
def survivorship() -> dict[str, tuple[str, ...]]:
    """Value type → criteria, most important first; `*` is every other type."""
    table = pl.read_csv(_FOLDER / "survivorship.csv")
    return {row["type"]: tuple(row["order"].split(" ")) for row in table.iter_rows(named=True)}


@cache
def authority() -> pl.DataFrame:
    """kind, field, source (a feed, or a department for its other feeds), rank (1 = the source that others ask)."""
    schema = {"kind": pl.String, "field": pl.String, "source": pl.String, "rank": pl.Int64}
    return pl.read_csv(_FOLDER / "authority.csv", schema=schema)


def _joined(records: pl.DataFrame, assignments: pl.DataFrame) -> pl.DataFrame:
    """Records with their entity; `@entity` numbers the entities, which groups faster than their ids."""
    joined = records.join(assignments.select("record_id", _ENTITY), on="record_id")
    return joined.with_columns(pl.col(_ENTITY).rank("dense").alias("@entity"))


def _values(declared: Kind, field: Field, joined: pl.DataFrame) -> pl.DataFrame:
    """The claims of a field: who claims which value."""
    if field.name not in joined.columns:
        return _values(declared, field, joined.clear().with_columns(pl.lit(None, pl.String).alias(field.name)))
    heads = ["@entity", _ENTITY, "record_id", "feed", "department", "record_key", "observed_at"]
    own = pl.col(field.name)
    if field.type != "number":
        text = own.cast(pl.String).str.strip_chars()
        own = pl.when(text != "").then(text)
    made = joined.select(*heads, own.alias("value")).with_columns(implied=pl.lit(value=False))
    if declared.name == "person" and field.name in ("birth_date", "sex") and "citizen_id" in joined.columns:
        told = born_by_id(joined["citizen_id"])[field.name]
        made = made.with_columns(told.alias("told"))
        silent = pl.col("value").is_null().all().over("@entity")  # nobody states it
        made = made.with_columns(
            value=pl.when(silent).then("told").otherwise("value"), implied=silent & pl.col("told").is_not_null()
        ).drop("told")
    return made.drop_nulls("value")


def _weighed(declared: Kind, field: Field, joined: pl.DataFrame) -> pl.DataFrame:
    """One row per entity and value with its criteria; `place` 1 wins. Undisputed values have no soundness."""
    values = _values(declared, field, joined)
    key = ["@entity", "value"]
    listed = values.join(_ranks(declared, field, values), on=["feed", "department"], how="left", nulls_equal=True)
    weighed = listed.group_by(key).agg(
        pl.col("implied").all(), pl.col("rank").min(), pl.col("observed_at").max().alias("latest")
    )
    single = pl.col("@entity").is_unique()
    settled = weighed.filter(single).with_columns(
        soundness=pl.lit(None, pl.Int8),
        agreement=pl.lit(None, pl.UInt32),
        stated=pl.lit(value=False),
        place=pl.lit(1, pl.UInt32),
    )
    disputed = _stated(values, weighed.filter(~single))
    disputed = _sound(field, _agreement(field, values, disputed), order_of(field))
    order = [_COLUMNS[name] for name in (STATED, *order_of(field))]
    ranked = disputed.sort(
        "@entity",
        *(name for name, _ in order),
        "value",
        descending=[False, *(greater for _, greater in order), False],
        nulls_last=True,
    ).with_columns(place=pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).over("@entity"))
    return pl.concat([settled, ranked.select(settled.columns)])


def _stated(values: pl.DataFrame, weighed: pl.DataFrame) -> pl.DataFrame:
    """`weighed` with whether people stated the value after all that is said for the others."""
    feed = pl.col("feed")
    told = values.filter(((feed == GRID) | feed.str.starts_with(APPLICATION)).fill_null(value=False))
    newest = told.group_by("@entity", "value").agg(pl.col("observed_at").max().alias("_stated_at"))
    latest = pl.col("latest")
    first = latest.max().over("@entity")
    others = pl.when(latest == first).then(latest.top_k(2).min().over("@entity")).otherwise(first)
    joined = weighed.with_columns(_others=others).join(newest, on=["@entity", "value"], how="left")
    stated = (pl.col("_stated_at") > pl.col("_others")).fill_null(value=False)
    return joined.with_columns(stated=stated).drop("_others", "_stated_at")


def _sound(field: Field, weighed: pl.DataFrame, order: tuple[str, ...]) -> pl.DataFrame:
    """`weighed` with soundness; where agreement counts first, only among the values that lead in it."""
    leading = pl.lit(value=True)
    if order[0] == "agreement":
        leading = pl.col("agreement") == pl.col("agreement").max().over("@entity")
        leading &= pl.len().over("@entity", "agreement") > 1
    needed = weighed.select(leading.alias("needed")).to_series()
    graded = weighed.filter(needed).select("@entity", "value")
    graded = graded.with_columns(soundness(field, graded["value"]))
    return weighed.join(graded, on=["@entity", "value"], how="left").with_columns(
        soundness=pl.when("implied").then(pl.lit(IMPLIED, pl.Int8)).otherwise("soundness")
    )


def _agreement(field: Field, values: pl.DataFrame, weighed: pl.DataFrame) -> pl.DataFrame:
    """`weighed` with the number of departments that claim the same value, in whatever words."""
    same = weighed.select("@entity", "value").with_columns(sameness(field, weighed["@entity"], weighed["value"]))
    told = values.select("@entity", "value", "department").unique().join(same, on=["@entity", "value"])
    counted = told.group_by("@entity", "same").agg(pl.col("department").n_unique().alias("agreement"))
    joined = same.join(counted, on=["@entity", "same"]).select("@entity", "value", "agreement")
    return weighed.join(joined, on=["@entity", "value"], how="left")


def _ranks(declared: Kind, field: Field, values: pl.DataFrame) -> pl.DataFrame:
    """feed, department, rank: by the feed's own line, else by the department's."""
    told = authority().filter((pl.col("kind") == declared.name) & (pl.col("field") == field.name))
    table = dict(told.select("source", "rank").iter_rows())
    sources = values.select("feed", "department").unique()
    ranks = [table.get(feed, table.get(department, _UNRANKED)) for feed, department in sources.iter_rows()]
    return sources.with_columns(pl.Series("rank", ranks, dtype=pl.Int64))


def _claims_of(declared: Kind, field: Field, joined: pl.DataFrame) -> pl.DataFrame:
    """The claims of one field with the verdict on their value."""
    order = (STATED, *order_of(field))
    weighed = _weighed(declared, field, joined)
    weighed = weighed.with_columns(
        soundness=pl.coalesce(
            "soundness",
            pl.when("implied").then(pl.lit(IMPLIED, pl.Int8)).otherwise(soundness(field, weighed["value"])),
        )
    )
    values = _values(declared, field, joined)
    weighed = _agreement(field, values, weighed.drop("agreement"))
    columns = [_COLUMNS[name][0] for name in order]
    rival = {1: "second", 2: "first"}
    sides = [
        weighed.filter(pl.col("place") == place).select("@entity", *(pl.col(c).alias(f"{side}_{c}") for c in columns))
        for place, side in rival.items()
    ]
    first = sides[0].rename({f"second_{c}": f"first_{c}" for c in columns})
    second = sides[1].rename({f"first_{c}": f"second_{c}" for c in columns})
    judged = weighed.join(first, on="@entity", how="left").join(second, on="@entity", how="left")
    chosen = pl.col("place") == 1
    won = _first_difference(order, "second", _BETTER, "与另一个值各方面相当，取其一")
    lost = _first_difference(order, "first", _WORSE, "与入选值各方面相当，取了另一个")
    alone = pl.len().over("@entity") == 1
    sentence = (
        pl.when(alone & pl.col("implied")).then(pl.lit("入选：无人登记，由公民身份号码得出"))
        .when(alone).then(pl.lit("入选：没有别的说法"))
        .when(chosen).then(pl.lit("入选：") + won)
        .otherwise(pl.lit("落选：") + lost)
    )  # fmt: skip
    verdicts = judged.select(
        "@entity", "value", "place", "soundness", "agreement", chosen.alias("chosen"), sentence.alias("reason")
    )
    ranks = _ranks(declared, field, values)
    return (
        values.join(verdicts, on=["@entity", "value"])
        .join(ranks, on=["feed", "department"], how="left", nulls_equal=True)
        .with_columns(
            pl.lit(field.name).alias("field"),
            pl.col("value").cast(pl.String),
            pl.lit(declared.field_names.index(field.name)).alias("@field"),
        )
        .drop("@entity", "implied")
    )


def _first_difference(order: tuple[str, ...], side: str, words: dict[str, str], equal: str) -> pl.Expr:
    sentence: pl.Expr = pl.lit(equal)
    for name in reversed(order):
        column = _COLUMNS[name][0]
        differs = pl.col(column).ne_missing(pl.col(f"{side}_{column}"))
        sentence = pl.when(differs).then(pl.lit(words[name])).otherwise(sentence)
    return sentence
