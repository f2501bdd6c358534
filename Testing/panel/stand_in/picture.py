"""Takes a picture of a widget, for documentation and for looking at the panel without Slicer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6 import QtWidgets

from Testing.panel.stand_in.rules import unwrap


def picture(widget: Any, path: Path, width: int = 450, height: int | None = None) -> Path:
    """Write `widget` as a PNG of `width` pixels, as high as its contents unless `height` is given."""
    raw = unwrap(widget)
    raw.setFixedWidth(width)
    raw.ensurePolished()
    raw.show()
    application = QtWidgets.QApplication.instance()
    assert application is not None
    # Texts that fit their height to their width settle in several steps.
    for _ in range(5):
        application.processEvents()
        wanted = height or max(raw.heightForWidth(width), raw.sizeHint().height())
        raw.resize(width, wanted)
    application.processEvents()
    path.parent.mkdir(parents=True, exist_ok=True)
    if not raw.grab().save(str(path), "PNG"):
        raise OSError(f"{path}: the picture could not be written")
    return path
