"""The audit log: a line for each read, chained, whoever writes and whatever happens to the disk.

Every test writes a log of its own in a folder of its own; other writers are real threads and real processes.
"""

from __future__ import annotations

import multiprocessing
import resource
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import HomeNotWritable
from governance.access import AccessContext, Role
from governance.audit import AuditLog

READER = AccessContext("worker-7", Role.GRID_WORKER, purpose="走访")


def test_each_read_leaves_who_why_what_and_whom(tmp_path: Path) -> None:
    AuditLog(tmp_path).record(READER, "person.find", ["per_1"])
    (entry,) = AuditLog(tmp_path).entries()
    assert {name: entry[name] for name in ("subject", "role", "purpose", "action", "ids", "count")} == {
        "subject": "worker-7",
        "role": "grid_worker",
        "purpose": "走访",
        "action": "person.find",
        "ids": ["per_1"],
        "count": 1,
    }


def test_lines_of_several_writers_form_one_chain(tmp_path: Path) -> None:
    logs = [AuditLog(tmp_path) for _ in range(4)]

    def write(log: AuditLog) -> None:
        for number in range(25):
            log.record(READER, "person.find", [f"per_{number}"])

    threads = [threading.Thread(target=write, args=(log,)) for log in logs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(logs[0].entries())) == 100
    assert logs[0].verify() == []


@pytest.mark.parametrize("tamper", ["delete", "change"])
def test_a_line_taken_out_or_changed_shows(tmp_path: Path, tamper: str) -> None:
    log = AuditLog(tmp_path)
    for number in range(3):
        log.record(READER, "person.find", [f"per_{number}"])
    (file,) = tmp_path.glob("audit-*.jsonl")
    lines = file.read_bytes().splitlines()
    lines = [lines[0], lines[2]] if tamper == "delete" else [lines[0], lines[1].replace(b"per_1", b"per_9"), lines[2]]
    file.write_bytes(b"\n".join(lines) + b"\n")
    assert AuditLog(tmp_path).verify()


def test_a_read_that_cannot_be_audited_does_not_happen(tmp_path: Path) -> None:
    blocked = tmp_path / "audit"
    blocked.write_text("a file where the folder should be")
    with pytest.raises(HomeNotWritable):
        AuditLog(blocked).record(READER, "person.find", ["per_1"])


def _write(folder: Path, count: int) -> None:
    log = AuditLog(folder)
    for number in range(count):
        log.record_all([(READER, "person.find", [f"per_{number}"]), (READER, "person.livesIn", [])])


def test_lines_of_several_processes_form_one_chain(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=_write, args=(tmp_path, 40)) for _ in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(list(AuditLog(tmp_path).entries())) == 3 * 40 * 2
    assert AuditLog(tmp_path).verify() == []


def test_a_line_is_in_the_file_when_its_reader_is_answered(tmp_path: Path) -> None:
    log = AuditLog(tmp_path)
    missing: list[str] = []

    def read(reader: int) -> None:
        for number in range(20):
            name = f"per_{reader}_{number}"
            log.record(READER, "person.find", [name])
            (file,) = tmp_path.glob("audit-*.jsonl")
            if f'"{name}"' not in file.read_text():
                missing.append(name)

    threads = [threading.Thread(target=read, args=(reader,)) for reader in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert missing == []


@pytest.fixture
def nearly_full() -> Iterator[None]:
    """Files of this process may not grow beyond 4,000 bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.usefixtures("nearly_full")
def test_a_full_disk_refuses_the_read_and_leaves_no_part_of_its_line(tmp_path: Path) -> None:
    log = AuditLog(tmp_path)
    log.record(READER, "person.find", ["per_1"])
    with pytest.raises(HomeNotWritable):
        log.record_all([(READER, "person.find", [f"per_{number}"]) for number in range(100)])
    log.record(READER, "person.find", ["per_2"])
    assert [entry["ids"] for entry in AuditLog(tmp_path).entries()] == [["per_1"], ["per_2"]]
    assert log.verify() == []


def test_a_line_that_a_killed_process_left_unfinished_shows_and_spoils_no_other(tmp_path: Path) -> None:
    AuditLog(tmp_path).record(READER, "person.find", ["per_1"])
    (file,) = tmp_path.glob("audit-*.jsonl")
    with file.open("ab") as unfinished:
        unfinished.write(b'{"at":"2026-')
    AuditLog(tmp_path).record(READER, "person.find", ["per_2"])
    assert [entry["ids"] for entry in AuditLog(tmp_path).entries()] == [["per_1"], ["per_2"]]
    assert AuditLog(tmp_path).verify() == [f"{file.name}:2"]
