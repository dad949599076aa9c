"""Plain Splink on the town's records, modelled as its documentation models persons: no feature of ours takes part.

Raw normalised columns, exact levels with term frequencies where the documentation would have them (a string distance
of DuckDB counts bytes, and says nothing about hanzi), deterministic rules for the prior, u from random pairs, m by
expectation maximisation, connected components at match probability .95.
"""

from __future__ import annotations

import math
from contextlib import suppress
from typing import Any, Final, NamedTuple

import polars as pl
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from resolution.features.columns import column

SEED: Final = 1
THRESHOLD: Final = math.log2(0.95 / 0.05)


class _Plain(NamedTuple):
    """`certain`: rules that hardly err, for the prior, of this recall; `training`: rules of the EM sessions."""

    exact: tuple[str, ...]
    frequent: tuple[str, ...]
    blocking: tuple[tuple[str, ...], ...]
    certain: tuple[tuple[str, ...], ...]
    recall: float
    training: tuple[tuple[str, ...], ...]


KINDS: Final = {
    "person": _Plain(
        exact=("sex", "nation"),
        frequent=("name", "birth_date", "citizen_id", "phone", "address", "employer"),
        blocking=(
            ("citizen_id",),
            ("name", "phone"),
            ("name", "birth_date"),
            ("name", "address"),
            ("name", "employer"),
            ("phone", "birth_date"),
            ("birth_date", "address"),
        ),
        certain=(("citizen_id",), ("name", "birth_date", "phone")),
        recall=0.7,
        training=(("citizen_id",), ("name", "birth_date"), ("name", "phone")),
    ),
    "organization": _Plain(
        exact=(),
        frequent=("name", "uscc", "legal_representative", "phone", "address"),
        blocking=(("uscc",), ("name",), ("phone",), ("legal_representative", "address")),
        certain=(("uscc",), ("name",)),
        recall=0.8,
        training=(("uscc",), ("name",)),
    ),
    "dwelling": _Plain(
        exact=(),
        frequent=("address", "property_no", "area", "grid_code"),
        blocking=(("property_no",), ("address",), ("grid_code", "area")),
        certain=(("property_no",), ("address",)),
        recall=0.4,
        training=(("property_no",), ("address",)),
    ),
}


def scored_pairs(kind: str, records: pl.DataFrame) -> pl.DataFrame:
    """Candidate pairs of records as the lake opens them: left, right (record ids), weight (bits)."""
    plain = KINDS[kind]
    fields = (*plain.exact, *plain.frequent)
    table = records.select("record_id").with_columns(column(records, name) for name in fields)
    used = [name for name in fields if table[name].n_unique() > 2]
    api = DuckDBAPI()
    linker = Linker(api.register(table.to_arrow()), _settings(plain, used), log_level=None)
    training = linker.training
    training.estimate_probability_two_random_records_match(
        [block_on(*rule) for rule in plain.certain], recall=plain.recall
    )
    training.estimate_u_using_random_sampling(max_pairs=1e6, seed=SEED)
    for rule in plain.training:
        # Where pairs hardly differ, Splink's m falls to zero and its session ends in an error: the others have to do.
        with suppress(ValueError):
            training.estimate_parameters_using_expectation_maximisation(
                block_on(*rule), estimate_without_term_frequencies=True
            )
    predicted = linker.inference.predict().physical_name
    pairs = pl.from_arrow(
        api.duckdb_con.sql(
            f"SELECT record_id_l AS left, record_id_r AS right, match_weight AS weight FROM {predicted}"
        ).to_arrow_table()
    )
    return pl.DataFrame(pairs)


def _settings(plain: _Plain, used: list[str]) -> SettingsCreator:
    comparisons: list[Any] = [
        cl.ExactMatch(name).configure(term_frequency_adjustments=name in plain.frequent) for name in used
    ]
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="record_id",
        blocking_rules_to_generate_predictions=[
            block_on(*rule) for rule in plain.blocking if all(name in used for name in rule)
        ],
        comparisons=comparisons,
    )
