"""Stable ids for the few clusters that a change touched, by the rules of a whole run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

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

    def assign(self, clusters: Sequence[Sequence[Claim]]) -> tuple[list[str], list[Change]]:
        """The id of each cluster, and what changed: created, merged, split as in `assign_ids`.

        The clusters must hold all records that the entities named in them still have.
        """
        ids, changes = self.foresee(clusters)
        for change, entity_id, _ in changes:
            if change != "merged":
                self._known.add(entity_id)
                self._ages[entity_id] = self._next_age
                self._next_age += 1
        return ids, changes

    def foresee(self, clusters: Sequence[Sequence[Claim]]) -> tuple[list[str], list[Change]]:
        """What `assign` would say."""
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
                first = min(record_id for record_id, _ in clusters[number])
                ids[number] = f"{self._prefix}_{self._unused(self._kind, first)}"
                changes.append(("created", ids[number], None))
            elif len(entities) == 1 and times[min(entities)] == 1:
                ids[number] = min(entities)
            else:
                contested.append(number)
        if contested:
            changes += self._settle(clusters, contested, ids)
        return ids, changes

    def _settle(self, clusters: Sequence[Sequence[Claim]], contested: Sequence[int], ids: list[str]) -> list[Change]:
        """The rule of `resolution.clusters.stable_ids.assign_ids`, for a handful of clusters."""
        first = {number: min(record_id for record_id, _ in clusters[number]) for number in contested}
        overlap = Counter((entity, number) for number in contested for _, entity in clusters[number] if entity)
        claims: dict[str, int] = {}
        for entity, number in sorted(overlap, key=lambda claim: (-overlap[claim], first[claim[1]])):
            claims.setdefault(entity, number)
        eldest = sorted(claims, key=lambda entity: (self._age(entity), -overlap[entity, claims[entity]], entity))
        kept: dict[int, str] = {}
        for entity in eldest:
            kept.setdefault(claims[entity], entity)
        changes: list[Change] = [("merged", one, kept[claims[one]]) for one in eldest if kept[claims[one]] != one]
        origins: dict[int, str] = {}
        for entity, number in sorted(overlap, key=lambda claim: (-overlap[claim], claim[0])):
            origins.setdefault(number, entity)
        for number in contested:
            if number not in kept:
                kept[number] = f"{self._prefix}_{self._unused(self._kind, first[number])}"
                changes.append(("split", kept[number], origins[number]))
            ids[number] = kept[number]
        return changes

    def _age(self, entity_id: str) -> int:
        return self._ages.get(entity_id, 0)

    def _unused(self, *parts: str) -> str:
        """A token that makes an id nobody has, salted as `assign_ids` does."""
        made, salt = self._token(*parts), 0
        while f"{self._prefix}_{made}" in self._known:
            salt += 1
            made = self._token(*parts[:2], str(salt))
        return made
