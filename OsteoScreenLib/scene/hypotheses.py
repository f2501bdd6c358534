"""Stepping through the plausible outlines behind a result, and taking one of them for a bone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from OsteoScreenLib.bones import BONE_CODES, BONES, Bone
from OsteoScreenLib.errors import OutputError
from OsteoScreenLib.scene.images import image_array, oriented_image
from OsteoScreenLib.scene.masks import read_code
from OsteoScreenLib.scene.ownership import find, find_or_add, remove
from OsteoScreenLib.scene.restore import stored_hypotheses
from OsteoScreenLib.scene.segmentation import LABELMAP, add_segments, replace_labelmaps, write_masks
from OsteoScreenLib.scene.store import stored_document
from OsteoScreenLib.segmentation.consensus import film_mask
from OsteoScreenLib.segmentation.parts import largest_part
from OsteoScreenLib.segmentation.values import Hypotheses

ROLE_OF_SHOWN = "hypothesis"
_BRIGHTER = 0.75
_LEVELS = (0.4, 0.5)
"""Bounds of the probability at which a hypothesis is outlined."""


@dataclass(frozen=True)
class HypothesisInfo:
    """Which hypothesis is shown: ``index`` of ``count``, its weight (all sum to 1) and the expert it was drawn from."""

    index: int
    count: int
    weight: float
    expert: int


def hypothesis_count(scene: Any, film: Any) -> int:
    """How many hypotheses the film's result has; 0 without a result, or where it has none."""
    stored = stored_document(scene, film)
    described = None if stored is None else stored["result"].get("hypotheses")
    return 0 if described is None else len(described["weights"])


def hypotheses_by_weight(scene: Any, film: Any) -> tuple[int, ...]:
    """The hypotheses' indices, the most plausible first."""
    stored = stored_document(scene, film)
    described = None if stored is None else stored["result"].get("hypotheses")
    weights = [] if described is None else described["weights"]
    return tuple(sorted(range(len(weights)), key=lambda index: -weights[index]))


def show_hypothesis(scene: Any, film: Any, index: int) -> HypothesisInfo:
    """Show hypothesis ``index`` as bright outlines without fill over the segmentation, in a node of its own that is not saved.

    Raises `OutputError` where there is no such hypothesis.
    """
    hypotheses, areas = _read(scene, film, index)
    masks = np.stack([_mask(hypotheses, index, bone, areas[bone]) for bone in BONES])
    node, made = find_or_add(scene, "vtkMRMLSegmentationNode", ROLE_OF_SHOWN, film, f"{film.GetName()} hypothesis", hidden=True)
    node.SetReferenceImageGeometryParameterFromVolumeNode(film)
    if made:
        node.SetSaveWithScene(False)
        node.CreateDefaultDisplayNodes()
        node.GetDisplayNode().SetSaveWithScene(False)
    add_segments(node)
    write_masks(node, masks, film)
    node.SetAndObserveTransformNodeID(film.GetTransformNodeID())
    if made:
        _show_thin(node)
    return HypothesisInfo(index, len(hypotheses.weights), float(hypotheses.weights[index]), int(hypotheses.experts[index]))


def hide_hypothesis(scene: Any, film: Any) -> None:
    """Remove the outlines that `show_hypothesis` shows."""
    remove(scene, "vtkMRMLSegmentationNode", ROLE_OF_SHOWN, film)


def take_hypothesis(scene: Any, film: Any, index: int, bone: Bone) -> None:
    """Make hypothesis ``index`` of one bone its outline in the film's segmentation; other bones and overlaps stay.

    The result becomes one to be re-scored (`result_currency`). Raises `OutputError` where there is no such hypothesis, or the
    segmentation was deleted or no longer lies on the film.
    """
    hypotheses, areas = _read(scene, film, index)
    node = find(scene, "vtkMRMLSegmentationNode", "segmentation", film)
    read_code(node, film)  # tells what is wrong with the segmentation, if anything
    mask = _mask(hypotheses, index, bone, areas[bone])
    _clear(node, bone)
    replace_labelmaps(node, {bone: (oriented_image(mask.astype(np.uint8), film), 1)})


def _read(scene: Any, film: Any, index: int) -> tuple[Hypotheses, dict[Bone, int]]:
    """The hypotheses, and the area of each bone's consensus in film pixels."""
    stored = stored_document(scene, film)
    found = None if stored is None else stored_hypotheses(scene, film, stored["result"])
    if stored is None or found is None:
        raise OutputError(f"Result of {film.GetName()}", "has no hypotheses", "Screen the film again")
    if not 0 <= index < len(found.weights):
        fault = f"has {len(found.weights)} hypotheses, number {index + 1} was asked for"
        raise OutputError(f"Result of {film.GetName()}", fault, "Choose another number")
    return found, {bone: int(stored["result"]["segmentation"][bone.value]["area_px"]) for bone in BONES}


def _mask(hypotheses: Hypotheses, index: int, bone: Bone, area_px: int) -> np.ndarray:
    """One bone of one hypothesis on the film (bool, rows x columns), as the consensus was put there."""
    probability = hypotheses.probabilities[index, bone.channel]
    level = _level(hypotheses, bone, area_px)
    return film_mask(probability, level, largest_part(probability, level, 1, 0.0), hypotheses.mapping)


def _level(hypotheses: Hypotheses, bone: Bone, area_px: int) -> float:
    """Probability at which the hypotheses' mean has the consensus's area: the model's own threshold, which no result names."""
    low, high = _LEVELS
    mean = np.tensordot(hypotheses.weights, hypotheses.probabilities[:, bone.channel], 1).ravel()
    pixels = round(area_px / hypotheses.mapping.film_pixels_per_grid_pixel**2)
    if not 0 < pixels < mean.size:
        return 0.5
    return float(np.clip(np.partition(mean, mean.size - pixels)[mean.size - pixels], low, high))


def _clear(node: Any, bone: Bone) -> None:
    """Take the bone out of a label image that it shares: its label must not come to life again as another segment's."""
    segmentation = node.GetSegmentation()
    segment = segmentation.GetSegment(bone.value)
    image = segment.GetRepresentation(LABELMAP)
    if image is None or image.IsEmpty():
        return
    labels = image_array(image)
    labels[labels == segment.GetLabelValue()] = 0
    image.Modified()


def _show_thin(node: Any) -> None:
    display = node.GetDisplayNode()
    display.SetVisibility2DFill(False)
    display.SetVisibility2DOutline(True)
    display.SetSliceIntersectionThickness(2)  # thinner ones drown in the outlines of the segmentation
    display.SetVisibility3D(False)
    display.SetPreferredDisplayRepresentationName2D(LABELMAP)
    for bone in BONES:
        colour = [part + _BRIGHTER * (1 - part) for part in BONE_CODES[bone].colour]
        node.GetSegmentation().GetSegment(bone.value).SetColor(*colour)
