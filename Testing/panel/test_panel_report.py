"""The report that is saved from the panel: where the user says, as what the user says, complete or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from OsteoScreenLib.bones import Bone
from OsteoScreenLib.screening.storage import load_result
from OsteoScreenLib.worker import ReportJob


def press_save(opened: Any, target: Path | None) -> None:
    """Press Save report, and answer where to."""
    opened.application.dialogs.answer(None if target is None else str(target))
    opened.ui.saveReportButton.click()
    opened.settle()


def finish(opened: Any) -> None:
    """The worker has written the report."""
    job = opened.worker.job
    job.folder.mkdir()
    (job.folder / "report.pdf").write_bytes(b"%PDF-1.4 the report")
    (job.folder / "report.html").write_text("<!DOCTYPE html>")
    opened.worker.processes[-1].say({"result": str(job.folder), "state": "indeterminate", "notes": []})
    opened.settle()


def test_without_a_result_there_is_nothing_to_save(opened: Any) -> None:
    opened.choose(opened.add_film())
    assert not opened.ui.saveReportButton.enabled
    assert "Screen the film first" in opened.ui.saveReportButton.toolTip


def test_report_is_saved_where_the_user_says(opened: Any, tmp_path) -> None:
    shown = opened.screened(opened.add_film())
    press_save(opened, tmp_path / "hand.pdf")
    job = opened.worker.job
    assert isinstance(job, ReportJob)
    assert np.array_equal(load_result(job.result).segmentation.masks, shown.segmentation.masks)
    assert opened.state == "reporting"
    finish(opened)
    assert (tmp_path / "hand.pdf").read_bytes() == b"%PDF-1.4 the report"
    assert str(tmp_path / "hand.pdf") in opened.ui.messageLabel.text
    assert opened.state == "ready"
    assert opened.worker.leftovers == []


def test_web_page_and_names_without_suffix(opened: Any, tmp_path) -> None:
    opened.screened(opened.add_film())
    for name, written in (("hand.html", "hand.html"), ("dr. who", "dr. who.pdf")):
        press_save(opened, tmp_path / name)
        finish(opened)
        assert (tmp_path / written).exists()


def test_no_answer_starts_nothing(opened: Any) -> None:
    opened.screened(opened.add_film())
    jobs = len(opened.worker.jobs)
    press_save(opened, None)
    assert len(opened.worker.jobs) == jobs
    assert opened.state == "ready"


def test_corrected_outlines_must_be_scored_before_they_are_reported(opened: Any) -> None:
    from OsteoScreenLib.scene.masks import read_masks
    from OsteoScreenLib.scene.write_masks import write_masks

    opened.screened(opened.add_film())
    masks = read_masks(opened.panel.outlines, opened.panel.film)
    masks[Bone.METACARPAL_2.channel, : masks.shape[1] // 3] = False
    write_masks(opened.panel.outlines, opened.panel.film, masks, (Bone.METACARPAL_2,))
    opened.wait_until(lambda: not opened.ui.saveReportButton.enabled)
    assert "Re-score the corrected outlines first" in opened.ui.saveReportButton.toolTip


def test_folder_that_cannot_be_written_is_said_and_the_run_leaves_nothing(opened: Any, tmp_path) -> None:
    opened.screened(opened.add_film())
    press_save(opened, tmp_path / "gone" / "hand.pdf")
    finish(opened)
    assert "Choose a folder with room and write access" in opened.ui.messageLabel.text
    assert opened.worker.leftovers == []
    assert not (tmp_path / "gone").exists()
