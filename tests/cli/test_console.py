"""What a department file says is printed as it says it, and cannot steer the terminal."""

from __future__ import annotations

import pytest

from cli.console import out, print_table, say


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("[bold]王[/bold]", "[bold]王[/bold]"),
        ("[/]", "[/]"),
        (":smile:", ":smile:"),
        ("李\u202e四", "李四"),
        ("\x1b[31m张\x07", "[31m张"),
        ("\ue000\U00031350", "\ue000\U00031350"),
    ],
)
def test_text_is_printed_as_text(said: str, shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    print_table(said, (said,), [(said,)])
    table = capsys.readouterr().out
    assert table.count(shown) == 3
    out.print(said, soft_wrap=True)
    say(said)
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == (f"{shown}\n", f"{shown}\n")
    assert "\x1b" not in table + printed.out + printed.err


def test_an_id_stays_whole_on_a_narrow_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    key, words = "per_f1fb26b9fad4ce90cc01f578", "云泽省澜江市青枫区南桥街道南桥社区" * 3
    for columns in (("对象", "编号"), ("对象", "n.id"), ("对象", "实体")):
        print_table("找到", columns, [(words, key)])
        assert capsys.readouterr().out.count(f" {key} ") == 1
    print_table("很长", ("编号", "另一编号"), [(key, key)])  # wider than the terminal, and yet whole
    assert capsys.readouterr().out.count(f" {key} ") == 2
