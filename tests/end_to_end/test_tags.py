"""Tags on a whole town: small runs come to what a full one finds; rules that are saved; tags that people give.

Fixture strategy: the finished town of this folder, copied by whatever changes it.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest
import yaml

from core.errors import AccessDenied, EntityUnknown, PurposeRequired, TagRefused, TagRuleInvalid
from governance.access import AccessContext, Role
from graph.tags.evaluate import GraphEvaluator, evaluate
from services import tagging
from services.app import App, open_app
from services.browse import blind_of
from services.days import present
from services.identity import reader
from services.judging import merge
from services.pipeline import update
from services.tag_rules import active_rules
from tests.end_to_end.residents import OFFICER
from tests.end_to_end.test_killed import kill_after
from tests.end_to_end.town import Town

CLERK = AccessContext(subject="wang", role=Role.DATA_OFFICER, purpose="核对低保")
RULE: dict[str, Any] = {
    "name": "roomy_household",
    "label": "宽裕家庭",
    "description": "名下有房的家庭。",
    "applies_to": "Household",
    "level": "internal",
    "filter": {"count": {"of": "members.owns", "gte": 1}},
}


def last_run(app: App) -> dict[str, Any]:
    told: dict[str, Any] = orjson.loads(app.lake.read("runs").filter(pl.col("kind") == "tag")["report"][-1])
    return told


def moved(report: list[dict[str, Any]]) -> dict[str, tuple[int, int]]:
    return {row["name"]: (row["gained"], row["ended"]) for row in report if row["gained"] or row["ended"]}


def count(report: list[dict[str, Any]], name: str) -> int:
    return next(row["bearers"] for row in report if row["name"] == name)


def people_of(app: App, tag: str) -> list[str]:
    found = tagging.bearers(app, CLERK, tag, limit=1_000)
    assert found.total == len(found.items)
    return [item.node.id for item in found.items]


def test_the_columns_and_the_graph_find_the_same(finished: App) -> None:
    rules, day = active_rules(finished), present(finished)
    asked = evaluate(GraphEvaluator(finished.store, day, blind_of(finished)), rules)
    counts = dict(asked.group_by("rule").len().iter_rows())
    borne = last_run(finished)["bearers"]
    assert {name: number for name, number in borne.items() if number} == counts
    assert sum(number > 0 for number in borne.values()) >= 25  # a town of 600 shows most of them


def test_every_tagging_has_what_relations_have(finished: App) -> None:
    rows = finished.store.read("MATCH (n)-[r:TAGGED]->(t) RETURN properties(r) AS edge, t.name AS tag")
    assert rows
    for row in rows:
        edge = row["edge"]
        assert edge["rule"] == row["tag"]
        assert (edge["sources"], edge["confidence"]) == (["rule"], 1.0)
        assert edge["valid_from"] == edge["observed_at"].date()
        assert orjson.loads(edge["evidence"])


def test_small_runs_come_to_what_a_full_one_finds(copied: Town) -> None:
    with open_app(copied.settings) as app:
        context = reader(app.settings)
        people = app.lake.current("assignments", where=pl.col("kind") == "person")["entity_id"].unique().sort()
        lodgers = people_of(app, "独居老人")[:2]
        merge(app, OFFICER, "person", lodgers, "同一人")
        merge(app, OFFICER, "person", people.to_list()[5:7], "同一人")
        report = update(app, context)["tags"]
        assert last_run(app)["scoped"]
        assert moved(report)
        again = tagging.run(app, context, full=True)
        assert not moved(again)
        assert [row["bearers"] for row in again] == [row["bearers"] for row in report]
        assert not moved(tagging.run(app, context))


def test_a_saved_rule_is_tried_out_kept_changed_and_retired(copied: Town) -> None:
    with open_app(copied.settings) as app:
        context = reader(app.settings)
        tried = tagging.preview(app, CLERK, RULE)
        assert tried.bearers == tried.gaining > 20 == len(tried.sample)
        assert not app.store.read("MATCH (t:Tag {name: 'roomy_household'}) RETURN t.id AS id")

        assert tagging.save_rule(app, CLERK, RULE).rule.version == 1
        assert tagging.save_rule(app, CLERK, RULE).rule.version == 1  # the same again is no new version
        assert moved(tagging.run(app, context)) == {"roomy_household": (tried.bearers, 0)}

        narrower = RULE | {"filter": {"count": {"of": "members.owns", "gte": 2}}}
        changed = tagging.preview(app, CLERK, narrower)
        assert (changed.gaining, changed.losing) == (0, tried.bearers - changed.bearers)
        assert tagging.save_rule(app, CLERK, narrower).rule.version == 2
        report = tagging.run(app, context)
        assert moved(report) == {"roomy_household": (0, changed.losing)}
        kept = tagging.bearers(app, CLERK, "宽裕家庭", limit=1)
        assert (kept.total, kept.items[0].taggings[0].version) == (changed.bearers, 2)

        tagging.disable_rule(app, CLERK, "roomy_household")
        tagging.run(app, context)
        assert tagging.bearers(app, CLERK, "宽裕家庭").total == 0
        assert not next(state for state in tagging.rules(app, CLERK) if state.rule.name == "roomy_household").enabled


def test_a_saved_rule_of_a_built_in_name_stands_in_its_place(copied: Town) -> None:
    with open_app(copied.settings) as app:
        context = reader(app.settings)
        older = tagging.rule_named(app, "advanced_age").rule
        before = count(tagging.run(app, context), "advanced_age")
        state = tagging.save_rule(app, CLERK, older.body() | {"filter": {"age": {"gte": 70}}})
        assert (state.origin, state.rule.version) == ("saved", older.version + 1)
        assert count(tagging.run(app, context), "advanced_age") > before


def test_rules_are_for_those_who_may_and_hold_together(finished: App) -> None:
    visitor = AccessContext(subject="zhang", role=Role.GRID_WORKER)
    for attempt in (tagging.preview, tagging.save_rule):
        with pytest.raises(AccessDenied):
            attempt(finished, visitor, RULE)
    with pytest.raises(PurposeRequired):
        tagging.preview(finished, OFFICER, "低保对象")
    with pytest.raises(TagRuleInvalid, match=r"elderly_living_alone"):
        tagging.save_rule(
            finished,
            CLERK,
            tagging.rule_named(finished, "elderly_living_alone").rule.body()
            | {"filter": {"has": {"tag": "unvisited_elderly_alone"}}},
        )
    with pytest.raises(TagRuleInvalid, match="独居老人"):
        tagging.save_rule(finished, CLERK, RULE | {"label": "独居老人"})
    with pytest.raises(TagRuleInvalid, match="sensitive"):  # who bears this one bears that one
        tagging.save_rule(
            finished, CLERK, RULE | {"applies_to": "Person", "filter": {"has": {"tag": "subsistence_allowance"}}}
        )
    welfare = tagging.rule_named(finished, "subsistence_allowance").rule.body()
    anybody = {"level": "internal", "filter": {"age": {"gte": 0}}}
    with pytest.raises(TagRuleInvalid, match="不能降低"):
        tagging.save_rule(finished, CLERK, welfare | anybody)
    with pytest.raises(PurposeRequired):  # who would lose it is who bears it
        tagging.preview(finished, OFFICER, welfare | anybody)
    with pytest.raises(TagRuleInvalid, match="没有这条规则"):
        tagging.disable_rule(finished, CLERK, "nothing")


def test_a_tag_by_hand_is_there_at_once_and_follows_its_bearer(copied: Town) -> None:
    with open_app(copied.settings) as app:
        context = reader(app.settings)
        keeper, other = (
            app.lake.current("assignments", where=pl.col("kind") == "person")["entity_id"].unique().sort()[:2]
        )
        given = tagging.set_tag(app, CLERK, other, "重点关注", reason="住院，电话16012345678", until=date(2030, 1, 1))
        assert people_of(app, "重点关注") == [other]
        (told,) = [one for one in tagging.tag_history(app, CLERK, other).taggings if one.author]
        assert (told.sources, told.author, told.valid_to) == (("hand",), "wang", date(2030, 1, 1))
        assert "16012345678" not in str(told.reason)
        assert tagging.set_tag(app, CLERK, other, "重点关注", reason="好转").tagging_id == given.tagging_id

        merge(app, OFFICER, "person", [keeper, other], "同一人")
        update(app, context)
        (bearer,) = people_of(app, "重点关注")
        assert tagging.tag_history(app, CLERK, other).entity_id == bearer
        moved_records = [
            row["record_id"]
            for row in app.lake.current("assignments", where=pl.col("entity_id") == bearer).iter_rows(named=True)
        ]
        assert len(moved_records) > 1

        ended = tagging.end_tag(app, CLERK, other, "重点关注", reason="已出院")
        assert (ended.author, ended.ended_by, ended.end_reason) == ("wang", "wang", "已出院")
        assert people_of(app, "重点关注") == []
        (kept,) = [one for one in tagging.tag_history(app, CLERK, bearer).taggings if one.author]
        assert (kept.reason, kept.end_reason) == ("好转", "已出院")


def test_what_cannot_be_given_is_told_why(finished: App) -> None:
    (household,) = finished.store.read("MATCH (h:Household) RETURN h.id AS id ORDER BY id LIMIT 1")
    asked: list[tuple[type[Exception], AccessContext, str, str, dict[str, Any]]] = [
        (EntityUnknown, CLERK, "per_nobody", "重点关注", {}),
        (EntityUnknown, CLERK, "rec_1", "重点关注", {}),
        (TagRefused, CLERK, household["id"], "独居老人", {}),  # a tag of people
        (TagRefused, CLERK, household["id"], "no_such_tag", {}),
        (TagRefused, CLERK, household["id"], "电话16012345678", {}),
        (TagRefused, CLERK, household["id"], "重点关注", {"until": date(2001, 1, 1)}),
        (TagRefused, CLERK, household["id"], "重点关注", {"reason": " "}),
        (PurposeRequired, OFFICER, household["id"], "困难儿童家庭", {}),
        (AccessDenied, AccessContext(subject="app", role=Role.APPLICATION), household["id"], "重点关注", {}),
    ]
    for error, context, entity, tag, change in asked:
        with pytest.raises(error):
            tagging.set_tag(finished, context, entity, tag, **{"reason": "理由"} | change)
    with pytest.raises(TagRefused):
        tagging.end_tag(finished, CLERK, household["id"], "重复纠纷住户", reason="理由")


def test_sensitive_tags_are_withheld_without_a_purpose(finished: App) -> None:
    (person, *_) = people_of(finished, "低保对象")
    with pytest.raises(PurposeRequired):
        tagging.bearers(finished, OFFICER, "低保对象")
    assert "低保对象" in {one.label for one in tagging.tag_history(finished, CLERK, person).taggings}
    shown = tagging.tag_history(finished, OFFICER, person)
    assert "低保对象" not in {one.label for one in shown.taggings}
    assert shown.withheld >= 1


@pytest.mark.long
def test_a_run_killed_between_its_commits_is_made_good(copied: Town, tmp_path: Path) -> None:
    (tmp_path / "rule.yaml").write_text(yaml.safe_dump(RULE, allow_unicode=True), encoding="utf-8")
    copied.run("tag", "save", str(tmp_path / "rule.yaml"))
    assert sum(kill_after(copied.start("tag"), copied.home / "lake", commits) for commits in (1, 1, 2))
    with open_app(copied.settings) as app:
        context = reader(app.settings)
        tagging.run(app, context)
        report = tagging.run(app, context, full=True)
        assert not moved(report)
        assert count(report, "roomy_household") == tagging.bearers(app, CLERK, "roomy_household").total > 20


@pytest.mark.long
def test_the_commands_speak_chinese_and_json(copied: Town, tmp_path: Path) -> None:
    (tmp_path / "rule.yaml").write_text(yaml.safe_dump(RULE, allow_unicode=True), encoding="utf-8")
    copied.run("db", "start")
    assert len(copied.json("tag", "rules", "--json")["rules"]) >= 25
    assert "年满六十周岁" in copied.run("tag", "show", "独居老人").stdout
    tried = copied.json("tag", "preview", str(tmp_path / "rule.yaml"), "--json")
    assert tried["gaining"] == tried["bearers"] > 20
    copied.run("tag", "save", str(tmp_path / "rule.yaml"))
    rows = copied.json("tag", "--json")["tags"]
    assert {row["name"]: row["gained"] for row in rows}["roomy_household"] == tried["bearers"]
    bearer = copied.json("tag", "bearers", "宽裕家庭", "--limit", "1", "--json")["items"][0]["node"]["id"]
    copied.run("tag", "set", bearer, "重点关注", "--why", "试一试", "--until", "2030-01-01")
    assert "重点关注" in copied.run("tag", "history", bearer).stdout
    copied.run("tag", "end", bearer, "重点关注", "--why", "好了")
    past = copied.json("tag", "bearers", "宽裕家庭", "--as-of", "2020-01-01", "--json")
    assert past["total"] == 0
    refused = copied.run("tag", "preview", str(tmp_path / "nothing.yaml"), check=False)
    assert (refused.returncode, "WN-GR-006" in refused.stderr) == (1, True)
