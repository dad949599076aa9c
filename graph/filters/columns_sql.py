"""A filter as DuckDB SQL over columns: the meaning of `graph.filters.cypher`, computed on sets.

Every condition becomes a set of node numbers that is made once (`n IN (SELECT near …)`), so that the engine hashes and
joins instead of visiting node by node. Only what compares with the object that the filter is about (`Same`), more than
one step away from it, is a correlated subquery. Tables and columns carry names of the schema; values are parameters.

A node table has `n`, `id` and properties; a relation table `src`, `dst`, `src_label`, `dst_label`, `since` and `until`
(never null: what is open is infinite) and properties; `PART_OF*` the tree of places: `x` lies in `a`, `hops` above it.
"""

# ruff: noqa: S608 - names come from the schema, values are parameters

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any, Final

from core.catalogue.links import Link
from core.filters import (
    AllOf,
    Along,
    AnyOf,
    Condition,
    Count,
    EdgeTest,
    Not,
    OfKind,
    Op,
    Ratio,
    Same,
    Shares,
    Test,
    ValueKind,
    conditions,
)
from graph.filters.columns_tests import Values, is_known
from graph.filters.values import INVERSE_KIN, Blind, tokens
from graph.reads.relations import pattern

TREE: Final = "PART_OF*"
_SIGNS: Final = {Op.EQ: "=", Op.NE: "<>", Op.GT: ">", Op.GTE: ">=", Op.LT: "<", Op.LTE: "<="}
_ALL: Final = AllOf(())
# Counts that ask whether there is any.
_WHETHER: Final = {(Op.GTE, 1), (Op.GT, 0), (Op.NE, 0), (Op.EQ, 0), (Op.LT, 1), (Op.LTE, 0)}


@dataclass(slots=True)
class Needs:
    """What statements read: properties by label and by relation type, and whether they climb the tree of places.

    A property is named as in the graph; `known(name)` stands for 'it has a value', which a masked date has too.
    """

    nodes: dict[str, set[str]] = field(default_factory=dict)
    edges: dict[str, set[str]] = field(default_factory=dict)
    tree: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """Rows of (near, far) along one or more links: FROM items, the two columns, what must hold of the rows."""

    source: str
    near: str
    far: str
    where: tuple[str, ...]

    def select(self, columns: str) -> str:
        return f"SELECT {columns} FROM {self.source}{_where(self.where)}"

    @property
    def pairs(self) -> str:
        """(start, far), each once."""
        return self.select(f"DISTINCT {self.near} AS start, {self.far} AS far")

    @property
    def numbers(self) -> str:
        """(start, number) of different far ends; no row where there is none."""
        return f"SELECT start, count(*) AS number FROM ({self.pairs}) GROUP BY start"


