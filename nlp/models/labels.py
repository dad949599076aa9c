"""What a model's own names mean here: categories as codes of the taxonomy, entity labels as kinds of entity."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from core.errors import ReadingModelInvalid
from nlp.tables import taxonomy

_NAME: Final = ("name", "category", "类别", "分类", "名称")
_CODE: Final = ("code", "编码", "代码")
_TOLD: Final = 10


def codes_of(names: Sequence[str], table: Path | None = None, stated: Any = None) -> dict[str, str]:
    """Our code of each category: itself a code or a current name, or as a table (a CSV of names and codes) says.

    `stated` is the mapping that the model carries, if any. Raises ReadingModelInvalid, naming what has no code.
    """
    known = taxonomy()
    found = {row.name: row.code for row in known.values() if row.valid_to is None} | {code: code for code in known}
    carried = stated.items() if isinstance(stated, Mapping) else ()
    found |= {name: code for name, code in carried if isinstance(code, str) and code in known}
    found |= _table(table) if table else {}
    missing = [name for name in names if name not in found]
    if not names or missing:
        told = "、".join(missing[:_TOLD]) + (f" 等 {len(missing)} 个" if len(missing) > _TOLD else "")
        raise ReadingModelInvalid(
            f"模型的类别不在诉求分类表中：{told}" if names else "模型没有类别",
            remedy="请用 --taxonomy 给出对照表（CSV，列 name 与 code），或用分类表中的名称重新训练。",
        )
    return {name: found[name] for name in names}


def _table(path: Path) -> dict[str, str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ReadingModelInvalid(f"对照表 {path.name} 无法读取", remedy="请给出 UTF-8 的 CSV 文件。") from error
    header = set(rows[0]) if rows else set()
    name, code = (next((one for one in wanted if one in header), None) for wanted in (_NAME, _CODE))
    if name is None or code is None:
        raise ReadingModelInvalid(f"对照表 {path.name} 需要 name 与 code 两列")
    strange = [number for number, row in enumerate(rows, start=2) if row[code] not in taxonomy()]
    if strange:
        raise ReadingModelInvalid(f"对照表 {path.name} 第 {strange[0]} 行的编码不在诉求分类表中")
    return {row[name]: row[code] for row in rows}
