"""The source files of the gold set, read and checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from core.errors import TrainingDataInvalid
from nlp.gold.layers import HEAD, SPANS, party
from nlp.gold.model import ENTITIES, PRONOUNS, Complaint, Entity, GoldParty, Range
from nlp.gold.quotes import QuoteError, fit, one, uncovered
from nlp.tables import FOLDER

GOLD: Final = FOLDER / "gold"
_BAR: Final = " | "
_BETWEEN: Final = " / "
_REST: Final = (">", "party", "except", *ENTITIES)
_NEEDED: Final = {"at": "at", "category": "class"}


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    key: str
    value: str

    @property
    def words(self) -> list[str]:
        return self.value.rpartition(_BAR)[2].split(_BETWEEN)


class _Fault(Exception):
    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


def read_gold(path: Path = GOLD) -> tuple[Complaint, ...]:
    """Every complaint of a file, or of a folder's `.txt` files in the order of their names.

    Raises TrainingDataInvalid, which names the file and the line.
    """
    read: dict[str, Complaint] = {}
    places: dict[str, tuple[Path, int]] = {}
    for file in sorted(path.glob("*.txt")) if path.is_dir() else [path]:
        try:
            found = [(head, _complaint(head, lines)) for head, lines in _blocks(file)]
        except _Fault as fault:
            raise _refusal(file, fault.line, fault.reason) from fault
        for head, complaint in found:
            if complaint.id in read:
                raise _refusal(file, head.number, f"编号 {complaint.id} 重复")
            read[complaint.id], places[complaint.id] = complaint, (file, head.number)
    if not read:
        raise TrainingDataInvalid(f"{path.name} 里没有标注")
    for complaint, reason in _between(read):
        raise _refusal(*places[complaint.id], reason)
    return tuple(read.values())


def _refusal(file: Path, line: int, reason: str) -> TrainingDataInvalid:
    return TrainingDataInvalid(f"{file.name} 第 {line} 行：{reason}")


def _blocks(file: Path) -> Iterator[tuple[_Line, list[_Line]]]:
    """Each `# id` line with the lines below it; blank lines and `;` comments are left out."""
    try:
        content = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TrainingDataInvalid(f"{file.name} 无法按 UTF-8 读取") from error
    head: _Line | None = None
    lines: list[_Line] = []
    for number, raw in enumerate(content.split("\n"), 1):
        key, _, value = raw.partition(" ")
        line = _Line(number, key, value if key == ">" else value.strip())
        if not raw.strip() or raw.startswith(";"):
            continue
        if key == "#":
            if head:
                yield head, lines
            head, lines = line, []
        elif head is None:
            raise _Fault(number, "第一条标注应以“# 编号”开头")
        else:
            lines.append(line)
    if head:
        yield head, lines


def _complaint(head: _Line, lines: list[_Line]) -> Complaint:
    text = "\n".join(line.value for line in lines if line.key == ">")
    if not head.value or not text.strip():
        raise _Fault(head.number, "缺少编号，或缺少正文（以 > 开头的行）")
    fields: dict[str, Any] = {"id": head.value, "text": text, "matter": head.value}
    spans: dict[str, list[Any]] = {}
    for line in lines:
        if line.key not in HEAD and line.key not in SPANS and line.key not in _REST:
            raise _Fault(line.number, f"不认识的标注 {line.key}")
        try:
            if line.key in HEAD:
                fields |= HEAD[line.key](line.value)
            elif line.key in SPANS:
                layer, build = SPANS[line.key]
                words, _, value = line.value.partition(_BAR)
                spans.setdefault(layer, []).extend(build(text, span, value.strip()) for span in one(text, words))
        except ValueError as error:
            raise _Fault(line.number, str(error)) from error
    for name, key in _NEEDED.items():
        if name not in fields:
            raise _Fault(head.number, f"缺少 {key}")
    for layer, found in spans.items():
        fields[layer] = tuple(sorted(found, key=lambda item: (item.start, item.end)))
    fields["entities"] = _entities(text, [line for line in lines if line.key in ENTITIES])
    fields["parties"] = _parties(text, lines)
    return Complaint(**fields)


def _entities(text: str, lines: list[_Line]) -> tuple[Entity, ...]:
    return tuple(sorted((Entity(*span, line.key) for line, span in _fit(text, lines)), key=lambda item: item.start))


def _parties(text: str, lines: list[_Line]) -> tuple[GoldParty, ...]:
    """Parties with their mentions. A pronoun that is nobody's, and not excepted, is a fault."""
    ours = [line for line in lines if line.key in ("party", "except")]
    fitted = _fit(text, ours)
    for place in uncovered(text, PRONOUNS, [span for _, span in fitted]):
        below = [line for line in lines if line.key == ">"][text.count("\n", 0, place)]
        raise _Fault(below.number, f"第 {text.count(text[place], 0, place) + 1} 个“{text[place]}”没有归属")
    for line, (_, end) in fitted:
        if text[end - 1] in PRONOUNS and text.startswith("们", end):
            raise _Fault(line.number, f"“{text[end - 1]}们”应整个标出")
    parties: dict[str, GoldParty] = {}
    for line in ours:
        if line.key == "party":
            try:
                one_party = party(line.value)
            except ValueError as error:
                raise _Fault(line.number, str(error)) from error
            if one_party.id in parties:
                raise _Fault(line.number, f"当事人代号 {one_party.id} 重复")
            mentions = tuple(sorted(span for owner, span in fitted if owner is line))
            parties[one_party.id] = replace(one_party, mentions=mentions)
    return tuple(parties.values())


def _fit(text: str, lines: list[_Line]) -> list[tuple[_Line, Range]]:
    try:
        found = fit(text, [(place, words) for place, line in enumerate(lines) for words in line.words])
    except QuoteError as error:
        raise _Fault(lines[error.owner].number, str(error)) from error
    return [(lines[owner], span) for owner, span in found]


def _between(read: dict[str, Complaint]) -> Iterator[tuple[Complaint, str]]:
    """Faults that show only between complaints."""
    matters = Counter(complaint.matter for complaint in read.values())
    for complaint in read.values():
        if complaint.matter != complaint.id and matters[complaint.matter] < 2:
            yield complaint, f"事项 {complaint.matter} 只有一条"
        if complaint.follows is not None:
            earlier = read.get(complaint.follows)
            if earlier is None or earlier.at >= complaint.at or earlier.matter != complaint.matter:
                yield complaint, f"{complaint.follows} 不是同一事项里更早的一条"
