"""`weinao nlp`: complaint text into linked events."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from cli import models
from cli.console import print_counts, print_json, print_table, progress
from cli.session import Json, opened, reader_of
from core.errors import FileUnreadable

app = typer.Typer(no_args_is_help=True, help="诉求解读：谁、在哪、什么事、针对谁。")


def register(root: typer.Typer) -> None:
    models.register(app)
    root.add_typer(app, name="nlp")


@app.command()
def run(as_json: Json = False) -> None:
    """解读数据湖中尚未解读的诉求，结果随下一次归一与建图连入图谱。"""
    from services.reading import read_events

    with opened() as weinao, progress() as bars:
        report = read_events(weinao, reader_of(weinao), progress=bars)
    if as_json:
        print_json(report)
    else:
        print_counts("诉求解读", report)


@app.command()
def read(
    file: Annotated[str, typer.Argument(help="每行一条诉求的文本文件；- 表示标准输入。")] = "-",
    as_json: Json = False,
) -> None:
    """解读给出的文本并显示结果，不入库。

    例：echo '桂花苑3栋楼上天天半夜装修，物业也不管' | weinao nlp read -
    """
    from services.reading import preview

    with opened() as weinao:
        readings = [preview(weinao, reader_of(weinao), line.strip()) for line in _lines(file) if line.strip()]
    if as_json:
        print_json({"readings": readings})
        return
    for reading in readings:
        print_table(reading["title"], ("项", "内容"), reading["rows"])


def _lines(file: str) -> list[str]:
    if file == "-":
        return sys.stdin.read().splitlines()
    try:
        return Path(file).read_text(encoding="utf-8-sig", errors="replace").splitlines()
    except OSError as error:
        raise FileUnreadable(f"{file} 无法读取：{error.strerror}", remedy="请核对文件路径与权限。") from None
