"""An explanation as a picture: from the prior over each comparison to the total, with the threshold. Plain SVG 1.1."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from resolution.evidence import Reason, english
from resolution.explain import Explanation
from resolution.narrate import Name

_ROW, _TOP, _AREA, _EDGE, _GAP = 44, 128, 410, 20, 14
_LEAST: Final = 110  # beside the area: half of what stands below the threshold
_THINNEST: Final = 3.0
_FONT: Final = "'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei','PingFang SC',sans-serif"
# Blue for, orange against: told apart by people who do not see red and green as two, and on a grey print.
_FOR, _AGAINST, _NONE, _SUM, _LINE = "#2b6cb0", "#c05621", "#a0aec0", "#2d3748", "#744210"
_WORDS: Final = {
    "zh": {
        "prior": "先验", "total": "合计", "threshold": "阈值", "review": "复核区间",
        "same": "归为同一", "different": "未归为同一",
        "bits": "位", "title": "匹配证据（位，log₂ 似然比）", "frequency": "其中取值频率",
    },
    "en": {
        "prior": "prior", "total": "total", "threshold": "threshold", "review": "review band", "same": "one entity",
        "different": "kept apart", "bits": "bits", "title": "match evidence (bits, log₂ likelihood ratio)",
        "frequency": "of which value frequency",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Bar:
    label: str
    start: float
    end: float
    joint: float  # where the bar above it ended
    colour: str
    note: str


def waterfall(explanation: Explanation, *, lang: str = "zh", name: Name = str) -> str:
    """The picture as SVG text: no values of the records, only what `name` calls them and the entities they are of."""
    words = _WORDS[lang]
    bars = _bars(explanation, lang)
    ends = [end for bar in bars for end in (bar.start, bar.end)]
    ends += [0.0, explanation.threshold, explanation.lower, explanation.upper]
    low, high = min(ends), max(ends)
    margin = max(high - low, 1.0) * 0.06
    low, high = low - margin, high + margin
    verdict = f"{words['same' if explanation.same else 'different']} · {_signed(explanation.total)} {words['bits']}"
    records = [
        f"A  {name(explanation.record_a)} → {explanation.entity_a}",
        f"B  {name(explanation.record_b)} → {explanation.entity_b}",
    ]
    left = round(_EDGE + _GAP + max(_LEAST, *(_wide(bar.label, 14) for bar in bars)))
    right = left + _AREA
    width = _EDGE + max(
        right + _GAP + max(_LEAST, *(_wide(bar.note, 13) for bar in bars)),
        _EDGE + max(_wide(verdict, 19) * 1.1, *(_wide(line, 13) for line in (*records, words["title"]))),
    )

    def x(bits: float) -> float:
        return round(left + (bits - low) / (high - low) * _AREA, 1)

    bottom = _TOP + _ROW * len(bars)
    size = f'width="{width:.0f}" height="{bottom + 56}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {width:.0f} {bottom + 56}"',
        f' font-family="{_FONT}" role="img">',
        f"<title>{escape(' — '.join((*records, words['title'])))}</title>",
        f'<rect {size} fill="#ffffff"/>',
        _text(_EDGE, 32, verdict, size=19, weight="bold"),
        *(_text(_EDGE, 56 + 20 * number, line) for number, line in enumerate(records)),
        _text(_EDGE, 98, words["title"], fill="#4a5568"),
        _box(x(explanation.lower), _TOP - 8, x(explanation.upper), bottom + 4, "#fefcbf"),
        _line(x(0), _TOP - 8, bottom + 4, "#cbd5e0"),
    ]
    for number, bar in enumerate(bars):
        parts += _drawn(bar, _TOP + number * _ROW, x, (left - _GAP, right + _GAP), connected=number > 0)
    line = x(explanation.threshold)
    parts += [
        _line(line, _TOP - 8, bottom + 10, _LINE, dashes="6 4"),
        _text(line, bottom + 28, f"{words['threshold']} {_signed(explanation.threshold)}", anchor="middle", fill=_LINE),
        _text(
            line, bottom + 46,
            f"{words['review']} {_signed(explanation.lower)} … {_signed(explanation.upper)}",
            anchor="middle", size=12, fill="#975a16",
        ),
        "</svg>",
    ]  # fmt: skip
    return "\n".join(parts) + "\n"


def _bars(explanation: Explanation, lang: str) -> list[_Bar]:
    words = _WORDS[lang]
    bars = [_Bar(words["prior"], 0.0, explanation.prior, 0.0, _SUM, _signed(explanation.prior))]
    reached = explanation.prior
    for reason in explanation.reasons:
        colour = _NONE if not reason.weight else _FOR if reason.weight > 0 else _AGAINST
        label = reason.label if lang == "zh" else english(reason.comparison)
        bars.append(_Bar(label, reached, reached + reason.weight, reached, colour, _note(reason, lang)))
        reached += reason.weight
    bars.append(_Bar(words["total"], 0.0, explanation.total, reached, _SUM, _signed(explanation.total)))
    return bars


def _note(reason: Reason, lang: str) -> str:
    level = reason.level_zh if lang == "zh" else reason.level_en
    return f"{_signed(reason.weight)}  {level}"


def _drawn(
    bar: _Bar, top: float, x: Callable[[float], float], beside: tuple[float, float], *, connected: bool
) -> list[str]:
    left, right = sorted((x(bar.start), x(bar.end)))
    if right - left < _THINNEST:  # a comparison that says nothing is still there to be seen
        left, right = round(left - _THINNEST / 2, 1), round(left + _THINNEST / 2, 1)
    drawn = [
        _text(beside[0], top + 21, bar.label, anchor="end", size=14),
        _box(left, top + 5, right, top + _ROW - 13, bar.colour),
        _text(beside[1], top + 21, bar.note),
    ]
    if connected:
        drawn.append(_line(x(bar.joint), top - 13, top + 5, "#718096"))
    return drawn


def _wide(text: str, size: int) -> float:
    """About how many pixels `text` takes: a hanzi one em, a latin character .55."""
    return size * sum(0.55 if character.isascii() else 1.0 for character in text)


def _box(left: float, top: float, right: float, bottom: float, fill: str) -> str:
    width, height = round(right - left, 1), round(bottom - top, 1)
    return f'<rect x="{left}" y="{top}" width="{width}" height="{height}" rx="2" fill="{fill}"/>'


def _line(x: float, top: float, bottom: float, colour: str, *, dashes: str = "") -> str:
    dashed = f' stroke-width="1.5" stroke-dasharray="{dashes}"' if dashes else ""
    return f'<line x1="{x}" x2="{x}" y1="{top}" y2="{bottom}" stroke="{colour}"{dashed}/>'


def _text(
    x: float, y: float, content: str, *, size: int = 13, anchor: str = "start", fill: str = "#1a202c", weight: str = ""
) -> str:
    bold = f' font-weight="{weight}"' if weight else ""
    return (
        f'<text x="{x}" y="{y}" font-size="{size}" text-anchor="{anchor}" fill="{fill}"{bold}>{escape(content)}</text>'
    )


def _signed(bits: float) -> str:
    return f"{bits:+.2f}".replace("-", "−")
