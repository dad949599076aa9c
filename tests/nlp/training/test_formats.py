# Files written by the tests themselves, right and broken ones.

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import FileUnreadable, TrainingDataInvalid
from nlp.training.formats import read_bio, read_categories, read_cluener


def _write(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_text(text, encoding=encoding, newline="")
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_categories_are_read_in_every_usual_encoding(tmp_path: Path, encoding: str) -> None:
    path = _write(tmp_path, "a.csv", "编号,诉求内容,一级分类\r\n1,路灯不亮，请处理,城管\r\n", encoding)

    (row,) = read_categories(path).rows

    assert (row.text, row.category, row.line) == ("路灯不亮，请处理", "城管", 2)


def test_category_rows_without_text_or_category_are_listed_with_their_line(tmp_path: Path) -> None:
    path = _write(tmp_path, "a.csv", 'text,category\n路灯不亮,城管\n,城管\n"两\n行",\n好,城管,多\n水压低,供水\n')

    labelled = read_categories(path)

    assert [row.line for row in labelled.rows] == [2, 7]
    assert [(bad.line, bad.reason) for bad in labelled.bad] == [(3, "没有文本"), (4, "没有类别"), (6, "列数多于表头")]
    assert labelled.bad_count == 3


def test_an_unclosed_quote_is_told_with_its_line(tmp_path: Path) -> None:
    path = _write(tmp_path, "a.csv", 'text,category\n路灯不亮,城管\n"水压低,供水\n')

    with pytest.raises(TrainingDataInvalid, match=r"a\.csv 第 \d+ 行"):
        read_categories(path)


def test_a_missing_column_names_what_was_looked_for(tmp_path: Path) -> None:
    path = _write(tmp_path, "a.csv", "甲,乙\n1,2\n")

    with pytest.raises(TrainingDataInvalid, match="文本列"):
        read_categories(path)
    with pytest.raises(TrainingDataInvalid, match="类别列“丙”"):
        read_categories(path, text="甲", category="丙")


def test_bio_spans_have_character_offsets_even_with_tokens_of_several_characters(tmp_path: Path) -> None:
    path = _write(tmp_path, "a.txt", "梧 B-Road\n桐 I-Road\n路 I-Road\n602 B-roadno\n号 I-roadno\n\n\n在 O\n桥 B-poi\n")

    first, second = read_bio(path).rows

    assert first.text == "梧桐路602号"
    assert first.spans == ((0, 3, "road"), (3, 7, "roadno"))
    assert (second.spans, second.line) == (((1, 2, "poi"),), 8)


def test_a_bio_line_without_a_tag_is_left_out_with_its_line_and_the_rest_is_kept(tmp_path: Path) -> None:
    path = _write(tmp_path, "a.txt", "梧 B-road\n\n桐 B-road\n路\n\n桥 B-poi\n")

    labelled = read_bio(path)

    assert [row.text for row in labelled.rows] == ["梧", "桥"]
    assert [bad.line for bad in labelled.bad] == [4]


def test_cluener_offsets_that_do_not_fit_their_word_are_left_out_with_the_line(tmp_path: Path) -> None:
    good = '{"text": "何晓枫来电", "label": {"name": {"何晓枫": [[0, 2]]}}}'
    wrong = '{"text": "何晓枫来电", "label": {"name": {"何晓枫": [[1, 3]]}}}'
    path = _write(tmp_path, "a.json", f"{good}\n{wrong}\n{{broken\n")

    labelled = read_cluener(path)

    assert labelled.rows[0].spans == ((0, 3, "name"),)
    assert [(bad.line, bad.reason) for bad in labelled.bad] == [(2, "标注的位置与词不符"), (3, "不是 JSON")]


@pytest.mark.parametrize("reader", [read_categories, read_bio, read_cluener])
def test_a_file_of_another_format_is_refused(tmp_path: Path, reader: object) -> None:
    path = _write(tmp_path, "a.bin", "随便写的\n两行\n")

    with pytest.raises(TrainingDataInvalid, match=r"a\.bin"):
        reader(path)  # type: ignore[operator]
    with pytest.raises(FileUnreadable):
        reader(tmp_path / "nothing")  # type: ignore[operator]


def test_bytes_of_no_known_encoding_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"text,category\n\xff\xff\xff,x\n")

    with pytest.raises(FileUnreadable, match="编码"):
        read_categories(path)
