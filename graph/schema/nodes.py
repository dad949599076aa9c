"""Nodes. A field of the catalogue has its name here; `<field>_sealed` is its sealed value beside the masked form.

Our `id` is `uid` in these classes, because neomodel keeps the name `id` for itself.
`unique_index` and `index` are what `install` creates; nothing else declares a constraint or an index.
"""

from __future__ import annotations

from neomodel import ArrayProperty, FloatProperty, IntegerProperty, StringProperty, StructuredNode

from graph.schema.properties import NativeDate, NativeDateTime


class Entity(StructuredNode):
    """Base of the nodes that have an id of ours."""

    __abstract_node__ = True

    uid = StringProperty(unique_index=True, db_property="id")


class Person(Entity):
    name = StringProperty()
    name_sealed = StringProperty()
    name_key = StringProperty(index=True)
    pinyin = ArrayProperty(StringProperty())
    initials = StringProperty(index=True)
    former_name = StringProperty()
    former_name_sealed = StringProperty()
    citizen_id = StringProperty()
    citizen_id_sealed = StringProperty()
    sex = StringProperty()
    birth_date = NativeDate(index=True)
    birth_date_sealed = StringProperty()
    birth_year = IntegerProperty()
    nation = StringProperty()
    phone = StringProperty()
    phone_sealed = StringProperty()
    address = StringProperty()
    registered_address = StringProperty()
    marital = StringProperty()
    education = StringProperty()
    employer = StringProperty()
    plate = StringProperty()
    plate_sealed = StringProperty()
    assistance = StringProperty()
    assistance_sealed = StringProperty()
    assistance_index = StringProperty(index=True)
    disability = StringProperty()
    disability_sealed = StringProperty()
    disability_index = StringProperty(index=True)
    health = StringProperty()
    health_sealed = StringProperty()
    record_count = IntegerProperty()


class Household(Entity):
    household_no = StringProperty(index=True)
    address = StringProperty()
    household_type = StringProperty()
    rule = StringProperty()  # of a household that no register knows: the rule that inferred it
    record_count = IntegerProperty()


class Dwelling(Entity):
    address = StringProperty()
    compound = StringProperty()
    building = StringProperty()
    unit = StringProperty()
    room = StringProperty()
    dwelling_key = StringProperty(index=True)
    property_no = StringProperty(index=True)
    grid_code = StringProperty()
    area = FloatProperty()
    usage = StringProperty()
    record_count = IntegerProperty()


class Place(Entity):
    """Base of the nodes above a dwelling in the place tree."""

    __abstract_node__ = True

    name = StringProperty()
    key = StringProperty(index=True)
    code = StringProperty(index=True)


class Building(Place):
    pass


class Compound(Place):
    kind = StringProperty()


class Community(Place):
    pass


class Grid(Place):
    pass


class Street(Place):
    pass


class Organization(Entity):
    name = StringProperty()
    name_key = StringProperty(index=True)
    uscc = StringProperty(index=True)
    legal_representative = StringProperty()
    address = StringProperty()
    phone = StringProperty()
    phone_sealed = StringProperty()
    industry = StringProperty()
    registered_on = NativeDate()
    status = StringProperty()
    record_count = IntegerProperty()


class Department(Entity):
    name = StringProperty(index=True)


class Event(Entity):
    kind = StringProperty(index=True)
    category = StringProperty()
    title = StringProperty()
    text = StringProperty()
    text_sealed = StringProperty()
    occurred_at = NativeDateTime()
    reported_at = NativeDateTime(index=True)
    closed_at = NativeDateTime()
    status = StringProperty()
    urgency = StringProperty()
    urgency_reasons = ArrayProperty(StringProperty())
    address = StringProperty()
    department = StringProperty()
    outcome = StringProperty()
    amount = FloatProperty()
    feed = StringProperty()
    place_text = StringProperty()
    parties_text = ArrayProperty(StringProperty())


class Record(Entity):
    """A source record: where an entity's facts come from, and the way of every exact lookup."""

    kind = StringProperty()
    feed = StringProperty()
    department = StringProperty()
    record_key = StringProperty(index=True)
    observed_at = NativeDateTime()
    citizen_id_index = StringProperty(index=True)
    phone_index = StringProperty(index=True)
    name_index = StringProperty(index=True)
    plate_index = StringProperty(index=True)
    uscc = StringProperty(index=True)


class Tag(Entity):
    name = StringProperty(index=True)
    label = StringProperty()
    description = StringProperty()
    level = StringProperty()
    applies_to = StringProperty()
    version = IntegerProperty()


class Alert(Entity):
    kind = StringProperty(index=True)
    title = StringProperty()
    raised_at = NativeDateTime(index=True)


class Redirect(Entity):
    """The id of an entity that was merged into another."""

    target = StringProperty()
    kind = StringProperty()


class Watermark(StructuredNode):
    """How far the log of the lake has been applied; see `graph.projection.watermark`."""

    name = StringProperty(unique_index=True)
    seq = IntegerProperty()
    position = StringProperty()


class SchemaVersion(StructuredNode):
    """Which steps of `graph.schema.migrations` the graph has taken; `history`: the number and the time of each."""

    name = StringProperty(unique_index=True)
    version = IntegerProperty()
    history = ArrayProperty(StringProperty())


NODES: dict[str, type[StructuredNode]] = {
    cls.__name__: cls
    for cls in (
        Person,
        Household,
        Dwelling,
        Building,
        Compound,
        Community,
        Grid,
        Street,
        Organization,
        Department,
        Event,
        Record,
        Tag,
        Alert,
        Redirect,
    )
}
BOOKKEEPING: dict[str, type[StructuredNode]] = {cls.__name__: cls for cls in (Watermark, SchemaVersion)}
