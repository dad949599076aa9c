"""What statements of records, of a value or of a relation, have in common: what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, ClassVar, Final, cast

PAST: Final = {"superseded": "已被同一记录更正", "withdrawn": "已被来源撤回"}
"""What becomes of a statement that its own record makes no longer."""


class Statement:
    """Base of the dataclasses. `status` is a key of `LABELS`, which says each in Chinese."""

    __slots__ = ()
    LABELS: ClassVar[Mapping[str, str]] = PAST
    status: str

    @property
    def status_label(self) -> str:
        return self.LABELS[self.status]

    def as_dict(self) -> dict[str, Any]:
        return asdict(cast("Any", self)) | {"status_label": self.status_label}
