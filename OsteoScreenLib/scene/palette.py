"""The perceptual palette of the uncertainty maps."""

from __future__ import annotations

from typing import Any

from OsteoScreenLib.scene.ownership import ROLE, nodes_of_class

_ROLE = "palette"

# Upper three quarters of "inferno" (S. van der Walt and N. Smith, public domain, CC0), so that little uncertainty is
# still seen on a dark film: position, red, green, blue.
POINTS = (
    (0.0000, 0.342, 0.062, 0.429),
    (0.0833, 0.441, 0.099, 0.432),
    (0.1667, 0.541, 0.135, 0.415),
    (0.2500, 0.640, 0.171, 0.381),
    (0.3333, 0.736, 0.216, 0.330),
    (0.4167, 0.822, 0.275, 0.266),
    (0.5000, 0.894, 0.353, 0.194),
    (0.5833, 0.947, 0.449, 0.115),
    (0.6667, 0.978, 0.558, 0.035),
    (0.7500, 0.988, 0.675, 0.065),
    (0.8333, 0.975, 0.798, 0.206),
    (0.9167, 0.948, 0.917, 0.411),
    (1.0000, 0.988, 0.998, 0.645),
)


def palette_node(scene: Any) -> Any:
    """The scene's colour node for uncertainties of 0 to 1 bit, one for all films.

    It is stored with the scene: the palettes that Slicer ships are known by id only, and only inside Slicer.
    """
    import slicer

    for node in nodes_of_class(scene, "vtkMRMLProceduralColorNode"):
        if node.GetAttribute(ROLE) == _ROLE:
            return node
    node = slicer.vtkMRMLProceduralColorNode()
    node.SetName("OsteoScreen uncertainty")
    node.SetAttribute(ROLE, _ROLE)
    node.SetAttribute("Category", "OsteoScreen")
    node.SetHideFromEditors(False)
    function = node.GetColorTransferFunction()
    function.RemoveAllPoints()
    for position, red, green, blue in POINTS:
        function.AddRGBPoint(position, red, green, blue)
    node = scene.AddNode(node)
    node.AddDefaultStorageNode()
    return node
