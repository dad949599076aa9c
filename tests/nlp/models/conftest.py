"""Category models trained in a second on made words, once a session; a tiny ONNX export made with onnx's own helper."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Split
from tokenizers.processors import TemplateProcessing

from nlp.training.category import train_category

WORDS = {
    "噪音扰民": ("半夜装修", "广场音响", "施工打桩", "楼上敲击"),
    "停车管理": ("占用车位", "乱停乱放", "堵住出口", "没有车位"),
    "供水供电": ("水压不足", "停水两天", "水管爆裂", "水费算错"),
}


def category_model(folder: Path, *, seed: int = 1, names: Sequence[str] = tuple(WORDS)) -> Path:
    """A model of three categories under `names`, trained on 120 made complaints."""
    chance = random.Random(seed)
    table = folder.parent / f"{folder.name}.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("text", "category"))
        for number in range(120):
            words = list(WORDS.values())[number % 3]
            writer.writerow(("".join(chance.sample(words, 2)) + str(chance.randrange(10**6)), names[number % 3]))
    train_category(table, folder, seed=seed)
    return folder


@pytest.fixture(scope="session")
def category_models(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two models under our names, made with different seeds."""
    folder = tmp_path_factory.mktemp("trained")
    return category_model(folder / "one"), category_model(folder / "two", seed=2)


@pytest.fixture(scope="session")
def foreign_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model whose categories are a city's own words."""
    return category_model(tmp_path_factory.mktemp("foreign") / "model", names=("太吵了", "车没地方放", "停水"))


SIGNS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "吵", "水", "张", "三", "物", "业", "说", "天")


def export(folder: Path, labels: Sequence[str], votes: dict[str, int], *, by_token: bool) -> Path:
    """A folder as `optimum-cli export onnx` writes one: each character of `votes` speaks for a label, by its number.

    The model is an embedding of labels' logits; a classifier of texts averages those of all tokens.
    """
    folder.mkdir(parents=True)
    table = np.zeros((len(SIGNS), len(labels)), dtype=np.float32)
    for sign, label in votes.items():
        table[SIGNS.index(sign), label] = 8.0
    table[[SIGNS.index(sign) for sign in SIGNS if sign not in votes], 0] += 1.0
    nodes = [helper.make_node("Gather", ["table", "input_ids"], ["rows"])]
    axes = numpy_helper.from_array(np.array([1], dtype=np.int64), "axes")
    nodes += [
        helper.make_node("Identity", ["rows"], ["logits"])
        if by_token
        else helper.make_node("ReduceSum", ["rows", "axes"], ["logits"], keepdims=0)
    ]
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "tokens"])
        for name in ("input_ids", "attention_mask")
    ]
    shape = ["texts", "tokens", len(labels)] if by_token else ["texts", len(labels)]
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, shape)]
    weights = [numpy_helper.from_array(table, "table"), axes]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, initializer=weights)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(made, folder / "model.onnx")
    tokenizer = Tokenizer(WordLevel({sign: row for row, sign in enumerate(SIGNS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Split("", "isolated")
    tokenizer.post_processor = TemplateProcessing("[CLS] $A [SEP]", None, [("[CLS]", 2), ("[SEP]", 3)])
    tokenizer.save(str(folder / "tokenizer.json"))
    kind = "TokenClassification" if by_token else "SequenceClassification"
    config = {
        "architectures": [f"BertFor{kind}"],
        "id2label": {str(number): label for number, label in enumerate(labels)},
        "max_position_embeddings": 64,
    }
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def category_export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export") / "category"
    return export(folder, ("咨询建议", "噪音扰民", "供水供电"), {"吵": 1, "水": 2}, by_token=False)


@pytest.fixture(scope="session")
def entity_export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export") / "entities"
    labels = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG")
    return export(folder, labels, {"张": 1, "三": 2, "物": 3, "业": 4}, by_token=True)
