"""`weinao ask`, `weinao serve`: GraphQL from the shell and over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import print_json, say
from cli.interrupts import forget
from cli.session import Purpose, opened, reader_of

if TYPE_CHECKING:
    from services.app import App

_MOST_WAIT = 5.0  # seconds that a change of the server waits for another process to end its writing


def register(root: typer.Typer) -> None:
    root.command("ask")(ask)
    root.command("serve")(serve)


def ask(
    file: Annotated[str | None, typer.Argument(help="GraphQL 查询文件；- 表示标准输入。")] = None,
    variables: Annotated[str, typer.Option(help="变量，一个 JSON 对象。")] = "{}",
    template: Annotated[str | None, typer.Option(help="改为运行一个查询模板：名称或中文名称。")] = None,
    var: Annotated[list[str] | None, typer.Option(help="模板的一个参数，写作 名称=值；可写多次。")] = None,
    purpose: Purpose = None,
) -> None:
    """执行一个 GraphQL 查询，结果为一个 JSON 对象；有错误时退出码为 1。

    \b
    例：echo '{ disputeGroups(limit: 3) { label score } }' | weinao ask -
        weinao ask --template 户情页 --var householdNo=HN-0001
        echo '{ templates { name label parameters { name type } } }' | weinao ask -
    """
    import orjson

    from api.ask import ask as run
    from api.templating import template as known
    from api.templating import values as values_of
    from core.errors import InvalidSetting, QueryInvalid

    if (file is None) == (template is None):
        raise InvalidSetting("请给出查询文件，或 --template 之一", remedy="weinao ask --help 有例子。")
    if var and template is None:
        raise InvalidSetting("--var 与 --template 同用", remedy="查询文件的变量写在 --variables 里，是一个 JSON 对象。")
    try:
        values = orjson.loads(variables)
    except orjson.JSONDecodeError:
        values = None
    if not isinstance(values, dict):
        raise QueryInvalid("--variables 不是 JSON 对象")
    with opened() as weinao:
        if template is not None:
            text = known(weinao, template).document
            values |= values_of(text, dict(map(_pair, var or ())))
        else:
            text = _text(str(file))
        weinao.store.verify()  # the database is up before the query's time counts
        result = run(weinao, reader_of(weinao, purpose), text, values)
    print_json(result)
    if result.get("errors"):
        raise typer.Exit(1)


def _text(file: str) -> str:
    from core.errors import QueryInvalid

    try:
        return typer.get_text_stream("stdin").read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except OSError as error:
        raise QueryInvalid(f"查询文件 {file} 无法读取：{error.strerror}") from None


def _pair(text: str) -> tuple[str, str]:
    from core.errors import QueryInvalid

    name, separator, value = text.partition("=")
    if not separator:
        raise QueryInvalid("--var 须写作 名称=值")
    return name.strip(), value


def serve(
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="端口，默认 WEINAO_PORT 或 8000。")] = None,
    host: Annotated[str | None, typer.Option(help="绑定的地址，默认 WEINAO_HOST 或 127.0.0.1。")] = None,
) -> None:
    """提供 GraphQL 与浏览器里的查询页，Ctrl-C 结束；内置图数据库随之启动和停止。"""
    from api.server import reserve
    from api.server import serve as run
    from services.identity import reader

    with opened(most_wait=_MOST_WAIT) as weinao:
        address = host or weinao.settings.host
        reader(weinao.settings, host=address)  # refused before anything listens
        listener = reserve(address, port or weinao.settings.port)
        _ready_schema(weinao)
        run(weinao, host=address, port=listener.getsockname()[1], listener=listener, on_ready=announce)
        forget()


def _ready_schema(weinao: App) -> None:
    """Index changes are made at once; a graph that has to be made anew is told of, and asked as it is."""
    from core.errors import GraphUnreachable
    from services.migrating import take_light_steps

    weinao.may_rebuild = False  # changes that come in are applied to the graph as it is
    try:
        missing = take_light_steps(weinao)
    except GraphUnreachable as error:  # the server starts all the same, and /readyz tells when the graph has come
        say(f"{error}：{error.advice}")
        return
    for step in missing:
        say(f"图谱结构缺第 {step.number} 步（{step.does}）：请运行 weinao project；在此之前，部分查询会缺内容。")


def announce(url: str) -> None:
    say(f"GraphQL 与查询页：{url}（Ctrl-C 结束）")
