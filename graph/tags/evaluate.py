"""Which entities bear which tag on a day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import orjson
import polars as pl

from core.errors import StatementRefused, TagRuleInvalid
from core.progress import SILENT, Progress
from graph.store import GraphStore
from graph.tags.rules import TagRule

TAGGINGS = {
    "rule": pl.String,
    "version": pl.Int64,
    "label": pl.String,
    "id": pl.String,
    "valid_from": pl.Date,
    "evidence": pl.String,
}


def evaluate(store: GraphStore, rules: Iterable[TagRule], as_of: date, progress: Progress = SILENT) -> pl.DataFrame:
    """Taggings of all rules, columns TAGGINGS: the bearer's label and id, since when the facts hold (null: not told),
    and the evidence as JSON text.

    Raises `TagRuleInvalid` when the database cannot run a rule's statement.
    """
    chosen = tuple(rules)
    rows: list[tuple[Any, ...]] = []
    with progress.task("计算标签", total=len(chosen), unit="条") as task:
        for rule in chosen:
            rows += _taggings(store, rule, as_of)
            task.advance()
    return pl.DataFrame(rows, schema=TAGGINGS, orient="row").unique(["rule", "id"], keep="first").sort("rule", "id")


def _taggings(store: GraphStore, rule: TagRule, as_of: date) -> list[tuple[Any, ...]]:
    try:
        found = store.read(rule.statement, **rule.arguments(as_of))
    except StatementRefused as error:
        raise TagRuleInvalid(f"规则 {rule.name} 的语句不能执行：{error.message}") from error
    return [
        (
            rule.name,
            rule.version,
            rule.applies_to,
            row["id"],
            row.get("valid_from"),
            orjson.dumps({name: row[name] for name in rule.evidence}, option=orjson.OPT_SORT_KEYS).decode(),
        )
        for row in found
    ]
