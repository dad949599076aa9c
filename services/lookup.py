"""Find entities as one reader may see them; each call leaves one audit line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from core.catalogue import KINDS
from core.errors import GraphNotProjected, KeyAmbiguous, QueryInvalid
from core.values import InvalidValue, OrganizationName, PersonName, value_type
from governance.access import AccessContext
from governance.masking import visible
from graph.reads import fetch, keys
from graph.reads.model import Node
from graph.search import store
from graph.search.asked import Asked as Text
from graph.search.find import find as find_text
from graph.search.reasons import Reason
from services.app import App
from services.indexing import search_folder
from services.views import View
from services.visibility import allowed

_PLACE_LABELS = {"bld": "Building", "cmp": "Compound", "com": "Community", "grd": "Grid", "str": "Street"}
_LABELS = {name: kind.node_label for name, kind in KINDS.items()} | {"tag": "Tag", "record": "Record"}
_LABEL_OF_PREFIX = {
    **_PLACE_LABELS,
    **{kind.id_prefix: kind.node_label for kind in KINDS.values()},
    "tag": "Tag",
    "dep": "Department",
    "rec": "Record",
}
_DEEPEST_PAGE = 10_000
_CANDIDATES = 2  # enough to know that a key is ambiguous

Asked = tuple[AccessContext, Sequence[str]]
"""Who asks, and about which ids."""


def find(
    app: App,
    context: AccessContext,
    kind: str,
    *,
    id: str | None = None,
    key: tuple[str, str] | None = None,
    as_of: date | None = None,
) -> View | None:
    """One entity by its id, or by an exact key such as `("citizen_id", …)`; None when there is none.

    A merged id leads to the entity that it went into. Raises `KeyAmbiguous` for a key of several entities and
    `QueryInvalid` for a key that the kind does not have or a value that cannot be one.
    """
    del as_of  # validity belongs to relations; an entity itself has none
    label = label_of(kind, id)
    candidates = [id] if id else _by_key(app, kind, *key) if key else []
    if len(candidates) > 1:
        candidates = sorted(allowed(app, context, label, candidates))
    if len(candidates) > 1:
        raise KeyAmbiguous(f"这个{_KEY_LABELS.get(key[0] if key else '', '键')}对应不止一个对象")
    return find_each(app, kind, label, [(context, candidates)])[0]


def find_each(app: App, kind: str, label: str, asked: Sequence[Asked]) -> list[View | None]:
    """What each reader asked for by at most one id, in the order of `asked`, by one statement."""
    nodes = fetch.by_ids(app.store, label, {node_id for _, ids in asked for node_id in ids})
    missing = {node_id for _, ids in asked for node_id in ids if node_id not in nodes}
    targets = fetch.redirects(app.store, missing)
    living = fetch.by_ids(app.store, label, targets.values())
    nodes |= {merged: living[target] for merged, target in targets.items() if target in living}
    found = [_seen(app, context, [nodes[node_id] for node_id in ids if node_id in nodes]) for context, ids in asked]
    app.audit.record_all(
        (context, f"{kind}.find", [node.id] if node else ids) for (context, ids), node in zip(asked, found, strict=True)
    )
    return [view_of(app, context, node) if node else None for (context, _), node in zip(asked, found, strict=True)]


def _seen(app: App, context: AccessContext, nodes: list[Node]) -> Node | None:
    """The first of the nodes, if the reader may see it."""
    if not nodes or nodes[0].id not in allowed(app, context, nodes[0].label, [nodes[0].id]):
        return None
    return nodes[0]


def views(app: App, context: AccessContext, ids: Iterable[tuple[str, str]]) -> dict[str, View]:
    """Views of (label, id) pairs, for use cases that found ids in another way; the caller audits."""
    by_label: dict[str, list[str]] = {}
    for label, node_id in ids:
        by_label.setdefault(label, []).append(node_id)
    return {
        node_id: view_of(app, context, node)
        for label, members in by_label.items()
        for node_id, node in fetch.by_ids(app.store, label, members).items()
    }


def label_of(kind: str, node_id: str | None) -> str:
    """The label that an id of a kind stands for. Raises `QueryInvalid`."""
    label = _PLACE_LABELS.get((node_id or "").partition("_")[0]) if kind == "place" else _LABELS.get(kind)
    if label is None:
        raise QueryInvalid("没有这种地点编号" if kind == "place" else f"没有 {kind} 这一类")
    return label


def find_by_ids(app: App, context: AccessContext, ids: Sequence[str]) -> dict[str, View]:
    """What the ids stand for, of whatever kind; ids that lead nowhere are absent, merged ones lead on."""
    by_label: dict[str, list[str]] = {}
    for node_id in ids:
        if label := _LABEL_OF_PREFIX.get(node_id.partition("_")[0]):
            by_label.setdefault(label, []).append(node_id)
    found: dict[str, View] = {}
    for label, members in by_label.items():
        views = find_each(app, "node", label, [(context, [node_id]) for node_id in members])
        found |= {node_id: view for node_id, view in zip(members, views, strict=True) if view}
    return found


def view_of(app: App, context: AccessContext, node: Node) -> View:
    """A node as this reader may see it; the caller audits."""
    return View(node.label, node.id, visible(context, node.label, node.props, app.vault))


# --- exact keys ----------------------------------------------------------------------------------------------

_KEY_LABELS = {
    "citizen_id": "公民身份号码",
    "phone": "电话",
    "plate": "车牌",
    "uscc": "统一社会信用代码",
    "address": "地址",
    "name": "名称",
    "household_no": "户号",
    "record_key": "来源键",
}


def ids_by_key(app: App, kind: str, name: str, value: str) -> list[str]:
    """Whoever gave a number, of whatever grid: for what must not be given to two. Raises `QueryInvalid`."""
    return _by_key(app, kind, name, value)


def _by_key(app: App, kind: str, name: str, value: str) -> list[str]:
    finder = _KEYS.get((kind, name))
    if finder is None:
        raise QueryInvalid(f"不能用 {name} 查 {kind}")
    return finder(app, value)


def _blind(name: str, label: str) -> Callable[[App, str], list[str]]:
    return lambda app, value: _ids_by_index(app, name, value, _CANDIDATES, label)


def _ids_by_index(app: App, name: str, value: str, limit: int, label: str = "Person") -> list[str]:
    value_kind = value_type(name)
    key = value_kind.key(_parsed(name, value))
    if not key:
        raise QueryInvalid(
            f"这个{_KEY_LABELS[name]}不能用来精确查找",
            remedy="打了掩码的、常被随手填写的占位号码不作索引，请换一个条件。",
        )
    index = app.vault.blind_index(key, value_type=value_kind.name)
    return keys.find_by_record_key(app.store, f"{name}_index", index, label=label, limit=limit)


def _ids_by_name(app: App, name: str, limit: int) -> list[str]:
    parsed = _parsed("person_name", name)
    found = [node.id for node in keys.persons_by_name(app.store, name_key=PersonName.parse(parsed).text, limit=limit)]
    if parsed.isascii():
        found += [node.id for node in keys.persons_by_name(app.store, pinyin=parsed, limit=limit)]
    index = app.vault.blind_index(value_type("person_name").key(parsed), value_type="person_name")
    return found + keys.find_by_record_key(app.store, "name_index", index, label="Person", limit=limit)


def _by_uscc(app: App, value: str) -> list[str]:
    return keys.find_by_record_key(app.store, "uscc", _parsed("uscc", value), label="Organization", limit=_CANDIDATES)


def _by_organization_name(app: App, value: str) -> list[str]:
    key = OrganizationName.parse(_parsed("organization_name", value)).key
    return [node.id for node in keys.organizations_by_name(app.store, key, limit=_CANDIDATES)]


def _by_address(app: App, value: str) -> list[str]:
    found = [node.id for node in keys.dwellings_by_address(app.store, value, limit=_CANDIDATES)]
    return found or _by_written_address(app, value)


def _by_written_address(app: App, value: str) -> list[str]:
    """The door of an address that goes by its road instead of its compound, where the index knows exactly one.

    Nothing without building and room, for a misread name, or where the search has its doubts about the street.
    """
    try:
        asked = Text.read(value)
        if asked.address is None or not (asked.address.building and asked.address.room):
            return []
        with store.reading(search_folder(app)) as file:
            found = find_text(file, asked, {"Dwelling"}, _CANDIDATES)
    except (GraphNotProjected, QueryInvalid):  # no index, no answer: the exact key has had its say
        return []
    sure = [one.id for one in found if one.reason is Reason.ADDRESS and one.score == Reason.ADDRESS.score]
    return sure if len(sure) == 1 else []


def _by_household_no(app: App, value: str) -> list[str]:
    return [node.id for node in keys.households_by_number(app.store, value.strip(), limit=_CANDIDATES)]


def _by_event_key(app: App, value: str) -> list[str]:
    feed, separator, key = value.partition("/")
    if not separator:
        raise QueryInvalid("来源键应写成 来源/键，例如 hotline_complaints/RX-…")
    return ["evt_" + app.vault.token(feed, key)]


def _parsed(type_name: str, value: str) -> str:
    try:
        return value_type(type_name).parse(value).text
    except InvalidValue as error:
        raise QueryInvalid(error.message, remedy=error.remedy) from None


_KEYS: dict[tuple[str, str], Callable[[App, str], list[str]]] = {
    ("person", "citizen_id"): _blind("citizen_id", "Person"),
    ("person", "phone"): _blind("phone", "Person"),
    ("person", "plate"): _blind("plate", "Person"),
    ("organization", "uscc"): _by_uscc,
    ("organization", "name"): _by_organization_name,
    ("household", "household_no"): _by_household_no,
    ("dwelling", "address"): _by_address,
    ("event", "record_key"): _by_event_key,
}
