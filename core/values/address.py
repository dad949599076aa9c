"""Standard addresses (GB/T 10114 and below): from free text to the levels of a place."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from core.values.address_parts import MARKS, Parts, clean, split_parts
from core.values.errors import InvalidValue
from core.values.numerals import NUMERALS
from core.values.places import Found, place_index
from core.values.text import fold, refuse_formula, simplify, squeeze

_LONGEST: Final = 500
_PLAIN: Final = re.compile("[\u4e00-\u9fff0-9A-Z]+")
_DIVISION_MARK: Final = re.compile("省|市|(?<!小)区|县|旗|街道|镇|乡|村|委会")
_STRAY: Final = re.compile(rf"第(?![0-9{NUMERALS}])|(?<![0-9A-Z{NUMERALS}])#")
# Also marks without a letter of their own: they would join whatever is left beside them.
_SEPARATORS: Final = re.compile(
    "[,、;/\\\\|_~\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a\ufe20-\ufe2f]"
)
_SLASH: Final = re.compile(r"(?<=[0-9号弄栋幢])\s*[/\\|]\s*(?=[0-9])")
_MOST_READINGS: Final = 3
_COMMON_NAME: Final = re.compile(r"[\u4e00-\u9fff]{2,12}(?:[0-9]+[期组队])?")
_LEAD: Final = re.compile(
    r"(?:(?:现|家庭|户籍|居住|详细)?(?:地址|住址|住所)|现住|家住|住在|位于|坐落于?|座落于?|地点)[:：是为在]?"
)
_CITY: Final = r"(?<![城门超夜])市(?![口场部民])"
_COUNTY_NAME: Final = (
    rf"(?!都市)[\u4e00-\u9fff]{{1,8}}?(?:(?<![小社园校景库片厂院战])区|县|{_CITY}|旗)"
    r"(?![\u4e00-\u9fff]?(?:[路街巷]|胡同))"
)
# Those above count only with one below them: 市 and 省 begin many a name.
_PROVINCE: Final = re.compile(r"[\u4e00-\u9fff]{2,4}?省(?=[\u4e00-\u9fff]{1,8}?[市县区州盟])")
_PREFECTURE: Final = re.compile(rf"[\u4e00-\u9fff]{{1,8}}?(?:{_CITY}|自治州|地区|盟)(?={_COUNTY_NAME})")
_COUNTY: Final = re.compile(_COUNTY_NAME)
_STREET: Final = re.compile(r"[\u4e00-\u9fff]{1,6}?(?:街道办事处|街道办|街道|镇|乡)(?![路街巷]|胡同)")
_COMMUNITY: Final = re.compile(
    r"[\u4e00-\u9fff]{1,8}?(?:社区居委会|社区|居委会|居民委员会|村民委员会|村委会|行政村|(?<![新小花])村(?=第?[0-9一二三四五六七八九十]+(?:[组队社]|村民小组)|$)"
    r"|(?<![新小花一二三四五六七八九十])村(?=[0-9一二三四五六七八九十]+[号户]))"
)
_UNKNOWN: Final = (
    ("province", _PROVINCE),
    ("prefecture", _PREFECTURE),
    ("county", _COUNTY),
    ("street", _STREET),
    ("community", _COMMUNITY),
)
_VILLAGE_OFFICE: Final = re.compile(r"(?:村?村民委员会|村?村委会|行政村)$")
_OFFICES: Final = ("街道办事处", "街道办")
_PRESENT: Final = (
    "province",
    "city",
    "county",
    "street",
    "community",
    "road",
    "compound",
    "building",
    "unit",
    "floor",
    "room",
)
_HOUSE_LIKE: Final = re.compile(r"(?:大厦|大楼|公寓|广场|中心|国际|商城|市场|宿舍|楼|院)$")
_ESTATE: Final = re.compile(r"(?<=..)小区(?=(?:[0-9]+期)?$)")


@dataclass(frozen=True, slots=True)
class StandardAddress:
    """One address; a level that is not given and cannot be told is None.

    `building`, `unit`, `floor`, `room` are bare tokens (`3`, `A`, `105`). `division_code` is the deepest known
    division, by the table valid today: a renamed or abolished one leads to its successor (flag `renamed_division`).
    `state`: `complete` down to a door, house number or building in a known street; `partial`; `unresolved` when
    nothing was read, and then `rest` has it all.
    """

    province: str | None
    city: str | None
    county: str | None
    street: str | None
    community: str | None
    road: str | None
    road_no: str | None
    compound: str | None
    building: str | None
    unit: str | None
    floor: str | None
    room: str | None
    rest: str | None
    division_code: str | None
    renamed: bool

    @staticmethod
    def parse(raw: str) -> StandardAddress:
        """Read free text. Raises InvalidValue `address.empty`, `address.too_long` or `text.formula`, nothing else."""
        return _parse(raw)

    @property
    def state(self) -> str:
        if self.level is None:
            return "unresolved"
        known_street = self.division_code is not None and len(self.division_code) >= 9
        return "complete" if known_street and (self.building or self.room or self.road_no) else "partial"

    @property
    def level(self) -> str | None:
        """The deepest level that is given, `province` … `room`; None when unresolved."""
        return next((name for name in reversed(_PRESENT) if getattr(self, name)), None)

    @property
    def text(self) -> str:
        """The standard rendering, every level in its own suffix; what was not understood follows in brackets."""
        return (
            self._divisions
            + self._place
            + self._door
            + (f"({self.rest})" if self.rest and self.level else self.rest or "")
        )

    @property
    def compound_key(self) -> str:
        """The compound's name (小区 left off), else road and number; empty if neither is given."""
        if self.compound:
            return _ESTATE.sub("", self.compound)
        return f"{self.road}{self.road_no}" if self.road and self.road_no else ""

    @property
    def building_key(self) -> str:
        building = self.building or (self.road_no if self._village_house else None)
        return f"{self.compound_key}|{building}" if building and self.compound_key else ""

    @property
    def dwelling_key(self) -> str:
        """Compound, building, unit and room; empty where they do not tell one door.

        A room without a building counts in a house number or a single house (大厦), not in a compound of many
        buildings; a village house needs no room.
        """
        compound = self.compound_key
        if not compound:
            return ""
        if self.room and (self.building or not self.compound or _HOUSE_LIKE.search(self.compound)):
            return f"{compound}|{self.building or ''}|{self.unit or ''}|{self.room}"
        return f"{compound}|{self.road_no}||{self.room or ''}" if self._village_house else ""

    @property
    def masked(self) -> str:
        """Down to the building; nothing of an address that was not understood."""
        place = self._place.removesuffix(f"{self.road_no}号") if self._village_house else self._place
        return f"{self._divisions}{place}{_building(self.building)}***"

    @property
    def flags(self) -> tuple[str, ...]:
        state = self.state
        return ((state,) if state == "unresolved" else ()) + (("renamed_division",) if self.renamed else ())

    @property
    def _village_house(self) -> bool:
        """Villages number their houses without a road."""
        return self.road_no is not None and self.road is None

    @property
    def _divisions(self) -> str:
        levels = (self.province, self.city, self.county, self.street, self.community)
        return "".join(name for name in levels if name)

    @property
    def _place(self) -> str:
        number = self.road_no or ""
        number += "号" if number and not number.endswith("弄") else ""
        compound = self.compound or ""
        if self.community:
            compound = compound.removeprefix(self.community)
        return f"{compound}{number}" if self._village_house else f"{self.road or ''}{number}{compound}"

    @property
    def _door(self) -> str:
        unit = f"{self.unit}单元" if self.unit else ""
        floor = f"{self.floor}层" if self.floor else ""
        room = f"{self.room}室" if self.room else ""
        return _building(self.building) + unit + floor + room


