"""Whether a rule can be computed at all: tried out on what is there, before it is saved."""

from __future__ import annotations

from typing import Final

from core.deadline import deadline
from core.errors import QueryTimedOut, TagRuleInvalid
from graph.tags.evaluate import EVIDENCE_BATCH
from graph.tags.rules import TagRule
from services.app import App
from services.linking import newest_day
from services.tag_columns import rule_columns

TRIAL_SECONDS: Final = 10.0
"""As long as a query may take; a run gives a rule more (`tagging.RULE_SECONDS`), for there will be more to ask."""


def try_out(app: App, rule: TagRule, seconds: float | None = None) -> None:
    """Ask for the bearers and their evidence as a run does, and forget them.

    Raises `TagRuleInvalid` past `seconds` (`TRIAL_SECONDS`).
    """
    seconds = TRIAL_SECONDS if seconds is None else seconds
    if app.lake.version("graph_nodes") is None:
        return  # nothing there to try it on
    with rule_columns(app, [rule], newest_day(app)) as columns:
        try:
            with deadline(seconds):
                found = columns.bearers(rule.applies_to, rule.condition)
                columns.evidence(rule.applies_to, rule.condition, found[:EVIDENCE_BATCH])
        except QueryTimedOut:
            raise TagRuleInvalid(
                f"规则 {rule.name} 试算 {seconds:g} 秒还没有算完，没有保存",
                remedy="请减少 filter 里的层级、路径或计数，用试算（tagRulePreview、weinao tag preview）看过再保存。",
            ) from None
