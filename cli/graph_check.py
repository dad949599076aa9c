"""`weinao graph check`: whether the graph holds what the lake says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.console import out, print_json, print_table, progress, say
from cli.session import Json, opened, reader_of

if TYPE_CHECKING:
    from services.graph_check import Check, Kind

app = typer.Typer(no_args_is_help=True, help="图谱与数据湖的核对。")

_FAULTS = {"missing": "图中缺少", "extra": "图中多出", "differing": "内容不同"}
_REMEDY = "请运行 weinao project --rebuild 按数据湖重建图谱；经常出现时，请查明是谁绕过 weinao 写了图数据库。"


@app.callback()
def group() -> None:
    """One command so far, and others to come: without this it would lose its name."""


@app.command()
def check(
    kind: Annotated[
        list[str] | None, typer.Option("--kind", help="只核对这一种节点或关系，例如 Person、LIVES_IN；可重复。")
    ] = None,
    counts: Annotated[bool, typer.Option("--counts", help="只比较数量，不逐项核对内容。")] = False,
    limit: Annotated[int, typer.Option(min=0, max=10_000, help="每种最多列出几个有差异的编号。")] = 20,
    as_json: Json = False,
) -> None:
    """逐项核对图谱与数据湖：各种节点与关系的数量、校验和，以及有差异的编号。一致时退出码为 0，否则为 1。"""
    from services.graph_check import check_graph

    with opened() as weinao, progress() as bars:
        found = check_graph(weinao, reader_of(weinao), kinds=kind or (), counts_only=counts, progress=bars)
    if as_json:
        print_json(found.as_dict(limit))
    else:
        _print(found, limit)
    if not found.same:
        say(f"图谱与数据湖不一致。{_REMEDY}")
        raise typer.Exit(1)


def _print(found: Check, limit: int) -> None:
    told = [kind.as_dict(limit) for kind in found.kinds if kind.lake or kind.graph]
    rows = [[one["kind"], one["lake"], one["graph"], _checksum(one), one["same"]] for one in told]
    print_table(f"图谱与数据湖（第 {found.seq} 批）", ("种类", "数据湖", "图谱", "校验和", "一致"), rows)
    for kind in found.kinds:
        if kind.faults:
            _print_faults(kind, limit)
    rate = found.rows / found.seconds if found.seconds else 0
    out.print(f"{found.rows:,} 项，{found.seconds:.1f} 秒，每秒 {rate:,.0f} 项")
    if found.moved:
        out.print(f"核对期间有 {found.moved:,} 项发生变更，已撇开。")


def _checksum(told: dict[str, Any]) -> str | None:
    ours, theirs = told["lake_checksum"], told["graph_checksum"]
    return ours if ours == theirs else f"{ours} ≠ {theirs}"


def _print_faults(kind: Kind, limit: int) -> None:
    shown = sorted(kind.faults.items())[:limit]
    title = f"{kind.name}：{len(kind.faults):,} 项有差异" + (
        f"，前 {len(shown)} 项" if len(shown) < len(kind.faults) else ""
    )
    print_table(title, ("编号", "差异"), [[key, _FAULTS[fault]] for key, fault in shown])
