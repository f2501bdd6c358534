"""What is seen of a result: words, predictive values, views, plot, profiles, plausible outlines; and a loaded scene."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from OsteoScreenLib.bones import BONES, Bone
from OsteoScreenLib.classification.values import State


def views(opened: Any) -> int:
    import slicer

    del opened
    return slicer.app.layoutManager().layout


def right_view(opened: Any) -> Any:
    from OsteoScreenLib.scene.layout import UNCERTAINTY_VIEW

    return opened.scene.GetSingletonNode(UNCERTAINTY_VIEW, "vtkMRMLSliceCompositeNode")


def test_a_result_opens_the_two_views_and_leaving_gives_the_old_ones_back(opened: Any) -> None:
    import slicer

    from OsteoScreenLib.scene.layout import LAYOUT_ID

    before = 3  # four views
    slicer.app.layoutManager().setLayout(before)
    opened.screened(opened.add_film())
    assert views(opened) == LAYOUT_ID
    assert opened.ui.viewsButton.checked
    opened.ui.viewsButton.click()
    assert views(opened) == before
    assert not opened.ui.viewsButton.checked
    opened.ui.viewsButton.click()
    opened.widget.exit()
    assert views(opened) == before


def test_map_opacity_plot_and_profiles_follow_the_panel(opened: Any) -> None:
    from OsteoScreenLib.scene.layout import PLOT_LAYOUT_ID

    opened.screened(opened.add_film())
    ui, nodes = opened.ui, opened.panel.logic.nodes(opened.panel.film)
    assert right_view(opened).GetForegroundVolumeID() == nodes.uncertainty["total"].GetID()
    ui.uncertaintyComboBox.currentIndex = 2
    assert right_view(opened).GetForegroundVolumeID() == nodes.uncertainty["within"].GetID()
    ui.opacitySlider.value = 0.8
    assert right_view(opened).GetForegroundOpacity() == pytest.approx(0.8)
    ui.uncertaintyComboBox.currentIndex = 1
    assert right_view(opened).GetForegroundOpacity() == pytest.approx(0.8)
    ui.plotButton.click()
    assert views(opened) == PLOT_LAYOUT_ID
    assert right_view(opened).GetForegroundVolumeID() == nodes.uncertainty["between"].GetID()
    ui.plotButton.click()
    assert views(opened) != PLOT_LAYOUT_ID
    shown = ui.profilesCheckBox.checked
    ui.profilesCheckBox.click()
    assert all(bool(line.GetDisplayNode().GetVisibility()) is not shown for line in nodes.profiles)


def test_predictive_values_are_those_of_the_prevalence(opened: Any) -> None:
    ui = opened.ui
    opened.screened(opened.add_film(), state=State.INDETERMINATE)
    ui.prevalenceSpinBox.value = 50.0
    # se .52, sp .90 at the upper threshold: .52 * .5 / (.52 * .5 + .1 * .5)
    assert "PPV 84%" in ui.predictiveLabel.text
    ui.prevalenceSpinBox.value = 10.0
    assert "PPV 37%" in ui.predictiveLabel.text
    opened.screened(opened.panel.film, state=State.NOT_ANALYSABLE)
    assert not ui.predictiveLabel.visible
    assert "Not analysable" in opened.text
    assert "No hand or wrist was found on this film." in opened.text


def test_the_notice_is_always_on_the_panel(opened: Any) -> None:
    assert "Research use only" in opened.ui.noticeLabel.text
    assert opened.ui.noticeLabel.visible
    opened.screened(opened.add_film())
    assert "Not a medical device" in opened.text
    assert "test-bundle 1.2.3" in opened.text
    assert "c0ffee" in opened.text


def shown_outlines(opened: Any) -> list[Any]:
    from OsteoScreenLib.scene.ownership import ROLE, nodes_of_class

    return [each for each in nodes_of_class(opened.scene, "vtkMRMLSegmentationNode") if each.GetAttribute(ROLE) == "hypothesis"]


def test_plausible_outlines_are_stepped_through_by_weight(opened: Any) -> None:
    ui = opened.ui
    opened.screened(opened.add_film())
    assert ui.hypothesisSlider.maximum == 4
    assert not ui.takeHypothesisButton.enabled
    assert "Show the plausible outlines first" in ui.takeHypothesisButton.toolTip
    ui.showHypothesisCheckBox.click()
    assert len(shown_outlines(opened)) == 1
    assert "1 of 4" in ui.hypothesisLabel.text
    assert "38%" in ui.hypothesisLabel.text
    ui.hypothesisSlider.value = 4.0
    assert "4 of 4" in ui.hypothesisLabel.text
    assert "12%" in ui.hypothesisLabel.text
    opened.panel._hypotheses.step(1)
    assert "1 of 4" in ui.hypothesisLabel.text
    ui.showHypothesisCheckBox.click()
    assert shown_outlines(opened) == []


def test_taking_a_plausible_outline_changes_one_bone_and_asks_for_a_new_score(opened: Any) -> None:
    from OsteoScreenLib.scene.masks import read_masks

    ui = opened.ui
    opened.screened(opened.add_film())
    before = read_masks(opened.panel.outlines, opened.panel.film)
    ui.hypothesisSlider.value = 2.0
    ui.boneComboBox.currentIndex = BONES.index(Bone.METACARPAL_3)
    ui.takeHypothesisButton.click()
    after = read_masks(opened.panel.outlines, opened.panel.film)
    assert [bone for bone in BONES if not np.array_equal(before[bone.channel], after[bone.channel])] == [Bone.METACARPAL_3]
    assert ui.rescoreButton.enabled
    assert "Re-score" in ui.messageLabel.text


@pytest.mark.parametrize("end", ["collapse", "exit", "other film"])
def test_a_shown_plausible_outline_does_not_stay_behind(opened: Any, end: str) -> None:
    other = opened.add_film("other")
    opened.screened(opened.add_film())
    opened.ui.hypothesesButton.collapsed = False
    opened.ui.showHypothesisCheckBox.click()
    assert len(shown_outlines(opened)) == 1
    if end == "collapse":
        opened.ui.hypothesesButton.collapsed = True
    elif end == "exit":
        opened.widget.exit()
    else:
        opened.choose(other)
    opened.settle()
    assert shown_outlines(opened) == []


def test_choosing_another_film_shows_that_films_result(opened: Any) -> None:
    first, second = opened.add_film(), opened.add_film("second")
    opened.screened(first, state=State.CONSIDER_DXA)
    opened.screened(second, state=State.NOT_FLAGGED)
    opened.choose(first)
    assert "Consider DXA" in opened.text
    opened.choose(second)
    assert "Not flagged" in opened.text


def test_a_result_that_a_script_writes_is_shown(opened: Any) -> None:
    from dataclasses import replace

    result = opened.screened(opened.add_film(), state=State.CONSIDER_DXA)
    score = replace(result.score, state=State.NOT_FLAGGED)
    opened.panel.logic.put_into_scene(opened.panel.film, replace(result, score=score))
    opened.wait_until(lambda: "Not flagged" in opened.text)


def test_a_loaded_scene_shows_its_result_again(opened: Any, tmp_path: Path) -> None:
    import slicer

    opened.screened(opened.add_film("hand"), state=State.CONSIDER_DXA)
    opened.ui.prevalenceSpinBox.value = 35.0
    assert opened.scene.WriteToMRB(str(tmp_path / "scene.mrb"))
    opened.scene.Clear(False)
    opened.settle()
    assert "Choose a film" in opened.text
    assert slicer.app.applicationLogic().OpenSlicerDataBundle(str(tmp_path / "scene.mrb"), str(tmp_path))
    opened.settle()
    assert opened.panel.film.GetName() == "hand"
    assert "Consider DXA" in opened.text
    assert opened.ui.prevalenceSpinBox.value == 35.0
    assert not opened.ui.rescoreButton.enabled
    assert opened.ui.hypothesisSlider.maximum == 4
    assert opened.panel.facts().result == "current"


def test_removing_a_result_leaves_the_film(opened: Any) -> None:
    film = opened.add_film()
    before = opened.scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode")
    opened.screened(film)
    opened.application.dialogs.answer(False)
    opened.ui.removeResultButton.click()
    assert opened.panel.result is not None
    opened.application.dialogs.answer(True)
    opened.ui.removeResultButton.click()
    assert opened.panel.result is None
    assert "press Screen" in opened.text
    assert opened.scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == before
    assert opened.scene.IsNodePresent(film)
    assert not opened.ui.removeResultButton.enabled


def test_the_two_views_follow_the_chosen_film(opened: Any) -> None:
    from OsteoScreenLib.scene.layout import FILM_VIEW, UNCERTAINTY_VIEW, in_layout
    from OsteoScreenLib.scene.ownership import find

    def shown() -> list[Any]:
        views = [opened.scene.GetSingletonNode(name, "vtkMRMLSliceCompositeNode") for name in (FILM_VIEW, UNCERTAINTY_VIEW)]
        return [
            opened.scene.GetNodeByID(number) if number else None
            for number in (views[0].GetBackgroundVolumeID(), views[1].GetBackgroundVolumeID(), views[1].GetForegroundVolumeID())
        ]

    def with_map(film: Any) -> list[Any]:
        return [film, film, find(opened.scene, "vtkMRMLScalarVolumeNode", "uncertainty.total", film)]

    first, second, bare = (opened.add_film(name) for name in ("first", "second", "bare"))
    opened.screened(first)
    opened.screened(second)
    assert shown() == with_map(second)
    opened.choose(first)
    assert shown() == with_map(first)
    assert opened.ui.profilesCheckBox.checked
    opened.choose(bare)
    assert shown() == [bare, bare, None]
    opened.choose(None)
    assert not in_layout(opened.scene)


def test_a_film_without_a_probability_has_no_prevalence_to_set(opened: Any) -> None:
    opened.screened(opened.add_film(), state=State.NOT_ANALYSABLE)
    assert not opened.ui.prevalenceSpinBox.enabled
    assert "Without a probability" in opened.ui.prevalenceSpinBox.toolTip
    opened.screened(opened.panel.film, state=State.INDETERMINATE)
    assert opened.ui.prevalenceSpinBox.enabled


def test_the_key_for_the_next_outline_begins_with_the_most_plausible_one(opened: Any) -> None:
    ui = opened.ui
    opened.screened(opened.add_film())
    opened.panel._hypotheses.step(1)
    assert (ui.showHypothesisCheckBox.checked, ui.hypothesisSlider.value) == (True, 1.0)
    opened.panel._hypotheses.step(1)
    assert ui.hypothesisSlider.value == 2.0


def test_a_shown_outline_goes_with_its_film(opened: Any) -> None:
    opened.screened(opened.add_film())
    before = opened.scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode")
    opened.panel._hypotheses.step(1)
    assert opened.scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == before + 1
    opened.scene.RemoveNode(opened.panel.film)
    opened.settle()
    assert opened.scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == before


def test_another_layout_by_the_user_is_noticed_and_kept(opened: Any) -> None:
    opened.screened(opened.add_film())
    assert opened.ui.viewsButton.checked
    layout = opened.scene.GetFirstNodeByClass("vtkMRMLLayoutNode")
    layout.SetViewArrangement(layout.SlicerLayoutFourUpView)
    opened.wait_until(lambda: not opened.ui.viewsButton.checked)
    opened.widget.exit()
    assert layout.GetViewArrangement() == layout.SlicerLayoutFourUpView
