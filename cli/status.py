"""`weinao status`: what is there."""

from __future__ import annotations

import typer

from cli.console import print_json, print_table
from cli.session import Json, opened

_LAG = {"batches": "未投影的批次", "rows": "未投影的变更", "seconds": "落后秒数"}


def register(root: typer.Typer) -> None:
    root.command("status")(status)


def status(as_json: Json = False) -> None:
    """数据湖各表的版本与行数，以及图谱是否跟上、落后多少。"""
    from services.readiness import lake_tables, readiness

    with opened(start_database=False) as weinao:
        tables = lake_tables(weinao)
        graph = readiness(weinao)
    if as_json:
        print_json({"tables": tables, "graph": graph})
        return
    print_table("数据湖", ("表", "版本", "行数"), [list(row.values()) for row in tables])
    lag = graph.pop("lag") or {}
    if not graph["graph"]:
        graph |= dict.fromkeys(("schema", "projected"), "未知（图数据库没有运行）")
    rows = [*graph.items(), *((_LAG[name], value) for name, value in lag.items())]
    print_table("图谱", ("项", "状态"), rows)
