"""`weinao nlp train` and `evaluate` on made files, in process: what a data officer sees."""

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
