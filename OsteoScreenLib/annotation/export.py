"""A session as a data set that training reads (``docs/annotations.md``)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from OsteoScreenLib.annotation.session import Session
from OsteoScreenLib.annotation.values import ManifestSummary

Progress = Callable[[str, float], None]
"""Told in words what happens, and the fraction done."""


def export_manifest(
    session: Session,
    folder: Path,
    name: str,
    licence: str | None = None,
    anonymise_subjects: bool = True,
    notes: str | None = None,
    progress: Progress | None = None,
) -> ManifestSummary:
    """Write every decided film of a session into a new folder with ``manifest.json`` in it."""
    raise NotImplementedError
