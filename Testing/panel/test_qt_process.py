"""Qt's processes and timers behind the worker session's protocols, with real children."""

import os
import sys
from typing import Any

import pytest

ECHO = """
import sys
print("first", flush=True)
for line in sys.stdin:
    print("heard", line.strip(), flush=True)
print("gr\\u00fc\\u00df", file=sys.stderr)
sys.stdout.write("no line end")
sys.exit(3)
"""


class Heard:
    """Listeners that keep what they are told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.errors = ""
        self.ends: list[int | None] = []

    def listeners(self) -> Any:
        from OsteoScreenLib.workflow.process import ProcessListeners

        return ProcessListeners(self.lines.append, self._on_error_text, self.ends.append)

    def _on_error_text(self, text: str) -> None:
        self.errors += text


def started(code: str, heard: Heard, **environment: str) -> Any:
    from OsteoScreenPanel.process import QtProcess

    process = QtProcess()
    process.start([sys.executable, "-c", code], {**os.environ, "PYTHONUTF8": "1", **environment}, heard.listeners())
    return process


def test_lines_errors_and_status_arrive_in_order(panel_application: Any) -> None:
    heard = Heard()
    process = started(ECHO, heard)
    panel_application.wait_until(lambda: heard.lines == ["first"])
    assert process.running
    process.send("one")
    panel_application.wait_until(lambda: heard.lines == ["first", "heard one"])
    process.close_input()
    panel_application.wait_until(lambda: heard.ends)
    assert heard.lines == ["first", "heard one", "no line end"]
    assert heard.errors.strip() == "gr\u00fc\u00df"
    assert heard.ends == [3]
    assert not process.running
    process.send("nobody hears this")
    process.close_input()
    process.terminate()
    process.kill()
    panel_application.process_events()
    assert heard.ends == [3]


def test_the_environment_is_exactly_the_one_given(panel_application: Any) -> None:
    heard = Heard()
    started("import os; print(os.environ['OSTEO'], 'HOME' in os.environ)", heard, OSTEO="screen", HOME="")
    panel_application.wait_until(lambda: heard.ends)
    assert heard.lines == ["screen True"]


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize(("ask", "status"), [("terminate", -15), ("kill", -9)])
def test_an_end_by_a_signal_is_its_negative_number(panel_application: Any, ask: str, status: int) -> None:
    heard = Heard()
    process = started("import time; print('up', flush=True); time.sleep(60)", heard)
    panel_application.wait_until(lambda: heard.lines)
    getattr(process, ask)()
    panel_application.wait_until(lambda: heard.ends)
    assert heard.ends == [status]


def test_a_program_that_is_not_there_ends_without_a_status(panel_application: Any, tmp_path: Any) -> None:
    from OsteoScreenPanel.process import QtProcess

    heard = Heard()
    process = QtProcess()
    process.start([str(tmp_path / "no such program")], {}, heard.listeners())
    panel_application.wait_until(lambda: heard.ends)
    assert heard.ends == [None]
    assert heard.errors.strip()
    assert not process.running


def test_a_call_is_made_later_once_and_not_when_cancelled(panel_application: Any) -> None:
    from OsteoScreenPanel.process import QtTimer

    made: list[str] = []
    kept = QtTimer().call_later(0.0, lambda: made.append("kept"))
    dropped = QtTimer().call_later(0.0, lambda: made.append("dropped"))
    dropped.cancel()
    assert made == []
    panel_application.wait_until(lambda: made)
    panel_application.process_events()
    kept.cancel()
    assert made == ["kept"]