@dataclass(slots=True)
class SqlCompiler:
    """Makes statements for one day; parameters and aliases are numbered through, `needs` grows as they are made."""

    as_of: date
    blind: Blind
    params: dict[str, Any] = field(default_factory=dict)
    needs: Needs = field(default_factory=Needs)
    aliases: int = 0

    def param(self, value: Any) -> str:
        name = f"p{len(self.params)}"
        self.params[name] = value
        return f"${name}"

    def alias(self) -> str:
        self.aliases += 1
        return f"t{self.aliases}"

    def node(self, label: str, *props: str) -> str:
        """The table of a label, which will have `props`."""
        self.needs.nodes.setdefault(label, set()).update(props)
        return f'"{label}"'

    def nodes(self, label: str, condition: Condition) -> str:
        """The numbers of the nodes of `label` that fulfil `condition`."""
        return self._select("n", label, condition)

    def ids(self, label: str, condition: Condition) -> str:
        """Their ids, in order."""
        self.node(label, "id")
        return f"{self._select('id', label, condition)} ORDER BY id"

    def _select(self, column: str, label: str, condition: Condition) -> str:
        here = self.alias()
        asked = self.where(label, condition, here, f"{here}.n")
        return f"SELECT {here}.{column} FROM {self.node(label)} {here}{_where([asked])}"

    # --- conditions ------------------------------------------------------------------------------------------

    def where(self, label: str, condition: Condition, here: str, root: str) -> str:
        """The condition on the row `here` of a label's table; '' when it is true of all.

        `root` is the number that `Same` stands for. Where it is the row's own, sets do; else subqueries correlate.
        """
        match condition:
            case AllOf(parts):
                if any(isinstance(part, OfKind) and part.label != label for part in parts):
                    return "false"
                return " AND ".join(f"({text})" for part in parts if (text := self.where(label, part, here, root)))
            case AnyOf(parts):
                texts = [self.where(label, part, here, root) or "true" for part in parts]
                return " OR ".join(f"({text})" for text in texts) or "false"
            case Not(part):
                return f"NOT coalesce({self.where(label, part, here, root) or 'true'}, false)"
            case Test():
                return self._test(label, condition, here)
            case Same():
                return f"{here}.n = {root}"
            case OfKind():
                return "" if condition.label == label else "false"
            case _:
                apart = root != f"{here}.n" and any(isinstance(part, Same) for part in conditions(condition))
                return self._correlated(condition, here, root) if apart else self._set(condition, f"{here}.n")

    def _set(self, condition: Condition, here: str) -> str:
        match condition:
            case Along():
                way = self.along(condition)
                return f"{here} IN ({way.select(way.near)})"
            case Count(op=op, value=value):
                way = self.walk(condition.path, condition.edge, condition.where)
                # Who leads nowhere counts 0 and has no row: the set is of those who do not fulfil it, if 0 does.
                zero = _holds(0, op, value)
                if (op, value) in _WHETHER:
                    rows = way.select(way.near)
                else:
                    asked = f"count(*) {_SIGNS[op]} {self.param(value)}"
                    rows = f"SELECT start FROM ({way.pairs}) GROUP BY start HAVING {'NOT ' if zero else ''}{asked}"
                return f"{here} {'NOT IN' if zero else 'IN'} ({rows})"
            case Ratio(of, per, op, value):
                above, below = (self.walk(part.path, part.edge, part.where).numbers for part in (of, per))
                return (
                    f"{here} IN (SELECT b.start FROM ({below}) b LEFT JOIN ({above}) a ON a.start = b.start "
                    f"WHERE coalesce(a.number, 0)::DOUBLE / b.number {_SIGNS[op]} {self.param(value)})"
                )
            case Shares():
                return f"{here} IN (SELECT start FROM ({self.shared(condition)}))"
            case _:
                raise AssertionError(condition)

    def _correlated(self, condition: Condition, here: str, root: str) -> str:
        start = f"{here}.n"
        match condition:
            case Along():
                way = self.along(condition, root)
                return f"EXISTS ({_from(way, start).select('1')})"
            case Count(op=op, value=value):
                return f"{self._number(condition, start, root)} {_SIGNS[op]} {self.param(value)}"
            case Ratio(of, per, op, value):
                below = self._number(per, start, root)
                above = self._number(of, start, root)
                return f"{below} > 0 AND {above}::DOUBLE / {below} {_SIGNS[op]} {self.param(value)}"
            case Shares():
                return f"EXISTS (SELECT 1 FROM ({self.shared(condition, root)}) s WHERE s.start = {start})"
            case _:
                raise AssertionError(condition)

    def _number(self, count: Count, start: str, root: str) -> str:
        way = self.walk(count.path, count.edge, count.where, root)
        return f"({_from(way, start).select(f'count(DISTINCT {way.far})')})"

    # --- ways ------------------------------------------------------------------------------------------------

    def along(self, along: Along, root: str | None = None) -> Way:
        """From the near ends of a link to the ends that fulfil what is asked; `root` None: `Same` is the near end."""
        way = self._hop(along.link, along.edge, only=along.target, typed=along.where == _ALL)
        return self._ending(way, (along.target,) if along.target else along.link.targets, along.where, root)

    def walk(
        self,
        path: Sequence[Link],
        edge: EdgeTest,
        where: Condition = _ALL,
        root: str | None = None,
        to: str | None = None,
    ) -> Way:
        """Along a path of links; `edge` and `where` ask of the last, `to` is the label that its end must have."""
        passing = EdgeTest(any_time=edge.any_time, as_of=edge.as_of)
        hops = [self._hop(link, passing) for link in path[:-1]]
        hops.append(self._hop(path[-1], edge, only=to, typed=where == _ALL))
        source = hops[0].source
        for before, hop in pairwise(hops):
            source += f" JOIN {hop.source} ON {hop.near} = {before.far}"
        asked = tuple(text for hop in hops for text in hop.where)
        return self._ending(Way(source, hops[0].near, hops[-1].far, asked), path[-1].targets, where, root)

    def shared(self, shares: Shares, root: str | None = None) -> str:
        """(start, other): who shares enough different objects with whom."""
        label = shares.through[0].source
        there = self.walk(shares.through, EdgeTest(), shares.where, root)
        back = self.walk(shares.to, EdgeTest(), to=label)
        return (
            f"SELECT a.start, b.far AS other FROM ({there.pairs}) a JOIN ({back.pairs}) b ON b.start = a.far "
            f"WHERE a.start <> b.far GROUP BY ALL HAVING count(*) >= {self.param(shares.at_least)}"
        )

    def _ending(self, way: Way, labels: Sequence[str], where: Condition, root: str | None) -> Way:
        """The way with what is asked of its far end, which has one of `labels`."""
        if where == _ALL:
            return way
        if len(labels) > 1:
            ways = [self._ending(way, (label,), where, root) for label in labels]
            rows = " UNION ALL ".join(one.select(f"{one.near} AS start, {one.far} AS far") for one in ways)
            here = self.alias()
            return Way(f"({rows}) {here}", f"{here}.start", f"{here}.far", ())
        [label] = labels
        if not any(isinstance(part, Same) for part in conditions(where)):
            return Way(way.source, way.near, way.far, (*way.where, f"{way.far} IN ({self.nodes(label, where)})"))
        end = self.alias()
        source = f"{way.source} JOIN {self.node(label)} {end} ON {end}.n = {way.far}"
        return Way(source, way.near, way.far, (*way.where, self.where(label, where, end, root or way.near)))

    def _hop(self, link: Link, asked: EdgeTest, *, only: str | None = None, typed: bool = True) -> Way:
        """One link. `typed`: the label of its end is tested here, because nothing after it does."""
        row = self.alias()
        labels = (only,) if only else link.targets
        if not typed or (only is None and _open(link)):
            labels = ()
        if link.hops > 1:
            self.needs.tree = True
            near, far = ("a", "x") if link.reverse else ("x", "a")
            where = [f"{row}.hops <= {link.hops}", _labelled(f"{row}.{far}_label", labels)]
            return Way(f'"{TREE}" {row}', f"{row}.{near}", f"{row}.{far}", tuple(filter(None, where)))
        props = self.needs.edges.setdefault(link.type, set())
        near, far = ("dst", "src") if link.reverse else ("src", "dst")
        where = [_labelled(f"{row}.{far}_label", labels), *self._edge(link, asked, row)]
        source = f'"{link.type}" {row}'
        if link.both:
            columns = ", ".join(f'"{name}"' for name in sorted(props | {"since", "until"}))
            source = (
                f'(SELECT src, dst, dst_label, {columns}, false AS turned FROM "{link.type}" UNION ALL '
                f'SELECT dst, src, src_label, {columns}, true FROM "{link.type}" WHERE src <> dst) {row}'
            )
        if link.inside:
            self.needs.tree = True
            here = self.alias()
            source = (
                f'({source} JOIN (SELECT x, a FROM "{TREE}" UNION ALL SELECT DISTINCT {near}, {near} '
                f'FROM "{link.type}") {here} ON {here}.x = {row}.{near})'
            )
            return Way(source, f"{here}.a", f"{row}.{far}", tuple(filter(None, where)))
        return Way(source, f"{row}.{near}", f"{row}.{far}", tuple(filter(None, where)))

    # --- relations and attributes ----------------------------------------------------------------------------

    def _edge(self, link: Link, asked: EdgeTest, row: str) -> list[str]:
        parts: list[str] = []
        if link.timed and not asked.any_time:
            day = self.param(asked.as_of or self.as_of)
            parts.append(f"{row}.since <= {day} AND {day} < {row}.until")
        values = Values(self.as_of, self.param, self.needs.edges[link.type])
        for test in asked.tests:
            turning = link.both and test.attribute.name == "kind"
            word = values.column("kind", row) if turning else ""
            if turning:
                cases = " ".join(f"WHEN '{one}' THEN '{other}'" for one, other in INVERSE_KIN.items())
                word = f"CASE WHEN {row}.turned THEN CASE {word} {cases} ELSE {word} END ELSE {word} END"
            parts.append(values.test(test, row, word))
        return parts

    def _test(self, label: str, test: Test, here: str) -> str:
        values = Values(self.as_of, self.param, self.needs.nodes.setdefault(label, set()))
        prop = test.attribute.prop
        match test.attribute.kind:
            case ValueKind.BLIND:
                self.needs.edges.setdefault("DESCRIBES", set())
                self.needs.nodes.setdefault("Record", set()).add(f"{prop}_index")
                keys = self.param(tokens(test, self.blind))
                return (
                    f'{here}.n IN (SELECT e.dst FROM "DESCRIBES" e JOIN "Record" r ON r.n = e.src '
                    f'WHERE r."{prop}_index" = ANY({keys}))'
                )
            case ValueKind.SECRET if test.op is Op.IS_NULL:
                return is_known(values.known(f"{prop}_sealed", here), null=bool(test.value))
            case ValueKind.SECRET:
                found = tokens(test, self.blind)
                held = values.column(f"{prop}_index", here)
                return f"{held} <> {self.param(found[0])}" if test.op is Op.NE else f"{held} = ANY({self.param(found)})"
            case ValueKind.AGE:
                return values.age(test, here)
            case _:
                return values.test(test, here)


def _from(way: Way, start: str) -> Way:
    return Way(way.source, way.near, way.far, (*way.where, f"{way.near} = {start}"))


def _holds(number: int, op: Op, value: Any) -> bool:
    holds: bool = {
        Op.EQ: number == value,
        Op.NE: number != value,
        Op.GT: number > value,
        Op.GTE: number >= value,
        Op.LT: number < value,
        Op.LTE: number <= value,
    }[op]
    return holds


def _open(link: Link) -> bool:
    """Whether the type of its relation alone tells what a link reaches."""
    return pattern(link).endswith("(b)")


def _labelled(column: str, labels: Sequence[str]) -> str:
    return f"{column} IN ({', '.join(repr(label) for label in labels)})" if labels else ""


def _where(asked: Iterable[str]) -> str:
    given = [text for text in asked if text]
    return f" WHERE {' AND '.join(f'({text})' for text in given)}" if given else ""
