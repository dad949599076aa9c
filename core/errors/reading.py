"""WN-NL: complaint text."""

from __future__ import annotations

from core.errors.base import WeinaoError


class ReadingError(WeinaoError):
    """Family: complaint text."""


class TextUnreadable(ReadingError):
    """A text cannot be read by the pipeline."""

    code = "WN-NL-001"
    title = "文本无法解析"
    remedy = "该条仍按原文入库，可由人工填写。"


class ReadingModelInvalid(ReadingError):
    """A directory of a trained model of text is not one, is of another version or kind, or was changed."""

    code = "WN-NL-002"
    title = "文本模型无效"
    remedy = "请用 weinao nlp train 重新训练，或从可信的来源重新复制整个模型目录。"


class TrainingDataInvalid(ReadingError):
    """A file of labelled text cannot be read as what it was given for, or has too little to learn from."""

    code = "WN-NL-003"
    title = "标注数据无效"
    remedy = "请对照 docs/guide/training.md 中的格式更正文件；消息里有文件名与行号。"
