# Fixtures: small files of made-up calls, read in process by the real reader; for callers the village of
# tests/api/village.py, a real home with its graph, made once for the module.
"""`weinao nlp read` as somebody with a file of calls sees it: columns, encodings, pipes, callers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner, Result

from cli.main import app as weinao
from core.errors import ColumnMissing
from services.pipeline import update
from tests.api import village
from tests.made_once import made_once

RUN = CliRunner()
CALLS = '编号,诉求内容,登记时间,电话\nA-1,"车棚里停水了，\n没人来修",2024-06-30 18:36:58,\nA-2,昨天我家楼上漏水,不详,\n'


@pytest.fixture(autouse=True)
def no_graph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEINAO_HOME", str(tmp_path / "home"))


def read(*given: str, piped: bytes | None = None) -> Result:
    return RUN.invoke(weinao, ["nlp", "read", *given], input=piped)


def objects(result: Result) -> list[dict[str, object]]:
    assert result.exit_code == 0, result.output
    return [orjson.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_table_reads_the_same_from_a_file_and_from_a_pipe(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "calls.csv"
    file.write_bytes(CALLS.encode(encoding))

    told = objects(read(str(file), "--key", "编号", "--json"))
    piped = objects(read("-", "--key", "编号", "--json", piped=CALLS.encode(encoding)))

    assert [(one["key"], one["text"]) for one in told] == [
        ("A-1", "车棚里停水了，\n没人来修"),
        ("A-2", "昨天我家楼上漏水"),
    ]
    assert [one["line"] for one in piped] == [2, 4]
    assert [one | {"line": 0, "times": []} for one in piped] == [one | {"line": 0, "times": []} for one in told]


def test_plain_lines_of_a_pipe_are_texts_in_either_encoding() -> None:
    lines = "楼下烧烤店油烟大\n路灯不亮，已经三天\n"
    for encoding in ("utf-8", "gb18030"):
        told = objects(read("-", "--json", piped=lines.encode(encoding)))
        assert [one["text"] for one in told] == lines.split()


def test_calls_without_a_readable_time_are_counted_at_the_end(tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    file.write_text(CALLS, encoding="utf-8")
    assert "1 条没有可读的来电时间，按现在计算" in read(str(file)).output
    assert "来电时间" not in read("-", piped="路灯不亮\n".encode()).output  # where nobody would look for one


@pytest.mark.parametrize("option", ["text", "time", "phone", "name", "key"])
def test_a_column_that_is_not_there_is_named_with_those_that_are(tmp_path: Path, option: str) -> None:
    file = tmp_path / "calls.csv"
    file.write_text(CALLS, encoding="utf-8")
    refused = read(str(file), f"--{option}", "诉求正文").exception
    assert isinstance(refused, ColumnMissing)
    assert f"--{option}" in refused.message
    assert "登记时间" in refused.advice
    assert "mapping" not in refused.advice


def test_a_named_column_that_a_pipe_has_not_is_refused() -> None:
    assert isinstance(read("-", "--text", "正文内容", piped="路灯不亮\n".encode()).exception, ColumnMissing)


def test_the_table_shows_the_whole_text_and_says_what_figures_are() -> None:
    text = "我是住户，楼道里有很浓的煤气味，怀疑管道漏气，物业的人来看了一眼就走了，到现在没有人处理，家里有老人"
    shown = "".join(character for character in read("-", piped=text.encode()).output if character not in " │\n")
    assert "把握" in shown
    assert "紧急的理由" in shown
    assert "没有人处理" in shown
    assert "家里有老人" in shown


def make(home: Path) -> None:
    with village.settle(home) as app:
        update(app, village.OFFICER)


@pytest.fixture
def village_home(
    tmp_path_factory: pytest.TempPathFactory, no_graph: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    home = made_once(tmp_path_factory, "village-for-previews", make)
    monkeypatch.setenv("WEINAO_HOME", str(home))
    yield home
    RUN.invoke(weinao, ["db", "stop"])  # the first command that asked the graph started it


@pytest.mark.usefixtures("village_home")
def test_above_my_flat_is_where_the_number_of_the_caller_lives(
    tmp_path: Path,
) -> None:
    file = tmp_path / "calls.jsonl"
    calls = [
        {"no": 7, "text": "我家楼上半夜装修", "tel": village.phone(1), "who": "李娜"},
        {"no": 8, "text": "我家楼上半夜装修", "tel": "12", "who": ""},
    ]
    file.write_bytes(b"\n".join(map(orjson.dumps, calls)))

    known, unknown = objects(read(str(file), "--phone", "tel", "--name", "who", "--key", "no", "--json"))

    assert (known["key"], known["caller"], unknown["caller"]) == ("7", "known", "unknown")
    assert "枫桥新村" in str(known["place"])
    assert unknown["place"] is None
    [alone] = objects(read("-", "--caller", village.phone(1), "--json", piped="我家楼上半夜装修".encode()))
    assert alone["places"] == known["places"]
    assert "地点·我家楼上" in read("-", "--caller", village.phone(1), piped="我家楼上半夜装修".encode()).output
