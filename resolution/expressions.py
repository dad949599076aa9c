"""SQL of a declaration, compiled to Python: one record at a time is compared without a database.

A condition is written out twice, as the Python that holds where SQL says TRUE and as the one that holds where SQL says
FALSE; where neither holds it is NULL. So three-valued logic costs nothing where only TRUE is asked for, which is all
that a comparison level does. What is not understood raises `ModelInvalid`, so that no condition ever means one thing in
a batch and another in real time. Both sides of a comparison must be of one type, as they are in feature columns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, NamedTuple

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from core.errors import ModelInvalid
from resolution.functions import LENIENT, STRICT

Row = Mapping[str, Any]
_Types = tuple[type[exp.Expression], ...]

MACROS: Final = frozenset({"one_error", "one_error_or_swap", "compatible"})
_MACRO: Final = re.compile(r"\{(\w+):(\w+):(\d+)\}")
_COMPARE: Final[dict[type[exp.Expression], str]] = {
    exp.EQ: "==",
    exp.NEQ: "!=",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_OPPOSITE: Final = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_ARITHMETIC: Final[dict[type[exp.Expression], str]] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*"}
_CALLS: Final[dict[type[exp.Expression], str]] = {
    exp.Substring: "substr",
    exp.Left: "left",
    exp.Right: "right",
    exp.Length: "length",
    exp.ArraySize: "len",
    exp.Lower: "lower",
    exp.Abs: "abs",
    exp.StartsWith: "starts_with",
    exp.Contains: "contains",
    exp.ArrayContains: "list_contains",
    exp.ArrayOverlaps: "list_has_any",
    exp.Levenshtein: "levenshtein",
    exp.JarowinklerSimilarity: "jaro_winkler_similarity",
    exp.Concat: "concat",
    exp.Coalesce: "coalesce",
    exp.Greatest: "greatest",
    exp.Least: "least",
}
_CASTS: Final = {
    exp.DataType.Type.INT: "to_integer",
    exp.DataType.Type.BIGINT: "to_integer",
    exp.DataType.Type.DOUBLE: "to_float",
    exp.DataType.Type.VARCHAR: "to_text",
    exp.DataType.Type.TEXT: "to_text",
}
_LOGIC: Final[_Types] = (
    exp.And,
    exp.Or,
    exp.Not,
    exp.Is,
    exp.In,
    exp.Between,
    exp.NullSafeEQ,
    exp.NullSafeNEQ,
    *_COMPARE,
)

ENVIRONMENT: Final[dict[str, Any]] = {**STRICT, **LENIENT, "__builtins__": {}}


class _Value(NamedTuple):
    """Python for an expression's value; `sure` when it is never None, `plain` when reading it twice costs nothing."""

    code: str
    sure: bool = False
    plain: bool = False


@cache
def compile_condition(sql: str) -> Callable[[Row, Row], bool | None]:
    """The condition of a level as a function of the left and the right record; macros may stand as they are declared.

    Raises `ModelInvalid`, naming what it does not understand.
    """
    writer = Writer(lambda name: f"{_side(name, sql)}[{name[:-2]!r}]")
    tree = parse(sql)
    body = f"True if {writer.true(tree)} else False if {writer.false(tree)} else None"
    compiled: Callable[[Row, Row], bool | None] = _function("l, r", body)
    return compiled


@cache
def compile_value(sql: str) -> Callable[[Row], Any]:
    """An expression over one record's columns as a function of the record. Raises `ModelInvalid`."""
    compiled: Callable[[Row], Any] = _function("row", Writer(lambda name: f"row[{name!r}]").value(parse(sql)).code)
    return compiled


def parse(sql: str) -> exp.Expression:
    """The syntax tree of DuckDB SQL, macros as calls. Raises `ModelInvalid`."""
    try:
        tree = sqlglot.parse_one(_MACRO.sub(r"\1(\2_l, \2_r, \3)", sql), read="duckdb")
    except SqlglotError:
        raise ModelInvalid(f"匹配声明中的表达式不合语法：{sql}") from None
    if not isinstance(tree, exp.Expression):
        raise ModelInvalid(f"匹配声明中的表达式不合语法：{sql}")
    return tree


def columns(sql: str) -> list[str]:
    """The columns that an expression names, each once, in the order of the text (with `_l` and `_r`)."""
    return list(dict.fromkeys(column.name for column in parse(sql).find_all(exp.Column)))


def to_spark(sql: str) -> str:
    """The same for Spark (macros written out before). Raises `ModelInvalid` for what is not understood here either."""
    tree = parse(re.sub(r"(?i)\blen\s*\(", "array_length(", sql))
    if any(call.name.lower() in MACROS for call in tree.find_all(exp.Anonymous)):
        raise ModelInvalid(f"交给 Spark 的条件须先展开宏：{sql}")
    Writer(lambda name: name).value(tree)
    return tree.transform(_spark_call).sql(dialect="spark")


