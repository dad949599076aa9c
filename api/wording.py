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
        (r"Variable '\$([^']*)' (?:has|got) invalid value", "变量 {0} 的值不合要求"),
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
_OTHERWISE: Final = "查询与模式不符"
_SUGGESTION: Final = re.compile(r"Did you mean (.*)\?")
_QUOTED: Final = re.compile(r"'([_A-Za-z][_0-9A-Za-z]*)'")


def explain(message: str, known: Callable[[str], bool], position: tuple[int, int] | None = None) -> str:
    """Our words for a message of the GraphQL library.

    `known` tells the names of the schema; other names are repeated only where they cannot be an identifier of a
    person. `position` is line and column.
    """
    text = _OTHERWISE
    for pattern, ours in _PATTERNS:
        if found := pattern.search(message):
            groups = [group for group in found.groups() if group is not None]
            text = ours.format(*(_name(group, known) for group in groups))
            break
    if (meant := _SUGGESTION.search(message)) and text != _OTHERWISE:
        names = [name for name in _QUOTED.findall(meant[1]) if known(name)]
        if names:
            text += f"，是否指 {'、'.join(names)}"
    return f"{text}（第 {position[0]} 行第 {position[1]} 列）" if position else text


def _name(text: str, known: Callable[[str], bool]) -> str:
    plain = all(known(part) or (_NAME.fullmatch(part) and not _DIGITS.search(part)) for part in text.split("."))
    return text if plain else "…"
