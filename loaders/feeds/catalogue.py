"""Mapping files: reading one, listing those that come with the program, finding the one for a file."""

from __future__ import annotations

import hashlib
import re
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml
from pydantic import ValidationError

from core.errors import FileUnreadable, MappingInvalid
from loaders.feeds.mapping import Mapping

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

BUILTIN = Path(__file__).resolve().parent.parent / "mappings"

# Part of a mapping's digest: raise it when the same file should be read again because reading has changed.
READING_VERSION = "1"


class _PlainLoader(yaml.SafeLoader):
    """YAML in which only true, false, null and ~ are not text: a column called `no`, a code 01 and a department
    12345 stay what they look like. Nothing may be said twice in one place.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise yaml.MarkedYAMLError(problem="repeated key", problem_mark=key.start_mark)
                seen.add(key.value)
        return super().construct_mapping(node, deep)


_PlainLoader.yaml_implicit_resolvers = {}
_PlainLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
_PlainLoader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:null|~|)$"), ["n", "~", ""])
_PlainLoader.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile(r"^<<$"), ["<"])


def load_mapping(path: Path) -> Mapping:
    """The mapping in a YAML file. Raises `FileUnreadable` and `MappingInvalid`, which names the place of the fault."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_PlainLoader)  # noqa: S506 -- a SafeLoader
    except OSError as error:
        raise FileUnreadable(f"映射文件 {path.name} 无法打开：{error.strerror}", remedy="请检查路径与权限。") from None
    except UnicodeDecodeError:
        raise MappingInvalid(f"映射文件 {path.name} 不是 UTF-8 编码，请另存为 UTF-8") from None
    except RecursionError:
        raise MappingInvalid(f"映射文件 {path.name} 嵌套太深") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"（第 {mark.line + 1} 行）" if mark else ""
        raise MappingInvalid(
            f"映射文件 {path.name} 不是有效的 YAML{place}",
            remedy="请看这一行与它前面：常见的是全角冒号（应为半角冒号加空格）、Tab 缩进、引号不成对、一项写了两次。",
        ) from None
    if not isinstance(content, dict):
        raise MappingInvalid(f"映射文件 {path.name} 应以 feed、label、department 等键开头")
    try:
        return Mapping.model_validate(content)
    except ValidationError as error:
        raise MappingInvalid(f"映射文件 {path.name} 有误：{_faults(error)}") from None


def _faults(error: ValidationError) -> str:
    told = []
    for fault in error.errors(include_url=False, include_input=False)[:5]:
        place = ".".join(str(part) for part in fault["loc"]) or "（整体）"
        told.append(f"{place}：{_fault(fault)}")
    return "；".join(told)


# Pydantic's own faults (https://docs.pydantic.dev/latest/errors/validation_errors/) for those who write mappings.
_FAULTS: Final = {
    "missing": "缺少这一项",
    "extra_forbidden": "没有这样的项，请检查拼写",
    "literal_error": "应为 {expected} 之一",
    "string_pattern_mismatch": "应符合 {pattern}",
    "string_type": "应为文字（必要时加引号）",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "dict_type": "应为“名称: 内容”的形式",
    "model_type": "应为“名称: 内容”的形式",
    "list_type": "应为列表",
    "tuple_type": "应为列表",
    "greater_than_equal": "至少为 {ge}",
    "less_than_equal": "至多为 {le}",
}


def _fault(fault: ErrorDetails) -> str:
    context = fault.get("ctx", {})
    if fault["type"] == "value_error":
        return str(context["error"])
    words = _FAULTS.get(fault["type"])
    told = {name: str(value).replace(" or ", ", ") for name, value in context.items()}
    return words.format(**told) if words else fault["msg"]


@lru_cache(maxsize=1)
def _builtin() -> tuple[Mapping, ...]:
    return tuple(load_mapping(path) for path in sorted(BUILTIN.glob("*.yaml")))


def builtin_mappings() -> dict[str, Mapping]:
    """The mappings that come with the program, by feed."""
    return {mapping.feed: mapping for mapping in _builtin()}


def mapping_for(path: Path, mappings: dict[str, Mapping]) -> Mapping | None:
    """The mapping whose `match` fits the file's name."""
    for mapping in mappings.values():
        if any(fnmatchcase(path.name.lower(), pattern.lower()) for pattern in mapping.match):
            return mapping
    return None


def mapping_digest(mapping: Mapping) -> str:
    """What a load remembers of the mapping it used: another digest, and the file is read again."""
    text = f"{READING_VERSION}\n{mapping.model_dump_json(by_alias=True)}"
    return hashlib.sha256(text.encode()).hexdigest()
