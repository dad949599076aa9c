"""A builder of little towns: what resolution and the lake would hand to linking, stated by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson
import polars as pl

from core.catalogue import kind
from core.settings import CryptoSuite
from governance.keys import MasterKey
from governance.sealing import SealingVault
from graph.linking.inputs import GraphState, LinkInputs

DEPARTMENTS = {
    "police_population": "公安",
    "grid_visits": "综治",
    "health_records": "卫健",
    "housing_register": "住建",
    "property_owners": "物业",
    "hotline_complaints": "12345",
    "grid_mediations": "综治",
    "market_businesses": "市场监管",
}
RECORD_COLUMNS = ("citizen_id_index", "phone_index", "name_index", "plate_index", "uscc", "grid_code")
EVENT_SCHEMA = dict.fromkeys(
    (
        *("event_id", "feed", "source_department", "record_key", "kind", "category", "title", "text", "occurred_at"),
        *("reported_at", "closed_at", "status", "address", "department", "outcome", "steps"),
    ),
    pl.String,
) | {"amount": pl.Float64, "observed_at": pl.Datetime("us")}


def vault() -> SealingVault:
    return SealingVault(MasterKey(index_suite=CryptoSuite.AES, secret=bytes(range(32))), CryptoSuite.AES)


class TownBuilder:
    def __init__(self) -> None:
        self.vault = vault()
        self._entities: dict[str, dict[str, dict[str, Any]]] = {}
        self._assignments: list[dict[str, Any]] = []
        self._records: list[dict[str, Any]] = []
        self._relations: list[dict[str, Any]] = []
        self._events: list[dict[str, Any]] = []
        self._readings: list[dict[str, Any]] = []
        self.changes: list[dict[str, Any]] = []

    def entity(self, kind_name: str, name: str, /, **fields: Any) -> None:
        """An entity's golden record; its id is the kind's prefix and `name`."""
        self._entities.setdefault(kind_name, {})[self.id(kind_name, name)] = fields

    def id(self, kind_name: str, name: str) -> str:
        return f"{kind(kind_name).id_prefix}_{name}"

    def record(
        self,
        kind_name: str,
        name: str,
        feed: str = "police_population",
        *,
        observed: str = "2026-04-01",
        probability: float = 1.0,
        key: str | None = None,
        **indexes: str,
    ) -> str:
        record_key = key or f"{feed}-{len(self._records)}#{kind_name}"
        record_id = f"rec_{feed}_{record_key}"
        self._records.append(
            {
                "record_id": record_id,
                "kind": kind_name,
                "feed": feed,
                "department": DEPARTMENTS[feed],
                "record_key": record_key,
                "observed_at": datetime.fromisoformat(observed),
                **dict.fromkeys(RECORD_COLUMNS),
                **indexes,
            }
        )
        self._assignments.append(
            {
                "kind": kind_name,
                "record_id": record_id,
                "entity_id": self.id(kind_name, name),
                "probability": probability,
                "run_id": "run_1",
            }
        )
        return record_id

    def relation(
        self,
        relation: str,
        from_id: str,
        to_id: str,
        feed: str = "police_population",
        *,
        since: str | None = None,
        until: str | None = None,
        observed: str = "2026-04-01",
        **props: Any,
    ) -> None:
        self._relations.append(
            {
                "type": relation,
                "from_id": from_id,
                "to_id": to_id,
                "valid_from": since,
                "valid_to": until,
                "observed_at": datetime.fromisoformat(observed),
                "feed": feed,
                "props": orjson.dumps(props).decode(),
            }
        )

    def lives(self, person: str, dwelling: str, feed: str = "police_population", **about: Any) -> None:
        """One row of a feed that says who lives where: two records and a relation."""
        observed = about.get("observed", "2026-04-01")
        self.relation(
            "LIVES_IN",
            self.record("person", person, feed, observed=observed),
            self.record("dwelling", dwelling, feed, observed=observed),
            feed,
            **about,
        )

    def household(self, name: str, dwelling: str, since: str = "2015-03-01", **members: str) -> None:
        """A household (`household_no` = its name) whose `members` (person → relation to head) live in a dwelling."""
        self.entity("household", name, household_no=name)
        for person, code in members.items():
            self.lives(person, dwelling, since=since, role="owner" if code in {"01", "02"} else "family")
            self.relation(
                "MEMBER_OF",
                self.record("person", person),
                self.record("household", name),
                since=since,
                relation_to_head=code,
            )

    def event(self, name: str, feed: str, event_kind: str, **fields: Any) -> str:
        event_id = f"evt_{name}"
        self._events.append(
            dict.fromkeys(EVENT_SCHEMA)
            | {
                "event_id": event_id,
                "feed": feed,
                "source_department": DEPARTMENTS[feed],
                "record_key": name,
                "kind": event_kind,
                "status": "open",
                "observed_at": datetime.fromisoformat(fields.get("reported_at", "2026-03-01")),
            }
            | fields
        )
        return event_id

    def party(self, kind_name: str, name: str, event_id: str, *, role: str, feed: str, key: str) -> None:
        self.relation("PARTY_TO", self.record(kind_name, name, feed, key=key), event_id, feed, role=role)

    def reading(self, event_id: str, **fields: Any) -> None:
        row = dict.fromkeys(("category", "place_text", "place_level", "parties"))
        self._readings.append({"event_id": event_id} | row | fields)

    def inputs(self, previous: GraphState | None = None) -> LinkInputs:
        golden = {}
        for name, entities in self._entities.items():
            declared = kind(name)
            fields = {f.name: pl.Float64 if f.type == "number" else pl.String for f in declared.fields}
            seen = dict.fromkeys(("first_observed", "last_observed"), pl.String)
            schema = {"entity_id": pl.String, **fields, **seen, "record_count": pl.Int64}
            rows = [
                dict.fromkeys(schema)
                | {"entity_id": key, "last_observed": "2026-04-01", "record_count": self._count(key)}
                | values
                for key, values in entities.items()
            ]
            golden[name] = pl.DataFrame(rows, schema=schema)
        records = {
            **dict.fromkeys(("record_id", "kind", "feed", "department", "record_key"), pl.String),
            "observed_at": pl.Datetime("us"),
            **dict.fromkeys(RECORD_COLUMNS, pl.String),
        }
        relations = dict.fromkeys(("type", "from_id", "to_id", "valid_from", "valid_to", "feed", "props"), pl.String)
        return LinkInputs(
            vault=self.vault,
            golden=golden,
            assignments=pl.DataFrame(
                self._assignments,
                schema={
                    **dict.fromkeys(("kind", "record_id", "entity_id"), pl.String),
                    "probability": pl.Float64,
                    "run_id": pl.String,
                },
            ),
            records=pl.DataFrame(self._records, schema=records),
            relations=pl.DataFrame(self._relations, schema={**relations, "observed_at": pl.Datetime("us")}),
            events=pl.DataFrame(self._events, schema=EVENT_SCHEMA),
            readings=pl.DataFrame(
                self._readings,
                schema=dict.fromkeys(("event_id", "category", "place_text", "place_level", "parties"), pl.String),
            ),
            changes=pl.DataFrame(
                self.changes, schema=dict.fromkeys(("change", "kind", "entity_id", "other_id"), pl.String)
            ),
            previous=previous or GraphState(),
        )

    def _count(self, entity_id: str) -> int:
        return sum(row["entity_id"] == entity_id for row in self._assignments)


FULL = "云泽省澜江市青枫区梧桐街道枫桥社区"


def little_town() -> TownBuilder:
    """桂花苑 with a family of four, a woman alone, somebody registered elsewhere, a property company, complaints."""
    town = TownBuilder()
    doors = {
        "g501": f"{FULL}桂花苑3幢2单元501室",
        "g502": "桂花苑3幢2单元502室",
        "g503": "青枫区桂花苑3幢2单元503室",
        "g401": f"{FULL}桂花苑4幢1单元401室",
        "other": "云泽省澜江市临湖区滨湖街道桂花苑1幢1单元101室",
        "other2": "临湖区滨湖街道桂花苑1幢1单元102室",
        "road": "梧桐街道梧桐路18号201室",
        "village": "青枫区柳湾镇柳湾村3组12号",
    }
    for name, address in doors.items():
        grid = "880102001001-03" if name.startswith("g") else None
        town.entity("dwelling", name, address=address, grid_code=grid, area=90.5 if name == "g501" else None)
    people = {
        "wang": {"name": "王建国", "sex": "1", "birth_date": "1975-03-12", "citizen_id": "880102197503121230"},
        "li": {"name": "李秀英", "sex": "2", "birth_date": "1977-07-01", "phone": "16012345678"},
        "son": {"name": "王子轩", "sex": "1", "birth_date": "2016-05-05", "citizen_id": "88010220160505123X"},
        "granny": {"name": "赵桂兰", "sex": "2", "birth_date": "1948-01-02"},
        "alone": {"name": "钱玉珍", "sex": "2", "birth_date": "1945-11-20"},
        "zhou": {"name": "周强", "sex": "1", "birth_date": "1985-01-01"},
        "boss": {"name": "吴总", "sex": "1", "birth_date": "1970-01-01"},
    }
    for name, fields in people.items():
        town.entity("person", name, **fields)
    town.household("H1", "g501", wang="02", li="10", son="22", granny="52")
    town.household("H2", "g502", alone="02")
    town.household("H3", "g503", zhou="02")
    town.lives("alone", "g502", "grid_visits", observed="2026-05-02")
    town.relation(
        "OWNS",
        town.record("person", "wang", "housing_register"),
        town.record("dwelling", "g501", "housing_register"),
        "housing_register",
        since="2010-06-01",
        share="单独所有",
    )
    town.relation(
        "OWNS", town.record("person", "wang", "property_owners"), town.record("dwelling", "g501", "property_owners"),
        "property_owners",
    )  # fmt: skip
    town.relation("REGISTERED_AT", town.record("person", "zhou"), town.record("dwelling", "g401"), since="2005-01-01")
    for name in ("other", "other2", "road", "village"):
        town.record("dwelling", name, "housing_register")
    town.entity(
        "organization", "pm", name="澜江市安居物业服务有限公司", uscc="91880102MA0000001X",
        address="桂花苑4幢1单元401室", phone="16398765432", registered_on="2012-02-03",
    )  # fmt: skip
    firm = town.record("organization", "pm", "market_businesses", uscc="91880102MA0000001X")
    boss = town.record("person", "boss", "market_businesses")
    town.relation("LEGAL_REPRESENTATIVE_OF", boss, firm, "market_businesses", since="2019-05-06")

    noise = town.event(
        "RX1", "hotline_complaints", "complaint", reported_at="2026-03-15T08:11:09",
        text="我是李秀英，电话16012345678，桂花苑3栋2单元502室的张大妈半夜打麻将",
        steps=orjson.dumps(
            [
                {"department": "12345热线", "action": "派单", "at": "2026-03-15T09:00:00", "to": "梧桐街道办事处"},
                {"department": "梧桐街道办事处", "action": "签收", "at": "2026-03-16T10:00:00"},
            ]
        ).decode(),
    )  # fmt: skip
    town.party("person", "li", noise, role="complainant", feed="hotline_complaints", key="RX1#caller")
    town.entity("person", "text_only", name="张大妈")
    town.party("person", "text_only", noise, role="respondent", feed="hotline_complaints", key="RX1#text.0")
    town.reading(
        noise, category="噪音扰民", place_text="桂花苑3栋2单元502室",
        parties='[{"role": "respondent", "surface": "张大妈"}]',
    )  # fmt: skip
    for number, who in enumerate(("wang", "zhou", "alone"), start=1):
        case = town.event(
            f"TJ{number}", "grid_mediations", "dispute", reported_at=f"2026-0{number}-06T09:30:00",
            occurred_at=f"2026-0{number}-05", address="梧桐街道桂花苑3幢", department="枫桥社区人民调解委员会",
            status="closed" if number == 1 else "processing", category="物业纠纷",
        )  # fmt: skip
        town.party("person", who, case, role="complainant", feed="grid_mediations", key=f"TJ{number}#party.0")
        town.party(
            "organization", "pm", case, role="respondent", feed="grid_mediations", key=f"TJ{number}#organization.0"
        )
    return town
