"""What a model's JSON files must look like; they come from outside and may hold anything."""

from __future__ import annotations

from typing import Any, Final, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from core.errors import ReadingModelInvalid

_SHOWN: Final = 80

AnyForm = TypeVar("AnyForm", bound="Form")


class Form(BaseModel):
    """Fields of exactly these types; others are passed over."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", allow_inf_nan=False)


def filled(form: type[AnyForm], told: Any, where: str) -> AnyForm:
    """`told` as this form. Raises ReadingModelInvalid, naming `where` it stands and the field that is wrong."""
    try:
        return form.model_validate_json(orjson.dumps(told))
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors(include_url=False, include_input=False)[0]["loc"])
        said = f"中的 {place[:_SHOWN]} 缺少或类型不对" if place else "不是 JSON 对象"
        raise ReadingModelInvalid(f"{where} {said}") from None
