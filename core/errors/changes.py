"""WN-CH: what an application or a grid worker changes."""

from __future__ import annotations

from core.errors.base import WeinaoError


class ChangeError(WeinaoError):
    """Family: what an application or a grid worker changes."""


class ChangeInvalid(ChangeError):
    """Something in the input of a change is not what its field can be; the message names each such field."""

    code = "WN-CH-001"
    title = "改动的内容不合要求"
    remedy = "请改正所说的各项后重新提交；没有写入任何内容。"


class ChangeRefused(ChangeError):
    """The change does not fit what is there: a status that does not follow, a relation that does not hold."""

    code = "WN-CH-002"
    title = "现在不能这样改"
    remedy = "请先查看对象现在的情况。"


class RequestReused(ChangeError):
    """A `requestId` was sent again with another content; it stands for one change only."""

    code = "WN-CH-003"
    title = "requestId 已经用过"
    remedy = "重发同一改动请原样重发；另一改动请换一个 requestId。"
