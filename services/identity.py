"""Who is reading."""

from __future__ import annotations

import ipaddress

from core.errors import DevelopmentIdentityRefused, InvalidSetting
from core.settings import Settings
from governance.access import AccessContext, Role


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
    return AccessContext(subject="development", role=Role.DEVELOPMENT, purpose=purpose)
