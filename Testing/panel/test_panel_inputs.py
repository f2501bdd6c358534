"""The film and the user's word on it: what is shown, what is kept with the node, and several films in one volume."""

from typing import Any

import numpy as np
import pytest

from OsteoScreenLib.radiograph.values import Laterality


def stack(scene: Any, films: int = 3, rows: int = 80, columns: int = 70) -> Any:
    """Numbered pictures, as Slicer loads them: one volume of several slices."""
    from OsteoScreenLib.scene.images import vtk_image

    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "numbered")
    pixels = np.arange(films * rows * columns, dtype=np.int16).reshape(films * rows, columns)
    image = vtk_image(pixels)
    image.SetDimensions(columns, rows, films)
    node.SetAndObserveImageData(image)
    return node


def draw(opened: Any, *ends: tuple[float, float]) -> None:
    """Set the ends (row, column) of the line that waits to be drawn."""
    from OsteoScreenLib.scene.images import ijk_to_ras

    (line,) = [
        opened.scene.GetNthNodeByClass(index, "vtkMRMLMarkupsLineNode")
        for index in range(opened.scene.GetNumberOfNodesByClass("vtkMRMLMarkupsLineNode"))
    ]
    matrix = ijk_to_ras(opened.panel.film)
    for row, column in ends:
        line.AddControlPoint(*matrix.MultiplyPoint((column, row, 0.0, 1.0))[:3])


def test_the_users_word_is_kept_with_the_film_and_shown_again(opened: Any) -> None:
    from OsteoScreenLib.scene.node_tags import user_word

    film, other = opened.add_film(), opened.add_film("other")
    opened.choose(film)
    ui = opened.ui
    ui.sideComboBox.currentIndex = 1
    ui.invertComboBox.currentIndex = 2
    ui.ageSpinBox.value = 64
    ui.sexComboBox.currentIndex = 2
    ui.spacingSpinBox.value = 0.12
    word = user_word(film)
    assert (word.side, word.invert, word.age_years, word.sex, word.spacing_mm) == (Laterality.LEFT, False, 64, "M", 0.12)
    assert "given by the user" in ui.spacingLabel.text
    opened.choose(other)
    assert user_word(other).side is None
    assert (ui.sideComboBox.currentIndex, ui.ageSpinBox.value, ui.spacingSpinBox.value) == (0, 0, 0.0)
    opened.choose(film)
    assert (ui.sideComboBox.currentIndex, ui.ageSpinBox.value, ui.spacingSpinBox.value) == (1, 64, 0.12)
    ui.spacingSpinBox.value = 0.0
    assert user_word(film).spacing_mm is None
    assert "given by the user" not in ui.spacingLabel.text


def test_a_spacing_that_no_film_has_is_refused_in_words(opened: Any) -> None:
    from OsteoScreenLib.scene.node_tags import user_word

    film = opened.add_film()
    opened.choose(film)
    opened.ui.spacingSpinBox.value = 0.0012
    assert user_word(film).spacing_mm is None
    assert "0.0012" in opened.ui.messageLabel.text
    assert opened.ui.spacingSpinBox.value == 0.0


def test_a_line_of_known_length_gives_the_spacing(opened: Any) -> None:
    from OsteoScreenLib.scene.node_tags import user_word

    ui, film = opened.ui, opened.add_film()
    opened.choose(film)
    assert not ui.measureFrame.visible
    ui.measureSpacingButton.click()
    assert ui.measureFrame.visible
    assert not ui.applyLengthButton.enabled
    assert "both ends" in ui.applyLengthButton.toolTip
    draw(opened, (20.0, 10.0), (120.0, 10.0))
    opened.settle()
    assert ui.applyLengthButton.enabled
    ui.lengthSpinBox.value = 25.0
    ui.applyLengthButton.click()
    assert user_word(film).spacing_mm == pytest.approx(0.25, rel=1e-3)
    assert not ui.measureFrame.visible
    assert not ui.measureSpacingButton.checked
    assert opened.scene.GetNumberOfNodesByClass("vtkMRMLMarkupsLineNode") == 0


