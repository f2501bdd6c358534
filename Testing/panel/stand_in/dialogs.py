"""Stand-in: modal dialogs, recorded and answered by the test instead of shown."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from PySide6 import QtWidgets

from Testing.panel.stand_in.rules import wrap


@dataclass(frozen=True)
class Shown:
    """One dialog: its kind (``error``, ``warning``, ``info``, ``question``, ``file``, ``folder``, ``text`` ...) and its text."""

    kind: str
    text: str
    details: str = ""


@dataclass
class Dialogs:
    """What was shown, in order, and what the test answers. An information needs no answer; a question without one fails."""

    shown: list[Shown] = field(default_factory=list)
    _answers: deque[Any] = field(default_factory=deque)

    def answer(self, *values: Any) -> None:
        """Answer the next questions: True / False, a path, a text, or None for Cancel."""
        self._answers.extend(values)

    def reset(self) -> None:
        """Forget everything."""
        self.shown.clear()
        self._answers.clear()

    @property
    def unused_answers(self) -> list[Any]:
        return list(self._answers)

    def texts(self, kind: str | None = None) -> list[str]:
        return [each.text for each in self.shown if kind in (None, each.kind)]

    def tell(self, kind: str, text: str, details: str = "") -> None:
        """Record an information."""
        self.shown.append(Shown(kind, text, details))

    def ask(self, kind: str, text: str, details: str = "") -> Any:
        """Record a question and give the test's answer."""
        self.shown.append(Shown(kind, text, details))
        if not self._answers:
            raise AssertionError(f"the panel asks ({kind}) '{text}', and the test gave no answer")
        return self._answers.popleft()

    def static_methods(self) -> dict[str, dict[str, Callable[..., Any]]]:
        """The static methods of Qt's dialogs, by class."""
        buttons = QtWidgets.QMessageBox.StandardButton

        def choice(parent: Any, title: str, text: str, *_: Any) -> Any:
            return wrap(buttons.Yes if self.ask("question", text, title) else buttons.No)

        def told(kind: str) -> Callable[..., Any]:
            def tell(parent: Any, title: str, text: str, *_: Any) -> Any:
                self.tell(kind, text, title)
                return wrap(buttons.Ok)

            return tell

        def path(kind: str) -> Callable[..., Any]:
            return lambda parent=None, title="", *_: str(self.ask(kind, title) or "")

        def paths(parent: Any = None, title: str = "", *_: Any) -> tuple[str, ...]:
            return tuple(str(each) for each in self.ask("files", title) or ())

        def typed(parent: Any, title: str, label: str, *_: Any) -> str:
            return str(self.ask("text", label, title) or "")

        return {
            "QMessageBox": {
                "question": choice,
                "information": told("info"),
                "warning": told("warning"),
                "critical": told("error"),
            },
            "QFileDialog": {
                "getOpenFileName": path("file"),
                "getOpenFileNames": paths,
                "getSaveFileName": path("save"),
                "getExistingDirectory": path("folder"),
            },
            "QInputDialog": {"getText": typed, "getMultiLineText": typed},
        }
