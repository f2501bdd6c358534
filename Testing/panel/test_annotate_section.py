"""The annotators' section: a queue, and one decision after the other."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from OsteoScreenLib.annotation.session import Session
from OsteoScreenLib.annotation.values import WorkStatus
from Testing.annotation.queue_films import ABSENT, result_of, write_film
from Testing.panel.annotating import DOUBTS, Annotating, do_work


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
