"""`weinao project`, `weinao update`: from the lake to the graph."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.console import print_counts, print_json, progress
from cli.session import Json, opened, reader_of
from cli.tags import print_taggings


def register(root: typer.Typer) -> None:
    root.command("project")(project)
    root.command("update")(update)


def project(
    rebuild: Annotated[bool, typer.Option("--rebuild", help="清空图谱，按数据湖的现状重建。")] = False,
    full: Annotated[bool, typer.Option("--full", help="全部重新连接，而不只连接有变化的部分。")] = False,
    as_json: Json = False,
) -> None:
    """把归一结果、关系与事件连成图谱；中断后重跑会从断点继续。"""
    from services.projecting import link_and_project

    with opened() as weinao, progress() as bars:
        report = link_and_project(weinao, reader_of(weinao), rebuild=rebuild, full=full, progress=bars)
    if as_json:
        print_json(report)
    else:
        print_counts("图谱", report)


def update(as_json: Json = False) -> None:
    """加载之后的全部步骤：解读诉求、归一、建图、打标签。没有变化的步骤自动跳过。"""
    from services.pipeline import update as run

    with opened() as weinao, progress() as bars:
        report = run(weinao, reader_of(weinao), progress=bars)
    if as_json:
        print_json(report)
        return
    print_counts("诉求解读", report["reading"])
    print_counts("图谱", report["graph"])
    print_counts("诉求里提到的各方", report["links"])
    print_taggings(report["tags"])
