# Fixtures: sentences of our own, read by the whole pipeline without a gazetteer, each with what a clerk would note;
# the evaluator reads JSON Lines that the tests write, one fault each.
"""Who complains, about whom, who else: roles, kinds, which words mean the same party, and their relation."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from core.errors import FileUnreadable, TrainingDataInvalid
from nlp.gazetteer import Gazetteer
from nlp.layers import Party
from nlp.parties.terms import term_of
from nlp.reading import Reading, read_text
from nlp.rows import text_mentions
from nlp.training.parties import evaluate_parties


def read(text: str) -> Reading:
    return read_text(text, Gazetteer())


def by_role(text: str, role: str) -> list[Party]:
    return [party for party in read(text).parties if party.role == role]


def words(text: str, party: Party) -> list[str]:
    return [text[start:end] for start, end in sorted(party.mentions)]


def test_whoever_says_i_complains_and_is_no_record() -> None:
    text = "我家楼上天天半夜拖椅子，我说了三次，他不听。"
    (caller,) = by_role(text, "complainant")
    assert (caller.kind, caller.name, caller.surface) == ("person", None, "我")
    assert words(text, caller) == ["我", "我"]
    assert list(text_mentions(read(text))) == []


def test_the_caller_by_name_and_by_pronoun_is_one() -> None:
    text = "我叫方志远，住三楼。楼下把我的自行车推倒了，本人要求赔偿。"
    (caller,) = by_role(text, "complainant")
    assert (caller.name, caller.surface) == ("方志远", "方志远")
    assert words(text, caller) == ["我", "方志远", "我", "本人"]


def test_those_who_only_say_we_are_a_group() -> None:
    (callers,) = by_role("我们楼里停水三天了，物业不管", "complainant")
    assert callers.kind == "group"


@pytest.mark.parametrize(
    ("text", "phrase", "kind"),
    [
        ("投诉楼上601的住户，天天弹钢琴到半夜", "楼上601的住户", "person"),
        ("402的户主把水管改了，漏到我家", "402的户主", "person"),
        ("楼上那家养了五只狗", "楼上那家", "person"),
        ("隔壁502又在装修", "隔壁502", "person"),
        ("路口有七八个流动摊贩占道经营", "七八个流动摊贩", "group"),
        ("开发商拖着不交房", "开发商", "organization"),
        ("物业乱收费", "物业", "organization"),
        ("一楼的火锅店排烟扰民", "一楼的火锅店", "organization"),
        ("曹氏兄弟霸占村里的水塘", "曹氏兄弟", "group"),
    ],
)
def test_respondents_without_a_name_keep_the_words_that_describe_them(text: str, phrase: str, kind: str) -> None:
    (party, *_) = by_role(text, "respondent")
    assert phrase in words(text, party)
    assert (party.kind, party.name) == (kind, None)


@pytest.mark.parametrize(
    "text",
    [
        "物业费太高了",
        "消防通道被堵",
        "居民楼外墙脱落",
        "我是三楼的业主",
        "希望成立业委会大会",
        "其他人都没意见",
        "老人孩子都走不了",
    ],
)
def test_words_that_only_hold_a_party_are_nobody(text: str) -> None:
    assert [party.surface for party in read(text).parties if party.role != "complainant"] == []


def test_family_of_the_caller_suffers() -> None:
    text = "楼上掉下来的花盆砸到了我六岁的女儿，孩子到现在还在住院"
    (victim,) = by_role(text, "victim")
    assert words(text, victim) == ["我六岁的女儿", "孩子"]


def test_family_that_does_harm_is_to_blame() -> None:
    text = "我前夫郑海涛一直不给抚养费，他说他没有工作"
    reading = read(text)
    (respondent,) = [party for party in reading.parties if party.role == "respondent"]
    assert (respondent.name, words(text, respondent)) == ("郑海涛", ["郑海涛", "他", "他"])
    assert reading.relation == "family"


def test_a_pronoun_means_somebody_of_its_sex() -> None:
    text = "房东刘姐不退押金，中介的陈先生说不归他管，她的电话也打不通"
    landlady = next(party for party in read(text).parties if party.surface == "刘姐")
    agent = next(party for party in read(text).parties if party.surface == "陈先生")
    assert "她" in words(text, landlady)
    assert "他" in words(text, agent)


def test_the_other_side_and_that_company() -> None:
    text = "我在“美佳健身”办了卡，该公司关门了，对方不肯退款"
    (respondent,) = by_role(text, "respondent")
    assert words(text, respondent)[-2:] == ["该公司", "对方"]


def test_i_in_quoted_speech_is_the_speaker() -> None:
    text = "我找楼上602理论，那个男的说“我想几点弹就几点弹”，我没办法了"
    caller, neighbour = by_role(text, "complainant")[0], by_role(text, "respondent")[0]
    quoted = text.index("“我") + 1
    assert (quoted, quoted + 1) in neighbour.mentions
    assert words(text, caller) == ["我", "我"]


def test_my_own_words_stay_mine() -> None:
    text = "我跟他说“我家有病人”，他还是放音乐"
    (caller,) = by_role(text, "complainant")
    assert len(caller.mentions) == 2


def test_offices_are_agencies_and_those_who_settle_are_mediators() -> None:
    text = "我向派出所报过警，调解员老曾上门调解过，请城管来查一下楼上那家"
    reading = read(text)
    assert {party.surface for party in reading.parties if party.role == "agency"} == {"派出所", "城管"}
    assert [party.surface for party in reading.parties if party.role == "mediator"] == ["老曾"]
    assert [mention.role for mention in text_mentions(reading)] == []


def test_a_blamed_office_is_the_respondent() -> None:
    (party,) = by_role("投诉城管局不作为", "respondent")
    assert party.surface == "城管局"


def test_a_surname_in_common_is_not_the_same_person() -> None:
    reading = read("来电人张先生反映，邻居张某在楼道堆放杂物")
    assert [(party.role, party.surface) for party in reading.parties] == [
        ("complainant", "张先生"),
        ("respondent", "张某"),
    ]


def test_a_place_before_an_organization_is_no_name() -> None:
    assert all("江某" not in party.surface for party in read("浙江某机电公司拖欠工资").parties)


@pytest.mark.parametrize(
    ("text", "relation"),
    [
        ("楼上邻居天天半夜敲打，沟通几次没用", "neighbours"),
        ("房东不退押金，租房合同到期已经搬走", "landlord_tenant"),
        ("物业收了物业费不修电梯", "owner_property"),
        ("包工头拖欠我们三个月工资", "labour"),
        ("我丈夫家暴，我要离婚", "family"),
        ("在超市买到过期食品，商家不肯退款", "consumer"),
        ("医院误诊耽误了治疗，医生不肯给病历", "doctor_patient"),
        ("路灯坏了半个月没人修", "none"),
        ("", "none"),
    ],
)
def test_relation_of_the_two_sides(text: str, relation: str) -> None:
    assert read(text).relation == relation


def test_a_term_is_told_by_its_longest_ending() -> None:
    found = {words: getattr(term_of(words), "sort", None) for words in ("楼上那家", "我前夫", "天气")}
    assert found == {"楼上那家": "neighbour", "我前夫": "ex", "天气": None}


@pytest.mark.parametrize(
    "text", ["他" * 3000, "“我说" * 2000, "我家楼上601的" * 1500, "的" * 9000, "某" * 9000, "张" * 9000]
)
def test_pathological_texts_are_read(text: str) -> None:
    assert read(text).reason in (None, f"文本过长，只读了前 {20_000} 个字")


def write(path: Path, *rows: object) -> Path:
    path.write_bytes(b"\n".join(row if isinstance(row, bytes) else orjson.dumps(row) for row in rows))
    return path


CASE = {
    "event_description": "村民魏某在厂里受伤，厂长金某不肯赔偿，调解员许某上门调解。",
    "disputing_parties": "魏某（伤者）, 金 某, 何某, 许某",
}


def test_the_report_counts_what_stands_in_the_description(tmp_path: Path) -> None:
    report = evaluate_parties(write(tmp_path / "cases.jsonl", CASE, b""), Gazetteer())
    assert (report.cases, report.listed, report.absent, report.right) == (1, 3, 1, 2)
    assert report.as_dict()["recall"] == pytest.approx(2 / 3, abs=1e-4)
    assert report.f1 == pytest.approx(2 * report.right / (report.found + report.listed))


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (b"{", "第 2 行不是 JSON"),
        (["x"], "第 2 行不是 JSON 对象"),
        ({"event_description": "x"}, "第 2 行缺少文本字段 disputing_parties"),
    ],
)
def test_a_faulty_case_is_named_by_file_and_line(tmp_path: Path, row: object, told: str) -> None:
    with pytest.raises(TrainingDataInvalid, match=rf"cases\.jsonl {told}"):
        evaluate_parties(write(tmp_path / "cases.jsonl", CASE, row), Gazetteer())


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable):
        evaluate_parties(tmp_path / "none.jsonl", Gazetteer())


@pytest.mark.parametrize(
    ("text", "surface", "name", "surname", "room"),
    [
        ("桂花苑3幢楼上漏水，202的于英不肯修", "于英", "于英", "于", "202"),
        ("桂花苑3幢402的张建国在楼道堆东西", "张建国", "张建国", "张", "402"),
        ("桂花苑3幢402的业主张建国不交物业费", "张建国", "张建国", "张", "402"),
        ("桂花苑3幢402姓李的那家不让施工", "姓李的那家", None, "李", "402"),
        ("楼上姓张的天天吵", "楼上姓张的", None, "张", None),
    ],
)
def test_a_door_and_a_name_are_one_party(
    text: str, surface: str, name: str | None, surname: str, room: str | None
) -> None:
    reading = read(text)
    (party,), (clue,) = reading.parties, reading.clues
    assert (party.surface, party.name) == (surface, name)
    assert clue is not None
    assert clue.surname == surname
    assert (clue.door.room if clue.door else None) == room


@pytest.mark.parametrize(
    "text",
    ["202的时候水管坏了", "402的于是报警", "3幢的王府井店很吵", "202的高压水管坏了", "301的周边很脏", "601的马桶漏水"],
)
def test_words_behind_a_door_are_no_name(text: str) -> None:
    assert [party.name for party in read(text).parties if party.name] == []


@pytest.mark.parametrize(
    ("words_for_him", "sex", "most_age"),
    [("孩子", None, 17), ("小孩", None, 17), ("女孩子", "2", None), ("儿子", "1", None), ("小孙女", "2", None)],
)
def test_a_child_is_no_adult_and_a_son_may_be_one(words_for_him: str, sex: str | None, most_age: int | None) -> None:
    (clue,) = read(f"桂花苑3幢402的{words_for_him}半夜吵闹").clues
    assert clue is not None
    assert (clue.sex, clue.most_age) == (sex, most_age)
    assert clue.door is not None
    assert clue.door.room == "402"


def test_a_nickname_in_quotes_is_an_entity_and_no_party() -> None:
    text = "老板是个大光头，外号“三炮”，欠了工资不给。"
    told = read(text)
    assert [text[one.start : one.end] for one in told.entities] == ["三炮"]
    assert all(party.name != "三炮" and party.surface != "三炮" for party in told.parties)


def test_a_relative_and_his_name_are_one_party() -> None:
    text = "前夫江波是前年离的婚，江波天天来闹事，他还砸门。"
    (man,) = by_role(text, "respondent")
    assert man.name == "江波"
