"""WN-GR: the graph database, and what is read from it."""

from __future__ import annotations

from core.errors.base import WeinaoError


class GraphError(WeinaoError):
    """Family: the graph database."""


class GraphUnreachable(GraphError):
    """No graph database answers at the given address, or it refuses the credentials."""

    code = "WN-GR-001"
    title = "图数据库无法连接"
    remedy = "内置库：运行 weinao db start；Neo4j：检查 WEINAO_GRAPH_URL 与密码文件。"


class GraphStartFailed(GraphError):
    """The embedded database did not start."""

    code = "WN-GR-002"
    title = "内置图数据库启动失败"
    remedy = "请查看 WEINAO_HOME/db/log 下的日志；内存或磁盘不足是常见原因。"


class EntityUnknown(GraphError):
    """No entity has this id or key."""

    code = "WN-GR-003"
    title = "没有找到"
    remedy = "请核对编号；合并过的编号会自动转到新编号。"


class KeyAmbiguous(GraphError):
    """An exact key leads to more than one entity (a shared phone, say)."""

    code = "WN-GR-004"
    title = "对应多个对象"
    remedy = "请改用列表查询，或再给出一个条件。"


class GraphNotProjected(GraphError):
    """The graph lags behind the lake or has not been built."""

    code = "WN-GR-005"
    title = "图谱尚未建立"
    remedy = "请运行 weinao project；需要重建时加 --rebuild。"


class TagRuleInvalid(GraphError):
    """A tag rule file does not follow the rule format."""

    code = "WN-GR-006"
    title = "标签规则无效"
    remedy = "请对照 graph/tags/rules 中的示例修改。"


class TagRefused(GraphError):
    """A tag cannot be given to this object by hand, or is not there to be ended."""

    code = "WN-GR-011"
    title = "不能这样加标签"
    remedy = "请核对对象与标签；weinao tag rules 列出规则的标签。"


class FilterInvalid(GraphError):
    """A filter names what there is not, compares what cannot be compared, or is larger than a filter may be."""

    code = "WN-GR-009"
    title = "筛选条件无效"
    remedy = "请对照 docs/guide/filters.md 修改筛选条件。"


class PatternInvalid(GraphError):
    """A graph pattern has no such node or link, too many of them, or falls apart into pieces."""

    code = "WN-GR-010"
    title = "图样无效"
    remedy = "请对照 docs/guide/analyst.md 修改图样。"


class StatementRefused(GraphError):
    """The graph database understood the connection but refused a statement: its syntax, a constraint, a limit."""

    code = "WN-GR-007"
    title = "图数据库拒绝了语句"
    remedy = "请检查语句；若由程序发出，请把错误编号与日志交给管理员。"


class CommitUncertain(GraphError):
    """The connection broke while a transaction was being committed, so it may or may not have taken effect."""

    code = "WN-GR-008"
    title = "提交结果未知"
    remedy = "请重跑同一命令：投影会读取图中记录的进度，不会重复，也不会遗漏。"


class SchemaTooNew(GraphError):
    """The graph was made by a later version of the program, which may keep in it what this one does not know."""

    code = "WN-GR-012"
    title = "图谱由更新的版本写成"
    remedy = "请改用更新的 weinao；确要退回本版本时运行 weinao project --rebuild，图谱会按数据湖重建。"


class TagRuleTooSlow(GraphError):
    """What a tag rule asks was not answered within its time; its tags stay as they were, and other rules go on."""

    code = "WN-GR-013"
    title = "标签规则算不完"
    remedy = "请减少规则里的层级、路径或计数后重新保存，或停用它；确需重试时运行 weinao tag --full。"
