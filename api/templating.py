"""Query templates as documents: the built-in files, what a saved one must be, its parameters and their values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson
from graphql import (
    ListTypeNode,
    NamedTypeNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    OperationType,
    TypeNode,
    VariableDefinitionNode,
    print_ast,
)

from api.documents import document
from core.errors import QueryInvalid, QueryTooComplex, TemplateInvalid
from services import templates
from services.templates import Template

if TYPE_CHECKING:
    from governance.access import AccessContext
    from services.app import App

FOLDER: Final = Path(__file__).parent / "templates"
_HEADER: Final = re.compile(r"\A# name: (?P<name>.+)\n# label: (?P<label>.+)\n# description: (?P<description>.+)\n")
_WORDS: Final = frozenset({"String", "ID", "Date", "DateTime"})


@dataclass(frozen=True, slots=True)
class Parameter:
    """A variable of a template's document; `default` and `type` as GraphQL writes them."""

    name: str
    type: str
    required: bool
    default: str | None


@lru_cache(maxsize=1)
def builtin() -> Mapping[str, Template]:
    """The templates that come with the program, by name."""
    found = {}
    for path in sorted(FOLDER.glob("*.graphql")):
        text = path.read_text(encoding="utf-8")
        header = _HEADER.match(text)
        if header is None or header["name"] != path.stem:
            raise AssertionError(f"{path.name}: the header must give name, label and description")
        found[path.stem] = Template(header["name"], header["label"], header["description"], text[header.end() :])
    return found


def known(app: App) -> list[Template]:
    """The built-in templates, then the saved ones, each by name."""
    return [*builtin().values(), *templates.saved_templates(app).values()]


def template(app: App, name: str) -> Template:
    """A template by its name or its Chinese label. Raises `TemplateInvalid` where there is none."""
    everything = known(app)
    found = next((each for each in everything if name in (each.name, each.label)), None)
    if found is None:
        names = "、".join(f"{each.name}（{each.label}）" for each in everything[:20])
        raise TemplateInvalid("没有这个查询模板", remedy=f"现有：{names}{' 等' if len(everything) > 20 else ''}。")
    return found


def save(app: App, context: AccessContext, given: Template) -> Template:
    """Check and save. Raises `TemplateInvalid`, `AccessDenied`, and what is wrong with the document."""
    check(given.document)
    return templates.save_template(app, context, given, builtin=list(builtin().values()))


def remove(app: App, context: AccessContext, name: str) -> Template:
    """Raises `TemplateInvalid`, `AccessDenied`."""
    return templates.remove_template(app, context, name, builtin=list(builtin().values()))


def check(text: str) -> None:
    """Raises `TemplateInvalid`, `QueryTooComplex` for what is no document of one query that this server would run."""
    looked_at = document(text)
    if looked_at.errors:
        from api.problems import problems  # it needs the whole schema, which needs this module

        first = problems(looked_at.errors[:1])[0]
        if first["extensions"]["code"] == QueryTooComplex.code:
            raise QueryTooComplex(first["message"])
        raise TemplateInvalid(first["message"])
    operation = _operation(text)
    if operation is None:
        raise TemplateInvalid("模板须恰好有一个操作", remedy="一个模板一个 query；要几个查询就存几个模板。")
    if operation.operation is not OperationType.QUERY:
        raise TemplateInvalid("模板只能是查询（query）")


def parameters(text: str) -> list[Parameter]:
    """The variables of a document, in their order; none where it does not parse any more."""
    operation = _operation(text)
    return [] if operation is None else [_parameter(each) for each in operation.variable_definitions or ()]


def values(text: str, given: Mapping[str, str]) -> dict[str, Any]:
    """What a shell gives as text, as variables of a document: text as it is, anything else as JSON.

    Raises `QueryInvalid` for a name that the document does not have, and for what is no JSON.
    """
    operation = _operation(text)
    types = (
        {each.variable.name.value: each.type for each in (operation.variable_definitions or ())} if operation else {}
    )
    read: dict[str, Any] = {}
    for name, value in given.items():
        if name not in types:
            raise QueryInvalid(f"模板没有这个参数，有的是：{'、'.join(types) or '（无）'}")
        try:
            read[name] = value if _is_text(types[name]) else orjson.loads(value)
        except orjson.JSONDecodeError:
            raise QueryInvalid(f"参数 {name} 的值须按 JSON 书写，类型是 {print_ast(types[name])}") from None
    return read


def _operation(text: str) -> OperationDefinitionNode | None:
    """The one operation of a document."""
    node = document(text).node
    found = [one for one in (node.definitions if node else ()) if isinstance(one, OperationDefinitionNode)]
    return found[0] if len(found) == 1 else None


def _parameter(definition: VariableDefinitionNode) -> Parameter:
    default = definition.default_value
    required = isinstance(definition.type, NonNullTypeNode) and default is None
    shown = None if default is None else print_ast(default)
    return Parameter(definition.variable.name.value, print_ast(definition.type), required, shown)


def _is_text(kind: TypeNode) -> bool:
    """Whether a value of this type is written as it is: text, dates, and enums, which are sent as text too."""
    if isinstance(kind, NonNullTypeNode):
        kind = kind.type
    if isinstance(kind, ListTypeNode) or not isinstance(kind, NamedTypeNode):
        return False
    return kind.name.value in _WORDS or _is_enum(kind.name.value)


def _is_enum(name: str) -> bool:
    from graphql import GraphQLEnumType

    from api.schema.build import schema

    return isinstance(schema()._schema.get_type(name), GraphQLEnumType)  # noqa: SLF001 - no public name
