"""A DICOMweb server that gives the answers that it was told to give, one after the other.

Import with ``from Testing.pacs.odd_server import OddServer``.
"""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class OddServer:
    """``answers``: (status, content type, body as bytes or as JSON, and headers, which may be left out); then 500 for ever."""

    def __init__(self) -> None:
        self.answers: list[tuple] = []
        self.asked: list[tuple[str, dict[str, str]]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/dicom-web"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        odd = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                odd.asked.append((self.path, dict(self.headers)))
                status, kind, body, *more = odd.answers.pop(0) if odd.answers else (500, "text/plain", b"")
                content = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                for name, value in {
                    "Content-Type": kind,
                    "Content-Length": str(len(content)),
                    **(more[0] if more else {}),
                }.items():
                    self.send_header(name, value)
                self.end_headers()
                with suppress(OSError):  # a client may have had enough
                    self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                pass

        return Handler


def dicom_part(content: bytes) -> tuple[str, bytes]:
    """Content type and body of a multipart answer with one DICOM file."""
    body = b"--edge\r\nContent-Type: application/dicom\r\n\r\n" + content + b"\r\n--edge--\r\n"
    return 'multipart/related; type="application/dicom"; boundary="edge"', body
