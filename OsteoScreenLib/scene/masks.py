"""The outlines as they stand in the scene, corrected or not, as masks on the film's grid."""

from __future__ import annotations

from typing import Any

import numpy as np

from OsteoScreenLib.bones import BONES, Bone
from OsteoScreenLib.errors import OutputError
from OsteoScreenLib.scene.images import ijk_to_ras, image_array
from OsteoScreenLib.scene.segmentation import LABELMAP

_AGAIN = "Screen the film again"


def read_masks(segmentation_node: Any, film: Any) -> np.ndarray:
    """Masks of the seven bones (bool, 7 x rows x columns of the film); overlaps are kept, names do not matter.

    Pixels that were painted beside the film are left out. Raises `OutputError` where a bone's segment was deleted or the
    segmentation does not lie on the film's pixels: other spacing, other orientation, another transform.
    """
    code = read_code(segmentation_node, film)
    return np.stack([(code & (1 << bone.channel)) != 0 for bone in BONES])


def read_code(segmentation_node: Any, film: Any) -> np.ndarray:
    """The same masks as one image (uint8, rows x columns): bit n is set inside bone n. Raises `OutputError` likewise."""
    if segmentation_node is None:
        raise OutputError("Outlines", "were deleted", _AGAIN)
    if segmentation_node.GetParentTransformNode() is not film.GetParentTransformNode():
        fault = "are under another transform than the film"
        raise OutputError(segmentation_node.GetName(), fault, "Put both under the same transform, or screen the film again")
    columns, rows, _ = film.GetImageData().GetDimensions()
    code = np.zeros((rows, columns), np.uint8)
    for image, bits in _layers(segmentation_node):
        _add_layer(code, image, bits, film, segmentation_node.GetName())
    return code


def missing_bones(segmentation_node: Any) -> tuple[Bone, ...]:
    """The bones whose segment was deleted."""
    segmentation = segmentation_node.GetSegmentation()
    return tuple(bone for bone in BONES if segmentation.GetSegment(bone.value) is None)


def code_of(masks: np.ndarray) -> np.ndarray:
    """Masks (bool, 7 x rows x columns) as one image of bits (uint8, rows x columns)."""
    code = np.zeros(masks.shape[1:], np.uint8)
    for bone in BONES:
        code |= masks[bone.channel].view(np.uint8) << np.uint8(bone.channel)
    return code


def _layers(segmentation_node: Any) -> list[tuple[Any, np.ndarray]]:
    """Each label image with the table from its labels (0..255) to bits of bones; bones may share an image."""
    found: dict[str, tuple[Any, np.ndarray]] = {}
    for bone in BONES:
        segment = segmentation_node.GetSegmentation().GetSegment(bone.value)
        if segment is None:
            raise OutputError(
                segmentation_node.GetName(), f"the segment of {bone.title} was deleted", f"Undo that, or {_AGAIN.lower()}"
            )
        image = segment.GetRepresentation(LABELMAP)
        if image is None or image.IsEmpty():
            continue
        _, table = found.setdefault(image.GetAddressAsString(""), (image, np.zeros(256, np.uint8)))
        table[segment.GetLabelValue()] |= np.uint8(1 << bone.channel)
    return list(found.values())


def _add_layer(code: np.ndarray, image: Any, bits: np.ndarray, film: Any, name: str) -> None:
    """Set the bits of one label image; it may cover a part of the film only, as Slicer crops it when it saves."""
    offset_columns, offset_rows, offset_slices = _offset(image, film, name)
    left, right, top, bottom, first, last = image.GetExtent()
    left, right, top, bottom = left + offset_columns, right + offset_columns, top + offset_rows, bottom + offset_rows
    plane = -offset_slices - first
    if not 0 <= plane <= last - first:
        return
    labels = image_array(image)[plane]
    if labels.dtype != np.uint8:
        labels = np.clip(labels, 0, 255).astype(np.uint8)
    rows, columns = code.shape
    inside = labels[max(0, -top) : rows - top, max(0, -left) : columns - left]
    code[max(0, top) : bottom + 1, max(0, left) : right + 1] |= bits[inside]


def _offset(image: Any, film: Any, name: str) -> tuple[int, int, int]:
    """Whole pixels from the label image's indices to the film's."""
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

    to_world, shift = vtkMatrix4x4(), ijk_to_ras(film)
    image.GetImageToWorldMatrix(to_world)
    shift.Invert()
    vtkMatrix4x4.Multiply4x4(shift, to_world, shift)
    found = np.array([[shift.GetElement(row, column) for column in range(4)] for row in range(4)])
    whole = np.rint(found[:3, 3])
    # Over the whole film a difference in spacing must not add up to half a pixel.
    if np.abs(found[:3, :3] - np.eye(3)).max() > 1e-4 or np.abs(found[:3, 3] - whole).max() > 0.1:
        fault = "do not lie on the film's pixels: its spacing, orientation or place was changed"
        raise OutputError(name, fault, _AGAIN)
    return int(whole[0]), int(whole[1]), int(whole[2])
