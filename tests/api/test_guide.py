"""The guide's queries run, and its tables say what the code does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from api.ask import ask
from api.limits import LIMITS
from core.errors import concrete_errors
from governance.access import AccessContext, Role
from services.app import App

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "guide" / "graphql.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```graphql\n(.*?)```", GUIDE, re.DOTALL)
READER = AccessContext(subject="tester", role=Role.ANALYST)


@pytest.mark.parametrize("query", QUERIES)
def test_every_query_of_the_guide_finds_something(office: App, address: str, query: str) -> None:
    known: dict[str, Any] = {"address": address, "id": "dwe_1", "no": "HN-0001", "name": "清泉物业管理有限公司"}
    wanted = re.findall(r"\$(\w+):", query)
    answer = ask(office, READER, query, {name: known[name] for name in wanted})
    assert "errors" not in answer, answer
    assert all(value is not None for value in answer["data"].values())


def test_the_limits_of_the_guide_are_those_of_the_code() -> None:
    told = {int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*", GUIDE.partition("## Limits")[2])}
    assert {
        LIMITS.query_length, LIMITS.tokens, LIMITS.depth, LIMITS.selections, LIMITS.aliases, LIMITS.root_fields,
        LIMITS.argument_length, LIMITS.page, LIMITS.cost, LIMITS.rows, int(LIMITS.seconds), LIMITS.body_bytes // 1024,
    } <= told  # fmt: skip


def test_every_api_error_has_its_row() -> None:
    told = set(re.findall(r"`(WN-AP-\d+)`", GUIDE))
    assert told == {error.code for error in concrete_errors() if error.code.startswith("WN-AP")}
