"""WN-LK: lake tables."""

from __future__ import annotations

from core.errors.base import WeinaoError


class LakeError(WeinaoError):
    """Family: lake tables."""


class TableUnreadable(LakeError):
    """A lake table exists but cannot be read."""

    code = "WN-LK-001"
    title = "数据湖表无法读取"
    remedy = "请检查 WEINAO_HOME/lake 下该表是否完整，必要时从备份恢复。"


class NothingLoaded(LakeError):
    """The step needs data that has not been loaded yet."""

    code = "WN-LK-002"
    title = "尚无数据"
    remedy = "请先运行 weinao load，或运行 make demo。"
