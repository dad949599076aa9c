"""WN-AC: who may see what."""

from __future__ import annotations

from core.errors.base import WeinaoError


class AccessError(WeinaoError):
    """Family: who may see what."""


class AccessDenied(AccessError):
    """The reader's role, grids or purpose do not allow this read."""

    code = "WN-AC-001"
    title = "无权访问"
    remedy = "请说明用途，或联系数据管理员授权。"


class DevelopmentIdentityRefused(AccessError):
    """The development identity is only for loopback; the server was told to listen beyond it."""

    code = "WN-AC-002"
    title = "开发身份只限本机"
    remedy = "请绑定 127.0.0.1，或配置正式的身份认证。"


class PurposeRequired(AccessError):
    """A sensitive value was asked for without a purpose."""

    code = "WN-AC-003"
    title = "需要说明用途"
    remedy = "请在请求中给出 purpose（用途）。"
