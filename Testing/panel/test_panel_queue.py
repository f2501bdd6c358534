"""Annotating and choosing models in the whole panel, with the real worker session behind it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from OsteoScreenLib.annotation.session import Session
from OsteoScreenLib.annotation.values import WorkStatus
from OsteoScreenLib.radiograph import read_radiograph
from OsteoScreenLib.scene.masks import read_masks
from OsteoScreenLib.worker import FetchJob, Job, ReadJob
from Testing.annotation.queue_films import make_session, result_of, write_film
from Testing.panel.opened_panel import OpenedPanel


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with make_session(tmp_path, (0.5, 0.1, None)) as session:
        return session.folder


def section(opened: OpenedPanel, name: str) -> Any:
    """Expand a part of the panel, and give its section."""
    getattr(opened.ui, f"{name}Button").collapsed = False
    opened.settle()
    return next(
        each for each in opened.panel._sections if type(each).__module__.endswith(name if name == "models" else "annotate")
    )


def open_queue(opened: OpenedPanel, folder: Path) -> Any:
    made = section(opened, "annotate")
    made._ui.annotatorEdit.text = "A1"
    opened.application.dialogs.answer(folder)
    made._ui.openQueueButton.click()
    return made


def press_next(opened: OpenedPanel, annotate: Any) -> None:
    """Press Next and let the worker read the film."""
    count = len(opened.worker.jobs)
    annotate._ui.nextFilmButton.click()
    opened.wait_until(lambda: len(opened.worker.jobs) > count)
    read(opened)


def read(opened: OpenedPanel) -> None:
    assert isinstance(opened.worker.job, ReadJob)
    opened.worker.finish_reading(read_radiograph(opened.worker.job.film))
    opened.settle()


def test_film_of_the_queue_becomes_the_panels_film_with_its_result(opened: OpenedPanel, folder: Path) -> None:
    annotate = open_queue(opened, folder)
    press_next(opened, annotate)
    assert opened.panel.film.GetName() == "a"
    assert opened.ui.filmSelector.currentNode() is opened.panel.film
    assert opened.panel.result is not None
    assert opened.state == "ready"
    masks = result_of(folder.parent / "films" / "a.png", 0.5).segmentation.masks
    np.testing.assert_array_equal(read_masks(opened.panel.outlines, opened.panel.film), masks)
    assert annotate._ui.acceptButton.enabled


def test_accepting_goes_on_to_the_next_film_and_removes_the_first(opened: OpenedPanel, folder: Path) -> None:
    annotate = open_queue(opened, folder)
    press_next(opened, annotate)
    first = opened.panel.film
    opened.application.dialogs.answer(True)
    annotate._ui.acceptButton.click()
    opened.wait_until(lambda: len(opened.worker.jobs) == 2)
    assert opened.state == "reading"
    assert not annotate._ui.acceptButton.enabled
    read(opened)
    assert opened.panel.film.GetName() == "b"
    assert not opened.scene.IsNodePresent(first)
    assert opened.state == "ready"
    with Session.open(folder) as session:
        assert session.item("0001").by("A1").status is WorkStatus.ACCEPTED


def test_a_comment_stays_with_a_film_that_is_left_without_a_decision(opened: OpenedPanel, folder: Path) -> None:
    annotate = open_queue(opened, folder)
    press_next(opened, annotate)
    annotate._ui.commentEdit.text = "ulna unclear"
    press_next(opened, annotate)
    assert annotate._ui.commentEdit.text == ""
    count = len(opened.worker.jobs)
    annotate._ui.previousFilmButton.click()
    opened.wait_until(lambda: len(opened.worker.jobs) > count)
    read(opened)
    assert annotate._ui.commentEdit.text == "ulna unclear"
    with Session.open(folder) as session:
        work = session.item("0001").by("A1")
        assert (work.comment, work.status) == ("ulna unclear", WorkStatus.OPEN)


def test_another_film_in_the_inputs_is_not_judged_as_the_queues(opened: OpenedPanel, folder: Path) -> None:
    annotate = open_queue(opened, folder)
    press_next(opened, annotate)
    opened.choose(opened.add_film("other"))
    assert annotate._ui.acceptButton.toolTip == "Show a film of the queue first: click Next"


def test_rest_of_the_queue_is_screened_and_can_be_cancelled(opened: OpenedPanel, folder: Path) -> None:
    with Session.open(folder) as session:
        session.add_films([write_film(folder.parent / "films" / "z.png", 9)])
    annotate = open_queue(opened, folder)
    annotate._ui.prepareButton.click()
    opened.wait_until(lambda: len(opened.worker.jobs) == 1)
    assert isinstance(opened.worker.job, Job)
    opened.worker.finish(result_of(opened.worker.job.film, 0.3))
    opened.wait_until(lambda: len(opened.worker.jobs) == 2)
    opened.ui.screenButton.click()
    opened.wait_until(lambda: opened.state != "screening" and opened.state != "cancelling")
    opened.settle()
    assert opened.ui.messageLabel.text == "1 of 2 films screened."
    with Session.open(folder) as session:
        assert [each.result is not None for each in session.items] == [True, True, True, False]


def test_scene_closed_while_a_queues_film_is_read_leaves_a_queue_that_goes_on(opened: OpenedPanel, folder: Path) -> None:
    annotate = open_queue(opened, folder)
    annotate._ui.nextFilmButton.click()
    opened.wait_until(lambda: len(opened.worker.jobs) == 1)
    opened.scene.Clear(False)
    opened.settle()
    assert opened.state == "no_film"
    press_next(opened, annotate)
    assert opened.panel.film.GetName() == "a"


def test_leaving_the_module_frees_the_keys_and_closing_it_frees_the_name(opened: OpenedPanel, folder: Path) -> None:
    annotate = open_queue(opened, folder)
    keys = [shortcut for shortcut, _ in annotate._keys._shortcuts._made]
    assert all(key.enabled for key in keys)
    opened.widget.exit()
    assert not any(key.enabled for key in keys)
    opened.widget.enter()
    opened.ui.annotateButton.collapsed = True
    assert not any(key.enabled for key in keys)
    opened.close()
    with Session.open(folder) as other:
        other.claim("A1")


def test_download_of_a_model_runs_with_the_panels_progress(opened: OpenedPanel) -> None:
    models = section(opened, "models")
    models._ui.modelAddress.text = "https://example.org/model.zip"
    models._ui.downloadModelButton.click()
    opened.wait_until(lambda: len(opened.worker.jobs) == 1)
    assert isinstance(opened.worker.job, FetchJob)
    opened.worker.stage("downloading", 0.5)
    opened.settle()
    assert opened.ui.progressBar.value == 50
    assert opened.ui.screenButton.text == "&Cancel"
    opened.worker.refuse("model.zip: SHA-256 is bbbb..., expected aaaa.... Get it again.")
    opened.settle()
    assert "SHA-256" in opened.ui.messageLabel.text
