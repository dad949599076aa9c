"""Query templates: the built-in ones answer, saved ones run by name, and what must not be saved is not.

Built-in templates are run on the little office and on the crowd, both on the embedded database. Saving goes to lakes of
their own, through the whole ASGI application; no database runs there, for the saved templates ask for the schema alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.asgi import create_app
from api.ask import ask
from api.documents import document
from api.templating import FOLDER, builtin, parameters, values
from cli.main import app as command_line
from core.errors import QueryInvalid
from core.settings import Settings
from governance.access import AccessContext, Role
from services.app import App, open_app
from tests.api.crowd import Crowd

ANALYST = AccessContext(subject="li", role=Role.ANALYST)
TEXT = 'query Kind($name: String = "Person") { __type(name: $name) { name } }'
SAVE = "mutation Save($input: TemplateInput!) { saveTemplate(input: $input) { template { name version owner } } }"
REMOVE = "mutation Remove($name: String!) { removeTemplate(input: {name: $name}) { template { name version } } }"
LIST = """{ templates {
  name label description document version builtin owner at parameters { name type required default }
} }"""


def office_values(address: str) -> dict[str, dict[str, Any]]:
    return {
        "household_page": {"householdNo": "HN-0001"},
        "residents_on_day": {"address": address, "day": "2018-06-01"},
        "organization_complaints": {"name": "清泉物业管理有限公司"},
        "dispute_parties_path": {"from": "per_a", "to": "org_1"},
    }


def run_builtin(app: App, name: str, variables: dict[str, Any]) -> dict[str, Any]:
    answer = ask(app, ANALYST, builtin()[name].document, variables)
    assert "errors" not in answer, answer
    data: dict[str, Any] = answer["data"]
    return data


def test_the_household_page_tells_of_the_home(office: App, address: str) -> None:
    household = run_builtin(office, "household_page", office_values(address)["household_page"])["household"]
    assert [edge["node"]["name"] for edge in household["members"]["edges"]][:2] == ["张伟", "李娜"]
    assert household["dwelling"]["nodes"][0]["address"] == address
    assert [edge["node"]["label"] for edge in household["tags"]["edges"]] == ["有幼童家庭"]
    assert [edge["node"]["id"] for edge in household["openEvents"]] == ["evt_1"]


def test_who_lived_at_a_door_on_a_day(office: App, address: str) -> None:
    then = run_builtin(office, "residents_on_day", office_values(address)["residents_on_day"])["dwelling"]
    now = run_builtin(office, "residents_on_day", {"address": address, "day": "2024-06-01"})["dwelling"]
    assert [edge["node"]["name"] for edge in then["residents"]["edges"]] == ["王芳"]
    assert now["residents"]["totalCount"] == 3


def test_complaints_about_a_company(office: App, address: str) -> None:
    found = run_builtin(office, "organization_complaints", office_values(address)["organization_complaints"])
    events = found["organization"]["events"]
    assert [event["id"] for event in events["nodes"]] == ["evt_2", "evt_1"]
    assert {edge["node"].get("name") for edge in events["nodes"][0]["parties"]["edges"]} >= {"张伟"}


def test_how_two_sides_are_linked(office: App, address: str) -> None:
    found = run_builtin(office, "dispute_parties_path", office_values(address)["dispute_parties_path"])
    assert [side["id"] for side in found["sides"]] == ["per_a", "org_1"]
    assert {node["id"] for path in found["path"]["paths"] for node in path["nodes"]} == {
        "per_a", "org_1", "evt_1", "evt_2"
    }  # fmt: skip


def test_a_compound_at_a_glance(crowd: Crowd) -> None:
    name = run_compound_name(crowd)
    found = run_builtin(crowd.app, "compound_overview", {"compound": name})
    assert found["places"]["nodes"][0]["name"] == name
    assert found["persons"]["totalCount"] > found["elderly"]["totalCount"] > 0
    assert found["places"]["nodes"][0]["dwellings"]["totalCount"] > 0
    assert sum(group["count"] for group in found["tags"]["groups"]) > 0


def run_compound_name(crowd: Crowd) -> str:
    answer = ask(crowd.app, ANALYST, "{ places(kind: COMPOUND, first: 1) { nodes { name } } }")
    return str(answer["data"]["places"]["nodes"][0]["name"])


def test_every_builtin_template_is_tried_above_and_fits_the_limits(address: str) -> None:
    assert set(builtin()) == {*office_values(address), "compound_overview"}
    assert {path.stem for path in FOLDER.glob("*")} == set(builtin())
    for each in builtin().values():
        assert document(each.document).errors == ()
        assert parameters(each.document)


# --- saving --------------------------------------------------------------------------------------------------

Ask = Callable[..., Any]


@pytest.fixture
def office_of(tmp_path: Path, connect: Any) -> Callable[..., Ask]:
    """Requests of a reader with a role, to one home; `trusted` names a folder of documents."""

    def made(reader: AccessContext = ANALYST, trusted: Path | None = None) -> Ask:
        app = open_app(Settings(home=tmp_path / "home", trusted_documents=trusted), start_database=False)
        served = connect(create_app(app, lambda _request: reader))
        return lambda **body: served.request("POST", "/graphql", json=body)

    return made


@pytest.fixture
def send(office_of: Callable[..., Ask]) -> Ask:
    return office_of()


def save(send: Ask, **changes: str) -> dict[str, Any]:
    given = {"name": "kind_of", "label": "某一类", "description": "类的名称", "document": TEXT} | changes
    answer: dict[str, Any] = send(query=SAVE, variables={"input": given}).json()
    return answer


def code(answer: dict[str, Any]) -> str:
    return str(answer["errors"][0]["extensions"]["code"])


def test_what_was_saved_is_listed_and_runs_by_its_name_and_by_its_label(send: Ask) -> None:
    assert save(send)["data"]["saveTemplate"]["template"] == {"name": "kind_of", "version": 1, "owner": "li"}
    listed = send(query=LIST).json()["data"]["templates"]
    assert [each["name"] for each in listed if each["builtin"]] == sorted(builtin())
    own = listed[-1]
    assert own["at"].endswith("+08:00")
    assert own["document"] == TEXT
    assert own["parameters"] == [{"name": "name", "type": "String", "required": False, "default": '"Person"'}]
    for key in ("kind_of", "某一类"):
        answer = send(documentId=f"template:{key}", variables={"name": "Dwelling"})
        assert answer.json() == {"data": {"__type": {"name": "Dwelling"}}}


def test_a_new_text_is_a_new_version_and_the_same_again_is_none(send: Ask) -> None:
    for version, text in ((1, TEXT), (1, TEXT), (2, "{ __typename }")):
        assert save(send, document=text)["data"]["saveTemplate"]["template"]["version"] == version
    assert send(documentId="template:kind_of").json() == {"data": {"__typename": "Query"}}


def test_a_removed_one_is_gone_and_saving_it_again_goes_on_counting(send: Ask) -> None:
    save(send)
    for _ in range(2):  # the second time changes nothing
        removed = send(query=REMOVE, variables={"name": "kind_of"}).json()
        assert removed["data"]["removeTemplate"]["template"] == {"name": "kind_of", "version": 2}
    gone = send(documentId="template:kind_of")
    assert (gone.status_code, code(gone.json())) == (400, "WN-AP-008")
    assert "household_page" in gone.json()["errors"][0]["extensions"]["remedy"]
    assert save(send)["data"]["saveTemplate"]["template"]["version"] == 3
    assert code(send(query=REMOVE, variables={"name": "never_was"}).json()) == "WN-AP-008"


def test_another_process_sees_it_at_once(office_of: Callable[..., Ask]) -> None:
    here, there = office_of(), office_of(AccessContext(subject="wang", role=Role.GRID_WORKER))
    assert there(documentId="template:kind_of").status_code == 400
    save(here)
    assert there(documentId="template:kind_of").json() == {"data": {"__type": {"name": "Person"}}}


@pytest.mark.parametrize("role", [Role.GRID_WORKER, Role.INTAKE, Role.APPLICATION])
def test_not_every_role_may_save_or_remove(office_of: Callable[..., Ask], role: Role) -> None:
    save(office_of())
    other = office_of(replace(ANALYST, role=role))
    assert code(save(other, label="别的")) == "WN-AC-001"
    assert code(other(query=REMOVE, variables={"name": "kind_of"}).json()) == "WN-AC-001"
    assert other(documentId="template:kind_of").status_code == 200


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": "Kind Of"}, "WN-AP-008"),
        ({"name": "household_page"}, "WN-AP-008"),
        ({"label": "户情页"}, "WN-AP-008"),
        ({"label": " "}, "WN-AP-008"),
        ({"label": "长" * 31}, "WN-AP-008"),
        ({"description": "一行\n又一行"}, "WN-AP-008"),
        ({"document": "{ nobody }"}, "WN-AP-008"),
        ({"document": "{"}, "WN-AP-008"),
        ({"document": ""}, "WN-AP-008"),
        ({"document": "query A {__typename} query B {__typename}"}, "WN-AP-008"),
        ({"document": 'mutation { removeTemplate(input: {name: "kind_of"}) { template { name } } }'}, "WN-AP-008"),
        ({"document": '{ person(phone: "16012345678") { id } }'}, "WN-AP-008"),
        ({"document": "# 880102199001011230\n{ __typename }"}, "WN-AP-008"),
        ({"document": "{ __typename #" + " " * 20_000 + "\n}"}, "WN-AP-001"),
        ({"document": "query($ids: [ID!]!) { nodes(ids: $ids) { " + "id " * 2_001 + "} }"}, "WN-AP-001"),
        ({"document": "{" + "".join(f"a{n}: __typename " for n in range(60)) + "}"}, "WN-AP-001"),
    ],
)
def test_what_cannot_be_a_template_is_told_and_not_kept(send: Ask, changes: dict[str, str], expected: str) -> None:
    answer = save(send, **changes)
    assert code(answer) == expected
    assert "16012345678" not in str(answer)
    assert all(each["builtin"] for each in send(query=LIST).json()["data"]["templates"])


def test_a_document_may_be_longer_than_an_argument_of_a_query(send: Ask) -> None:
    text = builtin()["organization_complaints"].document + "# " + "长" * 5_000 + "\n"
    assert save(send, document=text)["data"]["saveTemplate"]["template"]["version"] == 1
    assert code(send(documentId="template:kind_of", variables={"name": "x" * 1_001}).json()) == "WN-AP-001"


def test_builtin_templates_cannot_be_removed(send: Ask) -> None:
    assert code(send(query=REMOVE, variables={"name": "household_page"}).json()) == "WN-AP-008"


def test_a_server_of_trusted_documents_runs_templates_too(office_of: Callable[..., Ask], tmp_path: Path) -> None:
    folder = tmp_path / "trusted"
    folder.mkdir()
    (folder / "list.graphql").write_text(LIST, encoding="utf-8")
    save(office_of())
    strict = office_of(trusted=folder)
    assert strict(documentId="template:kind_of").json() == {"data": {"__type": {"name": "Person"}}}
    assert code(strict(query=TEXT).json()) == "WN-AP-007"
    assert code(strict(query="{__typename}", documentId="template:kind_of").json()) == "WN-AP-007"


# --- the shell -----------------------------------------------------------------------------------------------


def test_values_of_a_shell_become_what_their_types_say() -> None:
    text = "query A($a: ID!, $n: Int, $ids: [ID!], $kind: PlaceKind) { __typename }"
    given = {"a": "12", "n": "3", "ids": '["x"]', "kind": "GRID"}
    assert values(text, given) == {"a": "12", "n": 3, "ids": ["x"], "kind": "GRID"}
    with pytest.raises(QueryInvalid, match="Int"):
        values(text, {"n": "three"})
    with pytest.raises(QueryInvalid, match="a、n、ids、kind"):
        values(text, {"b": "1"})


def test_the_shell_runs_a_template(office: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEINAO_HOME", str(office.settings.home))
    asked = CliRunner().invoke(command_line, ["ask", "--template", "户情页", "--var", "householdNo=HN-0001"])
    assert asked.exit_code == 0, asked.output
    assert "张伟" in asked.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "--template"),
        (["-", "--template", "户情页"], "--template"),
        (["-", "--var", "a=1"], "--var"),
        (["--template", "户情页", "--var", "householdNo"], "名称=值"),
        (["--template", "nobody"], "没有这个查询模板"),
    ],
)
def test_the_shell_tells_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], told: str
) -> None:
    monkeypatch.setenv("WEINAO_HOME", str(tmp_path))
    assert told in str(CliRunner().invoke(command_line, ["ask", *arguments]).exception)
