# A home without a database: the command must not make one, nor say what it cannot know.
from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app as weinao


def test_what_a_stopped_database_would_say_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEINAO_HOME", str(tmp_path / "home"))
    result = CliRunner().invoke(weinao, ["status"])
    assert result.exit_code == 0, result.output
    told = {line.split("│")[1].strip(): line for line in result.stdout.splitlines() if line.count("│") == 3}
    assert "否" in told["图数据库应答"]
    for item in ("图谱结构是本版本的", "图谱已跟上数据湖"):
        assert "未知（图数据库没有运行）" in told[item]
