"""Outlines that are not decided yet: kept, found again, and never taken for what they are not."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from OsteoScreenLib.annotation.session import Session
from OsteoScreenLib.bones import Bone
from OsteoScreenLib.scene.write_masks import write_masks
from Testing.panel.annotating import Annotating


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
