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
    """Lists and pages become branches; edges are shown as what they lead to."""
    for name, items, total in _lists(value):
        branch = tree.add(f"{name}（{len(items)}{'' if total in (None, len(items)) else f'，共 {total}'}）")
        if all(not _lists(item) for item in items):
            for line, count in _counted([_line(item) for item in items]):
                branch.add(line if count == 1 else f"{line} ×{count}")
            continue
        for item in items:
            _grow(branch.add(_line(item)), item)


def _lists(value: Any) -> list[tuple[str, list[Any], int | None]]:
    """(field, entries, how many there are in all where the answer says so), empty ones left out."""
    if not isinstance(value, dict):
        return []
    found: list[tuple[str, list[Any], int | None]] = []
    for name, item in value.items():
        entries = _entries(item)
        if entries is None:
            found += _lists(item)
        elif entries:
            found.append((name, entries, item.get("totalCount") if isinstance(item, dict) else None))
    return found


def _entries(value: Any) -> list[Any] | None:
    """What a list or a page of a connection holds; None for anything else."""
    if isinstance(value, dict):
        value = value.get("edges", value.get("nodes"))
    return value if isinstance(value, list) else None


def _line(value: Any) -> str:
    return "  ".join(_leaves(value)) or "（无）"


def _leaves(value: Any) -> list[str]:
    if _entries(value) is not None:
        return []
    if isinstance(value, dict):
        return [leaf for name, item in value.items() if name != _HIDDEN for leaf in _leaves(item)]
    return [] if value is None else [str(value)]


def _counted(lines: list[str]) -> list[tuple[str, int]]:
    return [(line, lines.count(line)) for line in dict.fromkeys(lines)]
