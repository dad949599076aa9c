"""The relations that department rows assert between the entities they speak of."""

from typing import Final

_PEOPLE: Final = frozenset({"person"})
_OWNERS: Final = frozenset({"person", "organization", "household"})
_HOMES: Final = frozenset({"dwelling"})
_PLACED: Final = frozenset({"organization", "household"})
_EVENTS: Final = frozenset({"event"})
_ORGANIZATIONS: Final = frozenset({"organization"})

RELATION_ENDS: Final = {
    "LIVES_IN": (_PEOPLE, _HOMES),
    "REGISTERED_AT": (_PEOPLE, _HOMES),
    "OWNS": (_OWNERS, _HOMES),
    "RENTS": (_OWNERS, _HOMES),
    "MEMBER_OF": (_PEOPLE, frozenset({"household"})),
    "KIN": (_PEOPLE, _PEOPLE),
    "WORKS_AT": (_PEOPLE, _ORGANIZATIONS),
    "LEGAL_REPRESENTATIVE_OF": (_PEOPLE, _ORGANIZATIONS),
    "LOCATED_AT": (_PLACED, _HOMES),
    "PARTY_TO": (_OWNERS, _EVENTS),
    "OCCURRED_AT": (_EVENTS, _HOMES),
}
"""Kinds that each relation may come from, and go to."""
