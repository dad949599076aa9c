"""`weinao review`, `weinao merge`, `weinao unmerge`: people decide what the evidence cannot."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.console import out, print_json, print_table, progress, say
from cli.groups import DefaultCommand
from cli.lines import VERDICTS, acts_of, print_act, print_change
from cli.session import Json, Purpose, opened, reader_of

if TYPE_CHECKING:
    from governance.access import AccessContext
    from services.app import App

_HELP = """
人工复核：证据不足以断定的成对记录，按“答一次值多少”排队（不确定性 × 涉及的记录数）。

不写子命令就是逐个提问；每答一个立即存下，随时可以 Ctrl-C 退出。
判定约束以后的每一次归一，下一次 weinao resolve（或 weinao update）生效；每个判定都能撤回。
"""

app = typer.Typer(cls=DefaultCommand, help=_HELP)

Kind = Annotated[str, typer.Option(help="person、organization 或 dwelling。")]
Why = Annotated[str, typer.Option(help="理由，写明依据，例如“电话核实，为同一人”。请勿写身份证号与电话。")]
Apply = Annotated[bool, typer.Option("--apply", help="随后立即归一这一类，让判定马上生效。")]

_MOST_CHANGES = 20
_ANSWERS = {
    "是": "positive", "y": "positive", "1": "positive",
    "否": "negative", "n": "negative", "2": "negative",
    "不确定": "unsure", "u": "unsure", "3": "unsure",
    "跳过": "skip", "s": "skip", "4": "skip", "": "skip",
    "退出": "quit", "q": "quit", "5": "quit",
}  # fmt: skip


def register(root: typer.Typer) -> None:
    root.command("merge")(merge)
    root.command("unmerge")(unmerge)


@app.command("ask")
def ask(
    kind: Kind = "person",
    limit: Annotated[int, typer.Option(min=1, help="这一回最多问几个。")] = 20,
    purpose: Purpose = None,
    apply: Apply = False,
) -> None:
    """逐个提问（不写子命令时就是它）：两条记录并排，列出证据，回答 是、否、不确定、跳过 或 退出。"""
    from services.judging import judge
    from services.review import queue

    with opened(start_database=False) as weinao:
        reader = reader_of(weinao, purpose)
        questions, total = queue(weinao, reader, kind, limit=limit)
        answered = 0
        for number, question in enumerate(questions, 1):
            _show(weinao, reader, kind, question, f"{number}/{len(questions)}")
            verdict, why = _answer()
            if verdict == "quit":
                break
            if verdict != "skip":
                made = judge(weinao, reader, kind, question["record_a"], question["record_b"], verdict, why)
                _tell(made)
                answered += 1
        say(f"答了 {answered} 个；队列原有 {total:,} 个。" if total else "没有待复核的问题。")
        if answered:
            _effect(weinao, reader, kind, apply)


@app.command("list")
def list_questions(
    kind: Kind = "person",
    limit: Annotated[int, typer.Option(min=1, help="最多列出几个。")] = 20,
    as_json: Json = False,
) -> None:
    """列出待复核的问题，最值得问的在前：两条记录、概率、涉及的记录数、价值（不含记录里的值）。"""
    from services.review import queue

    with opened(start_database=False) as weinao:
        questions, total = queue(weinao, reader_of(weinao), kind, limit=limit)
    if as_json:
        print_json({"kind": kind, "total": total, "questions": questions})
        return
    out.print(f"待复核 {total:,} 个，列出 {len(questions)} 个。")
    for question in questions:
        figures = (
            f"价值 {question['value']:.2f}  概率 {question['probability']:.3f}  "
            f"权重 {question['weight']:+.1f} 位  涉及 {question['records']} 条记录"
        )
        out.print(f"{figures}  {question['why']}", soft_wrap=True)
        for side in ("a", "b"):
            line = f"    {question[f'record_{side}']}  {question[f'name_{side}']}  → {question[f'entity_{side}']}"
            out.print(line, soft_wrap=True)


@app.command()
def decide(
    record_a: Annotated[str, typer.Argument(metavar="记录", help="rec_… 或 来源/记录键。")],
    record_b: Annotated[str, typer.Argument(metavar="记录", help="另一条记录。")],
    verdict: Annotated[
        str, typer.Option(help="是、否、不确定，或 positive（是同一个）、negative（不是）、unsure（不确定）。")
    ],
    why: Why,
    kind: Kind = "person",
    apply: Apply = False,
    as_json: Json = False,
) -> None:
    """判定两条记录是不是同一个。不确定的一对离开队列，直到其中一个实体有了变化。"""
    from services.judging import judge

    with opened(start_database=False) as weinao:
        reader = reader_of(weinao)
        said = {label: name for name, label in VERDICTS.items()}.get(verdict, verdict)
        _finish(weinao, reader, judge(weinao, reader, kind, record_a, record_b, said, why), apply, as_json)


@app.command()
def undo(
    judgement_id: Annotated[str, typer.Argument(metavar="判定编号", help="jud_…，见 weinao review judgements。")],
    apply: Apply = False,
    as_json: Json = False,
) -> None:
    """撤回一个判定；手工合并或拆出所作的判定整批撤回。更早的判定（如有）重新有效。"""
    from services.judging import undo as take_back

    with opened(start_database=False) as weinao:
        reader = reader_of(weinao)
        _finish(weinao, reader, take_back(weinao, reader, judgement_id), apply, as_json)


@app.command()
def judgements(
    kind: Annotated[str | None, typer.Option(help="只看一类。")] = None,
    limit: Annotated[int, typer.Option(min=1, help="最多列出几次；--json 总是给出全部。")] = 50,
    as_json: Json = False,
) -> None:
    """列出有效的判定，新的在前：谁、何时、为什么；与更新的判定相矛盾而不起作用的会注明。"""
    from services.judging import listed

    with opened(start_database=False) as weinao:
        rows = listed(weinao, reader_of(weinao), kind)
    if as_json:
        print_json({"total": len(rows), "judgements": rows})
        return
    acts = acts_of(rows)
    out.print(f"有效的判定 {len(rows):,} 对，{len(acts):,} 次；列出 {min(limit, len(acts))} 次。")
    for act in acts[:limit]:
        print_act(act)


def merge(
    entities: Annotated[list[str], typer.Argument(metavar="实体 实体", help="两个或更多实体编号。")],
    why: Why,
    apply: Apply = False,
    as_json: Json = False,
) -> None:
    """手工合并实体：判定它们是同一个。合并后保留较老的编号，其余编号转到它；用 weinao review undo 撤回。"""
    from services.judging import merge as tie
    from services.record_values import entity_named

    with opened(start_database=False) as weinao:
        reader = reader_of(weinao)
        kind, _ = entity_named(weinao, entities[0])
        _finish(weinao, reader, tie(weinao, reader, kind, entities, why), apply, as_json)


def unmerge(
    entity: Annotated[str, typer.Argument(metavar="实体", help="实体编号。")],
    records: Annotated[str, typer.Option(help="要拆出的记录，用逗号分开；见 weinao history 实体编号。")],
    why: Why,
    apply: Apply = False,
    as_json: Json = False,
) -> None:
    """把记录从实体里拆出来：判定它们与留下的每一条都不是同一个，以后也不会经由别的记录再连到一起。"""
    from services.judging import unmerge as part
    from services.record_values import entity_named

    chosen = [name.strip() for name in re.split("[,，、;；]", records) if name.strip()]
    with opened(start_database=False) as weinao:
        reader = reader_of(weinao)
        kind, _ = entity_named(weinao, entity)
        _finish(weinao, reader, part(weinao, reader, kind, entity, chosen, why), apply, as_json)


def _show(weinao: App, reader: AccessContext, kind: str, question: dict[str, Any], place: str) -> None:
    from services.explaining import explain_pair
    from services.review import side_by_side

    a, b = question["record_a"], question["record_b"]
    same = question["entity_a"] == question["entity_b"]
    out.rule(f"{place} · {question['why']} · 涉及 {question['records']} 条记录", align="left")
    rows = [
        (row["label"], row["a"], row["b"], {True: "相同", False: "不同", None: ""}[row["same"]])
        for row in side_by_side(weinao, reader, kind, a, b)
    ]
    title = f"现在归为{'同一个实体' if same else '两个实体'}，是同一个的概率 {question['probability']:.3f}"
    print_table(title, ("项", question["name_a"], question["name_b"], ""), rows)
    for line in explain_pair(weinao, reader, kind, a, b).lines():
        out.print(line, style="dim", soft_wrap=True)


def _answer() -> tuple[str, str]:
    """(verdict or skip or quit, reason); the end of the input quits."""
    while True:
        text = _line("这两条记录是同一个吗？ 1 是  2 否  3 不确定  4 跳过  5 退出：")
        if text is None:
            return "quit", ""
        verdict = _ANSWERS.get(text.lower())
        if verdict in {"skip", "quit"}:
            return verdict, ""
        if verdict is not None:
            why = _line("理由：")
            if why:
                return verdict, why
            say("判定要有理由，没有记下。")


def _line(prompt: str) -> str | None:
    out.print(prompt, end="", soft_wrap=True)
    text = sys.stdin.readline()
    if not sys.stdin.isatty():
        out.print()  # what is piped in does not end the line of the prompt
    return text.strip() if text else None


def _finish(weinao: App, reader: AccessContext, made: dict[str, Any], apply: bool, as_json: bool) -> None:
    if not as_json:
        _tell(made)
        _effect(weinao, reader, made["kind"], apply)
        return
    print_json(made | {"run": _applied(weinao, reader, made["kind"]) if apply else None})


def _tell(made: dict[str, Any]) -> None:
    pairs = len(made.get("undone") or made["judgements"])
    names = made["act"] if pairs == 1 else f"{made['act']}，共 {pairs:,} 对"
    if "undone" in made:
        out.print(f"已撤回 {names}")
        return
    already = "早已记下，没有重复" if made["repeated"] else "已记下"
    out.print(f"{already}：{VERDICTS[made['verdict']]}，{names}")
    if made["overruled"]:
        shown = "、".join(made["overruled"][:5])
        out.print(f"与它矛盾的旧判定不再起作用（{len(made['overruled'])} 个）：{shown}", soft_wrap=True)


def _effect(weinao: App, reader: AccessContext, kind: str, apply: bool) -> None:
    if not apply:
        say("下一次 weinao resolve（或 weinao update）生效；加 --apply 可立即归一。")
        return
    from services.history import changes_of_last_run

    run = _applied(weinao, reader, kind)
    say(f"已归一 {run['label']}：合并 {run['merged']}，拆分 {run['split']}；weinao project 让图谱跟上。")
    if not run["skipped"]:
        for row in changes_of_last_run(weinao, reader, kind)[:_MOST_CHANGES]:
            print_change(row, "  ")


def _applied(weinao: App, reader: AccessContext, kind: str) -> dict[str, Any]:
    from services.resolving import resolve_all

    with progress() as bars:
        return resolve_all(weinao, reader, kinds=[kind], progress=bars)[0]
