"""A change of the schema that breaks clients is refused until it is named: on small schemas, and on ours."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from graphql import build_schema

from api.sdl import newest, print_sdl, unnamed_breaks, versioned
from cli.docs import main

BEFORE = """
type Query { person(id: ID!): Person persons(first: Int, name: String): [Person!]! }
type Person { id: ID! name: String residences: [String!] party: Party kind: Kind }
type Firm { id: ID! }
union Party = Person | Firm
enum Kind { A B }
"""
TABLE = "| version | date | what | why |\n|---|---|---|---|\n"
BREAKS = {
    ("residences: [String!]", ""): "Person.residences",
    ("name: String residences", "name: Int residences"): "Person.name",
    ("first: Int, name: String", "first: Int"): "Query.persons",
    ("first: Int, name", "first: Int!, name"): "Query.persons",
    ("| Firm", ""): "Party",
    ("enum Kind { A B }", "enum Kind { A }"): "Kind.B",
}


@pytest.mark.parametrize(("change", "name"), BREAKS.items(), ids=BREAKS.values())
def test_a_break_must_be_named(change: tuple[str, str], name: str) -> None:
    after = BEFORE.replace(*change)
    (told,) = unnamed_breaks(BEFORE, after, TABLE)
    assert told.startswith(f"{name}: ")
    assert unnamed_breaks(BEFORE, after, TABLE + f"| 2 | 2026-01-31 | `{name}` | a better way |\n") == []
    assert unnamed_breaks(BEFORE, after, TABLE + "| 2 | 2026-01-31 | `Person.id` | another |\n") == [told]
    assert unnamed_breaks(BEFORE, after, TABLE + f"| 1 | 2026-01-31 | `{name}` | of a version before |\n") == [told]


def test_what_was_named_for_an_old_version_does_not_excuse_a_new_break() -> None:
    changes = TABLE + "| 2 | 2026-01-31 | `Person.residences` | renamed |\n"
    again = versioned(BEFORE, changes)
    assert unnamed_breaks(again, BEFORE.replace("residences: [String!]", ""), changes)
    assert newest(changes) == 2
    assert build_schema(again)


@pytest.mark.parametrize(
    "change",
    [("id: ID! name", "id: ID! age: Int name"), ("A B }", "A B C }"), ("first: Int,", "first: Int, last: Int,")],
)
def test_an_addition_breaks_nobody(change: tuple[str, str]) -> None:
    after = BEFORE.replace(*change)
    assert after != BEFORE
    assert unnamed_breaks(BEFORE, after, TABLE) == []


def test_a_breaking_schema_is_neither_current_nor_written_until_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["docs", *arguments])
        return main(tmp_path), capsys.readouterr().out

    schema, changes = tmp_path / "schema.graphql", tmp_path / "docs" / "api-changes.md"
    code, told = run()
    assert code == 0
    assert "schema.graphql" in told
    assert run("--check") == (0, "generated docs are current\n")
    promised = schema.read_text(encoding="utf-8").replace("type Query {", "type Query {\n  weather: String\n")
    schema.write_text(promised, encoding="utf-8")
    for arguments in ((), ("--check",)):
        code, told = run(*arguments)
        assert code == 1
        assert "Query.weather: Field Query.weather was removed." in told
    assert schema.read_text(encoding="utf-8") == promised
    changes.write_text(TABLE + "| 2 | 2026-01-31 | `Query.weather` | nobody asked |\n", encoding="utf-8")
    assert run("--check")[0] == 1  # named, but not written yet
    assert run()[0] == 0
    assert schema.read_text(encoding="utf-8").startswith("# Version 2;")
    assert run("--check") == (0, "generated docs are current\n")


def test_the_schema_of_the_checkout_parses_and_has_the_newest_version() -> None:
    root = Path(__file__).resolve().parents[2]
    changes = (root / "docs" / "api-changes.md").read_text(encoding="utf-8")
    assert build_schema(versioned(print_sdl(), changes)).query_type
    assert newest(changes) >= 2
