"""WN-ER: models and runs."""

from __future__ import annotations

from core.errors.base import WeinaoError


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
