"""WN-AP: GraphQL and HTTP."""

from __future__ import annotations

from core.errors.base import WeinaoError


class ApiError(WeinaoError):
    """Family: GraphQL and HTTP."""


class QueryTooComplex(ApiError):
    """A query is deeper, wider or longer than the limits allow."""

    code = "WN-AP-001"
    title = "查询过于复杂"
    remedy = "请减少层级、别名或字段，或分几次查询。"


class QueryInvalid(ApiError):
    """A query does not parse, or does not fit the schema."""

    code = "WN-AP-002"
    title = "查询无效"
    remedy = "请对照 /graphql 的说明修改查询。"


class QueryTimedOut(ApiError):
    """A query took longer than the time limit."""

    code = "WN-AP-003"
    title = "查询超时"
    remedy = "请缩小范围后重试。"


class InternalFailure(ApiError):
    """Something failed inside; the log holds the reference that the message names."""

    code = "WN-AP-004"
    title = "内部错误"
    remedy = "请把消息中的参考号交给管理员。"


class RequestRefused(ApiError):
    """An HTTP request does not have the form that is served: method, content type, size, host or origin."""

    code = "WN-AP-005"
    title = "请求被拒绝"
    remedy = "请用 POST 把 JSON 发到 /graphql，并从本服务自己的地址访问；浏览器页面只能来自同一地址。"


class TooManyRequests(ApiError):
    """A client asked more often than `WEINAO_RATE` allows; the header `Retry-After` tells how many seconds to wait."""

    code = "WN-AP-006"
    title = "请求过于频繁"
    remedy = "请按 Retry-After 所说的秒数稍候再试；确有需要时请管理员调高 WEINAO_RATE。"


class DocumentNotTrusted(ApiError):
    """The server runs trusted documents only (`WEINAO_TRUSTED_DOCUMENTS`), and the query is not one of them."""

    code = "WN-AP-007"
    title = "查询未登记"
    remedy = "请改用已登记的查询，或请管理员把它放进 WEINAO_TRUSTED_DOCUMENTS 所指的目录并重启服务。"


class TemplateInvalid(ApiError):
    """A query template cannot be saved as it is, or there is none of that name."""

    code = "WN-AP-008"
    title = "查询模板无效"
    remedy = "请对照 docs/guide/following.md 修改；查询 templates 列出已有的模板。"


class TooManySubscriptions(ApiError):
    """A client has more connections open, or a connection more subscriptions, than the server allows."""

    code = "WN-AP-009"
    title = "订阅过多"
    remedy = "请先结束不用的订阅或连接；一条连接可以带多个订阅。"


class SubscriberLeftBehind(ApiError):
    """A client reads what it subscribed to more slowly than things change, and its subscription was ended."""

    code = "WN-AP-010"
    title = "订阅跟不上变化"
    remedy = "请重新查询一遍所关心的对象，再重新订阅；可用 ids、kinds 缩小范围。"


class ServerStopping(ApiError):
    """The server is ending; what was asked of it was not answered any more."""

    code = "WN-AP-011"
    title = "服务正在停止"
    remedy = "请稍后再试；改动可能已经写入：请带同一 requestId 原样重发。"
