"""Stand-in: Qt properties declared in one line, whose value is simply kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6 import QtCore


def stored(kind: str, name: str, default: Any, changed: Callable[[Any, Any], None] | None = None) -> QtCore.Property:
    """A readable and writable property of the Qt type `kind`; ``changed(widget, value)`` is called when it is written."""
    key = f"_{name}"

    def read(self: Any) -> Any:
        return getattr(self, key, default)

    def write(self: Any, value: Any) -> None:
        setattr(self, key, value)
        if changed is not None:
            changed(self, value)

    return QtCore.Property(kind, read, write)
