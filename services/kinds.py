"""The entity kinds that records are resolved to."""

from __future__ import annotations

from core.errors import InvalidSetting
from resolution.kinds import RESOLVED_KINDS


def checked_kind(kind: str) -> str:
    """The kind itself. Raises `InvalidSetting` for one that is not resolved."""
    if kind not in RESOLVED_KINDS:
        raise InvalidSetting("没有这一类", remedy=f"类别可以是：{'、'.join(RESOLVED_KINDS)}。")
    return kind
