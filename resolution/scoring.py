"""Match weights of candidate pairs, by Splink on the in-memory engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from resolution.blocking import Blocked, candidate_pairs, with_keys
from resolution.collapse import compared_columns
from resolution.engine import Engine
from resolution.model.declaration import Declaration
from resolution.model.model import Model

if TYPE_CHECKING:
    from splink import Linker

# A handful of records comes from a population, not from a world of its own: neither the prior nor a
# frequency is computed from fewer records than these.
POPULATION_FLOOR: Final = 20_000
_PAIRS_AT_A_TIME: Final = 700_000


def linker(
    engine: Engine,
    compared: pl.DataFrame,
    model: Model,
    frequencies: Mapping[str, pl.DataFrame],
    population: int,
    *,
    detailed: bool = False,
    keyed: bool = False,
) -> tuple[Linker, Blocked]:
    """Splink's linker on the comparison columns `compared` (row number = node), with its candidate pairs.

    `population` is the number of records that the prior is for. `detailed` keeps each comparison's level and weight,
    `keyed` the blocking keys, for predictions between tables. Raises `LevelUntrained` when the model has no parameters
    for a declared level.
    """
    from splink import Linker

    settings = model.settings(population)
    settings |= {"retain_intermediate_calculation_columns": detailed, "retain_matching_columns": detailed}
    blocked = with_keys(compared, model.declaration)
    named = [
        *compared_columns(compared.columns, model.declaration),
        *(name for name in blocked.frame.columns if keyed and name.startswith("key_")),
    ]
    # Only what is compared: what is not need not be copied.
    table = engine.register("records", blocked.frame.select(named).with_row_index("node"))
    made = Linker(table, settings, log_level=None, validate_settings=False)
    # Splink would block by all keys in one statement, whose joins do not fit into memory side by side.
    pairs = (
        candidate_pairs(blocked).select(join_key_l="a", join_key_r="b", match_key=pl.lit("0")).with_row_index("place")
    )
    made.table_management.register_blocked_pairs_for_predict(engine.register("pairs", pairs))
    for column, frame in frequencies.items():
        made.table_management.register_term_frequency_lookup(engine.register(f"tf_{column}", frame), column)
    return made, blocked


def population_of(frame: pl.DataFrame) -> int:
    """The number of records that a prior is for."""
    return max(frame.height, POPULATION_FLOOR)


def frequency_tables(frame: pl.DataFrame, model: Model) -> dict[str, pl.DataFrame]:
    """The table of `frequency_table` for each column that the declaration adjusts by."""
    return {column: frequency_table(frame, column, model) for column in frequency_columns(model.declaration)}


def scored_pairs(engine: Engine, made: Linker) -> pl.DataFrame:
    """All candidate pairs: a, b (nodes, a < b), weight (bits, prior included).

    So many at a time that the joins stay small beside the records.
    """
    total = engine.fetch("SELECT count(*) AS pairs FROM pairs").item()
    scored = [_scored(engine, made, start) for start in range(0, max(total, 1), _PAIRS_AT_A_TIME)]
    return pl.concat(scored).sort("a", "b")


def _scored(engine: Engine, made: Linker, start: int) -> pl.DataFrame:
    chosen = f"SELECT * EXCLUDE place FROM pairs WHERE place >= {start} AND place < {start + _PAIRS_AT_A_TIME}"  # noqa: S608
    engine.connection.execute(f"CREATE TABLE pairs_{start} AS {chosen}")
    blocked = engine.api.register(f"pairs_{start}", table_name=f"input_pairs_{start}")
    made.table_management.register_blocked_pairs_for_predict(blocked)
    predicted = made.inference.predict(warning_mode="never")
    result = engine.fetch(
        "SELECT least(node_l, node_r)::INTEGER AS a, greatest(node_l, node_r)::INTEGER AS b, match_weight AS weight "  # noqa: S608
        f"FROM {predicted.physical_name}"
    )
    predicted.drop_table_from_database_and_remove_from_cache()
    engine.connection.execute(f"DROP TABLE pairs_{start}")
    return result


def scored_pair(engine: Engine, made: Linker, a: int, b: int) -> dict[str, Any]:
    """One pair, whether or not a blocking key would have found it: Splink's row with its `gamma_` and `mw_` columns."""
    engine.connection.execute(f"CREATE OR REPLACE TABLE pair AS SELECT * FROM records WHERE node IN ({a}, {b})")  # noqa: S608
    two = engine.api.register("pair", table_name="input_pair")
    predicted = made.inference.predict_within(
        two, blocking_rules_to_generate_predictions=["l.node <> r.node"], warning_mode="never"
    )
    return engine.fetch(f"SELECT * FROM {predicted.physical_name}").row(0, named=True)  # noqa: S608


def frequency_columns(declared: Declaration) -> list[str]:
    return sorted({level.frequency for c in declared.comparisons for level in c.levels if level.frequency})


def frequency_table(features: pl.DataFrame, column: str, model: Model) -> pl.DataFrame:
    """Each value's share among the entities, as far as they can be told before they are resolved.

    Entities are the distinct identifiers, plus the records without one divided by the mean size of an entity; at
    least as many as `POPULATION_FLOOR` records stand for.
    """
    size = 1.0 + model.mates
    identifier = model.declaration.identifier
    known = features.select(
        column, pl.col(identifier).alias("@identifier") if identifier else pl.lit(None).alias("@identifier")
    ).drop_nulls(column)
    entities = pl.col("@identifier").drop_nulls().n_unique() + pl.col("@identifier").null_count() / size
    total = max(float(known.select(entities).item() or 0.0), POPULATION_FLOOR / size)
    counted = known.group_by(column).agg(entities.alias("entities"))
    share = pl.max_horizontal(pl.col("entities"), 1.0) / total
    return counted.select(column, share.clip(upper_bound=1.0).alias(f"tf_{column}")).sort(column)
