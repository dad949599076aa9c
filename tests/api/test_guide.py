"""The guides' queries run, on the little office and on the crowd, and their tables say what the code does.

Those of the pages on changes and complaints run on a home that may be changed, where `per_a`, `dwe_1`, `evt_1` … of the
page are the ids of villagers, doors and an event.

Each ```graphql block of a guide is a query; each ```json block after it, up to the next query, one set of variables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest

from api.asgi import create_app
from api.ask import ask
from api.limits import LIMITS
from core.errors import concrete_errors
from core.filters import ValueKind
from core.filters.parse import MAX_DEPTH, MAX_LIST, MAX_PATH, MAX_TERMS, MAX_TEXT, OPERATORS
from governance.access import AccessContext, Role
from services.app import App
from services.intake import report_event
from services.keeping import Keeper
from services.requests import once
from tests.api.conftest import Client
from tests.api.crowd import Crowd, make_searchable
from tests.api.village import door, person

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "guide"
BLOCK = re.compile(r"^```(graphql|json)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
READER = AccessContext(subject="tester", role=Role.ANALYST)
EDITOR = AccessContext(subject="tester", role=Role.DEVELOPMENT, purpose="走访核实")
PATIENT = replace(LIMITS, seconds=60.0)
GUIDE = (FOLDER / "graphql.md").read_text(encoding="utf-8")


class Example(NamedTuple):
    page: str
    number: int
    query: str
    variables: dict[str, Any]


def examples() -> Iterator[Example]:
    for page in sorted(FOLDER.glob("*.md")):
        query, waiting, number = "", False, 0
        for kind, text in BLOCK.findall(page.read_text(encoding="utf-8")):
            if kind == "graphql":
                if waiting:
                    yield Example(page.stem, number, query, {})
                query, waiting = text, True
            elif query:
                yield Example(page.stem, number, query, orjson.loads(text))
                waiting = False
            number += 1
        if waiting:
            yield Example(page.stem, number, query, {})


CHANGING = {"changing", "intake"}
EXAMPLES = [example for example in examples() if example.page not in CHANGING]
CHANGES = [example for example in examples() if example.page in CHANGING]


def found(value: Any) -> bool:
    """Whether a root field has something to show: an object, a list that is not empty, a page with entries."""
    if isinstance(value, dict):
        return bool(value.get("totalCount", value.get("nodes", value.get("edges", True))))
    return bool(value)


@pytest.fixture(scope="module")
def apps(office: App, crowd: Crowd) -> tuple[App, ...]:
    """The office and the crowd, with what `search` reads."""
    make_searchable(office)
    return office, crowd.app


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.page}-{example.number}")
def test_every_query_of_a_guide_runs_and_finds_something(apps: tuple[App, ...], example: Example) -> None:
    missing = set(re.findall(r"\$(\w+): *\w+!", example.query)) - set(example.variables)
    assert not missing, "variables that must be given stand in a json block below the query"
    shown = []
    for app in apps:
        answer = ask(app, READER, example.query, example.variables)
        assert "errors" not in answer, answer
        shown.append(all(map(found, answer["data"].values())))
    assert any(shown)


@pytest.fixture(scope="module")
def village_ids(village: App, keeper: Keeper) -> dict[str, str]:
    """What the page calls the objects of the village."""
    content = {"kind": "complaint", "text": "路灯不亮"}
    event, number = keeper.change(partial(once, village, EDITOR, report_event, content)).result(60)
    assert keeper.shown(number).result(60)
    return {
        "per_a": person(village, "张伟"),
        "per_b": person(village, "李娜"),
        "dwe_1": door(village, 0),
        "dwe_2": door(village, 1),
        "evt_1": event.told["event"],
    }


@pytest.mark.parametrize("example", CHANGES, ids=lambda example: f"{example.page}-{example.number}")
def test_every_change_of_the_guide_is_made_and_shown(
    village: App, keeper: Keeper, village_ids: dict[str, str], example: Example
) -> None:
    given = orjson.dumps(example.variables).decode()
    for name, known in village_ids.items():
        given = given.replace(f'"{name}"', f'"{known}"')
    client = Client(create_app(village, lambda _request: EDITOR, limits=PATIENT, keeper=keeper))
    answer = client.ask(example.query, orjson.loads(given))
    assert "errors" not in answer, answer
    assert all(map(found, answer["data"].values()))


@pytest.mark.parametrize("page", ["graphql", "grid-worker", "analyst", "filters"])
def test_the_pages_for_each_user_have_examples(page: str) -> None:
    assert [example for example in EXAMPLES if example.page == page]


def test_the_limits_of_the_guide_are_those_of_the_code() -> None:
    told = {int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*", GUIDE.partition("## Limits")[2])}
    assert {
        LIMITS.query_length, LIMITS.tokens, LIMITS.depth, LIMITS.selections, LIMITS.aliases, LIMITS.root_fields,
        LIMITS.argument_length, LIMITS.page, LIMITS.cost, LIMITS.rows, int(LIMITS.seconds), LIMITS.body_bytes // 1024,
        MAX_TERMS, MAX_DEPTH, MAX_LIST,
    } <= told  # fmt: skip


def test_the_limits_of_filters_are_those_of_the_code() -> None:
    text = (FOLDER / "filters.md").read_text(encoding="utf-8").partition("## Limits")[2]
    told = {int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*", text)}
    assert {MAX_TERMS, MAX_DEPTH, MAX_LIST, MAX_TEXT, MAX_PATH} <= told


def test_the_comparisons_of_the_guide_are_those_of_the_code() -> None:
    rows = dict(re.findall(r"^\| (text|code|number|age|day|identifier|sealed category|id|list)\b[^|]*\|([^|]*)\|$",
                           (FOLDER / "filters.md").read_text(encoding="utf-8"), re.MULTILINE))  # fmt: skip
    kinds = {
        "text": ValueKind.TEXT, "code": ValueKind.CODE, "number": ValueKind.NUMBER, "age": ValueKind.AGE,
        "day": ValueKind.DATE, "identifier": ValueKind.BLIND, "sealed category": ValueKind.SECRET,
        "id": ValueKind.ID, "list": ValueKind.TEXTS,
    }  # fmt: skip
    for name, kind in kinds.items():
        assert set(re.findall(r"`(\w+)`", rows[name])) == set(OPERATORS[kind]), name


def test_every_api_error_has_its_row() -> None:
    told = set(re.findall(r"`(WN-AP-\d+)`", GUIDE))
    assert told == {error.code for error in concrete_errors() if error.code.startswith("WN-AP")}
