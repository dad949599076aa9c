"""Labelled files of made-up words, small enough to train on in a second or two."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path

import pytest

MATTERS = {
    "噪音扰民": ("半夜装修", "广场音响", "施工打桩", "楼上敲击", "汽车鸣笛"),
    "停车管理": ("占用车位", "乱停乱放", "堵住出口", "收费过高", "没有车位"),
    "供水供电": ("水压不足", "停水两天", "水管爆裂", "自来水发黄", "水费算错"),
}
OPENINGS = ("您好", "请问", "麻烦部门", "反映一下", "多次投诉")
CLOSINGS = ("请尽快处理", "希望回复", "谢谢", "无人管理", "请核实")
PLACES = ("青枫", "梧桐", "南桥", "澜江", "翠湖", "云杉", "石榴", "望月")
PEOPLE = ("何晓枫", "林知夏", "许一诺", "周南", "沈若水", "顾长青")
FIRMS = ("华辰物业", "青云电器", "百合超市", "远山运输")


def _complaints(path: Path, rows: int = 240, seed: int = 5) -> Path:
    """A CSV with the columns `text` and `category`."""
    chance = random.Random(seed)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("text", "category"))
        for number in range(rows):
            category = list(MATTERS)[number % len(MATTERS)]
            words = (chance.choice(PLACES), "小区", chance.choice(OPENINGS), *chance.sample(MATTERS[category], 2))
            writer.writerow(("".join(words) + str(chance.randrange(10**6)) + chance.choice(CLOSINGS), category))
    return path


def _addresses(path: Path, rows: int = 160, seed: int = 5) -> Path:
    """BIO tags by the character."""
    chance = random.Random(seed)
    blocks = []
    for _ in range(rows):
        parts = [(chance.choice(PLACES) + "区", "district"), (chance.choice(PLACES) + "路", "road")]
        parts += [(f"{chance.randrange(1, 900)}号", "roadno"), (chance.choice(PLACES) + "花园", "poi")]
        parts += [(f"{chance.randrange(1, 40)}幢", "houseno")]
        lines = [
            f"{character} {'I' if index else 'B'}-{label}"
            for text, label in parts
            for index, character in enumerate(text)
        ]
        blocks.append("\n".join(lines))
    path.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
    return path


def _entities(path: Path, rows: int = 160, seed: int = 5) -> Path:
    """CLUENER's JSON lines."""
    chance = random.Random(seed)
    lines = []
    for _ in range(rows):
        person, firm = chance.choice(PEOPLE), chance.choice(FIRMS)
        text = f"{person}{chance.choice(('投诉', '反映', '认为'))}{firm}{chance.choice(('乱收费', '不退款', '态度差'))}"
        start = text.index(firm)
        label = {"name": {person: [[0, len(person) - 1]]}, "company": {firm: [[start, start + len(firm) - 1]]}}
        lines.append(json.dumps({"text": text, "label": label}, ensure_ascii=False))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def complaints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _complaints(tmp_path_factory.mktemp("labelled") / "complaints.csv")


@pytest.fixture(scope="session")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _addresses(tmp_path_factory.mktemp("labelled") / "addresses.txt")


@pytest.fixture(scope="session")
def entities(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _entities(tmp_path_factory.mktemp("labelled") / "entities.jsonl")
