"""Relations, each with the time in which it holds and where it is known from."""

from __future__ import annotations

from neomodel import ArrayProperty, FloatProperty, IntegerProperty, StringProperty, StructuredRel

from graph.schema.properties import NativeDate, NativeDateTime


class Valid(StructuredRel):
    """Base of all relations. It holds on a day d when valid_from ≤ d < valid_to; an absent end is open."""

    uid = StringProperty(db_property="id")
    valid_from = NativeDate()
    valid_to = NativeDate()
    observed_at = NativeDateTime()
    sources = ArrayProperty(StringProperty())
    confidence = FloatProperty()


class Stay(Valid):
    """LIVES_IN, WORKS_AT, and other relations with a role."""

    role = StringProperty()


class Owns(Valid):
    share = StringProperty()


class Inferable(Valid):
    """A relation that a register states, or that a rule infers: then `sources` is ["inferred"] and both are set."""

    rule = StringProperty()
    evidence = StringProperty()


class MemberOf(Inferable):
    relation_to_head = StringProperty()


class Kin(Inferable):
    kind = StringProperty()


class Participation(Valid):
    """PARTY_TO: complainant, respondent, victim, mediator, witness."""

    role = StringProperty()


class HandledBy(Valid):
    """A step of handling; from whom and to whom it was passed on is in `from` and `to`."""

    step = IntegerProperty()
    action = StringProperty()
    at = NativeDateTime()
    from_department = StringProperty(db_property="from")
    to_department = StringProperty(db_property="to")


class SameMatter(Valid):
    """DUPLICATE_OF, FOLLOWS: two calls about one matter; `reason` says in Chinese what speaks for it."""

    reason = StringProperty()


class Describes(StructuredRel):
    """A source record and the entity that resolution assigned it to."""

    uid = StringProperty(db_property="id")
    probability = FloatProperty()
    match_weight = FloatProperty()
    run = StringProperty()


class Tagged(Valid):
    """TAGGED: given by a rule (`sources` is ["rule"]; its version and what made it true), or by hand (["hand"]) by
    `author`.
    """

    rule = StringProperty()
    version = IntegerProperty()
    evidence = StringProperty()
    author = StringProperty()


RELATIONS: dict[str, type[StructuredRel]] = {
    "LIVES_IN": Stay,
    "REGISTERED_AT": Valid,
    "OWNS": Owns,
    "RENTS": Valid,
    "MEMBER_OF": MemberOf,
    "KIN": Kin,
    "WORKS_AT": Stay,
    "LEGAL_REPRESENTATIVE_OF": Valid,
    "PART_OF": Valid,
    "LOCATED_AT": Valid,
    "PARTY_TO": Participation,
    "OCCURRED_AT": Valid,
    "HANDLED_BY": HandledBy,
    "DUPLICATE_OF": SameMatter,
    "FOLLOWS": SameMatter,
    "DESCRIBES": Describes,
    "TAGGED": Tagged,
}
