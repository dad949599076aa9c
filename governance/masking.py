"""From a node as stored to the values that one reader may see."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from core.catalogue import KINDS, Field, Kind, Level
from core.sealing import Vault
from governance.access import AccessContext, Visibility, visibility

KIND_OF_LABEL: dict[str, Kind] = {kind.node_label: kind for kind in KINDS.values()}
_SEALED = "_sealed"
_INTERNAL_SUFFIXES = (_SEALED, "_index", "_hash")


def visible(context: AccessContext, label: str, values: Mapping[str, Any], vault: Vault) -> dict[str, Any]:
    """The properties of a node as the reader may see them.

    A property that rests sealed holds its masked form in clear; it is opened only where the reader's visibility of
    its level is clear. Sealed bytes and index digests never leave. A value below 敏感 that rests sealed (a minor's
    name, say) counts as 敏感.
    """
    fields, sees = _fields(label), _sees(context)
    shown: dict[str, Any] = {}
    sealed: list[str] = []
    for name, value in values.items():
        if name.endswith(_INTERNAL_SUFFIXES):
            if value and name.endswith(_SEALED) and name.removesuffix(_SEALED) in fields:
                sealed.append(name.removesuffix(_SEALED))
            continue
        field = fields.get(name)
        if field is None or sees[field.level] is not Visibility.HIDDEN:
            shown[name] = value
    for name in sealed:
        match sees[max(fields[name].level, Level.SENSITIVE)]:
            case Visibility.HIDDEN:
                shown.pop(name, None)
            case Visibility.CLEAR:
                text = base64.b64decode(values[name + _SEALED])
                shown[name] = vault.open(text, field=name, owner=str(values["id"]))
            case _:
                pass
    return shown


@lru_cache(maxsize=64)
def _fields(label: str) -> dict[str, Field]:
    kind = KIND_OF_LABEL.get(label)
    return {field.name: field for field in kind.fields} if kind else {}


@lru_cache(maxsize=256)
def _sees(context: AccessContext) -> dict[Level, Visibility]:
    return {level: visibility(context, level) for level in Level}
