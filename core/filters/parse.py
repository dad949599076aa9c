"""From a JSON object to a filter; whatever is wrong with it is told with its place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NoReturn, TypeGuard

from core.catalogue.links import PLACES, Link, links_of
from core.codes import table
from core.errors import FilterInvalid
from core.filters.model import (
    AllOf,
    Along,
    AnyOf,
    Condition,
    Count,
    EdgeTest,
    Not,
    Op,
    Ratio,
    Same,
    Shares,
    Test,
    Value,
)
from core.filters.vocabulary import Attribute, ValueKind, attributes, edge_attributes

MAX_TERMS: Final = 200
MAX_DEPTH: Final = 12
MAX_LIST: Final = 1_000
MAX_TEXT: Final = 200
MAX_PATH: Final = 5
_MAX_DAYS: Final = 40_000
_MAX_COUNT: Final = 1_000_000_000

_ORDERED: Final = (Op.EQ, Op.GT, Op.GTE, Op.LT, Op.LTE)
_TEXT: Final = (Op.EQ, Op.NE, Op.IN, Op.STARTS, Op.CONTAINS, Op.IS_NULL)
_TIME: Final = (*_ORDERED, Op.WITHIN_DAYS, Op.OLDER_DAYS, Op.IS_NULL)
OPERATORS: Final[dict[ValueKind, tuple[Op, ...]]] = {
    ValueKind.TEXT: _TEXT,
    ValueKind.NAME: _TEXT,
    ValueKind.CODE: (Op.EQ, Op.NE, Op.IN, Op.IS_NULL),
    ValueKind.NUMBER: (*_ORDERED, Op.NE, Op.IN, Op.IS_NULL),
    ValueKind.AGE: (Op.GT, Op.GTE, Op.LT, Op.LTE, Op.IS_NULL),
    ValueKind.DATE: _TIME,
    ValueKind.MOMENT: _TIME,
    ValueKind.BLIND: (Op.EQ, Op.IN),
    ValueKind.SECRET: (Op.EQ, Op.NE, Op.IN, Op.IS_NULL),
    ValueKind.ID: (Op.EQ, Op.IN),
    ValueKind.TEXTS: (Op.HAS,),
    ValueKind.FLAG: (Op.EQ, Op.IS_NULL),
}
"""Which comparisons each kind of value knows."""

_COUNTING: Final = (*_ORDERED, Op.NE)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")

_STEP: Final = re.compile(r"[A-Za-z]{1,30}(\[\d{1,6}\])*")


def parse(label: str, raw: object, at: str = "filter") -> Condition:
    """The filter that `raw`, a JSON object, asks of nodes of `label`; `{}` is true of all.

    Raises `FilterInvalid` with the place of the first fault (`filter.livesIn.name`; it begins with `at`), never with
    its value.
    """
    return _Parser().filter(label, raw, at, 1)


def parse_edge(link: Link, raw: object) -> EdgeTest:
    """What `raw`, a JSON object, asks of the relation of a link. Raises `FilterInvalid`."""
    return _Parser().edge(link, raw, "edge")


@dataclass(slots=True)
class _Parser:
    terms: int = 0

    def filter(self, label: str, raw: object, at: str, depth: int) -> Condition:
        if depth > MAX_DEPTH:
            _fail(at, f"嵌套超过 {MAX_DEPTH} 层")
        parts = [self.member(label, key, value, f"{at}.{key}", depth) for key, value in _object(raw, at).items()]
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def member(self, label: str, key: str, raw: object, at: str, depth: int) -> Condition:
        self.took(1)
        match key:
            case "and" | "or":
                parts = tuple(
                    self.filter(label, part, f"{at}[{n}]", depth + 1)
                    for n, part in enumerate(self.each(_list(raw, at)))
                )
                return AllOf(parts) if key == "and" else AnyOf(parts)
            case "not":
                return Not(self.filter(label, raw, at, depth + 1))
            case "has":
                return self.has(label, raw, at)
            case "count":
                return _all([self.count(label, one, at, depth) for one in self.each(_one_or_list(raw, at))])
            case "ratio":
                return _all([self.ratio(label, one, at, depth) for one in self.each(_one_or_list(raw, at))])
            case "shares":
                return _all([self.shares(label, one, at, depth) for one in self.each(_one_or_list(raw, at))])
            case "self":
                if raw is not True:
                    _fail(at, "只能写 true")
                return Same()
        if attribute := attributes(label).get(key):
            return _all(self.tests(attribute, raw, at))
        if link := links_of(label).get(key):
            return self.along(link, raw, at, depth)
        raise _fault(at, _unknown(label))

    def took(self, terms: int) -> None:
        self.terms += terms
        if self.terms > MAX_TERMS:
            raise FilterInvalid(f"筛选条件超过 {MAX_TERMS} 项", remedy="请拆成几次查询，或把长列表写成 in。")

    def each(self, parts: Sequence[object]) -> Sequence[object]:
        """The members of a list, each of which is a term too."""
        self.took(len(parts))
        return parts

    def tests(self, attribute: Attribute, raw: object, at: str) -> list[Condition]:
        found: list[Condition] = []
        for key, value in _object(raw, at).items():
            self.took(1)
            found.append(
                Test(attribute, op := _op(key, OPERATORS[attribute.kind], at), _value(attribute, op, value, at))
            )
        if not found:
            _fail(at, f"请写明比较：{_names(OPERATORS[attribute.kind])}")
        return found

    def along(self, link: Link, raw: object, at: str, depth: int) -> Condition:
        members = dict(_object(raw, at))
        edge = self.edge(link, members.pop("edge", {}), f"{at}.edge")
        if len(link.targets) == 1 or set(link.targets) <= set(PLACES):  # places are all asked alike
            return Along(link, self.filter(link.targets[0], members, at, depth + 1), edge)
        parts: list[Condition] = []
        for key, inner in members.items():
            found = [target for target in link.targets if target.lower() == key]
            if not found:
                _fail(f"{at}.{key}", f"这里可用 {'、'.join(target.lower() for target in link.targets)}、edge")
            parts.append(Along(link, self.filter(found[0], inner, f"{at}.{key}", depth + 1), edge, found[0]))
        return _all(parts) if parts else Along(link, AllOf(()), edge)

    def edge(self, link: Link, raw: object, at: str) -> EdgeTest:
        tests: list[Test] = []
        any_time, as_of = False, None
        members = _object(raw, at)
        if members and not link.has_edge:
            _fail(at, "这种关系经过几层地点，没有自己的属性")
        for key, value in members.items():
            place = f"{at}.{key}"
            if key == "anyTime":
                any_time = value is True or _fail(place, "只能写 true")
            elif key == "asOf":
                as_of = _date(value, place)
            elif attribute := edge_attributes().get(key):
                tests += [test for test in self.tests(attribute, value, place) if isinstance(test, Test)]
            else:
                _fail(place, f"关系的属性有 {'、'.join((*edge_attributes(), 'asOf', 'anyTime'))}")
        return EdgeTest(tuple(tests), any_time, as_of)

    def has(self, label: str, raw: object, at: str) -> Condition:
        """`{tag: …}` and `{record: …}`: short for the links to tags and to source records."""
        parts: list[Condition] = []
        for key, value in _object(raw, at).items():
            name, attribute_names = {"tag": ("tags", ("name", "label")), "record": ("records", ("feed",))}.get(
                key, ("", ())
            )
            if name not in links_of(label):
                _fail(f"{at}.{key}", "这里可用 tag、record" if not name else _unknown(label))
            link = links_of(label)[name]
            target = attributes(link.targets[0])
            tests = [Test(target[each], Op.EQ, _text(value, f"{at}.{key}")) for each in attribute_names]
            parts.append(Along(link, tests[0] if len(tests) == 1 else AnyOf(tuple(tests))))
        if not parts:
            _fail(at, "请写 tag 或 record")
        return _all(parts)

    def count(self, label: str, raw: object, at: str, depth: int, *, compared: bool = True) -> Count:
        members = dict(_object(raw, at))
        path = _path(label, members.pop("of", None), f"{at}.of")
        where: Condition = AllOf(())
        if "where" in members:
            where = self.end(path[-1], members.pop("where"), f"{at}.where", depth + 1)
        edge = self.edge(path[-1], members.pop("edge", {}), f"{at}.edge")
        if not compared:
            if members:
                _fail(at, "这里只有 of、where、edge")
            return Count(path, Op.GTE, 1, where, edge)
        op, value = _comparison(members, at, whole=True)
        return Count(path, op, value, where, edge)

    def end(self, link: Link, raw: object, at: str, depth: int) -> Condition:
        if len(link.targets) > 1:
            _fail(at, "这条路径通向多种对象，不能再加条件")
        return self.filter(link.targets[0], raw, at, depth)

    def ratio(self, label: str, raw: object, at: str, depth: int) -> Ratio:
        members = dict(_object(raw, at))
        of = self.count(label, members.pop("of", None), f"{at}.of", depth, compared=False)
        per = self.count(label, members.pop("per", None), f"{at}.per", depth, compared=False)
        op, value = _comparison(members, at, whole=False)
        return Ratio(of, per, op, value)

    def shares(self, label: str, raw: object, at: str, depth: int) -> Shares:
        members = dict(_object(raw, at))
        through = _path(label, members.pop("through", None), f"{at}.through")
        if len(through[-1].targets) > 1:
            _fail(f"{at}.through", "须通向同一种对象")
        shared = through[-1].targets[0]
        to = _path(shared, members.pop("to", None), f"{at}.to")
        if label not in to[-1].targets:
            _fail(f"{at}.to", "须回到与起点同一种的对象")
        where: Condition = AllOf(())
        if "where" in members:
            where = self.end(through[-1], members.pop("where"), f"{at}.where", depth + 1)
        at_least = members.pop("atLeast", 2)
        if not _whole(at_least) or at_least < 1 or members:
            _fail(at, "应为 through、to、where 和 atLeast（正整数）")
        return Shares(through, to, at_least, where)


# --- values --------------------------------------------------------------------------------------------------


def _value(attribute: Attribute, op: Op, raw: object, at: str) -> Value:
    if op is Op.IS_NULL:
        return raw if isinstance(raw, bool) else _fail(at, "isNull 应为 true 或 false")
    if op is Op.IN:
        items = _list(raw, at)
        if not items or len(items) > MAX_LIST:
            _fail(at, f"in 应有 1–{MAX_LIST} 个值")
        return tuple(_scalar(attribute, item, at) for item in items)
    if op in (Op.WITHIN_DAYS, Op.OLDER_DAYS):
        return raw if _whole(raw) and 0 <= raw <= _MAX_DAYS else _fail(at, f"{op} 应为 0–{_MAX_DAYS} 的整数")
    return _scalar(attribute, raw, at)


def _scalar(attribute: Attribute, raw: object, at: str) -> str | float | int | bool | date:
    match attribute.kind:
        case ValueKind.NUMBER:
            if isinstance(raw, int | float) and not isinstance(raw, bool) and abs(raw) <= _MAX_COUNT:
                return raw
            raise _fault(at, "应为数字")
        case ValueKind.AGE:
            return raw if _whole(raw) and 0 <= raw <= 150 else _fail(at, "应为 0–150 的整数")
        case ValueKind.DATE | ValueKind.MOMENT:
            return _date(raw, at)
        case ValueKind.FLAG:
            return raw if isinstance(raw, bool) else _fail(at, "应为 true 或 false")
        case ValueKind.CODE:
            codes = table(attribute.type.removeprefix("code:"))
            text = _text(raw, at)
            if text not in codes:
                _fail(at, f"代码表里没有这个代码或名称；例如 {'、'.join(entry.label for entry in codes.entries[:8])}")
            return codes.code(text)
        case _:
            return _text(raw, at)


def _text(raw: object, at: str) -> str:
    if not isinstance(raw, str) or not raw.strip():
        _fail(at, "应为非空文字")
    if len(raw) > MAX_TEXT:
        _fail(at, f"文字超过 {MAX_TEXT} 个字符")
    if _CONTROL.search(raw):
        _fail(at, "文字里有不可见的控制字符")
    return raw.strip()


def _date(raw: object, at: str) -> date:
    try:
        return raw if type(raw) is date else date.fromisoformat(_text(raw, at))
    except ValueError:
        raise _fault(at, "日期应写成 YYYY-MM-DD") from None


def _whole(raw: object) -> TypeGuard[int]:
    return isinstance(raw, int) and not isinstance(raw, bool)


# --- shapes --------------------------------------------------------------------------------------------------


def _comparison(members: Mapping[str, object], at: str, *, whole: bool) -> tuple[Op, Value]:
    if len(members) != 1:
        _fail(at, f"请写一个比较：{_names(_COUNTING)}")
    [(key, raw)] = members.items()
    op = _op(key, _COUNTING, at)
    good = _whole(raw) if whole else isinstance(raw, int | float) and not isinstance(raw, bool)
    if not good or not isinstance(raw, int | float) or not 0 <= raw <= _MAX_COUNT:
        _fail(f"{at}.{key}", "应为非负整数" if whole else "应为非负数字")
    return op, raw


def _path(label: str, raw: object, at: str) -> tuple[Link, ...]:
    """A path of link names joined by dots, such as `household.members`."""
    names = _text(raw, at).split(".")
    if len(names) > MAX_PATH:
        _fail(at, f"路径超过 {MAX_PATH} 步")
    found: list[Link] = []
    here: tuple[str, ...] = (label,)
    for name in names:
        links = [link for source in here if (link := links_of(source).get(name))]
        if not links or len({(link.type, link.reverse, link.hops) for link in links}) > 1:
            _fail(at, f"没有这样的路径；从这里可到 {'、'.join(links_of(here[0]))}")
        found.append(links[0])
        here = links[0].targets
    return tuple(found)


def _op(key: str, allowed: Sequence[Op], at: str) -> Op:
    if key not in allowed:
        _fail(f"{at}.{key}", f"这里可用的比较有 {_names(allowed)}")
    return Op(key)


def _all(parts: Sequence[Condition]) -> Condition:
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def _object(raw: object, at: str) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping) or not all(isinstance(key, str) for key in raw):
        _fail(at, "应为键值对 {…}")
    return raw


def _list(raw: object, at: str) -> Sequence[object]:
    if isinstance(raw, str) or not isinstance(raw, Sequence):
        _fail(at, "应为列表 […]")
    return raw


def _one_or_list(raw: object, at: str) -> Sequence[object]:
    found = [raw] if isinstance(raw, Mapping) else _list(raw, at)
    return found or _fail(at, "列表是空的")


def _names(ops: Sequence[Op]) -> str:
    return "、".join(ops)


def _unknown(label: str) -> str:
    words = ("and", "or", "not", "has", "count", "ratio", "shares", "self")
    known = [*attributes(label), *links_of(label), *words]
    return f"没有这个条件；{'地点' if label in PLACES else ''}可用 {'、'.join(known)}"


def _fail(at: str, what: str) -> NoReturn:
    raise _fault(at, what)


def _fault(at: str, what: str) -> FilterInvalid:
    return FilterInvalid(f"{_shown(at)}：{what}")


def _shown(at: str) -> str:
    """The place of a fault; what is not written like a name of ours could be a value, and stays out of messages."""
    return ".".join(step if _STEP.fullmatch(step) else "…" for step in at[:400].split("."))[:120]
