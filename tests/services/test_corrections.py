"""What people corrected becomes files to train on, for a data officer who says what for.

Fixture strategy: a village of its own, taken the whole way once; three complaints are submitted as a clerk would, with
another category and other names than the reader found. The files are read back by the trainer's own readers.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from cli.main import app as commands
from core.clock import local_today
from core.errors import AccessDenied, InvalidSetting, PurposeRequired
from governance.access import AccessContext, Role
from nlp.training.formats import read_categories, read_cluener
from services.app import App
from services.complaint_form import read_complaint
from services.complaints import submitting
from services.corrections import export_corrections
from services.receipts import new_receipt
from tests.api.village import settle

CLERK = AccessContext(subject="zhao", role=Role.INTAKE, purpose="受理诉求")
OFFICER = AccessContext(subject="li", role=Role.DATA_OFFICER, purpose="训练模型")
LEAK = "枫桥新村3栋2单元305室卫生间天花板渗水三天了，一直没人管，要求尽快派人维修。"
NAMED = "邻居刘志强在枫桥新村3栋2单元205室门口堆杂物，吴淑兰说过他几次。"


def submitted(app: App, name: str, text: str, **form: Any) -> str:
    content = {"text": text, "at": None, "caller": None, "channel": "phone", "form": form}
    return str(submitting(new_receipt())(app, CLERK, name, content)["event"])


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with settle(tmp_path_factory.mktemp("corrections") / "home") as app:
        form = read_complaint(app, CLERK, LEAK)
        [guess, *_] = [form.category, *form.categories] if form.category else form.categories
        assert guess.code != "0203"
        submitted(app, "other-category", LEAK, category="0203")
        submitted(app, "right-category", LEAK, category=guess.code)
        parties = [{"role": "witness", "kind": "person", "name": "吴淑兰"}]
        submitted(app, "other-parties", NAMED, parties=parties)
        yield app


def test_corrected_categories_are_a_file_that_training_reads(village: App, tmp_path: Path) -> None:
    file = tmp_path / "category.csv"
    assert export_corrections(village, OFFICER, category=file) == {"category": 1}
    assert [(row.text, row.category) for row in read_categories(file).rows] == [(LEAK, "房屋质量")]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_corrected_parties_are_a_file_that_training_reads(village: App, tmp_path: Path) -> None:
    file = tmp_path / "parties.jsonl"
    assert export_corrections(village, OFFICER, parties=file) == {"parties": 1}
    [row] = read_cluener(file).rows
    assert [row.text[start:end] for start, end, _ in row.spans] == ["吴淑兰"]
    assert {label for *_, label in row.spans} == {"name"}


def test_no_file_is_overwritten_and_only_what_was_asked_for_is_written(village: App, tmp_path: Path) -> None:
    file = tmp_path / "category.csv"
    file.write_text("mine", encoding="utf-8")
    with pytest.raises(InvalidSetting, match="没有覆盖"):
        export_corrections(village, OFFICER, category=file)
    assert file.read_text(encoding="utf-8") == "mine"
    with pytest.raises(InvalidSetting):
        export_corrections(village, OFFICER)
    later = tmp_path / "later.csv"
    tomorrow = local_today() + timedelta(days=1)
    assert export_corrections(village, OFFICER, category=later, since=tomorrow) == {"category": 0}


def test_only_a_data_officer_with_a_purpose_gets_the_texts(village: App, tmp_path: Path) -> None:
    file = tmp_path / "category.csv"
    with pytest.raises(AccessDenied):
        export_corrections(village, CLERK, category=file)
    with pytest.raises(PurposeRequired):
        export_corrections(village, AccessContext(subject="li", role=Role.DATA_OFFICER), category=file)
    assert not file.exists()
    before = len(list(village.audit.entries()))
    export_corrections(village, OFFICER, category=file)
    [line] = list(village.audit.entries())[before:]
    assert (line["action"], line["purpose"], line["count"]) == ("corrections.export", "训练模型", 1)


def test_what_is_kept_of_a_correction_holds_no_words_of_the_text(village: App) -> None:
    kept = village.lake.current("corrections", ["field", "read", "told"])
    assert set(kept["field"]) == {"category", "parties"}
    written = "".join(kept["read"].to_list() + kept["told"].to_list())
    assert not [word for word in ("刘志强", "吴淑兰", "渗水") if word in written]
    assert kept.filter(pl.col("field") == "category")["told"].to_list() == ['"0203"']


def test_the_command_says_how_many(village: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEINAO_HOME", str(village.settings.home))
    file = tmp_path / "category.csv"
    given = ["nlp", "corrections", "--category", str(file), "--purpose", "训练模型"]
    first = CliRunner().invoke(commands, given)
    assert first.exit_code == 0, first.output
    assert "1 条" in first.output
    assert isinstance(CliRunner().invoke(commands, given).exception, InvalidSetting)
