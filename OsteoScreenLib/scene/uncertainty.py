"""Uncertainty maps as volumes with a fixed window, a palette and a legend."""

from __future__ import annotations

from typing import Any

from OsteoScreenLib.scene.images import ijk_to_ras, set_pixels
from OsteoScreenLib.scene.ownership import find_or_add
from OsteoScreenLib.scene.palette import palette_node
from OsteoScreenLib.screening.storage_uncertainty import CHANNELS, round_maps
from OsteoScreenLib.segmentation.values import UncertaintyMaps

ROLE_PREFIX = "uncertainty."

VISIBLE_FROM = 0.1
"""Bits below which the film is seen unchanged."""

OPACITY = 0.45
"""Opacity that the maps are meant to be laid over the film with."""

_ABOVE_ALL = 2.0


def uncertainty_nodes(scene: Any, maps: UncertaintyMaps, film: Any) -> dict[str, Any]:
    """Volume nodes of the maps total, between and within (bits, float32) on the film's grid.

    The window is 0 to 1 bit for all of them, so that colours can be compared between maps and films.
    """
    rounded = round_maps(maps)
    nodes = {}
    for name in CHANNELS:
        title = f"{film.GetName()} uncertainty {name}"
        node, made = find_or_add(scene, "vtkMRMLScalarVolumeNode", f"{ROLE_PREFIX}{name}", film, title)
        if made:  # before the pixels: a display that looks for a window by itself keeps the first image for ever
            _set_display(scene, node, name)
        set_pixels(node, getattr(rounded, name), ijk_to_ras(film))
        nodes[name] = node
    return nodes


def _set_display(scene: Any, node: Any, name: str) -> None:
    import slicer

    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    display.SetAndObserveColorNodeID(palette_node(scene).GetID())
    display.SetAutoWindowLevel(False)
    display.SetWindowLevelMinMax(0.0, 1.0)
    display.SetAutoThreshold(False)
    display.SetThreshold(VISIBLE_FROM, _ABOVE_ALL)
    display.SetApplyThreshold(True)
    legend = slicer.vtkSlicerColorLogic.AddDefaultColorLegendDisplayNode(node)
    if legend is not None:
        legend.SetTitleText(f"Uncertainty\n{name} (bit)")
        legend.SetNumberOfLabels(6)
        legend.GetLabelTextProperty().SetFontFamilyToArial()
        # Slicer fits the legend's letters to this part of the view, whatever their font size.
        legend.SetSize(0.06, 0.3)
        legend.SetVisibility(True)
