"""What a declaration may say: names that are names, columns that there are, conditions that are understood, numbers in
their ranges. Whatever passes means the same in a batch, in real time and on Spark, and calls nothing but the functions
of `resolution.functions`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Final

from core.errors import ModelInvalid
from resolution.expressions import columns, compile_condition, compile_value
from resolution.features.registry import column_names

if TYPE_CHECKING:
    from resolution.model.declaration import Comparison, Declaration

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")


def check(declared: Declaration) -> None:
    """Raises `ModelInvalid` naming the first item that cannot be as it is."""
    _names("类别", [declared.kind])
    _names("特征", [feature.name for feature in declared.features])
    _names("用量统计", [usage.name for usage in declared.usage])
    _names("派生列", [name for name, _ in declared.derive])
    _names("比较", [comparison.name for comparison in declared.comparisons])
    _names("分块键", [key.name for key in declared.blocking])
    for what, found in (("比较", declared.comparisons), ("分块键", declared.blocking)):
        if not found:
            raise ModelInvalid(f"“{declared.kind}”的匹配声明没有{what}，无从归一")
    known = _columns(declared)
    for key in declared.blocking:
        if not key.columns:
            raise ModelInvalid(f"匹配声明的分块键 {key.name} 没有列")
        _known(f"分块键 {key.name}", key.columns, known)
    _known("cannot_link", [declared.cannot_link] if declared.cannot_link else [], known)
    _known("identifier", [declared.identifier] if declared.identifier else [], known)
    for comparison in declared.comparisons:
        _comparison(comparison, known)
    if declared.block_limit < 2:
        raise ModelInvalid("匹配声明的 block_limit 至少为 2")
    if not math.isfinite(declared.absent):
        raise ModelInvalid("匹配声明的 absent 应为有限的数")


def _columns(declared: Declaration) -> set[str]:
    """All columns that the declaration makes, each of which may only use those before it."""
    known: set[str] = set()
    for feature in declared.features:
        known.update(column_names(feature.name, feature.type))
    for usage in declared.usage:
        _known(f"用量统计 {usage.name}", (usage.value, usage.by), known)
    known |= {usage.name for usage in declared.usage}
    for name, sql in declared.derive:
        compile_value(sql)
        _known(f"派生列 {name}", columns(sql), known)
        known.add(name)
    return known


def _comparison(comparison: Comparison, known: Collection[str]) -> None:
    where = f"比较 {comparison.name} "
    _names(f"{where}的级别", [level.name for level in comparison.levels])
    for level in comparison.levels:
        last = level is comparison.levels[-1]
        if (level.when == "ELSE") is not last:
            raise ModelInvalid(f"匹配声明中{where}的最后一级、也只有最后一级没有 when：{level.name}")
        if not last:
            compile_condition(level.when)
            _known(f"{where}的级别 {level.name}", (column[:-2] for column in columns(level.when)), known)
        _known(f"{where}的级别 {level.name}", [level.frequency] if level.frequency else [], known)
        for name, share in (("m", level.m), ("u", level.u)):
            if share is not None and not 0 < share <= 1:
                raise ModelInvalid(f"匹配声明中{where}的级别 {level.name}：{name} 应大于 0、不大于 1")
        if level.rivals is not None and not 0 < level.rivals < math.inf:
            raise ModelInvalid(f"匹配声明中{where}的级别 {level.name}：rivals 应为正数")


def _names(what: str, names: list[str]) -> None:
    for place, name in enumerate(names):
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise ModelInvalid(f"匹配声明中{what}的名称 {name!r} 应由小写字母、数字和下划线组成，以字母开头")
        if name in names[:place]:
            raise ModelInvalid(f"匹配声明中{what} {name} 写了两次")


def _known(where: str, named: Iterable[str], known: Collection[str]) -> None:
    for name in named:
        if name not in known:
            raise ModelInvalid(f"匹配声明中{where}引用了没有的列 {name}")
