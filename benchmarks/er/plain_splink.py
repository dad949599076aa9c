"""Plain Splink with the model of its own documentation, on the same data: what the figures stand beside.

The settings, training steps and thresholds are those of the examples "Deduplicate 50k rows historical persons" and
"Linking the febrl4 datasets" of Splink 5's documentation. Where the documentation leaves the threshold to labels, the
labelled optimum is given too, under a name that says so.
"""

from __future__ import annotations

from typing import Any, Final

import polars as pl
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

SEED: Final = 1


def historical(records: pl.DataFrame) -> pl.DataFrame:
    """record_id, entity_id by connected components at match probability .95."""
    api = DuckDBAPI()
    table = records.with_columns(
        pl.concat_str("first_name", pl.lit(" "), "surname").alias("first_name_surname_concat")
    ).to_arrow()
    linker = Linker(api.register(table), _historical_settings(), log_level=None)
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
    for rule in (block_on("first_name", "surname"), block_on("dob")):
        training.estimate_parameters_using_expectation_maximisation(rule, estimate_without_term_frequencies=True)
    predicted = linker.inference.predict()
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, threshold_match_probability=0.95)
    return _frame(api, f"SELECT record_id, cluster_id AS entity_id FROM {clusters.physical_name}")


def febrl4(records: pl.DataFrame) -> pl.DataFrame:
    """Scored pairs of the detailed model: left, right, weight (bits)."""
    api = DuckDBAPI()
    tables = [
        api.register(records.filter(pl.col("source") == source).to_arrow(), dataset_display_name=source)
        for source in ("a", "b")
    ]
    linker = Linker(tables, _febrl4_settings(), log_level=None)
    training = linker.training
    training.estimate_probability_two_random_records_match(
        [block_on("soc_sec_id"), block_on("given_name", "surname", "date_of_birth")], recall=0.8
    )
    training.estimate_u_using_random_sampling(max_pairs=1e6, seed=SEED)
    for rule in (block_on("date_of_birth"), block_on("postcode")):
        training.estimate_parameters_using_expectation_maximisation(rule, estimate_without_term_frequencies=True)
    predicted = linker.inference.predict()
    return _frame(
        api,
        f"SELECT record_id_l AS left, record_id_r AS right, match_weight AS weight FROM {predicted.physical_name}",
    )


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
    return SettingsCreator(
        link_type="link_only",
        unique_id_column_name="record_id",
        blocking_rules_to_generate_predictions=[
            block_on("given_name", "surname"),
            "l.given_name = r.surname and l.surname = r.given_name",
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


def _frame(api: Any, sql: str) -> pl.DataFrame:
    return pl.DataFrame(pl.from_arrow(api.duckdb_con.sql(sql).to_arrow_table()))
