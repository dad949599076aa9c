"""`weinao audit`: look at the audit log."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.console import out, print_json, print_table
from cli.session import Json, opened

app = typer.Typer(no_args_is_help=True, help="审计日志：谁、为何、读了谁。")


@app.command("list")
def list_entries(
    limit: Annotated[int, typer.Option(min=1, help="显示最近几条。")] = 20,
    as_json: Json = False,
) -> None:
    """列出最近的审计记录。"""
    with opened() as weinao:
        entries = list(weinao.audit.entries())[-limit:]
    if as_json:
        print_json({"entries": entries})
        return
    columns = ("at", "subject", "role", "purpose", "action", "count")
    rows = [[str(entry["at"])[:19], *(entry.get(name) for name in columns[1:])] for entry in entries]
    print_table("审计记录", ("时间（UTC）", "读者", "角色", "用途", "操作", "对象数"), rows)


@app.command("verify")
def verify(as_json: Json = False) -> None:
    """核对审计链：有行被改动或删除时指出位置，退出码为 1。"""
    with opened() as weinao:
        broken = weinao.audit.verify()
    if as_json:
        print_json({"intact": not broken, "broken": broken})
    else:
        out.print("审计链完整。" if not broken else "审计链在这些位置断开：" + "、".join(broken))
    if broken:
        raise typer.Exit(1)
