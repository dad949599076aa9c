"""`weinao ask`, `weinao serve`: GraphQL from the shell and over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.console import print_json, say
from cli.interrupts import forget
from cli.session import Purpose, opened


def register(root: typer.Typer) -> None:
    root.command("ask")(ask)
    root.command("serve")(serve)


def ask(
    file: Annotated[str, typer.Argument(help="GraphQL 查询文件；- 表示标准输入。")],
    variables: Annotated[str, typer.Option(help="变量，一个 JSON 对象。")] = "{}",
    purpose: Purpose = None,
) -> None:
    """执行一个 GraphQL 查询，结果为一个 JSON 对象；有错误时退出码为 1。

    例：echo '{ disputeGroups(limit: 3) { label score } }' | weinao ask -
    """
    import orjson

    from api.ask import ask as run
    from core.errors import QueryInvalid
    from services.identity import reader

    try:
        text = typer.get_text_stream("stdin").read() if file == "-" else Path(file).read_text(encoding="utf-8")
        values = orjson.loads(variables)
    except OSError as error:
        raise QueryInvalid(f"查询文件 {file} 无法读取：{error.strerror}") from None
    except orjson.JSONDecodeError:
        raise QueryInvalid("--variables 不是 JSON 对象") from None
    with opened() as weinao:
        weinao.store.verify()  # the database is up before the query's time counts
        result = run(weinao, reader(weinao.settings, purpose=purpose), text, values)
    print_json(result)
    if result.get("errors"):
        raise typer.Exit(1)


def serve(
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="端口，默认 WEINAO_PORT 或 8000。")] = None,
    host: Annotated[str | None, typer.Option(help="绑定的地址，默认 WEINAO_HOST 或 127.0.0.1。")] = None,
) -> None:
    """提供 GraphQL 与浏览器里的查询页，Ctrl-C 结束；内置图数据库随之启动和停止。"""
    from api.server import reserve
    from api.server import serve as run
    from services.identity import reader

    with opened() as weinao:
        address = host or weinao.settings.host
        reader(weinao.settings, host=address)  # refused before anything listens
        listener = reserve(address, port or weinao.settings.port)
        run(weinao, host=address, port=listener.getsockname()[1], listener=listener, on_ready=announce)
        forget()


def announce(url: str) -> None:
    say(f"GraphQL 与查询页：{url}（Ctrl-C 结束）")
