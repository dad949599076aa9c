"""Who is reading."""

from __future__ import annotations

import ipaddress

from core.errors import DevelopmentIdentityRefused, InvalidSetting
from core.settings import Settings
from core.values import redact
from governance.access import AccessContext, Role

_LONGEST_PURPOSE = 200


def is_loopback(host: str) -> bool:
    """Whether a server bound to `host` can be reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def reader(settings: Settings, *, host: str | None = None, purpose: str | None = None) -> AccessContext:
    """The access context of this process; `host` is the address that a server binds.

    Raises `DevelopmentIdentityRefused` where the development identity would serve beyond loopback.
    """
    if settings.identity != "development":
        raise InvalidSetting("WEINAO_IDENTITY 目前只能是 development")
    if host is not None and not is_loopback(host):
        raise DevelopmentIdentityRefused(f"开发身份不能在 {host} 上提供服务")
    return AccessContext(subject="development", role=Role.DEVELOPMENT, purpose=_stated(purpose))


def _stated(purpose: str | None) -> str | None:
    """A purpose as it may stand in the audit log: printable, short, without personal numbers; None for an empty one."""
    words = "".join(character for character in purpose or "" if character.isprintable()).strip()
    return redact(words)[:_LONGEST_PURPOSE] or None
