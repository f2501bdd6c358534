"""Outlines that were kept elsewhere, put into a film's segmentation node."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from OsteoScreenLib.bones import BONES, Bone
from OsteoScreenLib.errors import OutputError
from OsteoScreenLib.scene.images import oriented_image


def write_masks(segmentation_node: Any, film: Any, masks: np.ndarray, bones: Collection[Bone] = BONES) -> None:
    """Replace the segments of ``bones`` by their masks (bool, 7 x rows x columns of the film); overlaps are kept.

    Raises `OutputError` where the masks are of another size than the film, or a bone's segment was deleted.
    """
    import slicer

    columns, rows, _ = film.GetImageData().GetDimensions()
    if masks.shape != (len(BONES), rows, columns):
        fault = f"are {masks.shape}, the film is of {rows} x {columns} pixels"
        raise OutputError("Outlines", fault, "Choose the film that they were drawn on")
    logic = slicer.vtkSlicerSegmentationsModuleLogic
    for bone in (each for each in BONES if each in bones):
        if segmentation_node.GetSegmentation().GetSegment(bone.value) is None:
            raise OutputError(
                segmentation_node.GetName(), f"the segment of {bone.title} was deleted", "Undo that, or screen the film again"
            )
        image = oriented_image(masks[bone.channel].astype(np.uint8), film)
        if not logic.SetBinaryLabelmapToSegment(image, segmentation_node, bone.value, logic.MODE_REPLACE):
            raise OutputError(segmentation_node.GetName(), f"{bone.title} could not be written", "Screen the film again")
