"""Why two records are one or two. A little world of hand-set parameters, so that every bit can be checked by hand.

Parameters: m/u of `name.same` is 2**9, of `phone.same` 2**7, and so on (`BITS`); the prior is 2**-10, the threshold
2 bits. Records are clustered by the shipped clustering on the pairs that the declared keys bring up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations
from xml.etree import ElementTree

import numpy as np
import polars as pl
import pytest

from resolution.clusters.contraction import cluster
from resolution.clusters.threshold import decide
from resolution.counterfactual import what_would_change
from resolution.evidence import Reason, key_labels, masked_values
from resolution.explain import Explanation, explain
from resolution.explain_entity import explain_entity
from resolution.features.standardise import fit_and_standardise
from resolution.index.scorer import Scorer
from resolution.model.declaration import Declaration, declaration, read_declaration
from resolution.model.model import Model, shipped_model
from resolution.narrate import LANGUAGES, entity_lines, pair_lines
from resolution.state import State
from resolution.waterfall import waterfall

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


def test_the_bits_add_up_and_each_comparison_tells_its_share(records: Records) -> None:
    told = World(records("person", [WANG, WANG | {"phone": "16111111111"}])).explain(0, 1)
    assert told.prior == pytest.approx(-10.0, abs=0.01)
    assert {r.comparison: (r.level, r.weight) for r in told.reasons} == {
        "name": ("same", pytest.approx(9.0)),
        "phone": ("different", pytest.approx(-1.0)),
        "birth": ("same", pytest.approx(8.0)),
        "id": ("missing", 0.0),
    }
    assert told.total == pytest.approx(told.prior + 9 - 1 + 8, abs=1e-3)
    assert (told.same, told.decided_by) == (True, "weight")
    assert sum(r.share for r in told.reasons) == pytest.approx(1.0)
    assert told.reasons[0].share == pytest.approx(9 / 18)


def test_values_are_masked_and_nothing_clear_leaks(records: Records, make_id: MakeId) -> None:
    number = make_id("880102", "19580312", 123)
    world = World(records("person", [WANG | {"citizen_id": number}, WANG | {"citizen_id": number}]))
    told = world.explain(0, 1)
    everything = f"{told.as_dict()}{world.text(0, 1)}{world.text(0, 1, 'en')}{waterfall(told)}"
    for secret in (number, "16012345678", "王建国", "1958-03-12"):
        assert secret not in everything
    assert "160****5678" in everything


def test_a_frequent_name_counts_for_less_and_the_part_is_told_apart(records: Records) -> None:
    world = World(records("person", [WANG, WANG]))
    common = world.state.frequencies["name"].with_columns(tf_name=pl.lit(2.0**-8))
    world.state.frequencies["name"] = common
    name = world.explain(0, 1).reasons[0]
    assert (name.weight, name.frequency) == (pytest.approx(6.0), pytest.approx(-3.0))


def test_what_would_change_the_verdict_is_the_smallest_set_of_changes(records: Records) -> None:
    far: Row = WANG | {"phone": "16111111111", "birth_date": None}
    told = World(records("person", [WANG, far])).explain(0, 1)
    assert (told.same, told.total) == (False, pytest.approx(-2.0, abs=0.01))
    assert [[(c.comparison, c.level, c.difference) for c in changes] for changes in told.changes] == [
        [("birth", "same", pytest.approx(8.0))],
        [("phone", "same", pytest.approx(8.0))],
        [("id", "same", pytest.approx(15.0))],
    ]


def test_a_verdict_that_needs_two_changes_names_two(records: Records) -> None:
    rows: list[Row] = [WANG, {"name": "李秀英", "phone": "16111111111", "birth_date": "1970-01-02"}]
    told = World(records("person", rows)).explain(0, 1)
    assert told.total == pytest.approx(-20.0, abs=0.01)
    assert [len(changes) for changes in told.changes] == [2, 2, 2]
    for changes in told.changes:
        assert told.total + sum(change.difference for change in changes) > THRESHOLD
        for left_out in changes:
            rest = sum(change.difference for change in changes if change is not left_out)
            assert told.total + rest <= THRESHOLD


def _shipped(world: World, levels: dict[str, tuple[str, float]]) -> list[Reason]:
    """Reasons of the shipped person comparisons: the level and the weight that each stands at."""
    declared = shipped_model("person").declaration
    return [
        replace(
            world.explain(0, 1).reasons[0], comparison=c.name, level=level, weight=weight,
            missing=next(one.missing for one in c.levels if one.name == level),
        )
        for c in declared.comparisons for level, weight in [levels.get(c.name, ("missing", 0.0))]
    ]  # fmt: skip


def test_agreeing_more_is_never_told_as_what_parts_two_records(records: Records) -> None:
    reasons = _shipped(
        World(records("person", [WANG, WANG])), {"name": ("same", 11.0), "contact": ("sole_phone", 27.0)}
    )
    told = [c for changes in what_would_change(shipped_model("person"), reasons, 25.0, 2.0) for c in changes]
    assert told
    assert all(c.difference < 0 for c in told)
    assert {c.level for c in told if c.comparison == "contact"} <= {"different"}


def test_what_would_join_two_records_is_plain_agreement(records: Records) -> None:
    world = World(records("person", [WANG, WANG]))
    reasons = _shipped(world, {"name": ("same", 11.0), "birth": ("different", -8.0)})
    told = what_would_change(shipped_model("person"), reasons, -9.0, 2.0)
    assert ("birth", "same") in {(c.comparison, c.level) for changes in told for c in changes}
    assert {c.level for changes in told for c in changes} <= {"same", "phone_and_door"}
    near = _shipped(world, {"name": ("same", 11.0), "contact": ("own_phone", 15.5)})
    fewer = [reason for reason in near if reason.comparison in ("name", "contact")]
    ((only,),) = what_would_change(shipped_model("person"), fewer, 1.0, 8.0)
    assert only.level == "sole_phone"  # no plain agreement is enough


def test_each_blocking_key_has_a_name_of_its_own() -> None:
    for kind in ("person", "organization", "dwelling"):
        declared = declaration(kind)
        for labels in zip(*(key_labels(declared, key) for key in declared.blocking), strict=True):
            assert len(set(labels)) == len(declared.blocking)


def test_records_without_a_shared_key_were_not_compared_and_the_keys_are_named(records: Records) -> None:
    world = World(records("person", [WANG, {"name": "王建国"}]))
    told = world.explain(0, 1)
    assert (told.same, told.decided_by) == (False, "not_compared")
    assert {key.name: key.state for key in told.keys} == dict.fromkeys(("name_birth", "name_phone", "phone"), "missing")
    assert "姓名 + 出生日期 (name_birth)：一方缺失" in world.text(0, 1)


def test_a_key_that_too_many_share_is_named_as_the_reason(records: Records) -> None:
    rows: list[Row] = [{"name": f"王建{c}", "phone": "16012345678"} for c in "国军民华平强伟"]
    told = World(records("person", rows)).explain(0, 1)
    assert {key.name: key.state for key in told.keys}["phone"] == "oversized"


def test_two_valid_numbers_are_a_rule_that_no_weight_crosses(records: Records, make_id: MakeId) -> None:
    ids = [make_id("880102", "19580312", n) for n in (123, 125)]
    world = World(records("person", [WANG | {"citizen_id": number} for number in ids]))
    told = world.explain(0, 1)
    assert told.total > THRESHOLD
    assert (told.same, told.decided_by) == (False, "cannot_link")
    assert told.rules[0].label == "公民身份号码"
    assert "须先更正公民身份号码" in world.text(0, 1)
    assert "cannot link: different citizen id" in world.text(0, 1, "en")
    assert "But citizen id must be corrected first" in world.text(0, 1, "en")


def test_a_human_no_decides_whatever_the_weight(records: Records) -> None:
    world = World(records("person", [WANG, WANG]), judgements=[(0, 1, "negative")])
    told = world.explain(0, 1)
    assert (told.same, told.decided_by) == (False, "judgement")
    assert "撤销上述人工判定后，由证据与聚类决定：这一对的权重高于阈值。" in world.text(0, 1)
    assert "evidence and clustering decide: the weight of this pair is above" in world.text(0, 1, "en")


def test_what_a_human_decided_is_not_sent_to_review_again(records: Records) -> None:
    rows: list[Row] = [WANG, {"name": "王建国", "phone": "16111111111", "birth_date": "1958-03-12"}]
    for judgements in ([], [(0, 1, "positive")], [(0, 1, "negative")]):
        world = World(records("person", rows), judgements=judgements)
        world.state = replace(world.state, decision=replace(world.state.decision, upper=9.0))
        assert world.explain(0, 1).in_review is not bool(judgements)
        assert ("请人工复核" in world.text(0, 1)) is not bool(judgements)
        assert ("a person should decide" in world.text(0, 1, "en")) is not bool(judgements)


def test_a_judgement_tells_its_time_to_the_minute(records: Records) -> None:
    world = World(records("person", [WANG, WANG]), judgements=[(0, 1, "negative")])
    told = world.state.judgements.with_columns(at=pl.lit("2026-03-01 12:10:01.837046"))
    lines = pair_lines(explain(world.state, *world.ids, masked_values("person", world.records), judgements=told), str)
    assert "  不是同一个  2026-03-01 12:10" in list(lines)


def test_a_human_yes_joins_what_weight_would_not(records: Records) -> None:
    world = World(records("person", [WANG, {"name": "李秀英"}]), judgements=[(0, 1, "positive")])
    told = world.explain(0, 1)
    assert (told.same, told.decided_by) == (True, "judgement")


CHAIN: list[Row] = [
    WANG | {"phone": None},
    WANG,
    {"name": "王建国", "phone": "16012345678"},
]


def test_records_joined_through_a_third_show_the_path(records: Records) -> None:
    world = World(records("person", CHAIN))
    told = world.explain(0, 2)
    assert (told.same, told.decided_by) == (True, "chain")
    assert [(link.record_a, link.record_b) for link in told.path] == [
        (world.ids[0], world.ids[1]),
        (world.ids[1], world.ids[2]),
    ]


def test_records_that_clustering_cut_show_where(records: Records, make_id: MakeId) -> None:
    ids = [make_id("880102", "19580312", n) for n in (123, 125)]
    rows = [CHAIN[0] | {"citizen_id": ids[0]}, CHAIN[1], CHAIN[2] | {"citizen_id": ids[1]}]
    world = World(records("person", rows))
    alone = next(pair for pair in ((0, 1), (1, 2)) if not world.explain(*pair).same)
    told = world.explain(*alone)
    assert told.decided_by == "clustering"
    assert told.total > THRESHOLD
    assert any(link.cut for link in told.path)
    assert "在此分开" in world.text(*alone)


def test_an_entity_is_held_by_its_strongest_links_and_names_its_weakest(records: Records) -> None:
    world = World(records("person", CHAIN))
    told = explain_entity(world.state, "per_0")
    assert len(told.tree) == len(told.groups) - 1 == 2
    weights = [branch.link.weight for branch in told.tree]
    assert weights == sorted(weights, reverse=True)
    assert told.weakest is not None
    assert told.weakest.link.weight == weights[-1]
    assert sorted((*told.weakest.side_a, *told.weakest.side_b)) == world.ids
    assert told.tree[0].because[0][0] == "姓名相同"
    text = "\n".join(entity_lines(told, lambda record: record))
    assert "最弱的一环" in text


def test_an_entity_tells_the_evidence_against_it(records: Records, make_id: MakeId) -> None:
    number = make_id("880102", "19580312", 123)
    rows: list[Row] = [
        WANG | {"citizen_id": number},
        WANG | {"citizen_id": number},
        {"name": "李秀英", "phone": "16012345678", "birth_date": "1970-01-02"},
    ]
    world = World(records("person", rows), judgements=[(0, 2, "positive")])
    told = explain_entity(world.state, "per_0")
    assert {(c.record_a, c.record_b) for c in told.conflicts} >= {(world.ids[1], world.ids[2])}
    assert told.judgements == ((world.ids[0], world.ids[2], "positive"),)


def test_unknown_records_and_entities_are_key_errors(records: Records) -> None:
    world = World(records("person", [WANG, WANG]))
    with pytest.raises(KeyError):
        explain(world.state, "rec_0", world.ids[0], masked_values("person", world.records))
    with pytest.raises(KeyError):
        explain_entity(world.state, "per_99")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_picture_is_sound_and_drawn_to_scale(records: Records, lang: str) -> None:
    told = World(records("person", [WANG, WANG | {"phone": "16111111111"}])).explain(0, 1)
    root = ElementTree.fromstring(waterfall(told, lang=lang))
    space = "{http://www.w3.org/2000/svg}"
    texts = [element.text or "" for element in root.iter(f"{space}text")]
    assert any(("姓名相同" if lang == "zh" else "same name") in text for text in texts)
    bars = list(root.iter(f"{space}rect"))[2:]
    widths = {round(float(bar.get("width", "0")), 1) for bar in bars}
    assert len(bars) == 1 + len(told.reasons) + 1
    prior, name = bars[0], bars[1]
    assert float(name.get("width", 0)) / float(prior.get("width", 1)) == pytest.approx(0.9, abs=0.02)
    assert min(widths) > 0


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_picture_has_room_for_its_words_and_names_the_records(records: Records, lang: str) -> None:
    told = World(records("person", [WANG, WANG])).explain(0, 1)
    long = replace(told.reasons[0], level_zh="很长的说明" * 12, level_en="a long explanation " * 6)
    drawn = waterfall(replace(told, reasons=(long,)), lang=lang, name=lambda record: f"feed/{record}")
    root = ElementTree.fromstring(drawn)
    notes = [one for one in root.iter("{http://www.w3.org/2000/svg}text") if one.get("text-anchor") == "start"]
    for note in notes:
        em = float(note.get("font-size", 0)) * (1.0 if lang == "zh" else 0.55)
        words = (note.text or "").partition("  ")[2] or ""
        assert float(note.get("x", 0)) + em * len(words) <= float(root.get("width", 0))
    assert any(
        "很长的说明" * 12 in (note.text or "") or "a long explanation " * 6 in (note.text or "") for note in notes
    )
    title = root.findtext("{http://www.w3.org/2000/svg}title") or ""
    assert all(text in title for text in (f"feed/{told.record_a}", f"feed/{told.record_b}", told.entity_a))


def test_both_languages_say_all_and_english_no_chinese(records: Records) -> None:
    world = World(records("person", [WANG, WANG | {"phone": "16111111111"}]))
    assert len(world.text(0, 1).splitlines()) == len(world.text(0, 1, "en").splitlines())
    assert not re.search(r"[\u4e00-\u9fff]", world.text(0, 1, "en").replace("王", ""))
