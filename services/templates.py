"""Saved query templates: what analysts keep for others to run, in the lake, by name and version.

A template is a GraphQL document whose variables are its parameters. Whether the document fits the schema is for the API
to say, which knows it; here stands who may save, under which name, and that no template carries a number of a person.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

import polars as pl

from core.clock import local_now
from core.errors import AccessDenied, TemplateInvalid
from core.values import redact
from governance.access import AccessContext, Role
from loaders.lake.store import Lake
from services.app import App

TABLE: Final = "templates"
_EDIT: Final = frozenset({Role.ANALYST, Role.DATA_OFFICER, Role.DEVELOPMENT})
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{2,63}")
_LONGEST: Final = {"label": 30, "description": 300}
_MOST: Final = 500  # templates; every list of them is a whole one
_TOLD: Final = {"label": "中文名称", "description": "说明", "document": "查询"}


@dataclass(frozen=True, slots=True)
class Template:
    """`owner` is who saved this version, `at` when (local time, without zone); both are empty for a built-in one."""

    name: str
    label: str
    description: str
    document: str
    version: int = 1
    owner: str | None = None
    at: datetime | None = None

    @property
    def builtin(self) -> bool:
        return self.owner is None

    def said(self) -> tuple[str, str, str]:
        """What a new version must differ in."""
        return self.label, self.description, self.document


def saved_templates(app: App) -> Mapping[str, Template]:
    """The newest version of every saved template by name, without removed ones."""
    return _kept(app).living


def save_template(app: App, context: AccessContext, template: Template, *, builtin: Collection[Template]) -> Template:
    """Save a template whose document was checked, as the next version of its name; the same again changes nothing.

    Raises `TemplateInvalid` for a name or label that cannot be had and for a text that holds a number of a person,
    `AccessDenied`, `HomeBusy`.
    """
    _may_edit(context)
    _check(template)
    with app.writing():
        kept = _kept(app)
        before = kept.living.get(template.name)
        _check_free(template, [*builtin, *kept.living.values()], {each.name for each in builtin})
        if before is not None and before.said() == template.said():
            return before
        if before is None and len(kept.living) >= _MOST:
            raise TemplateInvalid(f"已有 {_MOST} 个模板", remedy="请先删除不再用的模板。")
        version = kept.next_version(template.name)
        given = replace(template, version=version, owner=context.subject, at=local_now())
        app.audit.record(context, "template.save", [f"{given.name}/{version}"])
        _append(app, given, removed=False)
    return given


def remove_template(app: App, context: AccessContext, name: str, *, builtin: Collection[Template]) -> Template:
    """Take a template out of use; its versions stay in the lake, and saving it again continues them.

    Removing it a second time changes nothing. Raises `TemplateInvalid` where there was never one of that name,
    `AccessDenied`, `HomeBusy`.
    """
    _may_edit(context)
    if any(each.name == name for each in builtin):
        raise TemplateInvalid("内置的模板不能删除")
    with app.writing():
        kept = _kept(app)
        if name not in kept.last:
            raise TemplateInvalid("没有这个模板")
        if name not in kept.living:
            return kept.last[name]
        gone = replace(kept.living[name], version=kept.next_version(name), owner=context.subject, at=local_now())
        app.audit.record(context, "template.remove", [f"{name}/{gone.version}"])
        _append(app, gone, removed=True)
    return gone


def _may_edit(context: AccessContext) -> None:
    if context.role not in _EDIT:
        raise AccessDenied("这个角色不能保存或删除查询模板", remedy="请联系数据管理员或分析人员。")


def _check(template: Template) -> None:
    if not _NAME.fullmatch(template.name):
        raise TemplateInvalid("name 须为 3–64 个小写字母、数字或下划线，以字母开头")
    if not template.label.strip():
        raise TemplateInvalid("label（中文名称）不能为空")
    for field, longest in _LONGEST.items():
        text = getattr(template, field)
        if len(text) > longest or not text.isprintable():
            raise TemplateInvalid(f"{field}（{_TOLD[field]}）不能超过 {longest} 个字，也不能换行")
    for field, told in _TOLD.items():
        text = getattr(template, field)
        if redact(text) != text:
            raise TemplateInvalid(
                f"{told}里有证件号码、电话一类的号码", remedy="请把号码写成变量，运行时在 variables 里给出。"
            )


def _check_free(template: Template, known: Collection[Template], builtin: Collection[str]) -> None:
    if template.name in builtin:
        raise TemplateInvalid("内置的模板不能改", remedy="请换一个 name 另存。")
    if any(each.label == template.label and each.name != template.name for each in known):
        raise TemplateInvalid("已有另一个模板叫这个中文名称", remedy="请换一个 label。")


def _append(app: App, template: Template, *, removed: bool) -> None:
    columns = ("name", "label", "description", "document", "version", "owner", "at")
    row = {name: getattr(template, name) for name in columns} | {"deleted": removed}
    app.lake.append(TABLE, pl.DataFrame([row]))


@dataclass(frozen=True, slots=True)
class _Kept:
    """The templates in use, and the last version of every name that ever was."""

    living: Mapping[str, Template]
    last: Mapping[str, Template]

    def next_version(self, name: str) -> int:
        return 1 + (self.last[name].version if name in self.last else 0)


def _kept(app: App) -> _Kept:
    version = app.lake.version(TABLE)
    return _Kept({}, {}) if version is None else _read(app.settings.lake_dir, version)


@lru_cache(maxsize=8)
def _read(lake: Path, _version: int) -> _Kept:
    """Read again only when the table has a new version: a template is looked up with every request that names one."""
    living: dict[str, Template] = {}
    last: dict[str, Template] = {}
    for row in Lake(lake).read(TABLE).iter_rows(named=True):
        last[row["name"]] = Template(**{name: row[name] for name in Template.__dataclass_fields__})
        living.pop(row["name"], None)
        if not row["deleted"]:
            living[row["name"]] = last[row["name"]]
    return _Kept(MappingProxyType(dict(sorted(living.items()))), MappingProxyType(last))
