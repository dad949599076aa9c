"""A rule that cannot be computed in time is not saved; one that has become so is left as it was, and holds nobody up.

Fixture strategy: a dormitory of which everybody is everybody's neighbour, written by hand into the log of a home and
into its embedded database; a rule that counts the neighbours' neighbours grows with the square of the people.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from core.errors import TagRuleInvalid
from core.settings import Settings
from governance.access import AccessContext, Role
from services import tagging
from services.app import App, open_app
from services.tag_rules import rules, save_rule
from tests.api.changes import Edge, Node, edge, person, write

ANALYST = AccessContext(subject="sun", role=Role.ANALYST)
MANY = 1_500
SHORT = 0.3  # seconds; the slow rule takes several times as long, the quick one a hundredth
SLOW: dict[str, Any] = {
    "name": "crowded",
    "label": "邻居众多",
    "description": "同住的人很多",
    "applies_to": "Person",
    "level": "internal",
    "filter": {"count": [{"of": "livesIn.residents", "gte": 2}]},
}
QUICK: dict[str, Any] = SLOW | {
    "name": "women",
    "label": "女性",
    "description": "女性",
    "filter": {"sex": {"eq": "女"}},
}


def people(app: App, first: int, last: int) -> tuple[list[Node], tuple[Edge, ...]]:
    """Every hundredth is a woman."""
    numbers = range(first, last)
    nodes: list[Node] = [
        ("create", "Person", f"per_{n}", person(app, f"per_{n}", "赵一") | {"sex": "1" if n % 100 else "2"})
        for n in numbers
    ]
    return nodes, tuple(edge("LIVES_IN", "Person", f"per_{n}", "Dwelling", "dwe_1") for n in numbers)


@pytest.fixture(scope="module")
def dormitory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """Both rules were saved when one lived there; then the others came."""
    with open_app(Settings(home=tmp_path_factory.mktemp("dormitory"))) as app:
        nodes, edges = people(app, 0, 1)
        write(app, ("create", "Dwelling", "dwe_1", {"address": "宿舍"}), *nodes, edges=edges)
        for rule in (SLOW, QUICK):
            save_rule(app, ANALYST, rule)
        nodes, edges = people(app, 1, MANY)
        write(app, *nodes, edges=edges)
        yield app


def told(report: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(row for row in report if row["name"] == name)


def test_a_rule_that_takes_too_long_is_not_saved_and_says_why(dormitory: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.tag_trial.TRIAL_SECONDS", SHORT)
    worse = SLOW | {"filter": {"count": [{"of": "livesIn.residents", "gte": 3}]}}
    with pytest.raises(TagRuleInvalid, match="还没有算完") as refused:
        save_rule(dormitory, ANALYST, worse)
    assert "试算" in refused.value.advice
    [state] = [state for state in rules(dormitory, ANALYST) if state.rule.name == "crowded"]
    assert state.rule.version == 1
    assert save_rule(dormitory, ANALYST, QUICK | {"description": "女性的人"}).rule.version == 2


def test_one_slow_rule_stops_no_other_and_keeps_what_it_gave(dormitory: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tagging, "RULE_SECONDS", SHORT)
    report = tagging.run(dormitory, ANALYST, full=True)
    slow, quick = told(report, "crowded"), told(report, "women")
    assert slow["error"].startswith("WN-GR-013 规则 crowded")
    assert (slow["gained"], slow["ended"], slow["bearers"]) == (0, 0, 0)
    assert (quick["error"], quick["bearers"]) == (None, MANY // 100)

    # What comes later is tagged by the others, and the slow one is not tried again for each change.
    write(dormitory, ("create", "Person", "per_new", {"name": "赵新", "sex": "2"}))
    report = tagging.run(dormitory, ANALYST)
    assert told(report, "women")["bearers"] == MANY // 100 + 1
    assert told(report, "crowded")["error"].startswith("WN-GR-013")

    monkeypatch.setattr(tagging, "RULE_SECONDS", 120.0)
    report = tagging.run(dormitory, ANALYST, full=True)
    assert (told(report, "crowded")["error"], told(report, "crowded")["bearers"]) == (None, MANY)

    monkeypatch.setattr(tagging, "RULE_SECONDS", SHORT)
    report = tagging.run(dormitory, ANALYST, full=True)
    assert told(report, "crowded")["error"].startswith("WN-GR-013")
    assert (told(report, "crowded")["bearers"], told(report, "crowded")["ended"]) == (MANY, 0)
