"""Qt's processes and timers as the worker session wants them."""

from __future__ import annotations

import codecs
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import qt

from OsteoScreenLib.workflow.process import ProcessListeners

_KILLED_WITHIN_MS = 1000
_RUNNING: set[QtProcess] = set()
"""Kept here until they have ended: Qt does not like a process to be thrown away before."""


class QtProcess:
    """One child process by QProcess; everything is told on Slicer's main thread.

    Its callbacks are connected by signature and let go of when it has ended: a process that is still connected to Python
    keeps Slicer from quitting.
    """

    def __init__(self) -> None:
        self._process: Any = None
        self._listeners: ProcessListeners | None = None
        self._decoders: dict[str, Any] = {}
        self._open_line = ""

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.state() != qt.QProcess.NotRunning

    def start(self, command: Sequence[str], environment: Mapping[str, str], listeners: ProcessListeners) -> None:
        """Start ``command`` with exactly ``environment``."""
        process = self._process = qt.QProcess()
        self._listeners = listeners
        self._decoders = {name: codecs.getincrementaldecoder("utf-8")("replace") for name in ("output", "error")}
        variables = qt.QProcessEnvironment()
        for name, value in environment.items():
            variables.insert(name, value)
        process.setProcessEnvironment(variables)
        for signal, slot in self._connections():
            process.connect(signal, slot)
        _RUNNING.add(self)
        process.start(command[0], list(command[1:]))

    def send(self, line: str) -> None:
        """Write one line to its standard input; silently nothing where it has ended."""
        if self.running:
            self._process.write(f"{line}\n".encode())

    def close_input(self) -> None:
        """Close its standard input, which asks the worker to end, through Slicer's launcher too."""
        if self.running:
            self._process.closeWriteChannel()

    def terminate(self) -> None:
        """Ask it to end. On Windows a program without windows is not asked by this: its closed input tells it."""
        if self.running:
            self._process.terminate()

    def kill(self) -> None:
        """End it, and wait the moment that this takes. A worker behind Slicer's launcher ends by its closed input."""
        if self.running:
            process = self._process
            process.closeWriteChannel()
            process.kill()
            process.waitForFinished(_KILLED_WITHIN_MS)

    def _connections(self) -> list[tuple[str, Callable[..., None]]]:
        return [
            ("readyReadStandardOutput()", self._read_output),
            ("readyReadStandardError()", self._read_error),
            ("errorOccurred(QProcess::ProcessError)", self._on_error),
            ("finished(int,QProcess::ExitStatus)", self._on_finished),
        ]

    def _read_output(self, final: bool = False) -> None:
        if self._listeners is None:
            return
        text = self._decode("output", self._process.readAllStandardOutput(), final)
        *lines, self._open_line = (self._open_line + text).split("\n")
        if final and self._open_line:
            lines, self._open_line = [*lines, self._open_line], ""
        for line in lines:
            self._listeners.on_line(line.rstrip("\r"))

    def _read_error(self, final: bool = False) -> None:
        if self._listeners is None:
            return
        text = self._decode("error", self._process.readAllStandardError(), final)
        if text:
            self._listeners.on_error_text(text)

    def _decode(self, name: str, chunk: Any, final: bool) -> str:
        return self._decoders[name].decode(bytes(chunk.data()), final)

    def _on_error(self, error: Any) -> None:
        # Every other error is followed by the signal that it has finished.
        if error == qt.QProcess.FailedToStart and self._listeners is not None:
            self._listeners.on_error_text(f"{self._process.errorString()}\n")
            self._end(None)

    def _on_finished(self, code: int, status: Any) -> None:
        self._read_output(final=True)
        self._read_error(final=True)
        # After a crash Qt gives the signal's number, on Windows the exception's.
        self._end(-code if status == qt.QProcess.CrashExit and os.name != "nt" else code)

    def _end(self, status: int | None) -> None:
        listeners, self._listeners = self._listeners, None
        _RUNNING.discard(self)
        for signal, slot in self._connections():
            self._process.disconnect(signal, slot)
        # The process is still inside its own signal: whoever hears of the end may let go of this object.
        qt.QTimer.singleShot(0, self._process.deleteLater)
        if listeners is not None:
            listeners.on_end(status)


class QtTimer:
    """Calls back on Slicer's main thread."""

    def call_later(self, seconds: float, call: Callable[[], None]) -> QtCall:
        """Call once after ``seconds``; 0 means as soon as the present event is done."""
        return QtCall(seconds, call)


class QtCall:
    """A call that is due later."""

    def __init__(self, seconds: float, call: Callable[[], None]) -> None:
        self._call: Callable[[], None] | None = call
        qt.QTimer.singleShot(round(seconds * 1000), self._fire)

    def cancel(self) -> None:
        """It will not be made; nothing where it was made already."""
        self._call = None

    def _fire(self) -> None:
        call, self._call = self._call, None
        if call is not None:
            call()
