"""What the Delta library leaves open: commits that survive a power cut, and the repair of one that did not."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import orjson
import structlog

_log = structlog.get_logger(__name__)


def commit_file(table: Path, version: int) -> Path:
    return table / "_delta_log" / f"{version:020}.json"


def flush_commit(table: Path, version: int) -> None:
    """Force one commit and the files it adds to disk, so that what is written later never outlives it."""
    commit = commit_file(table, version)
    for line in commit.read_bytes().splitlines():
        if added := orjson.loads(line).get("add"):
            _flush(table / unquote(added["path"]))
    for path in (commit, commit.parent, table):
        _flush(path)


def set_torn_commit_aside(table: Path) -> bool:
    """Rename the newest commit where a crash of the machine left half of it; whether there was one.

    Such a commit was never acknowledged (`flush_commit` had not returned), so its writer repeats it.
    """
    commits = sorted((table / "_delta_log").glob("[0-9]*.json"))
    if not commits or (_whole(commits[-1]) and not torn_tidying(commits[-1])):
        return False
    commits[-1].rename(commits[-1].with_suffix(".torn"))
    _log.warning("lake.torn_commit_set_aside", table=table.name, commit=commits[-1].stem)
    return True


def torn_tidying(commit: Path) -> bool:
    """Whether a crash left half of a file that a tidying wrote. Without that commit the files before it count again.

    A file that an append wrote is another matter: what it held may have been acknowledged, and nothing else has it.
    """
    if not commit.exists():
        return False
    added = [line["add"] for line in map(orjson.loads, commit.read_bytes().splitlines()) if "add" in line]
    return any(not add["dataChange"] and not _there(commit.parent.parent, add) for add in added)


def _whole(commit: Path) -> bool:
    try:
        return all(isinstance(orjson.loads(line), dict) for line in commit.read_bytes().splitlines())
    except orjson.JSONDecodeError:
        return False


def _there(table: Path, added: dict[str, Any]) -> bool:
    path = table / unquote(added["path"])
    return path.exists() and path.stat().st_size == added["size"]


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
