"""The audit log: a line for each read, chained."""

from __future__ import annotations

import threading
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
