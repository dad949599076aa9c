"""`weinao nlp train`, `evaluate` and `models`: models of complaint text that a city trains on its own history."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.console import print_json, print_table, progress, say
from cli.session import Json, opened, reader_of
from core.errors import InvalidSetting, TrainingDataInvalid

if TYPE_CHECKING:
    from nlp.models.inuse import Kept
    from nlp.training.report import CategoryReport, SpanReport

_NEEDED = ("scipy", "sklearn")
_NEXT = "接下来请运行 weinao update：已有的诉求重新解读，图随之更新。"
_LABELS = {"category": "诉求分类", "entities": "实体识别", "address": "地址切分"}

Text = Annotated[str | None, typer.Option("--text", help="分类文件中文本所在的列；通常的列名会自动认出。")]
Label = Annotated[str | None, typer.Option("--label", help="分类文件中类别所在的列；通常的列名会自动认出。")]


models = typer.Typer(invoke_without_command=True, help="本机的文本模型：有哪些、在用哪个、换用与退回。")

_KIND = typer.Argument(help="category、entities 或 address。", metavar="KIND")


def register(nlp: typer.Typer) -> None:
    nlp.command()(train)
    nlp.command()(evaluate)
    nlp.add_typer(models, name="models")


@models.callback()
def listed(context: typer.Context, as_json: Json = False) -> None:
    """列出本机的文本模型：种类、版本、训练时间、评测结果、是否在用。"""
    if context.invoked_subcommand is not None:
        return
    from services.text_models import text_models

    with opened(start_database=False) as weinao:
        found = text_models(weinao, reader_of(weinao))
    if as_json:
        print_json({"models": [asdict(model) for model in found]})
        return
    if not found:
        say("还没有训练的模型，解读全部使用自带的规则；训练见 weinao nlp train。")
        return
    rows = [
        [
            _LABELS[model.kind],
            model.version,
            model.made_at.replace("T", " ") or "—",
            model.figures.get("f1"),
            "，".join(filter(None, ("在用" if model.in_use else "", model.fault))),
        ]
        for model in found
    ]
    print_table("文本模型", ("种类", "版本编号", "训练时间", "F1", "状态"), rows)


@models.command()
def use(
    model: Annotated[str, typer.Argument(help="训练得到的模型目录、ONNX 导出目录，或本机已有的版本编号。")],
    taxonomy: Annotated[
        Path | None, typer.Option(help="模型的类别名与诉求分类表编码的对照：CSV，列 name 与 code。")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="模型只认识少数类别或训练数据很少时，仍然使用。")] = False,
    as_json: Json = False,
) -> None:
    """使用一个模型：复制到本机，逐字节核对并试读；之后的解读都用它，旧的解读在下次 weinao update 时重做。

    例：weinao nlp models use models/category
    """
    from services.text_models import use_model

    with opened(start_database=False) as weinao:
        taken = use_model(weinao, reader_of(weinao), model, taxonomy=taxonomy, narrow=yes)
    if as_json:
        print_json({"model": asdict(taken)})
    else:
        say(f"{_LABELS[taken.kind]}改用模型 {taken.version}{_knows(taken)}。{_NEXT}")


@models.command()
def back(kind: Annotated[str, _KIND], as_json: Json = False) -> None:
    """退回此前使用的模型。"""
    from services.text_models import back_to_earlier

    with opened(start_database=False) as weinao:
        version = back_to_earlier(weinao, reader_of(weinao), kind)
    _told(kind, version, as_json)


@models.command()
def off(kind: Annotated[str, _KIND], as_json: Json = False) -> None:
    """停用模型，回到自带的规则；模型仍留在本机。"""
    from services.text_models import without_model

    with opened(start_database=False) as weinao:
        without_model(weinao, reader_of(weinao), kind)
    _told(kind, None, as_json)


def _told(kind: str, version: str | None, as_json: bool) -> None:
    if as_json:
        print_json({"kind": kind, "version": version})
    else:
        say(f"{_LABELS[kind]}现在使用{f'模型 {version}' if version else '自带的规则'}。{_NEXT}")


def _knows(model: Kept) -> str:
    known = model.coverage
    if known is None:
        return ""
    rows = f"，用 {known.rows:,} 条训练" if known.rows is not None else ""
    f1 = f"，留出部分的 F1 {model.figures['f1']:.2f}" if "f1" in model.figures else ""
    return f"：认识 {known.total} 个二级类别中的 {known.known} 个{rows}{f1}"


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
        say(f"使用它：weinao nlp models use {made.folder}")


def evaluate(
    model: Annotated[Path | None, typer.Option("--model", help="模型目录，例如 models/category。")] = None,
    category: Annotated[Path | None, typer.Option(help="已分类的诉求（CSV）。")] = None,
    entities: Annotated[Path | None, typer.Option(help="已标注的实体（JSON Lines）。")] = None,
    address: Annotated[Path | None, typer.Option(help="已标注的地址（BIO）。")] = None,
    parties: Annotated[
        Path | None, typer.Option(help="列出当事人的纠纷（JSON Lines）；评测解读器，不需要模型。")
    ] = None,
    text: Text = None,
    label: Label = None,
    as_json: Json = False,
) -> None:
    """在一个已标注的文件上评测模型，或评测解读器读出的当事人。

    例：weinao nlp evaluate --model models/category --category 新工单.csv
    """
    given = {"category": category, "entities": entities, "address": address, "parties": parties}
    chosen = [(kind, path) for kind, path in given.items() if path]
    if len(chosen) != 1:
        raise TrainingDataInvalid(
            "一次评测一个模型、一个文件", remedy="请恰好给出 --category、--entities、--address、--parties 之一。"
        )
    [(kind, path)] = chosen
    if kind == "parties":
        _evaluate_parties(path, as_json=as_json)
        return
    if model is None:
        raise TrainingDataInvalid("没有指定要评测的模型", remedy="请用 --model 给出模型目录。")
    from nlp.training.evaluate import evaluate as measured

    with progress() as bars:
        report = measured(model, path, kind=kind, text=text, category=label, progress=bars)
    if as_json:
        print_json({"kind": kind, "report": report.as_dict()})
    else:
        _print_report(_LABELS[kind], report)


def _evaluate_parties(path: Path, *, as_json: bool) -> None:
    from nlp.gazetteer import Gazetteer
    from nlp.training.parties import evaluate_parties

    with progress() as bars:
        told = evaluate_parties(path, Gazetteer(), progress=bars).as_dict()
    if as_json:
        print_json({"kind": "parties", "report": told})
        return
    names = {"precision": "精确率", "recall": "召回率", "f1": "F1", "listed": "列出", "found": "读出", "right": "读对"}
    print_table("当事人", tuple(names.values()), [[told[name] for name in names]])


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
    if unknown := told.get("unknown"):
        which = "、".join(f"{name} {count:,} 条" for name, count in unknown.items())
        say(f"{sum(unknown.values()):,} 条的类别模型不认识，没有计入：{which}")
    if "macro_f1" in told:
        say(
            f"宏平均 F1 {told['macro_f1']:.4f}，准确率 {told['accuracy']:.4f}，校准误差 {told['calibration_error']:.4f}"
        )
