"""Plain Splink with the model of its own documentation, on the same data: what the figures stand beside.

Settings, training steps and thresholds are those of the examples "Deduplicate 50k rows historical persons" and "Linking
the febrl4 datasets" of the documentation of Splink 5; random sampling has a seed, so that a run can be repeated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import polars as pl
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from resolution.clusters.components import components

SEED: Final = 1
# The match probabilities from which the documentation's examples cluster.
DOCUMENTED: Final = {"historical": 0.95, "febrl4": 0.99}


def scored_pairs(dataset: str, records: pl.DataFrame) -> pl.DataFrame:
    """Candidate pairs: left, right (record ids), weight (bits)."""
    return _SCORERS[dataset](records)


def documented_weight(dataset: str) -> float:
    """The documentation's threshold in bits."""
    probability = DOCUMENTED[dataset]
    return float(np.log2(probability / (1 - probability)))


def clusters(records: pl.DataFrame, pairs: pl.DataFrame, weight: float) -> pl.DataFrame:
    """record_id, entity_id: the connected components of the pairs from `weight` bits on, as Splink clusters."""
    node = records.select("record_id").with_row_index("node")
    linked = pairs.filter(pl.col("weight") >= weight)
    left, right = (
        linked.select(pl.col(side).alias("record_id")).join(node, on="record_id", how="left", maintain_order="left")
        for side in ("left", "right")
    )
    labels = components(records.height, left["node"].to_numpy(), right["node"].to_numpy())
    return records.select("record_id", pl.Series("entity_id", labels).cast(pl.String))


def _historical(records: pl.DataFrame) -> pl.DataFrame:
    api = DuckDBAPI()
    whole_name = pl.concat_str("first_name", pl.lit(" "), "surname").alias("first_name_surname_concat")
    linker = Linker(api.register(records.with_columns(whole_name).to_arrow()), _historical_settings(), log_level=None)
    training = linker.training
    training.estimate_probability_two_random_records_match(
        [
            block_on("first_name", "surname", "dob"),
            block_on("substr(first_name,1,2)", "surname", "substr(postcode_fake,1,2)"),
            block_on("dob", "postcode_fake"),
        ],
        recall=0.6,
    )
    training.estimate_u_using_random_sampling(max_pairs=1e7, seed=SEED)
    return _trained_and_scored(api, linker, [block_on("first_name", "surname"), block_on("dob")])


def _febrl4(records: pl.DataFrame) -> pl.DataFrame:
    """With the documentation's detailed model."""
    api = DuckDBAPI()
    tables = [
        api.register(records.filter(pl.col("source") == source).to_arrow(), dataset_display_name=source)
        for source in ("a", "b")
    ]
    linker = Linker(tables, _febrl4_settings(), log_level=None)
    linker.training.estimate_probability_two_random_records_match(
        [block_on("soc_sec_id"), block_on("given_name", "surname", "date_of_birth")], recall=0.8
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=SEED)
    return _trained_and_scored(api, linker, [block_on("date_of_birth"), block_on("postcode")])


def _trained_and_scored(api: DuckDBAPI, linker: Linker, rules: list[Any]) -> pl.DataFrame:
    for rule in rules:
        linker.training.estimate_parameters_using_expectation_maximisation(rule, estimate_without_term_frequencies=True)
    predicted = linker.inference.predict()
    sql = f"SELECT record_id_l AS left, record_id_r AS right, match_weight AS weight FROM {predicted.physical_name}"
    return pl.DataFrame(pl.from_arrow(api.duckdb_con.sql(sql).to_arrow_table()))


def _historical_settings() -> SettingsCreator:
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="record_id",
        blocking_rules_to_generate_predictions=[
            block_on("substr(first_name,1,3)", "substr(surname,1,4)"),
            block_on("surname", "dob"),
            block_on("first_name", "dob"),
            block_on("postcode_fake", "first_name"),
            block_on("postcode_fake", "surname"),
            block_on("dob", "birth_place"),
            block_on("substr(postcode_fake,1,3)", "dob"),
            block_on("substr(postcode_fake,1,3)", "first_name"),
            block_on("substr(postcode_fake,1,3)", "surname"),
            block_on("substr(first_name,1,2)", "substr(surname,1,2)", "substr(dob,1,4)"),
        ],
        comparisons=[
            cl.ForenameSurnameComparison(
                "first_name", "surname", forename_surname_concat_col_name="first_name_surname_concat"
            ),
            cl.DateOfBirthComparison("dob", input_is_string=True),
            cl.PostcodeComparison("postcode_fake"),
            cl.ExactMatch("birth_place").configure(term_frequency_adjustments=True),
            cl.ExactMatch("occupation").configure(term_frequency_adjustments=True),
        ],
    )


def _febrl4_settings() -> SettingsCreator:
    swapped: Any = "l.given_name = r.surname and l.surname = r.given_name"
    return SettingsCreator(
        link_type="link_only",
        unique_id_column_name="record_id",
        blocking_rules_to_generate_predictions=[
            block_on("given_name", "surname"),
            swapped,
            block_on("date_of_birth"),
            block_on("soc_sec_id"),
            block_on("state", "address_1"),
            block_on("street_number", "address_1"),
            block_on("postcode"),
        ],
        comparisons=[
            cl.NameComparison("given_name").configure(term_frequency_adjustments=True),
            cl.NameComparison("surname").configure(term_frequency_adjustments=True),
            cl.DateOfBirthComparison(
                "date_of_birth", input_is_string=True, datetime_format="%Y%m%d", invalid_dates_as_null=True
            ),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(term_frequency_adjustments=True),
        ],
    )


_SCORERS: Final[dict[str, Callable[[pl.DataFrame], pl.DataFrame]]] = {"historical": _historical, "febrl4": _febrl4}
