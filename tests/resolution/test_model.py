from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pytest

from core.errors import LevelUntrained, ModelInvalid
from resolution.model.declaration import declaration, load_declaration, read_declaration
from resolution.model.model import load_model, shipped_model
from resolution.model.training import train
from resolution.run import resolve

KINDS = ("person", "organization", "dwelling")


@pytest.mark.parametrize("kind", KINDS)
def test_the_shipped_models_are_fully_trained_and_tell_where_they_come_from(kind: str) -> None:
    model = shipped_model(kind)
    for comparison in model.declaration.comparisons:
        for level in comparison.levels:
            if not level.missing:
                m, u = model.of(comparison.name, level.name)
                assert 0 < m <= 1
                assert 0 < u <= 1
    assert {"data", "date", "parameters", "evaluation", "limits"} <= set(model.card)


def test_an_untrained_level_is_an_error_and_no_guess(
    households: Callable[[int, int], tuple[pl.DataFrame, pl.DataFrame]],
) -> None:
    model = shipped_model("person")
    parameters = {name: dict(levels) for name, levels in model.parameters.items()}
    del parameters["name"]["same_sound"]
    records, _ = households(10, 1)
    gap = dataclasses.replace(model, parameters=parameters)
    with pytest.raises(LevelUntrained, match="same_sound"):
        resolve("person", records, token=lambda *p: "-".join(p), model=gap)


def test_training_on_data_that_never_shows_a_level_is_an_error(
    households: Callable[[int, int], tuple[pl.DataFrame, pl.DataFrame]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resolution.model.training.RANDOM_PAIRS", 20_000)
    records, truth = households(15, 2)
    with pytest.raises(LevelUntrained, match="name / "):
        train(declaration("person"), records, labels=truth)


def test_a_model_survives_its_file(tmp_path: Path) -> None:
    model = shipped_model("person")
    model.save(tmp_path / "m.json")
    assert load_model(tmp_path / "m.json") == model
    assert load_model(tmp_path / "m.json").digest == model.digest
    assert dataclasses.replace(model, mates=model.mates + 1).digest != model.digest


@pytest.mark.parametrize("damage", ["half a file", '{"format": 99}', "[]"])
def test_a_damaged_model_file_is_refused(tmp_path: Path, damage: str) -> None:
    (tmp_path / "m.json").write_text(damage, encoding="utf-8")
    with pytest.raises(ModelInvalid):
        load_model(tmp_path / "m.json")


def test_a_model_of_another_declaration_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    shipped_model("person").save(path)
    data = json.loads(path.read_text(encoding="utf-8"))
    data["parameters"]["name"]["invented"] = {"m": 0.1, "u": 0.1}
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ModelInvalid, match="invented"):
        load_model(path)


@pytest.mark.parametrize("number", [float("nan"), -0.1, 0.0, 1.5, float("inf"), "half", None])
def test_a_model_with_a_number_that_is_no_share_is_refused(tmp_path: Path, number: object) -> None:
    path = tmp_path / "m.json"
    shipped_model("person").save(path)
    data = json.loads(path.read_text(encoding="utf-8"))
    next(iter(data["parameters"]["name"].values()))["u"] = number
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ModelInvalid):
        load_model(path)


