"""Where the shipped resources lie: beside the package in a checkout or in Slicer, inside it when installed by pip."""

from __future__ import annotations

from pathlib import Path

DEFAULT_BUNDLE_NAME = "osteoscreen-simulated"
"""The only place in the code that knows the shipped bundle's name."""


def resources_folder() -> Path:
    """Folder with ``Models``, ``SampleData``, ``Terminologies`` ... (it may be missing in a broken installation)."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "resources"
    return installed if installed.is_dir() else package.parent / "Resources"


DEFAULT_BUNDLE: Path = resources_folder() / "Models" / DEFAULT_BUNDLE_NAME
