"""What the reader makes of texts that are given to it: nothing is stored."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from core.clock import local_now
from core.errors import GraphError, QueryInvalid
from core.progress import SILENT, Progress
from core.values import StandardAddress, value_type
from governance.access import AccessContext
from loaders.feeds.texts import USUAL, Columns, TextRow, read_lines, read_texts
from nlp.layers import Amount, Identifier, Party, Place, When
from nlp.reading import Item, Reading, read_complaints
from nlp.tables import taxonomy
from services.app import App
from services.gazetteer import current_gazetteer
from services.mentions import find_caller
from services.shared_phones import sharing
from services.text_models import models_in_use

_CALLERS: Final = 10_000
_WORTH_TWO_PROCESSES: Final = 2_000_000  # bytes of a file below which a second process would start for nothing


def preview_file(
    app: App,
    context: AccessContext,
    path: Path,
    *,
    columns: Columns = USUAL,
    caller: str | None = None,
    progress: Progress = SILENT,
) -> Iterator[dict[str, Any]]:
    """A JSON object for every row of a file, in its order; see `as_object`.

    `caller` is the phone of whoever called, where the row itself has none. Raises `FileUnreadable`, `FileEmpty`,
    `ColumnMissing`.
    """
    rows = read_texts(path, columns)
    processes = 2 if path.stat().st_size >= _WORTH_TWO_PROCESSES else 1
    return _previews(app, context, rows, caller, processes, progress)


def preview_lines(
    app: App,
    context: AccessContext,
    lines: Iterable[bytes],
    *,
    columns: Columns = USUAL,
    caller: str | None = None,
) -> Iterator[dict[str, Any]]:
    """The same for a stream of lines, each as soon as it came."""
    return _previews(app, context, read_lines(lines, columns), caller, 1, SILENT)


def _previews(
    app: App,
    context: AccessContext,
    rows: Iterable[TextRow],
    caller: str | None,
    processes: int,
    progress: Progress,
) -> Iterator[dict[str, Any]]:
    app.audit.record(context, "complaints.preview", [])
    under_way: deque[tuple[TextRow, Known]] = deque()
    now, known = local_now(), _homes(app, context)

    def items() -> Iterator[Item]:
        for row in rows:
            who = known(row.phone or caller, row.name)
            under_way.append((row, who))
            yield Item(str(row.line), row.text, row.at or now, who.home)

    readings = read_complaints(
        items(), current_gazetteer(app), models=models_in_use(app), processes=processes, progress=progress
    )
    for reading in readings:
        row, who = under_way.popleft()
        told = {"line": row.line, "key": row.key, "timeMissing": row.untimed, "caller": who.outcome}
        yield as_object(row.text, reading) | told | ({"reason": row.fault} if row.fault else {})


class Known(NamedTuple):
    """`outcome`: whether the graph knows where the caller lives (known, unknown, unanswered), None for no caller."""

    outcome: str | None = None
    home: StandardAddress | None = None


def _homes(app: App, context: AccessContext) -> Callable[[str | None, str | None], Known]:
    """Looks up where the caller with a phone and a name lives; each is asked for once, none where no graph answers.

    Of a number that several people share, where all of them live together, else nowhere.
    """

    @lru_cache(maxsize=_CALLERS)
    def asked(phone: str, name: str | None) -> Known:
        try:
            person, home = find_caller(app, context, phone=phone, name=name)
            if person.entity_id is None:
                home = sharing(app, context, phone).address
        except GraphError:
            return Known("unanswered")
        except QueryInvalid:
            return Known("unknown")  # what stands there is no phone
        return Known("known" if home else "unknown", home)

    return lambda phone, name: asked(phone, name) if phone else Known()


def as_object(text: str, reading: Reading) -> dict[str, Any]:
    """A reading as plain values for JSON; numbers of people are masked, offsets are those of `text`."""
    return {
        "line": 0,
        "key": None,
        "timeMissing": False,
        "caller": None,
        "text": text,
        "category": _guess(reading.category, reading.category_score) if reading.category else None,
        "categories": [_guess(guess.code, guess.probability) for guess in reading.categories],
        "urgency": reading.urgency,
        "urgencyReasons": list(reading.urgency_reasons),
        "sentiment": reading.sentiment,
        "relation": reading.relation,
        "place": reading.place.text if reading.place else None,
        "placeText": reading.place_text,
        "places": [_place(text, place) for place in reading.places],
        "times": [_time(text, when) for when in reading.times],
        "amounts": [_amount(text, amount) for amount in reading.amounts],
        "identifiers": [_identifier(identifier) for identifier in reading.identifiers],
        "entities": [
            {"text": text[one.start : one.end], "kind": one.kind, "start": one.start, "end": one.end}
            for one in reading.entities
        ],
        "parties": [_party(text, party) for party in reading.parties],
        "demands": [
            {"kind": one.kind, "text": text[one.start : one.end], "start": one.start, "end": one.end}
            for one in reading.demands
        ],
        "spans": [list(span) for span in reading.spans],
        "reason": reading.reason,
    }


def _guess(code: str, probability: float) -> dict[str, Any]:
    category = taxonomy().get(code)
    name, department = (category.name, category.department) if category else (code, None)
    return {"code": code, "name": name, "department": department, "probability": round(probability, 4)}


def _place(text: str, place: Place) -> dict[str, Any]:
    return {
        "text": text[place.start : place.end],
        "start": place.start,
        "end": place.end,
        "address": place.address.text if place.address else None,
        "relative": place.relative,
        "of": place.of,
        "problems": list(place.problems),
    }


def _time(text: str, when: When) -> dict[str, Any]:
    return {
        "text": text[when.start : when.end],
        "start": when.start,
        "end": when.end,
        "kind": when.kind,
        "begin": _iso(when.begin),
        "until": _iso(when.until),
        "every": when.every,
        "opens": when.opens.isoformat("minutes") if when.opens else None,
        "closes": when.closes.isoformat("minutes") if when.closes else None,
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="minutes") if moment else None


def _amount(text: str, amount: Amount) -> dict[str, Any]:
    return {
        "text": text[amount.start : amount.end],
        "start": amount.start,
        "end": amount.end,
        "value": amount.value,
        "unit": amount.unit,
        "about": amount.about,
    }


def _identifier(identifier: Identifier) -> dict[str, Any]:
    return {
        "kind": identifier.label,
        "start": identifier.start,
        "end": identifier.end,
        "masked": _masked(identifier),
        "valid": identifier.valid,
        "flags": list(identifier.flags),
    }


def _masked(identifier: Identifier) -> str:
    try:
        return value_type(identifier.label).mask(identifier.text)
    except KeyError:
        return identifier.text


def _party(text: str, party: Party) -> dict[str, Any]:
    return {
        "role": party.role,
        "kind": party.kind,
        "surface": party.surface,
        "name": party.name,
        "phone": value_type("phone").mask(party.phone) if party.phone else None,
        "organization": party.org,
        "certainty": party.certainty,
        "mentions": [{"text": text[start:end], "start": start, "end": end} for start, end in party.mentions],
    }
