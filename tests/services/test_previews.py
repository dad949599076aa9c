# Fixtures: small files of made-up calls, read in process by the real reader; for callers the village of
# tests/api/village.py, a real home with its graph, made once for the module.
"""`weinao nlp read` as somebody with a file of calls sees it: columns, encodings, pipes, callers."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner, Result

from cli.main import app as weinao
from core.errors import ColumnMissing, FileUnreadable
from services.app import App
from services.loading import load_feed
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


LINES = "楼上上下下都漏水\n路灯不亮，已经三天\n垃圾没人清运\n"
TABLE = "编号,诉求内容,电话\nA-1,楼上上下下都漏水,\nA-2,路灯不亮，已经三天,\nA-3,垃圾没人清运,\n"
READ = [text for text in LINES.split("\n") if text]
ENCODINGS = ["utf-8", "gb18030", "utf-16", "utf-16-le", "utf-16-be"]


def piped(pipe: Path, data: bytes, *given: str) -> Result:
    """What the command says of a named pipe into which `data` are written once."""
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(data,))
    writer.start()
    result = read(str(pipe), *given)
    writer.join()
    return result


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(("ending", "content"), [("txt", LINES), ("csv", TABLE)])
def test_texts_of_any_encoding_are_read_from_a_file_a_pipe_and_a_named_pipe(
    tmp_path: Path, encoding: str, ending: str, content: str
) -> None:
    data = content.encode(encoding)
    file = tmp_path / f"calls.{ending}"
    file.write_bytes(data)
    for result in (
        read(str(file), "--json"),
        read("-", "--json", piped=data),
        piped(tmp_path / "pipe", data, "--json"),
        piped(tmp_path / f"pipe.{ending}", data, "--json"),
    ):
        assert [(one["text"], one["reason"]) for one in objects(result)] == [(text, None) for text in READ]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(("ending", "content"), [("txt", LINES), ("csv", TABLE)])
@pytest.mark.parametrize("place", ["the first", "in the middle", "at the end"])
def test_a_character_cut_in_two_costs_no_other_line(
    tmp_path: Path, encoding: str, ending: str, content: str, place: str
) -> None:
    words = {"the first": "下都", "in the middle": "不亮", "at the end": "清运"}[place]
    before, after = content.split(words)
    half = len((before + words).encode(encoding)) - 1
    kept = "" if place == "at the end" or encoding.startswith("utf-16") else after
    data = (before + words).encode(encoding)[:half] + kept.encode(encoding)
    file = tmp_path / f"calls.{ending}"
    file.write_bytes(data)
    for result in (read(str(file), "--json"), read("-", "--json", piped=data)):
        told = objects(result)
        whole = [text for text in READ if text in before or text in kept]
        assert [one["text"] for one in told if one["reason"] is None] == whole
        [broken] = [one for one in told if one["reason"] is not None]
        assert "无法识别" in str(broken["reason"]) or "单元格" in str(broken["reason"])
        assert broken["line"] == 1 + (ending == "csv") + len([text for text in READ if text in before])


def test_a_quote_left_open_in_a_pipe_costs_its_own_line(tmp_path: Path) -> None:
    data = '编号,诉求内容\nA-1,"楼上漏水\nA-2,路灯不亮\nA-3\nA-4,"停水了\n没人修"\n'.encode()
    told = objects(read("-", "--json", piped=data))
    assert [(one["line"], one["text"], bool(one["reason"])) for one in told] == [
        (2, "", True),
        (3, "路灯不亮", False),
        (4, "", True),
        (5, "停水了\n没人修", False),
    ]


@pytest.mark.parametrize("head", [b"PK\x03\x04", b"\x1f\x8b\x08", b"%PDF-1.7"])
def test_what_is_no_text_is_refused_from_a_pipe_as_from_a_file(tmp_path: Path, head: bytes) -> None:
    data = head + bytes(range(256)) * 8
    (tmp_path / "calls.txt").write_bytes(data)
    for result in (read(str(tmp_path / "calls.txt")), read("-", piped=data), piped(tmp_path / "pipe", data)):
        assert isinstance(result.exception, FileUnreadable)


def test_any_bytes_are_read_to_their_end_without_a_traceback() -> None:
    junk = bytes(range(256)) * 20
    for data in (junk, b"\0" * 300, "路灯不亮\n".encode() + junk, "楼下\0漏水\n".encode("utf-16-le")):
        result = read("-", "--json", piped=data)
        assert result.exit_code == 0 or isinstance(result.exception, FileUnreadable)


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


TOGETHER, APART = "16000009001", "16000009002"
SHARING = {
    TOGETHER: (("孙晓东", "401室"), ("孙梦洁", "401室")),
    APART: (("马国强", "402室"), ("何丽华", "403室")),
}


def make(home: Path) -> None:
    with village.settle(home) as app:
        _settle_sharers(app, home)
        update(app, village.OFFICER)


def _settle_sharers(app: App, home: Path) -> None:
    """Two couples of one number each: one lives together, the other apart."""
    mapping = (home / "visits.yaml").read_text(encoding="utf-8").replace("visits", "sharers")
    (home / "sharers.yaml").write_text(mapping, encoding="utf-8")
    people = [(who, number, door) for number, couple in SHARING.items() for who, door in couple]
    rows = [
        f"{no},{who},{village.citizen_id(no)},{number},青枫区梧桐街道枫桥社区枫桥新村3栋2单元{door},{1960 + no}-01-01,"
        "2020-03-01,2024-06-01"
        for no, (who, number, door) in enumerate(people, 20)
    ]
    (home / "sharers.csv").write_text("\n".join(["no,who,id,tel,door,born,since,at", *rows]) + "\n", encoding="utf-8")
    load_feed(app, village.OFFICER, "sharers", home / "sharers.csv", mapping=home / "sharers.yaml")


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


@pytest.mark.usefixtures("village_home")
@pytest.mark.parametrize(
    ("number", "name", "door"),
    [(TOGETHER, "", "401"), (APART, "", None), (APART, "何丽华", "403"), (APART, "孙晓东", None)],
    ids=["who live together", "who live apart", "told apart by the name", "none of whom has the name"],
)
def test_a_number_of_several_leads_to_a_home_that_all_of_them_have(number: str, name: str, door: str | None) -> None:
    rows = orjson.dumps({"text": "我家里漏水", "tel": number, "who": name})
    [told] = objects(read("-", "--phone", "tel", "--name", "who", "--json", piped=rows))
    assert told["caller"] == ("known" if door else "unknown")
    assert str(told["place"]).endswith(f"{door}室") if door else told["place"] is None
