"""The public data sets as files: what is resolved, and apart from it the truth that scores the result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from errno import ENOENT
from pathlib import Path
from typing import Final

import polars as pl

from resolution.model.declaration import Declaration, load_declaration

FOLDER: Final = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """`records`: record_id and the fields of the files as text, blank ones null, nothing of the truth.

    `truth`: record_id, entity.
    """

    records: pl.DataFrame
    truth: pl.DataFrame


def read(name: str, folder: Path) -> Dataset:
    """Raises `FileNotFoundError` when the files do not lie in `folder`, and `KeyError` for an unknown data set."""
    return READERS[name](folder)


def declared(name: str) -> Declaration:
    """The kind as it is declared beside this module."""
    return load_declaration(FOLDER / f"{name}.yaml")


def _historical(folder: Path) -> Dataset:
    """Splink's data set `historical_50k`: persons from Wikidata, several records each, with invented errors."""
    rows = pl.read_parquet(_file(folder, "historical_figures_with_errors_50k.parquet")).rename(
        {"unique_id": "record_id"}
    )
    return Dataset(
        records=rows.drop("cluster"), truth=rows.select("record_id", pl.col("cluster").cast(pl.String).alias("entity"))
    )


def _febrl4(folder: Path) -> Dataset:
    """FEBRL's data set 4: 5,000 made persons in each of two files; the number in `rec_id` tells who is who."""
    files = [
        _csv(_file(folder, f"dataset4{source}.csv")).with_columns(pl.lit(source).alias("source")) for source in "ab"
    ]
    rows = pl.concat(files).rename({"rec_id": "record_id"})
    number = pl.col("record_id").str.extract(r"^rec-(\d+)-")
    # The number must not reach what is resolved; the order of the files tells nothing, and neither does a new name.
    named = pl.concat_str("source", pl.int_range(pl.len()).over("source").cast(pl.String), separator="-")
    rows = rows.with_columns(number.alias("entity"), named.alias("record_id"))
    return Dataset(records=rows.drop("entity"), truth=rows.select("record_id", "entity"))


def _file(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.is_file():
        raise FileNotFoundError(ENOENT, "no such file", name)
    return path


def _csv(path: Path) -> pl.DataFrame:
    rows = pl.read_csv(path, infer_schema=False)
    stripped = rows.rename({name: name.strip() for name in rows.columns}).with_columns(pl.all().str.strip_chars())
    return stripped.with_columns(pl.when(pl.all() != "").then(pl.all()))


READERS: Final[dict[str, Callable[[Path], Dataset]]] = {"historical": _historical, "febrl4": _febrl4}
