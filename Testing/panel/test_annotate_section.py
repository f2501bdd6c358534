"""The annotators' section: a queue, one decision after the other, nothing lost, and a data set in the end."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from OsteoScreenLib.annotation.session import Session
from OsteoScreenLib.annotation.values import WorkStatus
from OsteoScreenLib.bones import Bone
from OsteoScreenLib.errors import FilmError
from OsteoScreenLib.radiograph import read_radiograph
from OsteoScreenLib.radiograph.exchange import save_radiograph
from OsteoScreenLib.scene.masks import read_masks
from OsteoScreenLib.scene.ownership import find, nodes_of_class
from OsteoScreenLib.scene.write_masks import write_masks
from OsteoScreenLib.screening.storage import save_result
from OsteoScreenLib.worker import Job, ReadJob
from Testing.annotation.queue_films import ABSENT, make_session, result_of, write_film
from Testing.panel.recording_host import RecordingHost

DOUBTS = (0.1, 0.5, 0.3)
"""Film 0002 comes first, then 0003, then 0001."""


def do_work(job: Any) -> tuple[Path, str | None, tuple[str, ...]]:
    """What the worker does: reads a film, or screens it (with a result that is known)."""
    job.folder.mkdir(parents=True)
    if isinstance(job, ReadJob):
        save_radiograph(read_radiograph(job.film), job.folder)
        return job.folder, None, ()
    assert isinstance(job, Job)
    if "broken" in job.film.name:
        raise FilmError(job.film, "is broken", "Get it again")
    save_result(result_of(job.film, 0.2), job.folder)
    return job.folder, "indeterminate", ()


class Annotating:
    """The section with a host, and the hands of an annotator."""

    def __init__(self, application: Any, folder: Path) -> None:
        import qt
        from OsteoScreenPanel.annotate import AnnotateSection

        self.application = application
        self.host = RecordingHost(application.scene, folder, do_work)
        self.widget = qt.QWidget()
        self.section = AnnotateSection(qt.QVBoxLayout(self.widget), self.host)
        self.host.sections.append(self.section)
        self.host.refresh()
        self.widget.show()

    @property
    def ui(self) -> Any:
        return self.section._ui

    def open(self, folder: Path, annotator: str = "A1") -> None:
        self.name(annotator)
        self.application.dialogs.answer(folder)
        self.ui.openQueueButton.click()

    def name(self, annotator: str) -> None:
        self.ui.annotatorEdit.text = annotator
        self.ui.annotatorEdit.editingFinished()

    @property
    def shown(self) -> str | None:
        return None if self.section._film is None else self.section._film.number

    @property
    def lines(self) -> list[tuple[str, ...]]:
        tree = self.ui.queueTree
        items = [tree.topLevelItem(row) for row in range(tree.topLevelItemCount)]
        return [tuple(item.text(column) for column in range(3)) for item in items]

    def films_in_scene(self) -> list[Any]:
        from OsteoScreenPanel.annotate_film import MARK

        return [each for each in nodes_of_class(self.host.scene, "vtkMRMLScalarVolumeNode") if each.GetAttribute(MARK)]

    def outlines(self) -> Any:
        node = find(self.host.scene, "vtkMRMLSegmentationNode", "segmentation", self.host.film)
        assert node is not None
        return node

    def masks(self) -> np.ndarray:
        return read_masks(self.outlines(), self.host.film)

    def draw(self) -> np.ndarray:
        """Move the radius by a pixel, as an annotator might."""
        masks = self.masks()
        masks[0] = np.roll(masks[0], -1, axis=0)
        write_masks(self.outlines(), self.host.film, masks, (Bone.RADIUS,))
        self.application.process_events()
        return masks


@pytest.fixture
def session_folder(tmp_path: Path) -> Path:
    with make_session(tmp_path, DOUBTS) as session:
        return session.folder


@pytest.fixture
def annotating(panel_application: Any, tmp_path: Path) -> Any:
    made = Annotating(panel_application, tmp_path)
    yield made
    made.section.close()


def test_without_a_queue_or_a_name_the_tooltips_say_what_to_do_first(annotating: Annotating, session_folder: Path) -> None:
    assert not annotating.ui.nextFilmButton.enabled
    assert annotating.ui.nextFilmButton.toolTip == "Open a queue of films first"
    annotating.open(session_folder, "")
    assert annotating.ui.nextFilmButton.toolTip == "Enter your name as annotator first"


def test_queue_is_listed_by_uncertainty_with_the_progress_in_words(annotating: Annotating, session_folder: Path) -> None:
    annotating.open(session_folder)
    assert [film.split()[0] for film, _, _ in annotating.lines] == ["0002", "0003", "0001"]
    assert all(state == "\N{WHITE CIRCLE} open" for _, state, _ in annotating.lines)
    assert annotating.ui.queueProgressLabel.text == "0 of 3"


def test_next_shows_the_most_uncertain_film_with_its_outlines(annotating: Annotating, session_folder: Path) -> None:
    annotating.open(session_folder)
    annotating.ui.nextFilmButton.click()
    assert annotating.shown == "0002"
    assert annotating.host.failed == []
    proposed = result_of(session_folder.parent / "films" / "b.png", 0.5).segmentation.masks
    np.testing.assert_array_equal(annotating.masks(), proposed)
    assert "the model's outlines" in annotating.ui.queueFilmLabel.text
    assert annotating.ui.acceptButton.enabled
    assert annotating.ui.correctButton.toolTip == "No outline was changed: accept the film instead"


def test_accepting_asks_for_the_absent_bone_and_goes_on(annotating: Annotating, session_folder: Path) -> None:
    annotating.open(session_folder)
    annotating.ui.nextFilmButton.click()
    annotating.host.answers = [False, True]
    annotating.ui.acceptButton.click()
    assert ABSENT[0].title in annotating.host.asked[0]
    assert annotating.shown == "0002", "answered with No: to be drawn first"
    annotating.ui.commentEdit.text = "clear"
    annotating.ui.acceptButton.click()
    assert annotating.shown == "0003"
    assert annotating.ui.commentEdit.text == ""
    assert annotating.ui.queueProgressLabel.text == "1 of 3"
    annotating.section.close()
    work = Session.open(session_folder).item("0002").by("A1")
    assert (work.status, work.absent, work.comment) == (WorkStatus.ACCEPTED, ABSENT, "clear")


def test_drawn_outlines_are_saved_as_a_correction(annotating: Annotating, session_folder: Path) -> None:
    annotating.open(session_folder)
    annotating.ui.nextFilmButton.click()
    drawn = annotating.draw()
    assert annotating.ui.acceptButton.toolTip == "The outlines were changed: save the correction instead"
    assert annotating.ui.correctButton.enabled
    annotating.host.answers = [True]
    annotating.ui.correctButton.click()
    assert annotating.shown == "0003"
    annotating.section.close()
    session = Session.open(session_folder)
    assert session.item("0002").by("A1").status is WorkStatus.CORRECTED
    np.testing.assert_array_equal(session.starting_masks("0002", "A1"), drawn)


def test_film_that_was_left_is_taken_out_of_the_scene(annotating: Annotating, session_folder: Path) -> None:
    annotating.open(session_folder)
    annotating.ui.nextFilmButton.click()
    first, count = annotating.host.film, annotating.host.scene.GetNumberOfNodes()
    annotating.ui.nextFilmButton.click()
    assert annotating.shown == "0003"
    assert not annotating.host.scene.IsNodePresent(first)
    annotating.ui.nextFilmButton.click()
    assert annotating.host.scene.GetNumberOfNodes() == count


def test_unfinished_outlines_survive_a_crash(annotating: Annotating, session_folder: Path) -> None:
    annotating.open(session_folder)
    annotating.ui.nextFilmButton.click()
    drawn = annotating.draw()
    annotating.section._film._timer.timeout()
    # Another program finds what was on the disk when this one died.
    with Session.open(session_folder) as other:
        assert other.item("0002").by("A1").draft is not None
        np.testing.assert_array_equal(other.starting_masks("0002", "A1"), drawn)
    assert "\N{HORIZONTAL ELLIPSIS} unfinished" in [state for _, state, _ in annotating.lines]


def test_unfinished_outlines_are_kept_when_the_film_is_left_and_come_back(annotating: Annotating, session_folder: Path) -> None:
    annotating.open(session_folder)
    annotating.ui.nextFilmButton.click()
    drawn = annotating.draw()
    annotating.ui.nextFilmButton.click()
    assert annotating.shown == "0003"
    annotating.ui.previousFilmButton.click()
    assert annotating.shown == "0002"
    np.testing.assert_array_equal(annotating.masks(), drawn)
    assert "your unfinished outlines" in annotating.ui.queueFilmLabel.text
    assert annotating.ui.correctButton.enabled


def test_stroke_that_was_undone_leaves_no_draft(annotating: Annotating, session_folder: Path) -> None:
    annotating.open(session_folder)
    annotating.ui.nextFilmButton.click()
    before = annotating.masks()
    annotating.draw()
    annotating.section._film.autosave()
    write_masks(annotating.outlines(), annotating.host.film, before)
    annotating.application.process_events()
    annotating.section._film.autosave()
    annotating.host.refresh()
    assert annotating.ui.acceptButton.enabled
    with Session.open(session_folder) as other:
        assert other.item("0002").by("A1").draft is None


def test_outlines_that_were_made_anew_are_watched_too(annotating: Annotating, session_folder: Path) -> None:
    from OsteoScreenLib.scene.remove import remove_result

    annotating.open(session_folder)
    annotating.ui.nextFilmButton.click()
    result, film = annotating.host.result, annotating.host.film
    remove_result(annotating.host.scene, film)
    annotating.host.refresh()
    annotating.host.show_result(film, result)
    drawn = annotating.draw()
    annotating.section._film.autosave()
    with Session.open(session_folder) as other:
        np.testing.assert_array_equal(other.starting_masks("0002", "A1"), drawn)


def test_deleted_segment_is_explained_and_the_film_can_still_be_rejected(annotating: Annotating, session_folder: Path) -> None:
    annotating.open(session_folder)
    annotating.ui.nextFilmButton.click()
    annotating.outlines().GetSegmentation().RemoveSegment(Bone.ULNA.value)
    annotating.application.process_events()
    assert not annotating.ui.acceptButton.enabled
    annotating.ui.correctButton.click()
    assert "Ulna was deleted" in annotating.host.failed[-1][0]
    annotating.ui.rejectButton.click()
    assert annotating.shown == "0003"


def test_rejected_film_is_put_aside_and_can_be_reopened(annotating: Annotating, session_folder: Path) -> None:
    annotating.open(session_folder)
    annotating.ui.nextFilmButton.click()
    annotating.ui.commentEdit.text = "wrong view"
    annotating.ui.rejectButton.click()
    assert annotating.ui.queueProgressLabel.text == "1 of 3, 1 rejected"
    annotating.ui.previousFilmButton.click()
    assert annotating.shown == "0002"
    assert annotating.ui.commentEdit.text == "wrong view"
    assert annotating.ui.acceptButton.toolTip.startswith("This film is finished")
    annotating.ui.reopenButton.click()
    assert annotating.ui.acceptButton.enabled


def test_last_decision_says_that_the_queue_is_finished(annotating: Annotating, session_folder: Path) -> None:
    annotating.open(session_folder)
    annotating.ui.nextFilmButton.click()
    for _ in DOUBTS:
        annotating.ui.rejectButton.click()
    assert annotating.host.said[-1] == "You have finished every film of this queue."
    assert annotating.ui.queueProgressLabel.text == "3 of 3, 3 rejected"


def test_double_click_shows_a_film(annotating: Annotating, session_folder: Path) -> None:
    annotating.open(session_folder)
    tree = annotating.ui.queueTree
    tree.itemActivated(tree.topLevelItem(2), 0)
    assert annotating.shown == "0001"


def test_second_annotator_starts_from_the_model_and_sees_what_the_first_decided(
    annotating: Annotating, session_folder: Path
) -> None:
    annotating.open(session_folder)
    annotating.ui.nextFilmButton.click()
    annotating.ui.rejectButton.click()
    annotating.name("B2")
    assert annotating.ui.queueProgressLabel.text == "0 of 3"
    annotating.ui.nextFilmButton.click()
    assert annotating.shown == "0002"
    assert len(annotating.films_in_scene()) == 1
    tip = annotating.ui.queueTree.topLevelItem(0).toolTip(0)
    assert "A1: rejected" in tip


@pytest.mark.parametrize("name", ["a/b", "x y"])
def test_name_that_cannot_be_used_is_explained(annotating: Annotating, session_folder: Path, name: str) -> None:
    annotating.open(session_folder, name)
    assert len(annotating.host.failed) == 1
    assert not annotating.ui.nextFilmButton.enabled


def test_name_at_work_elsewhere_is_refused(annotating: Annotating, session_folder: Path) -> None:
    with Session.open(session_folder) as other:
        other.claim("A1")
        annotating.open(session_folder)
        assert "A1" in annotating.host.failed[0][0]
        assert not annotating.ui.nextFilmButton.enabled


def test_new_queue_is_filled_from_a_folder_and_screened_with_cancel_and_failures(annotating: Annotating, tmp_path: Path) -> None:
    films = tmp_path / "clinic"
    for number, name in enumerate(("a", "broken", "c")):
        write_film(films / f"{name}.png", number)
    annotating.name("A1")
    annotating.application.dialogs.answer(films, tmp_path / "queue")
    annotating.ui.newQueueButton.click()
    assert annotating.host.said[-1] == "3 films added."
    assert [state for _, state, _ in annotating.lines] == ["\N{MIDDLE DOT} not screened"] * 3

    annotating.host.work = None
    annotating.ui.prepareButton.click()
    annotating.host.cancel()
    assert annotating.host.said[-1] == "0 of 3 films screened."
    assert len(annotating.host.jobs) == 1

    annotating.host.work = do_work
    annotating.ui.prepareButton.click()
    annotating.application.wait_until(lambda: "could not be" in (annotating.host.failed or [("", "")])[-1][0])
    text, details = annotating.host.failed[-1]
    assert text == "2 of 3 films screened. 1 could not be: see the details."
    assert "broken.png" in details
    assert [state for _, state, _ in annotating.lines].count("\N{WHITE CIRCLE} open") == 2
    annotating.ui.nextFilmButton.click()
    assert annotating.shown == "0001"


def test_loaded_films_join_the_queue_once(annotating: Annotating, session_folder: Path) -> None:
    import slicer

    node = slicer.util.addVolumeFromArray(np.arange(40_000, dtype=np.uint16).reshape(1, 200, 200), name="loaded hand")
    annotating.open(session_folder)
    annotating.ui.addLoadedButton.click()
    assert annotating.host.said[-1] == "1 film added."
    assert len(annotating.lines) == 4
    annotating.ui.addLoadedButton.click()
    assert "in the queue already" in annotating.host.said[-1]
    assert len(list((session_folder / "films").iterdir())) == 1
    assert annotating.host.scene.IsNodePresent(node)


def test_torn_session_is_restored_on_the_users_word(annotating: Annotating, session_folder: Path) -> None:
    with Session.open(session_folder) as session:
        session.add_films([write_film(session_folder.parent / "more" / "d.png", 9)])
    (session_folder / "session.json").write_text("{")
    annotating.host.answers = [False, True]
    annotating.open(session_folder)
    assert annotating.lines == []
    annotating.open(session_folder)
    assert len(annotating.lines) == 3
    assert "Restore the state" in annotating.host.asked[0]


def test_film_that_has_vanished_is_explained_and_passed_over(annotating: Annotating, session_folder: Path) -> None:
    (session_folder.parent / "films" / "b.png").unlink()
    annotating.open(session_folder)
    assert ("! cannot be shown") in [state for _, state, _ in annotating.lines]
    annotating.ui.nextFilmButton.click()
    assert annotating.shown == "0003"


def test_film_that_cannot_be_read_does_not_stop_the_queue(annotating: Annotating, session_folder: Path) -> None:
    def refuse(job: Any) -> Any:
        raise FilmError(job.film, "is broken", "Get it again")

    annotating.open(session_folder)
    annotating.host.work = refuse
    annotating.ui.nextFilmButton.click()
    assert annotating.shown is None
    assert "is broken" in annotating.host.failed[-1][0]
    annotating.host.work = do_work
    annotating.ui.nextFilmButton.click()
    assert annotating.shown == "0003"
    annotating.ui.previousFilmButton.click()
    assert annotating.shown == "0002"


def test_film_whose_outlines_are_lost_leaves_the_one_before_it_on_show(annotating: Annotating, session_folder: Path) -> None:
    annotating.open(session_folder)
    annotating.ui.nextFilmButton.click()
    before = annotating.host.film
    shutil.rmtree(session_folder / "results" / "0003")
    annotating.ui.nextFilmButton.click()
    assert "result.json" in annotating.host.failed[-1][0]
    assert annotating.shown is None
    assert annotating.host.film is before
    assert annotating.host.scene.IsNodePresent(before)


def test_rest_that_cannot_be_read_is_not_called_finished(annotating: Annotating, session_folder: Path) -> None:
    annotating.open(session_folder)
    for film in (session_folder.parent / "films").iterdir():
        film.unlink()
    annotating.ui.nextFilmButton.click()
    assert "cannot be read now" in annotating.host.said[-1]
    assert {state for _, state, _ in annotating.lines} == {"! cannot be shown"}


def test_closed_scene_leaves_a_film_to_be_shown_again(annotating: Annotating, session_folder: Path) -> None:
    annotating.open(session_folder)
    annotating.ui.nextFilmButton.click()
    annotating.draw()
    annotating.host.film = None
    annotating.host.scene.Clear(False)
    annotating.application.process_events()
    annotating.host.refresh()
    assert annotating.ui.acceptButton.toolTip == "Show a film of the queue first: click Next"
    annotating.ui.nextFilmButton.click()
    assert annotating.host.failed == []
    assert annotating.shown == "0003"


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


def test_keys_act_only_while_the_section_is_open(annotating: Annotating, session_folder: Path) -> None:
    keys = [shortcut for shortcut, _ in annotating.section._keys._shortcuts._made]
    assert not any(key.enabled for key in keys)
    annotating.open(session_folder)
    assert all(key.enabled for key in keys)
    annotating.section.exit()
    assert not any(key.enabled for key in keys)
    annotating.section.enter()
    named = {key.key.toString(): key for key in keys}
    assert set(named) == {"A", "C", "R", "N", "P"}
    named["N"].activated()
    assert annotating.shown == "0002"
    named["C"].activated()
    assert annotating.host.said[-1] == "No outline was changed: accept the film instead"


def test_key_that_closes_a_drawn_outline_does_not_accept(annotating: Annotating, session_folder: Path) -> None:
    import slicer

    annotating.open(session_folder)
    annotating.ui.nextFilmButton.click()
    editor = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentEditorNode")
    editor.SetActiveEffectName("Draw")
    accept = next(shortcut for shortcut, _ in annotating.section._keys._shortcuts._made if shortcut.key.toString() == "A")
    accept.activated()
    assert annotating.shown == "0002"
    assert "Finish the outline" in annotating.host.said[-1]
