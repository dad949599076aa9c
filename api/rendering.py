"""Parts of an answer put together straight from a plan.

What lies below a link was read ahead: its objects are there, and what is asked of them is known from the document. From
that a function is made once for a plan that turns a value into its part of the answer, without graphql-core between: a
third of the cost. It gives up (`Unusual`) at whatever is not as planned, a null where none may be, a link that is not
there yet, a refusal: then graphql-core does that part, and tells what is wrong where it is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from graphql import (
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    Undefined,
    get_named_type,
    is_abstract_type,
    is_object_type,
)

from api.field_kinds import Computed, Followed, Member, Plain, known_fields, shown
from api.plan import Plan, labels_of
from api.schema.connections import UNREAD, at_once
from api.schema.fields import read
from api.schema.reading import Reading
from services.views import View

Render: TypeAlias = Callable[[Any, Reading], Any]
"""From a value to its part of the answer. Raises `Unusual`, or what reading a link raises."""
Collect: TypeAlias = Callable[[GraphQLObjectType, Any], Any]
"""graphql-core's grouping of the fields that are selected below others, for an object type."""


class Unusual(Exception):
    """Something that the short way has no words for."""


class Renderers:
    """Makes the functions of one request; they are kept with its plan."""

    def __init__(self, plan: Plan, collect: Collect, possible: Callable[[Any], Any]) -> None:
        self.plan = plan
        self._collect = collect
        self._possible = possible

    def of(self, kind: GraphQLOutputType, details: Any) -> Render | None:
        """The function for values of a type and what is selected below the field; None where there is no short way."""
        key = (str(kind), *(id(each.node) for each in details))
        kept = self.plan.renders
        if key not in kept:
            kept[key] = self._value(kind, details)
        render: Render | None = kept[key]
        return render

    def _value(self, kind: GraphQLOutputType, details: Any) -> Render | None:
        if isinstance(kind, GraphQLNonNull):
            inner = self._value(kind.of_type, details)
            return inner and _required(inner)
        if isinstance(kind, GraphQLList):
            item = self._value(kind.of_type, details)
            return item and _each(item)
        named = get_named_type(kind)
        if is_object_type(named):
            return self._object(named, details)
        if is_abstract_type(named):
            return self._one_of(named, details)
        return None

    def _one_of(self, kind: Any, details: Any) -> Render | None:
        """By the label of a node."""
        renders: dict[str, Render] = {}
        for possible in self._possible(kind):
            render = self._object(possible, details)
            if render is None:
                return None
            renders |= dict.fromkeys(labels_of(possible), render)

        def one_of(value: Any, reading: Reading) -> Any:
            if value is None:
                return None
            if type(value) is not View or value.label not in renders:
                raise Unusual
            return renders[value.label](value, reading)

        return one_of

    def _object(self, kind: GraphQLObjectType, details: Any) -> Render | None:
        fields: list[tuple[str, Render]] = []
        for name, each in self._collect(kind, details).grouped_field_set.items():
            render = self._field(kind, each)
            if render is None:
                return None
            fields.append((name, render))
        labels = labels_of(kind)

        def one(value: Any, reading: Reading) -> Any:
            if value is None:
                return None
            if labels and (type(value) is not View or value.label not in labels):
                raise Unusual
            return {name: render(value, reading) for name, render in fields}

        return one

    def _field(self, parent: GraphQLObjectType, details: Any) -> Render | None:
        name = details[0].node.name.value
        if name == "__typename":
            return lambda _value, _reading: parent.name
        known = known_fields(parent).get(name)
        if isinstance(known, Plain):
            return _plain(known)
        if isinstance(known, Member):
            below = self._value(known.field.type, details)
            return below and _member(known.name, below)
        if isinstance(known, Computed):
            return self._computed(known, details)
        if isinstance(known, Followed) and (planned := self.plan.fields.get(id(details[0].node))):
            below = self._value(known.field.type, details)
            return below and _followed(planned[0], below)
        return None

    def _computed(self, known: Computed, details: Any) -> Render | None:
        if known.coerce is not None:
            return _label(known)
        below = self._value(known.field.type, details)
        call = known.call
        return below and (lambda value, reading: below(call(value), reading))


def _plain(field: Plain) -> Render:
    def plain(value: Any, _reading: Reading) -> Any:
        text = shown(field, value)
        if text is Undefined:
            raise Unusual
        return text

    return plain


def _label(field: Computed) -> Render:
    call, coerce = field.call, field.coerce
    required = isinstance(field.field.type, GraphQLNonNull)

    def label(value: Any, _reading: Reading) -> Any:
        found = call(value)
        if found is not None and coerce is not None:
            return coerce(found)
        if required:
            raise Unusual
        return None

    return label


def _member(name: str, below: Render) -> Render:
    return lambda value, reading: below(read(value, name), reading)


def _followed(page: Any, below: Render) -> Render:
    def follow(value: Any, reading: Reading) -> Any:
        found = at_once(reading, page, value)
        if found is UNREAD:
            raise Unusual
        return below(found, reading)

    return follow


def _required(inner: Render) -> Render:
    def required(value: Any, reading: Reading) -> Any:
        if value is None:
            raise Unusual
        return inner(value, reading)

    return required


def _each(item: Render) -> Render:
    return lambda value, reading: None if value is None else [item(each, reading) for each in value]
