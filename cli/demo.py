"""`weinao demo`: the whole way over a synthetic town."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.answers import print_answer
from cli.console import print_counts, print_json, print_table, progress, say
from cli.interrupts import forget
from cli.session import Json, opened, reader_of

if TYPE_CHECKING:
    from services.app import App
    from services.demo import Question


def register(root: typer.Typer) -> None:
    root.command("demo")(demo)


def demo(
    people: Annotated[
        int | None, typer.Option(min=300, max=1_000_000, help="人口数，默认 20000；已有小镇时默认用它。")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="随机种子，默认 1。")] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="丢弃这个目录里已有的小镇和由它得到的一切，重新来过。")
    ] = False,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="最后是否提供 GraphQL。")] = True,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="GraphQL 的端口，默认 8000。")] = None,
    as_json: Json = False,
) -> None:
    """造一座合成小镇，走完加载、归一、建图、标签、诉求解读，问三个问题，然后提供 GraphQL。

    例：weinao demo --people 2000 --no-serve
    """
    from api.server import reserve
    from api.server import serve as run
    from cli.query import announce
    from services.demo import prepare_town, questions
    from services.identity import reader

    with opened() as weinao, contextlib.ExitStack() as stack:
        settings = weinao.settings
        reader(settings, host=settings.host)
        listener = stack.enter_context(reserve(settings.host, port or settings.port)) if serve else None
        with weinao.writing():
            with progress() as bars:
                town = prepare_town(weinao, reader_of(weinao), people=people, seed=seed, fresh=fresh, progress=bars)
                report = _whole_way(weinao, bars)
            report["town"] = town
            report["questions"] = [_asked(weinao, question) for question in questions(weinao, reader_of(weinao))]
        if as_json:
            print_json(report)
        else:
            _print(report)
        if listener is None and not as_json:
            say("接下来：weinao serve 打开查询页；weinao disputes、weinao status、weinao quarantine list 看更多。")
        if listener is not None:
            run(weinao, host=settings.host, port=listener.getsockname()[1], listener=listener, on_ready=announce)
            forget()


def _whole_way(weinao: App, bars: Any) -> dict[str, Any]:
    from services.disputes import dispute_groups, group_row
    from services.evaluation import evaluate_resolution
    from services.identity import reader
    from services.loading import load_town
    from services.pipeline import update

    loads = load_town(weinao, reader_of(weinao), weinao.settings.town_dir, progress=bars)
    updated = update(weinao, reader_of(weinao), progress=bars)
    context = reader(weinao.settings)
    return {
        "loads": loads,
        **updated,
        "resolution": evaluate_resolution(weinao, reader_of(weinao), weinao.settings.town_dir / "truth"),
        "disputes": [group_row(group) for group in dispute_groups(weinao, context, limit=8)],
    }


def _asked(weinao: App, question: Question) -> dict[str, Any]:
    from api.ask import ask
    from services.identity import reader

    answer = ask(weinao, reader(weinao.settings), question.query, question.variables)
    return {"title": question.title, "query": question.query, "variables": question.variables, "answer": answer}


def _print(report: dict[str, Any]) -> None:
    from cli.evaluate import print_scores
    from cli.load import print_reports

    print_reports(report["loads"], as_json=False)
    runs = [(r["label"], r["records"], r["entities"]) for r in report["runs"]]
    print_table("归一：记录与实体", ("类别", "记录", "实体"), runs)
    print_scores(report["resolution"])
    print_counts("诉求解读（本次）", report["reading"])
    print_counts("图谱（本次）", report["graph"])
    print_counts("诉求里提到的各方（本次）", report["links"])
    tags = [(row["label"], row["bearers"], row["gained"], row["ended"]) for row in report["tags"]]
    print_table("动态标签", ("标签", "对象数", "新增", "结束"), tags)
    groups = [list(row.values())[1:] for row in report["disputes"]]
    print_table("纠纷网络", ("形态", "当事方", "事件数", "得分", "首次", "最近"), groups)
    for number, asked in enumerate(report["questions"], 1):
        print_answer(number, asked)
