"""`weinao resolve`: which records speak of the same person, organization, dwelling."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cli.console import print_json, print_table, progress, say
from cli.session import Json, opened, reader_of


def register(root: typer.Typer) -> None:
    root.command("resolve")(resolve)
    root.command("train")(train)


def resolve(
    kind: Annotated[str | None, typer.Option(help="只归一一类：person、organization、dwelling 或 household。")] = None,
    full: Annotated[
        bool, typer.Option("--full", help="全部重新归一：重新学习参数、频率与阈值。默认只处理有变化的记录。")
    ] = False,
    as_json: Json = False,
) -> None:
    """把各部门的记录归一到人、单位、房屋与家庭户；编号在多次运行之间保持不变。

    第一次是全量；以后变化不超过二十分之一时只处理变化所及的实体，参数与阈值沿用上一次全量归一。
    """
    from services.resolving import resolve_all

    with opened() as weinao, progress() as bars:
        kinds = [kind] if kind else None
        reports = resolve_all(weinao, reader_of(weinao), kinds=kinds, full=full, progress=bars)
    if as_json:
        print_json({"runs": reports})
        return
    names = ("类别", "方式", "记录", "实体", "新建", "合并", "拆分", "消失", "秒")
    rows = [
        (r["label"], _mode(r), r["records"], r["entities"], *(r.get(c, 0) for c in _CHANGES), r["seconds"])
        for r in reports
    ]
    print_table("归一结果", names, rows)
    print_decisions([r for r in reports if _mode(r) == "全量" and r["report"].get("decision")])


def print_decisions(reports: list[dict[str, Any]]) -> None:
    """What each step of a full run decided: the threshold, the review band, and the pairs on either side."""
    for run in reports:
        report = run["report"]
        chosen, clusters = report["decision"], report["clustering"]
        say(
            f"{run['label']}：{report['records']:,} 条记录，合并完全相同的之后 {report['compared']:,} 条，比较 "
            f"{report['pairs']:,} 对；阈值 {chosen['threshold']:.1f} 位（{_BASIS[chosen['basis']]}），以上 "
            f"{chosen['accepted']:,} 对，以下 {chosen['rejected']:,} 对；{chosen['lower']:.1f} 到 "
            f"{chosen['upper']:.1f} 位间 {chosen['doubtful']:,} 对可疑；聚类另拆开 {clusters['dropped_links']:,} 对。"
        )


_CHANGES = ("created", "merged", "split", "retired")
_BASIS = {"anchor": "由证件号校准", "mixture": "由分数的分布", "prior": "由模型本身"}


def _mode(run: dict[str, Any]) -> str:
    if run["skipped"]:
        return "无变化"
    return {"full": "全量", "incremental": "增量"}[run.get("mode", "full")]


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
