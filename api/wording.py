"""What is said about a query that does not parse or does not fit the schema.

The library's messages quote the query, and a query can hold a citizen id or a phone number; so its messages are
never passed on. What goes out is ours, with the position in the query and, at most, names of the query that look
like names.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

_NAME: Final = re.compile(r"[_A-Za-z][_0-9A-Za-z]{0,39}")
_DIGITS: Final = re.compile(r"\d{4}")

_PATTERNS: Final[tuple[tuple[re.Pattern[str], str], ...]] = tuple(
    (re.compile(pattern), text)
    for pattern, text in (
        (r"Cannot query field '([^']*)' on type '([^']*)'", "类型 {1} 没有字段 {0}"),
        (r"Unknown argument '([^']*)' on field '([^']*)'", "{1} 没有参数 {0}"),
        (r"Unknown argument '([^']*)' on directive '([^']*)'", "指令 {1} 没有参数 {0}"),
        (r"Argument '([^'(]*)\(([^':]*):\)' of type '[^']*' is required", "{0} 缺少参数 {1}"),
        (r"There can be only one argument named '([^']*)'", "参数 {0} 写了两次"),
        (r"Field '([^']*)' of type '[^']*' must have a selection of subfields", "字段 {0} 须写出要取的下级字段"),
        (r"Field '([^']*)' must not have a selection", "字段 {0} 没有下级字段"),
        (r"Fields '([^']*)' conflict", "字段 {0} 重名而内容不同，请用别名"),
        (r"Variable '\$([^']*)' is not defined", "变量 {0} 没有声明"),
        (r"Variable '\$([^']*)' is never used", "变量 {0} 没有用到"),
        (r"Variable '\$([^']*)' cannot be non-input type", "变量 {0} 的类型不能用作输入"),
        (r"Variable '\$([^']*)' of (?:required|non-null) type .* (?:provided|null)", "变量 {0} 没有给值"),
        (r"Variable '\$([^']*)' of type '[^']*' used in position", "变量 {0} 的类型与参数不符"),
        (r"There can be only one variable named '\$([^']*)'", "变量 {0} 声明了两次"),
        (r"There can be only one (?:operation|fragment) named '([^']*)'", "{0} 写了两次"),
        (r"anonymous operation must be the only", "有几个操作时，每个都要有名称"),
        (r"Unknown fragment '([^']*)'", "没有片段 {0}"),
        (r"Cannot spread fragment '([^']*)' within itself", "片段 {0} 引用了自己"),
        (r"Fragment '([^']*)' is never used", "片段 {0} 没有用到"),
        (r"Fragment .*cannot be spread here", "片段的类型与这里不符"),
        (r"Unknown type '([^']*)'", "没有类型 {0}"),
        (r"Unknown directive '@([^']*)'", "没有指令 {0}"),
        (r"Syntax Error: Unterminated string", "语法错误：字符串没有结束"),
        (r"Syntax Error: Expected .*found <EOF>", "语法错误：查询没有写完，请检查括号"),
        (r"Syntax Error", "语法错误"),
        (r"a Date is written", "日期要写成 YYYY-MM-DD"),
        (r"a DateTime is written", "时间要按 ISO 8601 书写"),
        (r"32-bit", "整数太大"),
        (r"cannot represent|Expected value of|Expected type", "参数值的类型不对"),
    )
)
# Of a variable the library tells where in it and what is wrong, in this form; names on the way are the schema's.
_VARIABLE: Final = re.compile(r"Variable '\$([^']*)' has invalid value(?: at ([\w.\[\]]+))?: (.*)", re.DOTALL)
_FAULTS: Final[tuple[tuple[re.Pattern[str], str], ...]] = tuple(
    (re.compile(pattern), text)
    for pattern, text in (
        (r"Expected value of type '\w+' not to include unknown field '([^']*)'", "没有 {0} 这一项"),
        (r"Expected value of type '\w+' to include required field '([^']*)'", "缺少 {0}"),
        (r"Expected value of type '\w+' to be an object", "应为对象 {{…}}"),
        (r"Expected value of non-null type", "不能为空"),
        (r"Int cannot represent non 32-bit", "整数太大"),
        (r"Int cannot represent", "应为整数"),
        (r"Float cannot represent", "应为数字"),
        (r"Boolean cannot represent", "应为 true 或 false"),
        (r"String cannot represent", "应为文字"),
        (r"ID cannot represent", "应为编号"),
        (r"a Date is written", "应为日期，写成 YYYY-MM-DD"),
        (r"a DateTime is written", "应为时间，按 ISO 8601 书写"),
        (r"(?:Value .* does not exist in|Enum) '(\w+)'", "不是 {0} 中的值"),
    )
)
_OTHERWISE: Final = "查询与模式不符"
_SUGGESTION: Final = re.compile(r"Did you mean (.*)\?")
_QUOTED: Final = re.compile(r"'([_A-Za-z][_0-9A-Za-z]*)'")


def explain(message: str, known: Callable[[str], bool], position: tuple[int, int] | None = None) -> str:
    """Our words for a message of the GraphQL library.

    `known` tells the names of the schema; other names are repeated only where they cannot be an identifier of a
    person. `position` is line and column.
    """
    text = _of_variable(message, known) or _first(_PATTERNS, message, known) or _OTHERWISE
    if (meant := _SUGGESTION.search(message)) and text != _OTHERWISE:
        names = [name for name in _QUOTED.findall(meant[1]) if known(name)]
        if names:
            text += f"，是否指 {'、'.join(names)}"
    return f"{text}（第 {position[0]} 行第 {position[1]} 列）" if position else text


def _of_variable(message: str, known: Callable[[str], bool]) -> str | None:
    """Where in a variable something is wrong, and what: 变量 f 的值不合要求：and[0].age 没有 gtee 这一项."""
    found = _VARIABLE.match(message)
    if found is None:
        return None
    name, path, fault = found.groups()
    told = _first(_FAULTS, fault, known, whole=True)
    text = f"变量 {_name(name, known)} 的值不合要求"
    parts = [part for part in ((path or "").removeprefix("."), told) if part]
    return f"{text}：{' '.join(parts)}" if parts else text


def _first(
    patterns: tuple[tuple[re.Pattern[str], str], ...],
    message: str,
    known: Callable[[str], bool],
    *,
    whole: bool = False,
) -> str | None:
    for pattern, ours in patterns:
        if found := (pattern.match(message) if whole else pattern.search(message)):
            groups = [group for group in found.groups() if group is not None]
            return ours.format(*(_name(group, known) for group in groups))
    return None


def _name(text: str, known: Callable[[str], bool]) -> str:
    plain = all(known(part) or (_NAME.fullmatch(part) and not _DIGITS.search(part)) for part in text.split("."))
    return text if plain else "…"
