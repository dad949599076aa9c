"""Evidence as Cypher: for bearers of a tag, the objects that fulfilled one part of its filter.

Names come from our tables, values are parameters; one statement for all the bearers that are asked about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from core.catalogue.links import Link, links_of
from core.filters import AllOf, Along, Condition, Count, EdgeTest, Shares, Test, ValueKind, attributes
from graph.filters import Compiler
from graph.filters.evaluator import MOST_IDS, Told
from graph.filters.values import Blind
from graph.reads.relations import pattern


def statement(label: str, part: Told, ids: list[str], *, as_of: date, blind: Blind) -> tuple[str, dict[str, Any]]:
    """Rows of id (of a bearer), number, ids (the first MOST_IDS of the objects); bearers without any have no row."""
    compiler = Compiler(as_of, blind)
    clauses = [f"UNWIND {compiler.param(ids)} AS id MATCH (n:{label} {{id: id}})"]
    here = "n"
    for step in part.steps:
        text, here = _along(compiler, step, here)
        clauses.append(text)
    text, end = _last(compiler, part.what, here)
    clauses.append(text)
    clauses.append(
        f"WITH DISTINCT n.id AS id, {end}.id AS found ORDER BY id, found "
        f"RETURN id, count(found) AS number, collect(found)[..{MOST_IDS}] AS ids"
    )
    return " ".join(clauses), compiler.params


def attributes_statement(label: str, tests: Iterable[Test]) -> str:
    """Rows of id and held: what the nodes hold of each attribute that evidence may tell, otherwise null."""
    held = ", ".join(_held(test) for test in tests)
    return f"UNWIND $ids AS id MATCH (n:{label} {{id: id}}) RETURN id, [{held}] AS held"


def in_words(label: str, evidence: Mapping[str, Any], tags: Mapping[str, str] | None = None) -> Iterator[str]:
    """Evidence of a bearer labelled `label` as people read it: 居住的房屋 › 住在这里的人 1, 出生年份 1947, 婚姻状况.

    `tags`: id → label of the tags that may be named; others are counted like everything else.
    """
    for name, told in evidence.items():
        path = name.partition("#")[0].split(".")
        if isinstance(told, Mapping):
            number, named = told.get("count", 0), [(tags or {}).get(each) for each in told.get("ids") or ()]
            words = "、".join(filter(None, named)) if len(named) == number and all(named) else f"{number:,}"
            yield f"{_path_label(label, path)} {words}"
        else:
            attribute = attributes(label).get(name)
            text = "出生年份" if name == "age" else attribute.label if attribute else name
            yield text if told is True else f"{text} {told}"


def _path_label(label: str, path: Sequence[str]) -> str:
    here, words = {label}, []
    for name in path:
        links = [link for each in sorted(here) if (link := links_of(each).get(name))]
        words.append(links[0].label if links else name)
        here = {target for link in links for target in link.targets}
    return " › ".join(words)


def _held(test: Test) -> str:
    match test.attribute.kind:
        case ValueKind.AGE:
            return "toString(n.birth_year)"
        case ValueKind.DATE | ValueKind.MOMENT:
            return f"toString(n.{test.attribute.prop})"
        case ValueKind.NUMBER:
            return f"n.{test.attribute.prop}"
        case _:
            return "null"


def _last(compiler: Compiler, what: Along | Count | Shares | Test, here: str) -> tuple[str, str]:
    match what:
        case Along():
            return _along(compiler, what, here)
        case Count(path=path, where=where, edge=edge):
            return _walk(compiler, path, here, edge, where)
        case Shares():
            return _shares(compiler, what, here)
        case Test():
            raise AssertionError("attributes have a statement of their own")


def _along(compiler: Compiler, along: Along, here: str) -> tuple[str, str]:
    return _step(compiler, along.link, here, along.edge, along.where, along.target)


def _walk(
    compiler: Compiler, path: Sequence[Link], here: str, edge: EdgeTest, where: Condition, to: str | None = None
) -> tuple[str, str]:
    passing = EdgeTest(any_time=edge.any_time, as_of=edge.as_of)
    clauses: list[str] = []
    for number, link in enumerate(path, 1):
        last = number == len(path)
        asked = (edge, where, to) if last else (passing, AllOf(()), None)
        text, here = _step(compiler, link, here, *asked)
        clauses.append(text)
    return " ".join(clauses), here


def _shares(compiler: Compiler, shares: Shares, here: str) -> tuple[str, str]:
    """To the others with whom enough is shared."""
    there, shared = _walk(compiler, shares.through, here, EdgeTest(), shares.where)
    back, other = _walk(compiler, shares.to, shared, EdgeTest(), AllOf(()), shares.through[0].source)
    number, one = compiler.variable(), "n" if here == "n" else f"n, {here}"
    return (
        f"{there} {back} WITH {one}, {other}, count(DISTINCT {shared}) AS {number} "
        f"WHERE {other} <> {here} AND {number} >= {compiler.param(shares.at_least)}"
    ), other


def _step(
    compiler: Compiler, link: Link, here: str, edge: EdgeTest, where: Condition, target: str | None
) -> tuple[str, str]:
    end, relation = compiler.variable(), compiler.variable()
    asked = (compiler.edge(link, edge, relation, here), compiler.where(where, end, "n"))
    given = " AND ".join(f"({text})" for text in asked if text)
    text = f"MATCH {pattern(link, here, end, relation, only=target)}"
    return (f"{text} WHERE {given}" if given else text), end
