"""Paths and neighbourhoods over GraphQL, on the small graph of `conftest`: masked, audited, bounded."""

from __future__ import annotations

from typing import Any

from api.ask import ask
from api.schema.network import NodeKind, RelationType
from core.catalogue.words import RELATION_LABELS
from governance.access import AccessContext, Role
from graph.reads.model import LABELS
from graph.reads.steps import TYPES
from services.app import App

READER = AccessContext(subject="tester", role=Role.GRID_WORKER)
OFFICER = AccessContext(subject="tester", role=Role.GRID_WORKER, purpose="核实住户信息")

PATH = """query($from: ID!, $to: ID!, $via: [RelationType!], $all: Boolean! = false, $maxHops: Int, $day: Date) {
  path(from: $from, to: $to, via: $via, all: $all, maxHops: $maxHops, asOf: $day) {
    complete hubs { id }
    paths { length score nodes { id kind label distance } edges { type label role roleLabel source target validFrom } }
  }
}"""
AROUND = """query($id: ID!, $depth: Int! = 1, $kinds: [NodeKind!], $limit: Int! = 200, $day: Date) {
  neighbourhood(id: $id, depth: $depth, kinds: $kinds, limit: $limit, asOf: $day) {
    centre
    nodes { id kind label distance degree more }
    edges { id type label role roleLabel source target validFrom validTo confidence sources }
  }
}"""


def answer(app: App, query: str, reader: AccessContext = READER, **variables: Any) -> Any:
    found = ask(app, reader, query, variables)
    assert "errors" not in found, found
    return next(iter(found["data"].values()))


def code_of(app: App, query: str, **variables: Any) -> str:
    found = ask(app, READER, query, variables)
    assert list(found["data"].values()) == [None] if found["data"] else True
    return str(found["errors"][0]["extensions"]["code"])


def test_how_two_people_are_connected(office: App) -> None:
    found = answer(office, PATH, **{"from": "per_a", "to": "per_c", "day": None})
    assert found["complete"]
    (path,) = found["paths"]
    assert path["length"] == 2
    assert [node["label"][:2] for node in path["nodes"]] == ["张伟", "青枫", "王芳"]
    assert [(edge["label"], edge["roleLabel"]) for edge in path["edges"]] == [
        ("居住", "resident"),
        ("产权", None),
        ("居住", None),
    ]
    assert [(edge["source"], edge["target"]) for edge in path["edges"]] == [(0, 1), (0, 1), (2, 1)]
    assert path["edges"][0]["validFrom"] == "2020-03-01"


def test_they_never_lived_there_at_the_same_time(office: App) -> None:
    assert answer(office, PATH, **{"from": "per_a", "to": "per_c"})["paths"] == []
    assert answer(office, PATH, **{"from": "per_a", "to": "per_c", "day": "2024-01-01"})["paths"] == []
    assert answer(office, PATH, **{"from": "per_a", "to": "per_c", "day": "2018-01-01"})["paths"] == []
    assert answer(office, PATH, **{"from": "per_a", "to": "per_b", "day": "2024-01-01"})["paths"]


def test_all_paths_over_chosen_relations(office: App) -> None:
    found = answer(
        office, PATH, **{"from": "per_a", "to": "per_m", "via": ["KIN", "LIVES_IN", "MEMBER_OF"], "all": True}
    )
    lengths = [path["length"] for path in found["paths"]]
    assert lengths == sorted(lengths)
    assert [[node["id"] for node in path["nodes"]] for path in found["paths"]][:3] == [
        ["per_a", "per_m"],
        ["per_a", "hou_1", "per_m"],
        ["per_a", "dwe_1", "per_m"],
    ]
    assert found["paths"][0]["edges"] == [
        {
            "type": "KIN",
            "label": "亲属",
            "role": "child",
            "roleLabel": "子女",
            "source": 0,
            "target": 1,
            "validFrom": None,
        }
    ]


def test_a_child_keeps_its_name_to_itself(office: App) -> None:
    def shown(reader: AccessContext) -> set[str]:
        return {node["label"] for node in answer(office, AROUND, reader, id="hou_1")["nodes"]}

    assert "张**" in shown(READER)
    assert "张小明" not in shown(READER)
    assert "张小明" in shown(OFFICER)


def test_what_lies_around_a_dwelling(office: App) -> None:
    canvas = answer(office, AROUND, id="dwe_1", depth=2, day="2024-07-01")
    assert canvas["centre"] == "dwe_1"
    assert canvas["nodes"][0] | {"degree": 0} == {
        "id": "dwe_1", "kind": "DWELLING", "label": canvas["nodes"][0]["label"], "distance": 0, "degree": 0, "more": 0,
    }  # fmt: skip
    ids = [node["id"] for node in canvas["nodes"]]
    assert {"per_a", "per_b", "per_m", "hou_1", "bld_1", "evt_1", "evt_2", "org_1", "dep_1"} == set(ids) - {"dwe_1"}
    complaint = next(node for node in canvas["nodes"] if node["id"] == "evt_1")
    assert (complaint["kind"], complaint["label"]) == ("EVENT", "投诉 电梯停运 2024-06-01")
    roles = {
        (ids[edge["source"]], ids[edge["target"]]): edge["roleLabel"]
        for edge in canvas["edges"]
        if edge["type"] == "PARTY_TO"
    }
    assert roles[("org_1", "evt_2")] == "被投诉人"
    assert roles[("per_a", "evt_1")] == "投诉人"
    lives = next(edge for edge in canvas["edges"] if edge["id"] == "LIVES_IN-per_a-dwe_1")
    assert (lives["label"], lives["confidence"], lives["sources"]) == ("居住", 0.9, ["police_population"])
    assert (lives["validFrom"], lives["validTo"]) == ("2020-03-01", None)