def test_a_line_too_short_to_measure_with_stays_for_another_try(opened: Any) -> None:
    ui = opened.ui
    opened.choose(opened.add_film())
    ui.measureSpacingButton.click()
    draw(opened, (20.0, 10.0), (22.0, 10.0))
    ui.applyLengthButton.click()
    assert "too short" in ui.messageLabel.text
    assert ui.measureFrame.visible
    ui.measureSpacingButton.click()
    ui.measureSpacingButton.click()
    draw(opened, (20.0, 10.0), (120.0, 10.0))
    ui.applyLengthButton.click()
    assert "too short" not in ui.messageLabel.text
    assert "computed" in ui.messageLabel.text
    assert not ui.measureFrame.visible
    ui.measureSpacingButton.click()
    ui.measureSpacingButton.click()
    assert not ui.measureFrame.visible
    assert opened.scene.GetNumberOfNodesByClass("vtkMRMLMarkupsLineNode") == 0


def test_deleting_the_line_ends_the_measuring(opened: Any) -> None:
    ui = opened.ui
    opened.choose(opened.add_film())
    ui.measureSpacingButton.click()
    opened.scene.RemoveNode(opened.scene.GetFirstNodeByClass("vtkMRMLMarkupsLineNode"))
    opened.wait_until(lambda: not ui.measureSpacingButton.checked)
    assert not ui.measureFrame.visible


@pytest.mark.parametrize("end", ["other film", "scene", "panel"])
def test_a_line_that_is_not_finished_never_stays_behind(opened: Any, end: str) -> None:
    other = opened.add_film("other")
    opened.choose(opened.add_film())
    opened.ui.measureSpacingButton.click()
    if end == "other film":
        opened.choose(other)
    elif end == "scene":
        opened.scene.Clear(False)
    else:
        opened.close()
    opened.settle()
    assert opened.scene.GetNumberOfNodesByClass("vtkMRMLMarkupsLineNode") == 0


def test_several_films_in_one_volume_are_handled_one_by_one(opened: Any) -> None:
    volume = stack(opened.scene)
    opened.choose(volume)
    ui = opened.ui
    assert ui.sliceSpinBox.visible
    assert ui.sliceSpinBox.suffix == " of 3"
    first = opened.panel.film
    assert first is not volume
    assert first.GetImageData().GetDimensions()[2] == 1
    ui.sliceSpinBox.value = 3
    assert opened.panel.film is not first
    opened.press_screen()
    from OsteoScreenLib.radiograph.exchange import load_film_array

    assert load_film_array(opened.worker.job.film).pixels[0, 0] == 2 * 80 * 70
    opened.worker.finish(opened.worker.result_of_job())
    opened.settle()
    assert opened.panel.result is not None
    assert opened.panel.film.GetImageData().GetDimensions()[2] == 1


def test_another_volume_begins_with_its_first_film(opened: Any) -> None:
    opened.choose(stack(opened.scene))
    opened.ui.sliceSpinBox.value = 3
    opened.choose(stack(opened.scene, films=4))
    assert opened.ui.sliceSpinBox.value == 1
    assert opened.panel.film.GetName().endswith("film 1 of 4")


def test_the_dicom_button_goes_to_slicers_database(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import slicer

    asked: list[str] = []
    monkeypatch.setattr(slicer.util, "selectModule", asked.append)
    opened.ui.dicomButton.click()
    assert asked == ["DICOM"]


def test_a_scan_is_refused_in_words(opened: Any) -> None:
    opened.choose(stack(opened.scene, films=60))
    assert not opened.ui.screenButton.enabled
    assert "60 slices" in opened.ui.screenButton.toolTip
    assert "60 slices" in opened.text
    assert opened.panel.film is None


def test_our_own_maps_are_not_offered_as_films(opened: Any) -> None:
    film = opened.add_film()
    opened.screened(film)
    selector = opened.ui.filmSelector
    offered = [selector.nodeFromIndex(index).GetName() for index in range(selector.nodeCount())]
    assert offered == [film.GetName()]


def test_the_chosen_film_is_saved_with_the_scene(opened: Any) -> None:
    film = opened.add_film()
    opened.choose(film)
    node = opened.scene.GetSingletonNode("OsteoScreen", "vtkMRMLScriptedModuleNode")
    assert node.GetNodeReference("film") is film
