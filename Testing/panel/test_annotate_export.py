"""The data set in the end, written by another process."""

from __future__ import annotations

import json
from pathlib import Path

from Testing.panel.annotating import Annotating


def test_data_set_is_written_in_another_process_and_summed_up(
    annotating: Annotating, session_folder: Path, tmp_path: Path
) -> None:
    annotating.open(session_folder)
    annotating.ui.nextFilmButton.click()
    annotating.host.answers = [True]
    annotating.ui.acceptButton.click()
    annotating.application.dialogs.answer(tmp_path / "data")
    annotating.ui.exportButton.click()
    assert annotating.ui.stopExportButton.isVisible()
    assert annotating.ui.exportButton.toolTip == "The data set is being written."
    annotating.application.wait_until(lambda: not annotating.section._data_set.writing, seconds=60)
    assert annotating.host.failed == []
    assert "1 accepted" in annotating.host.said[-1]
    assert json.loads((tmp_path / "data" / "manifest.json").read_text())


def test_export_that_is_stopped_leaves_nothing(annotating: Annotating, session_folder: Path, tmp_path: Path) -> None:
    annotating.open(session_folder)
    annotating.ui.nextFilmButton.click()
    annotating.ui.rejectButton.click()
    annotating.application.dialogs.answer(tmp_path / "data")
    annotating.ui.exportButton.click()
    annotating.ui.stopExportButton.click()
    annotating.application.wait_until(lambda: not annotating.section._data_set.writing, seconds=60)
    assert annotating.host.said[-1] == "The export was stopped. Nothing of it is left."
    assert not (tmp_path / "data").exists()


def test_refused_export_is_told_in_one_line(annotating: Annotating, session_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "mine.txt").write_text("mine")
    annotating.open(session_folder)
    annotating.ui.nextFilmButton.click()
    annotating.ui.rejectButton.click()
    annotating.application.dialogs.answer(tmp_path / "data")
    annotating.ui.exportButton.click()
    annotating.application.wait_until(lambda: not annotating.section._data_set.writing, seconds=60)
    assert "\n" not in annotating.host.failed[-1][0]
    assert (tmp_path / "data" / "mine.txt").read_text() == "mine"
