"""How strongly the uncertainty covers the film, and whether the measured profiles are drawn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from OsteoScreenLib.scene.layout import UNCERTAINTY_VIEW
from OsteoScreenLib.scene.ownership import FILM_REFERENCE, ROLE, nodes_of_class
from OsteoScreenLib.scene.profiles import ROLE_PREFIX
from OsteoScreenLib.scene.shown import displays


def set_uncertainty_opacity(scene: Any, opacity: float) -> bool:
    """Set the opacity (0..1) of the map in the right one of our two views; ``False`` where that shows none."""
    composite = scene.GetSingletonNode(UNCERTAINTY_VIEW, "vtkMRMLSliceCompositeNode")
    if composite is None or composite.GetForegroundVolumeID() is None:
        return False
    composite.SetForegroundOpacity(min(max(float(opacity), 0.0), 1.0))
    return True


def show_profiles(scene: Any, film: Any, visible: bool) -> None:
    """Draw the lines along which a film's cortices were measured, or hide them."""
    for line in _profiles(scene, film):
        for display in displays(line):
            display.SetVisibility(visible)


def profiles_visible(scene: Any, film: Any) -> bool:
    """Whether any of these lines is drawn."""
    return any(display.GetVisibility() for line in _profiles(scene, film) for display in displays(line))


def _profiles(scene: Any, film: Any) -> Iterator[Any]:
    for node in nodes_of_class(scene, "vtkMRMLMarkupsLineNode"):
        if (node.GetAttribute(ROLE) or "").startswith(ROLE_PREFIX) and node.GetNodeReferenceID(FILM_REFERENCE) == film.GetID():
            yield node
