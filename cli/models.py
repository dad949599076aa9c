"""`weinao nlp train` and `weinao nlp evaluate`: models of complaint text that a city trains on its own history."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.console import print_json, print_table, progress, say
from cli.session import Json
from core.errors import InvalidSetting, TrainingDataInvalid

if TYPE_CHECKING:
    from nlp.training.report import CategoryReport, SpanReport

_NEEDED = ("scipy", "sklearn")
_LABELS = {"category": "诉求分类", "entities": "实体识别", "address": "地址切分"}

Text = Annotated[str | None, typer.Option("--text", help="分类文件中文本所在的列；通常的列名会自动认出。")]
Label = Annotated[str | None, typer.Option("--label", help="分类文件中类别所在的列；通常的列名会自动认出。")]


def register(nlp: typer.Typer) -> None:
    nlp.command()(train)
    nlp.command()(evaluate)


def train(
    out: Annotated[Path, typer.Option("--out", help="模型目录；每种模型一个子目录。")],
    category: Annotated[Path | None, typer.Option(help="已分类的诉求：CSV，一列文本，一列类别。")] = None,
    entities: Annotated[Path | None, typer.Option(help="已标注的实体：JSON Lines，形如 CLUENER。")] = None,
    address: Annotated[Path | None, typer.Option(help="已标注的地址：逐字的 BIO 标签，空行分隔。")] = None,
    address_test: Annotated[Path | None, typer.Option(help="测试用的地址文件；不给则留出五分之一。")] = None,
    accurate: Annotated[bool, typer.Option("--accurate", help="更准也更慢的设置（实体与地址）。")] = False,
    seed: Annotated[int, typer.Option(help="留出部分由它决定。")] = 1,
    licence: Annotated[str, typer.Option(help="数据的许可，写入模型卡。")] = "未注明",
    text: Text = None,
    label: Label = None,
    as_json: Json = False,
) -> None:
    """用本地已标注的历史数据训练模型，并在留出的部分上评测；数据不离开本机。

    例：weinao nlp train --category 历史工单.csv --out models
    """
    _require_training()
    from nlp.training.category import train_category
    from nlp.training.sequence import Setting, train_addresses, train_entities

    if not (category or entities or address):
        raise TrainingDataInvalid("没有可以训练的文件", remedy="请给出 --category、--entities 或 --address。")
    setting: Setting = "accurate" if accurate else "fast"
    told: dict[str, Any] = {}
    with progress() as bars:
        if category:
            made = train_category(
                category, out / "category", text=text, category=label, seed=seed, licence=licence, progress=bars
            )
            told["category"] = made
        if entities:
            told["entities"] = train_entities(
                entities, out / "entities", seed=seed, setting=setting, licence=licence, progress=bars
            )
        if address:
            told["address"] = train_addresses(
                address,
                out / "address",
                test=address_test,
                seed=seed,
                setting=setting,
                licence=licence,
                progress=bars,
            )
    if as_json:
        models = {
            kind: {"folder": str(made.folder), "version": made.version, "report": made.report.as_dict()}
            for kind, made in told.items()
        }
        print_json({"models": models})
        return
    for kind, made in told.items():
        _print_report(f"{_LABELS[kind]}（留出部分）", made.report)
        say(f"模型在 {made.folder}，版本 {made.version}；模型卡见其中的 CARD.md。")


def evaluate(
    model: Annotated[Path, typer.Option("--model", help="模型目录，例如 models/category。")],
    category: Annotated[Path | None, typer.Option(help="已分类的诉求（CSV）。")] = None,
    entities: Annotated[Path | None, typer.Option(help="已标注的实体（JSON Lines）。")] = None,
    address: Annotated[Path | None, typer.Option(help="已标注的地址（BIO）。")] = None,
    text: Text = None,
    label: Label = None,
    as_json: Json = False,
) -> None:
    """在一个已标注的文件上评测模型。

    例：weinao nlp evaluate --model models/category --category 新工单.csv
    """
    from nlp.training.evaluate import evaluate as measured

    given = {"category": category, "entities": entities, "address": address}
    chosen = [(kind, path) for kind, path in given.items() if path]
    if len(chosen) != 1:
        raise TrainingDataInvalid(
            "一次评测一个模型、一个文件", remedy="请恰好给出 --category、--entities、--address 之一。"
        )
    [(kind, path)] = chosen
    with progress() as bars:
        report = measured(model, path, kind=kind, text=text, category=label, progress=bars)
    if as_json:
        print_json({"kind": kind, "report": report.as_dict()})
    else:
        _print_report(_LABELS[kind], report)


def _require_training() -> None:
    if any(importlib.util.find_spec(name) is None for name in _NEEDED):
        raise InvalidSetting(
            "训练模型需要 scikit-learn，而它没有安装",
            remedy="请运行 .venv/bin/pip install -e '.[train]'；只使用训练好的模型不需要它。",
        )


def _print_report(title: str, report: CategoryReport | SpanReport) -> None:
    told: Mapping[str, Any] = report.as_dict()
    scores = told.get("categories") or told["labels"]
    rows = [[name, one["precision"], one["recall"], one["f1"], one["support"]] for name, one in scores.items()]
    if "total" in told:
        total = told["total"]
        rows.append(["合计", total["precision"], total["recall"], total["f1"], total["support"]])
    print_table(title, ("类别", "精确率", "召回率", "F1", "个数"), rows)
    if "macro_f1" in told:
        say(
            f"宏平均 F1 {told['macro_f1']:.4f}，准确率 {told['accuracy']:.4f}，校准误差 {told['calibration_error']:.4f}"
        )
