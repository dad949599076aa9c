"""Evidence as SQL: for the nodes of a table `wanted`, what fulfilled each part of a filter that tells anything."""

# ruff: noqa: S608 - names come from the schema, values are parameters

from __future__ import annotations

from typing import Final

from core.filters import Along, Count, Shares, Test, ValueKind
from graph.filters.columns_sql import SqlCompiler, Way
from graph.filters.columns_tests import raw
from graph.filters.evaluator import MOST_IDS, Told

WANTED: Final = "wanted"
_ROOT: Final = "w.n"


def objects(compiler: SqlCompiler, label: str, told: Told) -> str:
    """(id, count, ids): the bearers in `wanted`, how many objects each was led to, and the first ids of these."""
    source, here = f'"{WANTED}" w', _ROOT
    asked: list[str] = []
    for way in (*(compiler.along(step, _ROOT) for step in told.steps), _last(compiler, told)):
        source += f" JOIN {way.source} ON {way.near} = {here}"
        asked += way.where
        here = way.far
    where = f" WHERE {' AND '.join(f'({text})' for text in asked)}" if asked else ""
    named = " UNION ALL ".join(f"SELECT n, id FROM {compiler.node(target, 'id')}" for target in _targets(label, told))
    return (
        f"SELECT b.id, count(*), min(o.id, {MOST_IDS}) FROM (SELECT DISTINCT {_ROOT} AS n, {here} AS object "
        f"FROM {source}{where}) p JOIN {compiler.node(label, 'id')} b ON b.n = p.n JOIN ({named}) o ON o.n = p.object "
        "GROUP BY b.id"
    )


def values(compiler: SqlCompiler, label: str, test: Test) -> str:
    """(id, value): of an age the birth year, of a date or a time its text, of a number itself, else null."""
    held: str | None = None
    match test.attribute.kind:
        case ValueKind.AGE:
            held = "birth_year"
        case ValueKind.DATE | ValueKind.MOMENT:
            held = raw(test.attribute.prop)
        case ValueKind.NUMBER:
            held = test.attribute.prop
        case _:
            pass
    table = compiler.node(label, "id", *([held] if held else []))
    value = f'b."{held}"' if held else "NULL"
    return f'SELECT b.id, {value} FROM {table} b WHERE b.n IN (SELECT n FROM "{WANTED}")'


def _last(compiler: SqlCompiler, told: Told) -> Way:
    root = _ROOT if told.steps else None
    match told.what:
        case Along() as along:
            return compiler.along(along, root)
        case Count(path, _, _, where, edge):
            return compiler.walk(path, edge, where, root)
        case Shares() as shares:
            found = compiler.alias()
            return Way(f"({compiler.shared(shares, root)}) {found}", f"{found}.start", f"{found}.other", ())
        case Test():
            raise AssertionError(told)


def _targets(label: str, told: Told) -> tuple[str, ...]:
    match told.what:
        case Along(link=link, target=target):
            return (target,) if target else link.targets
        case Count(path=path):
            return path[-1].targets
        case Shares(through=through):
            return (through[0].source,)
        case Test():
            return (label,)
