"""A little world of hand-set parameters, so that every bit can be checked by hand.

Parameters: m/u of `name.same` is 2**9, of `phone.same` 2**7, and so on (`BITS`); the prior is 2**-10, the threshold
2 bits. Records are clustered by the shipped clustering on the pairs that the declared keys bring up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import polars as pl

from resolution.clusters.contraction import cluster
from resolution.clusters.threshold import decide
from resolution.evidence import masked_values
from resolution.explain import Explanation, explain
from resolution.features.standardise import fit_and_standardise
from resolution.index.scorer import Scorer
from resolution.model.declaration import Declaration, read_declaration
from resolution.model.model import Model
from resolution.narrate import pair_lines
from resolution.state import State

Row = dict[str, str | None]
Records = Callable[[str, list[Row]], pl.DataFrame]
MakeId = Callable[[str, str, int], str]
THRESHOLD = 2.0
BITS = {
    "name": {"same": 9.0, "different": -4.0},
    "phone": {"same": 7.0, "different": -1.0},
    "birth": {"same": 8.0, "different": -5.0},
    "id": {"same": 15.0, "different": -3.0},
}
MISSING = {"name": "missing", "missing": True}


def _comparison(name: str, zh: str, column: str) -> dict[str, object]:
    levels: list[dict[str, object]] = [
        MISSING | {"when": f"{column}_l IS NULL OR {column}_r IS NULL"},
        {"name": "same", "zh": f"{zh}相同", "en": f"same {name}", "when": f"{column}_l = {column}_r"},
        {"name": "different", "zh": f"{zh}不同", "en": f"different {name}"},
    ]
    if name == "name":
        levels[1]["frequency"] = "name"
    return {"name": name, "zh": zh, "shows": column, "levels": levels}


def _declaration() -> Declaration:
    return read_declaration(
        {
            "kind": "person",
            "identifier": "valid_id",
            "cannot_link": "valid_id",
            "objective": {"precision": 0.99},
            "block_limit": 6,
            "features": {
                "name": "person_name", "phone": "text", "birth_date": "date", "citizen_id": "citizen_id",
            },
            "derive": {"valid_id": "CASE WHEN citizen_id_state = 'valid' THEN citizen_id END"},
            "comparisons": [
                _comparison("name", "姓名", "name"),
                _comparison("phone", "电话", "phone"),
                _comparison("birth", "出生日期", "birth_date"),
                _comparison("id", "身份证号", "citizen_id"),
            ],
            "blocking": [
                {"name": "name_birth", "columns": ["name", "birth_date"]},
                {"name": "name_phone", "columns": ["name", "phone"]},
                {"name": "phone", "columns": ["phone"]},
            ],
        }
    )  # fmt: skip


def _model() -> Model:
    u = 2.0**-11
    parameters = {
        comparison: {level: (u * 2.0**bits, u) for level, bits in levels.items()} for comparison, levels in BITS.items()
    }
    return Model(declaration=_declaration(), parameters=parameters, mates=999 / 1025, card={})


class World:
    """Records resolved once; `explain` asks about two of them by their place."""

    def __init__(self, records: pl.DataFrame, judgements: Sequence[tuple[int, int, str]] = ()) -> None:
        self.records = records
        self.ids = records["record_id"].to_list()
        self.model = _model()
        context, nodes = fit_and_standardise(self.model.declaration, records)
        names = nodes["name"].drop_nulls().unique().sort()
        frequencies = {"name": pl.DataFrame({"name": names, "tf_name": [2.0**-11] * names.len()})}
        scorer = Scorer(self.model, frequencies, 1000)
        rows = [scorer.row(row) for row in nodes.iter_rows(named=True)]
        pairs = [(a, b, scorer.weight(rows[a], rows[b])) for a, b in combinations(range(len(rows)), 2)
                 if self._shares_key(nodes, a, b)]  # fmt: skip
        a, b, weight = (np.array([pair[place] for pair in pairs], dtype=kind) for place, kind in enumerate("iid"))
        told = pl.DataFrame(
            [(self.ids[one], self.ids[other], verdict) for one, other, verdict in judgements],
            schema=dict.fromkeys(("record_a", "record_b", "verdict"), pl.String),
            orient="row",
        )
        clustering = cluster(
            nodes.height,
            a.astype(np.int64),
            b.astype(np.int64),
            weight - THRESHOLD,
            exclusive=nodes["valid_id"].to_list(),
            together=[(x, y) for x, y, verdict in judgements if verdict == "positive"],
            apart=[(x, y) for x, y, verdict in judgements if verdict == "negative"],
        )
        labels = [int(label) for label in clustering.labels]
        self.state = State(
            run_id="run_1",
            base="",
            model=self.model,
            context=context,
            frequencies=frequencies,
            population=1000,
            nodes=nodes,
            members=pl.DataFrame(
                {
                    "record_id": self.ids,
                    "node": range(len(self.ids)),
                    "entity_id": [f"per_{label}" for label in labels],
                    "probability": [1.0] * len(labels),
                    "weight": [None] * len(labels),
                }
            ),
            pairs=pl.DataFrame({"a": a, "b": b, "weight": weight}),
            decision=replace(
                decide(weight, self.model.declaration.objective), threshold=THRESHOLD, lower=-1.0, upper=5.0
            ),
            judgements=told,
        )

    @staticmethod
    def _shares_key(nodes: pl.DataFrame, a: int, b: int) -> bool:
        one, other = nodes.row(a, named=True), nodes.row(b, named=True)
        keys = (("name", "birth_date"), ("name", "phone"), ("phone",))
        return any(all(one[c] is not None and one[c] == other[c] for c in key) for key in keys)

    def explain(self, a: int, b: int) -> Explanation:
        return explain(self.state, self.ids[a], self.ids[b], masked_values("person", self.records))

    def text(self, a: int, b: int, lang: str = "zh") -> str:
        return "\n".join(pair_lines(self.explain(a, b), lambda record: record, lang=lang))


WANG: Row = {"name": "王建国", "phone": "16012345678", "birth_date": "1958-03-12"}
