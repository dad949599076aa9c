"""A small, real graph on the embedded database, written by hand so that every answer is known.

张伟 (per_a) and 李娜 (per_b) live at dwe_1 since 2020; 王芳 (per_c) lived there until then. 小明 (per_m) is a child of
theirs whose name rests sealed. 张伟 and 周强 share a phone. The property company org_1 is respondent of two complaints.
"""

from __future__ import annotations

import asyncio
import base64
import math
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from api.asgi import create_app
from core.settings import Settings
from core.values import OrganizationName, StandardAddress, value_type
from core.values.citizen_id import check_character
from governance.access import AccessContext, Role
from graph.schema import install
from services.app import App, open_app
from services.keeping import Keeper
from tests.api.crowd import DAY, Crowd, crowd_of
from tests.api.hamlet import CLERK, Ask, settle_hamlet
from tests.api.village import settle

ADDRESS = "青枫区梧桐街道枫桥社区枫桥新村3栋2单元105室"
CITIZEN_ID = "88010219900101123" + check_character("88010219900101123")
SHARED_PHONE = "16012345678"
OWN_PHONE = "16187654321"
COMPANY = "清泉物业管理有限公司"
USCC = "91880102MA0000001X"

READER = AccessContext(subject="tester", role=Role.GRID_WORKER)


def _node(label: str, node_id: str, /, **props: Any) -> tuple[str, dict[str, Any]]:
    return f"CREATE (n:{label}) SET n = $props", {"props": {"id": node_id, **props}}


def _edge(kind: str, start: str, end: str, /, **props: Any) -> tuple[str, dict[str, Any]]:
    full = {
        "observed_at": datetime.fromisoformat("2024-05-01T09:30:00"),
        "sources": ["police_population"],
        "confidence": 0.9,
        **props,
    }
    return (
        f"MATCH (a {{id: $start}}), (b {{id: $end}}) CREATE (a)-[r:{kind}]->(b) SET r = $props",
        {"start": start, "end": end, "props": {"id": f"{kind}-{start}-{end}", **full}},
    )


def _graph(app: App) -> Iterator[tuple[str, dict[str, Any]]]:
    vault = app.vault

    def sealed(owner: str, **values: str) -> dict[str, Any]:
        props: dict[str, Any] = {}
        for field, value in values.items():
            kind = "person_name" if field == "name" else field
            props[field] = value_type(kind).mask(value)
            props[f"{field}_sealed"] = base64.b64encode(vault.seal(value, field=field, owner=owner)).decode()
        return props

    def index(name: str, value: str) -> dict[str, str]:
        kind = value_type(name)
        return {f"{name}_index": vault.blind_index(kind.key(value), value_type=kind.name)}

    since = {"valid_from": date(2020, 3, 1)}
    dwelling_key = StandardAddress.parse(ADDRESS).dwelling_key
    yield _node(
        "Person",
        "per_a",
        name="张伟",
        name_key="张伟",
        pinyin=["zhangwei"],
        sex="1",
        birth_date=date(1990, 1, 1),
        record_count=3,
        **sealed("per_a", citizen_id=CITIZEN_ID, phone=SHARED_PHONE),
    )
    yield _node("Person", "per_b", name="李娜", name_key="李娜", sex="2", **sealed("per_b", phone=OWN_PHONE))
    yield _node("Person", "per_c", name="王芳", name_key="王芳")
    yield _node("Person", "per_d", name="周强", name_key="周强")
    yield _node("Person", "per_m", birth_date="2018-**-**", **sealed("per_m", name="张小明"))
    yield _node("Household", "hou_1", household_no="HN-0001")
    yield _node("Building", "bld_1", name="3栋")
    yield _node("Dwelling", "dwe_1", address=ADDRESS, dwelling_key=dwelling_key, area=88.5)
    yield _node("Organization", "org_1", name=COMPANY, name_key=OrganizationName.parse(COMPANY).key, uscc=USCC)
    yield _node("Tag", "tag_1", name="lives_with_child", label="有幼童家庭", level="internal")
    yield _node("Department", "dep_1", name="城管")
    for number, status in ((1, "open"), (2, "closed")):
        reported = datetime.fromisoformat(f"2024-06-0{number}T08:00:00")
        yield _node("Event", f"evt_{number}", kind="complaint", status=status, reported_at=reported, title="电梯停运")
        yield _edge("PARTY_TO", "per_a", f"evt_{number}", role="complainant", valid_from=reported.date())
        yield _edge("PARTY_TO", "org_1", f"evt_{number}", role="respondent", valid_from=reported.date())
        yield _edge("OCCURRED_AT", f"evt_{number}", "dwe_1")
    yield _edge("HANDLED_BY", "evt_1", "dep_1", step=1, action="受理", at="2024-06-01T09:00:00", **{"from": "12345"})
    for person in ("per_a", "per_b", "per_m"):
        yield _edge("LIVES_IN", person, "dwe_1", role="resident", **since)
    yield _edge("LIVES_IN", "per_c", "dwe_1", valid_from=date(2015, 1, 1), valid_to=date(2020, 3, 1))
    yield _edge("OWNS", "per_a", "dwe_1", **since)
    for person, relation in (("per_a", "02"), ("per_b", "10"), ("per_m", "20")):
        yield _edge("MEMBER_OF", person, "hou_1", relation_to_head=relation, **since)
    yield _edge("KIN", "per_a", "per_m", kind="child")
    yield _edge("LOCATED_AT", "hou_1", "dwe_1", **since)
    yield _edge("PART_OF", "dwe_1", "bld_1")
    yield _edge(
        "TAGGED",
        "hou_1",
        "tag_1",
        rule="lives_with_child",
        version=1,
        evidence='{"members":{"count":1,"ids":["per_m"]}}',
        **since,
    )
    yield _node(
        "Record",
        "rec_1",
        kind="person",
        feed="police_population",
        department="公安",
        record_key="k1#person",
        **index("citizen_id", CITIZEN_ID),
        **index("phone", SHARED_PHONE),
    )
    yield _node(
        "Record",
        "rec_2",
        kind="person",
        feed="hotline_complaints",
        department="12345",
        record_key="k2#caller",
        **index("phone", SHARED_PHONE),
    )
    yield _node("Record", "rec_3", kind="organization", feed="market_businesses", department="市场监管", uscc=USCC)
    for record, entity in (("rec_1", "per_a"), ("rec_2", "per_d"), ("rec_3", "org_1")):
        yield _edge("DESCRIBES", record, entity, probability=0.97)


