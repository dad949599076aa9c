"""`weinao resolve`: which records speak of the same person, organization, dwelling."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.console import print_json, print_table, progress, say
from cli.session import Json, opened, reader_of


def register(root: typer.Typer) -> None:
    root.command("resolve")(resolve)
    root.command("train")(train)


def resolve(
    kind: Annotated[str | None, typer.Option(help="只归一一类：person、organization、dwelling 或 household。")] = None,
    as_json: Json = False,
) -> None:
    """把各部门的记录归一到人、单位、房屋与家庭户；编号在多次运行之间保持不变。"""
    from services.resolving import resolve_all

    with opened() as weinao, progress() as bars:
        reports = resolve_all(weinao, reader_of(weinao), kinds=[kind] if kind else None, progress=bars)
    if as_json:
        print_json({"runs": reports})
        return
    rows = [
        (r["label"], r["records"], r["entities"], r["created"], r["merged"], r["split"], r["seconds"]) for r in reports
    ]
    print_table("归一结果", ("类别", "记录", "实体", "新建", "合并", "拆分", "秒"), rows)


def train(
    kind: Annotated[str, typer.Argument(help="person、organization 或 dwelling。")],
    truth: Annotated[Path | None, typer.Option(help="真值目录；有标注时用它估计参数，没有时用 EM。")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="模型文件；默认写到本目录的 models 下，此后归一即用它。")
    ] = None,
    as_json: Json = False,
) -> None:
    """用这里的记录训练归一模型。不训练也能归一：程序自带在合成小镇上训练的模型。"""
    from services.training import train_model

    with opened() as weinao, progress() as bars:
        report = train_model(weinao, reader_of(weinao), kind, truth=truth, out=out, progress=bars)
    if as_json:
        print_json(report)
    else:
        say(f"已用 {report['records']:,} 条记录训练，模型在 {report['file']}")
