"""What people decided and what became of entities, a line or a few each."""

from __future__ import annotations

from typing import Any

from cli.console import out

VERDICTS = {"positive": "是", "negative": "否", "unsure": "不确定"}
_ORIGINS = {"review": "复核", "merge": "合并", "unmerge": "拆出", "fact": "核实"}
_CHANGES = {
    "entity.created": ("建立", ""),
    "entity.merged": ("合并", " → "),
    "entity.split": ("拆分", " ← "),
    "entity.retired": ("消失", ""),
}


def acts_of(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Judgements by the act that made them: a merge or an unmerge by hand makes several at once."""
    acts: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        acts.setdefault(row["act"], []).append(row)
    return list(acts.values())


def print_act(act: list[dict[str, Any]]) -> None:
    """An act in a few lines: who, when, what and why, its first pair, and whether it still binds."""
    # An unmerge also says of those that leave together that they are one.
    row = next((one for one in act if one["origin"] != "unmerge" or one["verdict"] == "negative"), act[0])
    aside = [one for one in act if one.get("set_aside_by")]
    undone = "，已撤回" if not row.get("in_force", True) else ""
    verdict = f"{VERDICTS[row['verdict']]}（{_ORIGINS[row['origin']]}{undone}）"
    more = f"  等 {len(act):,} 对" if len(act) > 1 else ""
    out.print(f"{row['act']}  {minute(row['at'])}  {row['who']}  {verdict}  {row['why']}", soft_wrap=True)
    out.print(f"    {row['record_a']}  {row['record_b']}{more}", soft_wrap=True)
    if aside:
        newer = dict.fromkeys(name for one in aside for name in one["set_aside_by"])
        text = f"    其中 {len(aside):,} 对不再起作用，更新的判定不同：{'、'.join([*newer][:3])}"
        out.print(text, soft_wrap=True)


def print_change(row: dict[str, Any], indent: str = "") -> None:
    """A change of an entity: when, what, which, and by which run."""
    name, arrow = _CHANGES[row["name"]]
    other = f"{arrow}{row['other_id']}" if row["other_id"] else ""
    out.print(f"{indent}{minute(row['at'])}  {name}  {row['entity_id']}{other}  {row['run_id']}", soft_wrap=True)


def minute(moment: Any) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else "—"
