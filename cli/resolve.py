"""`weinao resolve`: which records speak of the same person, organization, dwelling."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.console import print_json, print_table, progress
from cli.session import Json, opened


def register(root: typer.Typer) -> None:
    root.command("resolve")(resolve)


def resolve(
    kind: Annotated[str | None, typer.Option(help="只归一一类：person、organization、dwelling 或 household。")] = None,
    as_json: Json = False,
) -> None:
    """把各部门的记录归一到人、单位、房屋与家庭户；编号在多次运行之间保持不变。"""
    from services.resolving import resolve_all

    with opened() as weinao, progress() as bars:
        reports = resolve_all(weinao, kinds=[kind] if kind else None, progress=bars)
    if as_json:
        print_json({"runs": reports})
        return
    rows = [
        (r["label"], r["records"], r["entities"], r["created"], r["merged"], r["split"], r["seconds"]) for r in reports
    ]
    print_table("归一结果", ("类别", "记录", "实体", "新建", "合并", "拆分", "秒"), rows)
