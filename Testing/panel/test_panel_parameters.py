"""What the panel keeps in the scene: bound to its widgets once, whatever is opened, closed and loaded."""

from __future__ import annotations

from typing import Any


def parameters() -> Any:
    from OsteoScreen import OsteoScreenLogic

    return OsteoScreenLogic().parameterNode()


def changes_of(node: Any) -> list[float]:
    import vtk

    seen: list[float] = []
    node.parameterNode.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: seen.append(node.prevalencePercent))
    return seen


def test_opening_the_module_again_binds_nothing_twice(opened: Any) -> None:
    node = parameters()
    opened.ui.prevalenceSpinBox.value = 30.0
    assert node.prevalencePercent == 30.0
    seen = changes_of(node)
    opened.ui.prevalenceSpinBox.value = 31.0
    once = len(seen)
    for _ in range(4):
        opened.widget.exit()
        opened.widget.enter()
    del seen[:]
    opened.ui.prevalenceSpinBox.value = 32.0
    assert len(seen) == once
    assert node.prevalencePercent == 32.0


def test_a_closed_scene_brings_the_defaults_back_and_stays_bound(opened: Any) -> None:
    opened.choose(opened.add_film())
    opened.ui.seedSpinBox.value = 7
    opened.scene.Clear(False)
    opened.settle()
    assert (opened.ui.seedSpinBox.value, opened.ui.filmSelector.currentNode()) == (0, None)
    opened.ui.seedSpinBox.value = 8
    assert parameters().seed == 8


def test_the_chosen_film_is_shown_when_the_module_is_opened(opened: Any) -> None:
    film = opened.add_film()
    opened.widget.exit()
    parameters().film = film
    opened.widget.enter()
    assert opened.ui.filmSelector.currentNode() is film
    assert opened.panel.film is film


def test_a_panel_that_is_gone_writes_nothing(opened: Any) -> None:
    spin_box = opened.ui.prevalenceSpinBox
    opened.widget.cleanup()
    spin_box.value = 44.0
    assert parameters().prevalencePercent == 20.0
