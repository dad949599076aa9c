"""Transformers of a local folder, run by ONNX Runtime: nothing is fetched, no code of the folder is executed.

The folder is what `optimum-cli export onnx` writes: model.onnx, tokenizer.json, config.json with id2label. A sequence
classifier gives categories, a token classifier spans (labels B-, I- and, where it has them, S-, M-, E-, O). Needs the
extra `transformer` (onnxruntime, MIT; tokenizers, Apache-2.0).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.errors import ReadingModelInvalid
from nlp.models.importing import CONFIG, MODEL, TOKENIZER, export_config, labels_of
from nlp.models.store import MANIFEST, verify
from nlp.models.tags import Span

_NEEDED: Final = ("onnxruntime", "tokenizers")
_MOST_TOKENS: Final = 512
_FEWEST_TOKENS: Final = 8
_INPUTS: Final = ("input_ids", "attention_mask", "token_type_ids")
_OVERLAP: Final = 32
_BATCH: Final = 8


@dataclass(frozen=True)
class Transformer:
    """A loaded export: its labels by number, and at most how many tokens it reads at once."""

    labels: tuple[str, ...]
    longest: int
    version: str
    _session: Any
    _tokenizer: Any

    def probabilities(self, text: str) -> NDArray[np.float64]:
        """(labels,) of the beginning of a text, as far as the model reads; sums to 1."""
        logits = self._run([self._tokenizer.encode(text)])[0]
        if logits.shape != (len(self.labels),):
            raise ReadingModelInvalid("模型的输出与 id2label 不符，或不是文本分类")
        return _softmax(logits)

    def spans(self, text: str) -> list[tuple[Span, float]]:
        """Labelled spans with the mean probability of their tokens; a long text is read in windows that overlap."""
        encoding = self._tokenizer.encode(text)
        windows = [encoding, *encoding.overflowing]
        found: dict[int, tuple[int, int, NDArray[np.float64]]] = {}
        for start in range(0, len(windows), _BATCH):
            batch = windows[start : start + _BATCH]
            for window, logits in zip(batch, self._run(batch), strict=True):
                if logits.ndim != 2 or logits.shape[1] != len(self.labels):
                    raise ReadingModelInvalid("模型的输出与 id2label 不符，或不是逐字标注")
                rows = zip(window.offsets, window.special_tokens_mask, _softmax(logits), strict=False)
                for (begin, end), special, chances in rows:
                    if not special and end > begin:
                        found.setdefault(begin, (begin, end, chances))
        return list(_joined([found[begin] for begin in sorted(found)], self.labels))

    def _run(self, windows: Sequence[Any]) -> list[NDArray[np.float64]]:
        """Logits of each window, padding left out."""
        longest = max(len(window.ids) for window in windows)
        columns: dict[str, NDArray[np.int64]] = {name: np.zeros((len(windows), longest), np.int64) for name in _INPUTS}
        for row, window in enumerate(windows):
            length = len(window.ids)
            columns["input_ids"][row, :length] = window.ids
            columns["attention_mask"][row, :length] = window.attention_mask
            columns["token_type_ids"][row, :length] = window.type_ids
        asked = {each.name for each in self._session.get_inputs()}
        given = {name: column for name, column in columns.items() if name in asked}
        if asked - set(given):
            raise ReadingModelInvalid(f"模型需要未知的输入：{'、'.join(sorted(asked - set(given)))}")
        (logits, *_) = self._session.run(None, given)
        values = np.asarray(logits, dtype=np.float64)
        return [row if row.ndim == 1 else row[: len(window.ids)] for row, window in zip(values, windows, strict=True)]


def load_transformer(folder: Path, kind: str | None = None) -> Transformer:
    """An export, or a model of a home made from one; the latter is verified against its manifest.

    Raises ReadingModelInvalid: an extra that is not installed, a file that is missing, changed or not readable.
    """
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise ReadingModelInvalid(
            f"运行 Transformer 模型需要 {'、'.join(missing)}，而它没有安装",
            remedy="请运行 .venv/bin/pip install -e '.[transformer]'。",
        )
    absent = [name for name in (MODEL, TOKENIZER, CONFIG) if not (folder / name).is_file()]
    if absent:
        raise ReadingModelInvalid(
            f"目录 {folder.name} 缺少 {'、'.join(absent)}", remedy="请用 optimum-cli export onnx 导出整个目录。"
        )
    version = verify(folder, kind).version if (folder / MANIFEST).is_file() else ""
    config = export_config(folder)
    positions = config.get("max_position_embeddings", _MOST_TOKENS)
    if not isinstance(positions, int) or positions < _FEWEST_TOKENS:
        raise ReadingModelInvalid(f"{folder.name}/{CONFIG} 的 max_position_embeddings 不是可用的正整数")
    longest = min(positions, _MOST_TOKENS)
    return Transformer(
        tuple(labels_of(config, folder.name)), longest, version, _session(folder), _tokenizer(folder, longest)
    )


def _session(folder: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # complaints are read in several processes
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(str(folder / MODEL), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's own classes share no base
        raise ReadingModelInvalid(f"{folder.name}/{MODEL} 无法加载（{type(error).__name__}）") from error


def _tokenizer(folder: Path, longest: int) -> Any:
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    except Exception as error:  # the library raises the bare class
        raise ReadingModelInvalid(f"{folder.name}/{TOKENIZER} 无法加载") from error
    tokenizer.no_padding()
    tokenizer.enable_truncation(longest, stride=min(_OVERLAP, longest // 4))
    return tokenizer


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    exponents = np.exp(logits - logits.max(-1, keepdims=True))
    result: NDArray[np.float64] = exponents / exponents.sum(-1, keepdims=True)
    if not np.isfinite(result).all():
        raise ReadingModelInvalid(f"{MODEL} 的输出含有不是有限数的值")
    return result


def _joined(
    tokens: Sequence[tuple[int, int, NDArray[np.float64]]], labels: Sequence[str]
) -> Iterator[tuple[Span, float]]:
    """Spans of tagged tokens; an I- without a B- before it begins one, as in CoNLL's scorer."""
    start, end, label = 0, 0, ""
    sure: list[float] = []
    for begin, until, chances in tokens:
        best = int(chances.argmax())
        position, _, name = labels[best].partition("-")
        if not name or position in "BS" or name != label:
            if label:
                yield (start, end, label), float(np.mean(sure))
            start, label, sure = begin, name, []
        if name:
            end = until
            sure.append(float(chances[best]))
    if label:
        yield (start, end, label), float(np.mean(sure))
