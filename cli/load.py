"""`weinao load`, `weinao feeds`: department files into the lake."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.console import print_json, print_table, progress
from cli.session import Json, opened, reader_of


def register(root: typer.Typer) -> None:
    root.command("load")(load)
    root.command("feeds")(feeds)


def load(
    source: Annotated[str, typer.Argument(help="装着各部门文件的目录；或一个来源的名字（见 weinao feeds）。")],
    file: Annotated[Path | None, typer.Argument(help="给出来源名字时，要加载的文件。")] = None,
    mapping: Annotated[Path | None, typer.Option(help="自己的映射文件（YAML），用于其他城市的导出。")] = None,
    as_json: Json = False,
) -> None:
    """加载部门文件。同一文件加载两次不会改变任何数据；有问题的行进入隔离区，其余照常入库。

    \b
    例：
      weinao load town                                     目录里能识别的文件全部加载
      weinao load housing_register export.csv              按内置映射加载一个文件
      weinao load complaints export.csv --mapping my.yaml  按自己的映射加载
    """
    from services.loading import load_feed, load_town

    with opened() as weinao, progress() as bars:
        if file is None:
            reports = load_town(weinao, reader_of(weinao), Path(source), progress=bars)
        else:
            reports = [load_feed(weinao, reader_of(weinao), source, file, mapping=mapping, progress=bars)]
    print_reports(reports, as_json=as_json)


def print_reports(reports: list[dict[str, object]], *, as_json: bool) -> None:
    if as_json:
        print_json({"loads": reports})
        return
    columns = ("feed", "rows", "accepted", "unchanged", "superseded", "quarantined", "status")
    names = ("来源", "行数", "入库", "未变", "更正", "隔离", "状态")
    print_table("加载结果", names, [[report[name] for name in columns] for report in reports])


def feeds(as_json: Json = False) -> None:
    """列出内置映射能识别的来源。"""
    from services.loading import known_feeds

    rows = known_feeds()
    if as_json:
        print_json({"feeds": rows})
    else:
        print_table("内置来源", ("来源", "名称", "部门", "文件"), [list(row.values()) for row in rows])
