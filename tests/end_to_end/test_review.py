"""People decide, and the past can be read: on a few records written into a lake by hand.

Persons a1 a2 a3 and b1 b2 are two entities, o1 is an organization. Three runs made them: on 1 January a1, a2, a3 and
b1, b2 were each one entity; on the 10th a3 was split off; on the 20th it was merged back.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import orjson
import polars as pl
import pytest

from core.clock import local_now
from core.errors import AccessDenied, EntityUnknown, InvalidSetting, JudgementRefused, JudgementUnknown, RunUnknown
from core.settings import Settings
from governance.access import AccessContext, Role
from resolution.judgements import effective
from services.app import App, open_app
from services.history import assignments_as_of, changes_since, entity_history, past_assignments
from services.identity import reader
from services.judging import MOST_PAIRS, current, judge, listed, merge, undo, unmerge
from services.review import standing
from tests.end_to_end.residents import OFFICER
from tests.end_to_end.town import Town

RUNS = {f"run_{number}": datetime(2026, 1, day, 8) for number, day in ((1, 1), (2, 10), (3, 20))}  # noqa: DTZ001


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    with open_app(Settings(home=tmp_path / "home")) as opened:
        assert opened.vault
        _write(opened)
        yield opened


def _write(app: App) -> None:
    people = {"a1": "per_a", "a2": "per_a", "a3": "per_a", "b1": "per_b", "b2": "per_b"}
    app.lake.append("records_person", _records(list(people)))
    app.lake.append("records_organization", _records(["o1"]))
    app.lake.append("assignments", _assigned(people, "run_1"))
    app.lake.append("assignments", _assigned({"a3": "per_c"}, "run_2"))
    app.lake.append("assignments", _assigned({"a3": "per_a"}, "run_3"))
    changes = [
        ("created", "per_a", None, "run_1"),
        ("created", "per_b", None, "run_1"),
        ("split", "per_c", "per_a", "run_2"),
        ("merged", "per_c", "per_a", "run_3"),
    ]
    frame = pl.DataFrame(changes, schema=["change", "entity_id", "other_id", "run_id"], orient="row")
    app.lake.append("entity_changes", frame.with_columns(kind=pl.lit("person")))
    reports = [orjson.dumps({"covered": {"records_person": 5}}).decode()] * 3
    runs = pl.DataFrame({"run_id": list(RUNS), "at": list(RUNS.values()), "report": reports})
    app.lake.append("runs", runs.with_columns(kind=pl.lit("person")))


def _records(ids: list[str]) -> pl.DataFrame:
    keys = [f"K{name}" for name in ids]
    return pl.DataFrame({"record_id": ids, "record_key": keys}).with_columns(
        feed=pl.lit("grid_visits"), department=pl.lit("综治"), observed_at=pl.lit(RUNS["run_1"])
    )


def _assigned(owner: dict[str, str], run: str) -> pl.DataFrame:
    frame = pl.DataFrame({"record_id": list(owner), "entity_id": list(owner.values())})
    return frame.with_columns(kind=pl.lit("person"), run_id=pl.lit(run), probability=pl.lit(0.9))


def verdicts(app: App) -> list[tuple[str, str, str]]:
    return current(app, "person").select("record_a", "record_b", "verdict").rows()


def test_a_decision_is_kept_with_who_when_and_why_and_audited(app: App) -> None:
    made = judge(app, OFFICER, "person", "b1", "a1", "positive", " 电话核实 16012345678\n同一人 ")
    (row,) = listed(app, OFFICER)
    assert [row["judgement_id"]] == made["judgements"]
    assert (row["record_a"], row["record_b"], row["verdict"], row["who"]) == ("a1", "b1", "positive", "li")
    assert row["why"] == "电话核实 160****5678同一人"
    assert abs(local_now() - row["at"]) < timedelta(minutes=5)
    told = [entry for entry in app.audit.entries() if entry["action"] == "judgement.review"]
    assert sorted(told[0]["ids"]) == ["a1", "b1"]  # type: ignore[call-overload]


def test_the_same_decision_again_changes_nothing_another_one_counts_instead(app: App) -> None:
    first = judge(app, OFFICER, "person", "a1", "b1", "positive", "同一人")
    version = app.lake.version("judgements")
    again = judge(app, OFFICER, "person", "b1", "a1", "positive", "同一人")
    assert again["repeated"]
    assert again["judgements"] == first["judgements"]
    assert app.lake.version("judgements") == version
    newer = judge(app, OFFICER, "person", "a1", "b1", "negative", "看错了")["judgements"]
    assert [row["set_aside_by"] for row in listed(app, OFFICER)] == [[], newer]
    assert effective(current(app, "person")).apart.rows() == [("a1", "b1")]


def test_a_record_can_be_named_as_its_source_names_it(app: App) -> None:
    named = "rec_" + app.vault.token("grid_visits", "Kx")
    app.lake.append("records_person", _records([named]).with_columns(record_key=pl.lit("Kx")))
    judge(app, OFFICER, "person", "grid_visits/Kx", "a1", "negative", "不是")
    assert {*verdicts(app)[0][:2]} == {named, "a1"}


@pytest.mark.parametrize(
    ("kind", "a", "b", "verdict", "why", "error"),
    [
        ("person", "a1", "nobody", "positive", "是", EntityUnknown),
        ("person", "a1", "o1", "positive", "是", JudgementRefused),
        ("organization", "a1", "o1", "positive", "是", JudgementRefused),
        ("person", "a1", "a1", "negative", "是", JudgementRefused),
        ("person", "a1", "b1", "maybe", "是", JudgementRefused),
        ("person", "a1", "b1", "positive", "  ", JudgementRefused),
        ("household", "a1", "b1", "positive", "是", JudgementRefused),
        ("event", "a1", "b1", "positive", "是", InvalidSetting),
    ],
)
def test_a_decision_that_cannot_be_writes_nothing(
    app: App, kind: str, a: str, b: str, verdict: str, why: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        judge(app, OFFICER, kind, a, b, verdict, why)
    assert app.lake.version("judgements") is None


@pytest.mark.parametrize("role", [Role.GRID_WORKER, Role.ANALYST, Role.INTAKE, Role.APPLICATION])
def test_only_a_data_officer_decides(app: App, role: Role) -> None:
    other = AccessContext(subject="wang", role=role)
    made = judge(app, OFFICER, "person", "a1", "b1", "positive", "同一人")["judgements"][0]
    for attempt in (
        lambda: judge(app, other, "person", "a1", "a2", "positive", "是"),
        lambda: merge(app, other, "person", ["per_a", "per_b"], "是"),
        lambda: unmerge(app, other, "person", "per_a", ["a1"], "是"),
        lambda: undo(app, other, made),
        lambda: listed(app, other),
    ):
        with pytest.raises(AccessDenied):
            attempt()
    assert len(verdicts(app)) == 1


def test_undone_judgements_no_longer_count_and_the_older_one_does_again(app: App) -> None:
    judge(app, OFFICER, "person", "a1", "b1", "positive", "同一人")
    second = judge(app, OFFICER, "person", "a1", "b1", "negative", "不是")["judgements"][0]
    undo(app, OFFICER, second)
    assert verdicts(app) == [("a1", "b1", "positive")]
    with pytest.raises(JudgementUnknown):
        undo(app, OFFICER, second)
    # The log keeps both and the undoing.
    assert app.lake.count("judgements") == 3


def test_a_merge_ties_every_record_of_the_entities_and_follows_merged_ids(app: App) -> None:
    merge(app, OFFICER, "person", ["per_b", "per_c"], "户籍核实")
    tied = [("a1", "b1"), ("a2", "b1"), ("a3", "b1"), ("b1", "b2")]
    assert sorted(verdicts(app)) == [(*pair, "positive") for pair in tied]
    with pytest.raises(JudgementRefused):
        merge(app, OFFICER, "person", ["per_a", "per_c"], "一样")
    with pytest.raises(EntityUnknown):
        merge(app, OFFICER, "person", ["per_a", "per_none"], "没有")
    with pytest.raises(JudgementRefused):
        merge(app, OFFICER, "organization", ["per_a", "per_b"], "类别不对")


def test_an_unmerge_parts_each_record_from_all_that_stay_and_is_undone_whole(app: App) -> None:
    made = unmerge(app, OFFICER, "person", "per_a", ["a3", "a2"], "两个人")
    assert effective(current(app, "person")).apart.rows() == [("a1", "a2"), ("a1", "a3")]
    judge(app, OFFICER, "person", "b1", "b2", "positive", "同一人")
    assert sorted(undo(app, OFFICER, made["judgements"][1])["undone"]) == sorted(made["judgements"])
    assert verdicts(app) == [("b1", "b2", "positive")]


def test_taking_a_record_out_of_a_merge_leaves_the_others_merged(app: App) -> None:
    merge(app, OFFICER, "person", ["per_a", "per_b"], "户籍核实")
    app.lake.append("assignments", _assigned(dict.fromkeys(["a1", "a2", "a3", "b1", "b2"], "per_a"), "run_3"))
    unmerge(app, OFFICER, "person", "per_a", ["a1"], "重名")
    bound = effective(current(app, "person"))
    assert bound.together.rows() == [("a2", "a3"), ("a2", "b1"), ("a2", "b2")]
    assert bound.apart.height == 4


@pytest.mark.parametrize("records", [["b1"], ["a1", "a2", "a3"], []])
def test_an_unmerge_of_the_wrong_records_is_refused(app: App, records: list[str]) -> None:
    with pytest.raises(JudgementRefused):
        unmerge(app, OFFICER, "person", "per_a", records, "拆")
    assert app.lake.version("judgements") is None


def test_an_act_too_large_to_bind_is_refused(app: App) -> None:
    many = [f"m{number:04d}" for number in range(MOST_PAIRS + 2)]
    app.lake.append("records_person", _records(many))
    app.lake.append("assignments", _assigned(dict.fromkeys(many, "per_m"), "run_3"))
    with pytest.raises(JudgementRefused, match="2,001"):
        unmerge(app, OFFICER, "person", "per_m", many[:1], "拆")
    with pytest.raises(JudgementRefused, match="2,003"):
        merge(app, OFFICER, "person", ["per_m", "per_b"], "合")
    assert app.lake.version("judgements") is None


def test_a_decision_tells_which_older_ones_it_overrules(app: App) -> None:
    oldest = judge(app, OFFICER, "person", "a1", "b1", "positive", "同一人")["judgements"]
    judge(app, OFFICER, "person", "b1", "b2", "positive", "同一人")
    made = judge(app, OFFICER, "person", "a1", "b2", "negative", "不是")
    assert made["overruled"] == oldest
    assert [row["judgement_id"] for row in listed(app, OFFICER) if row["set_aside_by"]] == oldest


def test_any_past_run_can_be_read_as_of_its_date(app: App) -> None:
    def owner(day: str) -> dict[str, str]:
        told = past_assignments(app, OFFICER, kind="person", day=day)
        return dict(told["assignments"].select("record_id", "entity_id").iter_rows())

    assert owner("2026-01-01")["a3"] == owner("2026-01-31")["a3"] == "per_a"
    assert owner("2026-01-10") == {"a1": "per_a", "a2": "per_a", "a3": "per_c", "b1": "per_b", "b2": "per_b"}
    by_run = past_assignments(app, OFFICER, kind="person", run_id="run_2")
    assert by_run["assignments"].equals(assignments_as_of(app, "person", RUNS["run_2"]))
    with pytest.raises(RunUnknown):
        owner("2025-12-31")
    with pytest.raises(RunUnknown):
        past_assignments(app, OFFICER, kind="person", run_id="run_none")
    with pytest.raises(InvalidSetting):
        owner("31.1.2026")


def test_a_record_deleted_later_still_counts_then_and_no_longer_after(app: App) -> None:
    gone = pl.DataFrame({"record_id": ["b2"], "feed": ["grid_visits"], "deleted": [True]})
    app.lake.append("records_person", gone)
    report = orjson.dumps({"covered": {"records_person": 6}}).decode()
    at = datetime(2026, 2, 1, 8)  # noqa: DTZ001
    app.lake.append("runs", pl.DataFrame({"run_id": ["run_4"], "kind": ["person"], "at": [at], "report": [report]}))
    assert "b2" in assignments_as_of(app, "person", RUNS["run_3"])["record_id"]
    assert "b2" not in assignments_as_of(app, "person", at)["record_id"]


def test_changes_are_a_feed_from_a_run_or_a_day(app: App) -> None:
    def names(since: str | None) -> list[tuple[str, str, str | None]]:
        return [(row["name"], row["entity_id"], row["other_id"]) for row in changes_since(app, OFFICER, since=since)]

    assert len(names(None)) == 4
    assert names("run_1") == [("entity.split", "per_c", "per_a"), ("entity.merged", "per_c", "per_a")]
    assert names("2026-01-20") == [("entity.merged", "per_c", "per_a")]
    assert names("2026-01-21") == []


def test_an_entity_tells_its_life(app: App) -> None:
    judge(app, OFFICER, "person", "a3", "b1", "negative", "不是")
    told = entity_history(app, OFFICER, "per_a")
    assert [row["name"] for row in told["changes"]] == ["entity.created", "entity.split", "entity.merged"]
    stays = [(row["record_id"], row["since_run"], row["until_run"], row["moved_to"]) for row in told["records"]]
    assert stays == [
        ("a1", "run_1", None, None),
        ("a2", "run_1", None, None),
        ("a3", "run_1", "run_2", "per_c"),
        ("a3", "run_3", None, None),
    ]
    assert [(row["record_b"], row["in_force"]) for row in told["judgements"]] == [("b1", True)]
    merged = entity_history(app, OFFICER, "per_c")
    assert (merged["living"], told["living"]) == ("per_a", "per_a")
    assert [(row["since_run"], row["until_run"]) for row in merged["records"]] == [("run_2", "run_3")]
    with pytest.raises(EntityUnknown):
        entity_history(app, OFFICER, "per_none")
    with pytest.raises(EntityUnknown):
        entity_history(app, OFFICER, "880102195803121234")


def test_an_unsure_answer_stands_until_one_of_the_entities_changes(app: App) -> None:
    members = app.lake.current("assignments", ["record_id", "entity_id"])

    def standing_pairs() -> list[tuple[str, str, str]]:
        return standing(app, "person", members).rows()

    unsure = ("a1", "b1", "unsure")
    judge(app, OFFICER, "person", *unsure, "资料不够")
    judge(app, OFFICER, "person", "a2", "b2", "negative", "不是")
    assert standing_pairs() == [unsure, ("a2", "b2", "negative")]
    after = local_now() + timedelta(hours=1)
    app.lake.append("loads", pl.DataFrame({"load_id": ["loa_1"], "finished_at": [after]}))
    app.lake.append("records_person", _records(["b2"]).with_columns(load_id=pl.lit("loa_1")))
    assert standing_pairs() == [("a2", "b2", "negative")]


def test_the_development_identity_may_decide(app: App) -> None:
    judge(app, reader(app.settings), "person", "a1", "b1", "unsure", "资料不够")
    assert verdicts(app) == [("a1", "b1", "unsure")]


def test_the_commands_do_what_the_services_do(app: App) -> None:
    town = Town(app.settings.home)
    made = town.json("review", "decide", "a1", "b1", "--verdict", "positive", "--why", "电话核实", "--json")
    assert town.json("review", "judgements", "--json")["judgements"][0]["judgement_id"] == made["judgements"][0]
    assert town.json("review", "undo", made["judgements"][0], "--json")["undone"] == made["judgements"]
    assert town.json("merge", "per_a", "per_b", "--why", "户籍核实", "--json")["verdict"] == "positive"
    parted = town.json("unmerge", "per_a", "--records", "a2, a3", "--why", "两个人", "--json")
    assert len(parted["judgements"]) == 3  # two apart, and the two that leave stay together
    assert town.json("history", "per_c", "--json")["living"] == "per_a"
    assert town.json("history", "--run", "run_2", "--json")["entities"] == 3
    assert town.json("history", "changes", "--since", "run_2", "--json")["total"] == 1
    refused = town.run("history", check=False)
    assert refused.returncode == 1
    assert "WN-CF-001" in refused.stderr
