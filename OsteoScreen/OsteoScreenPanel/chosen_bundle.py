"""Which model bundle the user chose, kept in Slicer's settings."""

from __future__ import annotations

from pathlib import Path

import slicer

KEY = "OsteoScreen/Bundle"


def saved_bundle() -> Path | None:
    """Folder of the bundle chosen last; ``None`` for the shipped one, and where the folder is gone."""
    text = slicer.app.userSettings().value(KEY)
    folder = Path(str(text)) if text else None
    return folder if folder is not None and (folder / "bundle.json").is_file() else None


def save_bundle(folder: Path | None) -> None:
    """Remember a choice; ``None`` for the shipped bundle."""
    settings = slicer.app.userSettings()
    if folder is None:
        settings.remove(KEY)
    else:
        settings.setValue(KEY, str(folder))
