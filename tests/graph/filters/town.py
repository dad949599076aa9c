"""A little town written out by hand, and what each filter finds in it on 30 June 2026."""

from __future__ import annotations

from typing import Any, Final

from core.values import StandardAddress
from tests.graph.filters.strategies import Graph, blind


def _person(name: str, born: str, **props: Any) -> dict[str, Any]:
    return {"name": name, "name_key": name, "birth_date": born, "birth_year": int(born[:4])} | props


def _dwelling(address: str, **props: Any) -> dict[str, Any]:
    return {"address": address, "dwelling_key": StandardAddress.parse(address).dwelling_key} | props


_NODES: Final[dict[str, dict[str, dict[str, Any]]]] = {
    "Person": {
        "li": _person(
            "李秀英", "1950-06-30", sex="2", marital="30", pinyin=["lixiuying"], initials="lxy", record_count=3
        ),
        "wang": _person("王建国", "1980-01-01", sex="1", employer="好味餐饮", record_count=5),
        "zhao": _person("赵敏", "1982-02-03", sex="2", record_count=2),
        "kid": _person("王**", "2015-**-**", birth_date_sealed="…", name_sealed="…"),
        "teen": _person("王*", "2008-**-**", birth_date_sealed="…"),
        "sun": _person("孙明", "1966-07-01", assistance_sealed="…", assistance_index=blind("assistance", "低保")),
        "nobody": {"name": "无名"},
    },
    "Household": {"h1": {"household_no": "H001", "household_type": "家庭户"}, "h2": {"household_no": "H002"}},
    "Dwelling": {
        "d1": _dwelling("桂花苑4幢1单元501室", usage="住宅", area=88.5),
        "d2": _dwelling("桂花苑4幢1单元502室", usage="住宅", area=50.0),
        "d3": {"usage": "商铺"},
    },
    "Building": {"b4": {"name": "桂花苑4幢"}},
    "Compound": {"c1": {"name": "桂花苑"}},
    "Grid": {"g1": {"name": "第一网格", "code": "880102001001-01"}},
    "Community": {"m1": {"name": "枫桥社区"}},
    "Street": {"s1": {"name": "梧桐街道"}},
    "Organization": {
        "o1": {"name": "青枫区好味餐饮有限公司", "uscc": "91880102MAMG677D4D", "registered_on": "2023-08-07"},
        "o2": {"name": "青枫区利顺达家具有限公司"},
    },
    "Event": {
        "e1": {"kind": "complaint", "category": "噪音扰民", "reported_at": "2026-06-30T23:59:59", "status": "open"},
        "e2": {"kind": "dispute", "category": "邻里纠纷", "reported_at": "2026-05-31T00:00:00", "amount": 100.5},
        "e3": {"kind": "dispute", "reported_at": "2026-05-30T23:59:59", "closed_at": "2026-06-02T10:00:00"},
    },
    "Department": {"p1": {"name": "梧桐街道办事处"}},
    "Record": {
        "r1": {"feed": "police_population", "phone_index": blind("phone", "13905718234"), "record_key": "P1"},
        "r2": {"feed": "grid_visits", "observed_at": "2026-06-01T08:00:00"},
        "r3": {"feed": "hotline_complaints", "phone_index": blind("phone", "13905718234")},
    },
    "Tag": {"t1": {"name": "elderly", "label": "老人"}},
}
_EDGES: Final[tuple[tuple[str, str, str, dict[str, Any]], ...]] = (
    ("LIVES_IN", "li", "d1", {"valid_from": "2020-01-01", "role": "owner", "sources": ["police", "grid"]}),
    ("LIVES_IN", "wang", "d1", {"valid_to": "2026-06-30", "role": "family"}),  # ends with the day before
    ("LIVES_IN", "wang", "d2", {"valid_from": "2026-06-30", "role": "tenant", "confidence": 0.6}),
    ("LIVES_IN", "wang", "d2", {"valid_from": "2026-06-01", "role": "owner"}),
    ("LIVES_IN", "zhao", "d2", {}),
    ("LIVES_IN", "kid", "d2", {"valid_from": "2015-01-01", "valid_to": "2030-01-01"}),
    ("LIVES_IN", "sun", "d3", {"valid_from": "2026-07-01"}),  # not yet
    ("REGISTERED_AT", "li", "d1", {}),
    ("REGISTERED_AT", "sun", "d1", {}),
    ("OWNS", "li", "d1", {}),
    ("OWNS", "o1", "d3", {}),
    ("MEMBER_OF", "wang", "h1", {"relation_to_head": "02"}),
    ("MEMBER_OF", "zhao", "h1", {"relation_to_head": "12"}),
    ("MEMBER_OF", "kid", "h1", {"relation_to_head": "20"}),
    ("MEMBER_OF", "li", "h2", {"relation_to_head": "02"}),
    ("KIN", "li", "wang", {"kind": "child"}),  # 王建国 is a child of 李秀英
    ("KIN", "wang", "zhao", {"kind": "spouse"}),
    ("KIN", "kid", "wang", {"kind": "parent"}),
    ("WORKS_AT", "wang", "o1", {}),
    ("LEGAL_REPRESENTATIVE_OF", "zhao", "o1", {}),
    ("LEGAL_REPRESENTATIVE_OF", "zhao", "o2", {}),
    ("LOCATED_AT", "h1", "d2", {}),
    ("LOCATED_AT", "o2", "s1", {}),
    ("PART_OF", "d1", "b4", {}),
    ("PART_OF", "d2", "b4", {}),
    ("PART_OF", "d3", "c1", {}),
    ("PART_OF", "b4", "c1", {}),
    ("PART_OF", "b4", "g1", {}),
    ("PART_OF", "c1", "m1", {}),
    ("PART_OF", "m1", "s1", {}),
    ("PARTY_TO", "wang", "e1", {"role": "complainant", "valid_from": "2026-06-30"}),
    ("PARTY_TO", "wang", "e2", {"role": "complainant"}),
    ("PARTY_TO", "sun", "e2", {"role": "respondent"}),
    ("PARTY_TO", "wang", "e3", {"role": "respondent"}),
    ("PARTY_TO", "sun", "e3", {"role": "complainant"}),
    ("PARTY_TO", "o1", "e2", {"role": "witness"}),
    ("PARTY_TO", "o1", "e3", {"role": "witness"}),
    ("OCCURRED_AT", "e1", "d1", {}),
    ("OCCURRED_AT", "e2", "c1", {}),
    ("OCCURRED_AT", "e3", "b4", {"valid_to": "2026-06-15"}),
    ("HANDLED_BY", "e1", "p1", {"step": 1, "action": "派单"}),
    ("DESCRIBES", "r1", "li", {}),
    ("DESCRIBES", "r2", "wang", {}),
    ("DESCRIBES", "r3", "o1", {}),
    ("TAGGED", "li", "t1", {"rule": "elderly", "valid_from": "2026-01-01"}),
)