SHOP = """
kind: shop
features: {name: text, phone: text}
usage: {phone_names: {value: phone, by: name}}
derive: {called: "CASE WHEN phone_names <= 3 THEN phone END"}
comparisons:
  - name: name
    zh: 名称
    shows: name
    levels:
      - {name: missing, missing: true, when: "name_l IS NULL OR name_r IS NULL"}
      - {name: same, zh: 同, en: same, when: "name_l = name_r", frequency: name}
      - {name: different, zh: 不同, en: different, u: 0.99}
blocking: [{name: phone, columns: [called]}]
identifier: phone
cannot_link: phone
objective: f1
block_limit: 50
"""


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("kind: shop", "kind: ../shop", "类别"),
        ("kind: shop", "kind: 3", "类别"),
        ("phone: text}", "phone: telephone}", "telephone"),
        ("phone: text}", "'phone\" OR 1': text}", "特征"),
        ("by: name", "by: owner", "owner"),
        ("phone END", "mobile END", "mobile"),
        ("CASE WHEN phone_names <= 3 THEN phone END", "(SELECT content FROM read_text('secret'))", "不支持"),
        ("name_l = name_r", "title_l = title_r", "title"),
        ("name_l = name_r", "name = name", "name"),
        ("name_l = name_r", "name_l =", "语法"),
        ("name_l = name_r", "getenv('HOME') = name_r", "不支持"),
        ("name_l = name_r", "{one_error:name:1000000}", "one_error"),
        ("frequency: name", "frequency: title", "title"),
        ("name: different", "name: same", "两次"),
        ("u: 0.99", "u: 1.5", "different"),
        ("u: 0.99", "u: .nan", "different"),
        ("u: 0.99", "u: much", "写错"),
        ("different, u", "different, when: name_l <> name_r, u", "最后一级"),
        ("columns: [called]", "columns: [fax]", "fax"),
        ("columns: [called]", "columns: []", "phone"),
        ("blocking: [{name: phone, columns: [called]}]", "blocking: []", "分块键"),
        ("cannot_link: phone", "cannot_link: fax", "fax"),
        ("identifier: phone", "identifier: fax", "fax"),
        ("block_limit: 50", "block_limit: 1", "block_limit"),
        ("block_limit: 50", "block_limit: .inf", "写错"),
        ("kind: shop", "- kind", "写错"),
    ],
)
def test_a_declaration_that_cannot_be_says_where(tmp_path: Path, right: str, wrong: str, told: str) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(SHOP, encoding="utf-8")
    assert load_declaration(path).kind == "shop"
    path.write_text(SHOP.replace(right, wrong, 1) if wrong != "- kind" else "- kind", encoding="utf-8")
    with pytest.raises(ModelInvalid, match=told):
        load_declaration(path)


def test_a_declaration_that_is_no_text_of_a_declaration_is_refused(tmp_path: Path) -> None:
    for text in ("[" * 100_000, "a: " + "x" * 1_000_000, "", "{", "\x00", "kind: 2026-99-99"):
        (tmp_path / "shop.yaml").write_text(text, encoding="utf-8")
        with pytest.raises(ModelInvalid):
            load_declaration(tmp_path / "shop.yaml")


def test_an_incomplete_declaration_says_what_is_missing() -> None:
    with pytest.raises(ModelInvalid, match="comparisons"):
        read_declaration({"kind": "person", "features": {}})
    with pytest.raises(ModelInvalid, match="spaceship"):
        declaration("spaceship")


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("12345678", "12345678", False),
        ("12345678", "12305678", True),
        ("12345678", "12354678", True),
        ("12345678", "12305078", False),
        ("12345678", "1234567", False),
        ("张伟明一二三四五", "张炜明一二三四五", True),
    ],
)
def test_one_error_or_swap_counts_characters(a: str, b: str, expected: bool) -> None:
    level = {"name": "l", "zh": "l", "en": "l", "when": "{one_error_or_swap:c:8}"}
    declared = read_declaration(
        {
            "kind": "k",
            "comparisons": [{"name": "c", "zh": "c", "shows": "c", "levels": [level, {"name": "else"}]}],
            "blocking": [{"name": "c", "columns": ["c"]}],
            "identifier": "c",
            "features": {"c": "text"},
            "objective": {"precision": 0.9},
            "block_limit": 2,
        }
    )
    sql = f"SELECT {declared.comparisons[0].levels[0].when} FROM (SELECT $1 AS c_l, $2 AS c_r)"
    with duckdb.connect() as connection:
        assert connection.execute(sql, [a, b]).fetchone() == (expected,)


def test_a_training_rule_that_is_no_equality_is_refused(
    households: Callable[[int, int], tuple[pl.DataFrame, pl.DataFrame]],
) -> None:
    declared = dataclasses.replace(declaration("person"), training=("l.name < r.name",))
    with pytest.raises(ModelInvalid, match=r"l\.name < r\.name"):
        train(declared, households(5, 1)[0])
