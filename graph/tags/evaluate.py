"""Which objects bear which tag on a day, and why: rules put to an `Evaluator`, and the one that asks the graph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeAlias

import orjson
import polars as pl

from core.errors import StatementRefused, TagRuleInvalid
from core.filters import Condition, Test
from core.progress import SILENT, Progress
from graph.filters import Compiler, select
from graph.filters.evaluator import Evaluator, Finding, attribute_finding, told
from graph.filters.values import Blind
from graph.store import GraphStore
from graph.tags.evidence import attributes_statement, statement
from graph.tags.rules import TagRule

BATCH: Final = 2_000
EVIDENCE_BATCH: Final = (
    50_000  # what is kept in memory before it is written as text; an evaluator asks in smaller parts
)
FOUND: Final = {"rule": pl.String, "label": pl.String, "id": pl.String}

Within: TypeAlias = Mapping[str, Sequence[str]]
"""Rule name → the ids among which its bearers are looked for."""


@dataclass(frozen=True, slots=True)
class GraphEvaluator:
    """An `Evaluator` that asks the graph in Cypher. `blind` makes the keyed index of a sealed value."""

    store: GraphStore
    as_of: date
    blind: Blind

    def bearers(self, label: str, condition: Condition, ids: Sequence[str] | None = None) -> list[str]:
        """Sorted; among `ids` only, where they are given."""
        if ids is None:
            return sorted(self._ids(label, condition, None))
        return sorted(each for part in chunks(ids) for each in self._ids(label, condition, part))

    def sift(self, label: str, asked: Sequence[tuple[Condition, Sequence[str]]]) -> list[list[str]]:
        """For each condition, the sorted ids that fulfil it among those it is asked of; one statement for all.

        Its text depends on the conditions alone, so that the database knows its plan from the last time.
        """
        if max((len(ids) for _, ids in asked), default=0) > BATCH:
            return [self.bearers(label, condition, ids) for condition, ids in asked]
        compiler = Compiler(self.as_of, self.blind)
        # A branch for each condition: Neo4j takes a count within a column for one over all rows.
        text = " UNION ALL ".join(
            f"{compiler.among(label, condition, list(ids))} RETURN {number} AS number, n.id AS id"
            for number, (condition, ids) in enumerate(asked)
        )
        found: list[list[str]] = [[] for _ in asked]
        for row in self.store.read(text, **compiler.params):
            found[row["number"]].append(row["id"])
        return [sorted(ids) for ids in found]

    def _ids(self, label: str, condition: Condition, ids: list[str] | None) -> Iterator[str]:
        selection = select(label, condition, as_of=self.as_of, blind=self.blind, ids=ids)
        for row in self.store.read(f"{selection.text} RETURN n.id AS id", **selection.params):
            yield row["id"]

    def evidence(self, label: str, condition: Condition, ids: Sequence[str]) -> dict[str, Finding]:
        found: dict[str, dict[str, Any]] = {each: {} for each in ids}
        parts = told(condition)
        attributes = {part.name: part.what for part in parts if isinstance(part.what, Test)}
        for chunk in chunks(ids):
            for part in parts:
                if isinstance(part.what, Test):
                    continue
                text, params = statement(label, part, chunk, as_of=self.as_of, blind=self.blind)
                for row in self.store.read(text, **params):
                    found[row["id"]][part.name] = {"count": row["number"], "ids": row["ids"]}
            if attributes:
                for row in self.store.read(attributes_statement(label, attributes.values()), ids=chunk):
                    values = zip(attributes.items(), row["held"], strict=True)
                    found[row["id"]] |= {name: attribute_finding(test, held) for (name, test), held in values}
        return dict(found)


def evaluate(evaluator: Evaluator, rules: Iterable[TagRule], progress: Progress = SILENT) -> pl.DataFrame:
    """Bearers of all `rules`, columns FOUND. Raises `TagRuleInvalid` when the database cannot run what a rule asks."""
    chosen = tuple(rules)
    found: list[tuple[TagRule, Sequence[str]]] = []
    with progress.task("计算标签", total=len(chosen), unit="条") as task:
        for rule in chosen:
            try:
                found.append((rule, list(evaluator.bearers(rule.applies_to, rule.condition))))
            except StatementRefused as error:
                raise TagRuleInvalid(f"规则 {rule.name} 不能计算：{error.message}") from error
            task.advance()
    return _frame(found)


def evaluate_within(evaluator: GraphEvaluator, rules: Iterable[TagRule], within: Within) -> pl.DataFrame:
    """The same among the ids of `within` alone; one statement for all rules on a label. Raises `TagRuleInvalid`."""
    by_label: dict[str, list[TagRule]] = {}
    for rule in rules:
        by_label.setdefault(rule.applies_to, []).append(rule)
    found: list[tuple[TagRule, Sequence[str]]] = []
    for label, members in by_label.items():
        asked = [(rule.condition, within.get(rule.name, ())) for rule in members]
        if any(ids for _, ids in asked):
            try:
                found += zip(members, evaluator.sift(label, asked), strict=True)
            except StatementRefused as error:
                raise TagRuleInvalid(f"{label} 的规则不能计算：{error.message}") from error
    return _frame(found)


def _frame(found: Iterable[tuple[TagRule, Sequence[str]]]) -> pl.DataFrame:
    parts = [(rule, pl.Series("id", ids, dtype=pl.String)) for rule, ids in found if ids]
    columns = {
        "rule": [pl.repeat(rule.name, ids.len(), eager=True) for rule, ids in parts],
        "label": [pl.repeat(rule.applies_to, ids.len(), eager=True) for rule, ids in parts],
        "id": [ids for _, ids in parts],
    }
    return pl.DataFrame({name: pl.concat(series) for name, series in columns.items()} if parts else None, schema=FOUND)


def evidence_texts(
    evaluator: Evaluator, rules: Mapping[str, TagRule], wanted: pl.DataFrame, progress: Progress = SILENT
) -> Iterator[tuple[str, str, str]]:
    """(rule, id, evidence as JSON text) for each row of `wanted` (columns rule, id)."""
    with progress.task("记下依据", total=wanted.height, unit="个") as task:
        for (name,), frame in wanted.group_by("rule", maintain_order=True):
            rule = rules[str(name)]
            for chunk in chunks(frame["id"].to_list(), EVIDENCE_BATCH):
                found = evaluator.evidence(rule.applies_to, rule.condition, chunk)
                for each in chunk:
                    yield rule.name, each, orjson.dumps(found.get(each, {}), option=orjson.OPT_SORT_KEYS).decode()
                task.advance(len(chunk))


def chunks(ids: Sequence[str], size: int = BATCH) -> Iterator[list[str]]:
    for start in range(0, len(ids), size):
        yield list(ids[start : start + size])
