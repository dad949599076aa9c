"""`weinao`: the root command, and how errors end it."""

from __future__ import annotations

import sys
from typing import NoReturn

import typer

from cli import (
    audit,
    complaints,
    database,
    demo,
    disputes,
    evaluate,
    explain,
    export,
    find,
    graph,
    graph_check,
    history,
    load,
    network,
    quarantine,
    query,
    resolve,
    review,
    status,
    tags,
    town,
)
from cli.console import err
from cli.interrupts import interrupted, watch
from core.errors import InternalFailure, WeinaoError

_INTERRUPTED = 130

_HELP = """
微脑 Weinao：基层治理的知识图谱与实体归一后端。

各部门的文件 → 数据湖 → 同一个人、房屋、单位归一 → 图谱与标签 → 诉求解读 → GraphQL 查询与纠纷网络。

\b
第一次使用：
  weinao demo --people 2000        造一座小镇，走完全程，并打开 GraphQL
  weinao load 目录                 加载各部门文件（weinao feeds 列出来源）
  weinao update                    解读诉求、归一、建图、打标签，一步完成
  weinao serve                     在 http://127.0.0.1:8000/graphql 提供查询

状态都在 WEINAO_HOME（默认为检出目录下的 .weinao）。给出数字的命令都可加 --json。
"""

app = typer.Typer(
    name="weinao",
    help=_HELP,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
for module in (demo, town, load, complaints, resolve, review, explain, graph, query, find, disputes, network, status):
    module.register(app)
for name, group in (
    ("quarantine", quarantine.app),
    ("review", review.app),
    ("history", history.app),
    ("evaluate", evaluate.app),
    ("tag", tags.app),
    ("export", export.app),
    ("db", database.app),
    ("graph", graph_check.app),
    ("audit", audit.app),
):
    app.add_typer(group, name=name)


def main() -> None:
    """Run the command line; a known error ends it with its code and remedy, Ctrl-C with 130."""
    watch()
    try:
        app()
    except SystemExit as end:
        if end.code == _INTERRUPTED or interrupted():
            _end_interrupted()
        raise
    except BaseException as error:
        if interrupted():
            _end_interrupted()
        if not isinstance(error, Exception):
            raise
        if not isinstance(error, WeinaoError):
            error = _logged(error)
        err.print(f"{error.code} {error.title}：{error.message}", style="bold red", soft_wrap=True)
        err.print(f"  办法：{error.advice}", soft_wrap=True)
        sys.exit(70 if isinstance(error, InternalFailure) else 1)


def _end_interrupted() -> NoReturn:
    err.print("已中断；已提交的数据都在，重跑即可继续。")
    sys.exit(_INTERRUPTED)


def _logged(error: Exception) -> InternalFailure:
    """Log where something unknown failed, not what it said: its message may hold personal data."""
    import secrets
    import traceback

    import structlog

    reference = secrets.token_hex(4)
    frames = "".join(traceback.format_tb(error.__traceback__))
    structlog.get_logger("cli").error("command failed", reference=reference, kind=type(error).__name__, frames=frames)
    return InternalFailure(
        f"命令没有完成，参考号 {reference}（{type(error).__name__}）",
        remedy="查看 WEINAO_HOME/log/weinao.log 中带此参考号的一条，并告知管理员。",
    )
