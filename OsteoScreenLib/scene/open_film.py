"""A film that was read by our own reader, as a volume node that keeps what the reader knew."""

from __future__ import annotations

from typing import Any

from OsteoScreenLib.radiograph.values import PolarityBasis, Radiograph
from OsteoScreenLib.scene.film import film_node
from OsteoScreenLib.scene.fit import film_view, fit_film
from OsteoScreenLib.scene.node_facts import Facts, store_facts
from OsteoScreenLib.scene.ownership import nodes_of_class
from OsteoScreenLib.scene.user_word import forget_user_spacing, set_user_invert

_FITTED_VIEW = "Red"
_SELECTION = "vtkMRMLSelectionNodeSingleton"


def open_film(scene: Any, radiograph: Radiograph) -> Any:
    """The film's volume node (bright bone, spacing where it is trusted), shown and fitted; the same film is found again.

    `tags_of` gives back the radiograph's spacing with its provenance, its side and its source. Where the user decided the
    polarity, that stays decided: the node's pixels are not inverted again.
    """
    node = film_node(scene, radiograph)
    forget_user_spacing(node)
    set_user_invert(node, False if radiograph.polarity.basis is PolarityBasis.USER else None)
    store_facts(node, Facts(radiograph.spacing, radiograph.laterality, False, radiograph.source))
    show_film(scene, node)
    return node


def show_film(scene: Any, film: Any) -> None:
    """Make the film what all slice views show, and fit it into the Red view."""
    selection = scene.GetNodeByID(_SELECTION)
    if selection is not None:
        selection.SetActiveVolumeID(film.GetID())
    for composite in nodes_of_class(scene, "vtkMRMLSliceCompositeNode"):
        composite.SetBackgroundVolumeID(film.GetID())
    slice_node, _ = film_view(scene, _FITTED_VIEW)
    if slice_node is not None:
        fit_film(slice_node, film)
