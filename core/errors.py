"""The one error tree.

    WeinaoError
    ├── SettingsError        WN-CF  a setting, a key file, a folder
    ├── LoadError            WN-LD  a file or a mapping
    ├── LakeError            WN-LK  a lake table
    ├── ResolutionError      WN-ER  a model or a run
    ├── GraphError           WN-GR  the graph database and what is read from it
    ├── ReadingError         WN-NL  complaint text
    ├── ChangeError          WN-CH  what an application or a grid worker changes
    ├── AccessError          WN-AC  who may see what
    └── ApiError             WN-AP  GraphQL and HTTP

Each concrete error has a stable `code`, a Chinese `title`, and a `remedy` that says what to do; its docstring is
its page under docs/errors. Messages are for people and hold no personal data: they name a place (file, line,
column, setting), never a value that a citizen could be known by.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar


class WeinaoError(Exception):
    """Base of every error that reaches a user."""

    code: ClassVar[str] = ""
    title: ClassVar[str] = ""
    remedy: ClassVar[str] = ""

    def __init__(self, message: str, *, remedy: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.advice = remedy or self.remedy

    def __str__(self) -> str:
        return f"{self.code} {self.message}"

    def as_dict(self) -> dict[str, str]:
        return {"code": self.code, "title": self.title, "message": self.message, "remedy": self.advice}


def concrete_errors(base: type[WeinaoError] = WeinaoError) -> Iterator[type[WeinaoError]]:
    """Every error class that has a code, in the order of their codes."""
    found: dict[str, type[WeinaoError]] = {}
    stack = [base]
    while stack:
        cls = stack.pop()
        stack.extend(cls.__subclasses__())
        if cls.code:
            found[cls.code] = cls
    yield from (found[code] for code in sorted(found))


# --- settings and state --------------------------------------------------------------------------------------


class SettingsError(WeinaoError):
    """Family: settings, key files, folders."""


class InvalidSetting(SettingsError):
    """A setting or an argument has a value that Weinao cannot use, or two of them contradict each other."""

    code = "WN-CF-001"
    title = "设置或参数无效"
    remedy = "请按 docs/settings.md 更正该环境变量，或按 --help 更正参数后重试。"


class HomeNotWritable(SettingsError):
    """The state folder (`WEINAO_HOME`) cannot be created or written."""

    code = "WN-CF-002"
    title = "数据目录不可写"
    remedy = "请检查目录权限，或把 WEINAO_HOME 指向可写的目录。"


class HomeBusy(SettingsError):
    """Another Weinao process is writing to the same state folder."""

    code = "WN-CF-003"
    title = "数据目录正被占用"
    remedy = "请等待另一个 weinao 进程结束，或用 WEINAO_HOME 指定另一个目录。"


class DiskFull(SettingsError):
    """The disk that holds the state folder has no room left."""

    code = "WN-CF-004"
    title = "磁盘空间不足"
    remedy = "请清理磁盘，或把 WEINAO_HOME 移到更大的磁盘；已提交的数据不会丢失，重跑即可继续。"


class KeyUnusable(SettingsError):
    """The key file is missing while sealed data exists, is readable by others, or does not open a sealed value."""

    code = "WN-CF-005"
    title = "密钥不可用"
    remedy = "请恢复原来的密钥文件（WEINAO_KEY_FILE），权限设为 600；没有它，已封存的数据无法打开。"


class PortInUse(SettingsError):
    """The port that a server should listen on is taken."""

    code = "WN-CF-006"
    title = "端口被占用"
    remedy = "请换一个端口，例如 weinao serve --port 8001，或先停掉占用它的程序。"


# --- loading -------------------------------------------------------------------------------------------------


class LoadError(WeinaoError):
    """Family: files and mappings."""


class FileUnreadable(LoadError):
    """A file cannot be opened or decoded: missing, truncated, encrypted, of another format than its mapping says."""

    code = "WN-LD-001"
    title = "文件无法读取"
    remedy = "请向来源部门重新索取完整文件，并核对格式与编码。"


class FileEmpty(LoadError):
    """A file has no data row."""

    code = "WN-LD-002"
    title = "文件为空"
    remedy = "请确认导出是否成功；没有数据行的文件不会被加载。"


class FileTooLarge(LoadError):
    """A file unpacks to far more than its size allows: a zip bomb, or a mistake."""

    code = "WN-LD-003"
    title = "文件解压后过大"
    remedy = "请确认来源；确属正常数据时，改用 CSV 分批提供。"


class ColumnMissing(LoadError):
    """A column that the mapping needs is not in the file, or has been renamed."""

    code = "WN-LD-004"
    title = "缺少必需的列"
    remedy = "请核对列名；列名已改时，请修改映射文件，或用 --mapping 指定新的映射。"


class MappingInvalid(LoadError):
    """A mapping file does not follow the mapping format or names a field that the catalogue does not know."""

    code = "WN-LD-005"
    title = "映射文件无效"
    remedy = "请按 docs/guide/loading.md 修改映射文件；weinao load --help 有示例。"


class FeedUnknown(LoadError):
    """No mapping is known for the file or the feed."""

    code = "WN-LD-006"
    title = "未知的数据来源"
    remedy = "请用 --mapping 指定映射文件；weinao feeds 列出内置的来源。"


class QuarantineEntryUnknown(LoadError):
    """No quarantined row has this number."""

    code = "WN-LD-007"
    title = "没有这条隔离记录"
    remedy = "请用 weinao quarantine list 查看现有编号。"


class LoadInterrupted(LoadError):
    """A worker process died while a file was loading; what had been committed stays, and a rerun goes on from there."""

    code = "WN-LD-008"
    title = "加载中断"
    remedy = "请重新运行同一命令，会从中断处继续；内存不足时请减小 WEINAO_BATCH_ROWS。"


# --- lake ----------------------------------------------------------------------------------------------------


class LakeError(WeinaoError):
    """Family: lake tables."""


class TableUnreadable(LakeError):
    """A lake table exists but cannot be read."""

    code = "WN-LK-001"
    title = "数据湖表无法读取"
    remedy = "请检查 WEINAO_HOME/lake 下该表是否完整，必要时从备份恢复。"


class NothingLoaded(LakeError):
    """The step needs data that has not been loaded yet."""

    code = "WN-LK-002"
    title = "尚无数据"
    remedy = "请先运行 weinao load，或运行 make demo。"


# --- resolution ----------------------------------------------------------------------------------------------


class ResolutionError(WeinaoError):
    """Family: models and runs."""


class LevelUntrained(ResolutionError):
    """A comparison level of a model was never seen in training, so its weight would be a guess."""

    code = "WN-ER-001"
    title = "模型有未训练的级别"
    remedy = "请用更多数据训练，或使用随程序提供的模型。"


class ModelInvalid(ResolutionError):
    """A model file cannot be read, or is of another version or kind."""

    code = "WN-ER-002"
    title = "模型文件无效"
    remedy = "请重新训练，或改用随程序提供的模型。"


class TruthMissing(ResolutionError):
    """An evaluation needs a truth file, and there is none."""

    code = "WN-ER-003"
    title = "缺少真值文件"
    remedy = "请用 --truth 指定真值目录；合成小镇的真值在 WEINAO_HOME/town/truth。"


class RunTooLarge(ResolutionError):
    """A run needs more memory than it may take; it never spills open sensitive values to disk, so it stops."""

    code = "WN-ER-004"
    title = "解析超出内存上限"
    remedy = "请分批处理，或在内存更大的机器上运行；已有的解析结果不受影响。"


class JudgementRefused(ResolutionError):
    """A judgement names a record or an entity that is not there, of another kind, twice, or more than it can bind."""

    code = "WN-ER-005"
    title = "判定不能成立"
    remedy = "请用 weinao review list 或 weinao history 核对记录编号与实体编号；没有写入任何内容。"


class JudgementUnknown(ResolutionError):
    """No judgement in force has this number: it was never made, or has been undone."""

    code = "WN-ER-006"
    title = "没有这条判定"
    remedy = "请用 weinao review judgements 查看有效的判定及其编号。"


class RunUnknown(ResolutionError):
    """No resolution run has this number, or none had been made by that day."""

    code = "WN-ER-007"
    title = "没有这次归一"
    remedy = "请用 weinao history changes 查看归一的编号与时间；日期写成 2026-01-31。"


class EvidenceMissing(ResolutionError):
    """What the records of a kind have in common could never tell that two of them are one entity."""

    code = "WN-ER-008"
    title = "缺少可用的证据"
    remedy = "请检查映射文件是否把编号、姓名、出生日期、电话、地址等列对应到了字段，再重新加载。"


class EngineFailed(ResolutionError):
    """The distributed engine stopped in a run: a worker was lost, the master went away, a disk was full."""

    code = "WN-ER-009"
    title = "分布式引擎中断"
    remedy = "请查看集群的状态与内存后重跑；没有写入任何结果。急用时去掉 WEINAO_RESOLUTION_ENGINE，改在本机运行。"


class StateMissing(ResolutionError):
    """What a resolution run leaves for explanations, review and real time is not there, damaged, or of another version.

    It is a cache: a run makes it anew from the lake.
    """

    code = "WN-ER-010"
    title = "没有可用的归一状态"
    remedy = "请先运行 weinao resolve；它会从数据湖重新生成。"


class StateStale(ResolutionError):
    """Records, judgements or the model have changed since the last run, so an answer in real time would be wrong."""

    code = "WN-ER-011"
    title = "归一状态已过期"
    remedy = "请运行 weinao resolve，再试一次。"


# --- graph ---------------------------------------------------------------------------------------------------


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


# --- complaint text ------------------------------------------------------------------------------------------


class ReadingError(WeinaoError):
    """Family: complaint text."""


class TextUnreadable(ReadingError):
    """A text cannot be read by the pipeline."""

    code = "WN-NL-001"
    title = "文本无法解析"
    remedy = "该条仍按原文入库，可由人工填写。"


# --- changes -------------------------------------------------------------------------------------------------


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


# --- access --------------------------------------------------------------------------------------------------


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


# --- API -----------------------------------------------------------------------------------------------------


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
