"""Personal numbers inside free text, replaced by their masked form."""

from __future__ import annotations

import re
from typing import Final

_GAP: Final = r"[\s.\-‐-―－·]{0,2}"
_LEAD: Final = (
    r"(?:(?<![0-9A-Za-z])|(?<=tel)|(?<=phone)|(?<=mobile)|(?<=wx)|(?<=vx)|(?<=weixin)|(?<=id)|(?<=sfz)|(?<=no))"
)
_LONG: Final = rf"{_LEAD}\d{{15,}}[Xx]?"
_ID_GROUPS: Final = rf"{_LEAD}\d{{6}}{_GAP}\d{{8}}{_GAP}\d{{3}}[\dXx](?![0-9A-Za-z])"
_CARD: Final = rf"{_LEAD}\d{{4}}(?:[ \-]\d{{4}}){{3}}(?:[ \-]?\d{{1,3}})?(?![0-9A-Za-z])"
_MOBILE: Final = (
    rf"(?:{_LEAD}|(?<=\+86)|(?<=0086))"
    rf"[1１][3-9３-９](?:\d{{9}}|\d{_GAP}\d{{4}}{_GAP}\d{{4}}|\d{_GAP}\d{{3}}{_GAP}\d{{5}}|\d\d{_GAP}\d{{3}}{_GAP}\d{{4}})"
    rf"(?![0-9A-Za-z])"
)
_PERSONAL: Final = re.compile(rf"(?=\d)(?:{_CARD}|{_ID_GROUPS}|{_LONG}|{_MOBILE})", re.IGNORECASE)
_SEPARATORS: Final = re.compile(r"[^\dXx]")
_EMAIL: Final = re.compile(
    r"(?<![A-Za-z0-9._+*-])([A-Za-z0-9])[A-Za-z0-9._+-]{0,63}(?=[@＠](?:[A-Za-z0-9-]{1,63}[.．]){1,8}[A-Za-z0-9]{2})"
)
_ENOUGH: Final = re.compile(r"\d(?:\D{0,2}\d){10}")


_ID = re.compile(r"[a-z]{3}_[0-9a-z]{1,40}", re.ASCII)


def redact(text: str) -> str:
    """The text with every citizen id (18 or 15 digits), bank card, mobile number and mail address masked.

    Also numbers written with blanks or dashes, with a country code, or glued to a word such as ``tel``. What is
    masked: `138****5678`; of longer numbers all but the first six and the last four digits; `w***@mail.example`.
    """
    if "@" in text or "＠" in text:
        text = _EMAIL.sub(r"\1***", text)
    while _ENOUGH.search(text):
        masked = _PERSONAL.sub(_mask, text)
        if masked == text:
            break
        text = masked
    return text


def shown_id(text: str) -> str:
    """An id of ours as it was sent; an ellipsis for a text of another form, which may be somebody's name."""
    return text if _ID.fullmatch(text) else "…"


def _mask(match: re.Match[str]) -> str:
    number = _SEPARATORS.sub("", match.group())
    if len(number) == 11:
        return f"{number[:3]}****{number[-4:]}"
    return number[:6] + "*" * (len(number) - 10) + number[-4:]
