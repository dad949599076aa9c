"""Documents by an id: templates, and the trusted ones.

When an office names a folder of queries, the server runs those and the saved templates, and no others: who may save a
template is known, and it is checked when it is saved.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from api.documents import document
from core.errors import DocumentNotTrusted, InvalidSetting, QueryInvalid, QueryTooComplex

_PREFIX = "sha256:"
_TEMPLATE = "template:"


class TrustedDocuments:
    """The texts that may be run, by the SHA-256 of their UTF-8 bytes; without a folder, any text."""

    def __init__(self, folder: Path | None = None) -> None:
        self._texts = _load(folder) if folder else None

    def text(self, query: object, document_id: object) -> str | None:
        """The text to run, for a request's `query` or `documentId`.

        Raises `DocumentNotTrusted` for one that is not in the folder, `QueryInvalid` for what is no text at all.
        """
        if not isinstance(query, str | None) or not isinstance(document_id, str | None):
            raise QueryInvalid("query 与 documentId 须是文字")
        if self._texts is None:
            if query is None and document_id is not None:
                raise DocumentNotTrusted("本服务没有登记过的查询，不能用 documentId", remedy="请在 query 里给出全文。")
            return query
        digest = _digest(query.encode()) if query is not None else (document_id or "").removeprefix(_PREFIX)
        if digest not in self._texts:
            raise DocumentNotTrusted("这个查询没有登记过")
        return self._texts[digest]


def template_name(query: object, document_id: object) -> str | None:
    """The template that a request names instead of a query: `template:household_page`."""
    named = query is None and isinstance(document_id, str) and document_id.startswith(_TEMPLATE)
    return str(document_id).removeprefix(_TEMPLATE) if named else None


def _load(folder: Path) -> dict[str, str]:
    """Raises `InvalidSetting` for a folder without documents and for one that the schema does not allow."""
    texts: dict[str, str] = {}
    for path in sorted(folder.rglob("*.graphql")):
        try:
            text = path.read_bytes().decode()
            valid = not document(text).errors
        except (OSError, UnicodeDecodeError, QueryTooComplex):
            valid = False
        if not valid:
            raise InvalidSetting(f"登记的查询 {path} 无法读取，或与 schema.graphql 不符")
        texts[_digest(text.encode())] = text
    if not texts:
        raise InvalidSetting(f"WEINAO_TRUSTED_DOCUMENTS 所指的 {folder} 下没有 .graphql 文件")
    return texts


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()
