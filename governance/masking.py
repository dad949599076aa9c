"""From a node as stored to the values that one reader may see."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from core.catalogue import KINDS, Kind, Level
from core.sealing import Vault
from governance.access import AccessContext, Visibility, visibility

KIND_OF_LABEL: dict[str, Kind] = {kind.node_label: kind for kind in KINDS.values()}
_INTERNAL_SUFFIXES = ("_sealed", "_index", "_hash")


def visible(context: AccessContext, label: str, values: Mapping[str, Any], vault: Vault) -> dict[str, Any]:
    """The properties of a node as the reader may see them.

    A property that rests sealed holds its masked form in clear; it is opened only where the reader's visibility of
    its level is clear. Sealed bytes and index digests never leave. A value below 敏感 that rests sealed (a minor's
    name, say) counts as 敏感.
    """
    kind = KIND_OF_LABEL.get(label)
    shown = {name: value for name, value in values.items() if not name.endswith(_INTERNAL_SUFFIXES)}
    for field in kind.fields if kind else ():
        if field.name not in shown and f"{field.name}_sealed" not in values:
            continue
        sealed = values.get(f"{field.name}_sealed")
        level = max(field.level, Level.SENSITIVE) if sealed else field.level
        match visibility(context, level):
            case Visibility.HIDDEN:
                shown.pop(field.name, None)
            case Visibility.CLEAR if sealed:
                shown[field.name] = vault.open(base64.b64decode(sealed), field=field.name, owner=str(values["id"]))
            case _:
                pass
    return shown
