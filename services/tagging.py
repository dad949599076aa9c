"""Dynamic tags: computed on the graph, logged in the lake, applied like everything else.

`run` computes them; what else is done with tags stands in `tag_rules`, `tag_reads` and `hand_tags`, and can be called
from here.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any, Final

import orjson
import polars as pl

from core.clock import local_now
from core.deadline import deadline
from core.errors import QueryTimedOut, TagRuleTooSlow
from core.filters import Condition
from core.progress import SILENT, Progress
from governance.access import AccessContext
from graph.filters.columns import Columns
from graph.filters.evaluator import Evaluator, Finding
from graph.linking.changes import EDGE_CHANGES
from graph.linking.inputs import EDGE_COLUMNS, NODE_COLUMNS
from graph.projection import watermark
from graph.tags.changes import borne, compare, edge_rows, node_rows, rule_node
from graph.tags.evaluate import FOUND, GraphEvaluator, evaluate, evaluate_within, evidence_texts
from graph.tags.reach import Changed, touched
from graph.tags.rules import TagRule, levels, rule_set
from graph.tags.state import borne_by
from services.app import App
from services.browse import blind_of
from services.hand_tags import end_tag, hand_batch, set_tag
from services.linking import append_changes, newest_day, next_batch
from services.projecting import apply_log
from services.tag_columns import rule_columns
from services.tag_reads import Bearer, Bearers, Preview, Tagging, TagHistory, bearers, preview, tag_history
from services.tag_rules import RuleState, active_rules, disable_rule, rule_file, rule_named, rules, save_rule

__all__ = [
    "Bearer",
    "Bearers",
    "Preview",
    "RuleState",
    "TagHistory",
    "Tagging",
    "bearers",
    "disable_rule",
    "end_tag",
    "preview",
    "rule_file",
    "rule_named",
    "rules",
    "run",
    "save_rule",
    "set_tag",
    "tag_history",
]

logger = logging.getLogger("weinao.tagging")
RULE_SECONDS: Final = 60.0
"""How long one question of one rule may take (its bearers, the evidence of 50,000); 46 rules on 20,000 people take 4 s
in all.
"""

# From this share of changed nodes and relations on, asking everything anew costs less than finding out whom they touch.
_SMALL_SHARE: Final = 0.02
_SMALL_COUNT: Final = 2_000

_NOTHING: Final = pl.DataFrame(schema=EDGE_CHANGES)
_BORNE: Final = (
    "MATCH (t:Tag)<-[r:TAGGED]-() WHERE t.id IN $ids AND r.author IS NULL "
    "AND r.valid_from <= $day AND (r.valid_to IS NULL OR $day < r.valid_to) RETURN t.id AS tag, count(r) AS number"
)

Counts = dict[str, tuple[int, int, int]]
"""Rule → taggings that began, that ended, and how many bearers more there are."""


@dataclass(frozen=True, slots=True)
class _Last:
    """What the last run covered: the log up to `batch`, hand-set tags up to `hand`; and how many bearers it left.

    `scoped`: it asked only about what had changed. `late`: rules that were not done in time, left as they were.
    """

    batch: int = 0
    hand: int = 0
    day: str = ""
    rules: str = ""
    scoped: bool = False
    bearers: dict[str, int] = field(default_factory=dict)
    late: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Found:
    """What a turn of rules came to: rows for the log, counts, and the rules that were not done in time."""

    edges: pl.DataFrame
    counts: Counts = field(default_factory=dict)
    late: list[str] = field(default_factory=list)


def run(app: App, context: AccessContext, *, full: bool = False, progress: Progress = SILENT) -> list[dict[str, Any]]:
    """Bring all tags up to what the graph says today; returns name, label, bearers, gained, ended, error of each rule.

    Only what changed since the last run can touch is asked again, with the same result; everything is when `full`
    says so, on a new day, under other rules, and after large changes. A rule that is not done in `RULE_SECONDS` keeps
    its tags as they are until everything is asked again; its `error` says so. Raises `TagRuleInvalid`.
    """
    app.audit.record(context, "graph.tag", [])
    with app.writing():
        chosen, day, last, next_seq = active_rules(app), newest_day(app), _last(app), next_batch(app)
        applied = watermark(app.store)
        if applied is None or applied.seq < next_seq - 1:
            apply_log(app, progress=progress)
        stand = _Last(next_seq - 1, app.lake.last_seq("hand_tags"), day.isoformat(), rule_set(chosen))
        changed = None if full or (last.day, last.rules) != (stand.day, stand.rules) else _changed(app, last, stand)
        if changed is not None and (last.batch, last.hand) == (stand.batch, stand.hand):
            return _report(chosen, {}, last.bearers, last.late)
        if changed is None:
            counts, before, late, next_seq = _whole(app, chosen, day, next_seq, progress)
        else:
            before = last.bearers | _recounted(app, chosen, changed, day)
            counts, late, next_seq = _little(app, chosen, day, changed, last, next_seq)
        number = {rule.name: before.get(rule.name, 0) + counts.get(rule.name, (0, 0, 0))[2] for rule in chosen}
        scoped = changed is not None
        _remember(app, replace(stand, batch=next_seq - 1, scoped=scoped, bearers=number, late=late))
    for name in sorted(set(late) - set(last.late)):
        logger.warning("%s", _too_slow(name))
    return _report(chosen, counts, number, late)


def _report(
    chosen: Sequence[TagRule], counts: Counts, number: dict[str, int], late: Sequence[str]
) -> list[dict[str, Any]]:
    return [
        {
            "name": rule.name,
            "label": rule.label,
            "bearers": number.get(rule.name, 0),
            "gained": counts.get(rule.name, (0, 0, 0))[0],
            "ended": counts.get(rule.name, (0, 0, 0))[1],
            "error": str(_too_slow(rule.name)) if rule.name in late else None,
        }
        for rule in chosen
    ]


def _too_slow(name: str) -> TagRuleTooSlow:
    return TagRuleTooSlow(f"规则 {name} 没有在 {RULE_SECONDS:g} 秒内算完，它的标签保持原样")


# --- everything anew -----------------------------------------------------------------------------------------


def _whole(
    app: App, chosen: Sequence[TagRule], day: date, next_seq: int, progress: Progress
) -> tuple[Counts, dict[str, int], list[str], int]:
    """What changed, how many bore each tag before, the rules not done in time, and the number of the next batch."""
    nodes = node_rows(_tag_nodes(app), map(rule_node, chosen), next_seq)
    known = borne(app.lake.current("graph_edges", EDGE_COLUMNS, where=pl.col("type") == "TAGGED"))
    gone = compare(known.filter(~_of(chosen)), pl.DataFrame(schema=FOUND), (), day)
    next_seq += _commit(app, nodes, edge_rows(gone, (), (), day, next_seq), progress)
    next_seq += _commit(app, *hand_batch(app, next_seq), progress)
    counts: Counts = {}
    late: list[str] = []
    with progress.task("计算标签", total=len(chosen), unit="条") as task:
        for turn in levels(chosen):
            parts = []
            with rule_columns(app, turn, day) as columns:
                for rule in turn:
                    parts.append(_anew(_Bounded(columns), rule, known.filter(_of([rule])), day, next_seq))
                    task.advance()
            found = _together(parts)
            next_seq += _commit(app, None, found.edges, progress)
            counts |= found.counts
            late += found.late
    held = (pl.col("valid_from") <= day) & (pl.col("valid_to").is_null() | (pl.col("valid_to") > day))
    number = dict(known.filter(_of(chosen), held).group_by("rule").len().iter_rows())
    return counts, number, late, next_seq


@dataclass(frozen=True, slots=True)
class _Bounded:
    """An `Evaluator` each of whose answers may take `RULE_SECONDS`."""

    columns: Columns

    def bearers(self, label: str, condition: Condition) -> list[str]:
        with deadline(RULE_SECONDS):
            return self.columns.bearers(label, condition)

    def evidence(self, label: str, condition: Condition, ids: Sequence[str]) -> Mapping[str, Finding]:
        with deadline(RULE_SECONDS):
            return self.columns.evidence(label, condition, ids)


def _anew(evaluator: Evaluator, rule: TagRule, known: pl.DataFrame, day: date, seq: int) -> _Found:
    """One rule asked of everything."""
    try:
        found = evaluate(evaluator, [rule])
        plan = compare(known, found, [rule], day)
        told = evidence_texts(evaluator, {rule.name: rule}, plan.unexplained)
        return _Found(edge_rows(plan, told, [rule], day, seq), plan.counts(day))
    except QueryTimedOut:
        return _Found(_NOTHING, late=[rule.name])


def _together(parts: Iterable[_Found]) -> _Found:
    edges, counts, late = [_NOTHING], Counts(), list[str]()
    for part in parts:
        edges.append(part.edges)
        counts |= part.counts
        late += part.late
    return _Found(pl.concat(edges).sort("id"), counts, late)


# --- what little changed -------------------------------------------------------------------------------------


def _changed(app: App, last: _Last, now: _Last) -> Changed | None:
    """What the log holds beyond the last run; None where that is much, or less than there was."""
    if last.batch > now.batch or last.hand > now.hand:
        return None
    later = pl.col("batch") > last.batch
    nodes = app.lake.scan("graph_nodes").filter(later).select("label", "id").collect()
    edges = app.lake.scan("graph_edges").filter(later).select("type", *EDGE_COLUMNS[2:6]).collect()
    known = app.lake.count("graph_nodes") + app.lake.count("graph_edges")
    much = nodes.height + edges.height > max(_SMALL_COUNT, _SMALL_SHARE * known)
    return None if much else Changed.of(nodes, edges)


def _little(
    app: App, chosen: Sequence[TagRule], day: date, changed: Changed, last: _Last, next_seq: int
) -> tuple[Counts, list[str], int]:
    """What changed, the rules not done in time (now, or when everything was asked), and the number of the next batch.

    Of a rule left as it was, a part must not be brought up to date: whoever sees its tags sees those of one day.
    """
    if _hand_tags_move(app, changed, last):
        nodes, edges = hand_batch(app, next_seq)
        next_seq += _commit(app, nodes, edges)
        changed = changed.and_edges(edges)
    counts: Counts = {}
    late = list(last.late)
    for turn in levels(chosen):
        found = _within(app, [rule for rule in turn if rule.name not in late], changed, day, next_seq)
        next_seq += _commit(app, None, found.edges)
        changed = changed.and_edges(found.edges)
        counts |= found.counts
        late += found.late
    return counts, late, next_seq


def _within(app: App, turn: Sequence[TagRule], changed: Changed, day: date, seq: int) -> _Found:
    """Rules asked of what the changes can touch: all at once, and each alone where that takes too long."""
    try:
        with deadline(RULE_SECONDS):
            within = touched(app.store, turn, changed)
            if not within:
                return _Found(_NOTHING)
            asked = [rule for rule in turn if rule.name in within]
            evaluator = GraphEvaluator(app.store, day, blind_of(app))
            found = evaluate_within(evaluator, asked, within)
            plan = compare(_borne_by(app, asked, within), found, asked, day, within=within)
            told = evidence_texts(evaluator, {rule.name: rule for rule in asked}, plan.unexplained)
            return _Found(edge_rows(plan, told, asked, day, seq), plan.counts(day))
    except QueryTimedOut:
        if len(turn) == 1:
            return _Found(_NOTHING, late=[turn[0].name])
        return _together(_within(app, [rule], changed, day, seq) for rule in turn)


def _recounted(app: App, chosen: Sequence[TagRule], changed: Changed, day: date) -> dict[str, int]:
    """How many bear the tags whose taggings others than a run have changed: those of merged entities went with them."""
    names = {rule.tag_id: rule.name for rule in chosen}
    ids = sorted(names.keys() & {tag for _, _, _, tag in changed.edges.get("TAGGED", ())})
    found = app.store.read(_BORNE, ids=ids, day=day) if ids else []
    return dict.fromkeys((names[tag] for tag in ids), 0) | {names[row["tag"]]: row["number"] for row in found}


def _borne_by(app: App, asked: Sequence[TagRule], within: dict[str, list[str]]) -> pl.DataFrame:
    by_label: dict[str, set[str]] = {}
    for rule in asked:
        by_label.setdefault(rule.applies_to, set()).update(within[rule.name])
    return borne_by(app.store, {label: sorted(ids) for label, ids in by_label.items()}).filter(_of(asked))


def _hand_tags_move(app: App, changed: Changed, last: _Last) -> bool:
    """Whether hand-set tags are new, or what bears them was merged, split, or came back."""
    if app.lake.last_seq("hand_tags") == 0:
        return False
    if app.lake.last_seq("hand_tags") > last.hand or "Redirect" in changed.nodes:
        return True
    bearers = set(app.lake.current("hand_tags", ["entity_id"])["entity_id"])
    return any(bearers & ids for ids in changed.nodes.values())


# --- the log -------------------------------------------------------------------------------------------------


def _commit(app: App, nodes: pl.DataFrame | None, edges: pl.DataFrame, progress: Progress = SILENT) -> int:
    """Append what changed to the log and apply it, so that the next turn of rules sees it; how many batches it made."""
    rows = (nodes if nodes is not None else edges.clear()), edges
    if not any(frame.height for frame in rows):
        return 0
    append_changes(app, *rows)
    apply_log(app, progress=progress)
    return 1


def _of(chosen: Sequence[TagRule]) -> pl.Expr:
    return pl.col("rule").is_in([rule.name for rule in chosen])


def _tag_nodes(app: App) -> pl.DataFrame:
    return app.lake.current("graph_nodes", NODE_COLUMNS, where=pl.col("label") == "Tag")


def _last(app: App) -> _Last:
    runs = app.lake.scan("runs").filter(pl.col("kind") == "tag").sort("seq").select("report").collect()
    return _Last(**orjson.loads(runs["report"][-1])) if runs.height else _Last()


def _remember(app: App, stand: _Last) -> None:
    """The log up to here is covered: what this run wrote itself needs no second look."""
    at = local_now()
    report = orjson.dumps(asdict(stand)).decode()
    run_id = "run_" + app.vault.token("tag", stand.day, str(stand.batch), at.isoformat())
    app.lake.append("runs", pl.DataFrame({"run_id": [run_id], "kind": ["tag"], "report": [report], "at": [at]}))
