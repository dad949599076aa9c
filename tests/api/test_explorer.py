"""The explorer loads nothing from elsewhere, runs nothing inline, keeps nothing, and its examples fit the schema."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import pytest
from graphql import parse, validate

from api.explorer.page import FOLDER
from api.limits import measure
from api.schema.build import schema

ASSETS = FOLDER / "assets"
SCHEMA = schema()._schema
EXAMPLES = re.findall(r"query: `(.*?)`", (ASSETS / "examples.js").read_text(encoding="utf-8"), re.DOTALL)


def test_the_page_refers_to_files_that_we_serve_and_to_nothing_else(client: Any) -> None:
    page = client.get("/graphql", headers={"Accept": "text/html"})
    assert page.headers["Content-Type"].startswith("text/html")
    references = re.findall(r"(?:src|href)=\"([^\"]*)\"", page.text)
    for reference in references:
        assert reference.startswith(("/graphql/assets/", "data:,")), reference
        if reference.startswith("/"):
            response = client.get(reference)
            assert response.status_code == 200
            assert "javascript" in response.headers["Content-Type"] or "css" in response.headers["Content-Type"]
    assert len(references) >= 5


def test_nothing_is_inline(client: Any) -> None:
    page = client.get("/graphql").text
    assert not re.search(r"<script(?![^>]*src=)", page)
    assert not re.search(r"<style|style=|\son\w+=", page)


def test_the_policy_names_no_other_host_and_allows_nothing_inline(client: Any) -> None:
    policy = client.get("/graphql").headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "connect-src 'self';" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_style_sheets_load_nothing() -> None:
    for sheet in ASSETS.glob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        assert "@import" not in text
        assert all(url.strip("'\"").startswith("data:") for url in re.findall(r"url\(([^)]*)\)", text)), sheet.name


def test_our_scripts_ask_this_server_alone_and_store_nothing() -> None:
    for name in ("explorer.js", "examples.js"):
        text = (ASSETS / name).read_text(encoding="utf-8")
        assert "//" not in re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE)
        assert "localStorage" not in text


def test_vendored_files_are_what_versions_says() -> None:
    recorded = re.findall(r"^\S+ [\d.]+\s+(\S+)\s+([0-9a-f]{64})$", (ASSETS / "VERSIONS").read_text(), re.MULTILINE)
    assert len(recorded) == 4
    for name, digest in recorded:
        assert hashlib.sha256((ASSETS / name).read_bytes()).hexdigest() == digest, name
    assert "MIT License" in (ASSETS / "LICENSES.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("query", EXAMPLES)
def test_examples_fit_the_schema_and_the_limits(query: str) -> None:
    document = parse(query)
    assert validate(SCHEMA, document) == []
    measure(SCHEMA, document)


def test_assets_do_not_lead_out_of_their_folder(client: Any) -> None:
    for path in ("/graphql/assets/../index.html", "/graphql/assets/..%2fpage.py", "/graphql/assets/%2e%2e/page.py"):
        assert client.get(path).status_code == 404