CASES: Final[dict[str, tuple[str, dict[str, Any], str]]] = {
    "all": ("Household", {}, "h1 h2"),
    "text equals": ("Person", {"employer": {"eq": "好味餐饮"}}, "wang"),
    "text differs, unknown is neither": ("Dwelling", {"address": {"ne": "桂花苑4幢1单元501室"}}, "d2"),
    "text begins": ("Person", {"name": {"startsWith": "王"}}, "kid teen wang"),
    "text contains": ("Dwelling", {"address": {"contains": "1单元"}}, "d1 d2"),
    "text is unknown": ("Dwelling", {"address": {"isNull": True}}, "d3"),
    "id in": ("Person", {"id": {"in": ["li", "li", "sun", "x"]}}, "li sun"),
    "code": ("Person", {"sex": {"in": ["女"]}}, "li zhao"),
    "number": ("Dwelling", {"area": {"gte": 50, "lt": 88.5}}, "d2"),
    "whole number among numbers": ("Person", {"recordCount": {"in": [2, 5.0]}}, "wang zhao"),
    "name by its compare key": ("Person", {"name": {"eq": "李 秀英"}}, "li"),
    "address by its compare key": ("Dwelling", {"address": {"eq": "桂花苑４栋1单元501"}}, "d1"),
    "address in part as it is written": ("Dwelling", {"address": {"startsWith": "桂花苑4幢"}}, "d1 d2"),
    "60 on the birthday": ("Person", {"age": {"gte": 60}}, "li"),
    "59 the day before": ("Person", {"age": {"gt": 58, "lt": 60}}, "sun"),
    "76 on the day": ("Person", {"age": {"gte": 76}}, "li"),
    "children by the year": ("Person", {"age": {"lt": 18}}, "kid teen"),
    "a masked child may have had a birthday": ("Person", {"age": {"lte": 11}}, "kid"),
    "not yet 11 for sure": ("Person", {"age": {"gt": 11}}, "li sun teen wang zhao"),
    "age unknown": ("Person", {"age": {"isNull": True}}, "nobody"),
    "masked dates are known": ("Person", {"birthDate": {"isNull": True}}, "nobody"),
    "masked dates compare with none": ("Person", {"birthDate": {"gte": "1980-01-01"}}, "wang zhao"),
    "what is unknown is false, and not of it true": ("Person", {"not": {"age": {"gte": 1}}}, "nobody"),
    "date": ("Organization", {"registeredOn": {"eq": "2023-08-07"}}, "o1"),
    "the last second of a day": ("Event", {"reportedAt": {"eq": "2026-06-30"}}, "e1"),
    "within 30 days": ("Event", {"reportedAt": {"withinDays": 30}}, "e1 e2"),
    "older than 30 days": ("Event", {"reportedAt": {"olderThanDays": 30}}, "e2 e3"),
    "to the end of time": ("Event", {"closedAt": {"lte": "9999-12-31"}}, "e3"),
    "sealed identifier": ("Person", {"phone": {"eq": "13905718234"}}, "li"),
    "sealed identifier of an organization": ("Organization", {"phone": {"in": ["13905718234"]}}, "o1"),
    "sealed category": ("Person", {"assistance": {"eq": "低保"}}, "sun"),
    "another sealed category": ("Person", {"assistance": {"ne": "特困"}}, "sun"),
    "no sealed category": ("Person", {"assistance": {"isNull": False}}, "sun"),
    "any of none": ("Person", {"or": []}, ""),
    "all of none": ("Grid", {"and": []}, "g1"),
    "alternatives": ("Person", {"or": [{"sex": {"eq": "男"}}, {"age": {"gte": 70}}]}, "li wang"),
    "lives somewhere today": ("Person", {"livesIn": {}}, "kid li wang zhao"),
    "lived somewhere on a day": ("Person", {"livesIn": {"edge": {"asOf": "2026-07-01"}}}, "kid li sun wang zhao"),
    "lived there at any time": ("Person", {"livesIn": {"edge": {"anyTime": True}, "id": {"eq": "d1"}}}, "li wang"),
    "role": ("Person", {"livesIn": {"edge": {"role": {"eq": "tenant"}}}}, "wang"),
    "confidence": ("Person", {"livesIn": {"edge": {"confidence": {"lt": 0.8}}}}, "wang"),
    "source of a relation": ("Person", {"livesIn": {"edge": {"sources": {"has": "grid"}}}}, "li"),
    "since when": ("Person", {"livesIn": {"edge": {"validFrom": {"withinDays": 29}}}}, "wang"),
    "open end": ("Person", {"livesIn": {"edge": {"validTo": {"isNull": False}}}}, "kid"),
    "against the direction": ("Dwelling", {"residents": {"age": {"gte": 60}}}, "d1"),
    "a child of": ("Person", {"kin": {"edge": {"kind": {"eq": "child"}}}}, "li wang"),
    "a parent of": ("Person", {"kin": {"edge": {"kind": {"in": ["parent"]}}}}, "kid wang"),
    "words of kinship in part": ("Person", {"kin": {"edge": {"kind": {"startsWith": "par"}}}}, "kid wang"),
    "kin of kin": ("Person", {"kin": {"kin": {"id": {"eq": "kid"}}}}, "kid li zhao"),
    "another end by its label": ("Event", {"parties": {"organization": {}}}, "e2 e3"),
    "ends of any label": ("Dwelling", {"owners": {}}, "d1 d3"),
    "two labels": ("Event", {"parties": {"person": {"sex": {"eq": "1"}}, "organization": {}}}, "e2 e3"),
    "in a compound": ("Dwelling", {"compound": {"name": {"eq": "桂花苑"}}}, "d1 d2 d3"),
    "in a grid, through the building": ("Dwelling", {"grid": {"code": {"eq": "880102001001-01"}}}, "d1 d2"),
    "in a street": ("Dwelling", {"street": {}}, "d1 d2 d3"),
    "directly in any place": ("Dwelling", {"parent": {"name": {"contains": "苑"}}}, "d1 d2 d3"),
    "directly in a place": ("Dwelling", {"parent": {"name": {"eq": "桂花苑4幢"}}}, "d1 d2"),
    "dwellings of a place": ("Community", {"dwellings": {"area": {"gt": 80}}}, "m1"),
    "events inside": ("Building", {"events": {"kind": {"eq": "complaint"}}}, "b4"),
    "an event of the place itself": ("Compound", {"events": {"category": {"eq": "邻里纠纷"}}}, "c1"),
    "an event that was here": ("Building", {"count": {"of": "events", "edge": {"anyTime": True}, "eq": 2}}, "b4"),
    "department": ("Event", {"handledBy": {"edge": {"action": {"eq": "派单"}}, "name": {"contains": "街道"}}}, "e1"),
    "tag": ("Person", {"has": {"tag": "老人"}}, "li"),
    "record": ("Person", {"has": {"record": "grid_visits"}}, "wang"),
    "no record of late": (
        "Person",
        {"livesIn": {}, "not": {"records": {"observedAt": {"withinDays": 90}}}},
        "kid li zhao",
    ),
    "two relations to one dwelling are one dwelling": ("Person", {"count": {"of": "livesIn", "gte": 2}}, ""),
    "dwellings at any time": ("Person", {"count": {"of": "livesIn", "edge": {"anyTime": True}, "gte": 2}}, "wang"),
    "nobody": ("Dwelling", {"count": {"of": "residents", "eq": 0}}, "d3"),
    "at most one, none included": ("Dwelling", {"count": {"of": "residents", "lte": 1}}, "d1 d3"),
    "not three": ("Dwelling", {"count": {"of": "residents", "ne": 3}}, "d1 d3"),
    "fewer than none": ("Dwelling", {"count": {"of": "residents", "lt": 0}}, ""),
    "one's household, oneself too": (
        "Person",
        {"count": {"of": "household.members", "eq": 3}},
        "kid wang zhao",
    ),
    "of a path and a role": (
        "Household",
        {"count": {"of": "members.events", "edge": {"role": {"eq": "complainant"}}, "gte": 2}},
        "h1",
    ),
    "grown-ups": ("Household", {"count": {"of": "members", "where": {"age": {"gte": 18}}, "eq": 2}}, "h1"),
    "a path on another day": (
        "Person",
        {"count": {"of": "livesIn.owners", "edge": {"asOf": "2026-07-01"}, "gte": 1}},
        "li sun",
    ),
    "half of them": (
        "Compound",
        {"ratio": {"of": {"of": "dwellings", "where": {"residents": {}}}, "per": {"of": "dwellings"}, "gte": 0.6}},
        "c1",
    ),
    "none is no share": ("Dwelling", {"ratio": {"of": {"of": "residents"}, "per": {"of": "tenants"}, "gte": 0}}, ""),
    "no share is not one": (
        "Dwelling",
        {"not": {"ratio": {"of": {"of": "events"}, "per": {"of": "tenants"}, "gte": 0}}},
        "d1 d2 d3",
    ),
    "events for each grid, of which there is none": (
        "Compound",
        {"not": {"ratio": {"of": {"of": "events"}, "per": {"of": "grid"}, "gt": 0}}},
        "c1",
    ),
    "two events with the same other person": ("Person", {"shares": {"through": "events", "to": "parties"}}, "sun wang"),
    "shared of a kind": (
        "Person",
        {"shares": {"through": "events", "to": "parties", "where": {"category": {"eq": "邻里纠纷"}}, "atLeast": 1}},
        "sun wang",
    ),
    "an organization shares with organizations alone": (
        "Organization",
        {"shares": {"through": "events", "to": "parties", "atLeast": 1}},
        "",
    ),
    "alone at home": ("Person", {"livesIn": {}, "not": {"livesIn": {"residents": {"not": {"self": True}}}}}, "li"),
    "registered where he does not live": ("Person", {"registeredAt": {"not": {"residents": {"self": True}}}}, "sun"),
    "a child with a parent at home": (
        "Person",
        {"livesIn": {"residents": {"kin": {"self": True, "edge": {"kind": {"eq": "child"}}}}}},
        "kid",
    ),
    "oneself": ("Person", {"sex": {"eq": "1"}, "self": True}, "wang"),
}
"""Name → label, filter, the ids that it finds."""

