# Fixture strategy: the component as the pipeline builds it, without those that need a gazetteer; sentences of our own.
# The gold set holds a floor, so that a change of the weights that reads worse is seen.

from __future__ import annotations

from pathlib import Path

import pytest
from spacy.language import Language

from nlp.components.normalize import plain
from nlp.gold import read_gold
from nlp.pipeline import build_pipeline
from nlp.tables import read_taxonomy, taxonomy, taxonomy_version
from nlp.termweights import SHIPPED, load_weights
from nlp.training.phrases import made_complaints, read_phrases
from nlp.training.shipped import FILES


@pytest.fixture(scope="module")
def reader() -> Language:
    pipeline = build_pipeline()
    pipeline.select_pipes(enable=["normalize", "category"])
    return pipeline


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("楼上装修，电钻从早响到半夜，声音太大没法休息", "噪音扰民"),
        ("楼上装修，把承重墙砸了一大半，我们楼下都开裂了", "房屋安全"),
        ("我家楼上着火了，快来救火", "消防安全"),
        ("健身房突然关门，会员卡里的余额不退", "消费维权"),
        ("公司把我辞退了，没签劳动合同也不给赔偿金", "劳动争议"),
        ("暖气一点都不热，家里只有十几度", "供热取暖"),
        ("工厂夜里偷排废水，河水发黑鱼都死了", "水污染"),
        ("外卖里吃出一只蟑螂，孩子拉肚子", "食品安全"),
        ("低保申请交上去半年没批", "社会保障"),
        ("朋友借了五万写了借条一直不还", "债务纠纷"),
        ("宽带断了一个礼拜，运营商不来修", "通信网络"),
        ("我爷爷走丢了，帮忙找找", "治安案件"),
        ("巷口有人拿着刀乱砍", "治安案件"),
        ("楼下那个男的又打老婆", "婚姻家庭"),
        ("订单显示签收，快递我没收到", "消费维权"),
        ("昨天下午小区停电了", "供水供电"),
    ],
)
def test_what_it_is_about(reader: Language, text: str, name: str) -> None:
    doc = reader(text)
    assert taxonomy()[doc._.category].name == name
    assert doc._.category_score == doc._.categories[0].probability
    assert doc.spans["category"], "the words that speak for it are marked"


@pytest.mark.parametrize("text", ["", "今天天气不错", "123 456", "😀", "hello"])
def test_nothing_is_said_of_nothing(reader: Language, text: str) -> None:
    doc = reader(text)
    assert (doc._.category, doc._.category_score, doc.spans.get("category", ())) == (None, 0.0, ())


@pytest.mark.parametrize(
    ("text", "choices"), [("今天天气不错", 3), ("摔了一跤", 3), ("路", 3), ("hello 123", 0), ("", 0)]
)
def test_a_person_has_three_to_choose_from_wherever_there_are_words(reader: Language, text: str, choices: int) -> None:
    guesses = reader(text)._.categories
    assert len({guess.code for guess in guesses}) == choices
    assert sum(guess.probability for guess in guesses) <= 1


def test_two_matters_alike_are_left_to_a_person(reader: Language) -> None:
    doc = reader("问一下电梯和油烟两件事")
    guesses = doc._.categories
    assert {"0105", "0202"} <= {guess.code for guess in guesses}
    assert [guess.probability for guess in guesses] == sorted((g.probability for g in guesses), reverse=True)
    assert doc._.category is None


def test_the_gold_set_is_read_no_worse_than_this() -> None:
    weights = load_weights()
    first = third = confident = 0.0
    asked = [complaint for complaint in read_gold() if complaint.category]
    for complaint in asked:
        shares = weights.probabilities(weights.hits(plain(complaint.text)))
        best = [weights.codes[row] for row in (-shares).argsort()[:3]]
        first += best[0] == complaint.category
        third += complaint.category in best
        confident += float(shares.max())
    assert first / len(asked) >= 0.77
    assert third / len(asked) >= 0.92
    assert abs(confident - first) / len(asked) <= 0.08, "probabilities mean what they say, over all"


def test_the_weights_fit_the_taxonomy_and_survive_their_file(tmp_path: Path) -> None:
    weights = load_weights(SHIPPED)
    assert set(weights.codes) == {code for code, category in taxonomy().items() if category.parent}
    weights.save(tmp_path / "again.npz")
    again = load_weights(tmp_path / "again.npz")
    text = "物业乱收费，电梯也坏了"
    assert again.probabilities(again.hits(text)) == pytest.approx(weights.probabilities(weights.hits(text)), abs=1e-3)


def test_made_complaints_are_the_same_for_a_seed_and_cover_every_category() -> None:
    phrases = read_phrases(FILES)
    made = list(made_complaints(phrases, 3, seed=5))
    assert made == list(made_complaints(phrases, 3, seed=5))
    assert made != list(made_complaints(phrases, 3, seed=6))
    assert {code for _, code in made} == {code for code, category in taxonomy().items() if category.parent}
    assert not [text for text, _ in made if set("()[]{}|/") & set(text)], "no mark of the grammar is left"


def test_a_site_brings_its_own_taxonomy(tmp_path: Path) -> None:
    (tmp_path / "categories.csv").write_text(
        "code,parent,name,department,valid_from,valid_to\nA,,农业,农业局,,\nA1,A,灌溉,水务站,,\nA2,A,农机,农机站,,\n",
        encoding="utf-8",
    )
    (tmp_path / "cues.csv").write_text("cue,category,weight\n水渠,A1,3\n浇地,A1,2\n拖拉机,A2,3\n", encoding="utf-8")
    paths = {"taxonomy": str(tmp_path / "categories.csv"), "cues": str(tmp_path / "cues.csv")}
    nlp = Language()
    nlp.add_pipe("normalize")
    nlp.add_pipe("category", config=paths)
    doc = nlp("水渠坏了没法浇地")
    assert doc._.category == "A1"
    assert read_taxonomy(tmp_path / "categories.csv")[doc._.category].department == "水务站"
    assert nlp("今天天气不错")._.categories == ()


def test_weights_for_another_taxonomy_are_refused(tmp_path: Path) -> None:
    (tmp_path / "categories.csv").write_text(
        "code,parent,name,department,valid_from,valid_to\nA1,,灌溉,水务站,,\n", encoding="utf-8"
    )
    with pytest.raises(ValueError, match="0101"):
        Language().add_pipe("category", config={"taxonomy": str(tmp_path / "categories.csv"), "weights": str(SHIPPED)})


def test_the_taxonomy_has_an_edition() -> None:
    assert taxonomy_version() == "2024.1"
