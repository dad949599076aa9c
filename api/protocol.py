"""HTTP/1.1 by httptools where it is installed, with a bound on what a request may be beside its body.

httptools parses several times as fast as h11, uvicorn's other choice; but it keeps a header until it is complete,
however long that takes, so that one connection could fill the memory.
"""

from __future__ import annotations

from asyncio import Protocol
from typing import Literal

HEAD_BYTES = 64 * 1024  # as h11 has it

try:
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
except ImportError:  # a platform that httptools has no build for
    HTTP: type[Protocol] | Literal["h11"] = "h11"
else:

    class BoundedProtocol(HttpToolsProtocol):
        """Closes a connection whose request line, headers, chunk marks and trailers pass `HEAD_BYTES`."""

        _beside_body = 0

        def data_received(self, data: bytes) -> None:
            self._beside_body += len(data)
            super().data_received(data)
            if self._beside_body > HEAD_BYTES and not self.transport.is_closing():
                self.transport.close()

        def on_body(self, body: bytes) -> None:
            self._beside_body -= len(body)
            super().on_body(body)

        def on_message_complete(self) -> None:
            self._beside_body = 0
            super().on_message_complete()

    HTTP = BoundedProtocol
