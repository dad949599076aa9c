"""WN-CF: settings, key files, the state folder, ports."""

from __future__ import annotations

from core.errors.base import WeinaoError


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
