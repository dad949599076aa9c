"""The living entity that a change is about, as far as whoever makes the change may see it."""

from __future__ import annotations

from dataclasses import dataclass

from core.catalogue import KINDS
from core.errors import EntityUnknown
from core.values import shown_id
from governance.access import AccessContext
from services.app import App
from services.fact_rows import seals_minors
from services.record_values import entity_members
from services.visibility import allowed


@dataclass(frozen=True, slots=True)
class Subject:
    """`records`: ids of what belongs to it; `minor`: its values rest sealed as a child's do."""

    kind: str
    id: str
    records: list[str]
    minor: bool

    @property
    def label(self) -> str:
        return KINDS[self.kind].node_label


def subject_of(app: App, context: AccessContext, entity_id: str) -> Subject:
    """A merged id leads to the entity that it went into.

    Raises `EntityUnknown` also for what the reader may not see.
    """
    unknown = EntityUnknown(f"没有实体 {shown_id(entity_id)}", remedy="请核对编号。")
    try:
        kind, living, records = entity_members(app, entity_id)
    except EntityUnknown:
        raise unknown from None
    if not allowed(app, context, KINDS[kind].node_label, [living]):
        raise unknown
    return Subject(kind, living, records, seals_minors(app, kind, records))
