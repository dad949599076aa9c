"""Names of organizations: region, trade name (字号), trade and legal form."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from core.codes.divisions import divisions
from core.values.errors import InvalidValue
from core.values.text import fold, refuse_formula, simplify, squeeze

_LONGEST: Final = 200
_BRACKETS: Final = str.maketrans("[]【】〔〕〈〉《》", "()()()()()")
_BRACKETED: Final = re.compile(r"\((.*?)\)")
_BRANCH: Final = re.compile(r"(?<=公司)(?:.{0,12}?(?:分公司|支公司|分店|营业部|办事处|门店|项目部))$")
# Divisions that no table knows, told by their suffix; 超市, 门市部 and 市场 are none.
_UNKNOWN_REGION: Final = re.compile(
    r"(?:[\u4e00-\u9fff]{2,3}省)?(?:[\u4e00-\u9fff]{2,4}?(?<![城超门夜菜集都股])市(?![场口民政容立部]))?"
    r"(?:[\u4e00-\u9fff]{2,3}?(?:县|(?<![小社园校景库片厂院战矿])区))?"
)
_QUOTES: Final = re.compile("[“”\"'‘’,，。.、;；]")
_REGION_ENDS: Final = ("省", "市", "区", "县", "自治区", "镇", "街道", "乡")


@dataclass(frozen=True, slots=True)
class OrganizationName:
    """One name and its parts, each empty where absent: 澜江市 + 华辰 + 物业管理 + 有限公司; `branch` is 青枫分公司."""

    text: str
    region: str
    trade_name: str
    trade: str
    form: str
    branch: str

    @staticmethod
    def parse(raw: str) -> OrganizationName:
        """Read a name. Raises InvalidValue `organization_name.empty`, `.characters`, `.too_long` or `text.formula`."""
        return _parse(raw)

    @property
    def key(self) -> str:
        """Equal for spelling variants: brackets gone, region without its suffix, one word per trade and form."""
        forms, trades = _words()
        parts = (
            _stem(self.region),
            self.trade_name,
            trades.get(self.trade, self.trade),
            forms.get(self.form, self.form),
        )
        return "".join((*parts, self.branch))

    @property
    def masked(self) -> str:
        """The trade name starred."""
        return f"{self.region}{'*' * max(2, len(self.trade_name))}{self.form}"


@lru_cache(maxsize=16_384)
def _parse(raw: str) -> OrganizationName:
    refuse_formula(raw)
    text = simplify(squeeze(_QUOTES.sub(" ", fold(raw)).translate(_BRACKETS))).upper()
    if not text:
        raise InvalidValue("organization_name.empty", "单位名称为空", "填写营业执照上的名称，或留空该字段")
    refuse_formula(text)  # it may have stood behind a quotation mark
    if len(text) > _LONGEST:
        raise InvalidValue("organization_name.too_long", f"单位名称超过 {_LONGEST} 个字符", "只填写名称，说明另填")
    if not any(map(str.isalpha, text)):
        raise InvalidValue(
            "organization_name.characters", "单位名称里没有文字", "对照营业执照核对，检查是否与其他列填反"
        )
    forms, trades = _words()
    region, rest = _region(text)
    branch = ""
    if match := _BRANCH.search(rest):
        rest, branch = rest[: match.start()], match.group()
    form = _ending(rest, forms)
    if len(_ending(rest, trades)) > len(form):  # 面馆 is a trade, not a hall of noodles
        form = ""
    rest = rest.removesuffix(form)
    trade = _ending(rest, trades)
    if trade == rest:
        trade = ""
    return OrganizationName(text, region, rest.removesuffix(trade), trade, form, branch)


def _region(text: str) -> tuple[str, str]:
    """The leading divisions, or a division in brackets, and the name without them and without other brackets."""
    length = _leading(text)
    region, rest = text[:length], text[length:]
    for match in _BRACKETED.finditer(rest):
        inner = match.group(1)
        if not region and inner and _leading(inner + "号") == len(inner):
            region = inner
            rest = rest.replace(match.group(), "", 1)
            break
    return region, rest.replace("(", "").replace(")", "") if "合伙" not in rest else rest


def _leading(text: str) -> int:
    """How many characters of `text` are names of divisions, keeping two at least for the rest."""
    names, longest = _regions()
    end = 0
    while end < len(text):
        for length in range(min(longest, len(text) - end), 1, -1):
            if text[end : end + length] in names:
                break
        else:
            break
        end += length
    unknown = _UNKNOWN_REGION.match(text, end)
    return unknown.end() if unknown and unknown.end() <= len(text) - 2 else end


@lru_cache(maxsize=1)
def _regions() -> tuple[frozenset[str], int]:
    names: set[str] = set()
    for division in divisions():
        if division.level != "community":
            names.add(division.name)
        if division.level in ("province", "prefecture"):
            names.add(_stem(division.name))
    return frozenset(name for name in names if len(name) >= 2), max(map(len, names), default=0)


def _stem(region: str) -> str:
    for ending in _REGION_ENDS:
        if region.endswith(ending) and len(region) > len(ending) + 1:
            return region.removesuffix(ending)
    return region


def _ending(text: str, words: dict[str, str]) -> str:
    for length in range(min(len(text), 14), 0, -1):
        if text[-length:] in words:
            return text[-length:]
    return ""


@lru_cache(maxsize=1)
def _words() -> tuple[dict[str, str], dict[str, str]]:
    """Forms and trades, each word to the one that stands for it in keys."""
    found: dict[str, dict[str, str]] = {"form": {}, "trade": {}}
    with (Path(__file__).parent / "organization_words.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["kind"]][row["word"]] = row["same_as"] or row["word"]
    return found["form"], found["trade"]
