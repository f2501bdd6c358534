"""Correcting outlines on the panel, scoring them again, and what counts as outdated."""

from typing import Any

import numpy as np
import pytest

from OsteoScreenLib.bones import Bone
from OsteoScreenLib.classification.values import State
from OsteoScreenLib.screening.storage import load_result
from OsteoScreenLib.screening.storage_segmentation import read_segmentation


def correct(opened: Any, bone: Bone = Bone.METACARPAL_2, rows: int = 6) -> np.ndarray:
    """Shorten one bone, as an annotator erases; returns the masks that are in the scene then."""
    from OsteoScreenLib.scene.masks import read_masks
    from OsteoScreenLib.scene.write_masks import write_masks

    film, outlines = opened.panel.film, opened.panel.outlines
    masks = read_masks(outlines, film)
    inside = np.flatnonzero(masks[bone.channel].any(axis=1))
    masks[bone.channel, inside[:rows]] = False
    write_masks(outlines, film, masks, (bone,))
    return masks


def editor(opened: Any) -> Any:
    """The embedded segment editor, or ``None`` where none was made."""
    layout = opened.ui.editorFrame.layout()
    return layout.itemAt(0).widget() if layout.count() else None


def test_without_a_result_nothing_can_be_corrected(opened: Any) -> None:
    opened.choose(opened.add_film())
    opened.ui.correctButton.collapsed = False
    opened.settle()
    assert not opened.ui.rescoreButton.enabled
    assert "Screen the film first" in opened.ui.rescoreButton.toolTip
    assert opened.ui.correctLabel.text == "Screen the film first"
    assert editor(opened) is None


def test_the_editor_gets_the_films_outlines_while_the_section_is_open(opened: Any) -> None:
    film = opened.add_film()
    opened.screened(film)
    assert editor(opened) is None
    opened.ui.correctButton.collapsed = False
    opened.settle()
    made = editor(opened)
    assert made.segmentationNode() is opened.panel.outlines
    assert made.sourceVolumeNode() is film
    node = made.mrmlSegmentEditorNode()
    assert node.GetOverwriteMode() == node.OverwriteNone
    assert node.GetSingletonTag() == "OsteoScreenEditor"
    assert "Paint" in made.effectNameOrder()
    assert "Fill between slices" not in made.effectNameOrder()
    assert not made.unorderedEffectsVisible
    assert (made._raw._observing, made._raw._shortcuts) == (True, True)
    opened.ui.correctButton.collapsed = True
    opened.settle()
    assert (made._raw._observing, made._raw._shortcuts) == (False, False)
    assert made.segmentationNode() is None


def test_leaving_the_module_gives_views_and_keys_back(opened: Any) -> None:
    opened.screened(opened.add_film())
    opened.ui.correctButton.collapsed = False
    opened.settle()
    made = editor(opened)
    opened.widget.exit()
    assert (made._raw._observing, made._raw._shortcuts) == (False, False)
    opened.widget.enter()
    assert (made._raw._observing, made._raw._shortcuts) == (True, True)


def test_a_changed_outline_asks_for_a_new_score(opened: Any) -> None:
    opened.screened(opened.add_film())
    assert not opened.ui.rescoreButton.enabled
    assert "Correct an outline first" in opened.ui.rescoreButton.toolTip
    correct(opened)
    opened.wait_until(lambda: opened.ui.rescoreButton.enabled)
    assert "Metacarpal 2" in opened.text
    assert "re-score" in opened.text


def test_re_scoring_hands_over_the_corrected_outlines_and_shows_the_difference(opened: Any) -> None:
    film = opened.add_film()
    before = opened.screened(film, state=State.INDETERMINATE)
    opened.ui.correctButton.collapsed = False
    masks = correct(opened)
    opened.wait_until(lambda: opened.ui.rescoreButton.enabled)
    opened.ui.rescoreButton.click()
    opened.wait_until(lambda: len(opened.worker.jobs) == 2)
    assert opened.state == "rescoring"
    job = opened.worker.job
    assert job.kind == "rescore"
    assert np.array_equal(read_segmentation(job.masks, before.film.shape), masks)
    earlier = load_result(job.result)
    assert earlier.score == before.score
    assert earlier.segmentation.hypotheses is not None
    opened.worker.finish(rescored(opened, masks))
    opened.settle()
    assert opened.state == "ready"
    assert "Consider DXA" in opened.text
    difference = opened.ui.differenceBrowser
    assert difference.visible
    assert "Indeterminate" in difference.plainText
    assert "Consider DXA" in difference.plainText
    assert not opened.ui.rescoreButton.enabled
    assert not opened.ui.showHypothesisCheckBox.enabled
    other = opened.add_film("other")
    opened.choose(other)
    assert not difference.visible


def rescored(opened: Any, masks: np.ndarray) -> Any:
    """What the worker would make of corrected outlines: they, another score, and no hypotheses."""
    from dataclasses import replace

    from OsteoScreenLib.segmentation.correction import correct as corrected

    result = opened.worker.result_of_job(state=State.CONSIDER_DXA)
    segmentation = replace(corrected(result.segmentation, masks), hypotheses=None)
    return replace(result, segmentation=segmentation)


