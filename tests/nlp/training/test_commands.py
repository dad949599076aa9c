"""`weinao nlp train`, `evaluate` and `models` on made files, in process: what a data officer sees."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from cli.main import app
from core.errors import ReadingModelInvalid, TrainingDataInvalid

RUN = CliRunner()


@pytest.fixture(scope="module")
def model(complaints: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("models")
    result = RUN.invoke(app, ["nlp", "train", "--category", str(complaints), "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert "宏平均 F1" in result.output
    return out / "category"


def test_a_trained_model_has_a_card_and_is_evaluated(model: Path, complaints: Path) -> None:
    assert model.stat().st_mode & 0o077 == 0  # it may know names
    assert "诉求分类" in (model / "CARD.md").read_text(encoding="utf-8")
    result = RUN.invoke(app, ["nlp", "evaluate", "--model", str(model), "--category", str(complaints), "--json"])
    told = orjson.loads(result.stdout)
    assert told["kind"] == "category"
    assert told["report"]["macro_f1"] > 0.9  # it has seen four fifths of this file


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        (["--category", "FILE", "--address", "FILE"], TrainingDataInvalid),
        ([], TrainingDataInvalid),
        (["--address", "FILE"], ReadingModelInvalid),
    ],
    ids=["two files", "no file", "a model of another kind"],
)
def test_what_does_not_fit_is_refused(
    model: Path, complaints: Path, asked: list[str], refusal: type[Exception]
) -> None:
    given = [str(complaints) if part == "FILE" else part for part in asked]
    result = RUN.invoke(app, ["nlp", "evaluate", "--model", str(model), *given])
    assert isinstance(result.exception, refusal)


def test_nothing_to_train_is_told(tmp_path: Path) -> None:
    result = RUN.invoke(app, ["nlp", "train", "--out", str(tmp_path / "models")])
    assert isinstance(result.exception, TrainingDataInvalid)
    assert not (tmp_path / "models").exists()


def test_models_are_used_listed_and_taken_back(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEINAO_HOME", str(tmp_path / "home"))
    assert "自带的规则" in RUN.invoke(app, ["nlp", "models"]).output
    used = orjson.loads(RUN.invoke(app, ["nlp", "models", "use", str(model), "--yes", "--json"]).stdout)["model"]
    [listed] = orjson.loads(RUN.invoke(app, ["nlp", "models", "--json"]).stdout)["models"]
    assert listed == used
    assert used["in_use"]
    assert used["made_at"]
    assert used["figures"]["f1"] > 0.9
    assert used["version"] in RUN.invoke(app, ["nlp", "models"]).output
    assert (used["coverage"]["known"], used["coverage"]["rows"]) == (3, 192)
    asked = RUN.invoke(app, ["nlp", "models", "use", str(model)])
    assert isinstance(asked.exception, ReadingModelInvalid)
    told = "".join(RUN.invoke(app, ["nlp", "models", "use", str(model), "--yes"]).output.split())
    assert "二级类别中的3个" in told
    assert "weinaoupdate" in told
    off = "".join(RUN.invoke(app, ["nlp", "models", "off", "category"]).output.split())
    assert "自带的规则" in off
    assert "weinaoupdate" in off
    assert used["version"] in RUN.invoke(app, ["nlp", "models", "back", "category"]).output
    refused = RUN.invoke(app, ["nlp", "models", "use", str(tmp_path / "nothing")])
    assert isinstance(refused.exception, ReadingModelInvalid)


def test_readings_of_a_new_model_replace_those_of_the_rules(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEINAO_HOME", str(tmp_path / "home"))
    source = tmp_path / "in.txt"
    source.write_text("青枫小区反映一下停水两天水压不足请核实\n", encoding="utf-8")
    RUN.invoke(app, ["nlp", "models", "use", str(model), "--yes"])
    [told] = map(orjson.loads, RUN.invoke(app, ["nlp", "read", str(source), "--json"]).stdout.splitlines())
    assert told["categories"][0]["code"] == "0901"


def test_a_model_in_use_that_is_damaged_is_told_until_it_is_put_off(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEINAO_HOME", str(tmp_path / "home"))
    RUN.invoke(app, ["nlp", "models", "use", str(model), "--yes"])
    [weights] = (tmp_path / "home" / "models" / "category").glob("*/arrays.npz")
    weights.write_bytes(weights.read_bytes()[:-1])

    refused = RUN.invoke(app, ["nlp", "read", "-"], input="停水两天")
    assert isinstance(refused.exception, ReadingModelInvalid)
    assert "arrays.npz" in refused.exception.message
    assert "weinao nlp models off category" in refused.exception.advice
    listed = "".join(RUN.invoke(app, ["nlp", "models"]).output.split())
    assert "在用" in listed
    RUN.invoke(app, ["nlp", "models", "off", "category"])
    assert RUN.invoke(app, ["nlp", "read", "-"], input="停水两天").exit_code == 0


def test_parties_are_evaluated_without_a_model(tmp_path: Path) -> None:
    cases = tmp_path / "cases.jsonl"
    case = {"event_description": "我叫王建国，投诉邻居李秀英半夜弹钢琴。", "disputing_parties": "王建国、李秀英"}
    cases.write_bytes(orjson.dumps(case))
    told = orjson.loads(RUN.invoke(app, ["nlp", "evaluate", "--parties", str(cases), "--json"]).stdout)
    assert (told["kind"], told["report"]["listed"], told["report"]["f1"]) == ("parties", 2, 1.0)
    assert "精确率" in RUN.invoke(app, ["nlp", "evaluate", "--parties", str(cases)]).output
    cases.write_text("not JSON", encoding="utf-8")
    result = RUN.invoke(app, ["nlp", "evaluate", "--parties", str(cases)])
    assert isinstance(result.exception, TrainingDataInvalid)
