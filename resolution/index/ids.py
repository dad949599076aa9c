"""Stable ids for the few clusters that a change touched, by the rules of a whole run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import polars as pl

from resolution.clusters.stable_ids import assign_ids

Change = tuple[str, str, str | None]
# A record and the entity that it was of before, None for a record that is new.
Claim = tuple[str, str | None]


class Identities:
    """Gives ids to clusters, and never one that another entity has or had since the run."""

    def __init__(
        self, kind: str, prefix: str, token: Callable[..., str], known: Iterable[str], ages: Mapping[str, int]
    ) -> None:
        self._kind = kind
        self._prefix = prefix
        self._token = token
        self._known = set(known)
        self._ages = dict(ages)
        self._next_age = max(self._ages.values(), default=0) + 1

    def eldest(self, sizes: Mapping[str, int]) -> list[str]:
        """Entities by their claim to be the one that is kept: the oldest, then the largest."""
        return sorted(sizes, key=lambda entity: (self._age(entity), -sizes[entity], entity))

    def assign(self, clusters: Sequence[Sequence[Claim]]) -> tuple[list[str], list[Change]]:
        """The id of each cluster, and what changed: created, merged, split as in `assign_ids`.

        The clusters must hold all records that the entities named in them still have.
        """
        claims = [{entity for _, entity in cluster if entity is not None} for cluster in clusters]
        times: dict[str, int] = {}
        for entities in claims:
            for entity in entities:
                times[entity] = times.get(entity, 0) + 1
        ids: list[str] = [""] * len(clusters)
        changes: list[Change] = []
        contested = []
        for number, entities in enumerate(claims):
            if not entities:
                ids[number] = self._created(min(record_id for record_id, _ in clusters[number]))
                changes.append(("created", ids[number], None))
            elif len(entities) == 1 and times[min(entities)] == 1:
                ids[number] = min(entities)
            else:
                contested.append(number)
        if contested:
            changes += self._settle(clusters, contested, ids)
        return ids, changes

    def _settle(self, clusters: Sequence[Sequence[Claim]], contested: Sequence[int], ids: list[str]) -> list[Change]:
        rows = [(record_id, number, entity) for number in contested for record_id, entity in clusters[number]]
        frame = pl.DataFrame(rows, schema=["record_id", "cluster", "entity_id"], orient="row").with_columns(
            pl.col("entity_id").cast(pl.String)
        )
        previous = frame.drop_nulls("entity_id").select(
            "record_id", "entity_id", pl.col("entity_id").map_elements(self._age, pl.Int64).alias("seq")
        )
        assigned, changes = assign_ids(
            frame.select("record_id", "cluster"), previous, prefix=self._prefix, kind=self._kind, token=self._unused
        )
        for number, entity_id in zip(frame["cluster"], assigned["entity_id"], strict=True):
            ids[number] = entity_id
        for change, entity_id, _ in changes.iter_rows():
            if change != "merged":
                self._remember(entity_id)
        return list(changes.iter_rows())

    def _created(self, first: str) -> str:
        entity_id = f"{self._prefix}_{self._unused(self._kind, first)}"
        self._remember(entity_id)
        return entity_id

    def _remember(self, entity_id: str) -> None:
        self._known.add(entity_id)
        self._ages[entity_id] = self._next_age
        self._next_age += 1

    def _age(self, entity_id: str) -> int:
        return self._ages.get(entity_id, 0)

    def _unused(self, *parts: str) -> str:
        """A token that makes an id nobody has, salted as `assign_ids` does."""
        made, salt = self._token(*parts), 0
        while f"{self._prefix}_{made}" in self._known:
            salt += 1
            made = self._token(*parts[:2], str(salt))
        return made