def test_a_failed_re_score_leaves_the_correction_as_it_is(opened: Any) -> None:
    from OsteoScreenLib.scene.masks import read_masks

    opened.screened(opened.add_film())
    masks = correct(opened)
    opened.wait_until(lambda: opened.ui.rescoreButton.enabled)
    opened.ui.rescoreButton.click()
    opened.wait_until(lambda: len(opened.worker.jobs) == 2)
    opened.worker.refuse("masks: do not fit. Screen the film again.")
    opened.settle()
    assert opened.state == "failed"
    assert np.array_equal(read_masks(opened.panel.outlines, opened.panel.film), masks)
    assert opened.ui.rescoreButton.enabled


def test_screening_asks_before_it_draws_over_the_work_of_a_hand(opened: Any) -> None:
    from OsteoScreenLib.scene.masks import read_masks

    film = opened.add_film()
    opened.screened(film)
    masks = correct(opened)
    opened.application.dialogs.answer(False)
    opened.ui.screenButton.click()
    assert (opened.state, len(opened.worker.jobs)) == ("ready", 1)
    assert "corrected by hand" in opened.application.dialogs.texts("question")[-1]
    opened.wait_until(lambda: opened.ui.rescoreButton.enabled)
    opened.ui.rescoreButton.click()
    opened.wait_until(lambda: len(opened.worker.jobs) == 2)
    opened.worker.finish(rescored(opened, masks))
    opened.settle()
    opened.application.dialogs.answer(False)
    opened.ui.screenButton.click()
    assert np.array_equal(read_masks(opened.panel.outlines, film), masks)
    opened.application.dialogs.answer(True)
    opened.press_screen()
    assert opened.state == "screening"


def test_what_is_drawn_while_outlines_are_scored_is_kept_and_asks_for_another_score(opened: Any) -> None:
    from OsteoScreenLib.scene.masks import read_masks

    opened.screened(opened.add_film())
    sent = correct(opened)
    opened.wait_until(lambda: opened.ui.rescoreButton.enabled)
    opened.ui.rescoreButton.click()
    opened.wait_until(lambda: len(opened.worker.jobs) == 2)
    drawn = correct(opened, Bone.METACARPAL_3)
    opened.worker.finish(rescored(opened, sent))
    opened.settle()
    assert np.array_equal(read_masks(opened.panel.outlines, opened.panel.film), drawn)
    assert opened.panel.facts().result == "corrected"
    assert "Metacarpal 3" in opened.text
    assert "Metacarpal 2" not in (opened.panel.facts().outdated_reason or "")
    assert opened.ui.rescoreButton.enabled


def test_a_film_that_is_changed_while_it_is_screened_gets_a_result_that_says_so(opened: Any) -> None:
    film = opened.add_film()
    opened.choose(film)
    opened.press_screen()
    opened.worker.stage("segmentation", 0.4)
    film.SetSpacing(0.3, 0.3, 1.0)
    opened.worker.finish(opened.worker.result_of_job())
    opened.settle()
    assert opened.panel.facts().result == "outdated"
    assert "spacing was changed" in opened.text
    opened.screened(film)
    assert opened.panel.facts().result == "current"


def test_a_changed_film_makes_its_result_outdated_in_words(opened: Any) -> None:
    film = opened.add_film()
    opened.screened(film)
    opened.ui.correctButton.collapsed = False
    opened.settle()
    film.SetSpacing(0.3, 0.3, 1.0)
    opened.wait_until(lambda: "screen the film again" in opened.text)
    assert not opened.ui.rescoreButton.enabled
    assert "screen the film again" in opened.ui.rescoreButton.toolTip
    assert not opened.ui.editorFrame.visible
    opened.screened(film)
    assert "again" not in opened.text


def test_a_new_spacing_by_the_user_makes_the_result_outdated(opened: Any) -> None:
    opened.screened(opened.add_film())
    opened.ui.spacingSpinBox.value = 0.25
    opened.settle()
    assert "screen the film again" in opened.text


def test_deleting_the_outlines_is_noticed(opened: Any) -> None:
    opened.screened(opened.add_film())
    opened.scene.RemoveNode(opened.panel.outlines)
    opened.wait_until(lambda: "outlines were deleted" in opened.text)
    assert not opened.ui.rescoreButton.enabled


@pytest.mark.parametrize(
    ("kind", "role", "words"),
    [
        ("vtkMRMLScalarVolumeNode", "uncertainty.total", "Parts of the result were deleted"),
        ("vtkMRMLTextNode", "store.document", "press Screen"),
    ],
)
def test_deleting_a_part_of_the_result_is_noticed(opened: Any, kind: str, role: str, words: str) -> None:
    from OsteoScreenLib.scene.ownership import find

    opened.screened(opened.add_film())
    opened.scene.RemoveNode(find(opened.scene, kind, role, opened.panel.film))
    opened.wait_until(lambda: words in opened.text)


def test_closing_the_scene_while_outlines_are_edited_is_safe(opened: Any) -> None:
    opened.screened(opened.add_film())
    opened.ui.correctButton.collapsed = False
    opened.settle()
    opened.scene.Clear(False)
    opened.settle()
    assert opened.state == "no_film"
    assert "Choose a film" in opened.text
    film = opened.add_film("next")
    opened.screened(film)
    assert editor(opened).segmentationNode() is opened.panel.outlines
