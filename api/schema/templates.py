"""Saved query templates: listing them, saving and removing them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, cast

import strawberry

from api.schema.connections import Asker
from governance.access import AccessContext
from services.app import App
from services.templates import Template as Saved


@strawberry.type(description="查询模板的一个参数")
class TemplateParameter:
    name: str = strawberry.field(description="在 variables 里的名称")
    type: str = strawberry.field(description="GraphQL 类型，例如 String!、Date")
    required: bool = strawberry.field(description="是否必须给出")
    default: str | None = strawberry.field(description="不给时的值，按 GraphQL 的写法")


async def _parameters(root: strawberry.Parent[Saved]) -> list[TemplateParameter]:
    from api.templating import parameters  # it reads documents, which needs the whole schema

    return cast("list[TemplateParameter]", parameters(root.document))


@strawberry.type(description="查询模板：存好的一个查询；运行：请求正文写 {documentId: 'template:名称', variables: {…}}")
class Template:
    name: str = strawberry.field(description="名称，小写字母、数字和下划线")
    label: str = strawberry.field(description="中文名称")
    description: str = strawberry.field(description="查的是什么，要给出什么")
    document: str = strawberry.field(description="GraphQL 查询全文")
    parameters: list[TemplateParameter] = strawberry.field(
        resolver=_parameters, description="要给出的参数，即查询的变量", metadata={"expect": 3}
    )
    version: int = strawberry.field(description="第几版")
    builtin: bool = strawberry.field(description="是否随程序自带；自带的不能改")
    owner: str | None = strawberry.field(description="谁存的这一版；自带的为空")
    at: datetime | None = strawberry.field(description="何时存的这一版；自带的为空")


@strawberry.input(description="要保存的查询模板")
class TemplateInput:
    name: str = strawberry.field(description="名称：3–64 个小写字母、数字或下划线；用已有的名称即存为新一版")
    label: str = strawberry.field(description="中文名称，至多 30 个字")
    description: str = strawberry.field(default="", description="查的是什么，要给出什么，至多 300 个字")
    document: str = strawberry.field(
        description="GraphQL 查询全文，恰好一个 query；其中不能有证件号码、电话，请写成变量"
    )


@strawberry.input(description="要删除的查询模板")
class RemoveTemplateInput:
    name: str = strawberry.field(description="名称")


@strawberry.type(description="保存或删除之后的查询模板")
class TemplatePayload:
    template: Template = strawberry.field(description="这一版模板")


def _known(app: App, _context: AccessContext) -> list[Saved]:
    from api.templating import known

    return known(app)


def _save(app: App, context: AccessContext, given: Saved) -> Saved:
    from api.templating import save

    return save(app, context, given)


def _remove(app: App, context: AccessContext, name: str) -> Saved:
    from api.templating import remove

    return remove(app, context, name)


async def _list(info: Asker) -> list[Template]:
    found = await info.context.call(_known)
    info.context.spend(len(found))
    return cast("list[Template]", found)


async def _saving(
    info: Asker, input: Annotated[TemplateInput, strawberry.argument(description="要保存的模板。")]
) -> TemplatePayload | None:
    given = Saved(input.name, input.label.strip(), input.description.strip(), input.document)
    return TemplatePayload(template=cast("Template", await info.context.call(_save, given)))


async def _removing(
    info: Asker, input: Annotated[RemoveTemplateInput, strawberry.argument(description="要删除的模板。")]
) -> TemplatePayload | None:
    return TemplatePayload(template=cast("Template", await info.context.call(_remove, input.name)))


templates_field = strawberry.field(resolver=_list, description="全部查询模板，自带的在前", metadata={"expect": 50})
save_template_field = strawberry.mutation(
    resolver=_saving, description="保存一个查询模板；同样的再存一次不产生新版本，可以放心重发"
)
remove_template_field = strawberry.mutation(
    resolver=_removing, description="删除一个查询模板，各版仍留在数据湖里；再删一次不改变什么"
)