def _building(token: str | None) -> str:
    if not token:
        return ""
    return token + ("座" if token.isalpha() and token.isascii() else "栋")


@lru_cache(maxsize=131_072)
def _parse(raw: str) -> StandardAddress:
    if len(raw) > _LONGEST:
        raise InvalidValue("address.too_long", f"地址超过 {_LONGEST} 个字符", "只填写地址，说明另填")
    if _PLAIN.fullmatch(raw):
        text = simplify(raw)
    else:
        refuse_formula(raw)
        text = simplify(squeeze(_SEPARATORS.sub(" ", _SLASH.sub("-", fold(raw))))).upper()
    if "第" in text or "#" in text:
        text = _STRAY.sub("", text)
    text = text.strip(MARKS)
    if not text:
        raise InvalidValue("address.empty", "地址为空", "填写到门牌或房号的地址，或留空该字段")
    refuse_formula(text)  # it may have stood behind a mark
    address = _read(text)
    if address.rest or not (address.compound is None or _COMMON_NAME.fullmatch(address.compound)):
        address = _settle(address, text)
    return address


def _settle(address: StandardAddress, text: str) -> StandardAddress:
    """An odd address is read until its rendering reads as itself; one that never does is not understood."""
    for _ in range(_MOST_READINGS):
        again = _read(address.text)
        if again.text == address.text:
            return replace(again, renamed=address.renamed)
        address = replace(again, renamed=address.renamed)
    return _unresolved(text)


def _read(text: str) -> StandardAddress:
    lead = _LEAD.match(text)
    start = lead.end() if lead else 0
    index = place_index()
    found, later = index.chain(text, start), 0
    if not found.end and _DIVISION_MARK.search(text) and (later := index.first(text)) > 0:
        found = index.chain(text, later)
    names, position = _unknown_divisions(text, found.end or start, found)
    community = names.get("community", "")
    parts = split_parts(text[position:], community if community.endswith("村") else None)
    if later > start:
        parts = parts._replace(rest=clean(text[start:later] + (parts.rest or "")))
    address = _assemble(names, parts, found)
    return _unresolved(text) if address.level is None else address


def _unresolved(text: str) -> StandardAddress:
    return StandardAddress(*(None,) * 12, rest=text, division_code=None, renamed=False)


def _unknown_divisions(text: str, position: int, found: Found) -> tuple[dict[str, str], int]:
    """Divisions that the table does not know, by their suffix, below those found."""
    names = dict(found.names)
    if not _DIVISION_MARK.search(text, position):
        return names, position
    for level, pattern in _UNKNOWN:
        if level not in names and (match := pattern.match(text, position)):
            name = match.group()
            for office in _OFFICES:
                name = name.replace(office, "街道")
            names[level] = _VILLAGE_OFFICE.sub("村", name)
            position = match.end()
    return names, position


def _assemble(names: dict[str, str], parts: Parts, found: Found) -> StandardAddress:
    return StandardAddress(
        names.get("province"),
        names.get("prefecture"),
        names.get("county"),
        names.get("street"),
        names.get("community"),
        *parts,
        division_code=found.code,
        renamed=found.renamed,
    )
