"""WN-LD: files and mappings."""

from __future__ import annotations

from core.errors.base import WeinaoError


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
