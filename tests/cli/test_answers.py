"""Answers of GraphQL as a shell user reads them; written by hand, no database."""

from __future__ import annotations

import pytest
from rich.console import Console

from cli import answers


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> Console:
    console = Console(width=100, record=True, quiet=False, force_terminal=False)
    monkeypatch.setattr(answers, "out", console)
    return console


def asked(data: object, *errors: str) -> dict[str, object]:
    answer = {"data": data, "errors": [{"message": message} for message in errors]}
    return {"title": "谁住在这里？", "query": "query Q($id: ID!) { x }", "variables": {"id": "dwe_1"}, "answer": answer}


def test_pages_become_branches_with_their_totals(printed: Console) -> None:
    person = {"__typename": "Person", "name": "张伟", "tags": {"nodes": [{"label": "独居老人"}, {"label": "独居老人"}]}}
    data = {
        "dwelling": {
            "address": "3栋105室",
            "residents": {"totalCount": 12, "edges": [{"roleLabel": "业主", "node": person}]},
            "owners": {"totalCount": 0, "nodes": []},
            "building": {"node": {"name": "3栋"}},
        }
    }
    answers.print_answer(1, asked(data))
    lines = [line.strip("│├└─ ") for line in printed.export_text().splitlines()]
    assert "dwelling：3栋105室  3栋" in lines
    assert "residents（1，共 12）" in lines
    assert "业主  张伟" in lines
    assert "tags（2）" in lines
    assert "独居老人 ×2" in lines
    assert not [line for line in lines if "owners" in line or "Person" in line]


def test_an_error_is_shown_with_what_could_be_answered(printed: Console) -> None:
    answers.print_answer(2, asked({"dwelling": None}, "没有这个字段"))
    text = printed.export_text()
    assert "没有这个字段" in text
    assert "dwelling：（无）" in text
