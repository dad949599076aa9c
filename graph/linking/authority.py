"""How much a feed's statement is to be believed: `authority.yaml`."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import polars as pl
import yaml

_FILE = Path(__file__).with_name("authority.yaml")


@lru_cache(maxsize=1)
def authorities() -> dict[str, dict[str, float]]:
    """Relation type → feed → probability; `*` stands for any."""
    raw = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {str(kind): {str(feed): float(value) for feed, value in row.items()} for kind, row in raw.items()}


def authority(relation: str, feed: str) -> float:
    table = authorities()
    row = table.get(relation, table["*"])
    # A feed of a family, such as an application's `app:…`, goes by the family's line where it has none of its own.
    return row.get(feed, row.get(feed.partition(":")[0], row["*"]))


def with_authority(assertions: pl.DataFrame) -> pl.DataFrame:
    """Adds the column `authority` from `type` and `feed`."""
    known = assertions.select("type", "feed").unique()
    values = [authority(kind, feed or "*") for kind, feed in known.iter_rows()]
    return assertions.join(
        known.with_columns(pl.Series("authority", values, dtype=pl.Float64)),
        on=["type", "feed"],
        how="left",
        nulls_equal=True,
    )
