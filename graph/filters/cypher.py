"""A filter as Cypher that runs alike on the embedded server and on Neo4j.

The statement begins at the index-backed condition that finds the fewest nodes (`anchors`) and tests the rest on what it
finds. Names come from our tables only, values are parameters. A comparison with an unknown value is null; null counts
as false, which is why every `Not` goes through `coalesce`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
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
)
from graph.filters.anchors import NO_CHILD, Anchor, best, conjuncts
from graph.filters.values import INVERSE_KIN, Blind, birthday, day_range, name_key, start_of, tokens
from graph.reads.relations import pattern, pattern_back

_SIGNS: Final = {Op.EQ: "=", Op.NE: "<>", Op.GT: ">", Op.GTE: ">=", Op.LT: "<", Op.LTE: "<="}


@dataclass(frozen=True, slots=True)
class Selection:
    """Cypher that binds `n`, each wanted node once; `RETURN` is still to come. `anchor` says where it begins."""

    text: str
    params: dict[str, Any]
    anchor: Anchor


def select(label: str, condition: Condition, *, as_of: date, blind: Blind, ids: list[str] | None = None) -> Selection:
    """The nodes of `label` that fulfil `condition` on the day `as_of`; among `ids` only, where they are given.

    `blind` makes the keyed index of a sealed value. Raises `FilterInvalid` for a value that cannot be looked up.
    """
    compiler = Compiler(as_of, blind)
    if ids is not None:
        return Selection(compiler.among(label, condition, ids), compiler.params, Anchor("ids", 0))
    anchor = best(label, condition)
    return Selection(compiler.begin(label, condition, anchor, "n", "n"), compiler.params, anchor)


@dataclass(slots=True)
class Compiler:
    """Makes the parts of one statement: parameters and variables are numbered through."""

    as_of: date
    blind: Blind
    params: dict[str, Any] = field(default_factory=dict)
    variables: int = 0

    def param(self, value: Any) -> str:
        name = f"p{len(self.params)}"
        self.params[name] = value
        return f"${name}"

    def variable(self) -> str:
        self.variables += 1
        return f"x{self.variables}"

    # --- where to begin --------------------------------------------------------------------------------------

    def among(self, label: str, condition: Condition, ids: list[str]) -> str:
        """Clauses that bind `n` to those of `ids` that fulfil `condition`."""
        text = f"UNWIND {self.param(ids)} AS id MATCH (n:{label} {{id: id}})"
        return text + _where([self.where(condition, "n", "n")])

    def begin(self, label: str, condition: Condition, anchor: Anchor, var: str, root: str) -> str:
        """Clauses that bind `var` to the nodes that fulfil `condition`, each once."""
        rest = [part for part in conjuncts(condition) if part is not anchor.at]
        match anchor.at:
            case AnyOf(parts):
                ways = (
                    self.begin(label, part, branch, var, root)
                    for part, branch in zip(parts, anchor.branches, strict=True)
                )
                text = f"CALL () {{ {' UNION '.join(f'{way} RETURN {var}' for way in ways)} }} WITH {var}"
            case Along() if anchor.inner:
                text = self._backwards(label, anchor.at, anchor.inner, var, root)
            case Test() if anchor.at.attribute.kind is ValueKind.BLIND:
                text = self._bearers(label, anchor.at, var)
            case Test() if keys := _keys(anchor.at, self.blind):
                # Behind a first clause the embedded server looks up `=` in an index, and scans for `IN`.
                text = f"{self._each(label, *keys, var)} WITH DISTINCT {var}"
            case _:
                text = f"MATCH ({var}:{label})"
                rest = [*([anchor.at] if anchor.at else []), *rest]
        return f"{text}{_where(self.where(part, var, root) for part in rest)}"

    def _backwards(self, label: str, along: Along, inner: Anchor, var: str, root: str) -> str:
        end, edge = self.variable(), self.variable()
        first = self.begin(along.target or along.link.targets[0], along.where, inner, end, root)
        path = pattern_back(along.link, f"{var}:{label}", end, edge)
        where = _where([self.edge(along.link, along.edge, edge, var)])
        return f"{first} WITH DISTINCT {end} MATCH {path}{where} WITH DISTINCT {var}"

    def _bearers(self, label: str, test: Test, var: str) -> str:
        record = self.variable()
        found = self._each("Record", f"{test.attribute.prop}_index", tokens(test, self.blind), record)
        return f"{found} MATCH ({record})-[:DESCRIBES]->({var}:{label}) WITH DISTINCT {var}"

    def _each(self, label: str, prop: str, values: list[str], var: str) -> str:
        key = self.variable()
        return f"UNWIND {self.param(values)} AS {key} MATCH ({var}:{label}) WHERE {var}.{prop} = {key}"

    # --- conditions ------------------------------------------------------------------------------------------

    def where(self, condition: Condition, var: str, root: str) -> str:
        """The condition over the variable `var`; '' when it is true of all. `root` is what `Same` stands for."""
        match condition:
            case AllOf(parts):
                return " AND ".join(f"({text})" for part in parts if (text := self.where(part, var, root)))
            case AnyOf(parts):
                texts = [self.where(part, var, root) or "true" for part in parts]
                return " OR ".join(f"({text})" for text in texts) or "false"
            case Not(part):
                return f"NOT coalesce({self.where(part, var, root) or 'true'}, false)"
            case Test():
                return self.test(condition, var)
            case Along():
                return f"EXISTS {{ {self._along(condition, var, root)} }}"
            case Count():
                return self._count(condition, var, root)
            case Ratio(of, per, op, value):
                # Every operation in brackets of its own: beside a path of `*0..` steps the embedded server takes
                # `a > 0 AND b > 0` for something else.
                below = self._number(per, var, root)
                share = f"(toFloat({self._number(of, var, root)}) / {below})"
                return f"({below} > 0) AND ({share} {_SIGNS[op]} {self.param(value)})"
            case Shares():
                return self._shares(condition, var, root)
            case Same():
                return f"{var} = {root}"
            case OfKind(label):
                return f"{var}:{label}"

    def _along(self, along: Along, var: str, root: str) -> str:
        end, edge = self.variable(), self.variable()
        path = pattern(along.link, var, end, edge, only=along.target)
        asked = (self.edge(along.link, along.edge, edge, var), self.where(along.where, end, root))
        return f"MATCH {path}{_where(asked)}"

    def _walk(
        self, path: tuple[Link, ...], var: str, edge: EdgeTest, root: str, where: Condition, to: str | None = None
    ) -> tuple[str, str]:
        """Clauses along a path of links, and the variable at its end, a node of the label `to` where that is given.

        One MATCH a link: within one, Cypher never takes a relation twice, and nobody would be a member of his own
        household.
        """
        steps: list[str] = []
        here = var
        passing = EdgeTest(any_time=edge.any_time, as_of=edge.as_of)
        for number, link in enumerate(path, 1):
            end, relation = self.variable(), self.variable()
            last = number == len(path)
            asked = [self.edge(link, edge if last else passing, relation, here)]
            asked += [self.where(where, end, root)] if last else []
            path_text = pattern(link, here, end, relation, only=to if last else None)
            steps.append(f"MATCH {path_text}{_where(asked)}")
            here = end
        return " ".join(steps), here

    def _number(self, count: Count, var: str, root: str) -> str:
        text, end = self._walk(count.path, var, count.edge, root, count.where)
        return f"COUNT {{ {text} RETURN DISTINCT {end} }}"

    def _count(self, count: Count, var: str, root: str) -> str:
        text, _ = self._walk(count.path, var, count.edge, root, count.where)
        match (count.op, count.value):
            case (Op.GTE, 1) | (Op.GT, 0) | (Op.NE, 0):
                return f"EXISTS {{ {text} }}"
            case (Op.EQ, 0) | (Op.LT, 1) | (Op.LTE, 0):
                return f"NOT EXISTS {{ {text} }}"
            case _:
                return f"{self._number(count, var, root)} {_SIGNS[count.op]} {self.param(count.value)}"

    def _shares(self, shares: Shares, var: str, root: str) -> str:
        there, shared = self._walk(shares.through, var, EdgeTest(), root, shares.where)
        # Not this one: asked before the count, since the embedded server knows no outer variable after a WITH.
        back, other = self._walk(shares.to, shared, EdgeTest(), var, Not(Same()), shares.through[0].source)
        number = self.variable()
        return (
            f"EXISTS {{ {there} {back} WITH {other}, count(DISTINCT {shared}) AS {number} "
            f"WHERE {number} >= {self.param(shares.at_least)} RETURN {other} }}"
        )

    # --- relations and attributes ----------------------------------------------------------------------------

    def edge(self, link: Link, asked: EdgeTest, edge: str, near: str) -> str:
        """What is asked of a relation, its validity on the day included; `near` is the variable it is seen from."""
        parts = [] if asked.any_time or not link.timed else [self.valid(link, edge, asked.as_of)]
        for test in asked.tests:
            if link.both and test.attribute.name == "kind":
                parts.append(self._kin(test, edge, near))
            else:
                parts.append(self.test(test, edge))
        return " AND ".join(f"({part})" for part in parts)

    def valid(self, link: Link, edge: str, as_of: date | None = None) -> str:
        """The relation holds on the day, or on the day of the statement; '' for one without time."""
        if not link.timed:
            return ""
        day = self.param(as_of or self.as_of)
        begun = f"({edge}.valid_from IS NULL OR {edge}.valid_from <= {day})"
        return f"{begun} AND ({edge}.valid_to IS NULL OR {day} < {edge}.valid_to)"

    def _kin(self, test: Test, edge: str, near: str) -> str:
        held = f"{edge}.{test.attribute.prop}"
        turned = " ".join(f"WHEN '{word}' THEN '{other}'" for word, other in INVERSE_KIN.items())
        word = f"CASE WHEN startNode({edge}) = {near} THEN {held} ELSE CASE {held} {turned} ELSE {held} END END"
        return self._compare(word, test.op, list(test.value) if isinstance(test.value, tuple) else test.value)

    def test(self, test: Test, var: str) -> str:
        attribute, op = test.attribute, test.op
        held = f"{var}.{attribute.prop}"
        match attribute.kind:
            case ValueKind.AGE:
                return self._age(test, var)
            case ValueKind.BLIND:
                record = self.variable()
                keys = self.param(tokens(test, self.blind))
                return (
                    f"EXISTS {{ MATCH ({var})<-[:DESCRIBES]-({record}:Record) "
                    f"WHERE {record}.{attribute.prop}_index IN {keys} }}"
                )
            case ValueKind.SECRET:
                if op is Op.IS_NULL:
                    return f"{var}.{attribute.prop}_sealed IS {'' if test.value else 'NOT '}NULL"
                found = tokens(test, self.blind)
                asked = f"<> {self.param(found[0])}" if op is Op.NE else f"IN {self.param(found)}"
                return f"{var}.{attribute.prop}_index {asked}"
            case ValueKind.TEXTS:
                return f"{self.param(test.value)} IN {held}"
            case ValueKind.DATE | ValueKind.MOMENT if op is not Op.IS_NULL:
                return self._time(test, held)
            case ValueKind.NAME if op in (Op.EQ, Op.NE, Op.IN, Op.STARTS):
                prop, value = name_key(test)
                return self._compare(f"{var}.{prop}", op, value)
            case _:
                return self._compare(held, op, list(test.value) if isinstance(test.value, tuple) else test.value)

    def _compare(self, held: str, op: Op, value: Any) -> str:
        match op:
            case Op.IS_NULL:
                return f"{held} IS {'' if value else 'NOT '}NULL"
            case Op.IN:
                return f"{held} IN {self.param(value)}"
            case Op.STARTS:
                return f"{held} STARTS WITH {self.param(value)}"
            case Op.CONTAINS:
                return f"{held} CONTAINS {self.param(value)}"
            case _:
                return f"{held} {_SIGNS[op]} {self.param(value)}"

    def _age(self, test: Test, var: str) -> str:
        """Ages are compared as birth dates; a child's rests masked, and then its year decides."""
        if test.op is Op.IS_NULL:
            return f"{var}.birth_year IS {'' if test.value else 'NOT '}NULL"
        older = test.op in (Op.GT, Op.GTE)
        years = int(str(test.value)) + (test.op in (Op.GT, Op.LTE))
        born = birthday(self.as_of, years)
        day = self.param(born)
        if older and years >= NO_CHILD:
            return f"{var}.birth_date <= {day}"
        year = self.param(born.year)
        masked = f"{var}.birth_date_sealed IS NOT NULL AND {var}.birth_year"
        if older:
            return f"{var}.birth_date <= {day} OR {masked} < {year}"
        return f"{var}.birth_date > {day} OR {masked} >= {year}"

    def _time(self, test: Test, held: str) -> str:
        low, high = day_range(test, self.as_of)
        make = start_of if test.attribute.kind is ValueKind.MOMENT else _same
        parts = [f"{held} >= {self.param(make(low))}"] if low else []
        parts += [f"{held} < {self.param(make(high))}"] if high else []
        return " AND ".join(parts) or "false"


def _keys(test: Test, blind: Blind) -> tuple[str, list[str]] | None:
    """The indexed property and the values of a test that lists what it wants."""
    if test.attribute.kind is ValueKind.SECRET:
        return f"{test.attribute.prop}_index", tokens(test, blind)
    if not isinstance(test.value, tuple):
        return None
    prop, values = name_key(test) if test.attribute.kind is ValueKind.NAME else (test.attribute.prop, test.value)
    return prop, list(values)


def _same(day: date) -> date:
    return day


def _where(conditions: Iterable[str]) -> str:
    given = [text for text in conditions if text]
    return f" WHERE {' AND '.join(f'({text})' for text in given)}" if given else ""
