"""An office that names its queries: those run, by text or by SHA-256, and no others.

The database does not run; the trusted queries ask for the schema alone.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from graphql import get_introspection_query

from api.asgi import create_app
from api.trusted import TrustedDocuments
from core.errors import InvalidSetting
from core.settings import Settings
from governance.access import AccessContext, Role
from services.app import open_app

READER = AccessContext(subject="tester", role=Role.GRID_WORKER)
TEXT = 'query Kind($name: String = "Person") { __type(name: $name) { name } }\n'
DIGEST = hashlib.sha256(TEXT.encode()).hexdigest()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "queries"
    (folder / "people").mkdir(parents=True)
    (folder / "people" / "kind.graphql").write_text(TEXT, encoding="utf-8")
    return folder


@pytest.fixture
def ask(tmp_path: Path, folder: Path, connect: Any) -> Any:
    app = open_app(Settings(home=tmp_path / "home", trusted_documents=folder), start_database=False)
    return lambda **body: connect(create_app(app, lambda _request: READER)).request("POST", "/graphql", json=body)


def code(response: Any) -> str:
    return str(response.json()["errors"][0]["extensions"]["code"])


@pytest.mark.parametrize(
    "body",
    [{"query": TEXT}, {"documentId": DIGEST}, {"documentId": f"sha256:{DIGEST}"}],
    ids=["text", "id", "prefixed"],
)
def test_a_trusted_query_runs(ask: Any, body: dict[str, str]) -> None:
    response = ask(**body, variables={"name": "Dwelling"})
    assert response.json() == {"data": {"__type": {"name": "Dwelling"}}}


@pytest.mark.parametrize(
    "body",
    [
        {"query": TEXT + " "},
        {"query": "{__typename}"},
        {"query": get_introspection_query()},
        {"documentId": DIGEST[:-1] + "x"},
        {"documentId": ""},
        {"query": "{__typename}", "documentId": DIGEST},
        {},
    ],
    ids=["almost", "other", "introspection", "unknown id", "empty id", "id beside another text", "nothing"],
)
def test_any_other_query_is_refused(ask: Any, body: dict[str, str]) -> None:
    response = ask(**body)
    assert response.status_code == 403
    assert code(response) == "WN-AP-007"


def test_without_a_folder_any_text_runs_and_ids_are_told_to_be_unknown(client: Any) -> None:
    assert client.ask("{__typename}") == {"data": {"__typename": "Query"}}
    response = client.request("POST", "/graphql", json={"documentId": DIGEST})
    assert (response.status_code, code(response)) == (403, "WN-AP-007")


@pytest.mark.parametrize("text", ["{ nobody { knows } }", "{", "", "\ufeff{__typename", "{ a " * 5_000])
def test_a_folder_with_a_wrong_query_stops_the_start(folder: Path, text: str) -> None:
    (folder / "wrong.graphql").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidSetting, match=r"wrong\.graphql"):
        TrustedDocuments(folder)


def test_a_folder_without_queries_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match="WEINAO_TRUSTED_DOCUMENTS"):
        TrustedDocuments(tmp_path)
