"""Links read ahead: all that a query will follow from its objects, a level at a time, one statement a level.

A query that nests links says beforehand what it will follow (`Tree`). Reading it as it is resolved, link by link, would
cost a round trip and an audit line's lock for each; so the whole of it is read when the first of its links is asked
for. Calls of several readers share the statements; what each may see is decided for each.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias, cast

import orjson

from core.catalogue import Level
from core.catalogue.links import LINKS, Link
from core.errors import WeinaoError
from governance.access import AccessContext, visibility
from graph.reads.follow import Branch, follow
from graph.reads.model import Related
from graph.reads.pages import Asked as AskedOf
from graph.reads.pages import Ordering
from services.app import App
from services.browse import OrderBy, filter_asked, ordering_of
from services.lookup import Asked, view_of
from services.permitted import permitted_ends
from services.views import Linked
from services.visibility import EVERYTHING

MOST: Final = 10_000  # links that are read ahead for one reader; what lies beyond is read when it is asked for


class Follow(NamedTuple):
    """A link to follow from nodes labelled `source`; equal ones are read once.

    `day` None is the whole history; `where` is a filter as JSON about nodes of `target` (where there are several).
    """

    source: str
    name: str
    day: date | None
    limit: int
    skip: int = 0
    where: bytes = b""
    target: str | None = None
    order: OrderBy | None = None

    @property
    def link(self) -> Link:
        return LINKS[self.source, self.name]

    @property
    def about(self) -> str:
        """The label that the filter and the order speak of."""
        return self.target or self.link.targets[0]


@dataclass(slots=True, eq=False)
class Tree:
    """What to follow from nodes, by their label, and what from there. Equal to itself alone: one for each query."""

    ways: dict[str, dict[Follow, Tree]] = field(default_factory=dict)

    def then(self, ways: Iterable[Follow]) -> Tree:
        """The tree behind links, the same behind each; added where they are new."""
        behind: Tree | None = None
        for way in ways:
            known = self.ways.setdefault(way.source, {})
            behind = known.setdefault(way, behind or Tree())
        return behind or Tree()


Found: TypeAlias = dict[Follow, dict[str, list[Linked]] | WeinaoError]
"""By link and node; or why the reader may not ask this of any node."""
_Level: TypeAlias = dict[Follow, dict[Tree, list[dict[str, None]]]]
"""What to read: by link and what comes behind it, the ids of each reader."""


class _Job(NamedTuple):
    """What is read together: a link, what is asked of its ends, and of which nodes each reader (by number) asks."""

    way: Follow
    condition: AskedOf | None
    order: Ordering | None
    readers: list[tuple[int, list[str]]]


@lru_cache(maxsize=256)
def only(way: Follow) -> Tree:
    """The tree of one link."""
    tree = Tree()
    tree.then([way])
    return tree


def read_ahead(app: App, context: AccessContext, tree: Tree, label: str, ids: Sequence[str]) -> Found:
    """What the nodes `ids` of a label are linked to along `tree`.

    Of what lies deeper some may be missing: where there is too much of it, or reading it failed.
    """
    return read_ahead_each(app, tree, label, [(context, ids)])[0]


def read_ahead_each(app: App, tree: Tree, label: str, asked: Sequence[Asked]) -> list[Found]:
    """`read_ahead` for several readers, in the order of `asked`."""
    found: list[Found] = [{} for _ in asked]
    level: _Level = {
        way: {behind: [dict.fromkeys(ids) for _, ids in asked]} for way, behind in tree.ways.get(label, {}).items()
    }
    first, rows = True, [0] * len(asked)
    while level:
        try:
            _read(app, level, asked, found)
        except WeinaoError:
            if first:
                raise
            break  # whoever asks for one of these links will be told
        level, first = _next(level, found, rows), False
    app.audit.record_all(
        (context, f"{way.source.lower()}.{way.name}", _reached(links))
        for (context, _), each in zip(asked, found, strict=True)
        for way, links in each.items()
        if isinstance(links, dict)
    )
    return found


def _read(app: App, level: _Level, asked: Sequence[Asked], found: list[Found]) -> None:
    """One statement for what is not known yet."""
    jobs = [job for way, behind in level.items() for job in _jobs(app, way, behind, asked, found)]
    results = follow(app.store, [_branch(job) for job in jobs])
    for job, neighbours in zip(jobs, results, strict=True):
        for reader, ids in job.readers:
            views = {node_id: _links(app, asked[reader][0], neighbours[node_id]) for node_id in ids}
            cast("dict[str, list[Linked]]", found[reader].setdefault(job.way, {})).update(views)


def _jobs(
    app: App, way: Follow, behind: dict[Tree, list[dict[str, None]]], asked: Sequence[Asked], found: list[Found]
) -> Iterable[_Job]:
    """One for all readers who may ask the same of a link; a refusal is kept for who meets it."""
    jobs: dict[Hashable, _Job] = {}
    for reader, (context, _) in enumerate(asked):
        known = found[reader].get(way, {})
        ids = [node_id for part in behind.values() for node_id in part[reader]]
        if isinstance(known, WeinaoError) or not (new := [node_id for node_id in ids if node_id not in known]):
            continue
        scope = _scope(context)
        if scope not in jobs:
            try:
                jobs[scope] = _Job(way, _condition(app, context, way), ordering_of(way.about, way.order), [])
            except WeinaoError as refused:
                found[reader][way] = refused
                continue
        jobs[scope].readers.append((reader, new))
    return jobs.values()


def _branch(job: _Job) -> Branch:
    way = job.way
    return Branch(
        link=way.link,
        ids=list({node_id: None for _, ids in job.readers for node_id in ids}),
        day=way.day,
        limit=way.limit,
        skip=way.skip,
        asked=job.condition,
        target=way.target if way.where else None,
        order=job.order,
    )


def _condition(app: App, context: AccessContext, way: Follow) -> AskedOf | None:
    """What the reader asks of the neighbours, within what he may see of them."""
    if not way.where and permitted_ends(context, way.link) is EVERYTHING:
        return None
    return filter_asked(app, context, way.link, way.about, orjson.loads(way.where or b"null"), way.day)


@lru_cache(maxsize=256)
def _scope(context: AccessContext) -> Hashable:
    """Equal for readers of whom the same conditions become."""
    return context.grids, *(visibility(context, level) for level in Level)


def _next(level: _Level, found: list[Found], rows: list[int]) -> _Level:
    """What the trees follow from the neighbours that were found; `rows` counts them for each reader."""
    following: _Level = {}
    for way, behind in level.items():
        for tree, parts in behind.items():
            for reader, ids in enumerate(parts):
                links = found[reader].get(way)
                if not ids or isinstance(links, WeinaoError | None):
                    continue
                ends = {each.node.id: each.node.label for node_id in ids for each in links[node_id]}
                rows[reader] += len(ends)
                if rows[reader] > MOST:
                    continue
                for node_id, label in ends.items():
                    for further, beyond in tree.ways.get(label, {}).items():
                        places = following.setdefault(further, {}).setdefault(beyond, [{} for _ in parts])
                        places[reader][node_id] = None
    return following


def _links(app: App, context: AccessContext, neighbours: Sequence[Related]) -> list[Linked]:
    return [Linked(view_of(app, context, item.node), item.edge.props if item.edge else {}) for item in neighbours]


def _reached(links: dict[str, list[Linked]]) -> list[str]:
    return sorted({each.node.id for part in links.values() for each in part})
