"""The door: POST of JSON from this address alone, and headers that keep a browser from doing more."""

from __future__ import annotations

from typing import Any

import pytest

JSON = {"query": "{__typename}"}


def code(response: Any) -> str:
    return str(response.json()["errors"][0]["extensions"]["code"])


def test_a_query_by_post_is_answered(client: Any) -> None:
    response = client.request("POST", "/graphql", json=JSON)
    assert response.status_code == 200
    assert response.json() == {"data": {"__typename": "Query"}}


def test_a_query_in_the_address_is_refused(client: Any) -> None:
    response = client.get("/graphql", params={"query": "{__typename}"}, headers={"Accept": "application/json"})
    assert response.status_code == 405
    assert code(response) == "WN-AP-005"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(client: Any, method: str) -> None:
    response = client.request(method, "/graphql")
    assert response.status_code == 405
    assert code(response) == "WN-AP-005"


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonx", ""]
)
def test_what_a_form_can_send_is_refused(client: Any, kind: str) -> None:
    response = client.request("POST", "/graphql", content=b'{"query":"{__typename}"}', headers={"Content-Type": kind})
    assert response.status_code == 415
    assert code(response) == "WN-AP-005"


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://127.0.0.1:8000", 200),
        ("http://127.0.0.1:9999", 403),
        ("https://evil.example", 403),
        ("http://evil.example:8000", 403),
        ("null", 403),
    ],
)
def test_only_pages_of_this_address_may_ask(client: Any, origin: str, status: int) -> None:
    assert client.request("POST", "/graphql", json=JSON, headers={"Origin": origin}).status_code == status


def test_a_cross_site_fetch_is_refused(client: Any) -> None:
    assert client.request("POST", "/graphql", json=JSON, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8000", 200),
        ("localhost", 200),
        ("[::1]:8000", 200),
        ("LOCALHOST:1", 200),
        ("rebound.example:8000", 421),
        ("127.0.0.1.example", 421),
        ("", 421),
        ("[", 421),
    ],
)
@pytest.mark.parametrize("path", ["/graphql", "/healthz", "/readyz"])
def test_only_names_of_this_server_are_answered(client: Any, path: str, host: str, status: int) -> None:
    response = client.get(path, headers={"Host": host})
    assert (response.status_code == 421) == (status == 421)


def test_a_large_body_is_refused(client: Any) -> None:
    response = client.request("POST", "/graphql", json={"query": "{__typename}", "variables": {"x": "y" * 300_000}})
    assert response.status_code == 413
    assert code(response) == "WN-AP-005"


def test_a_large_body_without_a_length_is_refused(client: Any) -> None:
    async def pieces() -> Any:
        for _ in range(10):
            yield b" " * 50_000

    response = client.request("POST", "/graphql", content=pieces(), headers={"Content-Type": "application/json"})
    assert response.status_code == 413


BODIES = """
{
[]
"x"
null
7
{"query":7}
{"query":"{a}","variables":[]}
[{"query":"{__typename}"}]
{"query":"{__typename}","operationName":{}}
{"query":"\\ud800"}
"""


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"[" * 10_000, *BODIES.encode().split()])
def test_a_body_that_is_no_request_is_told_so(client: Any, body: bytes) -> None:
    response = client.request("POST", "/graphql", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code in {200, 400}
    assert code(response) == "WN-AP-002"


def test_every_response_carries_the_security_headers(client: Any) -> None:
    for response in (
        client.get("/graphql"),
        client.get("/healthz"),
        client.get("/nowhere"),
        client.get("/graphql/assets/explorer.js"),
        client.request("POST", "/graphql", json=JSON),
        client.get("/healthz", headers={"Host": "elsewhere"}),
    ):
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]


def test_answers_are_not_cached(client: Any) -> None:
    assert client.request("POST", "/graphql", json=JSON).headers["Cache-Control"] == "no-store"


def test_health_is_told_without_the_database(client: Any) -> None:
    assert client.get("/healthz").text == "ok"


def test_readiness_needs_the_database(client: Any) -> None:
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["graph"] is False


def test_a_failure_outside_graphql_tells_a_reference_alone(
    client: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_app: Any) -> None:
        raise RuntimeError("disk of 16012345678")

    monkeypatch.setattr("api.asgi.readiness", fail)
    response = client.get("/readyz")
    assert response.status_code == 500
    assert code(response) == "WN-AP-004"
    assert "16012345678" not in response.text + caplog.text


def test_an_unknown_address_answers_in_the_same_form(client: Any) -> None:
    response = client.get("/nowhere")
    assert response.status_code == 404
    assert code(response) == "WN-AP-005"


def test_the_root_leads_to_the_explorer(client: Any) -> None:
    assert client.get("/").headers["Location"] == "/graphql"
