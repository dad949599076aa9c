"""Names of people: normal forms, surnames, readings and masks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.values import InvalidValue, PersonName, value_type

NAME = value_type("person_name")

# Characters without a traditional form of their own, so that a name is its own normal form.
surnames = st.sampled_from(("王", "李", "曾", "单", "仇", "欧阳", "司马", "尉迟"))
given_names = st.text("伟芳娜敏静丽明秀英霞平文玉兰波辉刚健", min_size=1, max_size=2)
dotted = st.builds(
    lambda a, b: (a, b), st.sampled_from(("阿依古丽", "买买提", "努尔兰")), st.sampled_from(("吐尔逊", "艾力"))
)


@given(surnames, given_names)
def test_surname_and_given_name_are_told_apart(surname: str, given_name: str) -> None:
    name = PersonName.parse(surname + given_name)
    assert (name.text, name.surname, name.given) == (surname + given_name, surname, given_name)
    assert NAME.mask(name.text) == surname + "*" * len(given_name)
    assert name.pinyin
    assert len(name.pinyin) <= 4
    assert all(reading.isascii() and reading.islower() and reading.isalpha() for reading in name.pinyin)
    assert len(name.initials) == len(name.text)


@given(surnames, given_names)
def test_blanks_width_and_invisible_characters_do_not_matter(surname: str, given_name: str) -> None:
    whole = surname + given_name
    for variant in (f" {surname}　{given_name} ", f"\ufeff{whole}", " ".join(whole), f"{whole}(户主)"):
        assert NAME.parse(variant).text == whole
        assert NAME.key(variant) == whole


@given(dotted, st.sampled_from("·•・‧∙⋅●．｡。.﹒"))
def test_every_middle_dot_is_the_same(parts: tuple[str, str], dot: str) -> None:
    for variant in (f"{parts[0]}{dot}{parts[1]}", f"{parts[0]} {dot} {parts[1]}"):
        assert NAME.parse(variant).text == "·".join(parts)
        assert NAME.key(variant) == "".join(parts)
    assert NAME.key("".join(parts)) == "".join(parts)


@given(st.text(max_size=20) | st.text("张欧阳伟·*. (户主)a", max_size=12))
def test_any_text_parses_to_a_fixed_point_or_is_refused(raw: str) -> None:
    try:
        parsed = NAME.parse(raw)
    except InvalidValue:
        assert NAME.mask(raw) == "***"
        return
    assert NAME.parse(parsed.text).text == parsed.text
    assert NAME.key(parsed.text) == NAME.key(raw)
    assert len(PersonName.parse(raw).pinyin) <= 4


@pytest.mark.parametrize(
    ("surname", "reading"),
    [
        ("曾", "zeng"), ("仇", "qiu"), ("单", "shan"), ("查", "zha"), ("解", "xie"), ("区", "ou"), ("朴", "piao"),
        ("任", "ren"), ("盖", "ge"), ("华", "hua"), ("宁", "ning"), ("燕", "yan"), ("乐", "yue"), ("缪", "miao"),
        ("种", "chong"), ("重", "chong"), ("秘", "bi"), ("覃", "qin"), ("翟", "zhai"), ("冼", "xian"), ("折", "she"),
        ("繁", "po"), ("员", "yun"), ("句", "gou"), ("召", "shao"), ("隗", "wei"), ("郗", "xi"), ("葛", "ge"),
        ("哈", "ha"), ("纪", "ji"), ("柏", "bai"), ("薄", "bo"), ("黑", "he"), ("那", "na"), ("乜", "nie"),
        ("能", "nai"), ("祭", "zhai"), ("莘", "shen"), ("尉", "wei"), ("万", "wan"), ("费", "fei"), ("盛", "sheng"),
        ("宓", "mi"), ("牟", "mu"), ("尉迟", "yuchi"), ("万俟", "moqi"), ("单于", "chanyu"), ("长孙", "zhangsun"),
        ("澹台", "tantai"), ("令狐", "linghu"), ("皇甫", "huangfu"), ("鲜于", "xianyu"), ("乐正", "yuezheng"),
    ],
)  # fmt: skip
def test_surnames_are_read_as_surnames(surname: str, reading: str) -> None:
    assert PersonName.parse(f"{surname}文明").pinyin[0] == f"{reading}wenming"


def test_alternative_readings_follow_the_likeliest() -> None:
    assert PersonName.parse("单明").pinyin == ("shanming", "danming", "chanming")
    assert PersonName.parse("尉迟明").pinyin == ("yuchiming", "weichiming")
    assert PersonName.parse("曾明").pinyin_toned == "zēng míng"
    assert PersonName.parse("吕明").pinyin == ("lvming",)
    assert PersonName.parse("曾小明").initials == "zxm"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("張偉", "张伟"),
        ("歐陽脩", "欧阳修"),
        ("陳乾坤", "陈乾坤"),
        ("王乾", "王乾"),
        ("於敏", "於敏"),
        ("李淼", "李淼"),
        ("mary  smith", "MARY SMITH"),
    ],
)
def test_traditional_forms_are_simplified_but_not_standard_characters(raw: str, text: str) -> None:
    assert PersonName.parse(raw).text == text


@pytest.mark.parametrize(
    ("raw", "masked"),
    [
        ("张伟", "张*"),
        ("张小明", "张**"),
        ("欧阳修", "欧阳*"),
        ("阿依古丽·买买提", "阿***·***"),
        ("张*", "张*"),
        ("张*明", "张**"),
        ("司马", "司*"),
    ],
)
def test_masks(raw: str, masked: str) -> None:
    assert NAME.mask(raw) == masked


def test_a_masked_name_cannot_be_looked_up() -> None:
    assert NAME.parse("张*") == ("张*", ("masked",))
    assert NAME.key("张*明") == ""


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", "person_name.empty"),
        ("不详", "person_name.empty"),
        ("16012345678", "person_name.characters"),
        ("张伟2", "person_name.characters"),
        ("**", "person_name.characters"),
        ("王" * 61, "person_name.too_long"),
        ('=HYPERLINK("http","x")', "text.formula"),
        ("=1+1", "text.formula"),
        ("@SUM(A1)", "text.formula"),
    ],
)
def test_refusals(raw: str, reason: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        PersonName.parse(raw)
    assert caught.value.reason == reason
