"""Match weights of candidate pairs, by Splink on Spark: the same model, the same pairs, the same bits."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from resolution.expressions import to_spark
from resolution.functions import damerau_levenshtein, jaro_winkler_similarity
from resolution.model.model import Model
from resolution.scoring import POPULATION_FLOOR, frequency_columns
from resolution.spark.frames import partitions

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_FUNCTIONS: Final[dict[str, tuple[Callable[[str, str], float], str]]] = {
    "jaro_winkler": (jaro_winkler_similarity, "double"),
    "lev_damerau": (damerau_levenshtein, "int"),
}

logging.getLogger("splink").setLevel(logging.ERROR)


def scored_pairs(keyed: DataFrame, model: Model, frequencies: Mapping[str, DataFrame], population: int) -> DataFrame:
    """All candidate pairs of the nodes `keyed` (of `nodes.with_keys`): a, b (nodes, a < b), weight (bits).

    Persisted. Raises `LevelUntrained` when the model has no parameters for a declared level.
    """
    from splink import Linker, SparkAPI

    session = keyed.sparkSession
    # Persisted blocks are encrypted when they go to disk; Splink's own choice, parquet, is not.
    untyped: Any = SparkAPI
    api = untyped(
        spark_session=session,
        break_lineage_method="persist",
        register_udfs_automatically=False,
        num_partitions_on_repartition=partitions(session),
    )
    register_functions(session)
    tables = {"input_records": keyed} | {f"input_tf_{column}": frame for column, frame in frequencies.items()}
    registered = {name: api.register(frame, table_name=name) for name, frame in tables.items()}
    settings = spark_settings(model.settings(population))
    made = Linker(registered["input_records"], settings, log_level=None, validate_settings=False)
    for column in frequencies:
        made.table_management.register_term_frequency_lookup(registered[f"input_tf_{column}"], column)
    predicted = made.inference.predict(warning_mode="never").as_spark_dataframe()
    pairs: DataFrame = predicted.selectExpr(
        "least(node_l, node_r) AS a", "greatest(node_l, node_r) AS b", "match_weight AS weight"
    ).localCheckpoint()
    # The session may compare another kind, and what Splink persisted on the way is needed no more.
    for name in tables:
        session.catalog.dropTempView(name)
    session.catalog.clearCache()
    return pairs


def register_functions(session: SparkSession) -> None:
    """What a condition may call and Spark does not have, under the names of `resolution.expressions.to_spark`.

    Splink's jar has a Jaro-Winkler similarity too; it differs from DuckDB's on 6 % of misspelt words.
    """
    for name, (function, kind) in _FUNCTIONS.items():
        session.udf.register(name, partial(_strict, function), kind)


def _strict(function: Callable[[str, str], float], left: str | None, right: str | None) -> float | None:
    return None if left is None or right is None else function(left, right)


def frequency_tables(frame: DataFrame, model: Model) -> dict[str, DataFrame]:
    """`resolution.scoring.frequency_tables` on Spark, from a standardised `frame`."""
    return {column: _frequencies(frame, column, model) for column in frequency_columns(model.declaration)}


def _frequencies(frame: DataFrame, column: str, model: Model) -> DataFrame:
    size = 1.0 + model.mates
    identifier = model.declaration.identifier
    known = frame.selectExpr(f"`{column}`", f"{f'`{identifier}`' if identifier else 'NULL'} AS `@identifier`")
    known = known.dropna(subset=[column])
    entities = f"count(DISTINCT `@identifier`) + count_if(`@identifier` IS NULL) / {size!r}D"
    total = max(float(known.selectExpr(entities).collect()[0][0]), POPULATION_FLOOR / size)
    counted = known.groupBy(column).agg(_expression(entities).alias("entities"))
    return counted.selectExpr(
        f"`{column}`", f"least(greatest(entities, 1D) / {total!r}D, 1D) AS `tf_{column}`"
    ).persist()


def _expression(sql: str) -> Any:
    from pyspark.sql import functions

    return functions.expr(sql)


def spark_settings(settings: dict[str, Any]) -> dict[str, Any]:
    """Splink settings with every level's condition in Spark SQL."""
    comparisons = [
        comparison | {"comparison_levels": [_spark_level(level) for level in comparison["comparison_levels"]]}
        for comparison in settings["comparisons"]
    ]
    return settings | {"comparisons": comparisons}


def _spark_level(level: dict[str, Any]) -> dict[str, Any]:
    sql = level["sql_condition"]
    return level if sql == "ELSE" else level | {"sql_condition": to_spark(sql)}
