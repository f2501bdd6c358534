"""The stand-in of the Slicer application for tests of the panel (stand_in/README.md)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from Testing.panel.annotating import Annotating
    from Testing.panel.opened_panel import OpenedPanel
    from Testing.panel.stand_in.panel_application import PanelApplication

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture
def panel_application(tmp_path: Path) -> Iterator[PanelApplication]:
    """A Slicer application as far as a panel can tell; skips where Qt's system libraries are missing."""
    try:
        from PySide6 import QtUiTools, QtWidgets  # noqa: F401
    except ImportError as error:
        # PySide6 is there, but not what it needs of the system (libEGL, libxkbcommon ...).
        if os.environ.get("OSTEOSCREEN_REQUIRE_SYSTEM_PROGRAMS"):
            pytest.fail(
                f"Qt cannot be loaded: {error}; install libegl1 libgl1 libxkbcommon0 libdbus-1-3 libfontconfig1 libglib2.0-0"
            )
        pytest.skip(f"Qt cannot be loaded: {error}")
    from Testing.panel.stand_in.panel_application import panel_application as started
    from Testing.panel.stand_in.rules import errors_in_slots

    with started(tmp_path / "application") as application:
        yield application
        failed = list(errors_in_slots)
    assert not failed, f"errors in code that a signal called: {failed}"
    assert application.dialogs.unused_answers == [], "answers to questions that the panel did not ask"


@pytest.fixture
def opened(panel_application: PanelApplication, tmp_path: Path) -> Iterator[OpenedPanel]:
    """The module's panel, opened, over a worker that does what the test says; it leaves no file of a run behind."""
    from Testing.panel.opened_panel import OpenedPanel as Opened

    panel = Opened(panel_application, tmp_path)
    yield panel
    panel.close()
    assert panel.worker.leftovers == []


@pytest.fixture
def session_folder(tmp_path: Path) -> Path:
    """An annotators' session of three films."""
    from Testing.annotation.queue_films import make_session
    from Testing.panel.annotating import DOUBTS

    with make_session(tmp_path, DOUBTS) as session:
        return session.folder


@pytest.fixture
def annotating(panel_application: PanelApplication, tmp_path: Path) -> Iterator[Annotating]:
    """The annotators' section and an annotator's hands."""
    from Testing.panel.annotating import Annotating as Made

    made = Made(panel_application, tmp_path)
    yield made
    made.section.close()
