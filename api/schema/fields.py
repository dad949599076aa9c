"""Fields that derive from the catalogue, and how any field reads its value."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from inspect import get_annotations
from typing import Any, TypeVar, cast, dataclass_transform

import strawberry

from api.schema.scalars import iso_text
from core.catalogue import EVENT, Field, Kind, PersonalKind
from core.codes import table
from services.views import Linked, View

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

_PERSONAL_LABEL = {PersonalKind.PERSONAL: "个人信息", PersonalKind.SENSITIVE: "敏感个人信息"}


def read(source: Any, name: str) -> Any:
    """The resolver of every plain field: a property of a node or of an edge, or an attribute.

    A trailing underscore keeps Python's keywords out of the way (`from_`).
    """
    if type(source) is View:
        return source.id if name == "id" else iso_text(source.values.get(name))
    if type(source) is Linked:
        return source.node if name == "node" else iso_text(source.edge.get(name.rstrip("_")))
    return getattr(source, name)


def computed(description: str, **metadata: Any) -> Callable[[F], F]:
    """Make a method a field whose value it computes."""

    def decorate(method: F) -> F:
        made: Any = strawberry.field(method, description=description, metadata=metadata)
        return cast("F", made)

    return decorate


def describe(field: Field) -> str:
    """The Chinese description of a catalogue field: label, classification level, personal kind, standard."""
    notes = [field.level.label]
    if field.personal in _PERSONAL_LABEL:
        notes.append(_PERSONAL_LABEL[field.personal])
    if field.standard:
        notes.append(field.standard)
    return f"{field.label}（{'，'.join(notes)}）"


def python_type(field: Field) -> type:
    """What a catalogue field is in GraphQL. A value that may be masked is text, whatever its value type."""
    if field.sealable:
        return str
    return {"date": date, "datetime": datetime, "number": float, "integer": int, "boolean": bool}.get(field.type, str)


def _label_field(field: Field) -> Any:
    """The Chinese label beside a coded value."""
    codes = table(field.type.removeprefix("code:"))

    def label(root: strawberry.Parent[View]) -> str | None:
        code = root.values.get(field.name)
        if code is None:
            return None
        return codes.label(code) if code in codes else str(code)

    return strawberry.field(resolver=label, description=f"{field.label}的中文名称")


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field,))
def entity(kind: Kind) -> Callable[[type[T]], type[T]]:
    """Make a class the GraphQL type of a catalogue kind: its id, every catalogue field, a label beside each code."""

    def decorate(cls: type[T]) -> type[T]:
        annotations: dict[str, Any] = {"id": strawberry.ID}
        cls.id = strawberry.field(description="本系统的编号，合并后仍可用")  # type: ignore[attr-defined]
        if kind is not EVENT:
            annotations["record_count"] = int | None
            cls.record_count = strawberry.field(description="由多少条来源记录归并而成")  # type: ignore[attr-defined]
        for field in kind.fields:
            annotations[field.name] = python_type(field) | None
            setattr(cls, field.name, strawberry.field(description=describe(field)))
            if field.type.startswith("code:"):
                annotations[f"{field.name}_label"] = str | None
                setattr(cls, f"{field.name}_label", _label_field(field))
        cls.__annotations__ = annotations | get_annotations(cls)
        return strawberry.type(cls, description=kind.label)

    return decorate
