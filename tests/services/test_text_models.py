# Two made calls in a home of their own, read by the rules and by a model of every category. No database runs.

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from core.errors import ReadingModelInvalid
from core.settings import Settings
from governance.access import AccessContext, Role
from nlp.models.coverage import current_categories
from nlp.reading import reader_version
from nlp.training.category import train_category
from services.app import App, open_app
from services.keeping import PASSES
from services.loading import load_feed
from services.reading import read_events
from services.text_models import back_to_earlier, models_in_use, text_models, use_model, without_model

OFFICER = AccessContext(subject="test", role=Role.DATA_OFFICER, purpose="测试")
_SOUNDS = "嗡隆叽歪滴答咚叮咕噜吱呀呱啦嘟呜哐"
WORDS = {
    code: f"{_SOUNDS[number // 7]}{_SOUNDS[number // 7]}{_SOUNDS[8 + number % 7]}{_SOUNDS[8 + number % 7]}"
    for number, code in enumerate(sorted(current_categories()))
}
"""Made-up words that no rule knows, so that a category can only be the model's; one for each category."""


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    with open_app(Settings(home=tmp_path / "home"), start_database=False) as made:
        calls = tmp_path / "calls.jsonl"
        lines = [
            {
                "workOrderNo": f"RX-20240630-00000{number}",
                "callTime": "2024-06-30 18:36:58",
                "channel": "电话",
                "callerName": "何晓枫",
                "callerPhone": "16000000001",
                "content": content,
                "area": None,
                "status": "已办结",
                "flow": [{"unit": "12345热线受理中心", "action": "派单", "time": "2024-06-30 18:40:00"}],
            }
            for number, content in enumerate(f"门前{WORDS[code]}好几天" for code in ("0501", "0901"))
        ]
        calls.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
        load_feed(made, OFFICER, "hotline_complaints", calls)
        yield made


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    with (folder / "calls.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("text", "category"))
        writer.writerows((f"第{number}次{word}好几天", name) for number in range(40) for name, word in WORDS.items())
    train_category(folder / "calls.csv", folder / "made")
    return folder / "made"


def _readings(app: App) -> pl.DataFrame:
    return app.lake.current("readings", ["event_id", "reader", "category"])


def test_calls_are_read_again_by_each_model_that_comes_into_use(app: App, model: Path) -> None:
    assert read_events(app, OFFICER)["read"] == 2
    assert set(_readings(app)["category"]) == {None}

    taken = use_model(app, OFFICER, str(model))
    assert read_events(app, OFFICER)["read"] == 2
    assert set(_readings(app)["category"]) == {"0501", "0901"}
    assert set(_readings(app)["reader"]) == {reader_version(models_in_use(app))}
    assert read_events(app, OFFICER)["read"] == 0

    without_model(app, OFFICER, "category")
    assert read_events(app, OFFICER)["read"] == 2
    assert set(_readings(app)["reader"]) == {reader_version()}
    assert back_to_earlier(app, OFFICER, "category") == taken.version
    assert [(one.version, one.in_use) for one in text_models(app, OFFICER)] == [(taken.version, True)]


def test_a_change_of_somebody_waits_for_no_reading_of_what_is_read_already(app: App, model: Path) -> None:
    read_events(app, OFFICER)
    use_model(app, OFFICER, str(model))

    assert read_events(app, OFFICER, again=False)["read"] == 0
    assert set(_readings(app)["reader"]) == {reader_version()}
    assert PASSES[0][0](app, OFFICER)["read"] == 0  # what a server does behind a submission
    assert read_events(app, OFFICER)["read"] == 2  # what `weinao update` does
    assert set(_readings(app)["category"]) == {"0501", "0901"}


def test_a_model_altered_in_the_home_stops_the_reading_and_stores_nothing(app: App, model: Path) -> None:
    read_events(app, OFFICER)
    use_model(app, OFFICER, str(model))
    before = _readings(app)
    (models_in_use(app)["category"] / "card.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ReadingModelInvalid, match="改动过"):
        read_events(app, OFFICER)
    assert _readings(app).equals(before)


def test_who_changes_a_model_stands_in_the_audit_log(app: App, model: Path) -> None:
    use_model(app, OFFICER, str(model))
    without_model(app, OFFICER, "category")
    lines = "".join(file.read_text() for file in app.settings.audit_dir.rglob("*") if file.is_file())
    assert "models.use" in lines
    assert "models.off" in lines
