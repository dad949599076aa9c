# Fixtures: the gold set that ships, read once, and short sources written into tmp_path, each with one fault.
"""The gold set is whole, holds nobody real, and a fault in it is named with its file and line."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from itertools import pairwise
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import TrainingDataInvalid
from nlp.gold import GOLD, Complaint, read_gold
from nlp.gold.quotes import QuoteError, fit, one
from nlp.tables import taxonomy

AT_LEAST = {
    "identifiers": 80,
    "entities": 400,
    "addresses": 250,
    "times": 350,
    "amounts": 150,
    "parties": 600,
    "cues": 80,
    "demands": 250,
}
KINDS_AT_LEAST = {
    "identifiers": {
        "citizen_id": 8, "uscc": 5, "phone": 20, "landline": 5, "plate": 8, "order_number": 10, "email": 5,
        "bank_card": 5,
    },
    "entities": {"person": 100, "organization": 60, "place": 150},
    "times": {"moment": 20, "day": 80, "span": 80, "deadline": 15, "recurring": 30},
    "parties": {"person": 200, "organization": 150, "group": 40},
    "demands": {
        "stop": 15, "repair": 15, "pay": 10, "refund": 10, "investigate": 20, "mediate": 10, "inform": 30, "licence": 5,
        "other": 20,
    },
}  # fmt: skip
# docs/decisions/0002: provinces, segments and a plate office that do not exist; RFC 2606 for mail; no issuer has 9999.
MADE_UP = {
    "citizen_id": r"8[4-8].*",
    "uscc": r"9[12]88.{4}MA.*",
    "phone": r"(?:154|16[013489]).*",
    "landline": r"0880-?.*|400488.*",
    "plate": r"云X.*",
    "email": r".*\.example",
    "bank_card": r"9999.*|\d{4}",
    "order_number": r".*",
}


@pytest.fixture(scope="module")
def gold() -> tuple[Complaint, ...]:
    return read_gold()


def test_two_hundred_texts_of_every_length(gold: tuple[Complaint, ...]) -> None:
    lengths = [len(complaint.text) for complaint in gold]
    assert len(gold) == len({complaint.id for complaint in gold}) == len({complaint.text for complaint in gold}) == 200
    assert 150 <= sum(lengths) / len(lengths) <= 250
    assert min(lengths) <= 20
    assert 800 <= max(lengths) <= 900


def test_every_category_five_times_and_every_trait_three_times(gold: tuple[Complaint, ...]) -> None:
    categories = Counter(complaint.category for complaint in gold)
    assert {code: categories[code] for code, row in taxonomy().items() if row.parent and categories[code] < 5} == {}
    traits = Counter(trait for complaint in gold for trait in complaint.traits)
    assert {trait: count for trait, count in traits.items() if count < 3} == {}
    assert len(traits) >= 30


def test_every_layer_has_cases(gold: tuple[Complaint, ...]) -> None:
    for layer, least in AT_LEAST.items():
        items = [item for complaint in gold for item in getattr(complaint, layer)]
        assert len(items) >= least, layer
        kinds = Counter(getattr(item, "kind", None) for item in items)
        assert {kind: n for kind, n in KINDS_AT_LEAST.get(layer, {}).items() if kinds[kind] < n} == {}, layer
    assert {level: n for level, n in Counter(c.urgency for c in gold).items() if n < 10} == {}
    assert {tone: n for tone, n in Counter(c.sentiment for c in gold).items() if n < 9} == {}
    assert sum(not item.valid for c in gold for item in c.identifiers) >= 8
    assert sum(address.relative is not None for c in gold for address in c.addresses) >= 100
    assert len({c.matter for c in gold if c.matter != c.id}) >= 10
    assert sum(c.follows is not None for c in gold) >= 5


def test_traits_that_can_be_counted_are_true(gold: tuple[Complaint, ...]) -> None:
    signs = {
        "short": lambda c: len(c.text) <= 45,
        "long": lambda c: len(c.text) >= 300,
        "bad_checksum": lambda c: any(not i.valid and "*" not in i.value and len(i.value) == 18 for i in c.identifiers),
        "masked_number": lambda c: any("*" in i.value or len(i.value) == 4 for i in c.identifiers),
        "html": lambda c: "<" in c.text and ">" in c.text,
        "full_width": lambda c: re.search("[０-９Ａ-Ｚ]", c.text) is not None,
        "order_as_phone": lambda c: any(
            i.kind == "order_number" and re.match(r"1\d{10}$", i.value) for i in c.identifiers
        ),
        "old_id": lambda c: any(i.kind == "citizen_id" and i.end - i.start == 15 for i in c.identifiers),
    }
    for trait, sign in signs.items():
        assert [c.id for c in gold if trait in c.traits and not sign(c)] == [], trait
    for trait in ("short", "long", "bad_checksum", "old_id"):
        assert [c.id for c in gold if signs[trait](c) and trait not in c.traits] == [], trait


def test_offsets_lie_on_the_words(gold: tuple[Complaint, ...]) -> None:
    for complaint in gold:
        mentions = [(start, end) for party in complaint.parties for start, end in party.mentions]
        for ranges in (mentions, [(e.start, e.end) for e in complaint.entities]):
            assert all(end <= later for (_, end), (later, _) in pairwise(sorted(ranges))), complaint.id
        for layer in AT_LEAST:
            if layer != "parties":
                mentions += [(item.start, item.end) for item in getattr(complaint, layer)]
        for start, end in mentions:
            assert 0 <= start < end <= len(complaint.text)
            assert complaint.text[start:end] == complaint.text[start:end].strip(" \n，。；"), complaint.id
        for item in complaint.identifiers:
            surface = re.sub(r"^\+86|[\s·-]", "", unicodedata.normalize("NFKC", complaint.text[item.start : item.end]))
            same = (item.value, item.value.replace("-", ""), item.value.replace("云", "雲"))
            assert surface in same or len(surface) == 15, complaint.id


def test_nobody_real_is_in_it(gold: tuple[Complaint, ...]) -> None:
    for complaint in gold:
        for item in complaint.identifiers:
            assert re.fullmatch(MADE_UP[item.kind], item.value), complaint.id
        if complaint.caller_phone:
            assert re.fullmatch(f"{MADE_UP['phone']}|0880-.*", complaint.caller_phone), complaint.id
        numbers = {place for item in complaint.identifiers for place in range(item.start, item.end)}
        for match in re.finditer(r"(?<!\d)(?:1[3-9]\d{9}|\d{15}|\d{17}[\dX])(?!\d)", complaint.text):
            assert match.start() in numbers, (complaint.id, match.span())


def test_an_object_is_json(gold: tuple[Complaint, ...]) -> None:
    first = orjson.loads(orjson.dumps(gold[0].as_object()))
    assert (first["id"], first["at"], first["category"]) == ("0101-1", "2026-04-08T18:22", "0101")
    party = first["parties"][0]
    assert [first["text"][start:end] for start, end in party["mentions"]][:2] == ["市民", "来电人"]


GOOD = """; a comment
# 0104-1
at 2026-03-14T21:37
class 0104+0303 normal negative neighbours
> 我住桂花苑3幢501，今天楼上吵，他打我，电话16012345678。
> 今天还在吵！
address 桂花苑3幢501 | compound=桂花苑 building=3 room=501
address 楼上 | relative=upstairs of=text
when 今天#2 | day 2026-03-14
phone 16012345678
place 桂花苑
party c complainant person - | 我
party r respondent person - | 他
"""


def test_a_source_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(GOOD, encoding="utf-8")
    (complaint,) = read_gold(tmp_path)
    text = complaint.text
    assert text.split("\n")[1] == "今天还在吵！"
    assert [(text[a.start : a.end], a.parts, a.relative, a.of) for a in complaint.addresses] == [
        ("桂花苑3幢501", {"compound": "桂花苑", "building": "3", "room": "501"}, None, None),
        ("楼上", {}, "upstairs", "text"),
    ]
    assert [(when.start, when.first) for when in complaint.times] == [(text.rindex("今天"), "2026-03-14")]
    assert [(party.id, party.mentions) for party in complaint.parties] == [
        ("c", ((0, 1), (text.rindex("我"), text.rindex("我") + 1))),
        ("r", ((text.index("他"), text.index("他") + 1),)),
    ]


def test_the_example_of_the_guide_is_read(tmp_path: Path) -> None:
    guide = (GOLD / "README.md").read_text(encoding="utf-8")
    source = tmp_path / "guide.txt"
    source.write_text(guide.split("```")[1], encoding="utf-8")
    (complaint,) = read_gold(source)
    assert [complaint.text[start:end] for start, end in complaint.parties[1].mentions] == ["楼上601", "他", "他"]


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("class 0104+0303", "class 0199", 4, "0199"),
        ("今天还在吵", "她今天还在吵", 6, "第 1 个“她”没有归属"),
        ("，电话16", "，我们电话16", 12, "整个标出"),
        ("relative=upstairs of=text", "relative=upstairs of=parts", 8, "参照"),
        ("day 2026-03-14", "deadline 2026-03-14/..", 9, "最后期限"),
        ("place 桂花苑", "place 桂花 / 桂花苑", 11, "第 1 个词都在更长的词里"),
        ("person - | 他", "person - | 他 / 我", 13, "第 2 个词另一行也标了"),
        ("class 0104+0303", "class 01", 4, "一级分类"),
        ("normal negative", "calm negative", 4, "calm"),
        ("2026-03-14T21:37", "2026-02-30T21:37", 3, "2026-02-30"),
        ("address 桂花苑3幢501", "address 桂花苑4幢501", 7, "正文里没有"),
        ("when 今天#2", "when 今天", 9, "出现 2 次"),
        ("when 今天#2", "when 今天#3", 9, "只出现 2 次"),
        ("day 2026-03-14", "span 2026-03-14/2026-03-13", 9, "颠倒"),
        ("day 2026-03-14", "recurring T22:00/..", 9, "every="),
        ("building=3", "tower=3", 7, "tower"),
        ("building=3", "building", 7, "级别=名称"),
        ("when 今天#2 | day 2026-03-14", "amount 3幢 | 三 CNY", 9, "只用数字"),
        ("relative=upstairs", "relative=above", 8, "above"),
        ("phone 16012345678", "phone 16012345678 | 16012345678 bad", 10, "校验"),
        ("phone 16012345678", "citizen_id 16012345678", 10, "校验"),
        ("phone 16012345678", "fax 16012345678", 10, "fax"),
        ("respondent person - | 他", "respondent person - | 她", 13, "正文里没有"),
        ("respondent person - | 他", "villain person - | 他", 13, "villain"),
        ("party r respondent person - | 他\n", "", 5, "没有归属"),
        ("party r respondent", "party c respondent", 13, "重复"),
        ("at 2026", "follows 0104-9\nat 2026", 2, "0104-9"),
        ("at 2026", "matter m-1\nat 2026", 2, "m-1"),
        ("> ", "; ", 2, "缺少"),
        ("# 0104-1\n", "", 2, "# 编号"),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path: Path, old: str, new: str, line: int, says: str) -> None:
    source = tmp_path / "a.txt"
    source.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(TrainingDataInvalid) as refused:
        read_gold(source)
    assert f"a.txt 第 {line} 行" in str(refused.value)
    assert says in str(refused.value)


def test_an_id_twice_is_named_in_the_second_file(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(GOOD, encoding="utf-8")
    with pytest.raises(TrainingDataInvalid, match=r"b\.txt 第 2 行：编号 0104-1 重复"):
        read_gold(tmp_path)


def test_what_is_no_source_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingDataInvalid, match="没有标注"):
        read_gold(tmp_path)
    (tmp_path / "a.txt").write_bytes(GOOD.encode("gb18030"))
    with pytest.raises(TrainingDataInvalid, match="UTF-8"):
        read_gold(tmp_path)


def test_a_wrong_number_is_not_told(tmp_path: Path) -> None:
    source = tmp_path / "a.txt"
    source.write_text(GOOD.replace("phone 16012345678", "citizen_id 16012345678"), encoding="utf-8")
    with pytest.raises(TrainingDataInvalid) as refused:
        read_gold(source)
    assert "16012345678" not in str(refused.value)


TEXTS = st.text(alphabet="我他们天今", min_size=1, max_size=30)


@given(TEXTS, st.data())
def test_quoted_words_are_found_where_they_stand(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    ranges = one(text, f"{text[start:end]}#*")
    assert all(text[first:last] == text[start:end] for first, last in ranges)
    assert len(ranges) == text.count(text[start:end])


@given(TEXTS, st.lists(st.text(alphabet="我他们天今", min_size=1, max_size=3), min_size=1, max_size=4, unique=True))
def test_fitted_words_never_overlap_and_the_longest_win(text: str, words: list[str]) -> None:
    present = [word for word in words if word in text]
    longest = max(present, key=len, default="")
    shields = [(-1, word) for word in present if word != longest]  # a shield may find all its places taken
    if not longest:
        with pytest.raises(QuoteError):
            fit(text, list(enumerate(words)))
        return
    found = fit(text, [*shields, (0, longest)])
    assert all(end <= later for (_, end), (later, _) in pairwise(sorted(span for _, span in found)))
    ours = [span for owner, span in found if owner == 0]
    assert ours
    assert all(text[start:end] == longest for start, end in ours)
    if all(len(word) < len(longest) for _, word in shields):
        assert len(ours) == text.count(longest)


def test_a_long_stretch_is_quoted_by_its_ends() -> None:
    text = "请尽快派人把灯修好，把门修好。"
    assert one(text, "请尽快…灯修好") == [(0, 9)]
    assert fit("他们说他不来", [(0, "他"), (1, "他们")]) == [(1, (0, 2)), (0, (3, 4))]
    with pytest.raises(QuoteError, match="另一行"):
        fit("他不来", [(0, "他"), (1, "他")])