class Client:
    """Sends requests through the whole ASGI application."""

    def __init__(self, application: ASGIApp, address: str = "127.0.0.1") -> None:
        self._transport = httpx.ASGITransport(
            application,  # type: ignore[arg-type]
            raise_app_exceptions=False,
            client=(address, 50_000),
        )

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            async with httpx.AsyncClient(transport=self._transport, base_url="http://127.0.0.1:8000") as client:
                return await client.request(method, path, **options)

        return asyncio.run(send())

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def ask(self, query: Any, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        """The JSON that answers a GraphQL query."""
        answer: dict[str, Any] = self.request("POST", "/graphql", json={"query": query, "variables": variables}).json()
        return answer


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An App over the graph above; the embedded database runs for the whole session."""
    settings = Settings(home=tmp_path_factory.mktemp("office"))
    with open_app(settings) as app:
        for statement, params in _graph(app):
            app.store.write(statement, **params)
        yield app


@pytest.fixture(scope="session")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crowd]:
    """130 people of one compound, made from a seed, on a database of their own; read only."""
    with open_app(Settings(home=tmp_path_factory.mktemp("crowd"))) as app:
        install(app.store)
        app.day_kept = (math.inf, DAY)  # an empty lake knows no day
        yield crowd_of(app)


@pytest.fixture(scope="session")
def village(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """A small home that was taken the whole way, for what changes data; whoever uses it changes people of its own."""
    with settle(tmp_path_factory.mktemp("village") / "home") as app:
        yield app


@pytest.fixture(scope="session")
def keeper(village: App) -> Iterator[Keeper]:
    """The one writer of the village."""
    made = Keeper(village)
    yield made
    made.stop()


@pytest.fixture(scope="session")
def hamlet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """A village of its own for what is about complaints."""
    with settle_hamlet(tmp_path_factory.mktemp("hamlet") / "home") as app:
        yield app


@pytest.fixture(scope="session")
def hamlet_keeper(hamlet: App) -> Iterator[Keeper]:
    made = Keeper(hamlet)
    yield made
    made.stop()


@pytest.fixture(scope="session")
def ask(hamlet: App, hamlet_keeper: Keeper) -> Ask:
    """Asks the hamlet as a reader: the value of the one root field, or the whole answer where it has errors."""

    def send(query: str, _reader: AccessContext = CLERK, **given: Any) -> dict[str, Any]:
        client = Client(create_app(hamlet, lambda _request: _reader, keeper=hamlet_keeper))
        wait = {} if "RenewReceipt" in query else {"wait": 30}
        answer = client.ask(query, {"input": {**wait, **given}} if "$input" in query else given)
        return answer if "errors" in answer else next(iter(answer["data"].values()))

    return send


@pytest.fixture
def closed_office(tmp_path: Any) -> App:
    """An App whose database does not run: for what must be refused before anything is read."""
    return open_app(Settings(home=tmp_path), start_database=False)


@pytest.fixture
def client(closed_office: App) -> Client:
    return served(closed_office)


@pytest.fixture
def office_client(office: App) -> Client:
    return served(office)


@pytest.fixture
def connect() -> type[Client]:
    """Makes clients of an application."""
    return Client


def served(app: App, reader: AccessContext = READER) -> Client:
    return Client(create_app(app, lambda _request: reader))


@pytest.fixture
def address() -> str:
    return ADDRESS


@pytest.fixture
def citizen_id() -> str:
    return CITIZEN_ID


@pytest.fixture
def shared_phone() -> str:
    return SHARED_PHONE


@pytest.fixture
def uscc() -> str:
    return USCC
