# Index files in temporary folders, changed, killed, damaged and read from several threads; no database runs.
from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from core.errors import GraphNotProjected
from graph.search import store
from graph.search.asked import Asked
from graph.search.find import find
from graph.search.store import Mark
from graph.search.terms import LABELS, Entry, entries


def person(node_id: str, name: str) -> tuple[str, list[Entry]]:
    return node_id, entries("Person", {"name": name})


def found(folder: Path, text: str) -> list[str]:
    with store.reading(folder) as file:
        return [hit.id for hit in find(file, Asked.read(text), LABELS, 20)]


def contents(folder: Path) -> list[tuple[object, ...]]:
    """Everything that the index holds, without the numbers it gave itself."""
    path = store.newest(folder)
    assert path is not None
    with sqlite3.connect(path) as file:
        terms = "SELECT source, text, term FROM entry LEFT JOIN term USING (entry)"
        objects = "SELECT source, text, id FROM entry JOIN object USING (entry)"
        loose = "SELECT term FROM term WHERE entry NOT IN (SELECT entry FROM entry)"
        rows = [tuple(row) for sql in (terms, objects, loose) for row in file.execute(sql)]
    file.close()
    return sorted(rows, key=repr)


def test_nothing_to_read_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(GraphNotProjected, match="搜索索引尚未建立"), store.reading(tmp_path / "none"):
        pass
    assert store.mark(tmp_path / "none") is None


def test_a_changed_index_holds_what_one_made_anew_would(tmp_path: Path) -> None:
    before = [person("per_1", "张伟"), person("per_2", "张伟"), person("per_3", "李娜")]
    store.rebuild(tmp_path / "a", before, Mark(3, "x", 0))
    news = [person("per_2", "张炜"), person("per_3", "李娜"), ("per_1", []), person("per_4", "王芳")]
    assert store.change(tmp_path / "a", news, Mark(7, "y", 0)) == 3
    store.rebuild(tmp_path / "b", [*news[:2], news[3]], Mark(7, "y", 0))
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert store.mark(tmp_path / "a") == store.mark(tmp_path / "b") == Mark(7, "y", 0)
    assert "per_1" not in found(tmp_path / "a", "张伟")


def test_the_file_is_for_its_owner_alone_and_readers_cannot_write(tmp_path: Path) -> None:
    store.rebuild(tmp_path, [person("per_1", "张伟")], Mark(1, "x", 0))
    path = store.newest(tmp_path)
    assert path is not None
    with store.reading(tmp_path) as file:
        assert {one.stat().st_mode & 0o777 for one in tmp_path.iterdir()} == {0o600}
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            file.execute("DELETE FROM entry")


def test_erased_words_leave_no_trace_in_the_file(tmp_path: Path) -> None:
    store.rebuild(tmp_path, [person("per_1", "欧阳淼鑫"), person("per_2", "张伟")], Mark(1, "x", 0))
    store.change(tmp_path, [("per_1", [])], Mark(2, "y", 0))
    data = b"".join(one.read_bytes() for one in tmp_path.iterdir())
    assert "张伟".encode() in data
    assert "淼鑫".encode() not in data
    assert b"ouyangmiaoxin" not in data


def test_a_damaged_file_is_told_and_can_be_made_anew(tmp_path: Path) -> None:
    store.rebuild(tmp_path, [person(f"per_{i}", f"张伟{chr(0x4E00 + i)}") for i in range(3000)], Mark(1, "x", 0))
    path = store.newest(tmp_path)
    assert path is not None
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(bytes(data))
    with pytest.raises(GraphNotProjected, match="搜索索引"):
        found(tmp_path, "张伟")
    assert store.change(tmp_path, [person("per_1", "李娜")], Mark(2, "y", 0)) is None
    store.rebuild(tmp_path, [person("per_1", "李娜")], Mark(2, "y", 0))
    assert found(tmp_path, "李娜") == ["per_1"]


_KILLED = """
import os, signal, sys
from pathlib import Path
from graph.search import store
from graph.search.terms import entries

def changes():
    for number in range(400):
        if number == 250:
            os.kill(os.getpid(), signal.SIGKILL)
        yield f"per_{number}", entries("Person", {"name": "王" + chr(0x4e00 + number)})

getattr(store, sys.argv[2])(Path(sys.argv[1]), changes(), store.Mark(9, "z", 0))
"""


@pytest.mark.parametrize("way", ["change", "rebuild"])
def test_killed_halfway_nothing_has_happened_and_a_repeat_does_it_all(tmp_path: Path, way: str) -> None:
    store.rebuild(tmp_path, [person("per_1", "张伟")], Mark(1, "x", 0))
    before = contents(tmp_path)
    script = textwrap.dedent(_KILLED)
    killed = subprocess.run([sys.executable, "-c", script, str(tmp_path), way], cwd=Path.cwd(), check=False)
    assert killed.returncode == -signal.SIGKILL
    assert store.mark(tmp_path) == Mark(1, "x", 0)
    assert contents(tmp_path) == before
    news = [person(f"per_{number}", "王" + chr(0x4E00 + number)) for number in range(400)]
    getattr(store, way)(tmp_path, news, Mark(9, "z", 0))
    assert store.mark(tmp_path) == Mark(9, "z", 0)
    assert found(tmp_path, "王一")[0] == "per_0"


def test_readers_never_wait_or_fail_while_a_writer_changes_and_rebuilds(tmp_path: Path) -> None:
    store.rebuild(tmp_path, [person("per_1", "张伟")], Mark(1, "x", 0))
    done = threading.Event()
    seen: list[list[str]] = []
    failures: list[BaseException] = []

    def read() -> None:
        try:
            while not done.is_set():
                seen.append(found(tmp_path, "张伟"))
        except BaseException as error:  # noqa: BLE001 - told to the test
            failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for number in range(2, 12):
        news = [person(f"per_{number}_{i}", "李" + chr(0x4E00 + i)) for i in range(50)]
        store.change(tmp_path, news, Mark(number, "y", 0))
        store.rebuild(tmp_path, [person("per_1", "张伟"), *news], Mark(number, "y", 0))
    done.set()
    for reader in readers:
        reader.join()
    assert failures == []
    assert len(seen) >= 4
    assert {tuple(hits) for hits in seen} == {("per_1",)}
