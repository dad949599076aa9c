"""`weinao quarantine`: rows that were set aside, and why."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.console import out, print_json, progress
from cli.session import Json, Purpose, opened, reader_of

app = typer.Typer(no_args_is_help=True, help="隔离区：有问题的行、原因与办法；更正后可重试。")


@app.command("list")
def list_rows(
    feed: Annotated[str | None, typer.Option(help="只看一个来源。")] = None,
    limit: Annotated[int, typer.Option(min=1, help="最多显示几条。")] = 50,
    as_json: Json = False,
) -> None:
    """列出隔离的行：文件、行号、列、原因与办法（不含行内的值）。"""
    from services.quarantine import listed

    with opened() as weinao:
        entries, total = listed(weinao, reader_of(weinao), feed=feed, limit=limit)
    if as_json:
        print_json({"total": total, "entries": entries})
        return
    out.print(f"隔离区共 {total} 条，显示 {len(entries)} 条。")
    for entry in entries:
        place = f"{entry['file']} 第 {entry['line']} 行，列 {entry['column'] or '—'}"
        out.print(f"{entry['entry_id']}  {place}", soft_wrap=True)
        out.print(f"    {entry['message']}；{entry['remedy']}", soft_wrap=True)


@app.command()
def show(
    entry_id: Annotated[str, typer.Argument(help="编号，见 weinao quarantine list。")],
    purpose: Purpose = None,
    as_json: Json = False,
) -> None:
    """显示一条隔离的行。行内的值打了掩码；说明用途（--purpose）后显示原文，并记入审计。"""
    from services.quarantine import shown

    with opened() as weinao:
        entry = shown(weinao, reader_of(weinao, purpose), entry_id)
    if as_json:
        print_json(entry)
        return
    for name, value in entry.items():
        out.print(f"{name}：{value}")


@app.command()
def retry(
    feed: Annotated[str | None, typer.Option(help="只重试一个来源。")] = None,
    as_json: Json = False,
) -> None:
    """按现在的映射与规则重新处理隔离的行，通过的入库。"""
    from services.quarantine import retried

    with opened() as weinao, progress() as bars:
        result = retried(weinao, reader_of(weinao), feed=feed, progress=bars)
    if as_json:
        print_json(result)
    else:
        out.print(f"重试 {result['tried']} 行，入库 {result['accepted']} 行，仍在隔离区 {result['remaining']} 行。")
