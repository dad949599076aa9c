"""What the last run of a kind left, from the home's sealed cache."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from core.errors import InvalidSetting, KeyUnusable, StateMissing, StateStale
from resolution.index.snapshot import Open, load, run_of, save
from resolution.model.model import Model
from resolution.state import State
from services.app import App
from services.changed import covered_now
from services.training import model_of

_FIELD = "state"


def load_state(app: App, kind: str) -> State:
    """The state of the last run. Raises `StateMissing`, `KeyUnusable`, and `InvalidSetting` for an exact kind."""
    return load(_folder(app, kind), _opener(app, kind), _model(app, kind).declaration)


def kept_run(app: App, kind: str) -> str | None:
    """The run whose state is kept, without reading the whole of it; None without a usable one."""
    try:
        return run_of(_folder(app, kind), _opener(app, kind), _model(app, kind).declaration)
    except (StateMissing, KeyUnusable):
        return None


def save_state(app: App, state: State) -> None:
    """Keep `state` in place of what was there; the caller holds `app.writing()`.

    Raises `DiskFull`, `HomeNotWritable`.
    """
    vault, kind = app.vault, state.model.kind

    def sealed(data: bytes, name: str) -> bytes:
        return vault.seal_bytes(data, field=_FIELD, owner=f"{kind}/{name}")

    save(state, _folder(app, kind), sealed)


def behind(app: App, state: State) -> dict[str, tuple[int, int]]:
    """Lake tables that have rows the state does not cover: the highest `seq` it covers, and the highest there is."""
    now = covered_now(app, state.model.kind)
    return {table: (seq, now[table]) for table, seq in state.covered.items() if now.get(table) != seq}


def fresh_state(app: App, kind: str) -> State:
    """The state of the last run, for answers that must be right.

    Raises `StateStale` when records or the model have changed since (judgements are told beside it), or when it is not
    of the lake's last run; and as `load_state` does.
    """
    state = load_state(app, kind)
    runs = app.lake.read("runs", ["run_id", "kind", "seq"]).filter(pl.col("kind") == kind).sort("seq")
    if runs.is_empty() or runs["run_id"][-1] != state.run_id:
        raise StateStale(f"“{kind}”的归一状态不属于数据湖里最近一次归一")
    if state.base != _model(app, kind).digest:
        raise StateStale(f"“{kind}”的模型在上次归一之后已更换")
    tables = sorted(behind(app, state).keys() - {"judgements"})
    if tables:
        raise StateStale(f"上次归一之后，数据湖表 {'、'.join(tables)} 又有新的内容")
    return state


def ages(app: App, kind: str) -> dict[str, int]:
    """How old each entity is: the smallest `seq` of its assignments."""
    given = app.lake.current("assignments", ["entity_id", "seq"], where=pl.col("kind") == kind)
    return dict(given.group_by("entity_id").agg(pl.col("seq").min()).iter_rows())


def homes(app: App, kind: str) -> pl.DataFrame:
    """record_id, home: the entity that a record was of before that was merged into its present one."""
    log = app.lake.scan("assignments").filter(pl.col("kind") == kind).select("record_id", "entity_id", "seq").collect()
    moved = log.filter(pl.col("record_id").is_duplicated()).sort("seq")
    last = moved.with_columns(home=pl.col("entity_id").shift(1).over("record_id")).unique("record_id", keep="last")
    changes = app.lake.scan("entity_changes").filter((pl.col("kind") == kind) & (pl.col("change") == "merged"))
    merged = changes.select(home="entity_id", entity_id="other_id").collect()
    return last.join(merged, on=["home", "entity_id"], how="semi").select("record_id", "home")


def _model(app: App, kind: str) -> Model:
    model = model_of(app, kind)
    if model is None:
        raise InvalidSetting(
            f"{kind} 按编号精确归一，没有归一状态", remedy="可用的类别：person、organization、dwelling。"
        )
    return model


def _opener(app: App, kind: str) -> Open:
    vault = app.vault

    def opened(data: bytes, name: str) -> bytes:
        return vault.open_bytes(data, field=_FIELD, owner=f"{kind}/{name}")

    return opened


def _folder(app: App, kind: str) -> Path:
    return app.settings.home / "index" / kind
