"""Opacity of the uncertainty and the drawing of profiles, on real nodes."""

import pytest

from Testing.screening_results import make_screening_result

pytest.importorskip("slicer")

from OsteoScreenLib.scene.build import build_scene
from OsteoScreenLib.scene.layout import UNCERTAINTY_VIEW, enter_layout
from OsteoScreenLib.scene.look import profiles_visible, set_uncertainty_opacity, show_profiles
from OsteoScreenLib.scene.standalone import standalone_scene


def test_opacity_is_that_of_the_map_in_the_right_view() -> None:
    result, radiograph = make_screening_result()
    with standalone_scene() as scene:
        film = build_scene(scene, result, radiograph).film
        assert not set_uncertainty_opacity(scene, 0.3)
        enter_layout(scene, film)
        assert set_uncertainty_opacity(scene, 0.3)
        composite = scene.GetSingletonNode(UNCERTAINTY_VIEW, "vtkMRMLSliceCompositeNode")
        assert composite.GetForegroundOpacity() == pytest.approx(0.3)
        set_uncertainty_opacity(scene, 7)
        assert composite.GetForegroundOpacity() == 1.0


def test_profiles_are_hidden_and_drawn_for_one_film() -> None:
    result, radiograph = make_screening_result()
    with standalone_scene() as scene:
        nodes = build_scene(scene, result, radiograph)
        show_profiles(scene, nodes.film, False)
        assert not profiles_visible(scene, nodes.film)
        assert not any(line.GetDisplayNode().GetVisibility() for line in nodes.profiles)
        show_profiles(scene, nodes.film, True)
        assert profiles_visible(scene, nodes.film)
        assert all(line.GetDisplayNode().GetVisibility() for line in nodes.profiles)