def test_only_what_was_asked_for_and_what_was_left_out(office: App) -> None:
    people = answer(office, AROUND, id="dwe_1", kinds=["PERSON"])
    assert {node["kind"] for node in people["nodes"]} == {"DWELLING", "PERSON"}
    assert people["nodes"][0]["more"] == 0
    three = answer(office, AROUND, id="dwe_1", limit=3)
    assert len(three["nodes"]) == 3
    assert three["nodes"][0]["more"] > 0


def test_every_read_leaves_one_line_that_names_whom_it_showed(office: App) -> None:
    before = len(list(office.audit.entries()))
    answer(office, PATH, **{"from": "per_a", "to": "per_c", "day": None})
    answer(office, AROUND, id="hou_1")
    first, second = list(office.audit.entries())[before:]
    assert (first["action"], set(first["ids"])) == ("network.paths", {"per_a", "per_c", "dwe_1"})
    assert second["action"] == "network.neighbourhood"
    assert {"hou_1", "per_a", "per_b", "per_m"} <= set(second["ids"])


def test_what_cannot_be_asked(office: App) -> None:
    assert answer(office, PATH, **{"from": "per_a", "to": "nobody"}) is None
    assert answer(office, AROUND, id="nobody") is None
    assert code_of(office, PATH, **{"from": "per_a", "to": "per_a"}) == "WN-AP-002"
    assert code_of(office, PATH, **{"from": "per_a", "to": "per_b", "maxHops": 9}) == "WN-AP-001"
    assert code_of(office, PATH, **{"from": "per_a", "to": "per_b", "maxHops": 6, "all": True}) == "WN-AP-001"
    assert code_of(office, PATH, **{"from": "per_a", "to": "per_b", "maxHops": 0}) == "WN-AP-002"
    assert code_of(office, PATH, **{"from": "per_a", "to": "per_b", "via": ["KNOWS"]}) == "WN-AP-002"
    assert code_of(office, AROUND, id="per_a", depth=4) == "WN-AP-001"
    assert code_of(office, AROUND, id="per_a", limit=1_001) == "WN-AP-001"
    assert code_of(office, AROUND, id="per_a", limit=0) == "WN-AP-002"


def test_every_relation_and_kind_of_the_graph_has_its_word() -> None:
    assert {each.value for each in RelationType} == set(TYPES) == set(RELATION_LABELS)
    assert {each.value for each in NodeKind} == {label.lower() for label in LABELS}


def test_whom_a_reader_may_not_see_joins_nobody(office: App) -> None:
    """Two friends in one grid; the only one who knows both lives in another."""
    store = office.store
    made = [
        "CREATE (:Grid {id: 'grd_n1', code: 'N1'}), (:Grid {id: 'grd_n2', code: 'N2'})",
        "CREATE (:Dwelling {id: 'dwe_n1'}), (:Dwelling {id: 'dwe_n2'})",
        "UNWIND ['per_n1', 'per_n2', 'per_n3'] AS id CREATE (p:Person {id: id}) SET p.name = '邻居'",
        *(
            f"MATCH (a {{id: '{start}'}}), (b {{id: '{end}'}}) CREATE (a)-[r:{kind} {{id: '{start}{end}'}}]->(b)"
            for start, kind, end in (
                ("dwe_n1", "PART_OF", "grd_n1"),
                ("dwe_n2", "PART_OF", "grd_n2"),
                ("per_n1", "LIVES_IN", "dwe_n1"),
                ("per_n2", "LIVES_IN", "dwe_n1"),
                ("per_n3", "LIVES_IN", "dwe_n2"),
                ("per_n1", "KIN", "per_n3"),
                ("per_n2", "KIN", "per_n3"),
            )
        ),
    ]
    bound = AccessContext(subject="tester", role=Role.GRID_WORKER, grids=("N1",))
    kin = {"from": "per_n1", "to": "per_n2", "via": ["KIN"]}
    try:
        for statement in made:
            store.write(statement)
        assert [path["length"] for path in answer(office, PATH, **kin)["paths"]] == [2]
        assert answer(office, PATH, bound, **kin)["paths"] == []
        assert answer(office, PATH, bound, **kin | {"to": "per_n3"}) is None
        canvas = answer(office, AROUND, bound, id="dwe_n1", depth=3)
        assert {node["id"] for node in canvas["nodes"]} == {"dwe_n1", "per_n1", "per_n2", "grd_n1"}
        assert {node["more"] for node in canvas["nodes"]} == {None}
    finally:
        store.write(
            "UNWIND ['grd_n1', 'grd_n2', 'dwe_n1', 'dwe_n2', 'per_n1', 'per_n2', 'per_n3'] AS id "
            "MATCH (n {id: id}) DETACH DELETE n"
        )
