"""What a failed read or write of a Delta table means to the person at the keyboard."""

from __future__ import annotations

import errno
import re

from core.errors import DiskFull, HomeNotWritable, TableUnreadable, WeinaoError

_OS_ERROR = re.compile(r"os error (\d+)|code: (\d+), kind")
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST}


def error_number(error: BaseException) -> int | None:
    """The operating system's error number; the Delta library often tells it in its message alone."""
    if isinstance(error, OSError) and error.errno:
        return error.errno
    told = _OS_ERROR.search(str(error))
    return int(told.group(1) or told.group(2)) if told else None


def write_failure(error: BaseException, table: str) -> WeinaoError:
    """`DiskFull`, `HomeNotWritable`, or `TableUnreadable` for what is left."""
    number = error_number(error)
    if number in _FULL:
        return DiskFull(f"写入数据湖表 {table} 时磁盘已满")
    if number in _REFUSED or "don't have access" in str(error):
        return HomeNotWritable(f"数据湖表 {table} 所在目录不可写")
    return TableUnreadable(f"数据湖表 {table} 无法写入")


def read_failure(error: BaseException, table: str) -> WeinaoError:
    """`TableUnreadable`, also where the operating system refuses the read."""
    if error_number(error) in {errno.EACCES, errno.EPERM}:
        return TableUnreadable(f"数据湖表 {table} 没有读取权限", remedy="请检查 WEINAO_HOME/lake 的目录权限。")
    return TableUnreadable(f"数据湖表 {table} 已损坏或不完整")
