"""Numbered steps that bring a graph of an earlier version of this program to the present one.

A graph says of itself which steps it has: its one `SchemaVersion` node holds the number of the last one and, in
`history`, when each was taken. A step has at most two parts: `prepare` may take as many transactions as it likes and is
harmless when repeated (changes of indexes take part in no transaction); `finish` runs in the very transaction that
writes the number. So a process killed anywhere leaves a step that is done, or one that is simply taken again.

The graph is a projection of the lake, so the last resort is always there: a step that finishes with `_REBUILD` drops
the watermark, and the next projection makes the graph anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from core.clock import local_now
from core.errors import HomeBusy, SchemaTooNew
from graph.schema.indexes import create_indexes, missing_indexes
from graph.store import GraphStore, Transaction

BASE: Final = 1
"""The version of graphs that were made before there were steps."""

_READ = "MATCH (v:SchemaVersion {name: 'graph'}) RETURN v.version AS version, v.history AS history"
# Nothing moves where another process was quicker. Neo4j looks before it locks, so that the lock is taken first.
_MOVE = (
    "MATCH (v:SchemaVersion {name: 'graph'}) SET v.taking = $number WITH v WHERE v.version = $before "
    "SET v.version = $number, v.history = coalesce(v.history, []) + $told REMOVE v.taking RETURN count(v) AS moved"
)
_STAMP = "MERGE (v:SchemaVersion {name: 'graph'}) SET v.version = $number, v.history = [$told]"
_REBUILD = "MATCH (w:Watermark) DELETE w"


def _always(_store: GraphStore) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Step:
    """`does` is what users read; `needed` says, before the step is taken, whether this graph has anything to change."""

    number: int
    does: str
    prepare: Callable[[GraphStore], None] | None = None
    finish: str | None = None
    needed: Callable[[GraphStore], bool] = _always

    @property
    def rebuild(self) -> bool:
        return self.finish == _REBUILD


def _lacks_indexes(store: GraphStore) -> bool:
    return bool(missing_indexes(store))


def _lacks_layout(store: GraphStore) -> bool:
    """Whether people of known age have no `birth_year`: nodes of the first layout, which lack the keys
    `<field>_index` too.

    One node with the property answers; only a graph that has none is looked through. Half an update of the nodes is no
    lack: the watermark stands before it, and the log brings the rest.
    """
    if store.read("MATCH (p:Person) WHERE p.birth_year IS NOT NULL RETURN p.id AS id LIMIT 1"):
        return False
    return bool(store.read("MATCH (p:Person) WHERE p.birth_date IS NOT NULL RETURN p.id AS id LIMIT 1"))


STEPS: Final = (
    Step(2, "建立新版查询用到的索引，不重建图谱", prepare=create_indexes, needed=_lacks_indexes),
    Step(3, "重建图谱：旧节点缺少出生年份与敏感类别的查询键", finish=_REBUILD, needed=_lacks_layout),
)
"""In rising order. A step is never changed once it was released; what it left undone is another step."""

SCHEMA_VERSION: Final = STEPS[-1].number
"""What this program reads and writes."""


class Stage(StrEnum):
    """Where a graph stands with a step: taken before; still to be taken; to be taken, with nothing to change."""

    TAKEN = "taken"
    MISSING = "missing"
    UNNEEDED = "unneeded"


@dataclass(frozen=True, slots=True)
class Told:
    """A step as a graph stands to it; `at` is known where the graph took the step itself, local time."""

    step: Step
    stage: Stage
    at: datetime | None = None

    def as_dict(self) -> dict[str, Any]:
        step = self.step
        rebuilds = step.rebuild and self.stage is Stage.MISSING
        return {"number": step.number, "does": step.does, "stage": self.stage, "at": self.at, "rebuild": rebuilds}


def plan(store: GraphStore) -> list[Told]:
    """All steps and where the graph stands with each; changes nothing.

    A database that no version has used needs none of them: it begins with the present version. Raises `SchemaTooNew`.
    """
    found, taken = _known(store)
    return [_told(store, step, found, taken) for step in STEPS]


def pending(store: GraphStore) -> list[Step]:
    """Steps that would change something and have not been taken. Raises `SchemaTooNew`."""
    return [told.step for told in plan(store) if told.stage is Stage.MISSING]


def migrate(store: GraphStore, *, rebuilds: bool = True, steps: Sequence[Step] = STEPS) -> list[Step]:
    """Take the steps that are missing, in order; returns those that changed something.

    `rebuilds=False` stops before a step that would have the graph made anew. Harmless when repeated. Raises
    `SchemaTooNew`, `HomeBusy` when another process does the same, and what the database raises.
    """
    found, _ = _known(store)
    if found is None:
        create_indexes(store)
        store.write(_STAMP, number=SCHEMA_VERSION, told=_entry(SCHEMA_VERSION))
        return []
    done: list[Step] = []
    for step in steps:
        if step.number <= found:
            continue
        needed = step.needed(store)
        if needed and step.rebuild and not rebuilds:
            break
        if not _take(store, step, found, needed=needed):
            raise HomeBusy("另一个进程也在升级图谱结构")
        found = step.number
        done += [step] * needed
    return done


def start_anew(store: GraphStore) -> None:
    """Forget what the graph holds, of whatever version it is: the next projection makes it anew."""

    def work(transaction: Transaction) -> None:
        transaction.execute(_REBUILD)
        transaction.execute(_STAMP, number=SCHEMA_VERSION, told=_entry(SCHEMA_VERSION))

    store.transact(work)


def _take(store: GraphStore, step: Step, before: int, *, needed: bool) -> bool:
    """Whether it was this process that took the step."""
    if needed and step.prepare:
        step.prepare(store)

    def work(transaction: Transaction) -> bool:
        rows = transaction.run(_MOVE, before=before, number=step.number, told=_entry(step.number))
        moved = bool(rows[0]["moved"])
        if moved and needed and step.finish:
            transaction.execute(step.finish)
        return moved

    return store.transact(work)


def _known(store: GraphStore) -> tuple[int | None, dict[int, datetime]]:
    rows = store.read_newest(_READ)
    if not rows:
        return None, {}
    found = int(rows[0]["version"])
    if found > SCHEMA_VERSION:
        raise SchemaTooNew(f"图谱是第 {found} 版，本程序只认到第 {SCHEMA_VERSION} 版")
    parts = [text.split(" ") for text in rows[0]["history"] or ()]
    return found, {int(number): datetime.fromisoformat(moment) for number, moment in parts}


def _told(store: GraphStore, step: Step, found: int | None, taken: dict[int, datetime]) -> Told:
    if found is None or step.number <= found:
        return Told(step, Stage.TAKEN, taken.get(step.number))
    return Told(step, Stage.MISSING if step.needed(store) else Stage.UNNEEDED)


def _entry(number: int) -> str:
    return f"{number} {local_now().isoformat(timespec='seconds')}"
