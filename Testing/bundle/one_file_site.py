"""A real server of one file on the loopback interface, with the faults that servers have.

Import with ``from Testing.bundle.one_file_site import Site``.
"""

from __future__ import annotations

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Site:
    """A small server of one file. Attributes say how it misbehaves; ``asked`` keeps every request's headers."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.tag: str | None = '"one"'
        self.ranges = True
        self.breaks: list[int] = []
        """Bytes after which each of the next answers breaks off."""
        self.says_length: int | None = None
        self.statuses: list[int] = []
        """Statuses of the next answers instead of the file."""
        self.redirect: str | None = None
        self.wrong_part = False
        self.asked: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/models/bundle.zip"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(dict(self.headers))
                site.paths.append(self.path)
                site.answer(self)

            def log_message(self, *_: Any) -> None:
                pass

        return Handler

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        if self.redirect is not None:
            request.send_response(302)
            request.send_header("Location", self.redirect)
            request.send_header("Content-Length", "0")
            self.redirect = None
            request.end_headers()
            return
        if self.statuses:
            request.send_response(self.statuses.pop(0))
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        start = self._start(request)
        if start is not None and start >= len(self.content):
            request.send_response(416)
            request.send_header("Content-Range", f"bytes */{len(self.content)}")
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        body = self.content[start or 0 :]
        request.send_response(200 if start is None else 206)
        if start is not None:
            first = start + 7 if self.wrong_part else start
            request.send_header("Content-Range", f"bytes {first}-{len(self.content) - 1}/{len(self.content)}")
        if self.tag is not None:
            request.send_header("ETag", self.tag)
        request.send_header("Content-Length", str(self.says_length or len(body)))
        request.end_headers()
        request.wfile.write(body[: self.breaks.pop(0)] if self.breaks else body)
        request.close_connection = True

    def _start(self, request: BaseHTTPRequestHandler) -> int | None:
        asked = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", ""))
        if asked is None or not self.ranges or request.headers.get("If-Range") != self.tag:
            return None
        return int(asked[1])
