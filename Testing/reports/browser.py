"""A headless Chromium for tests of the page: what it prints, and what it tells a screen reader."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from Testing.system_programs import require_program

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars",
]  # fmt: skip
_PATIENCE_S = 120.0
_WITH_PIPES = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(end), fcntl.F_DUPFD, 10) for end in sys.argv[1:3]]
for descriptor, end in zip((3, 4), ends):
    os.dup2(end, descriptor)
os.execvp(sys.argv[3], sys.argv[3:])
"""
"""Chromium's DevTools read from descriptor 3 and write to 4: move the ends of our pipes there, then become the browser."""


def chromium() -> str:
    """Find the program; a machine without it skips the test, or fails it where every system program has to be there."""
    return require_program("chromium", "chromium", "chromium-browser", "google-chrome")


def show(browser: str, folder: Path, page: Path, *arguments: str) -> None:
    """Open a page once with further arguments."""
    subprocess.run(
        [browser, *FLAGS, f"--user-data-dir={folder / 'profile'}", *arguments, page.as_uri()],
        check=True,
        capture_output=True,
        timeout=_PATIENCE_S,
    )


@dataclass(frozen=True)
class Heard:
    """One thing that a screen reader can announce: its role, its name, and its properties such as the level of a heading."""

    role: str
    name: str
    properties: dict[str, Any]


def heard(browser: str, folder: Path, page: Path) -> list[Heard]:
    """Chromium's accessibility tree of a page, in reading order; what is hidden from screen readers is not in it."""
    to_browser, ours_out = os.pipe()
    ours_in, from_browser = os.pipe()
    arguments = [browser, *FLAGS, f"--user-data-dir={folder / 'profile'}", "--remote-debugging-pipe"]
    started = subprocess.Popen(
        [sys.executable, "-c", _WITH_PIPES, str(to_browser), str(from_browser), *arguments],
        pass_fds=(to_browser, from_browser),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(to_browser)
    os.close(from_browser)
    try:
        with os.fdopen(ours_out, "wb", 0) as out, os.fdopen(ours_in, "rb", 0) as answers:
            tools = _Tools(out, answers)
            target = tools.ask("Target.createTarget", url=page.as_uri())["targetId"]
            session = tools.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            until = time.monotonic() + _PATIENCE_S
            # A new tab is an empty page first, and that one is complete at once.
            loaded = "document.URL != 'about:blank' && document.readyState == 'complete'"
            while not tools.ask("Runtime.evaluate", session, expression=loaded)["result"]["value"]:
                assert time.monotonic() < until, "the page never finished loading"
                time.sleep(0.05)
            nodes = tools.ask("Accessibility.getFullAXTree", session)["nodes"]
    finally:
        started.terminate()
        started.wait(_PATIENCE_S)
    return _in_reading_order(nodes)


class _Tools:
    """Questions to Chromium's DevTools, one at a time; messages are JSON that end with a zero byte."""

    def __init__(self, out: Any, answers: Any) -> None:
        self.out, self.answers, self.last, self.rest = out, answers, 0, b""

    def ask(self, method: str, session: str = "", **parameters: Any) -> dict[str, Any]:
        self.last += 1
        message = {"id": self.last, "method": method, "params": parameters, **({"sessionId": session} if session else {})}
        self.out.write(json.dumps(message).encode() + b"\0")
        while True:
            answer = json.loads(self._next())
            if answer.get("id") == self.last:
                assert "error" not in answer, answer
                return answer["result"]

    def _next(self) -> bytes:
        while b"\0" not in self.rest:
            more = self.answers.read(65536)
            assert more, "the browser has gone"
            self.rest += more
        message, _, self.rest = self.rest.partition(b"\0")
        return message


def _in_reading_order(nodes: list[dict[str, Any]]) -> list[Heard]:
    by_id = {node["nodeId"]: node for node in nodes}
    order: list[Heard] = []
    waiting = [nodes[0]["nodeId"]]
    while waiting:
        node = by_id[waiting.pop()]
        waiting += reversed([child for child in node.get("childIds", []) if child in by_id])
        if not node.get("ignored"):
            properties = {each["name"]: each["value"].get("value") for each in node.get("properties", [])}
            order.append(Heard(node["role"]["value"], node.get("name", {}).get("value", ""), properties))
    return order
