"""Answers of GraphQL as trees that people read."""

from __future__ import annotations

from typing import Any

import orjson
from rich.tree import Tree

from cli.console import out

_HIDDEN = "__typename"


def print_answer(number: int, asked: dict[str, Any]) -> None:
    """A question in words, the query that asks it, and its answer; raw JSON is what `weinao ask` is for."""
    out.rule(f"问题 {number} · {asked['title']}", align="left")
    out.print(asked["query"].strip(), style="dim", soft_wrap=True)
    out.print(f"变量：{orjson.dumps(asked['variables']).decode()}", style="dim", soft_wrap=True)
    answer = asked["answer"]
    for error in answer.get("errors") or ():
        out.print(error["message"], style="red")
    for name, value in (answer.get("data") or {}).items():
        tree = Tree(f"{name}：{_line(value)}", guide_style="dim")
        _grow(tree, value)
        out.print(tree)


def _grow(tree: Tree, value: Any) -> None:
    """Lists become branches; links are shown as what they lead to."""
    for name, items in _lists(value):
        branch = tree.add(f"{name}（{len(items)}）")
        if all(not _lists(item) for item in items):
            for line, count in _counted([_line(item) for item in items]):
                branch.add(line if count == 1 else f"{line} ×{count}")
            continue
        for item in items:
            _grow(branch.add(_line(item)), item)


def _lists(value: Any) -> list[tuple[str, list[Any]]]:
    if not isinstance(value, dict):
        return []
    own = [(name, item) for name, item in value.items() if isinstance(item, list) and item]
    return own + [pair for item in value.values() for pair in _lists(item)]


def _line(value: Any) -> str:
    return "  ".join(_leaves(value)) or "（无）"


def _leaves(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [leaf for name, item in value.items() if name != _HIDDEN for leaf in _leaves(item)]
    return [] if value is None or isinstance(value, list) else [str(value)]


def _counted(lines: list[str]) -> list[tuple[str, int]]:
    return [(line, lines.count(line)) for line in dict.fromkeys(lines)]
