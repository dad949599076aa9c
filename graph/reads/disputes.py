"""Participations in disputes, for the dispute analytics."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from graph.analytics.participation import BYSTANDERS, Participation
from graph.store import GraphStore

DISPUTE_KINDS = ("complaint", "dispute", "incident", "case")

# From the events, which an index finds: starting at the parties would read every node of the graph.
_BY_PARTY = """
MATCH (e:Event) WHERE e.kind IN $kinds
MATCH (e)<-[r:PARTY_TO]-(p)
WHERE NOT r.role IN $bystanders
  AND ($since IS NULL OR r.valid_from >= $since) AND ($until IS NULL OR r.valid_from < $until)
RETURN e.id AS event, p.id AS party, labels(p)[0] AS label, r.role AS role, r.valid_from AS day
"""

# People of one household quarrel as one; whoever is in no known household stands for themselves.
_BY_HOUSEHOLD = """
MATCH (e:Event) WHERE e.kind IN $kinds
MATCH (e)<-[r:PARTY_TO]-(p)
WHERE NOT r.role IN $bystanders
  AND ($since IS NULL OR r.valid_from >= $since) AND ($until IS NULL OR r.valid_from < $until)
OPTIONAL MATCH (p)-[m:MEMBER_OF]->(h:Household) WHERE m.valid_to IS NULL
WITH e, r, p, min(h.id) AS household
RETURN e.id AS event, coalesce(household, p.id) AS party, r.role AS role, r.valid_from AS day,
       CASE WHEN household IS NULL THEN labels(p)[0] ELSE 'Household' END AS label
"""


class Grouping(StrEnum):
    PARTY = "party"
    HOUSEHOLD = "household"


def participations(
    store: GraphStore,
    *,
    since: date | None = None,
    until: date | None = None,
    by: Grouping = Grouping.PARTY,
    kinds: tuple[str, ...] = DISPUTE_KINDS,
) -> list[Participation]:
    """Who took part in which dispute from `since` up to, not including, `until`."""
    query = _BY_PARTY if by is Grouping.PARTY else _BY_HOUSEHOLD
    rows = store.read(query, kinds=list(kinds), bystanders=sorted(BYSTANDERS), since=since, until=until)
    return [
        Participation(row["event"], row["party"], row["role"] or "", row["day"], row["label"] or "Person")
        for row in rows
    ]
