"""`weinao disputes`: the dispute network."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.console import print_json, print_table
from cli.session import Json, opened


def register(root: typer.Typer) -> None:
    root.command("disputes")(disputes)


def disputes(
    limit: Annotated[int, typer.Option(min=1, max=200, help="每种形态最多显示几组。")] = 5,
    as_json: Json = False,
) -> None:
    """纠纷网络：关联纠纷群、反复纠纷双方、一对多集中投诉。"""
    from services.disputes import dispute_groups, group_row
    from services.identity import reader

    with opened() as weinao:
        groups = dispute_groups(weinao, reader(weinao.settings), limit=limit)
        rows = [group_row(group) for group in groups]
    if as_json:
        print_json({"groups": rows})
    else:
        print_table(
            "纠纷网络", ("形态", "当事方", "事件数", "得分", "首次", "最近"), [list(row.values())[1:] for row in rows]
        )
