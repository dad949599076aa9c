"""The catalogue: one declaration per entity kind and field, from which everything else derives."""

from core.catalogue.kinds import DWELLING, EVENT, HOUSEHOLD, KINDS, ORGANIZATION, PERSON, kind
from core.catalogue.model import Field, Kind, Level, PersonalKind, ResolutionRole

__all__ = [
    "DWELLING",
    "EVENT",
    "HOUSEHOLD",
    "KINDS",
    "ORGANIZATION",
    "PERSON",
    "Field",
    "Kind",
    "Level",
    "PersonalKind",
    "ResolutionRole",
    "kind",
]
