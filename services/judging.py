"""People decide: which records are one entity, which are not. Each decision is in the lake before the call returns.

A judgement binds every later run; nothing in the graph moves before the next one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import polars as pl

from core.catalogue import KINDS
from core.clock import local_now
from core.errors import AccessDenied, EntityUnknown, JudgementRefused, JudgementUnknown
from core.values import redact, shown_id
from governance.access import AccessContext, Role
from loaders.lake.schema import records_table
from resolution.judgements import Verdict, effective, newest
from resolution.kinds import EXACT_KEYS
from services.app import App
from services.kinds import checked_kind
from services.record_values import entity_named, record_named, records_of

MOST_PAIRS: Final = 2_000
"""An unmerge needs a judgement for every pair of a record that leaves and one that stays, a merge one for a record."""
_LONGEST_WHY: Final = 200
_DECIDE: Final = frozenset({Role.DATA_OFFICER, Role.DEVELOPMENT})
_CURRENT: Final = ("record_a", "record_b", "verdict", "judgement_id", "at", "origin", "who", "why")


def may_decide(context: AccessContext) -> None:
    """Raises `AccessDenied` for a reader who may not see the review queue or decide."""
    if context.role not in _DECIDE:
        raise AccessDenied("只有数据管理员可以复核与判定", remedy="请联系数据管理员。")


def judge(
    app: App, context: AccessContext, kind: str, record_a: str, record_b: str, verdict: str, why: str
) -> dict[str, Any]:
    """One decision about two records; returns the judgement, and the older ones that it overrules.

    The same decision by the same person for the same reason, made again, changes nothing (`repeated`). Raises
    `JudgementRefused`, `AccessDenied`.
    """
    may_decide(context)
    if verdict not in list(Verdict):
        raise JudgementRefused("没有这种判定", remedy=f"判定可以是：{'、'.join(Verdict)}。")
    a, b = (_record(app, checked_kind(kind), name) for name in (record_a, record_b))
    if a == b:
        raise JudgementRefused("两边是同一条记录", remedy="请给出两条不同的记录。")
    return _decided(app, context, kind, [(a, b, verdict)], why, "review")


def merge(app: App, context: AccessContext, kind: str, entity_ids: Sequence[str], why: str) -> dict[str, Any]:
    """Tie entities together: every record of theirs is judged to be one with the first (by id) of the first entity.

    Judged so, no evidence between two of them, such as two different numbers, parts them again. A merged id stands for
    the entity that it went into. Raises `EntityUnknown`, `JudgementRefused` (also beyond `MOST_PAIRS`), `AccessDenied`.
    """
    may_decide(context)
    entities = list(dict.fromkeys(tuple(_members(app, kind, entity_id)) for entity_id in entity_ids))
    if len(entities) < 2:
        raise JudgementRefused("合并至少要两个不同的实体；给出的编号是同一个实体")
    first, *others = [record for entity in entities for record in entity]
    if len(others) > MOST_PAIRS:
        raise JudgementRefused(
            f"这些实体共有 {len(others) + 1:,} 条记录，需要 {len(others):,} 对判定，超过上限 {MOST_PAIRS:,}",
            remedy="请先核对模型与数据：这么大的实体多半不是个别记录的问题。",
        )
    return _decided(app, context, kind, [(first, other, "positive") for other in others], why, "merge")


def unmerge(
    app: App, context: AccessContext, kind: str, entity_id: str, records: Sequence[str], why: str
) -> dict[str, Any]:
    """Take records out of an entity: each is judged not to be one with any record that stays.

    Those taken out stay together as far as their evidence goes. Raises `EntityUnknown`, `JudgementRefused` (also
    beyond `MOST_PAIRS`), `AccessDenied`.
    """
    may_decide(context)
    inside = _members(app, kind, entity_id)
    leaving = sorted({_record(app, kind, record) for record in records})
    strange = [record for record in leaving if record not in inside]
    if not leaving or strange:
        raise JudgementRefused(
            f"这些记录不在该实体里：{'、'.join(strange[:5])}" if strange else "没有说明要拆出哪些记录",
            remedy="请用 weinao history 实体编号 查看它现有的记录。",
        )
    staying = [record for record in inside if record not in set(leaving)]
    if not staying:
        raise JudgementRefused("全部记录都要拆出，实体里就没有记录了", remedy="请至少留下一条记录。")
    if len(leaving) * len(staying) > MOST_PAIRS:
        raise JudgementRefused(
            f"拆出 {len(leaving):,} 条、留下 {len(staying):,} 条，需要 {len(leaving) * len(staying):,} 对判定，"
            f"超过上限 {MOST_PAIRS:,}",
            remedy="请分几次拆，或先核对模型与数据：这么大的实体多半不是个别记录的问题。",
        )
    pairs = [(a, b, "negative") for a in leaving for b in staying]
    # What people tied to each other through a record of the other side stays tied.
    groups = effective(current(app, kind)).together.group_by("record_a", maintain_order=True).agg("record_b")
    for first, others in groups.iter_rows():
        for side in (leaving, staying):
            tied = sorted({first, *others}.intersection(side))
            pairs += [(tied[0], other, "positive") for other in tied[1:]]
    return _decided(app, context, kind, pairs, why, "unmerge")


def differ(
    app: App, context: AccessContext, kind: str, entity_a: str, entity_b: str, verdict: str, why: str
) -> dict[str, Any]:
    """Say of two entities that they are not one (negative), or that nobody can tell (unsure): of every pair of records.

    Raises `EntityUnknown`, `JudgementRefused` (also beyond `MOST_PAIRS`), `AccessDenied`.
    """
    may_decide(context)
    if verdict not in {Verdict.NEGATIVE, Verdict.UNSURE}:
        raise JudgementRefused("没有这种判定", remedy="是同一个时请合并。")
    sides = [_members(app, kind, entity_id) for entity_id in (entity_a, entity_b)]
    if sides[0] == sides[1]:
        raise JudgementRefused("两边是同一个实体", remedy="请用 weinao unmerge 说明要拆出哪些记录。")
    pairs = [(a, b, verdict) for a in sides[0] for b in sides[1]]
    if len(pairs) > MOST_PAIRS:
        raise JudgementRefused(
            f"需要 {len(pairs):,} 对判定，超过上限 {MOST_PAIRS:,}", remedy="请对其中的记录逐对判定。"
        )
    return _decided(app, context, kind, pairs, why, "review" if len(pairs) == 1 else "unmerge")


def undo(app: App, context: AccessContext, judgement_id: str) -> dict[str, Any]:
    """Take a judgement back; one made by a merge or an unmerge by hand takes all of that act back.

    The older judgement of the pair, if any, counts again. Raises `JudgementUnknown`, `AccessDenied`.
    """
    may_decide(context)
    with app.writing():
        made = with_act(app.lake.current("judgements"))
        row = made.filter(pl.col("judgement_id") == judgement_id)
        if row.is_empty():
            raise JudgementUnknown("没有这个编号的有效判定")
        act = made.filter(pl.col("act") == row["act"][0])
        app.audit.record(context, "judgement.undo", act["judgement_id"])
        _append(
            app, act.drop("seq", "act").with_columns(deleted=True, who=pl.lit(context.subject), at=pl.lit(local_now()))
        )
    undone = act["judgement_id"].to_list()
    return {"kind": row["kind"][0], "origin": row["origin"][0], "act": row["act"][0], "undone": undone}


def listed(app: App, context: AccessContext, kind: str | None = None) -> list[dict[str, Any]]:
    """The judgements that nobody has undone, newest first. Raises `AccessDenied`.

    `act` is the same for all that one merge or unmerge made. `set_aside_by` names the newer acts because of which one
    does not bind: of the same pair, or contradicting it.
    """
    may_decide(context)
    made = with_act(app.lake.current("judgements", ("kind", *_CURRENT)))
    made = made if kind is None else made.filter(pl.col("kind") == checked_kind(kind))
    app.audit.record(context, "judgement.list", made["judgement_id"])
    last = dict(newest(made).select(pl.concat_str("record_a", "record_b", separator="/"), "judgement_id").iter_rows())
    aside = {told.judgement: list(told.against) for told in effective(made).contradictions}
    for row in made.select("record_a", "record_b", "judgement_id").iter_rows(named=True):
        latest = last[f"{row['record_a']}/{row['record_b']}"]
        if latest != row["judgement_id"]:
            aside[row["judgement_id"]] = [latest]
    act = dict(made.select("judgement_id", "act").iter_rows())
    return [
        row | {"set_aside_by": list(dict.fromkeys(act[name] for name in aside.get(row["judgement_id"], ())))}
        for row in made.reverse().iter_rows(named=True)
    ]


def with_act(judgements: pl.DataFrame) -> pl.DataFrame:
    """`judgements` with the `act` that made each: its own id, or the smallest one of a merge or unmerge by hand."""
    smallest = pl.col("judgement_id").min().over("kind", "origin", "who", "at")
    return judgements.with_columns(act=pl.when(pl.col("origin") == "review").then("judgement_id").otherwise(smallest))


def current(app: App, kind: str) -> pl.DataFrame:
    """The judgements of a kind for a run, oldest first: columns as `_CURRENT`."""
    return app.lake.current("judgements", _CURRENT, where=pl.col("kind") == kind)


def version(app: App, kind: str) -> int:
    """The `seq` of the last judgement of a kind, undone ones too; 0 where there is none: what a run depends on."""
    last = app.lake.scan("judgements").filter(pl.col("kind") == kind).select(pl.col("seq").max()).collect().item()
    return last or 0


def _decided(
    app: App,
    context: AccessContext,
    kind: str,
    pairs: Sequence[tuple[str, str, str]],
    why: str,
    origin: str,
) -> dict[str, Any]:
    if checked_kind(kind) in EXACT_KEYS:
        raise JudgementRefused(
            f"{KINDS[kind].label}按编号精确归一，判定不起作用", remedy="请更正来源数据中的编号后重新加载。"
        )
    reason = _stated(why)
    with app.writing():
        before = current(app, kind)
        rows = [
            {"record_a": min(a, b), "record_b": max(a, b), "verdict": verdict, "who": context.subject, "why": reason}
            for a, b, verdict in sorted(pairs)
        ]
        told = {(row["record_a"], row["record_b"]): row for row in before.iter_rows(named=True)}  # the newest of a pair
        known = [told.get((row["record_a"], row["record_b"]), {}) for row in rows]
        repeated = all(row.items() <= old.items() for row, old in zip(rows, known, strict=True))
        app.audit.record(
            context, f"judgement.{origin}", dict.fromkeys(record for a, b, _ in pairs for record in (a, b))
        )
        if not repeated:
            number = str(app.lake.last_seq("judgements") + 1)
            ids = ["jud_" + app.vault.token(kind, row["record_a"], row["record_b"], number) for row in rows]
            made = pl.DataFrame(rows).with_columns(
                pl.Series("judgement_id", ids), kind=pl.lit(kind), at=pl.lit(local_now()), origin=pl.lit(origin)
            )
            _append(app, made)
        else:
            ids = [old["judgement_id"] for old in known]
        earlier = {told.judgement for told in effective(before).contradictions}
        overruled = {told.judgement for told in effective(current(app, kind)).contradictions} - earlier
    return {
        "kind": kind,
        "verdict": pairs[0][2],
        "origin": origin,
        "act": min(ids),
        "judgements": ids,
        "overruled": sorted(overruled),
        "repeated": repeated,
    }


def _append(app: App, rows: pl.DataFrame) -> None:
    """One commit for one act, known by the row that it begins with: it is there whole, once, or not at all."""
    number = app.lake.last_seq("judgements") + 1
    app.lake.append("judgements", rows, transaction=("judgements", number))


def _record(app: App, kind: str, name: str) -> str:
    """The id of a record that is there, named by id or by `feed/record_key`."""
    found, record_id = record_named(app, name)
    if found != kind:
        raise JudgementRefused(f"记录 {redact(name)} 属于“{KINDS[found].label}”，不是“{KINDS[kind].label}”")
    return record_id


def _members(app: App, kind: str, entity_id: str) -> list[str]:
    """The present records of an entity, by id."""
    found, living = entity_named(app, entity_id)
    if found != kind:
        raise JudgementRefused(f"{shown_id(entity_id)} 是“{KINDS[found].label}”，不是“{KINDS[kind].label}”")
    assigned = records_of(app, kind, living)
    there = app.lake.current(records_table(kind), ["record_id"], where=pl.col("record_id").is_in(assigned))
    if there.is_empty():
        raise EntityUnknown(f"实体 {shown_id(entity_id)} 已没有记录")
    return sorted(there["record_id"])


def _stated(why: str) -> str:
    """A reason as it may rest in the lake: printable, short, without personal numbers. Raises `JudgementRefused`."""
    words = "".join(character for character in why if character.isprintable()).strip()
    if not words:
        raise JudgementRefused("没有说明理由", remedy="请写明依据，例如 --why '电话核实，为同一人'。")
    return redact(words)[:_LONGEST_WHY]