EVIDENCE: Final[dict[str, tuple[str, dict[str, Any], str, dict[str, Any]]]] = {
    "path by path": (
        "Person",
        {"age": {"gte": 60}, "livesIn": {"count": {"of": "residents", "eq": 1}}},
        "li",
        {"age": 1950, "livesIn": {"count": 1, "ids": ["d1"]}, "livesIn.residents": {"count": 1, "ids": ["li"]}},
    ),
    "what is ruled out tells nothing": (
        "Person",
        {"livesIn": {}, "not": {"livesIn": {"residents": {"not": {"self": True}}}}},
        "li",
        {"livesIn": {"count": 1, "ids": ["d1"]}},
    ),
    "only what fulfils it": (
        "Household",
        {"count": {"of": "members", "where": {"age": {"gte": 18}}, "gte": 2}},
        "h1",
        {"members": {"count": 2, "ids": ["wang", "zhao"]}},
    ),
    "both sides of a ratio": (
        "Compound",
        {"ratio": {"of": {"of": "dwellings", "where": {"residents": {}}}, "per": {"of": "dwellings"}, "gte": 0.6}},
        "c1",
        {"dwellings": {"count": 2, "ids": ["d1", "d2"]}, "dwellings#2": {"count": 3, "ids": ["d1", "d2", "d3"]}},
    ),
    "with whom it is shared": (
        "Person",
        {"shares": {"through": "events", "to": "parties"}},
        "sun",
        {"events.parties": {"count": 1, "ids": ["wang"]}},
    ),
    "a value that is nobody's business": (
        "Person",
        {"assistance": {"eq": "低保"}, "recordCount": {"isNull": True}},
        "sun",
        {"assistance": True},
    ),
}
"""Name → label, filter, bearer, what made it true."""


def town() -> Graph:
    made = Graph()
    labels: dict[str, str] = {}
    for label, members in _NODES.items():
        for key, props in members.items():
            made.nodes.append((label, key, props))
            labels[key] = label
    for kind, source, target, props in _EDGES:
        made.edges.append((kind, labels[source], source, labels[target], target, props))
    return made
