"""`weinao export`: results as files for others."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.console import print_json, say
from cli.session import Json, opened, reader_of

app = typer.Typer(no_args_is_help=True, help="导出结果。")


@app.callback()
def group() -> None:
    """导出结果。"""


@app.command()
def assignments(
    out: Annotated[Path, typer.Option("--out", help="输出文件，.csv 或 .parquet。")],
    kind: Annotated[str, typer.Option(help="person、organization、dwelling 或 household。")] = "person",
    as_json: Json = False,
) -> None:
    """导出每条记录归到的实体：feed（来源）、record_key（记录键）、entity_id（实体编号）、probability、
    match_weight（与同一实体中最相近记录的匹配权重，单位比特；独立的记录为空）。"""
    from services.export import export_assignments

    with opened() as weinao:
        rows = export_assignments(weinao, reader_of(weinao), kind, out)
    if as_json:
        print_json({"kind": kind, "rows": rows, "file": str(out)})
    else:
        say(f"已导出 {rows:,} 行到 {out}")