def _spark_call(node: exp.Expression) -> exp.Expression:
    names = {"damerau_levenshtein": "lev_damerau", "list_intersect": "array_intersect"}
    if isinstance(node, exp.ArraySize):  # Spark's `size` of NULL may be -1, `array_size` never
        return exp.Anonymous(this="array_size", expressions=[node.this.transform(_spark_call)])
    if isinstance(node, exp.ArrayOverlaps):
        return exp.Anonymous(this="arrays_overlap", expressions=[node.this, node.expression])
    if isinstance(node, exp.JarowinklerSimilarity):
        return exp.Anonymous(this="jaro_winkler", expressions=[node.this, node.expression])
    if isinstance(node, exp.Anonymous) and node.name.lower() in names:
        return exp.Anonymous(this=names[node.name.lower()], expressions=node.expressions)
    return node


class Writer:
    """Writes Python for a syntax tree; `column` gives the Python that reads a column (it must be cheap and plain)."""

    def __init__(self, column: Callable[[str], str]) -> None:
        self._column = column
        self._temporaries = 0

    def true(self, node: exp.Expression) -> str:
        """Python that is truthy where `node` is TRUE."""
        return self._decided(node, wanted=True)

    def false(self, node: exp.Expression) -> str:
        """Python that is truthy where `node` is FALSE."""
        return self._decided(node, wanted=False)

    def _decided(self, node: exp.Expression, *, wanted: bool) -> str:
        match node:
            case exp.Paren():
                return self._decided(node.this, wanted=wanted)
            case exp.Not():
                return self._decided(node.this, wanted=not wanted)
            case exp.And() | exp.Or():
                joint = "and" if isinstance(node, exp.And) == wanted else "or"
                parts = (self._decided(part, wanted=wanted) for part in (node.args["this"], node.args["expression"]))
                return f"({f' {joint} '.join(parts)})"
            case exp.Is(expression=exp.Null()):
                return f"({self.value(node.this).code} is {'' if wanted else 'not '}None)"
            case exp.Is(expression=exp.Boolean()):
                holds = self._decided(node.this, wanted=bool(node.expression.this))
                return holds if wanted else f"(not {holds})"
            case exp.NullSafeEQ() | exp.NullSafeNEQ():
                operator = "==" if isinstance(node, exp.NullSafeEQ) == wanted else "!="
                left, right = self.value(node.args["this"]), self.value(node.args["expression"])
                return f"({left.code} {operator} {right.code})"
            case exp.In():
                return self._in(node, wanted=wanted)
            case exp.Between():
                return self._decided(
                    exp.And(
                        this=exp.GTE(this=node.this.copy(), expression=node.args["low"].copy()),
                        expression=exp.LTE(this=node.this.copy(), expression=node.args["high"].copy()),
                    ),
                    wanted=wanted,
                )
            case exp.Boolean():
                return str(bool(node.this) == wanted)
            case exp.Null():
                return "False"
        if type(node) in _COMPARE:
            return self._compared(node, wanted=wanted)
        value = self.value(node)
        if wanted:
            return value.code
        if value.sure:
            return f"(not {value.code})"
        name, read = self._kept(value)
        return f"({read} is not None and not {name})"

    def _compared(self, node: exp.Expression, *, wanted: bool) -> str:
        operator = _COMPARE[type(node)]
        operator = operator if wanted else _OPPOSITE[operator]
        left, right = self.value(node.args["this"]), self.value(node.args["expression"])
        if "None" in (left.code, right.code):
            return "False"
        if operator == "==":  # None equals no value
            if left.sure or right.sure:
                return f"({left.code} == {right.code})"
            name, read = self._kept(left)
            return f"({read} is not None and {name} == {right.code})"
        known = []
        names = []
        for value in (left, right):
            name, read = (value.code, value.code) if value.sure else self._kept(value)
            names.append(name)
            if not value.sure:
                known.append(f"{read} is not None")
        return f"({' and '.join([*known, f'{names[0]} {operator} {names[1]}'])})"

    def _in(self, node: exp.In, *, wanted: bool) -> str:
        if not node.expressions or not all(isinstance(item, exp.Literal | exp.Null) for item in node.expressions):
            raise _not_understood(node)
        listed = [self.value(item).code for item in node.expressions if not isinstance(item, exp.Null)]
        items = f"({', '.join(listed)},)" if listed else "()"
        value = self.value(node.this)
        if wanted:
            return f"({value.code} in {items})"
        if len(listed) < len(node.expressions):
            return "False"  # what is not listed may be the NULL that is
        name, read = self._kept(value)
        return f"({read} is not None and {name} not in {items})"

    def value(self, node: exp.Expression) -> _Value:
        """Python for the value of `node`. Raises `ModelInvalid`."""
        match node:
            case exp.Paren():
                return self.value(node.this)
            case exp.Column():
                return _Value(self._column(node.name), plain=True)
            case exp.Literal():
                return _Value(repr(node.this) if node.is_string else node.this, sure=True, plain=True)
            case exp.Boolean():
                return _Value(str(bool(node.this)), sure=True, plain=True)
            case exp.Null():
                return _Value("None", plain=True)
            case exp.Neg():
                return self._strict("-{}", [node.this])
            case exp.DPipe():
                return self._strict("append({}, {})", [node.args["this"], node.args["expression"]])
            case exp.Case():
                return self._case(node)
            case exp.If():
                return self._choice([(self.true(node.this), node.args["true"])], node.args.get("false"))
            case exp.Cast() if type(node) is exp.Cast and node.to.this in _CASTS:
                return self._strict(f"{_CASTS[node.to.this]}({{}})", [node.this])
        if isinstance(node, _LOGIC):
            return self._truth(node)
        if type(node) in _ARITHMETIC:
            return self._strict(f"({{}} {_ARITHMETIC[type(node)]} {{}})", [node.args["this"], node.args["expression"]])
        return self._call(node)

    def _truth(self, node: exp.Expression) -> _Value:
        holds = self.true(node)
        if isinstance(node, exp.Is | exp.NullSafeEQ | exp.NullSafeNEQ):
            return _Value(f"(True if {holds} else False)", sure=True)
        return _Value(f"(True if {holds} else False if {self.false(node)} else None)")

    def _case(self, node: exp.Case) -> _Value:
        branches = []
        for branch in node.args["ifs"]:
            asked = exp.EQ(this=node.this.copy(), expression=branch.this.copy()) if node.this else branch.this
            branches.append((self.true(asked), branch.args["true"]))
        return self._choice(branches, node.args.get("default"))

    def _choice(self, branches: list[tuple[str, exp.Expression]], default: exp.Expression | None) -> _Value:
        other = self.value(default) if default is not None else _Value("None")
        code, sure = other.code, other.sure
        for asked, then in reversed(branches):
            value = self.value(then)
            code, sure = f"{value.code} if {asked} else {code}", sure and value.sure
        return _Value(f"({code})", sure=sure)

    def _call(self, node: exp.Expression) -> _Value:
        name = node.name.lower() if isinstance(node, exp.Anonymous) else _CALLS.get(type(node), "")
        arguments = node.expressions if isinstance(node, exp.Anonymous) else _arguments(node)
        if name in LENIENT:
            sure = name == "concat"
            return _Value(f"{name}({', '.join(self.value(argument).code for argument in arguments)})", sure=sure)
        if name not in STRICT:
            raise _not_understood(node)
        sliced = self._slice(name, arguments)
        if sliced is not None:
            return self._strict(sliced, arguments[:1])
        return self._strict(f"{name}({', '.join(['{}'] * len(arguments))})", list(arguments))

    @staticmethod
    def _slice(name: str, arguments: list[exp.Expression]) -> str | None:
        """A cut at places that are written down is a slice."""
        places = [argument.to_py() for argument in arguments[1:] if argument.is_int]
        if name != "substr" or len(places) != len(arguments) - 1 or places[0] < 1 or min(places) < 0:
            return None
        start = places[0] - 1
        return f"{{}}[{start}:{start + places[1] if len(places) > 1 else ''}]"

    def _strict(self, template: str, arguments: list[exp.Expression]) -> _Value:
        """`template` with the arguments' values; None when one of them is."""
        values = [self.value(argument) for argument in arguments]
        names, missing = [], []
        for value in values:
            if value.sure:
                names.append(value.code)
                continue
            name, read = self._kept(value)
            names.append(name)
            missing.append(f"{read} is None")
        code = template.format(*names)
        if not missing:
            return _Value(code, sure=True)
        return _Value(f"(None if {' or '.join(missing)} else {code})")

    def _kept(self, value: _Value) -> tuple[str, str]:
        """The name under which a value is known afterwards, and the Python that reads it first."""
        if value.plain:
            return value.code, value.code
        self._temporaries += 1
        name = f"t{self._temporaries}"
        return name, f"({name} := {value.code})"


def _arguments(node: exp.Expression) -> list[exp.Expression]:
    """A call's arguments in the order of the text, whatever sqlglot names them."""
    found: list[exp.Expression] = []
    for name in node.arg_types:
        argument = node.args.get(name)
        if isinstance(argument, list):
            found.extend(argument)
        elif isinstance(argument, exp.Expression):
            found.append(argument)
    return found


def _side(name: str, sql: str) -> str:
    if name[-2:] not in {"_l", "_r"}:
        raise ModelInvalid(f"匹配条件中的列 {name} 没有说明属于左边（_l）还是右边（_r）：{sql}")
    return name[-1]


def _not_understood(node: exp.Expression) -> ModelInvalid:
    return ModelInvalid(f"匹配声明中的表达式有不支持的写法：{node.sql(dialect='duckdb')}")


def _function(parameters: str, body: str) -> Any:
    """A function of generated Python; it sees nothing but the functions that SQL may call."""
    return eval(compile(f"lambda {parameters}: {body}", "<declaration>", "eval"), ENVIRONMENT)  # noqa: S307
