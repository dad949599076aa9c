"""Why two records are one entity or two, and what holds an entity together, as one reader may see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import polars as pl

from core.errors import EntityUnknown, InvalidSetting
from governance.access import AccessContext
from resolution.explain import Explanation, by_number, explain
from resolution.explain_entity import EntityExplanation
from resolution.explain_entity import explain_entity as explain_members
from resolution.kinds import EXACT_KEYS
from resolution.narrate import LANGUAGES, entity_lines, pair_lines
from resolution.waterfall import waterfall
from services.app import App
from services.kinds import checked_kind
from services.record_values import RecordViews, entity_named, record_named, records_of, views_of
from services.state import fresh_state

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Explained:
    """An explanation and the records that it speaks of. `lines(lang)` is text, `as_dict()` JSON-able."""

    explanation: Explanation | EntityExplanation
    records: RecordViews

    def lines(self, lang: str = "zh") -> list[str]:
        """Raises `InvalidSetting` for a language that is not spoken."""
        _checked(lang)
        if isinstance(self.explanation, Explanation):
            return list(pair_lines(self.explanation, self.records.name, lang=lang))
        return list(entity_lines(self.explanation, self.records.name, lang=lang))

    def svg(self, lang: str = "zh") -> str:
        """The waterfall picture of two records. Raises `InvalidSetting` where there are no weights to draw."""
        _checked(lang)
        if not isinstance(self.explanation, Explanation) or not self.explanation.reasons:
            raise InvalidSetting("只有按权重比较的两条记录才能画成图", remedy="请给出两条人员、单位或房屋的记录。")
        return waterfall(self.explanation, lang=lang, name=self.records.name)

    def as_dict(self) -> dict[str, Any]:
        return {
            **self.explanation.as_dict(),
            "records": [self.records.as_dict(record) for record in sorted(self.records.rows)],
        }


def explain_pair(app: App, context: AccessContext, kind: str | None, record_a: str, record_b: str) -> Explained:
    """Why two records were joined, or why not. Records are named by id or by `feed/record_key`; without `kind` it is
    the first record's.

    Raises `EntityUnknown` for a record that is not there or not resolved yet, `InvalidSetting` for two kinds.
    """
    found, id_a = record_named(app, record_a, checked_kind(kind) if kind else None)
    other, id_b = record_named(app, record_b, kind)
    if found != other:
        raise InvalidSetting("两条记录不是同一类", remedy="请给出同一类的两条记录，例如两条人员记录。")
    if id_a == id_b:
        raise InvalidSetting("两次给出的是同一条记录", remedy="请给出两条不同的记录。")
    judgements = app.lake.current("judgements", where=pl.col("kind") == found)
    if found in EXACT_KEYS:
        explanation = _by_number(app, context, found, (id_a, id_b))
    else:
        state = fresh_state(app, found)
        records = views_of(app, context, found, [id_a, id_b])
        explanation = _resolved(lambda: explain(state, id_a, id_b, records.value, judgements=judgements))
    app.audit.record(context, f"{found}.explain", [explanation.entity_a, explanation.entity_b])
    told = [record for link in explanation.path for record in (link.record_a, link.record_b)]
    told += [record for item in explanation.judgements for record in (item.record_a, item.record_b)]
    return Explained(explanation, views_of(app, context, found, [id_a, id_b, *told]))


why_not = explain_pair
"""The same question asked of two records that were kept apart."""


def explain_entity(app: App, context: AccessContext, kind: str | None, entity_id: str) -> Explained:
    """What holds an entity together. A merged id leads to the entity that it went into. Raises `EntityUnknown`."""
    found, living = entity_named(app, entity_id)
    if kind not in (None, found):
        raise InvalidSetting(f"{entity_id} 不是这一类", remedy="不写 --kind 时由编号的前缀判断。")
    if found in EXACT_KEYS:
        records = records_of(app, found, living)
        explanation = EntityExplanation(
            kind=found, entity_id=living, threshold=0.0, groups=(tuple(records),), tree=(), weakest=None,
            conflicts=(), judgements=(),
        )  # fmt: skip
    else:
        state = fresh_state(app, found)
        explanation = _resolved(lambda: explain_members(state, living))
    app.audit.record(context, f"{found}.explain", [living])
    return Explained(explanation, views_of(app, context, found, explanation.records))


def _by_number(app: App, context: AccessContext, kind: str, records: tuple[str, str]) -> Explanation:
    views = views_of(app, context, kind, records)
    wanted = pl.col("record_id").is_in(list(records))
    owner = dict(app.lake.current("assignments", ["record_id", "entity_id"], where=wanted).iter_rows())
    entities = _resolved(lambda: (owner[records[0]], owner[records[1]]))
    return by_number(kind, EXACT_KEYS[kind], records, entities, views.value)


def _resolved(read: Callable[[], _T]) -> _T:
    """What `read` gives; a record or entity that the last run did not see becomes `EntityUnknown`."""
    try:
        return read()
    except KeyError:
        raise EntityUnknown("最近一次归一还没有包括它", remedy="请先运行 weinao resolve，再来询问。") from None


def _checked(lang: str) -> None:
    if lang not in LANGUAGES:
        raise InvalidSetting(f"没有语言 {lang}", remedy=f"可用：{'、'.join(LANGUAGES)}。")
