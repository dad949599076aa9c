"""Stable ids for the few clusters that a change touched, by the rules of a whole run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

Change = tuple[str, str, str | None]
# A record and the entity that it was of before, None for a record that is new.
Claim = tuple[str, str | None]
# How many records of an entity are in a cluster.
_Overlap = Counter[tuple[str, int]]


class Identities:
    """Gives ids to clusters, and never one that another entity has or had since the run."""

    def __init__(
        self,
        kind: str,
        prefix: str,
        token: Callable[..., str],
        known: Iterable[str],
        ages: Mapping[str, int],
        homes: Mapping[str, str] | None = None,
    ) -> None:
        """`ages`: a smaller number is older. `homes`: the entity that a record was of before that was merged away."""
        self._kind = kind
        self._prefix = prefix
        self._token = token
        self._known = set(known)
        self._homes = {record: home for record, home in (homes or {}).items() if home not in self._known}
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
        contested, fresh = [], []
        for number, entities in enumerate(claims):
            if not entities:
                fresh.append(number)
            elif len(entities) == 1 and times[min(entities)] == 1:
                ids[number] = min(entities)
            else:
                contested.append(number)
        if contested:
            changes = self._settle(clusters, contested, ids)
        taken = set(ids)
        for number in fresh:
            first = min(record_id for record_id, _ in clusters[number])
            ids[number] = f"{self._prefix}_{self._unused(self._kind, first, besides=taken)}"
            changes.append(("created", ids[number], None))
        return ids, changes

    def _settle(self, clusters: Sequence[Sequence[Claim]], contested: Sequence[int], ids: list[str]) -> list[Change]:
        """The rule of `resolution.clusters.stable_ids.assign_ids`, for a handful of clusters."""
        first = {number: min(record_id for record_id, _ in clusters[number]) for number in contested}
        whence = Counter((entity, number) for number in contested for _, entity in clusters[number] if entity)
        overlap = self._by_home(clusters, whence) if self._homes else whence
        again = {entity for entity, _ in overlap} - {entity for entity, _ in whence}
        claims: dict[str, int] = {}
        for entity, number in sorted(overlap, key=lambda claim: (-overlap[claim], first[claim[1]])):
            claims.setdefault(entity, number)
        # An id that lives again has no age, and comes after those that never ended.
        eldest = sorted(
            claims,
            key=lambda entity: (entity in again, self._age(entity), -overlap[entity, claims[entity]], entity),
        )
        kept: dict[int, str] = {}
        for entity in eldest:
            kept.setdefault(claims[entity], entity)
        changes: list[Change] = [
            ("merged", one, kept[claims[one]]) for one in eldest if one not in again and kept[claims[one]] != one
        ]
        origins: dict[int, str] = {}
        for entity, number in sorted(whence, key=lambda claim: (-whence[claim], claim[0])):
            origins.setdefault(number, entity)
        for number in contested:
            if number not in kept:
                kept[number] = f"{self._prefix}_{self._unused(self._kind, first[number], besides=kept.values())}"
                changes.append(("split", kept[number], origins[number]))
            elif kept[number] in again:
                changes.append(("split", kept[number], origins[number]))
            ids[number] = kept[number]
        return changes

    def _by_home(self, clusters: Sequence[Sequence[Claim]], whence: _Overlap) -> _Overlap:
        """The claims where the records of entities that come apart speak for their homes, as in `assign_ids`."""
        parts = Counter(entity for entity, _ in whence)
        spoken = [
            (number, entity, self._homes.get(record))
            for number in {number for _, number in whence}
            for record, entity in clusters[number]
            if entity
        ]
        own = {entity for _, entity, home in spoken if home is None}
        return Counter(
            (home if home and parts[entity] > 1 and entity in own else entity, number)
            for number, entity, home in spoken
        )

    def _age(self, entity_id: str) -> int:
        return self._ages.get(entity_id, 0)

    def _unused(self, *parts: str, besides: Collection[str] = ()) -> str:
        """A token that makes an id nobody has, salted as `assign_ids` does."""
        made, salt = self._token(*parts), 0
        while (name := f"{self._prefix}_{made}") in self._known or name in besides:
            salt += 1
            made = self._token(*parts[:2], str(salt))
        return made
