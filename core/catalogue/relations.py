"""The relations that department rows assert between the entities they speak of."""

RELATION_TYPES = (
    "LIVES_IN",
    "REGISTERED_AT",
    "OWNS",
    "RENTS",
    "MEMBER_OF",
    "KIN",
    "WORKS_AT",
    "LEGAL_REPRESENTATIVE_OF",
    "LOCATED_AT",
    "PARTY_TO",
    "OCCURRED_AT",
    "HANDLED_BY",
)
