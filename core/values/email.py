"""Mail addresses, as far as offices need them: one local part, one domain with a dot (RFC 5321, no quoting)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from core.values.errors import InvalidValue
from core.values.text import squeeze

_FORM: Final = re.compile(
    r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z][A-Za-z0-9-]{1,62}"
)
_MASKED: Final = re.compile(r"[A-Za-z0-9._+*-]+@(?:[A-Za-z0-9*-]{1,63}\.){1,8}[A-Za-z0-9*-]{2,63}")
_LONGEST: Final = 254


@dataclass(frozen=True, slots=True)
class Email:
    """One address in lower case: the domain has no case, and no provider in use tells local parts by theirs."""

    text: str
    is_masked: bool

    @staticmethod
    def parse(raw: str) -> Email:
        """Read an address. Raises InvalidValue `email.empty` or `email.form`."""
        return _parse(raw)

    @property
    def key(self) -> str:
        """The address; empty when masked."""
        return "" if self.is_masked else self.text

    @property
    def masked(self) -> str:
        """`w***@mail.example`: the first character and the domain."""
        local, _, domain = self.text.partition("@")
        return f"{local[0]}***@{domain}"


@lru_cache(maxsize=16_384)
def _parse(raw: str) -> Email:
    text = squeeze(raw).lower()
    if not text:
        raise InvalidValue("email.empty", "电子邮箱为空", "填写电子邮箱，或留空该字段")
    if len(text) <= _LONGEST:
        if _FORM.fullmatch(text):
            return Email(text, False)
        if "*" in text and _MASKED.fullmatch(text):
            return Email(text, True)
    raise InvalidValue("email.form", "电子邮箱不是“名称@域名”的形式", "核对后重新填写，一格只填一个邮箱")
