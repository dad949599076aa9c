"""Changes that an application may send twice: the same request, sent again, gives the same answer and changes nothing.

The table `requests` keeps what a request came to, as ids. It is written last: a process killed before that runs the act
again under the same token, and each act makes of its token the ids and the transactions that it writes under, so that
what is already in the lake stays as it is.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
import polars as pl

from core.clock import local_now
from core.errors import ChangeInvalid, RequestReused
from governance.access import AccessContext
from services.app import App

LONGEST_ID: Final = 100
RESOLVES: Final = "resolves"

Content = Mapping[str, Any]
Act = Callable[[App, AccessContext, str, Content], dict[str, Any]]
"""What a change does, given its token and what was asked; returns what came of it, ids and codes only."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request; `repeated`: it had been answered before, and nothing was done now.

    An act that brings records which are still to be resolved tells so by `RESOLVES` in what it tells.
    """

    told: dict[str, Any]
    repeated: bool = False

    @property
    def resolves(self) -> bool:
        return bool(self.told.get(RESOLVES))


def once(app: App, context: AccessContext, act: Act, content: Content, request_id: str | None = None) -> Answer:
    """Run `act`, or give the answer that the same person's request of this id had.

    Raises `RequestReused` for an id under which something else was asked, or the same in another role or for other
    grids, `ChangeInvalid` for one that is no id and for a text that is no Unicode, and what the act raises.
    """
    if request_id is None:
        _said(content)
        return Answer(act(app, context, app.vault.token("request", secrets.token_hex(16)), content))
    if not request_id.strip() or len(request_id) > LONGEST_ID or not request_id.isprintable():
        raise ChangeInvalid(f"requestId 须是 1–{LONGEST_ID} 个可见字符")
    token = app.vault.token("request", context.subject, request_id)
    asked = app.vault.token("asked", act.__name__, _said(content), context.role.value, *context.grids)
    with app.writing():
        known = app.lake.current("requests", ["content_hash", "answer"], where=pl.col("request") == token)
        if known.height:
            if known["content_hash"][0] != asked:
                raise RequestReused("这个 requestId 已用于另一次改动")
            return Answer(orjson.loads(known["answer"][0]), repeated=True)
        told = act(app, context, token, content)
        row = {"request": token, "action": act.__name__, "content_hash": asked, "who": context.subject}
        kept = pl.DataFrame([row | {"answer": orjson.dumps(told).decode(), "at": local_now()}])
        app.lake.append("requests", kept, transaction=(f"request:{token}", 1))
    return Answer(told)


def _said(content: Content) -> str:
    try:
        return canonical(content)
    except orjson.JSONEncodeError:
        raise ChangeInvalid("内容里有不成字的编码", remedy="请核对文本的编码，用 UTF-8 重新发送。") from None


def canonical(value: object) -> str:
    """One text for equal contents, whatever their order."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
