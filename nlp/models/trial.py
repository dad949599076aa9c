"""A few made complaints read with a model before it comes into use: a model that cannot read them is not taken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from spacy.tokens import Doc

from core.errors import ReadingModelInvalid, WeinaoError
from nlp.models.store import MANIFEST
from nlp.pipeline import build_pipeline

_TEXTS: Final = (
    "我叫王建国，住杭州市西湖区文三路100号青枫花园3幢2单元501室，楼上半夜装修，噪音很大，物业也不管，请尽快处理。",
    "停水两天了",
    "🎈Ａ座 B1-203，电话0571-88880000，1990年5月6日签的合同，押金3000元至今不退！" * 40,
)


def try_model(kind: str, folder: Path) -> None:
    """Raises ReadingModelInvalid for a model that does not load, does not read, or gives what is no probability."""
    try:
        reader = build_pipeline(models={kind: folder})
        chances = [chance for text in _TEXTS for chance in _chances(reader(text))]
    except WeinaoError:
        raise
    except Exception as error:  # whatever a foreign model makes of the libraries that run it
        raise ReadingModelInvalid(
            f"模型 {folder.name} 试读失败：权重文件与 {MANIFEST} 的内容互不相符（{type(error).__name__}）"
        ) from error
    if not all(0 <= chance <= 1 for chance in chances):  # NaN neither
        raise ReadingModelInvalid(f"模型 {folder.name} 给出的概率不在 0 与 1 之间")


def _chances(doc: Doc) -> Iterator[float]:
    yield doc._.category_score
    yield from (guess.probability for guess in doc._.categories)
    yield from (entity.certainty for entity in doc._.entities)
